/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans that are wrong on purpose: the checker must catch each, and say why. */
#include <string.h>

#include "ess_test.h"
#include "plan_checker.h"
#include "plan_teams.h"

#define STATES_MAX 400000

/* Broken plans: a registered one with one thing wrong. */
static void ring_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ess_plan_named("ring")->round(settings, call, rank, index, round);
}

/* Rank 2 counts its chunks from one too many. */
static void off_by_one(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, call, rank, index, round);
    if (rank == 2) {
        round->chunk = (round->chunk + 1) % call->group->size;
    }
}

/* Each rank wants to hear the chunk at distance 1 before it starts its own: all wait for all. */
static void circle(const void *settings, const struct ess_call *call, uint32_t rank, uint32_t index,
    struct ess_round *round) {
    ring_round(settings, call, rank, index < 2 ? 1 - index : index, round);
    if (index == 1) {
        round->after = 0;
    }
    if (round->after != ESS_NONE && index >= call->group->size) {
        round->after = round->after < 2 ? 1 - round->after : round->after;
    }
}

/* The whole sum waits for another chunk's partial sum than the one it overwrites. */
static void hasty(const void *settings, const struct ess_call *call, uint32_t rank, uint32_t index,
    struct ess_round *round) {
    ring_round(settings, call, rank, index, round);
    if (index >= call->group->size) {
        round->after = (round->after + 1) % call->group->size;
    }
}

/* The steps of both laps are counted from 0. */
static void same_steps(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, call, rank, index, round);
    round->send_step -= round->send_step < call->group->size ? 0 : call->group->size;
    round->receive_step -= round->receive_step < call->group->size ? 0 : call->group->size;
}

/* The second lap adds where it should copy over a partial sum. */
static void adds_twice(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, call, rank, index, round);
    if (index > call->group->size) {
        round->sum = true;
        round->operand = ESS_REGION_RESULT;
    }
}

/* Rank 1 passes chunks on without its own contribution. */
static void forgets(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, call, rank, index, round);
    round->sum = round->sum && rank != 1;
}

/* Sums into a result that holds nothing yet. */
static void wrong_operand(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, call, rank, index, round);
    round->operand = ESS_REGION_RESULT;
}

/* The same of the two plans by trees. */
static void doubling_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ess_plan_named("halving_doubling")->round(settings, call, rank, index, round);
}

static void tree_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ess_plan_named("binomial")->round(settings, call, rank, index, round);
}

/* Rank 0 exchanges with the neighbour of its partner. */
static void wrong_partner(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    doubling_round(settings, call, rank, index, round);
    if (rank == 0 && round->exchange) {
        round->send_to = round->receive_from = (round->send_to + 1) % call->group->size;
    }
}

/* No exchange waits for the one before it. */
static void no_order(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    doubling_round(settings, call, rank, index, round);
    round->after = round->exchange ? ESS_NONE : round->after;
}

/* The half that is kept is sent as well. */
static void sends_own_half(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    doubling_round(settings, call, rank, index, round);
    round->send_chunk = round->chunk;
}

/* Rank 2 sends one chunk less than its partner expects. */
static void short_range(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    doubling_round(settings, call, rank, index, round);
    round->send_chunk_count -= rank == 2 && round->send_chunk_count > 1;
}

/* Both partners want to hear before they speak. */
static void polite(const void *settings, const struct ess_call *call, uint32_t rank, uint32_t index,
    struct ess_round *round) {
    doubling_round(settings, call, rank, index, round);
    round->exchange = false;
}

/* What was summed is added when it comes back whole. */
static void gathers_sums(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    doubling_round(settings, call, rank, index, round);
    round->sum = round->exchange;
}

/* A rank whose vector was added to that of its neighbour begins with its input all the same. */
static void forgets_the_folded(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    doubling_round(settings, call, rank, index, round);
    if (index == 1 && round->exchange && round->sum) {
        round->operand = round->send_source = ESS_REGION_INPUT;
    }
}

/* Rank 3 takes rank 1 for its parent. */
static void wrong_parent(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    tree_round(settings, call, rank, index, round);
    if (rank == 3 && round->send_to == 2) {
        round->send_to = 1;
    }
}

/* All children are added at once. */
static void children_at_once(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    tree_round(settings, call, rank, index, round);
    round->after = round->sum ? ESS_NONE : round->after;
}

/* The root hands out its result before the last child has come. */
static void early_root(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    tree_round(settings, call, rank, index, round);
    if (rank == 0 && round->send_to != ESS_NONE) {
        round->after = 1;
    }
}

/* What scratch, copies, shards, roots and targets bring with them. */
static void scratch_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ess_plan_named("recursive_doubling")->round(settings, call, rank, index, round);
}

static void direct_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ess_plan_named("direct")->round(settings, call, rank, index, round);
}

/* No step waits for the one before it. */
static void scratch_race(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    scratch_round(settings, call, rank, index, round);
    round->after = round->exchange ? ESS_NONE : round->after;
}

/* All sums go into the result, of which the step sends. */
static void no_scratch(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    scratch_round(settings, call, rank, index, round);
    round->into_scratch = false;
    if (round->operand == ESS_REGION_SCRATCH) {
        round->operand = round->send_source = ESS_REGION_RESULT;
    }
}

/* The last sum is left in scratch. */
static void ends_in_scratch(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    scratch_round(settings, call, rank, index, round);
    round->into_scratch = round->exchange && index + 1 >= 2 ? true : round->into_scratch;
}

/* The own vector is added to the result, not copied. */
static void adds_the_copy(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    direct_round(settings, call, rank, index, round);
    if (round->receive_from == rank) {
        round->sum = true;
        round->operand = ESS_REGION_RESULT;
    }
}

/* The root does not hold its own vector. */
static void forgets_the_copy(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    direct_round(settings, call, rank, index, round);
    if (round->receive_from == rank) {
        round->receive_from = ESS_NONE;
    }
}

/* All as if the root were rank 0. */
static void wrong_root(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    struct ess_call other = *call;
    other.root = 0;
    direct_round(settings, &other, rank, index, round);
}

/* Every shard ends one rank too early. */
static void wrong_shard(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    direct_round(settings, call, rank, index, round);
    round->chunk = (round->chunk + 1) % call->group->size;
}

/* The root sends to a rank that takes no part. */
static void wrong_target(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    direct_round(settings, call, rank, index, round);
    if (round->send_to != ESS_NONE) {
        round->send_to = 4;
    }
}

typedef void (*round_function)(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round);

struct planted {
    const char *base; /* registered plan that it is but for its rounds */
    const char *name;
    round_function round;
    const char *rounds_say; /* part of what the check of the rounds says, or NULL: finds nothing */
    const char *run_says;   /* part of what a run says; "": it may or may not find it */
};

static bool says(const char *problem, const char *part) {
    return part ? strstr(problem, part) != NULL : problem[0] == '\0';
}

/* A fault that depends on the order shows in some orders only: a few seeds are tried. */
static void run_planted(const struct ess_plan_case *proof, struct ess_plan_verdict *verdict) {
    for (uint64_t seed = 0; seed < 50 && ess_plan_check_run(proof, seed, verdict); seed++) {}
}

/* In a group of five; with root 3 and target 1 where the operation has them. */
static void check_planted(const struct planted *planted, enum ess_primitive primitive) {
    static struct ess_plan_team team;
    struct ess_plan_type plan = *ess_plan_named(planted->base);
    struct ess_plan_case proof = {&plan, NULL, {&team.group, primitive, 3, 1}, 17,
        ESS_PLAN_ELEMENT_BYTES, ESS_PLAN_WINDOW_USUAL};
    struct ess_plan_verdict verdict;
    ess_plan_team_even(&team, 5, 1);
    plan.name = planted->name;
    plan.round = planted->round;
    ess_plan_check_rounds(&proof, &verdict);
    ess_test_note("%s: rounds: %s", plan.name, verdict.problem);
    ESS_CHECK(says(verdict.problem, planted->rounds_say), "rounds: %s", plan.name);
    run_planted(&proof, &verdict);
    ess_test_note("%s: run: %s", plan.name, verdict.problem);
    ESS_CHECK(says(verdict.problem, planted->run_says), "run: %s", plan.name);
}

static void planted_plans_are_caught(void) {
    static const struct planted planted[] = {
        {"ring", "a chunk off by one", off_by_one, "which never receives it", "deadlock with a"},
        {"ring", "a circle", circle, NULL, ": a circle"},
        {"ring", "no wait before overwriting", hasty, "overwrites what round", "is not finished"},
        {"ring", "steps used twice", same_steps, "twice", ""},
        {"ring", "adds twice", adds_twice, NULL, "adds contributions to chunk"},
        {"ring", "forgets its own", forgets, NULL, "contributions (set"},
        {"ring", "wrong operand", wrong_operand, NULL, "which holds nothing yet"},
        {"halving_doubling", "wrong partner", wrong_partner, "which never receives", "deadlock"},
        {"halving_doubling", "no order", no_order, "does not wait for it", "holds nothing yet"},
        {"halving_doubling", "sends its own half", sends_own_half,
            "sends what its exchange overwrites", ""},
        {"halving_doubling", "a range too short", short_range, "which never receives",
            "of which the other end has"},
        {"halving_doubling", "hears before it speaks", polite, "does not pass on", ": a circle"},
        {"halving_doubling", "gathers sums", gathers_sums, NULL, "adds contributions to chunk"},
        {"halving_doubling", "forgets the folded", forgets_the_folded, NULL,
            "though its result holds a sum already"},
        {"binomial", "wrong parent", wrong_parent, "which never sends it", "deadlock"},
        {"binomial", "all children at once", children_at_once, "overwrites what round",
            "which holds nothing yet"},
        {"binomial", "the root is early", early_root, "reads what round", ""},
    };
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
        check_planted(&planted[i], ESS_ALL_REDUCE);
    }
}

static void planted_primitives_are_caught(void) {
    static const struct {
        struct planted planted;
        enum ess_primitive primitive;
    } calls[] = {
        {{"recursive_doubling", "scratch without order", scratch_race, "does not wait for it", ""},
            ESS_ALL_REDUCE},
        {{"recursive_doubling", "no scratch", no_scratch, "sends what its exchange overwrites", ""},
            ESS_ALL_REDUCE},
        {{"recursive_doubling", "ends in scratch", ends_in_scratch, "sends what its exchange", ""},
            ESS_ALL_REDUCE},
        {{"direct", "adds the copy", adds_the_copy, "adds to what it should copy", ""},
            ESS_BROADCAST},
        {{"direct", "forgets the copy", forgets_the_copy, NULL, "rank 3 ends with 0"},
            ESS_BROADCAST},
        {{"direct", "forgets its shard", forgets_the_copy, NULL, "ends with 0"}, ESS_ALL_GATHER},
        {{"direct", "sums at another rank", wrong_root, "twice", ""}, ESS_REDUCE},
        {{"direct", "a shard too early", wrong_shard, NULL, "ends with 1 contributions"},
            ESS_ALL_GATHER},
        {{"direct", "sends to another rank", wrong_target, "which never sends it", "deadlock"},
            ESS_SEND},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        check_planted(&calls[i].planted, calls[i].primitive);
    }
}

/* All orders find what one order may miss. */
static void all_orders_catch_a_race(void) {
    static struct ess_plan_team team;
    struct ess_plan_type plan = *ess_plan_named("ring");
    struct ess_plan_case proof = {
        &plan, NULL, {.group = &team.group}, 17, ESS_PLAN_ELEMENT_BYTES, ESS_PLAN_WINDOW_USUAL};
    struct ess_plan_verdict verdict;
    uint32_t passed = 0;
    plan.round = hasty;
    ess_plan_team_even(&team, 3, 1);
    for (uint64_t seed = 0; seed < 100; seed++) {
        passed += ess_plan_check_run(&proof, seed, &verdict);
    }
    ess_test_note("%u of 100 random orders miss it", passed);
    CU_ASSERT(passed > 0);
    CU_ASSERT_FALSE(ess_plan_check_orders(&proof, STATES_MAX, &verdict));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict.problem, "of it is not finished"));
}

/* The same of exchanges. */
static void all_orders_catch_exchanges(void) {
    static struct ess_plan_team team;
    struct ess_plan_type plan = *ess_plan_named("halving_doubling");
    struct ess_plan_case proof = {
        &plan, NULL, {.group = &team.group}, 17, ESS_PLAN_ELEMENT_BYTES, ESS_PLAN_WINDOW_USUAL};
    struct ess_plan_verdict verdict;
    ess_plan_team_even(&team, 3, 1);
    CU_ASSERT_TRUE(ess_plan_check_orders(&proof, STATES_MAX, &verdict));
    plan.round = no_order;
    CU_ASSERT_FALSE(ess_plan_check_orders(&proof, STATES_MAX, &verdict));
    ess_test_note("%s", verdict.problem);
}

/* Chunks that a plan cuts itself must follow one another and end with the vector. */
static uint64_t gap_first(
    const void *settings, const struct ess_call *call, uint64_t elements, uint32_t chunk) {
    (void)settings;
    return chunk < call->group->size ? elements / call->group->size * chunk : elements + 1;
}

static uint64_t back_first(
    const void *settings, const struct ess_call *call, uint64_t elements, uint32_t chunk) {
    (void)settings;
    (void)call;
    return chunk == 1 ? elements : chunk * elements / call->group->size;
}

static void chunks_with_gaps_are_caught(void) {
    static struct ess_plan_team team;
    struct ess_plan_type plan = *ess_plan_named("butterfly");
    struct ess_plan_case proof = {
        &plan, NULL, {.group = &team.group}, 17, ESS_PLAN_ELEMENT_BYTES, ESS_PLAN_WINDOW_USUAL};
    struct ess_plan_verdict verdict;
    ess_plan_team_even(&team, 5, 1);
    plan.chunk_first = gap_first;
    CU_ASSERT_FALSE(ess_plan_check_rounds(&proof, &verdict));
    ess_test_note("%s", verdict.problem);
    plan.chunk_first = back_first;
    CU_ASSERT_FALSE(ess_plan_check_rounds(&proof, &verdict));
    ess_test_note("%s", verdict.problem);
}

/* Why ESS_WINDOW_MIN is 2: each rank of a ring would send before it grants. */
static void one_open_round_is_too_few(void) {
    static struct ess_plan_team team;
    struct ess_plan_case proof = {
        ess_plan_named("ring"), NULL, {.group = &team.group}, 17, ESS_PLAN_ELEMENT_BYTES, 1};
    struct ess_plan_verdict verdict;
    ess_plan_team_even(&team, 5, 1);
    CU_ASSERT_FALSE(ess_plan_check_run(&proof, 1, &verdict));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict.problem, "a circle"));
    ess_test_note("%s", verdict.problem);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"broken plans are caught with a reason", planted_plans_are_caught},
        {"so are broken primitives, scratch and copies", planted_primitives_are_caught},
        {"a search of all orders catches a race", all_orders_catch_a_race},
        {"a search of all orders catches exchanges without order", all_orders_catch_exchanges},
        {"chunks with gaps are caught", chunks_with_gaps_are_caught},
        {"a window of one round makes a circle", one_open_round_is_too_few},
        {NULL, NULL},
    };
    return ess_test_main("plan breaches", tests);
}
