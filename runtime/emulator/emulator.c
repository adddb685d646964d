/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "runtime/emulator/emulator.h"
#include "runtime/emulator/node.h"
#include "runtime/emulator/segments.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    EARLY_NS = 50000,       /* see the header */
    READS_AT_ONCE = 32,     /* of one device before others have their turn */
    WAIT_MAX_NS = 20000000, /* nodes that end are noticed within this time */
    PRIORITY_EMULATOR = 20,
    PRIORITY_NODE = 10,
    WATCHED = UINT16_MAX
};

struct ess_emulator {
    uint32_t node_count, alive;
    struct ess_node nodes[ESS_EMULATOR_NODES_MAX];
    struct ess_fabric *fabric;
    struct ess_lateness lateness;
    int events;
    bool failed;
    int old_policy;
    unsigned char buffer[ESS_SEGMENTS_BYTES_MAX];
};

int64_t ess_emulator_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int start_nodes(struct ess_emulator *emulator, const struct ess_emulator_settings *settings,
    char *problem, size_t room) {
    for (uint32_t i = 0; i < settings->plan->node_count; i++) {
        struct ess_node_settings node = {.number = i,
            .socket_bytes_max = settings->socket_bytes_max,
            .priority = settings->realtime ? PRIORITY_NODE : 0,
            .command = settings->commands[i]};
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        if (ess_node_start(&node, &emulator->nodes[i], problem, room) != 0) {
            return -1;
        }
        emulator->node_count++;
        emulator->alive++;
        if (epoll_ctl(emulator->events, EPOLL_CTL_ADD, emulator->nodes[i].device, &event) != 0) {
            snprintf(problem, room, "epoll: %s", strerror(errno));
            return -1;
        }
    }
    return 0;
}

struct ess_emulator *ess_emulator_new(
    const struct ess_emulator_settings *settings, char *problem, size_t room) {
    struct ess_emulator *emulator = calloc(1, sizeof *emulator);
    if (!emulator) {
        snprintf(problem, room, "out of memory");
        return NULL;
    }
    emulator->events = epoll_create1(EPOLL_CLOEXEC);
    emulator->fabric = ess_fabric_new(settings->plan);
    emulator->old_policy = -1;
    snprintf(problem, room, "out of memory or descriptors");
    if (emulator->events < 0 || !emulator->fabric ||
        start_nodes(emulator, settings, problem, room) != 0) {
        ess_emulator_free(emulator);
        return NULL;
    }
    prctl(PR_SET_TIMERSLACK, 1);
    if (settings->realtime) {
        struct sched_param priority = {.sched_priority = PRIORITY_EMULATOR};
        emulator->old_policy = sched_getscheduler(0);
        if (sched_setscheduler(0, SCHED_FIFO, &priority) != 0) {
            fprintf(stderr, "emulator: no SCHED_FIFO: %s\n", strerror(errno));
        }
    }
    return emulator;
}

void ess_emulator_free(struct ess_emulator *emulator) {
    if (!emulator) {
        return;
    }
    for (uint32_t i = 0; i < emulator->node_count; i++) {
        ess_node_stop(&emulator->nodes[i]);
    }
    if (emulator->old_policy >= 0) {
        struct sched_param none = {.sched_priority = 0};
        sched_setscheduler(0, SCHED_OTHER, &none);
    }
    if (emulator->events >= 0) {
        close(emulator->events);
    }
    ess_fabric_free(emulator->fabric);
    free(emulator);
}

void ess_emulator_begin(struct ess_emulator *emulator) {
    for (uint32_t i = 0; i < emulator->node_count; i++) {
        ess_node_open(&emulator->nodes[i]);
    }
}

static void deliver(struct ess_emulator *emulator) {
    int64_t now_ns = ess_emulator_now_ns();
    struct ess_fabric_packet *packet;
    while ((packet = ess_fabric_take(emulator->fabric, now_ns + EARLY_NS)) != NULL) {
        ess_lateness_add(&emulator->lateness, now_ns - packet->due_ns);
        /* A node that has ended takes no packets; its peers will notice by themselves. */
        if (write(emulator->nodes[packet->to].device, packet->data, packet->bytes) < 0) {
            errno = 0;
        }
        free(packet);
        now_ns = ess_emulator_now_ns();
    }
}

static void collect(struct ess_emulator *emulator, uint32_t node) {
    for (int i = 0; i < READS_AT_ONCE; i++) {
        ssize_t bytes =
            read(emulator->nodes[node].device, emulator->buffer, sizeof emulator->buffer);
        if (bytes <= 0) {
            return;
        }
        ess_fabric_enter(
            emulator->fabric, node, emulator->buffer, (size_t)bytes, ess_emulator_now_ns());
    }
}

static void reap(struct ess_emulator *emulator) {
    for (uint32_t i = 0; i < emulator->node_count; i++) {
        int status = 0;
        if (emulator->nodes[i].process > 0 &&
            waitpid(emulator->nodes[i].process, &status, WNOHANG) > 0) {
            emulator->nodes[i].process = -1;
            emulator->alive--;
            emulator->failed = emulator->failed || status != 0;
        }
    }
}

/* Sleep until something is due or comes. True where the watched descriptor can be read. */
static bool wait_and_collect(struct ess_emulator *emulator, int64_t deadline_ns) {
    struct epoll_event ready[ESS_EMULATOR_NODES_MAX + 1];
    int64_t now_ns = ess_emulator_now_ns(), next_ns = ess_fabric_next_ns(emulator->fabric);
    int64_t wait_ns = next_ns < INT64_MAX ? next_ns - EARLY_NS - now_ns : WAIT_MAX_NS;
    bool watched = false;
    if (wait_ns > deadline_ns - now_ns) {
        wait_ns = deadline_ns - now_ns;
    }
    wait_ns = wait_ns < 0 ? 0 : wait_ns > WAIT_MAX_NS ? WAIT_MAX_NS : wait_ns;
    struct timespec timeout = {0, wait_ns};
    int count = epoll_pwait2(emulator->events, ready, ESS_EMULATOR_NODES_MAX + 1, &timeout, NULL);
    for (int i = 0; i < count; i++) {
        if (ready[i].data.u32 == WATCHED) {
            watched = true;
        } else {
            collect(emulator, ready[i].data.u32);
            deliver(emulator);
        }
    }
    return watched;
}

enum ess_emulator_reason ess_emulator_run(
    struct ess_emulator *emulator, int watched, int64_t deadline_ns) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = WATCHED};
    enum ess_emulator_reason reason = ESS_EMULATOR_DEADLINE;
    int64_t reaped_ns = ess_emulator_now_ns();
    bool watches = watched >= 0 && epoll_ctl(emulator->events, EPOLL_CTL_ADD, watched, &event) == 0;
    for (;;) {
        deliver(emulator);
        if (wait_and_collect(emulator, deadline_ns)) {
            reason = ESS_EMULATOR_READABLE;
            break;
        }
        int64_t now_ns = ess_emulator_now_ns();
        if (now_ns >= deadline_ns) {
            break;
        }
        if (now_ns - reaped_ns >= WAIT_MAX_NS) {
            reap(emulator);
            reaped_ns = now_ns;
        }
        if (emulator->failed || emulator->alive == 0) {
            reason = emulator->failed ? ESS_EMULATOR_FAILED : ESS_EMULATOR_ENDED;
            break;
        }
    }
    if (watches) {
        epoll_ctl(emulator->events, EPOLL_CTL_DEL, watched, NULL);
    }
    return reason;
}

const struct ess_lateness *ess_emulator_lateness(const struct ess_emulator *emulator) {
    return &emulator->lateness;
}

struct ess_fabric_counts ess_emulator_counts(const struct ess_emulator *emulator) {
    return ess_fabric_counts(emulator->fabric);
}
