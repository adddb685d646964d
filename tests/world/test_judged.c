/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The monitor judges the simulated host: every kind of fault, both plans, both recoveries, groups
 * of 2 to 24. And it is no decoration: violations planted between the host and the monitor are
 * caught. */
#include "world_case.h"

static const char *const plans[] = {"ring", "hierarchical"};
static const char *const recoveries[] = {"retry", "continue"};

static struct ess_monitor_counts total;
static uint64_t total_runs, total_losses, total_evictions;
static int violations; /* only the first world is printed */

/* One judged run: no violation. The outcome's records are freed. */
static struct ess_world_outcome judged(const struct world_case *c, struct judge *judge) {
    struct ess_world_outcome outcome;
    struct ess_monitor_counts counts;
    const char *violation;
    memset(judge, 0, sizeof *judge);
    judge->monitor = ess_monitor_new((uint32_t)world_hosts(c) + 1);
    run_world(c, 0, observe, judge, &outcome);
    violation = ess_monitor_violation(judge->monitor);
    counts = ess_monitor_counts(judge->monitor);
    total.events += counts.events;
    total.posts += counts.posts;
    total.commits += counts.commits;
    total_runs++;
    total_losses += judge->reports[ESS_REPORT_MEMBER_LOST];
    total_evictions += judge->reports[ESS_REPORT_EVICTED];
    if (violation) {
        char *text = world_text(c);
        ess_test_note("%s", violation);
        printf("%s", violations++ == 0 ? text : "");
        free(text);
        CU_FAIL("a violation");
    }
    CU_ASSERT_EQUAL(judge->reports[ESS_REPORT_GROUP_STEP], outcome.steps);
    ess_monitor_free(judge->monitor);
    ess_world_outcome_fini(&outcome);
    return outcome;
}

static void reset_totals(void) {
    memset(&total, 0, sizeof total);
    total_runs = total_losses = total_evictions = 0;
}

static void note_totals(void) {
    ess_test_note("%" PRIu64 " runs, %" PRIu64 " events, %" PRIu64 " posts, %" PRIu64
                  " commits, %" PRIu64 " members lost, %" PRIu64 " evicted",
        total_runs, total.events, total.posts, total.commits, total_losses, total_evictions);
}

/* All four combinations of plan and recovery; each run must end as `end` with `steps` steps. */
static void in_all_ways(struct world_case c, enum ess_world_end end, uint64_t steps) {
    for (int i = 0; i < 4; i++) {
        struct ess_world_outcome outcome;
        struct judge judge;
        c.collective = plans[i / 2];
        c.recovery = recoveries[i % 2];
        outcome = judged(&c, &judge);
        CU_ASSERT_EQUAL(outcome.end, end);
        CU_ASSERT_EQUAL(outcome.steps, steps);
        if (outcome.end != end || outcome.steps != steps) {
            char *text = world_text(&c);
            ess_test_note("ended: %s, %" PRIu64 " steps after %.3f s",
                ess_world_end_text(outcome.end), outcome.steps, outcome.ended_s);
            printf("%s", text);
            free(text);
        }
    }
}

static void no_faults(void) {
    static const int groups[][3] = {
        {2}, {3}, {1, 1}, {4}, {2, 3}, {5}, {1, 4, 2}, {8}, {7, 5}, {3, 3, 3}, {16}, {14, 10}};
    reset_totals();
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        struct world_case c = {.seed = i + 1};
        memcpy(c.hosts, groups[i], sizeof c.hosts);
        in_all_ways(c, ESS_WORLD_JOB_COMPLETE, 4);
        c.parameters = 5; /* fewer than ranks: some chunks are empty */
        in_all_ways(c, ESS_WORLD_JOB_COMPLETE, 4);
    }
    CU_ASSERT_EQUAL(total_losses, 0);
    note_totals();
}

/* A step takes about 0.25 s: these times fall into the formation, computing and all-reduces. */
static const char *const fault_times[] = {"0 ms", "3 ms", "40 ms", "90 ms", "131 ms", "170 ms",
    "222 ms", "301 ms", "350 ms", "404 ms", "517 ms", "680 ms"};
enum { FAULT_TIMES = sizeof fault_times / sizeof *fault_times };

/* `text` with each @ replaced by `time`. */
static void put_time(const char *text, const char *time, char *out, size_t bytes) {
    size_t length = 0;
    for (; *text && length + 16 < bytes; text++) {
        if (*text == '@') {
            length += (size_t)snprintf(out + length, bytes - length, "%s", time);
        } else {
            out[length++] = *text;
        }
    }
    out[length] = '\0';
}

/* The faults, with @ where their time goes, at each of the times. */
static void at_all_times(struct world_case c, const char *text, enum ess_world_end end) {
    reset_totals();
    for (int i = 0; i < FAULT_TIMES; i++) {
        char faults[512];
        put_time(text, fault_times[i], faults, sizeof faults);
        c.faults = faults;
        c.seed = (uint64_t)i + 1;
        in_all_ways(c, end, end == ESS_WORLD_JOB_COMPLETE ? 4 : 0);
    }
    note_totals();
}

static void crash_for_good(void) {
    at_all_times((struct world_case){.hosts = {3, 2}},
        "[{\"at\":\"@\",\"kind\":\"crash\",\"host\":\"s0/1\"}]", ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT(total_losses > 0);
}

static void crash_and_return(void) {
    at_all_times((struct world_case){.hosts = {3, 2}},
        "[{\"at\":\"@\",\"kind\":\"crash\",\"host\":\"s1/0\",\"for\":\"150 ms\"}]",
        ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT(total_losses > 0);
}

static void two_crash_at_once(void) {
    at_all_times((struct world_case){.hosts = {4, 3}},
        "[{\"at\":\"@\",\"kind\":\"crash\",\"host\":\"s1/0\"},"
        "{\"at\":\"@\",\"kind\":\"crash\",\"host\":\"s0/3\",\"for\":\"1 s\"}]",
        ESS_WORLD_JOB_COMPLETE);
}

static void silence_for_good(void) {
    at_all_times((struct world_case){.hosts = {3, 2}},
        "[{\"at\":\"@\",\"kind\":\"silence\",\"host\":\"s0/0\"}]", ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT(total_losses > 0);
}

static void silence_and_return(void) {
    at_all_times((struct world_case){.hosts = {3, 2}},
        "[{\"at\":\"@\",\"kind\":\"silence\",\"host\":\"s0/0\",\"for\":\"1 s\"}]",
        ESS_WORLD_JOB_COMPLETE);
}

static void short_pause(void) {
    at_all_times((struct world_case){.hosts = {3, 2}},
        "[{\"at\":\"@\",\"kind\":\"pause\",\"host\":\"s1/1\",\"for\":\"1 s\"}]",
        ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT_EQUAL(total_losses, 0);
}

static void long_pause(void) {
    at_all_times((struct world_case){.hosts = {3, 2}},
        "[{\"at\":\"@\",\"kind\":\"pause\",\"host\":\"s1/1\",\"for\":\"4 s\"}]",
        ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT(total_losses > 0);
}

/* While one is paused another dies. The view that says so waits for the first to wake up; what ends
 * in the meantime, since the others hear of it later, is cancelled behind its back. */
static void crash_during_a_pause(void) {
    struct world_case c = {.hosts = {3, 3}, .parameters = 20000000, .wan_delay = "300 ms"};
    at_all_times(c,
        "[{\"at\":\"2@\",\"kind\":\"pause\",\"host\":\"s0/0\",\"for\":\"2500 ms\"},"
        "{\"at\":\"2@\",\"kind\":\"crash\",\"host\":\"s0/1\"}]",
        ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT(total_losses > 0);
}

static void short_cut_of_a_host(void) {
    at_all_times((struct world_case){.hosts = {3, 2}},
        "[{\"at\":\"@\",\"kind\":\"link_cut\",\"host\":\"s0/2\",\"for\":\"2 s\"}]",
        ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT_EQUAL(total_losses, 0);
}

static void long_cut_of_a_host(void) {
    at_all_times((struct world_case){.hosts = {3, 2}},
        "[{\"at\":\"@\",\"kind\":\"link_cut\",\"host\":\"s0/2\",\"for\":\"12 s\"}]",
        ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT(total_losses > 0);
}

static void short_cut_of_a_wan_link(void) {
    at_all_times((struct world_case){.hosts = {2, 2}},
        "[{\"at\":\"@\",\"kind\":\"link_cut\",\"between\":[\"s0\",\"s1\"],\"for\":\"2 s\"}]",
        ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT_EQUAL(total_losses, 0);
}

/* The coordinator stands at site 0: those of site 1 are lost, seek it, and come back or not. */
static void long_cut_of_a_wan_link(void) {
    at_all_times((struct world_case){.hosts = {2, 2}},
        "[{\"at\":\"@\",\"kind\":\"link_cut\",\"between\":[\"s0\",\"s1\"],\"for\":\"12 s\"}]",
        ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT(total_losses > 0);
}

static void connections_reset(void) {
    at_all_times((struct world_case){.hosts = {3, 2}},
        "[{\"at\":\"@\",\"kind\":\"reset\",\"host\":\"s0/2\"}]", ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT_EQUAL(total_losses, 0);
    at_all_times((struct world_case){.hosts = {3, 2}},
        "[{\"at\":\"@\",\"kind\":\"reset\",\"host\":\"coordinator\"}]", ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT_EQUAL(total_losses, 0);
}

/* The loss of the coordinator ends the job, cleanly: by a report, not by a hang. */
static void coordinator_crash(void) {
    reset_totals();
    for (int i = 0; i < FAULT_TIMES; i++) {
        char faults[256];
        struct world_case c = {.hosts = {3, 2}, .faults = faults, .duration = "2 min"};
        snprintf(faults, sizeof faults,
            "[{\"at\":\"%s\",\"kind\":\"%s\",\"host\":\"coordinator\"}]", fault_times[i],
            i % 2 ? "crash" : "silence");
        for (int way = 0; way < 4; way++) {
            struct ess_world_outcome outcome;
            struct judge judge;
            c.collective = plans[way / 2];
            c.recovery = recoveries[way % 2];
            outcome = judged(&c, &judge);
            CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_COORDINATOR_LOST);
            CU_ASSERT(outcome.steps < 4);
        }
    }
    note_totals();
}

/* ---- churn ------------------------------------------------------------------------------------
 */

/* Hosts with sessions of seconds, in the same pattern each time. */
static char *churn(int hosts, uint64_t seed) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    uint64_t state = seed * 2654435761u + 12345;
    fprintf(out, "host,start,end\n");
    for (int host = 0; host < hosts; host++) {
        for (double t = 0; t < 120;) {
            double up, down;
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            up = 1 + (double)(state >> 40) / 16777216.0 * 20;
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            down = 0.2 + (double)(state >> 40) / 16777216.0 * 6;
            fprintf(out, "h%d,%.3f,%.3f\n", host, t, t + up);
            t += up + down;
        }
    }
    fclose(out);
    return text;
}

static void traces(void) {
    static const int groups[][3] = {{2}, {3, 2}, {4, 4, 4}, {14, 10}};
    uint64_t deaths = 0, fetched = 0;
    reset_totals();
    for (size_t i = 0; i < 16; i++) {
        struct world_case c = {.seed = i + 1, .steps = -1, .duration = "60 s"};
        struct ess_world_outcome outcome;
        struct judge judge;
        char *csv;
        memcpy(c.hosts, groups[i % 4], sizeof c.hosts);
        csv = churn(world_hosts(&c), i);
        c.csv = csv;
        c.availability = i % 3 ? ",\"departure\":\"silence\"" : ",\"departure\":\"crash\"";
        c.collective = plans[i / 4 % 2];
        c.recovery = recoveries[i / 8 % 2];
        c.faults = "[{\"at\":\"9 s\",\"kind\":\"pause\",\"host\":\"s0/1\",\"for\":\"2 s\"},"
                   "{\"at\":\"20 s\",\"kind\":\"link_cut\",\"host\":\"s0/0\",\"for\":\"7 s\"},"
                   "{\"at\":\"33 s\",\"kind\":\"reset\",\"host\":\"coordinator\"},"
                   "{\"at\":\"41 s\",\"kind\":\"pause\",\"host\":\"s0/1\",\"for\":\"5 s\"}]";
        outcome = judged(&c, &judge);
        deaths += outcome.deaths;
        fetched += judge.reports[ESS_REPORT_PARAMETERS_FETCHED];
        CU_ASSERT(outcome.deaths > 0);
        free(csv);
    }
    CU_ASSERT(fetched > 0);
    ess_test_note(
        "%" PRIu64 " deaths, %" PRIu64 " joiners fetched the parameters", deaths, fetched);
    note_totals();
}

/* ---- planted violations -----------------------------------------------------------------------
 */

enum plant { DROP_AN_END, DOUBLE_AN_END, CLOCK_BACK, EARLY_DEADLINE, WRONG_SET, AFTER_DONE, NONE };

struct planter {
    struct judge judge;
    enum plant plant;
    uint32_t countdown;
    bool planted;
};

static bool is_due(struct planter *planter) {
    if (planter->planted || planter->countdown-- > 0) {
        return false;
    }
    planter->planted = true;
    return true;
}

/* Spoil a copy of what the peer answered, or of what it was told. */
static void observe_spoilt(void *context, uint32_t peer, int64_t deadline_ns,
    const struct ess_event *event, const struct ess_actions *actions, enum ess_step_result result) {
    struct planter *planter = context;
    struct ess_event spoilt = {0};
    struct ess_actions answer;
    if (!event) {
        observe(&planter->judge, peer, deadline_ns, event, actions, result);
        return;
    }
    spoilt = *event;
    answer = *actions;
    if (planter->plant == DROP_AN_END && event->kind == ESS_EVENT_FINISHED && is_due(planter)) {
        return;
    }
    if (planter->plant == CLOCK_BACK && is_due(planter)) {
        spoilt.now_ns -= INT64_C(1000000000000000);
    }
    if (planter->plant == EARLY_DEADLINE && event->kind == ESS_EVENT_DEADLINE && is_due(planter)) {
        deadline_ns = spoilt.now_ns + 1;
    }
    for (uint32_t i = 0; planter->plant == WRONG_SET && i < answer.count; i++) {
        if (answer.items[i].kind == ESS_ACTION_REPORT &&
            answer.items[i].report.kind == ESS_REPORT_OPERATION_COMMITTED && is_due(planter)) {
            answer.items[i].report.count++;
        }
    }
    observe(&planter->judge, peer, deadline_ns, &spoilt, &answer, result);
    if (planter->plant == DOUBLE_AN_END && event->kind == ESS_EVENT_FINISHED && is_due(planter)) {
        answer.count = 0;
        observe(&planter->judge, peer, deadline_ns, &spoilt, &answer, ESS_WAIT);
    }
    if (planter->plant == AFTER_DONE && result == ESS_DONE && is_due(planter)) {
        answer.count = 0;
        observe(&planter->judge, peer, deadline_ns, &spoilt, &answer, ESS_WAIT);
    }
}

/* A dropped end shows as a post that never ended, the others as violations. */
static void plant_one(enum plant plant, uint32_t countdown) {
    struct planter planter = {.plant = plant, .countdown = countdown};
    /* The pause makes the others wait, so that there are heartbeats by deadline. */
    struct world_case c = {.hosts = {3, 2},
        .faults = "[{\"at\":\"200 ms\",\"kind\":\"pause\",\"host\":\"s0/0\",\"for\":\"2 s\"}]"};
    struct ess_world_outcome outcome;
    const char *violation;
    uint32_t open = 0;
    planter.judge.monitor = ess_monitor_new(6);
    run_world(&c, 0, observe_spoilt, &planter, &outcome);
    violation = ess_monitor_violation(planter.judge.monitor);
    for (uint32_t peer = 0; peer < 6; peer++) {
        open += ess_monitor_open_posts(planter.judge.monitor, peer);
    }
    CU_ASSERT_EQUAL(planter.planted, plant != NONE);
    if (planter.planted != (plant != NONE)) {
        ess_test_note("violation %d was not planted", (int)plant);
    }
    CU_ASSERT_EQUAL(violation != NULL || open > 0, plant != NONE);
    if (plant == NONE || plant == DROP_AN_END) {
        CU_ASSERT(violation == NULL || plant == DROP_AN_END);
    }
    ess_monitor_free(planter.judge.monitor);
    ess_world_outcome_fini(&outcome);
}

static void planted_violations_are_caught(void) {
    uint32_t planted = 0;
    plant_one(NONE, 0);
    for (enum plant plant = DROP_AN_END; plant < NONE; plant++) {
        for (uint32_t countdown = 0; countdown < 5; countdown++) {
            /* The first event of a life may have any time, and there are few deadlines and ends. */
            bool few = plant == AFTER_DONE || plant == EARLY_DEADLINE;
            plant_one(plant, few ? countdown : 20 + 3 * countdown);
            planted++;
        }
    }
    ess_test_note("%u violations planted, all caught", planted);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"no faults", no_faults},
        {"crash for good", crash_for_good},
        {"crash and return", crash_and_return},
        {"two crash at once", two_crash_at_once},
        {"silence for good", silence_for_good},
        {"silence and return", silence_and_return},
        {"pause shorter than the time-out", short_pause},
        {"pause longer than the time-out", long_pause},
        {"crash during a pause", crash_during_a_pause},
        {"cut of a host's link, short", short_cut_of_a_host},
        {"cut of a host's link, long", long_cut_of_a_host},
        {"cut of a WAN link, short", short_cut_of_a_wan_link},
        {"cut of a WAN link, long", long_cut_of_a_wan_link},
        {"connections reset", connections_reset},
        {"coordinator crash", coordinator_crash},
        {"traces", traces},
        {"planted violations are caught", planted_violations_are_caught},
        {NULL, NULL},
    };
    return ess_test_main("judged worlds", tests);
}
