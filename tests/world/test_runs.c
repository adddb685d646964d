/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole runs: the same seed gives the same bytes, variants see the same deaths, a latecomer fetches
 * the state and contributes, and every end is reported as what it is. */
#include "world_case.h"

/* ---- determinism ------------------------------------------------------------------------------
 */

#define CHURN                                                                                      \
    "host,start,end\n"                                                                             \
    "a,0,31\na,33,70\na,74,200\nb,0,200\nc,0,12\nc,20,44\nc,52,200\nd,5,90\nd,95,200\n"            \
    "e,0,61\ne,62,140\ne,141,200\nf,0,25\nf,26,27\nf,30,200\n"

static struct world_case churning(const char *collective, const char *recovery) {
    return (struct world_case){.hosts = {3, 3},
        .collective = collective,
        .recovery = recovery,
        .steps = -1,
        .duration = "90 s",
        .csv = CHURN,
        .availability = ",\"mapping\":\"random\",\"offset\":\"random\",\"departure\":\"silence\"",
        .faults = "[{\"at\":\"15 s\",\"kind\":\"pause\",\"host\":\"s0/2\",\"for\":\"5 s\"},"
                  "{\"at\":\"40 s\",\"kind\":\"link_cut\",\"between\":[\"s0\",\"s1\"],\"for\":\"9 "
                  "s\"}]"};
}

/* Outcomes begin as zeros, so that their bytes can be compared; the records lie elsewhere. */
static bool equal_outcomes(const struct ess_world_outcome *a, const struct ess_world_outcome *b) {
    struct ess_world_outcome one = *a, two = *b;
    if (a->steps != b->steps ||
        memcmp(a->step_records, b->step_records, a->steps * sizeof *a->step_records) != 0) {
        return false;
    }
    one.step_records = two.step_records = NULL;
    one.plain = two.plain = NULL;
    return memcmp(&one, &two, sizeof one) == 0;
}

static void same_seed_same_bytes(void) {
    struct world_case c = churning("ring", "retry"), d = churning("hierarchical", "continue");
    struct ess_world_outcome first, between, again, other_replication, other_seed;
    run_world(&c, 0, NULL, NULL, &first);
    run_world(&d, 3, NULL, NULL, &between); /* leaves nothing behind in the process */
    run_world(&c, 0, NULL, NULL, &again);
    run_world(&c, 1, NULL, NULL, &other_replication);
    c.seed = 2;
    run_world(&c, 0, NULL, NULL, &other_seed);
    CU_ASSERT(first.steps > 50 && first.deaths > 3);
    CU_ASSERT(equal_outcomes(&first, &again));
    CU_ASSERT_FALSE(equal_outcomes(&first, &other_replication));
    CU_ASSERT_FALSE(equal_outcomes(&first, &other_seed));
    CU_ASSERT_FALSE(equal_outcomes(&first, &between));
    ess_test_note("%" PRIu64 " steps, %" PRIu64 " deaths, %" PRIu64 " events", first.steps,
        first.deaths, first.events);
    ess_world_outcome_fini(&first);
    ess_world_outcome_fini(&between);
    ess_world_outcome_fini(&again);
    ess_world_outcome_fini(&other_replication);
    ess_world_outcome_fini(&other_seed);
}

/* An observer looks and changes nothing. */
static void a_judge_changes_nothing(void) {
    struct world_case c = churning("hierarchical", "retry");
    struct ess_world_outcome alone, judged;
    struct judge judge = {.monitor = ess_monitor_new(7)};
    run_world(&c, 2, NULL, NULL, &alone);
    run_world(&c, 2, observe, &judge, &judged);
    CU_ASSERT(equal_outcomes(&alone, &judged));
    CU_ASSERT_PTR_NULL(ess_monitor_violation(judge.monitor));
    ess_monitor_free(judge.monitor);
    ess_world_outcome_fini(&alone);
    ess_world_outcome_fini(&judged);
}

static void variants_see_the_same_deaths(void) {
    static const char *const plans[] = {"ring", "hierarchical"};
    static const char *const recoveries[] = {"retry", "continue"};
    uint64_t least = UINT64_MAX, most = 0;
    for (uint32_t replication = 0; replication < 6; replication++) {
        uint64_t deaths = 0, steps = 0;
        for (int i = 0; i < 4; i++) {
            struct world_case c = churning(plans[i / 2], recoveries[i % 2]);
            struct ess_world_outcome outcome;
            run_world(&c, replication, NULL, NULL, &outcome);
            CU_ASSERT(i == 0 || outcome.deaths == deaths);
            CU_ASSERT(outcome.steps > 0);
            deaths = outcome.deaths;
            steps += outcome.steps;
            ess_world_outcome_fini(&outcome);
        }
        least = deaths < least ? deaths : least;
        most = deaths > most ? deaths : most;
        CU_ASSERT(steps > 0);
    }
    CU_ASSERT(least < most); /* replications do differ */
    ess_test_note("%" PRIu64 " to %" PRIu64 " deaths a replication", least, most);
}

/* ---- joining ----------------------------------------------------------------------------------
 */

struct joining {
    struct judge judge;
    uint32_t joiner;
    uint64_t fetched_bytes, served_bytes;
    uint64_t first_step, fetched_in_step;
    uint64_t contributors[64]; /* of each step, as the joiner applies it */
};

static void see_joiner(void *context, uint32_t peer, int64_t deadline_ns,
    const struct ess_event *event, const struct ess_actions *actions, enum ess_step_result result) {
    struct joining *joining = context;
    observe(&joining->judge, peer, deadline_ns, event, actions, result);
    for (uint32_t i = 0; event && i < actions->count; i++) {
        const struct ess_action *action = &actions->items[i];
        const struct ess_report *report = &action->report;
        if (action->kind == ESS_ACTION_SEND && action->transfer.operation == 0 &&
            action->peer == joining->joiner) {
            joining->served_bytes += action->transfer.span.size_bytes;
        }
        if (peer != joining->joiner) {
            continue;
        }
        if (action->kind == ESS_ACTION_RECEIVE && action->transfer.operation == 0) {
            joining->fetched_bytes += action->transfer.span.size_bytes;
        }
        if (action->kind != ESS_ACTION_REPORT) {
            continue;
        }
        if (report->kind == ESS_REPORT_STEP_BEGUN && joining->first_step == 0) {
            joining->first_step = report->step;
        }
        if (report->kind == ESS_REPORT_PARAMETERS_FETCHED) {
            joining->fetched_in_step = report->step;
        }
        if (report->kind == ESS_REPORT_OPERATION_COMMITTED && report->step < 64) {
            joining->contributors[report->step] = report->count;
        }
    }
}

/* Three found the job; the fourth comes after two seconds. */
static void a_latecomer_fetches_and_contributes(void) {
    for (int stripes = 1; stripes <= 16; stripes *= 4) {
        char job[64];
        struct world_case c = {.hosts = {4},
            .steps = 30,
            .job = job,
            .csv = "host,start,end\na,0,5000\nb,0,5000\nc,0,5000\nd,2,5000\n",
            .availability = ",\"mapping\":\"in_order\",\"offset\":\"0 s\",\"wrap\":false"};
        struct joining joining = {.joiner = 3};
        struct ess_world_outcome outcome;
        uint64_t step;
        snprintf(job, sizeof job, ",\"stripes\":%d,\"founders\":3", stripes);
        joining.judge.monitor = ess_monitor_new(5);
        run_world(&c, 0, see_joiner, &joining, &outcome);
        CU_ASSERT_PTR_NULL(ess_monitor_violation(joining.judge.monitor));
        CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_JOB_COMPLETE);
        CU_ASSERT_EQUAL(outcome.steps, 30);
        CU_ASSERT_EQUAL(joining.fetched_bytes, 12000000);
        CU_ASSERT_EQUAL(joining.served_bytes, 12000000);
        step = joining.first_step;
        CU_ASSERT(step > 1 && step < 29);
        CU_ASSERT_EQUAL(joining.fetched_in_step, step);
        CU_ASSERT_EQUAL(joining.judge.reports[ESS_REPORT_PARAMETERS_FETCHED], 1);
        CU_ASSERT_EQUAL(outcome.step_records[step - 2].members, 3);
        CU_ASSERT_EQUAL(outcome.step_records[step - 1].members, 4);
        CU_ASSERT_EQUAL(outcome.step_records[step - 1].contributors, 3);
        CU_ASSERT_EQUAL(outcome.step_records[step].contributors, 4);
        CU_ASSERT_EQUAL(joining.contributors[step], 3);
        CU_ASSERT_EQUAL(joining.contributors[step + 1], 4);
        ess_monitor_free(joining.judge.monitor);
        ess_world_outcome_fini(&outcome);
    }
}

/* ---- ends -------------------------------------------------------------------------------------
 */

static struct ess_world_outcome end_of(const struct world_case *c) {
    struct ess_world_outcome outcome;
    struct judge judge = {.monitor = ess_monitor_new((uint32_t)world_hosts(c) + 1)};
    run_world(c, 0, observe, &judge, &outcome);
    CU_ASSERT_PTR_NULL(ess_monitor_violation(judge.monitor));
    ess_monitor_free(judge.monitor);
    ess_world_outcome_fini(&outcome);
    return outcome;
}

#define IN_ORDER ",\"mapping\":\"in_order\",\"offset\":\"0 s\",\"wrap\":false"

static void every_host_gone_for_good(void) {
    struct world_case c = {.hosts = {2, 1},
        .steps = -1,
        .duration = "30 d",
        .csv = "host,start,end\na,0,40\nb,0,55.5\nc,0,20\nc,25,30\n",
        .availability = IN_ORDER};
    struct ess_world_outcome outcome = end_of(&c);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_NOBODY_LEFT);
    CU_ASSERT_EQUAL(outcome.ended_s, 55.5);
    CU_ASSERT(outcome.steps > 0);
    /* By faults: the last one of them never ends. */
    c = (struct world_case){.hosts = {2},
        .steps = -1,
        .duration = "30 d",
        .faults = "[{\"at\":\"10 s\",\"kind\":\"crash\",\"host\":\"s0/0\",\"for\":\"60 s\"},"
                  "{\"at\":\"12 s\",\"kind\":\"silence\",\"host\":\"s0/1\"},"
                  "{\"at\":\"80 s\",\"kind\":\"crash\",\"host\":\"s0/0\"}]"};
    outcome = end_of(&c);
    CU_ASSERT(outcome.end == ESS_WORLD_NOBODY_LEFT || outcome.end == ESS_WORLD_PARAMETERS_LOST);
    CU_ASSERT(outcome.ended_s <= 80);
}

/* What never began is no reason to wait for the duration either. */
static void nobody_for_the_minimum(void) {
    struct world_case c = {.hosts = {3},
        .steps = -1,
        .duration = "2 h",
        .csv = "host,start,end\na,0,40\nb,50,90\nc,100,140\n",
        .availability = IN_ORDER};
    struct ess_world_outcome outcome = end_of(&c);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_NOBODY_LEFT);
    CU_ASSERT_EQUAL(outcome.ended_s, 140);
    CU_ASSERT_EQUAL(outcome.steps, 0);
    CU_ASSERT(isnan(outcome.begun_s));
}

/* Two hold the model; a third fetches 12 GB, for minutes, and they go. */
static void the_last_holders_go(void) {
    struct world_case c = {.hosts = {3},
        .steps = -1,
        .duration = "1 h",
        .job = ",\"founders\":2,\"state_bytes_per_parameter\":256",
        .parameters = 20000000,
        .csv = "host,start,end\na,0,60\nb,0,60\nc,20,3600\n",
        .availability = IN_ORDER};
    struct ess_world_outcome outcome = end_of(&c);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_PARAMETERS_LOST);
    CU_ASSERT(outcome.ended_s > 60 && outcome.ended_s < 70);
    CU_ASSERT(outcome.steps > 0);
}

/* With fewer than the minimum the job waits, and goes on when one returns. */
static void below_the_minimum_it_waits(void) {
    struct world_case c = {.hosts = {3},
        .steps = 100,
        .duration = "1 h",
        .job = ",\"minimum_workers\":3",
        .csv = "host,start,end\na,0,4000\nb,0,4000\nc,0,5\nc,600,4000\n",
        .availability = IN_ORDER};
    struct ess_world_outcome outcome = end_of(&c);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT_EQUAL(outcome.steps, 100);
    CU_ASSERT(outcome.last_commit_s > 600 && outcome.last_commit_s < 700);
}

static void bounds_are_reported(void) {
    struct world_case c = {.hosts = {4, 2}, .steps = -1, .duration = "30 d"};
    struct ess_world_outcome outcome;
    c.more = ",\"bounds\":{\"events\":20000}";
    outcome = end_of(&c);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_EVENT_BOUND);
    CU_ASSERT_EQUAL(outcome.events, 20000);
    CU_ASSERT(outcome.steps > 0 && outcome.ended_s > 0);
    CU_ASSERT(fabs(outcome.judged_s - (outcome.ended_s - outcome.begun_s)) < 1e-9);
    c.more = ",\"bounds\":{\"wall\":\"1 ms\"}";
    outcome = end_of(&c);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_WALL_BOUND);
    c.more = "";
    c.duration = "20 s";
    outcome = end_of(&c);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_DURATION);
    CU_ASSERT_EQUAL(outcome.ended_s, 20);
}

/* Its loss ends the job, also where it comes back, and where workers come that never met it: what
 * was committed is forgotten, so that going on would be another job. */
static void the_coordinator_is_lost(void) {
    static const char *const faults[] = {
        "[{\"at\":\"30 s\",\"kind\":\"crash\",\"host\":\"coordinator\"}]",
        "[{\"at\":\"30 s\",\"kind\":\"crash\",\"host\":\"coordinator\",\"for\":\"10 s\"}]",
        "[{\"at\":\"30 s\",\"kind\":\"silence\",\"host\":\"coordinator\",\"for\":\"10 s\"}]"};
    for (int i = 0; i < 6; i++) {
        struct world_case c = {.hosts = {3},
            .steps = -1,
            .duration = "10 min",
            .faults = faults[i / 2],
            .csv = i % 2 ? "host,start,end\na,0,35\na,50,700\nb,0,33\nb,52,700\nc,0,700\n" : NULL,
            .availability = IN_ORDER};
        struct ess_world_outcome outcome = end_of(&c);
        CU_ASSERT(outcome.steps > 0 && outcome.last_commit_s < 30);
        CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_COORDINATOR_LOST);
        if (outcome.end != ESS_WORLD_COORDINATOR_LOST || outcome.last_commit_s >= 30) {
            ess_test_note("case %d ended: %s after %.1f s, last commit at %.1f s", i,
                ess_world_end_text(outcome.end), outcome.ended_s, outcome.last_commit_s);
        }
    }
}

static void ends_have_words(void) {
    for (enum ess_world_end end = ESS_WORLD_JOB_COMPLETE; end <= ESS_WORLD_WALL_BOUND; end++) {
        CU_ASSERT(strlen(ess_world_end_text(end)) > 10);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"same seed, same bytes", same_seed_same_bytes},
        {"a judge changes nothing", a_judge_changes_nothing},
        {"variants see the same deaths", variants_see_the_same_deaths},
        {"a latecomer fetches and contributes", a_latecomer_fetches_and_contributes},
        {"every host gone for good", every_host_gone_for_good},
        {"nobody for the minimum", nobody_for_the_minimum},
        {"the last holders go", the_last_holders_go},
        {"below the minimum it waits", below_the_minimum_it_waits},
        {"bounds are reported", bounds_are_reported},
        {"the coordinator is lost", the_coordinator_is_lost},
        {"ends have words", ends_have_words},
        {NULL, NULL},
    };
    return ess_test_main("runs of worlds", tests);
}
