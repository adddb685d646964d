/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays a case with this machine's TCP across the emulator (runtime/emulator/).
 *
 *     linux_case CASE RUN
 *
 * Each host is a process (linux_node, beside this program) in a network namespace of its own; the
 * emulator and the hosts run under SCHED_FIFO, so that other load does not make packets late. One
 * line of JSON as of the other tools (analysis/validation/outcome.h), with the congestion control
 * that the kernel names, the measured round trip and how late packets were.
 *
 * Exit status: 0; 2 the case is not for this; 3 the run is to be discarded (packets late, or the
 * round trip not as configured); 77 not possible here (no root, no TUN). Ends within 60 s. */
#include "analysis/validation/case_families.h"
#include "analysis/validation/case_log.h"
#include "analysis/validation/case_route.h"
#include "runtime/emulator/emulator.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { LATE_US_MAX = 1000, PATH_BYTES = 4096, ARGUMENTS = 6 };

static const int64_t RTT_LEAST_NS = 5000000;
static const double RATE_MOST_BITS_PER_S = 3e9;
static const int64_t ENDS_WITHIN_NS = 60000000000;

struct linux_run {
    struct ess_case network;
    struct ess_case_play play;
    struct ess_case_log log;
    int64_t start_ns, end_ns;
    int64_t base_rtt_ns;
    uint32_t bytes_expected; /* reports of connections that are still to come */
    char congestion[32];
};

static int refuse(int status, const char *what) {
    fprintf(stderr, "linux_case: %s\n", what);
    return status;
}

/* The emulator's errors are about 0.2 ms a round trip and grow with the packets a second. All that
 * hosts send at once counts; in an all-reduce nobody is quicker for long than the narrowest link.
 */
static int check_fit(const struct linux_run *run) {
    double bits_per_s = 0, narrowest = INFINITY;
    bool collective = run->network.ring_bytes > 0 || run->network.hierarchical_bytes > 0;
    bool sends[ESS_CASE_HOSTS_MAX] = {false};
    for (uint32_t c = 0; c < run->play.connection_count; c++) {
        const struct ess_case_connection *connection = &run->play.connections[c];
        struct ess_case_route route;
        ess_case_route(&run->network, connection->from, connection->to, &route);
        if (2 * route.delay_ns < RTT_LEAST_NS) {
            return refuse(2, "a round trip below 5 ms");
        }
        if (route.count > ESS_EMULATOR_HOPS_MAX) {
            return refuse(2, "a route of more links than the emulator has");
        }
        bits_per_s += sends[connection->from] ? 0 : (double)route.rate_bits_per_s;
        narrowest = fmin(narrowest, (double)route.rate_bits_per_s);
        sends[connection->from] = true;
    }
    if (collective) {
        bits_per_s = narrowest * run->network.host_count;
    }
    if (bits_per_s > RATE_MOST_BITS_PER_S) {
        return refuse(2, "hosts times rate above 3 Gbit/s");
    }
    return 0;
}

static void make_plan(const struct ess_case *network, struct ess_emulator_plan *plan) {
    struct ess_case_route route;
    memset(plan, 0, sizeof *plan);
    plan->node_count = network->host_count;
    plan->seed = network->seed;
    for (uint32_t i = 0; i < ess_case_link_count(network); i++) {
        struct ess_case_link link = ess_case_link(network, i);
        ess_emulator_plan_link(plan, (struct ess_emulator_link){link.rate_bits_per_s, link.delay_ns,
                                         link.queue_bytes, link.loss_ppb});
    }
    for (uint32_t from = 0; from < network->host_count; from++) {
        for (uint32_t to = 0; to < network->host_count; to++) {
            if (from != to && ess_case_route(network, from, to, &route)) {
                ess_emulator_plan_route(plan, from, to, route.link, route.count);
            }
        }
    }
}

static void take_line(struct linux_run *run, const char *line) {
    uint64_t number = 0;
    int64_t value = 0;
    char word[16] = "";
    if (sscanf(line, "congestion %31s", run->congestion) == 1 ||
        sscanf(line, "%15s %" SCNu64 " %" SCNd64, word, &number, &value) != 3) {
        return;
    }
    if (strcmp(word, "rtt") == 0) {
        run->base_rtt_ns = value;
    } else if (strcmp(word, "begun") == 0 && number < run->play.message_count) {
        run->log.begun_ns[number] = value;
    } else if (strcmp(word, "received") == 0 && number < run->play.message_count) {
        ess_case_log_receive(&run->log, (uint32_t)number, value);
        run->end_ns = value;
    } else if (strcmp(word, "bytes") == 0 && number < run->play.connection_count) {
        run->log.got_bytes[number] = (uint64_t)value;
        run->bytes_expected--;
        run->end_ns = run->network.stop_ns;
    }
}

static void take_lines(struct linux_run *run, int pipe_fd) {
    char text[4096];
    static char line[128];
    static size_t length;
    ssize_t bytes = read(pipe_fd, text, sizeof text);
    for (ssize_t i = 0; i < bytes; i++) {
        if (text[i] == '\n' || length == sizeof line - 1) {
            line[length] = 0;
            take_line(run, line);
            length = 0;
        } else {
            line[length++] = text[i];
        }
    }
}

static int play(struct linux_run *run, struct ess_emulator *emulator, int pipe_fd) {
    int64_t deadline_ns = ess_emulator_now_ns() + ENDS_WITHIN_NS;
    ess_emulator_begin(emulator);
    while (run->log.endless ? run->bytes_expected > 0 : !ess_case_log_finished(&run->log)) {
        enum ess_emulator_reason reason = ess_emulator_run(emulator, pipe_fd, deadline_ns);
        if (reason == ESS_EMULATOR_READABLE) {
            take_lines(run, pipe_fd);
        } else {
            return refuse(3, reason == ESS_EMULATOR_DEADLINE ? "not ended within 60 s"
                                                             : "a host of the case ended early");
        }
    }
    return 0;
}

static int judge(const struct linux_run *run, const struct ess_emulator *emulator) {
    struct ess_case_route route;
    const struct ess_lateness *lateness = ess_emulator_lateness(emulator);
    ess_case_route(
        &run->network, run->play.connections[0].from, run->play.connections[0].to, &route);
    int64_t excess_ns = run->base_rtt_ns - 2 * route.delay_ns;
    if (ess_lateness_quantile_us(lateness, 0.99) > LATE_US_MAX) {
        fprintf(stderr, "linux_case: packets late, 99th percentile %u us\n",
            ess_lateness_quantile_us(lateness, 0.99));
        return 3;
    }
    if (excess_ns > 500000 || excess_ns < -500000) {
        fprintf(stderr, "linux_case: base round trip off by %" PRId64 " us\n", excess_ns / 1000);
        return 3;
    }
    return 0;
}

static void print(const struct linux_run *run, const struct ess_emulator *emulator) {
    const struct ess_lateness *lateness = ess_emulator_lateness(emulator);
    struct ess_fabric_counts counts = ess_emulator_counts(emulator);
    struct utsname kernel;
    struct rusage own;
    uname(&kernel);
    getrusage(RUSAGE_SELF, &own);
    printf("{\"tool\":\"Linux\",\"version\":\"%s\",\"congestion\":\"%s\",\"base_rtt_ms\":%.3f,",
        kernel.release, run->congestion, (double)run->base_rtt_ns * 1e-6);
    printf("\"late_p50_us\":%u,\"late_p99_us\":%u,", ess_lateness_quantile_us(lateness, 0.5),
        ess_lateness_quantile_us(lateness, 0.99));
    printf("\"queue_drops\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"segments\":%" PRIu64
           ",\"cpu_s\":%.3f,",
        counts.dropped_by_queue, counts.lost, counts.entered,
        (double)own.ru_utime.tv_sec + (double)own.ru_stime.tv_sec +
            1e-6 * (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec));
    ess_case_log_print(&run->log, run->end_ns, stdout);
    printf("}\n");
}

/* linux_node stands beside this program. */
static void find_node_program(const char *self, char path[PATH_BYTES]) {
    const char *slash = strrchr(self, '/');
    snprintf(path, PATH_BYTES, "%.*slinux_node", slash ? (int)(slash - self + 1) : 0, self);
}

/* Namespaces, listening, and the round trips that linux_node measures, with room to spare. */
static int64_t preparation_ns(const struct ess_case *network, const struct ess_case_play *played) {
    struct ess_case_route route;
    const struct ess_case_connection *first = &played->connections[0];
    ess_case_route(network, first->from, first->to, &route);
    return 700000000 + 40000000 * (int64_t)network->host_count + 6 * (2 * route.delay_ns + 1000000);
}

static int emulate(struct linux_run *run, char **argv) {
    static struct ess_emulator_plan plan;
    static char numbers[ESS_CASE_HOSTS_MAX][16], program[PATH_BYTES], start[32];
    static char *lists[ESS_CASE_HOSTS_MAX][ARGUMENTS];
    static char *const *commands[ESS_CASE_HOSTS_MAX];
    char problem[256];
    int ends[2];
    make_plan(&run->network, &plan);
    find_node_program(argv[0], program);
    run->start_ns = ess_emulator_now_ns() + preparation_ns(&run->network, &run->play);
    snprintf(start, sizeof start, "%" PRId64, run->start_ns);
    for (uint32_t i = 0; i < run->network.host_count; i++) {
        snprintf(numbers[i], sizeof numbers[i], "%u", i);
        char *const list[ARGUMENTS] = {program, argv[1], argv[2], numbers[i], start, NULL};
        memcpy(lists[i], list, sizeof list);
        commands[i] = lists[i];
    }
    if (pipe(ends) != 0) {
        return refuse(77, "no pipe");
    }
    int kept = dup(STDOUT_FILENO);
    dup2(ends[1], STDOUT_FILENO); /* the hosts inherit it */
    struct ess_emulator_settings settings = {&plan, 2 * run->network.buffer_bytes, true, commands};
    if (settings.socket_bytes_max < 6291456) {
        settings.socket_bytes_max = 6291456; /* Linux's own */
    }
    struct ess_emulator *emulator = ess_emulator_new(&settings, problem, sizeof problem);
    int status = emulator ? play(run, emulator, ends[0]) : refuse(77, problem);
    dup2(kept, STDOUT_FILENO);
    if (status == 0) {
        print(run, emulator);
        status = judge(run, emulator);
    }
    ess_emulator_free(emulator);
    return status;
}

int main(int argc, char **argv) {
    static struct linux_run run;
    struct ess_case_error error;
    if (argc != 3) {
        return refuse(2, "usage: linux_case CASE RUN");
    }
    if (ess_case_read(argv[1], &run.network, &error) != 0) {
        fprintf(stderr, "%s:%u: found %s, expected %s\n", argv[1], error.line, error.found,
            error.expected);
        return 2;
    }
    ess_case_jitter(&run.network, (uint32_t)strtoul(argv[2], NULL, 10));
    if (ess_case_play_init(&run.play, &run.network) != 0 ||
        ess_case_log_init(&run.log, &run.network, &run.play) != 0) {
        return refuse(77, "out of memory");
    }
    run.bytes_expected = run.play.connection_count;
    int status = check_fit(&run);
    if (status == 0) {
        status = emulate(&run, argv);
    }
    ess_case_log_fini(&run.log);
    ess_case_play_fini(&run.play);
    return status;
}
