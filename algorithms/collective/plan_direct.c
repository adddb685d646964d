/* SPDX-License-Identifier: Apache-2.0 */
/* Everything straight from whoever has it to whoever wants it: all six primitives.
 *
 *   send            the root sends to the target; both the same: it copies
 *   broadcast       the root copies, and sends to each other rank: first to the next one
 *   reduce          the root receives from each other rank and adds, one after another
 *   all-reduce      a reduce to rank 0, then it sends each the result
 *   all-gather      pairwise: rank r copies its shard; for k = 1 .. p - 1 it sends it to r + k and
 *                   receives the shard of r - k
 *   reduce-scatter  pairwise: for k = 1 .. p - 1 rank r receives its shard from r - k and adds it,
 *                   and sends r + k the shard that is to end there
 * For the two of the middle the vector is cut into p chunks, the ranks' shards; else it is one
 * chunk. Sends do not wait for each other: the window bounds how many leave at once. Additions to
 * one chunk do, so that each receive is a grant of its own.
 *
 * A pairwise receive stands before the send beside it: a rank with two open rounds then has a grant
 * out for whoever sends in the same turn.
 *
 * Equation: send alpha + n beta; broadcast and reduce (p - 1) (alpha + n beta), where a rank sends
 * and receives one message at a time; all-reduce twice that; all-gather and reduce-scatter (p - 1)
 * (alpha + n / p beta); where a grant takes alpha to reach the sender, alpha more for each addition
 * but the first. Check: 1, p - 1, p - 1, 2 (p - 1), p (p - 1), p (p - 1) messages; for p = 8 and n
 * = 1 MiB 56 messages, 917,504 bytes a rank for the last two. Limits: small groups, or short
 * vectors; one rank's link carries all of a broadcast or reduce. */
#include "collective/plan.h"

static bool is_scattered(const struct ess_call *call) {
    return call->primitive == ESS_ALL_GATHER || call->primitive == ESS_REDUCE_SCATTER;
}

static uint32_t direct_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    return is_scattered(call) ? call->group->size : 1;
}

static uint32_t root_of(const struct ess_call *call) {
    return call->primitive == ESS_ALL_REDUCE ? 0 : call->root;
}

static uint32_t direct_rounds(const void *settings, const struct ess_call *call, uint32_t rank) {
    uint32_t p = call->group->size;
    bool root = rank == root_of(call);
    (void)settings;
    if (p == 1) {
        return 0;
    }
    switch (call->primitive) {
    case ESS_ALL_REDUCE:
        return root ? 2 * (p - 1) : 2;
    case ESS_REDUCE_SCATTER:
        return 2 * (p - 1);
    case ESS_ALL_GATHER:
        return 2 * p - 1;
    case ESS_BROADCAST:
        return root ? p : 1;
    case ESS_REDUCE:
        return root ? p - 1 : 1;
    default:
        return root || rank == call->target ? 1 : 0;
    }
}

static uint32_t ahead(uint32_t rank, uint32_t by, uint32_t p) {
    return rank + by < p ? rank + by : rank + by - p;
}

static uint32_t behind(uint32_t rank, uint32_t by, uint32_t p) {
    return rank >= by ? rank - by : rank + p - by;
}

enum { STEP_THERE, STEP_BACK };

/* The root takes the i-th of the others in, or sends to it. */
static void gather_round(uint32_t from, uint32_t i, uint32_t index, struct ess_round *round) {
    round->receive_from = from;
    round->receive_step = STEP_THERE;
    round->sum = true;
    round->operand = i > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
    round->after = i > 0 ? index - 1 : ESS_NONE;
}

static void send_round(
    uint32_t to, uint32_t step, enum ess_region source, struct ess_round *round) {
    round->send_to = to;
    round->send_step = step;
    round->send_source = source;
}

static void receive_round(uint32_t from, uint32_t step, struct ess_round *round) {
    round->receive_from = from;
    round->receive_step = step;
}

static void all_reduce_round(uint32_t p, uint32_t rank, uint32_t index, struct ess_round *round) {
    if (rank > 0 && index == 0) {
        send_round(0, STEP_THERE, ESS_REGION_INPUT, round);
    } else if (rank > 0) {
        receive_round(0, STEP_BACK, round);
    } else if (index < p - 1) {
        gather_round(index + 1, index, index, round);
    } else {
        send_round(index - (p - 1) + 1, STEP_BACK, ESS_REGION_RESULT, round);
        round->after = p - 2;
    }
}

static void broadcast_round(
    uint32_t p, uint32_t root, uint32_t rank, uint32_t index, struct ess_round *round) {
    if (rank != root) {
        receive_round(root, STEP_THERE, round);
    } else if (index == 0) {
        round->receive_from = rank;
    } else {
        send_round(ahead(root, index, p), STEP_THERE, ESS_REGION_INPUT, round);
    }
}

static void reduce_round(
    uint32_t p, uint32_t root, uint32_t rank, uint32_t index, struct ess_round *round) {
    if (rank == root) {
        gather_round(ahead(root, index + 1, p), index, index, round);
    } else {
        send_round(root, STEP_THERE, ESS_REGION_INPUT, round);
    }
}

/* Round 0 copies the own shard, then a receive and a send in each turn. */
static void all_gather_round(uint32_t p, uint32_t rank, uint32_t index, struct ess_round *round) {
    uint32_t k = (index + 1) / 2;
    round->chunk = rank;
    if (index == 0) {
        round->receive_from = rank;
    } else if (index % 2 == 1) {
        round->chunk = behind(rank, k, p);
        receive_round(round->chunk, STEP_THERE, round);
    } else {
        send_round(ahead(rank, k, p), STEP_THERE, ESS_REGION_INPUT, round);
    }
}

static void reduce_scatter_round(
    uint32_t p, uint32_t rank, uint32_t index, struct ess_round *round) {
    uint32_t k = index / 2 + 1;
    if (index % 2 == 0) {
        round->chunk = rank;
        gather_round(behind(rank, k, p), k - 1, index, round);
        round->after = k > 1 ? index - 2 : ESS_NONE;
    } else {
        round->chunk = ahead(rank, k, p);
        send_round(round->chunk, STEP_THERE, ESS_REGION_INPUT, round);
    }
}

static void to_target_round(const struct ess_call *call, uint32_t rank, struct ess_round *round) {
    if (rank == call->target) {
        receive_round(call->root, STEP_THERE, round);
    } else {
        send_round(call->target, STEP_THERE, ESS_REGION_INPUT, round);
    }
}

static void direct_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    uint32_t p = call->group->size;
    (void)settings;
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = ESS_NONE,
    };
    switch (call->primitive) {
    case ESS_ALL_REDUCE:
        all_reduce_round(p, rank, index, round);
        return;
    case ESS_REDUCE_SCATTER:
        reduce_scatter_round(p, rank, index, round);
        return;
    case ESS_ALL_GATHER:
        all_gather_round(p, rank, index, round);
        return;
    case ESS_BROADCAST:
        broadcast_round(p, call->root, rank, index, round);
        return;
    case ESS_REDUCE:
        reduce_round(p, call->root, rank, index, round);
        return;
    default:
        to_target_round(call, rank, round);
    }
}

const struct ess_plan_type ess_plan_direct = {
    .name = "direct",
    .summary = "straight from whoever has it to whoever wants it; all primitives, point to point "
               "among them: small groups",
    .source = "linear and pairwise algorithms; Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005",
    .primitives = (UINT32_C(1) << ESS_PRIMITIVE_COUNT) - 1,
    .identical = true,
    .chunks = direct_chunks,
    .rounds = direct_rounds,
    .round = direct_round,
};
