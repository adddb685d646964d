/* SPDX-License-Identifier: Apache-2.0 */
/* Binomial tree: reduce to the root, broadcast from it, or both. One chunk, the whole vector; a
 * rank passes on nothing before it has all of it (store and forward).
 *
 * Ranks are counted from the root: r = (rank - root) mod p; an all-reduce has root 0. The parent of
 * r > 0 is r without its lowest bit that is set. Its children are r + 2^k for each 2^k below that
 * bit, of the root for each 2^k, as far as such a rank exists: c(r) of them, k = 0 .. c(r) - 1; the
 * subtree of child r + 2^k has at most 2^k ranks. Every round waits for the one before it:
 *   0 .. c - 1        receive from child k = index and add: small subtrees, ready first, come first
 *   c                 send the sum to the parent
 *   c + 1             receive the result from the parent
 *   c + 2 .. 2 c + 1  send the result to child k = c - 1 .. 0: the largest subtree, which has most
 *                     left to do, comes first
 * The root has no parent and skips rounds c and c + 1. A reduce is the rounds up to c, a broadcast
 * those from c + 1 on; there the root sends its input, and copies it first of all.
 *
 * Equation: ceil(log2 p) (alpha + n beta) each way, where a message of n bytes takes alpha + n beta
 * and a rank sends one at a time; where a grant takes alpha to reach the sender, for both ways
 * ceil(log2 p) + 1 alpha more, for a receive is posted only when the one before it is done. Check:
 * p - 1 messages and n (p - 1) bytes in all each way, for any p; 14 messages for p = 8 there and
 * back. Limits: the root receives or sends n ceil(log2 p) bytes, so it is for short vectors; in
 * site order only the longest edges of the tree cross between sites, but each carries the whole
 * vector. */
#include "base/assert.h"
#include "collective/plan.h"

enum { STEP_REDUCE, STEP_BROADCAST };

static uint32_t binomial_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    (void)call;
    return 1;
}

/* O(log p), at most 32 turns: ranks are words. */
static uint32_t child_count(uint32_t p, uint32_t rank) {
    uint32_t count = 0;
    while (count < 32 && !(rank >> count & 1) && p - 1 - rank >= UINT32_C(1) << count) {
        count++;
    }
    return count;
}

/* How far the rank is from the root, and which rank is so far. */
static uint32_t root_of(const struct ess_call *call) {
    return call->primitive == ESS_ALL_REDUCE ? 0 : call->root;
}

static uint32_t distance_of(const struct ess_call *call, uint32_t rank) {
    uint32_t root = root_of(call);
    return rank >= root ? rank - root : rank + call->group->size - root;
}

static uint32_t rank_at(const struct ess_call *call, uint32_t distance) {
    uint32_t left = call->group->size - root_of(call);
    return distance < left ? distance + root_of(call) : distance - left;
}

static uint32_t binomial_rounds(const void *settings, const struct ess_call *call, uint32_t rank) {
    uint32_t distance = distance_of(call, rank);
    uint32_t children = child_count(call->group->size, distance);
    (void)settings;
    if (call->group->size == 1) {
        return 0;
    }
    switch (call->primitive) {
    case ESS_BROADCAST:
        return children + 1;
    case ESS_REDUCE:
        return distance == 0 ? children : children + 1;
    default:
        return distance == 0 ? 2 * children : 2 * children + 2;
    }
}

/* Peers are named by their distance here. */
static void reduce_round(
    uint32_t distance, uint32_t index, uint32_t children, struct ess_round *round) {
    enum ess_region sum = index > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
    if (index < children) {
        round->receive_from = distance + (UINT32_C(1) << index);
        round->receive_step = STEP_REDUCE;
        round->sum = true;
        round->operand = sum;
        return;
    }
    round->send_to = distance & (distance - 1);
    round->send_step = STEP_REDUCE;
    round->send_source = sum;
}

static void broadcast_round(
    uint32_t distance, uint32_t index, uint32_t children, struct ess_round *round) {
    if (index == children + 1) {
        round->receive_from = distance & (distance - 1);
        round->receive_step = STEP_BROADCAST;
        return;
    }
    ESS_ASSERT(index > children + 1);
    ESS_ASSERT(index <= 2 * children + 1);
    round->send_to = distance + (UINT32_C(1) << ((2 * children + 1 - index) & 31));
    round->send_step = STEP_BROADCAST;
    round->send_source = ESS_REGION_RESULT;
}

/* The round of the whole, reduce and broadcast, that round `index` of a call is. */
static uint32_t whole_index(
    const struct ess_call *call, uint32_t distance, uint32_t index, uint32_t children) {
    if (call->primitive == ESS_BROADCAST) {
        return index + children + 1;
    }
    return distance == 0 && index >= children ? index + 2 : index;
}

static void binomial_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    uint32_t distance = distance_of(call, rank);
    uint32_t children = child_count(call->group->size, distance);
    (void)settings;
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = index > 0 ? index - 1 : ESS_NONE,
    };
    if (call->primitive == ESS_BROADCAST && distance == 0 && index == 0) {
        round->receive_from = rank;
        return;
    }
    index = whole_index(call, distance, index, children);
    if (index <= children) {
        reduce_round(distance, index, children, round);
    } else {
        broadcast_round(distance, index, children, round);
    }
    if (round->receive_from != ESS_NONE) {
        round->receive_from = rank_at(call, round->receive_from);
    }
    if (round->send_to != ESS_NONE) {
        round->send_to = rank_at(call, round->send_to);
    }
}

const struct ess_plan_type ess_plan_binomial = {
    .name = "binomial",
    .summary =
        "binomial tree to the root, or from it; few messages, whole vector each: short vectors",
    .source = "Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005 (binomial reduce and broadcast)",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE) | ESS_PRIMITIVE_BIT(ESS_BROADCAST) |
                  ESS_PRIMITIVE_BIT(ESS_REDUCE),
    .identical = true,
    .chunks = binomial_chunks,
    .rounds = binomial_rounds,
    .round = binomial_round,
};
