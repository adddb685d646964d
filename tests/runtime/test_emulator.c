/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The emulator measured against what it was told: delay, rate, queue, loss, with datagrams between
 * two real network namespaces. Skipped where these cannot be made. This program is also the command
 * of both nodes (argument: what to do).
 *
 * Packets are late on a busy machine by any time, so what depends on time is judged by bounds that
 * lateness cannot break: a round trip is never shorter than told, a queue never passes more than it
 * holds, and the upper bounds are asked only where the emulator itself says that it was in time. */
#define _GNU_SOURCE
#include "ess_test.h"

#include "runtime/emulator/emulator.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PORT = 7000,
    BURST = 100,   /* datagrams at once */
    SAMPLES = 400, /* for loss, one a millisecond */
    PAYLOAD = 972, /* 1000 bytes with the headers of IP and UDP */
    QUEUE = 20000,
    RATE = 8000000, /* a byte a microsecond */
    DELAY_NS = 10000000
};

static struct sockaddr_in address_of(int node) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    address.sin_addr.s_addr = htonl(0xC6120001 + (uint32_t)node);
    return address;
}

static int open_socket(int node) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = address_of(node);
    struct timeval limit = {.tv_usec = 400000};
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        exit(1);
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void send_one(int fd, size_t bytes) {
    static const char zeros[PAYLOAD];
    if (send(fd, zeros, bytes, 0) != (ssize_t)bytes) {
        exit(1);
    }
}

/* Node 0: five small round trips, a burst, a slow row of datagrams. */
static int be_sender(void) {
    struct sockaddr_in address = address_of(1);
    char byte[PAYLOAD];
    int fd = open_socket(0);
    int64_t best_ns = INT64_MAX;
    usleep(100000);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        return 1;
    }
    for (int i = 0; i < 5; i++) {
        int64_t begin_ns = ess_emulator_now_ns();
        send_one(fd, 1);
        if (recv(fd, byte, sizeof byte, 0) == 1) {
            int64_t took_ns = ess_emulator_now_ns() - begin_ns;
            best_ns = took_ns < best_ns ? took_ns : best_ns;
        }
    }
    printf("rtt %" PRId64 "\n", best_ns);
    fflush(stdout);
    for (int i = 0; i < BURST; i++) {
        send_one(fd, PAYLOAD);
    }
    usleep(200000);
    for (int i = 0; i < SAMPLES; i++) {
        send_one(fd, 2);
        usleep(1000);
    }
    return 0;
}

/* Node 1: answers single bytes, counts the rest until nothing comes. */
static int be_receiver(void) {
    char data[PAYLOAD];
    struct sockaddr_in from;
    int fd = open_socket(1), burst = 0, samples = 0;
    int64_t first_ns = 0, last_ns = 0;
    for (int silent = 0; silent < 3;) {
        socklen_t length = sizeof from;
        ssize_t bytes = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from, &length);
        if (bytes == 1) {
            sendto(fd, data, 1, 0, (struct sockaddr *)&from, length);
        } else if (bytes == 2) {
            samples++;
        } else if (bytes == PAYLOAD) {
            last_ns = ess_emulator_now_ns();
            first_ns = burst == 0 ? last_ns : first_ns;
            burst++;
        }
        silent = bytes < 0 ? silent + 1 : 0;
    }
    printf("burst %d\nspan %" PRId64 "\nsamples %d\n", burst, last_ns - first_ns, samples);
    return 0;
}

struct measured {
    int64_t rtt_ns, burst, span_ns, samples;
    struct ess_fabric_counts counts;
    uint32_t late_us;
};

static struct ess_emulator *start(
    char *sender, char *receiver, uint32_t loss_ppb, char *problem, size_t room) {
    static struct ess_emulator_plan plan;
    static char self[] = "/proc/self/exe";
    static char *lists[2][3];
    static char *const *commands[2] = {lists[0], lists[1]};
    lists[0][0] = lists[1][0] = self;
    lists[0][1] = sender;
    lists[1][1] = receiver;
    memset(&plan, 0, sizeof plan);
    plan.node_count = 2;
    plan.seed = 3;
    ess_emulator_plan_link(&plan, (struct ess_emulator_link){RATE, DELAY_NS, QUEUE, loss_ppb});
    ess_emulator_plan_link(&plan, (struct ess_emulator_link){RATE, DELAY_NS, QUEUE, 0});
    for (uint32_t i = 0; i < 2; i++) {
        ess_emulator_plan_route(&plan, i, 1 - i, &i, 1);
    }
    struct ess_emulator_settings settings = {&plan, 6291456, true, commands};
    return ess_emulator_new(&settings, problem, room);
}

/* False where the emulator cannot run here. */
static bool measure(uint32_t loss_ppb, struct measured *measured, char *problem, size_t room) {
    static char sender[] = "sender", receiver[] = "receiver";
    char text[1024] = "";
    int ends[2], kept = dup(STDOUT_FILENO);
    fflush(stdout);
    if (pipe(ends) != 0) {
        return false;
    }
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    struct ess_emulator *emulator = start(sender, receiver, loss_ppb, problem, room);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    if (!emulator) {
        close(ends[0]);
        return false;
    }
    ess_emulator_begin(emulator);
    enum ess_emulator_reason reason =
        ess_emulator_run(emulator, -1, ess_emulator_now_ns() + INT64_C(15000000000));
    CU_ASSERT_EQUAL(reason, ESS_EMULATOR_ENDED);
    measured->counts = ess_emulator_counts(emulator);
    measured->late_us = ess_lateness_quantile_us(ess_emulator_lateness(emulator), 0.99);
    ess_emulator_free(emulator);
    if (read(ends[0], text, sizeof text - 1) < 0 ||
        sscanf(text, "rtt %" SCNd64 " burst %" SCNd64 " span %" SCNd64 " samples %" SCNd64,
            &measured->rtt_ns, &measured->burst, &measured->span_ns, &measured->samples) != 4) {
        ess_test_note("the nodes said \"%s\"", text);
        CU_FAIL("what the nodes measured");
    }
    close(ends[0]);
    return true;
}

static void measures_what_it_was_told(void) {
    struct measured plain = {0}, lossy = {0};
    char problem[256] = "";
    if (!measure(0, &plain, problem, sizeof problem)) {
        ess_test_skip("no emulator here: %s", problem);
        return;
    }
    ess_test_note("round trip %.2f ms of 20, %d of %d through the queue in %.1f ms, late p99 %u us",
        (double)plain.rtt_ns * 1e-6, (int)plain.burst, BURST, (double)plain.span_ns * 1e-6,
        plain.late_us);
    /* One byte takes 29 us each way; packets are handed over at most 50 us early. */
    CU_ASSERT(plain.rtt_ns > 2 * DELAY_NS + 2 * 29000 - 2 * 60000);
    /* The queue and the packet in service, and what left while the burst was still entering. */
    CU_ASSERT(plain.burst >= QUEUE / 1000 + 1);
    CU_ASSERT_EQUAL(plain.counts.dropped_by_queue + (uint64_t)plain.burst, BURST);
    CU_ASSERT_EQUAL(plain.samples, SAMPLES);
    CU_ASSERT_EQUAL(plain.counts.lost, 0);
    if (plain.late_us < 1000) {
        CU_ASSERT(plain.rtt_ns < 2 * DELAY_NS + 3000000);
        CU_ASSERT(plain.burst <= 2 * (QUEUE / 1000 + 1));
        /* 1 ms a datagram: that is the rate. */
        CU_ASSERT(plain.span_ns > (plain.burst - 1) * 1000000 - 3000000);
        CU_ASSERT(plain.span_ns < (plain.burst - 1) * 1000000 + 6000000);
    }
    ESS_CHECK(measure(250000000, &lossy, problem, sizeof problem), "%s", problem);
    ess_test_note("%d of %d through a link that loses a quarter", (int)lossy.samples, SAMPLES);
    CU_ASSERT(lossy.samples > 300 - 5 * 9 && lossy.samples < 300 + 5 * 9); /* 5 deviations */
}

/* An emulator that is killed takes its nodes with it, and with them their namespaces. */
static void leaves_nothing_behind(void) {
    static char sleeper[] = "sleep";
    char problem[256] = "";
    int ends[2];
    if (pipe(ends) != 0) {
        CU_FAIL("no pipe");
        return;
    }
    fflush(stdout);
    pid_t host = fork();
    if (host == 0) {
        close(
            ends[0]); /* the nodes inherit the other end, and only they and this process hold it */
        struct ess_emulator *emulator = start(sleeper, sleeper, 0, problem, sizeof problem);
        char state = emulator ? 'y' : 'n';
        if (emulator) {
            ess_emulator_begin(emulator);
        }
        if (write(ends[1], &state, 1) == 1 && emulator) {
            ess_emulator_run(emulator, -1, ess_emulator_now_ns() + INT64_C(60000000000));
        }
        _exit(0);
    }
    char state = 'n';
    close(ends[1]);
    CU_ASSERT_EQUAL(read(ends[0], &state, 1), 1);
    kill(host, SIGKILL);
    waitpid(host, NULL, 0);
    /* The end of the pipe comes only when the last node is gone, too; else this waits for ever, and
     * the runner of tests says so. */
    ssize_t more = state == 'y' ? read(ends[0], &state, 1) : 0;
    close(ends[0]);
    if (state != 'y') {
        ess_test_skip("no emulator here");
        return;
    }
    CU_ASSERT_EQUAL(more, 0);
}

static void says_why_not(void) {
    static struct ess_emulator_plan plan;
    static char missing[] = "/nowhere/at/all";
    static char *list[] = {missing, NULL};
    static char *const *commands[2] = {list, list};
    char problem[256] = "";
    memset(&plan, 0, sizeof plan);
    plan.node_count = 2;
    struct ess_emulator_settings settings = {&plan, 6291456, false, commands};
    struct ess_emulator *emulator = ess_emulator_new(&settings, problem, sizeof problem);
    if (!emulator) {
        CU_ASSERT_PTR_NOT_NULL(strstr(problem, ": "));
        ess_test_skip("no emulator here: %s", problem);
        return;
    }
    ess_emulator_begin(emulator);
    CU_ASSERT_EQUAL(ess_emulator_run(emulator, -1, ess_emulator_now_ns() + INT64_C(5000000000)),
        ESS_EMULATOR_FAILED);
    ess_emulator_free(emulator);
}

int main(int argc, char **argv) {
    static const struct ess_test tests[] = {
        {"delay, rate, queue and loss are those told", measures_what_it_was_told},
        {"nothing is left after SIGKILL", leaves_nothing_behind},
        {"a command that is not there", says_why_not}, {NULL, NULL}};
    if (argc > 1 && strcmp(argv[1], "sender") == 0) {
        return be_sender();
    }
    if (argc > 1 && strcmp(argv[1], "receiver") == 0) {
        return be_receiver();
    }
    if (argc > 1) {
        sleep(60);
        return 0;
    }
    return ess_test_main("emulator", tests);
}
