/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Worlds simple enough for pencil and paper: the time of an all-reduce, its messages and bytes,
 * what crosses between sites, energy, where the time went. */
#include "base/random.h"
#include "models/machine/machine.h"
#include "sim/engine/arena.h"
#include "sim/engine/local_clock.h"
#include "world_case.h"

enum { PEERS_MOST = 33, STEPS_MOST = 8 };

/* What was seen of one operation (steps have one bucket here) in simulated time, and in all. */
struct seen {
    struct judge judge;
    struct ess_local_clock clocks[PEERS_MOST];
    const struct world_case *world;
    uint32_t peers;
    int64_t first_begin_ns[STEPS_MOST], last_begin_ns[STEPS_MOST], last_end_ns[STEPS_MOST];
    uint64_t sends[STEPS_MOST];
    double sent_bytes[STEPS_MOST];
    double crossing_bytes;         /* of sends between sites */
    double crossing_control_bytes; /* of messages and views between sites, until the last commit */
    double crossing_control_at_commit;
};

/* The clocks that the world draws (sim/world/world.c), so that a peer's time can be read back. */
static void know_clocks(struct seen *seen, uint64_t seed) {
    for (uint32_t peer = 0; peer < seen->peers; peer++) {
        struct ess_random random;
        ess_random_init(&random, seed, peer, "clock");
        seen->clocks[peer].offset_ns = (int64_t)ess_random_below(&random, 1000000000000);
        seen->clocks[peer].drift_ppm = (int64_t)ess_random_below(&random, 101) - 50;
    }
}

/* The coordinator, which comes last, stands at site 0. */
static int site_of(const struct seen *seen, uint32_t peer) {
    int site = 0;
    uint32_t first = 0;
    while (peer + 1 < seen->peers && peer >= first + (uint32_t)seen->world->hosts[site]) {
        first += (uint32_t)seen->world->hosts[site++];
    }
    return peer + 1 < seen->peers ? site : 0;
}

static void see_report(
    struct seen *seen, uint32_t peer, int64_t local_ns, const struct ess_report *report) {
    int64_t now_ns = ess_local_clock_reaches(&seen->clocks[peer], local_ns);
    uint64_t step = report->step;
    if (report->kind == ESS_REPORT_GROUP_STEP) {
        seen->crossing_control_at_commit = seen->crossing_control_bytes;
    }
    if (step >= STEPS_MOST) {
        return;
    }
    if (report->kind == ESS_REPORT_OPERATION_BEGUN) {
        bool first = seen->last_begin_ns[step] == 0;
        if (first || now_ns < seen->first_begin_ns[step]) {
            seen->first_begin_ns[step] = now_ns;
        }
        if (now_ns > seen->last_begin_ns[step]) {
            seen->last_begin_ns[step] = now_ns;
        }
    }
    if (report->kind == ESS_REPORT_OPERATION_TENTATIVE && now_ns > seen->last_end_ns[step]) {
        seen->last_end_ns[step] = now_ns;
    }
}

/* Control traffic on the wire as sim/world/mail.c states it: 52 bytes of headers each; a view has
 * 32 and 28 a member. */
static void see_action(
    struct seen *seen, uint32_t peer, int64_t local_ns, const struct ess_action *action) {
    bool crosses = site_of(seen, peer) != site_of(seen, action->peer);
    if (action->kind == ESS_ACTION_SEND) {
        uint64_t step = action->transfer.operation >> 6;
        double bytes = (double)action->transfer.span.size_bytes;
        seen->crossing_bytes += crosses ? bytes : 0;
        if (step < STEPS_MOST) {
            seen->sends[step]++;
            seen->sent_bytes[step] += bytes;
        }
    }
    if (action->kind == ESS_ACTION_MESSAGE && crosses) {
        seen->crossing_control_bytes += 52.0 + action->message.size_bytes;
    }
    if (action->kind == ESS_ACTION_VIEW && crosses) {
        seen->crossing_control_bytes += 52.0 + 32 + 28.0 * action->view->group.size;
    }
    if (action->kind == ESS_ACTION_REPORT) {
        see_report(seen, peer, local_ns, &action->report);
    }
}

static void see(void *context, uint32_t peer, int64_t deadline_ns, const struct ess_event *event,
    const struct ess_actions *actions, enum ess_step_result result) {
    struct seen *seen = context;
    observe(&seen->judge, peer, deadline_ns, event, actions, result);
    for (uint32_t i = 0; event && i < actions->count; i++) {
        see_action(seen, peer, event->now_ns, &actions->items[i]);
    }
}

/* Run without faults; the outcome's records are the caller's to free. */
static void run_seen(
    const struct world_case *c, struct seen *seen, struct ess_world_outcome *outcome) {
    memset(seen, 0, sizeof *seen);
    seen->world = c;
    seen->peers = (uint32_t)world_hosts(c) + 1;
    CU_ASSERT_FATAL(seen->peers <= PEERS_MOST);
    know_clocks(seen, c->seed ? c->seed : 1);
    seen->judge.monitor = ess_monitor_new(seen->peers);
    run_world(c, 0, see, seen, outcome);
    CU_ASSERT_PTR_NULL(ess_monitor_violation(seen->judge.monitor));
    CU_ASSERT_EQUAL(outcome->end, ESS_WORLD_JOB_COMPLETE);
    ess_monitor_free(seen->judge.monitor);
}

/* A clock with a negative drift shows some nanoseconds twice. */
static bool near_ns(int64_t value_ns, int64_t expected_ns, int64_t tolerance_ns) {
    bool good = llabs(value_ns - expected_ns) <= tolerance_ns;
    if (!good) {
        ess_test_note("%" PRId64 " ns, expected %" PRId64 " ns", value_ns, expected_ns);
    }
    return good;
}

static bool near(double value, double expected, double relative) {
    bool good = fabs(value - expected) <= relative * fabs(expected);
    if (!good) {
        ess_test_note("%.12g, expected %.12g", value, expected);
    }
    return good;
}

/* ---- the time of an all-reduce ----------------------------------------------------------------
 */

/* ../shared/published/collectives.json, check case: p = 8, n = 1 MiB, alpha = 1 ms, beta = 8 ns/B:
 * 2 (p - 1) alpha + 2 n (p - 1) / p beta = 0.028680064 s. Here a receive is a grant, which takes
 * one alpha to reach the sender; later receives are posted rounds ahead, so that only the first hop
 * waits for it: one alpha more. In the first step connections are new: two alpha more for the
 * handshake. */
#define CHECK_VALUE_NS INT64_C(28680064)
#define ALPHA_NS INT64_C(1000000)

static void ring_meets_the_check_value(void) {
    static struct seen seen;
    struct world_case c = {.hosts = {8},
        .access = "\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\",\"delay\":\"500 us\"",
        .parameters = 524288, /* of 2 bytes: 1 MiB */
        .work = "1 FLOP",
        .buckets = 1,
        .steps = 3};
    struct ess_world_outcome outcome;
    run_seen(&c, &seen, &outcome);
    for (int step = 1; step <= 3; step++) {
        int64_t took_ns = seen.last_end_ns[step] - seen.first_begin_ns[step];
        int64_t handshake_ns = step == 1 ? 2 * ALPHA_NS : 0;
        CU_ASSERT(near_ns(seen.last_begin_ns[step], seen.first_begin_ns[step], 1));
        CU_ASSERT(near_ns(took_ns, CHECK_VALUE_NS + ALPHA_NS + handshake_ns, 2));
        CU_ASSERT_EQUAL(seen.sends[step], 112);
        CU_ASSERT_EQUAL(seen.sent_bytes[step], 8 * 1835008.0);
    }
    ess_test_note(
        "ring, p = 8, 1 MiB: %.9f s, of which one grant is 0.001 s; published 0.028680064",
        1e-9 * (double)(seen.last_end_ns[2] - seen.first_begin_ns[2]));
    ess_world_outcome_fini(&outcome);
}

/* The same for other groups: 2 (p - 1) hops of alpha + n / p beta. From p = 3 on the grants of the
 * second half come in time; of two ranks the gathering receive is posted only when the sum was
 * sent, which costs one alpha more. */
static void ring_of_any_size(void) {
    static struct seen seen;
    for (int p = 2; p <= 24; p++) {
        int64_t parameters = INT64_C(62500) * p; /* a chunk: 125,000 B, 1 ms */
        struct world_case c = {.hosts = {p},
            .access = "\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\",\"delay\":\"500 us\"",
            .parameters = parameters,
            .peer = "{\"name\":\"standard\",\"window\":64}",
            .work = "1 FLOP",
            .buckets = 1,
            .steps = 2};
        struct ess_world_outcome outcome;
        int64_t hop_ns = ALPHA_NS + 1000000;
        int64_t grants_ns = (p == 2 ? 2 : 1) * ALPHA_NS;
        run_seen(&c, &seen, &outcome);
        CU_ASSERT(near_ns(
            seen.last_end_ns[2] - seen.first_begin_ns[2], 2 * (p - 1) * hop_ns + grants_ns, 2 + p));
        CU_ASSERT_EQUAL(seen.sends[2], 2u * (uint32_t)p * (uint32_t)(p - 1));
        CU_ASSERT_EQUAL(seen.sent_bytes[2], 2 * 2.0 * (double)parameters * (p - 1));
        ess_world_outcome_fini(&outcome);
    }
}

/* Two sites of two hosts, n bytes in 4 chunks; rank l of each site owns chunks l and 2 + l. Within
 * a site a chunk takes a + b (a: delay, b: its bytes), between sites D + w. Both chunks of a rank
 * travel one after another on one connection.
 *   (A) sums within the site: grant a; chunk k of a rank is there at a + a + (k + 1) b
 *   (B1) the receive may be posted only then, so a grant D and the way D: at 2 a + b + 2 D + (k +
 * 1) w, since w >= b keeps the connection busy (B2) back as a copy, again posted only when the sum
 * was sent: D + D + w later, the second right behind the first, and (2 D >= w) not beside the sums
 * of the other rank, which travel the other half of the link's direction (C) within the site:
 * posted long ago, a + b. In all 2 a + b + (2 D + 2 w) + (2 D + w) + (a + b) = 3 a + 2 b + 4 D + 3
 * w. */
static void hierarchical_of_two_sites(void) {
    static struct seen seen;
    struct world_case c = {.hosts = {2, 2},
        .access = "\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\",\"delay\":\"500 us\"",
        .wan_rate = "100 Mbit/s",
        .wan_delay = "19 ms",
        .collective = "hierarchical",
        .parameters = 4 * 62500, /* a chunk: 125,000 B, 1 ms within a site, 10 ms between sites */
        .work = "1 FLOP",
        .buckets = 1,
        .steps = 3};
    struct ess_world_outcome outcome;
    int64_t a_ns = ALPHA_NS, b_ns = 1000000, between_ns = 20 * ALPHA_NS, w_ns = 10000000;
    int64_t wanted_ns = 3 * a_ns + 2 * b_ns + 4 * between_ns + 3 * w_ns;
    run_seen(&c, &seen, &outcome);
    for (int step = 2; step <= 3; step++) {
        /* The word that a step begins reaches site 1 later: all of it waits for that. */
        CU_ASSERT_EQUAL(seen.sent_bytes[step], 2 * 500000.0 * 3);
        CU_ASSERT(near_ns(seen.last_end_ns[step] - seen.last_begin_ns[step], wanted_ns, 10));
    }
    ess_test_note("hierarchical, 2 x 2: %.9f s, derived %.9f s",
        1e-9 * (double)(seen.last_end_ns[2] - seen.last_begin_ns[2]), 1e-9 * (double)wanted_ns);
    ess_world_outcome_fini(&outcome);
}

/* ---- messages and bytes -----------------------------------------------------------------------
 */

static void bytes_of_both_plans(void) {
    static const int groups[][3] = {{2}, {8}, {3, 3}, {6, 2}, {4, 4, 4}, {12, 12}};
    static struct seen seen;
    for (size_t i = 0; i < 2 * (sizeof groups / sizeof *groups); i++) {
        struct world_case c = {.collective = i % 2 ? "hierarchical" : "ring",
            .parameters = 24 * 5 * 1000,
            .buckets = 1,
            .steps = 3};
        struct ess_world_outcome outcome;
        double p, n = 2.0 * 24 * 5 * 1000, sites, crossing, all = 0;
        memcpy(c.hosts, groups[i / 2], sizeof c.hosts);
        p = world_hosts(&c);
        sites = world_sites(&c);
        crossing = i % 2 ? 2 * n * (sites - 1) : sites > 1 ? sites * 2 * n * (p - 1) / p : 0;
        run_seen(&c, &seen, &outcome);
        for (int step = 1; step <= 3; step++) {
            CU_ASSERT(near(seen.sent_bytes[step], 2 * n * (p - 1), 1e-12));
            if (i % 2 == 0) {
                CU_ASSERT_EQUAL(seen.sends[step], (uint64_t)(2 * p * (p - 1)));
            }
            all += (double)seen.sends[step];
        }
        CU_ASSERT_EQUAL(outcome.transfers, (uint64_t)all);
        CU_ASSERT(near(seen.crossing_bytes, 3 * crossing, 1e-12));
        CU_ASSERT(near(outcome.wan_bytes, 3 * crossing + seen.crossing_control_at_commit, 1e-12));
        ess_world_outcome_fini(&outcome);
    }
}

/* ---- energy and shares ------------------------------------------------------------------------
 */

/* All hosts alike, no faults. Each step a host computes one third and two thirds of its work, the
 * latter bucket by bucket; what it applied of the steps before also keeps it active. */
static void energy_and_computing_share(void) {
    static struct seen seen;
    struct world_case c = {.hosts = {4, 2}, .work = "5 GFLOP", .buckets = 4, .steps = 5};
    struct ess_machine_settings settings =
        ess_machine_settings_of_gpu(ess_gpu_find("RTX 3090"), 0.4, 60);
    struct ess_world_outcome outcome;
    struct ess_machine machine;
    struct ess_arena arena;
    double compute_s, apply_s, all_s, work_flop = 5e12, vector_bytes = 2e6, hosts = 6;
    double apply_bytes = vector_bytes / 4 * (1 + 2 * 12e6 / vector_bytes), energy_j;
    ess_arena_init(&arena, 0);
    ess_machine_init(&machine, &arena, &settings, 0);
    run_seen(&c, &seen, &outcome);
    compute_s = 1e-9 * (double)(ess_machine_work_ns(&machine, work_flop / 3) +
                                4 * ess_machine_work_ns(&machine, work_flop * 2 / 3 / 4));
    apply_s = 1e-9 * 4 * (double)ess_machine_arithmetic_ns(&machine, apply_bytes);
    all_s = outcome.computing_s + outcome.communicating_s + outcome.waiting_s + outcome.lost_s;
    CU_ASSERT(near(outcome.computing_s, hosts * 5 * compute_s, 1e-9));
    CU_ASSERT(outcome.communicating_s > 0);
    CU_ASSERT(outcome.waiting_s > 0);
    CU_ASSERT_EQUAL(outcome.lost_s, 0);
    CU_ASSERT(near(all_s, hosts * outcome.ended_s, 1e-9));
    energy_j =
        hosts * (settings.base_power_w + settings.idle_power_w) * outcome.last_commit_s +
        hosts * (settings.active_power_w - settings.idle_power_w) * (5 * compute_s + 4 * apply_s);
    CU_ASSERT(near(outcome.energy_j, energy_j, 1e-9));
    ess_test_note("computing %.1f %%, energy %.1f J", 100 * outcome.computing_s / all_s, energy_j);
    ess_arena_fini(&arena);
    ess_world_outcome_fini(&outcome);
}

/* A host that is down is in no share; what it had done of its step is lost. */
static void shares_with_a_crash(void) {
    static const char *const recoveries[] = {"retry", "continue"};
    for (int i = 0; i < 2; i++) {
        struct world_case c = {.hosts = {4, 2},
            .recovery = recoveries[i],
            .steps = 6,
            .faults =
                "[{\"at\":\"280 ms\",\"kind\":\"crash\",\"host\":\"s0/1\",\"for\":\"7 s\"},"
                "{\"at\":\"290 ms\",\"kind\":\"silence\",\"host\":\"s1/1\",\"for\":\"500 ms\"}]"};
        struct ess_world_outcome outcome;
        double all_s, down_s;
        run_world(&c, 0, NULL, NULL, &outcome);
        all_s = outcome.computing_s + outcome.communicating_s + outcome.waiting_s + outcome.lost_s;
        down_s = fmin(7, outcome.ended_s - 0.28) + 0.5;
        CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_JOB_COMPLETE);
        CU_ASSERT_EQUAL(outcome.deaths, 2);
        CU_ASSERT(outcome.lost_s > 0);
        CU_ASSERT(near(all_s, 6 * outcome.ended_s - down_s, 1e-9));
        ess_world_outcome_fini(&outcome);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"ring all-reduce meets the check value", ring_meets_the_check_value},
        {"ring all-reduce of any size", ring_of_any_size},
        {"hierarchical all-reduce of two sites", hierarchical_of_two_sites},
        {"messages and bytes of both plans", bytes_of_both_plans},
        {"energy and computing share", energy_and_computing_share},
        {"shares with a crash", shares_with_a_crash},
        {NULL, NULL},
    };
    return ess_test_main("closed forms of worlds", tests);
}
