/* SPDX-License-Identifier: Apache-2.0 */
/* All-reduce by recursive doubling: in each step pairs of ranks exchange all that they have, and
 * both add.
 *
 * Ranks have numbers, and the e ranks too many for a power of two p' = 2^L are folded, as halving.h
 * says: a folded rank sends its whole vector to the even rank before it first, and gets the whole
 * result from it last. In step k = 0 .. L - 1 rank v exchanges the whole vector with v ^ 2^k. What
 * it sends must stay as it is until it has left, so that sums go by turns into scratch and result,
 * such that the last one, of step L - 1, goes into the result: step k into the result where L - 1 -
 * k is even; what a folded rank sends, before step 0, counts as step -1. One chunk, the whole
 * vector; every round waits for the one before it.
 *
 * Both partners of a step add the same two values, and a sum of two does not depend on their order:
 * all ranks end with the same bits.
 *
 * Equation: L (alpha + n beta), + 2 (alpha + n beta) where ranks are folded, where a message of n
 * bytes takes alpha + n beta; where a grant takes alpha to reach the sender, alpha more a step.
 * Check: L messages and n L bytes sent by each of the p' ranks, + 2 e messages of n bytes in all;
 * for p = 8 and n = 1 MiB 24 messages, 3,145,728 bytes a rank. Of no element it is a barrier.
 * Limits: for short vectors, since it sends L / 2 times what a ring does; needs the scratch region;
 * in site order the last steps, half of the bytes for two sites, cross between sites. */
#include "collective/halving.h"

static uint32_t recursive_doubling_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    (void)call;
    return 1;
}

static uint32_t recursive_doubling_rounds(
    const void *settings, const struct ess_call *call, uint32_t rank) {
    struct ess_halving halving = ess_halving_of(call->group, rank);
    (void)settings;
    return halving.is_folded ? 2 : halving.levels + (halving.has_partner ? 2 : 0);
}

/* Hops are numbered alike at all ranks: 0 to fold, 1 + k for step k, L + 1 to unfold. The sum of
 * hop h stands in scratch where L - h is odd. */
static bool stands_in_scratch(const struct ess_halving *halving, uint32_t hop) {
    return (halving->levels - hop) % 2 == 1;
}

static void folded_round(
    const struct ess_halving *halving, uint32_t rank, uint32_t index, struct ess_round *round) {
    if (index == 0) {
        round->send_to = rank - 1;
        round->send_source = ESS_REGION_INPUT;
        return;
    }
    round->receive_from = rank - 1;
    round->receive_step = halving->levels + 1;
}

static void exchange_round(
    const struct ess_halving *halving, uint32_t hop, struct ess_round *round) {
    bool first = hop == 1 && !halving->has_partner;
    bool scratch = stands_in_scratch(halving, hop - 1);
    round->exchange = true;
    round->send_chunk_count = 1;
    round->receive_from = round->send_to =
        ess_halving_rank(halving, halving->number ^ UINT32_C(1) << (hop - 1));
    round->receive_step = round->send_step = hop;
    round->sum = true;
    round->into_scratch = stands_in_scratch(halving, hop);
    round->operand = first ? ESS_REGION_INPUT : scratch ? ESS_REGION_SCRATCH : ESS_REGION_RESULT;
    round->send_source = round->operand;
}

static void recursive_doubling_round(const void *settings, const struct ess_call *call,
    uint32_t rank, uint32_t index, struct ess_round *round) {
    struct ess_halving halving = ess_halving_of(call->group, rank);
    uint32_t hop = halving.has_partner ? index : index + 1;
    (void)settings;
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = index > 0 ? index - 1 : ESS_NONE,
    };
    if (halving.is_folded) {
        folded_round(&halving, rank, index, round);
    } else if (hop == 0) {
        round->receive_from = rank + 1;
        round->sum = true;
        round->into_scratch = stands_in_scratch(&halving, 0);
        round->operand = ESS_REGION_INPUT;
    } else if (hop > halving.levels) {
        round->send_to = rank + 1;
        round->send_step = hop;
        round->send_source = ESS_REGION_RESULT;
    } else {
        exchange_round(&halving, hop, round);
    }
}

const struct ess_plan_type ess_plan_recursive_doubling = {
    .name = "recursive_doubling",
    .summary = "pairs exchange whole vectors, log2 p times; fewest steps: short vectors",
    .source = "Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005 (recursive doubling)",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE),
    .identical = true,
    .chunks = recursive_doubling_chunks,
    .rounds = recursive_doubling_rounds,
    .round = recursive_doubling_round,
};
