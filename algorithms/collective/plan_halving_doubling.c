/* SPDX-License-Identifier: Apache-2.0 */
/* Rabenseifner's all-reduce: recursive halving to sum and scatter, recursive doubling to gather.
 *
 * p' = 2^L is the largest power of two that is at most p, e = p - p' the ranks too many. Odd ranks
 * below 2 e are *folded*: they send their whole vector to the even rank before them first, and get
 * the whole result from it last (the variant of n bytes each way; the original one splits the
 * vector of the pair into halves). The p' others have a number v: rank / 2 below 2 e, and rank - e
 * above.
 *
 * The vector is cut into p' chunks. At halving step k = 0 .. L - 1 rank v has a block of p' >> k
 * chunks that begins at v & ~((p' >> k) - 1); with h = (p' >> k) / 2 it exchanges with v ^ h: it
 * keeps the half that begins at v & ~(h - 1), to which it adds what comes, and sends the partner
 * the other one. In the end chunk v is whole at v. The doubling steps undo this, k = L - 1 .. 0:
 * each sends the block that it kept at step k and receives the one that it gave away. A message is
 * one range of chunks; every round waits for the one before it.
 *
 * Equation: 2 L alpha + 2 n (p - 1) / p beta for p = p', where a message of m bytes takes alpha + m
 * beta; otherwise + 2 (alpha + n beta) with p' for p. Where a grant takes alpha to reach the
 * sender, 2 L alpha more, for each receive is posted only when the round before it is done. Check:
 * 2 L messages and 2 n (p' - 1) / p' bytes sent by each of the p' ranks when p' divides n; + 2 e
 * messages of n bytes in all; for p = 8 and n = 1 MiB 48 messages, 1,835,008 bytes a rank. Limits:
 * few messages, but far: in site order partners of the first steps stand farthest apart, so that
 * half of each vector crosses between sites at once; folded ranks and their partners hold the
 * others up. */
#include "collective/plan.h"

struct shape {
    uint32_t levels;  /* L */
    uint32_t folded;  /* e */
    uint32_t number;  /* v */
    bool is_folded;   /* an odd rank below 2 e: no v */
    bool has_partner; /* an even rank below 2 e, which a folded one follows */
};

/* O(log p), at most 31 turns: ranks are words. */
static struct shape shape_of(const struct ess_group *group, uint32_t rank) {
    struct shape shape = {.levels = 0};
    while (group->size >> shape.levels > 1) {
        shape.levels++;
    }
    shape.folded = group->size - (UINT32_C(1) << shape.levels);
    if (rank < 2 * shape.folded) {
        shape.number = rank / 2;
        shape.is_folded = rank % 2 == 1;
        shape.has_partner = rank % 2 == 0;
    } else {
        shape.number = rank - shape.folded;
    }
    return shape;
}

static uint32_t halving_doubling_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    return UINT32_C(1) << shape_of(call->group, 0).levels;
}

static uint32_t halving_doubling_rounds(
    const void *settings, const struct ess_call *call, uint32_t rank) {
    struct shape shape = shape_of(call->group, rank);
    (void)settings;
    return shape.is_folded ? 2 : 2 * shape.levels + (shape.has_partner ? 2 : 0);
}

/* Hops are numbered alike at all ranks: 0 to fold, 1 + k to halve, then to double, and the last to
 * unfold. */
static uint32_t unfold_step(const struct shape *shape) {
    return 2 * shape->levels + 1;
}

static void folded_round(
    const struct shape *shape, uint32_t rank, uint32_t index, struct ess_round *round) {
    round->chunk_count = UINT32_C(1) << shape->levels;
    if (index == 0) {
        round->send_to = rank - 1;
        round->send_source = ESS_REGION_INPUT;
        return;
    }
    round->receive_from = rank - 1;
    round->receive_step = unfold_step(shape);
}

static void partner_round(
    const struct shape *shape, uint32_t rank, uint32_t step, struct ess_round *round) {
    round->chunk_count = UINT32_C(1) << shape->levels;
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

/* Exchange with the rank whose number differs in bit h; `own` and `other` are the blocks of h
 * chunks that the two keep when they halve. */
static void exchange_round(const struct shape *shape, uint32_t step, struct ess_round *round) {
    bool halving = step <= shape->levels;
    uint32_t half = UINT32_C(1) << (halving ? shape->levels - step : step - shape->levels - 1);
    uint32_t partner = shape->number ^ half;
    uint32_t own = shape->number & ~(half - 1);
    uint32_t other = partner & ~(half - 1);
    bool first = step == 1 && !shape->has_partner;
    round->exchange = true;
    round->receive_from = round->send_to =
        partner < shape->folded ? 2 * partner : partner + shape->folded;
    round->receive_step = round->send_step = step;
    round->chunk = halving ? own : other;
    round->send_chunk = halving ? other : own;
    round->chunk_count = round->send_chunk_count = half;
    round->sum = halving;
    round->operand = round->send_source = first ? ESS_REGION_INPUT : ESS_REGION_RESULT;
}

static void halving_doubling_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    struct shape shape = shape_of(call->group, rank);
    uint32_t step = shape.has_partner ? index : index + 1;
    (void)settings;
    *round = (struct ess_round){
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = index > 0 ? index - 1 : ESS_NONE,
    };
    if (shape.is_folded) {
        folded_round(&shape, rank, index, round);
    } else if (step == 0 || step == unfold_step(&shape)) {
        partner_round(&shape, rank, step, round);
    } else {
        exchange_round(&shape, step, round);
    }
}

const struct ess_plan_type ess_plan_halving_doubling = {
    .name = "halving_doubling",
    .summary = "recursive halving and doubling; fewest messages at full bandwidth, but far ones",
    .source = "Rabenseifner, ICCS 2004; Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE),
    .identical = true,
    .chunks = halving_doubling_chunks,
    .rounds = halving_doubling_rounds,
    .round = halving_doubling_round,
};
