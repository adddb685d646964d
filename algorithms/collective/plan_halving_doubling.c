/* SPDX-License-Identifier: Apache-2.0 */
/* All-reduce by recursive halving, which sums and scatters, and recursive doubling, which gathers,
 * folding whole vectors; and its two halves.
 *
 * Ranks have numbers, and the e ranks too many for a power of two p' = 2^L are folded, as halving.h
 * says: a folded rank sends its whole vector to the even rank before it first, and gets the whole
 * result from it last (n bytes each way; the plan `rabenseifner` folds in halves). In between are
 * the 2 L exchanges of halving.h. A message is one range of chunks; every round waits for the one
 * before it. Reduce-scatter is the L exchanges that halve, all-gather the L that double, behind a
 * round that copies the own shard; both only for p = p', where chunks are the ranks' shards.
 *
 * Equation: 2 L alpha + 2 n (p - 1) / p beta for p = p', where a message of m bytes takes alpha + m
 * beta; otherwise + 2 (alpha + n beta) with p' for p. Where a grant takes alpha to reach the
 * sender, 2 L alpha more, for each receive is posted only when the round before it is done. Check:
 * 2 L messages and 2 n (p' - 1) / p' bytes sent by each of the p' ranks when p' divides n; + 2 e
 * messages of n bytes in all; for p = 8 and n = 1 MiB 48 messages, 1,835,008 bytes a rank; half of
 * that for each of the two halves. Limits: few messages, but far: in site order partners of the
 * first steps stand farthest apart, so that half of each vector crosses between sites at once;
 * folded ranks and their partners hold the others up. */
#include "collective/halving.h"

static uint32_t halving_doubling_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    return UINT32_C(1) << ess_halving_of(call->group, 0).levels;
}

static const char *halving_doubling_refuse(const void *settings, const struct ess_call *call) {
    bool scatters = call->primitive != ESS_ALL_REDUCE;
    (void)settings;
    return scatters && ess_halving_of(call->group, 0).folded > 0
               ? "needs a power of two of ranks, except for an all-reduce"
               : NULL;
}

static uint32_t halving_doubling_rounds(
    const void *settings, const struct ess_call *call, uint32_t rank) {
    struct ess_halving halving = ess_halving_of(call->group, rank);
    (void)settings;
    if (halving.is_folded) {
        return 2;
    }
    switch (call->primitive) {
    case ESS_REDUCE_SCATTER:
        return halving.levels;
    case ESS_ALL_GATHER:
        return halving.levels > 0 ? halving.levels + 1 : 0;
    default:
        return 2 * halving.levels + (halving.has_partner ? 2 : 0);
    }
}

/* Hops are numbered alike at all ranks: 0 to fold, 1 + k to halve, then to double, and the last to
 * unfold. */
static uint32_t unfold_step(const struct ess_halving *halving) {
    return 2 * halving->levels + 1;
}

static void folded_round(
    const struct ess_halving *halving, uint32_t rank, uint32_t index, struct ess_round *round) {
    round->chunk_count = UINT32_C(1) << halving->levels;
    if (index == 0) {
        round->send_to = rank - 1;
        round->send_source = ESS_REGION_INPUT;
        return;
    }
    round->receive_from = rank - 1;
    round->receive_step = unfold_step(halving);
}

static void partner_round(
    const struct ess_halving *halving, uint32_t rank, uint32_t step, struct ess_round *round) {
    round->chunk_count = UINT32_C(1) << halving->levels;
    if (step == 0) {
        round->receive_from = rank + 1;
        round->sum = true;
        round->operand = ESS_REGION_INPUT;
        return;
    }
    round->send_to = rank + 1;
    round->send_step = step;
    round->send_source = ESS_REGION_RESULT;
}

/* Round 0 of an all-gather is the copy, and its round i the exchange L + i - 1. */
static uint32_t step_of(
    const struct ess_call *call, const struct ess_halving *halving, uint32_t index) {
    if (call->primitive == ESS_ALL_GATHER) {
        return halving->levels + index;
    }
    return halving->has_partner ? index : index + 1;
}

static void halving_doubling_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    struct ess_halving halving = ess_halving_of(call->group, rank);
    uint32_t step = step_of(call, &halving, index);
    bool first = step == 1 && !halving.has_partner;
    (void)settings;
    *round = (struct ess_round){
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = index > 0 ? index - 1 : ESS_NONE,
    };
    if (halving.is_folded) {
        folded_round(&halving, rank, index, round);
    } else if (call->primitive == ESS_ALL_GATHER && index == 0) {
        round->chunk = halving.number;
        round->chunk_count = 1;
        round->receive_from = rank;
    } else if (step == 0 || step == unfold_step(&halving)) {
        partner_round(&halving, rank, step, round);
    } else {
        ess_halving_exchange(
            &halving, step - 1, first ? ESS_REGION_INPUT : ESS_REGION_RESULT, round);
        round->receive_step = round->send_step = step;
    }
}

const struct ess_plan_type ess_plan_halving_doubling = {
    .name = "halving_doubling",
    .summary = "recursive halving and doubling, folding whole vectors; few messages at full "
               "bandwidth, but far ones",
    .source = "Rabenseifner, ICCS 2004; Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE) | ESS_PRIMITIVE_BIT(ESS_REDUCE_SCATTER) |
                  ESS_PRIMITIVE_BIT(ESS_ALL_GATHER),
    .identical = true,
    .refuse = halving_doubling_refuse,
    .chunks = halving_doubling_chunks,
    .rounds = halving_doubling_rounds,
    .round = halving_doubling_round,
};
