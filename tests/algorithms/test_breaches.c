/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The monitor sees a host that breaks the contract: each breach is planted in the test host. */
#include "ess_test.h"
#include "test_host.h"

#include <string.h>

#define MS INT64_C(1000000)

/* A crash and a return make views follow each other and transfers be cancelled. */
static struct ess_test_world eventful(uint64_t seed) {
    struct ess_test_world world = ess_test_world_default();
    world.seed = seed;
    world.steps = 4;
    world.fault_count = 1;
    world.faults[0] = (struct ess_fault){
        .kind = ESS_FAULT_CRASH, .peer = 2, .at_ns = 60 * MS, .restart_ns = 20 * MS};
    return world;
}

/* The monitor's word on it, or NULL. */
static const char *found(enum ess_breach breach, struct ess_test_outcome *outcome) {
    outcome->violation = NULL;
    for (uint64_t seed = 1; seed <= 20 && !outcome->violation && !outcome->stuck; seed++) {
        struct ess_test_world world = eventful(seed);
        world.breach = breach;
        ess_test_world_run(&world, outcome);
    }
    return outcome->violation;
}

static void none(void) {
    struct ess_test_outcome outcome = {0};
    CU_ASSERT_PTR_NULL(found(ESS_BREACH_NONE, &outcome));
    CU_ASSERT_FALSE(outcome.stuck);
}

static void each(void) {
    static const char *const words[ESS_BREACH_COUNT] = {
        [ESS_BREACH_END_TWICE] = "an end without a post",
        [ESS_BREACH_AFTER_DONE] = "after done",
        [ESS_BREACH_DEADLINE_EARLY] = "early",
        [ESS_BREACH_VIEW_BACKWARDS] = "view of epoch",
        [ESS_BREACH_CLOCK_BACKWARDS] = "ran backwards",
        [ESS_BREACH_CANCEL_FINISHED] = "cancelled 1",
    };
    for (int breach = ESS_BREACH_NONE + 1; breach < ESS_BREACH_COUNT; breach++) {
        struct ess_test_outcome outcome = {0};
        const char *text = found((enum ess_breach)breach, &outcome);
        if (breach == ESS_BREACH_END_MISSING) {
            /* Nobody can tell a lost end from a late one; the run shows it by not ending. */
            CU_ASSERT_TRUE(outcome.stuck);
            continue;
        }
        ESS_CHECK(
            text && strstr(text, words[breach]), "breach %d: %s", breach, text ? text : "not seen");
        if (text) {
            ess_test_note("%s", text);
        }
    }
}

/* ---- a peer that breaks its own promises, as the monitor alone is told --------------------------
 */

static struct ess_actions actions;

static struct ess_action *add(enum ess_action_kind kind) {
    return ess_actions_add(&actions, kind);
}

static void report(enum ess_report_kind kind, uint64_t step, uint64_t operation) {
    ess_actions_report(&actions, kind, step, 1);
    actions.items[actions.count - 1].report.operation = operation;
    actions.items[actions.count - 1].report.count = 2;
}

/* What the monitor says of a peer that answers its start with `actions`. */
static bool says(const char *words, enum ess_step_result result) {
    struct ess_monitor *monitor = ess_monitor_new(1);
    struct ess_event start = {.kind = ESS_EVENT_START};
    const char *violation;
    bool well;
    ess_monitor_start(monitor, 0);
    ess_monitor_step(monitor, 0, 0, &start, &actions, result);
    violation = ess_monitor_violation(monitor);
    well = words ? violation && strstr(violation, words) : !violation;
    if (!well) {
        ess_test_note("expected '%s', got '%s'", words ? words : "", violation ? violation : "");
    }
    ess_monitor_free(monitor);
    actions.count = 0;
    return well;
}

static void post(enum ess_action_kind kind, uint64_t token, uint64_t offset_bytes) {
    struct ess_action *action = add(kind);
    action->token = token;
    action->transfer.epoch = 1;
    action->transfer.span = (struct ess_span){ESS_REGION_RESULT, offset_bytes, 16};
}

static void posts(void) {
    post(ESS_ACTION_SEND, 1, 0);
    post(ESS_ACTION_SEND, 2, 8);
    CU_ASSERT_TRUE(says(NULL, ESS_WAIT));
    post(ESS_ACTION_SEND, 1, 0);
    post(ESS_ACTION_RECEIVE, 2, 8);
    CU_ASSERT_TRUE(says("overlap", ESS_WAIT));
    post(ESS_ACTION_SEND, 1, 0);
    post(ESS_ACTION_SEND, 1, 32);
    CU_ASSERT_TRUE(says("posted twice", ESS_WAIT));
    post(ESS_ACTION_RECEIVE, 1, 0);
    add(ESS_ACTION_CANCEL)->epoch = 2;
    post(ESS_ACTION_RECEIVE, 2, 0);
    CU_ASSERT_TRUE(says(NULL, ESS_WAIT));
    post(ESS_ACTION_RECEIVE, 1, 0);
    add(ESS_ACTION_DONE)->status = ESS_STATUS_COMPLETE;
    CU_ASSERT_TRUE(says("has not ended", ESS_DONE));
    add(ESS_ACTION_DONE);
    post(ESS_ACTION_SEND, 1, 0);
    CU_ASSERT_TRUE(says("after done", ESS_DONE));
    add(ESS_ACTION_DONE);
    CU_ASSERT_TRUE(says("disagree", ESS_WAIT));
}

/* A sum reads its operand, which nothing may write meanwhile. */
static void operands(void) {
    struct ess_action *action;
    post(ESS_ACTION_RECEIVE, 1, 0);
    action = &actions.items[0];
    action->transfer.combine = ESS_COMBINE_SUM;
    action->transfer.operand_region = ESS_REGION_INPUT;
    action = add(ESS_ACTION_COMPUTE);
    action->token = 2;
    action->work.produces = (struct ess_span){ESS_REGION_INPUT, 8, 16};
    CU_ASSERT_TRUE(says("overlap", ESS_WAIT));
}

static void commits(void) {
    report(ESS_REPORT_STEP_BEGUN, 1, 0);
    report(ESS_REPORT_STEP_COMMITTED, 1, 0);
    CU_ASSERT_TRUE(says("before the group", ESS_WAIT));
    report(ESS_REPORT_GROUP_STEP, 1, 0);
    report(ESS_REPORT_STEP_BEGUN, 1, 0);
    report(ESS_REPORT_STEP_COMMITTED, 1, 0);
    report(ESS_REPORT_OPERATION_COMMITTED, 1, 0);
    report(ESS_REPORT_OPERATION_COMMITTED, 1, 1);
    CU_ASSERT_TRUE(says(NULL, ESS_WAIT));
    report(ESS_REPORT_GROUP_STEP, 1, 0);
    report(ESS_REPORT_STEP_BEGUN, 1, 0);
    report(ESS_REPORT_STEP_COMMITTED, 1, 0);
    report(ESS_REPORT_OPERATION_COMMITTED, 1, 0);
    report(ESS_REPORT_OPERATION_COMMITTED, 1, 0);
    CU_ASSERT_TRUE(says("committed twice", ESS_WAIT));
    report(ESS_REPORT_GROUP_STEP, 1, 0);
    report(ESS_REPORT_STEP_COMMITTED, 1, 0);
    CU_ASSERT_TRUE(says("0 was begun", ESS_WAIT));
}

static void steps_missed(void) {
    for (int fetched = 0; fetched < 2; fetched++) {
        report(ESS_REPORT_GROUP_STEP, 3, 0);
        report(ESS_REPORT_STEP_BEGUN, 3, 0);
        if (fetched) {
            report(ESS_REPORT_PARAMETERS_FETCHED, 3, 0);
        }
        report(ESS_REPORT_STEP_COMMITTED, 3, 0);
        CU_ASSERT_TRUE(says(fetched ? NULL : "without fetching", ESS_WAIT));
    }
}

static void a_step_with_fewer_operations(void) {
    report(ESS_REPORT_GROUP_STEP, 2, 0);
    for (uint64_t step = 1; step <= 2; step++) {
        report(ESS_REPORT_STEP_BEGUN, step, 0);
        report(ESS_REPORT_STEP_COMMITTED, step, 0);
        report(ESS_REPORT_OPERATION_COMMITTED, step, 0);
        if (step == 1) {
            report(ESS_REPORT_OPERATION_COMMITTED, step, 1);
        }
    }
    add(ESS_ACTION_DONE)->status = ESS_STATUS_COMPLETE;
    CU_ASSERT_TRUE(says("has committed operations 1, others have 3", ESS_DONE));
}

int main(void) {
    static const struct ess_test tests[] = {
        {"a host that keeps the contract", none},
        {"each breach of the contract by the host", each},
        {"a peer's posts: tokens, spans, cancelling, the end", posts},
        {"operands are read", operands},
        {"commits: after the group, begun, once", commits},
        {"steps that a peer has missed", steps_missed},
        {"a step with fewer operations than others", a_step_with_fewer_operations},
        {NULL, NULL},
    };
    return ess_test_main("breaches", tests);
}
