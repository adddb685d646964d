/* SPDX-License-Identifier: Apache-2.0 */
/* Rabenseifner's all-reduce as he gave it: recursive halving and doubling, folding halves.
 *
 * Ranks have numbers, and the e ranks too many for a power of two p' = 2^L are folded, as halving.h
 * says. A folded rank and the even rank before it share the work of folding: each sends the other
 * half of its vector and adds what comes to its own half (n / 2 bytes each way), then the folded
 * one hands its half over (n / 2). The plan `halving_doubling` sends n bytes once instead; it costs
 * the even rank the additions of n elements instead of n / 2, and the link n bytes instead of 1.5
 * n. Then come the 2 L exchanges of halving.h among the p' ranks, and the folded rank gets the
 * whole result (n). The vector is cut into p' chunks; every round waits for the one before it.
 *
 * Equation: 2 L alpha + 2 n (p - 1) / p beta for p = p', where a message of m bytes takes alpha + m
 * beta; otherwise + 3 alpha + 2 n beta with p' for p. Where a grant takes alpha to reach the
 * sender, alpha more for each round but the first. Check: 2 L messages and 2 n (p' - 1) / p' bytes
 * sent by each of the p' ranks when p' divides n; + 4 e messages and 2.5 n e bytes in all (p'
 * even: e > 0 means p' >= 2); for p = 8 and n = 1 MiB 48 messages, 1,835,008 bytes a rank. Limits:
 * as `halving_doubling`. */
#include "collective/halving.h"

static uint32_t rabenseifner_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    return UINT32_C(1) << ess_halving_of(call->group, 0).levels;
}

static uint32_t rabenseifner_rounds(
    const void *settings, const struct ess_call *call, uint32_t rank) {
    struct ess_halving halving = ess_halving_of(call->group, rank);
    (void)settings;
    return halving.is_folded ? 3 : 2 * halving.levels + (halving.has_partner ? 3 : 0);
}

/* Hops are numbered alike at all ranks. */
enum { STEP_FOLD, STEP_HAND_OVER, STEP_EXCHANGE };

static uint32_t unfold_step(const struct ess_halving *halving) {
    return STEP_EXCHANGE + 2 * halving->levels;
}

/* The two of a pair exchange halves; the even one keeps the first. */
static void fold_round(const struct ess_halving *halving, uint32_t rank, struct ess_round *round) {
    uint32_t half = UINT32_C(1) << (halving->levels - 1);
    round->exchange = true;
    round->receive_from = round->send_to = halving->is_folded ? rank - 1 : rank + 1;
    round->receive_step = round->send_step = STEP_FOLD;
    round->chunk = halving->is_folded ? half : 0;
    round->send_chunk = halving->is_folded ? 0 : half;
    round->chunk_count = round->send_chunk_count = half;
    round->sum = true;
    round->operand = round->send_source = ESS_REGION_INPUT;
}

static void folded_round(
    const struct ess_halving *halving, uint32_t rank, uint32_t index, struct ess_round *round) {
    uint32_t half = UINT32_C(1) << (halving->levels - 1);
    if (index == STEP_HAND_OVER) {
        round->chunk = round->chunk_count = half;
        round->send_to = rank - 1;
        round->send_step = STEP_HAND_OVER;
        round->send_source = ESS_REGION_RESULT;
        return;
    }
    round->chunk_count = 2 * half;
    round->receive_from = rank - 1;
    round->receive_step = unfold_step(halving);
}

static void partner_round(
    const struct ess_halving *halving, uint32_t rank, uint32_t step, struct ess_round *round) {
    uint32_t half = UINT32_C(1) << (halving->levels - 1);
    if (step == STEP_HAND_OVER) {
        round->chunk = round->chunk_count = half;
        round->receive_from = rank + 1;
        round->receive_step = STEP_HAND_OVER;
        return;
    }
    round->chunk_count = 2 * half;
    round->send_to = rank + 1;
    round->send_step = step;
    round->send_source = ESS_REGION_RESULT;
}

static void rabenseifner_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    struct ess_halving halving = ess_halving_of(call->group, rank);
    bool paired = halving.is_folded || halving.has_partner;
    uint32_t step = paired ? index : index + STEP_EXCHANGE;
    bool first = step == STEP_EXCHANGE && !paired;
    (void)settings;
    *round = (struct ess_round){
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = index > 0 ? index - 1 : ESS_NONE,
    };
    if (step == STEP_FOLD) {
        fold_round(&halving, rank, round);
    } else if (halving.is_folded) {
        folded_round(&halving, rank, index, round);
    } else if (step == STEP_HAND_OVER || step == unfold_step(&halving)) {
        partner_round(&halving, rank, step, round);
    } else {
        ess_halving_exchange(
            &halving, step - STEP_EXCHANGE, first ? ESS_REGION_INPUT : ESS_REGION_RESULT, round);
        round->receive_step = round->send_step = step;
    }
}

const struct ess_plan_type ess_plan_rabenseifner = {
    .name = "rabenseifner",
    .summary = "recursive halving and doubling, folding halves: the original; few messages at full "
               "bandwidth, but far ones",
    .source = "Rabenseifner, ICCS 2004, LNCS 3036",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE),
    .identical = true,
    .chunks = rabenseifner_chunks,
    .rounds = rabenseifner_rounds,
    .round = rabenseifner_round,
};
