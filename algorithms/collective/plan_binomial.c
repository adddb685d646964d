/* SPDX-License-Identifier: Apache-2.0 */
/* Binomial tree: reduce to rank 0, then broadcast from it. One chunk, the whole vector; a rank
 * passes on nothing before it has all of it (store and forward).
 *
 * The parent of rank r > 0 is r without its lowest bit that is set. Its children are r + 2^k for
 * each 2^k below that bit, of rank 0 for each 2^k, as far as such a rank exists: c(r) of them, k =
 * 0 .. c(r) - 1; the subtree of child r + 2^k has at most 2^k ranks. Every round waits for the one
 * before it:
 *   0 .. c - 1        receive from child k = index and add: small subtrees, ready first, come first
 *   c                 send the sum to the parent
 *   c + 1             receive the result from the parent
 *   c + 2 .. 2 c + 1  send the result to child k = c - 1 .. 0: the largest subtree, which has most
 *                     left to do, comes first
 * Rank 0 has no parent and skips rounds c and c + 1.
 *
 * Equation: 2 ceil(log2 p) (alpha + n beta), where a message of n bytes takes alpha + n beta and a
 * rank sends one at a time; where a grant takes alpha to reach the sender, ceil(log2 p) + 1 alpha
 * more, for a receive is posted only when the one before it is done. Check: 2 (p - 1) messages and
 * 2 n (p - 1) bytes in all, for any p; 14 messages for p = 8. Limits: rank 0 receives and sends n
 * ceil(log2 p) bytes each, so it is for short vectors; in site order only the longest edges of the
 * tree cross between sites, but each carries the whole vector. */
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

static uint32_t binomial_rounds(const void *settings, const struct ess_call *call, uint32_t rank) {
    uint32_t children = child_count(call->group->size, rank);
    (void)settings;
    return rank == 0 ? 2 * children : 2 * children + 2;
}

static void reduce_round(
    uint32_t rank, uint32_t index, uint32_t children, struct ess_round *round) {
    enum ess_region sum = index > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
    if (index < children) {
        round->receive_from = rank + (UINT32_C(1) << index);
        round->receive_step = STEP_REDUCE;
        round->sum = true;
        round->operand = sum;
        return;
    }
    round->send_to = rank & (rank - 1);
    round->send_step = STEP_REDUCE;
    round->send_source = sum;
}

static void broadcast_round(
    uint32_t rank, uint32_t index, uint32_t children, struct ess_round *round) {
    if (index == children + 1) {
        round->receive_from = rank & (rank - 1);
        round->receive_step = STEP_BROADCAST;
        return;
    }
    ESS_ASSERT(index > children + 1);
    ESS_ASSERT(index <= 2 * children + 1);
    round->send_to = rank + (UINT32_C(1) << ((2 * children + 1 - index) & 31));
    round->send_step = STEP_BROADCAST;
    round->send_source = ESS_REGION_RESULT;
}

static void binomial_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    uint32_t children = child_count(call->group->size, rank);
    (void)settings;
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = index > 0 ? index - 1 : ESS_NONE,
    };
    if (rank == 0 && index >= children) {
        index += 2;
    }
    if (index <= children) {
        reduce_round(rank, index, children, round);
        return;
    }
    broadcast_round(rank, index, children, round);
}

const struct ess_plan_type ess_plan_binomial = {
    .name = "binomial",
    .summary = "binomial tree to rank 0 and back; few messages, whole vector each: short vectors",
    .source = "Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005 (binomial reduce and broadcast)",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE),
    .identical = true,
    .chunks = binomial_chunks,
    .rounds = binomial_rounds,
    .round = binomial_round,
};
