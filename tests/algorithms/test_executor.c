/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The executor alone, event by event. What it performs is proven elsewhere (test_plans, and whole
 * groups on the test host); here: what it posts when, and what becomes of posts that end badly. */
#include "collective/executor.h"

#include <string.h>

#include "base/random.h"
#include "ess_test.h"
#include "plan_teams.h"

#define EPOCH 7
#define ELEMENT_BYTES 4
#define ELEMENTS 24
#define RETRY_NS 1000
#define ENDS_MAX 512

struct group_of {
    struct ess_view view;
    struct ess_member members[8];
    struct ess_site_span site;
    struct ess_layout layout;
};

/* An executor with its posts that have not ended. */
struct rig {
    struct group_of group;
    struct ess_plan_defaults settings;
    struct ess_executor executor;
    struct ess_stream streams[ESS_STREAMS_MAX];
    struct ess_actions actions;
    struct ess_action under_way[ENDS_MAX];
    uint32_t count, posted;
};

static void set_group(struct group_of *group, uint32_t p, uint32_t epoch) {
    memset(group, 0, sizeof *group);
    for (uint32_t rank = 0; rank < p; rank++) {
        group->members[rank].peer = 100 + rank;
    }
    group->site = (struct ess_site_span){0, p};
    group->view.epoch = epoch;
    group->view.group = (struct ess_group){p, 1, p, group->members, &group->site, NULL};
}

/* A plan that refuses a group as it is gets a layout. */
static void lay_out_if_needed(struct rig *rig, const struct ess_plan_type *plan) {
    static struct ess_plan_layout_store store;
    struct ess_group *group = &rig->group.view.group;
    const struct ess_call call = {.group = group};
    struct ess_random random;
    if (plan->refuse && plan->refuse(rig->settings.bytes, &call)) {
        ess_random_init(&random, group->size, 0, "layout of an executor");
        ess_plan_lay_out(group, ESS_NONE, &random, &rig->group.layout, &store);
        group->layout = &rig->group.layout;
    }
}

static void set_up(
    struct rig *rig, const char *plan, uint32_t p, uint32_t window, uint32_t in_flight) {
    const struct ess_executor_limits limits = {window, in_flight, 0, 0, RETRY_NS};
    memset(rig, 0, sizeof *rig);
    set_group(&rig->group, p, EPOCH);
    ess_parameters_set_defaults(ess_plan_named(plan)->parameters, rig->settings.bytes);
    lay_out_if_needed(rig, ess_plan_named(plan));
    ess_executor_init(&rig->executor,
        (struct ess_plan_choice){ess_plan_named(plan), rig->settings.bytes}, NULL, ELEMENT_BYTES,
        &limits, rig->streams);
    ess_executor_enter(&rig->executor, &rig->group.view, 0);
}

static void begin(struct rig *rig, uint8_t bucket) {
    struct ess_span span = {
        ESS_REGION_INPUT, bucket * ELEMENTS * ELEMENT_BYTES, ELEMENTS * ELEMENT_BYTES};
    ess_executor_begin(
        &rig->executor, bucket, 40u + bucket, &(struct ess_collective){.root = 0}, span);
}

static bool same_post(const struct ess_action *a, const struct ess_action *b) {
    return a->kind == b->kind && a->peer == b->peer &&
           a->transfer.operation == b->transfer.operation &&
           a->transfer.chunk == b->transfer.chunk && a->transfer.step == b->transfer.step;
}

/* Note what was posted; nothing may be posted that is under way. */
static void take_posts(struct rig *rig) {
    for (uint32_t i = 0; i < rig->actions.count; i++) {
        const struct ess_action *made = &rig->actions.items[i];
        for (uint32_t k = 0; k < rig->count; k++) {
            CU_ASSERT(rig->under_way[k].token != made->token);
            CU_ASSERT(!same_post(&rig->under_way[k], made));
        }
        CU_ASSERT_FATAL(rig->count < ENDS_MAX);
        rig->under_way[rig->count++] = *made;
        rig->posted++;
    }
    rig->actions.count = 0;
}

static void pump(struct rig *rig) {
    CU_ASSERT_TRUE(ess_executor_pump(&rig->executor, &rig->actions));
    take_posts(rig);
}

/* Let a post end, and tell what the executor made of it. */
static struct ess_executor_result end(
    struct rig *rig, uint32_t which, enum ess_failure reason, int64_t now_ns) {
    struct ess_event event = {
        .now_ns = now_ns,
        .kind = reason == ESS_FAILURE_NONE ? ESS_EVENT_FINISHED : ESS_EVENT_FAILED,
        .peer = rig->under_way[which].peer,
        .token = rig->under_way[which].token,
        .reason = reason,
    };
    rig->under_way[which] = rig->under_way[--rig->count];
    return ess_executor_event(&rig->executor, &event);
}

static uint32_t find(const struct rig *rig, enum ess_action_kind kind) {
    uint32_t which = 0;
    while (which < rig->count && rig->under_way[which].kind != kind) {
        which++;
    }
    return which;
}

/* Ends of all posts that the plan has for rank 0. */
static uint32_t ends_of(const struct rig *rig) {
    const struct ess_plan_type *plan = rig->executor.configured.plan;
    const struct ess_call call = {.group = &rig->group.view.group};
    const void *settings = rig->settings.bytes;
    uint32_t ends = 0;
    for (uint32_t i = 0; i < plan->rounds(settings, &call, 0); i++) {
        struct ess_round round;
        plan->round(settings, &call, 0, i, &round);
        ends += round.receive_from != ESS_NONE;
        ends += round.send_to != ESS_NONE;
    }
    return ends;
}

/* Rounds with a post under way lie within a window of each other, in each operation. */
static void check_window(const struct rig *rig) {
    for (uint32_t slot = 0; slot < rig->executor.in_flight; slot++) {
        uint32_t least = UINT32_MAX, most = 0;
        for (uint32_t i = 0; i < rig->count; i++) {
            uint32_t round = (uint32_t)rig->under_way[i].token & 0x7fffff;
            if ((rig->under_way[i].token >> 25 & 0x7f) == slot) {
                least = round < least ? round : least;
                most = round > most ? round : most;
            }
        }
        CU_ASSERT(least == UINT32_MAX || most - least < rig->executor.window);
    }
}

/* Perform two operations with ends in random order, every `failing`-th of which fails. Each end of
 * the plan is posted once, and once more for each failure. */
static void perform(
    struct rig *rig, uint32_t failing, struct ess_random *random, uint32_t *failures) {
    uint32_t ends = 0, wanted = 2 * ends_of(rig), complete = 0, failed = 0;
    int64_t now_ns = 0;
    uint8_t bucket;
    begin(rig, 0);
    begin(rig, 1);
    for (pump(rig); rig->count > 0 || rig->executor.retry_ns != ESS_TIME_NEVER; pump(rig)) {
        bool fails = failing > 0 && rig->count > 0 && ++ends % failing == 0;
        check_window(rig);
        now_ns = rig->count > 0 ? now_ns + 1 : rig->executor.retry_ns;
        if (rig->count > 0) {
            end(rig, (uint32_t)ess_random_below(random, rig->count),
                fails ? ESS_FAILURE_RESET : ESS_FAILURE_NONE, now_ns);
            failed += fails;
        }
        ess_executor_deadline(&rig->executor, now_ns);
    }
    while (ess_executor_next_complete(&rig->executor, &bucket)) {
        complete++;
    }
    CU_ASSERT_EQUAL(complete, 2);
    CU_ASSERT_EQUAL(rig->posted, wanted + failed);
    CU_ASSERT_TRUE(ess_executor_has_room(&rig->executor));
    *failures += failed;
}

static void window_and_posts(void) {
    static const uint32_t windows[] = {ESS_WINDOW_MIN, 3, 5, ESS_WINDOW_MAX};
    static const uint32_t failing[] = {0, 2, 3, 7};
    static struct rig rig;
    struct ess_random random;
    uint32_t runs = 0, failures = 0;
    ess_random_init(&random, 1, 0, "executor");
    for (size_t plan = 0; ess_plan_registry[plan]; plan++) {
        for (uint32_t p = 2; p <= 8; p++) {
            for (uint32_t i = 0; i < 16; i++, runs++) {
                set_up(&rig, ess_plan_registry[plan]->name, p, windows[i % 4], 2);
                perform(&rig, failing[i / 4], &random, &failures);
            }
        }
    }
    ess_test_note("%u runs of two operations, %u ends failed", runs, failures);
}

/* Rank 0 of a ring of three grants two chunks and sends its own. */
static void failed_is_held(void) {
    static struct rig rig;
    struct ess_executor_result result;
    struct ess_action failed;
    set_up(&rig, "ring", 3, 3, 1);
    begin(&rig, 0);
    pump(&rig);
    CU_ASSERT_EQUAL(rig.count, 3);
    failed = rig.under_way[find(&rig, ESS_ACTION_SEND)];
    result = end(&rig, find(&rig, ESS_ACTION_SEND), ESS_FAILURE_RESET, 50);
    CU_ASSERT_TRUE(result.mine);
    CU_ASSERT_EQUAL(result.suspect, 101);
    CU_ASSERT_EQUAL(rig.executor.retry_ns, 50 + RETRY_NS);
    pump(&rig);
    ess_executor_deadline(&rig.executor, 50 + RETRY_NS - 1);
    pump(&rig);
    CU_ASSERT_EQUAL(rig.count, 2);
    ess_executor_deadline(&rig.executor, 50 + RETRY_NS);
    CU_ASSERT_EQUAL(rig.executor.retry_ns, ESS_TIME_NEVER);
    pump(&rig);
    CU_ASSERT_EQUAL_FATAL(rig.count, 3);
    CU_ASSERT(same_post(&rig.under_way[2], &failed));
    CU_ASSERT_EQUAL(rig.under_way[2].token, failed.token);
}

/* The two ends of an exchange are posted together and again each for itself. */
static void exchange_posts_both(void) {
    for (int which = 0; which < 2; which++) {
        enum ess_action_kind failing = which ? ESS_ACTION_RECEIVE : ESS_ACTION_SEND;
        enum ess_action_kind other = which ? ESS_ACTION_SEND : ESS_ACTION_RECEIVE;
        static struct rig rig;
        set_up(&rig, "halving_doubling", 4, 8, 1);
        begin(&rig, 0);
        pump(&rig);
        CU_ASSERT_EQUAL_FATAL(rig.count, 2);
        CU_ASSERT_EQUAL(rig.under_way[0].transfer.span.size_bytes, ELEMENTS / 2 * ELEMENT_BYTES);
        CU_ASSERT_EQUAL(rig.under_way[0].transfer.span.offset_bytes, 0);
        CU_ASSERT_EQUAL(rig.under_way[1].transfer.span.offset_bytes, ELEMENTS / 2 * ELEMENT_BYTES);
        end(&rig, find(&rig, failing), ESS_FAILURE_RESET, 10);
        ess_executor_deadline(&rig.executor, rig.executor.retry_ns);
        pump(&rig);
        CU_ASSERT_EQUAL(rig.count, 2); /* the other one still under way, and not posted twice */
        end(&rig, find(&rig, other), ESS_FAILURE_NONE, 20);
        pump(&rig);
        CU_ASSERT_EQUAL(rig.count, 1);
        end(&rig, 0, ESS_FAILURE_NONE, 30);
        pump(&rig);
        CU_ASSERT_EQUAL(rig.count, 2); /* the next exchange, of a quarter */
        CU_ASSERT_EQUAL(rig.under_way[0].transfer.span.size_bytes, ELEMENTS / 4 * ELEMENT_BYTES);
    }
}

static void cancelled_is_ignored(void) {
    static struct rig rig;
    struct ess_executor_result result;
    set_up(&rig, "ring", 3, 3, 1);
    begin(&rig, 0);
    pump(&rig);
    for (uint32_t i = 0; i < 3; i++) {
        result = end(&rig, 0, ESS_FAILURE_CANCELLED, 50);
        CU_ASSERT_TRUE(result.mine);
        CU_ASSERT_EQUAL(result.suspect, ESS_NONE);
    }
    CU_ASSERT_EQUAL(rig.executor.retry_ns, ESS_TIME_NEVER);
    pump(&rig);
    CU_ASSERT_EQUAL(rig.count, 0);
}

/* Operations, what is held and the deadline are gone; late ends of the old epoch change nothing. */
static void enter_drops_all(void) {
    static struct rig rig;
    static struct group_of next;
    struct ess_executor_result result;
    uint32_t rest;
    uint8_t bucket;
    set_up(&rig, "ring", 3, 3, 2);
    begin(&rig, 0);
    begin(&rig, 1);
    pump(&rig);
    CU_ASSERT_FALSE(ess_executor_has_room(&rig.executor));
    end(&rig, 0, ESS_FAILURE_RESET, 50);
    set_group(&next, 2, EPOCH + 1);
    ess_executor_enter(&rig.executor, &next.view, 1);
    CU_ASSERT_TRUE(ess_executor_has_room(&rig.executor));
    CU_ASSERT_EQUAL(rig.executor.retry_ns, ESS_TIME_NEVER);
    CU_ASSERT_FALSE(ess_executor_next_complete(&rig.executor, &bucket));
    begin(&rig, 1);
    for (rest = rig.count; rest > 0; rest--) {
        result = end(&rig, 0, rest % 2 ? ESS_FAILURE_RESET : ESS_FAILURE_NONE, 60);
        CU_ASSERT_TRUE(result.mine);
        CU_ASSERT_EQUAL(result.suspect, ESS_NONE);
    }
    pump(&rig);
    CU_ASSERT_EQUAL_FATAL(rig.count, 2); /* of a ring of two: one grant, one send */
    for (uint32_t i = 0; i < rig.count; i++) {
        CU_ASSERT_EQUAL(rig.under_way[i].transfer.epoch, EPOCH + 1);
        CU_ASSERT_EQUAL(rig.under_way[i].transfer.operation, 41);
        CU_ASSERT_EQUAL(rig.under_way[i].peer, 100);
    }
}

/* What does not fit is posted by the next call, and nothing twice. */
static void small_array_resumes(void) {
    for (uint32_t room = 2; room <= 9; room++) {
        static struct rig rig;
        uint32_t calls = 0;
        bool all = false;
        set_up(&rig, "ring", 8, 8, 2);
        begin(&rig, 0);
        begin(&rig, 1);
        while (!all && calls++ < 40) {
            uint32_t filled = ESS_ACTIONS_CAPACITY - room;
            rig.actions.count = filled;
            all = ess_executor_pump(&rig.executor, &rig.actions);
            memmove(rig.actions.items, rig.actions.items + filled,
                (rig.actions.count - filled) * sizeof *rig.actions.items);
            rig.actions.count -= filled;
            take_posts(&rig);
        }
        CU_ASSERT_TRUE(all);
        CU_ASSERT(calls > 1);
        CU_ASSERT_EQUAL(rig.count, 16); /* of each operation one send and seven grants */
    }
}

static void group_of_one_copies(void) {
    static struct rig rig;
    const struct ess_action *action = rig.actions.items;
    uint8_t bucket = 0;
    set_up(&rig, "ring", 1, 8, 2);
    begin(&rig, 1);
    rig.actions.count = ESS_ACTIONS_CAPACITY;
    CU_ASSERT_FALSE(ess_executor_pump(&rig.executor, &rig.actions));
    rig.actions.count = 0;
    CU_ASSERT_TRUE(ess_executor_pump(&rig.executor, &rig.actions));
    CU_ASSERT_EQUAL_FATAL(rig.actions.count, 1);
    CU_ASSERT_EQUAL(action->kind, ESS_ACTION_ARITHMETIC);
    CU_ASSERT_EQUAL(action->arithmetic.kind, ESS_ARITHMETIC_COPY);
    CU_ASSERT_EQUAL(action->arithmetic.to.region, ESS_REGION_RESULT);
    CU_ASSERT_EQUAL(action->arithmetic.from_region, ESS_REGION_INPUT);
    CU_ASSERT_EQUAL(action->arithmetic.to.offset_bytes, ELEMENTS * ELEMENT_BYTES);
    CU_ASSERT_EQUAL(action->arithmetic.to.size_bytes, ELEMENTS * ELEMENT_BYTES);
    take_posts(&rig);
    pump(&rig);
    CU_ASSERT_EQUAL(rig.count, 1);
    CU_ASSERT_FALSE(ess_executor_next_complete(&rig.executor, &bucket));
    end(&rig, 0, ESS_FAILURE_NONE, 10);
    CU_ASSERT_TRUE(ess_executor_next_complete(&rig.executor, &bucket));
    CU_ASSERT_EQUAL(bucket, 1);
    CU_ASSERT_FALSE(ess_executor_next_complete(&rig.executor, &bucket));
}

/* Tokens of others are left to them. */
static void foreign_tokens(void) {
    static struct rig rig;
    struct ess_event event = {.kind = ESS_EVENT_FINISHED,
        .token = (uint64_t)EPOCH << 32 | (uint64_t)ESS_STREAMS_MAX << 25};
    set_up(&rig, "ring", 3, 3, 1);
    CU_ASSERT_FALSE(ess_executor_event(&rig.executor, &event).mine);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"the window bounds what is open; each end is posted once", window_and_posts},
        {"a failed transfer is held, then posted again", failed_is_held},
        {"an exchange posts both ends, and each again for itself", exchange_posts_both},
        {"a cancelled transfer is ignored", cancelled_is_ignored},
        {"a new view drops everything", enter_drops_all},
        {"an array too small: the rest is posted next time", small_array_resumes},
        {"a group of one copies", group_of_one_copies},
        {"tokens of others are left to them", foreign_tokens},
        {NULL, NULL},
    };
    return ess_test_main("executor", tests);
}
