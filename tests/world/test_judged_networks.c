/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same job, faults and monitor on every network that a world can host: what is carried by whole
 * flows, by a TCP of means, or packet by packet must be the same to the peers. And the three agree
 * on how long a step takes where they should. */
#include "world_case.h"

static const char *const networks[] = {",\"transport\":\"ideal\"", ",\"transport\":\"cubic\"",
    ",\"transport\":\"reno\"", ",\"transport\":\"bbr\"", ",\"model\":\"packet\"",
    ",\"model\":\"packet\",\"congestion_control\":\"reno\"",
    ",\"model\":\"packet\",\"congestion_control\":\"bbr\"",
    ",\"model\":\"packet\",\"profile\":\"ns3\""};
enum { NETWORKS = sizeof networks / sizeof *networks, PACKET = 4 };

static uint64_t runs, commits, losses;

/* One judged run to the end of its four steps. Its mean time of a step. */
static double judged(const struct world_case *c) {
    struct judge judge = {.monitor = ess_monitor_new((uint32_t)world_hosts(c) + 1)};
    struct ess_world_outcome outcome;
    const char *violation;
    double step_s;
    run_world(c, 0, observe, &judge, &outcome);
    violation = ess_monitor_violation(judge.monitor);
    if (violation) {
        ess_test_note("%s: %s", c->network, violation);
    }
    CU_ASSERT_PTR_NULL(violation);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT_EQUAL(outcome.steps, 4);
    runs++;
    commits += ess_monitor_counts(judge.monitor).commits;
    losses += judge.reports[ESS_REPORT_MEMBER_LOST];
    step_s = (outcome.last_commit_s - outcome.begun_s) / (double)outcome.steps;
    ess_monitor_free(judge.monitor);
    ess_world_outcome_fini(&outcome);
    return step_s;
}

static void on_all(struct world_case c) {
    static const char *const plans[] = {"ring", "hierarchical", "halving_doubling", "binomial"};
    for (int i = 0; i < NETWORKS; i++) {
        c.network = networks[i];
        c.collective = plans[i % 4];
        c.recovery = i % 2 ? "continue" : "retry";
        judged(&c);
    }
}

static void reset(void) {
    runs = commits = losses = 0;
}

static void note(void) {
    ess_test_note(
        "%" PRIu64 " runs, %" PRIu64 " commits, %" PRIu64 " members lost", runs, commits, losses);
}

static void no_faults(void) {
    static const int groups[][3] = {{2}, {3}, {2, 3}, {3, 2, 2}};
    reset();
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        struct world_case c = {.seed = i + 1};
        memcpy(c.hosts, groups[i], sizeof c.hosts);
        on_all(c);
        c.parameters = 5; /* fewer than ranks: some chunks are empty */
        on_all(c);
    }
    CU_ASSERT_EQUAL(losses, 0);
    note();
}

static void with_fault(const char *format) {
    static const char *const times[] = {"40 ms", "170 ms", "350 ms", "680 ms"};
    reset();
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char faults[256];
        struct world_case c = {.hosts = {3, 2}, .seed = i + 1, .faults = faults};
        snprintf(faults, sizeof faults, format, times[i]); /* NOLINT: formats of this file */
        on_all(c);
    }
    note();
}

static void crash_and_return(void) {
    with_fault("[{\"at\":\"%s\",\"kind\":\"crash\",\"host\":\"s1/0\",\"for\":\"150 ms\"}]");
    CU_ASSERT(losses > 0);
}

static void silence(void) {
    with_fault("[{\"at\":\"%s\",\"kind\":\"silence\",\"host\":\"s0/1\"}]");
    CU_ASSERT(losses > 0);
}

static void short_cut(void) {
    with_fault(
        "[{\"at\":\"%s\",\"kind\":\"link_cut\",\"between\":[\"s0\",\"s1\"],\"for\":\"2 s\"}]");
    CU_ASSERT_EQUAL(losses, 0);
}

static void long_cut(void) {
    with_fault("[{\"at\":\"%s\",\"kind\":\"link_cut\",\"host\":\"s0/2\",\"for\":\"12 s\"}]");
    CU_ASSERT(losses > 0);
}

/* Long chunks over warm connections: a step of CUBIC by its means is that of its packets within a
 * third, and both are slower than flows without headers and windows. */
static void they_agree(void) {
    struct world_case c = {.hosts = {2, 2}, .parameters = 4000000, .buckets = 1};
    double ideal_s, cubic_s, packet_s;
    reset();
    c.network = networks[0];
    ideal_s = judged(&c);
    c.network = networks[1];
    cubic_s = judged(&c);
    c.network = networks[PACKET];
    packet_s = judged(&c);
    ess_test_note("a step: %.3f s by flows, %.3f s by the means of CUBIC, %.3f s by packets",
        ideal_s, cubic_s, packet_s);
    CU_ASSERT(cubic_s > ideal_s);
    CU_ASSERT(packet_s > ideal_s);
    CU_ASSERT(cubic_s < packet_s * 4 / 3);
    CU_ASSERT(packet_s < cubic_s * 4 / 3);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"no faults", no_faults},
        {"crash and return", crash_and_return},
        {"silence for good", silence},
        {"a cut shorter than the time-out", short_cut},
        {"a cut longer than the time-out", long_cut},
        {"they agree on a plain step", they_agree},
        {NULL, NULL},
    };
    return ess_test_main("judged networks", tests);
}
