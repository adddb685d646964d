/* SPDX-License-Identifier: Apache-2.0 */
/* One chain over all ranks in the order that the layout gives: all-reduce, broadcast, reduce.
 *
 * Places on the chain are counted from the root (of an all-reduce: the first in the order) round
 * the order: place 0 is the root, place i its neighbour by i. One chunk, the whole vector: the
 * executor cuts it into segments, which follow one another along the chain; without segments a rank
 * passes on nothing before it has all of it.
 *   reduce      round 0 of place i: receive from i + 1 and add, send to i - 1
 *   broadcast   round 0 of place i: receive from i - 1, send to i + 1; place 0 copies in round 1
 *   all-reduce  both; at place 0 the sum turns within one round
 *
 * Sums and copies are two streams, so that neither waits for the other's segments.
 *
 * Equation: broadcast and reduce of m segments (p - 2 + m) (alpha + n / m beta), an all-reduce
 * (2 p - 3 + m) (alpha + n / m beta) when its window holds the 2 p segments on their way; where a
 * grant takes alpha to reach the sender, alpha once. Check: m (p - 1) messages and n (p - 1) bytes
 * in all for broadcast and reduce, twice that for an all-reduce. Limits: latency grows with the
 * ranks; the slowest hop sets the pace. */
#include "collective/plan.h"

struct place {
    uint32_t ranks, own;      /* p, and this rank's place */
    uint32_t nearer, farther; /* ranks one place nearer to the root and farther, or ESS_NONE */
};

static struct place place_of(const struct ess_call *call, uint32_t rank) {
    const struct ess_layout *layout = call->group->layout;
    const uint32_t *order = layout ? layout->order : NULL;
    bool rooted = call->primitive != ESS_ALL_REDUCE;
    uint32_t p = call->group->size;
    uint32_t at = order ? layout->position[rank] : rank;
    uint32_t first = !rooted ? 0 : order ? layout->position[call->root] : call->root;
    struct place place = {.ranks = p, .own = at >= first ? at - first : at + p - first};
    uint32_t before = at > 0 ? at - 1 : p - 1;
    uint32_t behind = at + 1 < p ? at + 1 : 0;
    place.nearer = place.own == 0 ? ESS_NONE : order ? order[before] : before;
    place.farther = place.own + 1 == p ? ESS_NONE : order ? order[behind] : behind;
    return place;
}

static uint32_t chain_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    (void)call;
    return 1;
}

static uint32_t chain_rounds(const void *settings, const struct ess_call *call, uint32_t rank) {
    bool root = place_of(call, rank).own == 0;
    (void)settings;
    if (call->group->size == 1) {
        return 0;
    }
    switch (call->primitive) {
    case ESS_BROADCAST:
        return root ? 2 : 1;
    case ESS_REDUCE:
        return 1;
    default:
        return root ? 1 : 2;
    }
}

static uint32_t chain_streams(const void *settings, const struct ess_call *call) {
    (void)settings;
    return call->primitive == ESS_ALL_REDUCE ? 2 : 1;
}

/* Of two streams the first: one round. */
static uint32_t chain_stream_end(
    const void *settings, const struct ess_call *call, uint32_t rank, uint32_t stream) {
    (void)settings;
    (void)rank;
    (void)stream;
    return call->group->size > 1;
}

/* Take the sum of those farther, add our own, pass it on to the root. Hops are counted from the far
 * end. */
static void sum_round(const struct place *place, struct ess_round *round) {
    uint32_t hop = place->ranks - 1 - place->own;
    round->receive_from = place->farther;
    if (place->farther != ESS_NONE) {
        round->receive_step = hop - 1;
        round->sum = true;
        round->operand = ESS_REGION_INPUT;
    }
    round->send_to = place->nearer;
    round->send_step = hop;
    round->send_source = place->farther != ESS_NONE ? ESS_REGION_RESULT : ESS_REGION_INPUT;
}

/* Take what comes from the root, pass it on. */
static void copy_round(const struct place *place, struct ess_round *round) {
    uint32_t hop = place->ranks - 1 + place->own;
    round->receive_from = place->nearer;
    round->receive_step = hop - 1;
    round->send_to = place->farther;
    round->send_step = hop;
    round->send_source = place->nearer != ESS_NONE ? ESS_REGION_RESULT : ESS_REGION_INPUT;
}

/* At the root of an all-reduce: the sum is whole once it is here, and turns. */
static void turn_round(const struct place *place, struct ess_round *round) {
    sum_round(place, round);
    round->send_to = place->farther;
}

static void chain_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    struct place place = place_of(call, rank);
    (void)settings;
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = ESS_NONE,
    };
    if (call->primitive == ESS_BROADCAST && index == 1) {
        round->receive_from = rank; /* the root holds its own vector too */
    } else if (call->primitive == ESS_BROADCAST) {
        copy_round(&place, round);
    } else if (call->primitive == ESS_ALL_REDUCE && place.own == 0) {
        turn_round(&place, round);
    } else if (index == 0) {
        sum_round(&place, round);
    } else {
        copy_round(&place, round);
        round->after = 0; /* the partial sum must have left before the whole one replaces it */
    }
}

const struct ess_plan_type ess_plan_chain = {
    .name = "chain",
    .summary = "one chain over all ranks in the ring's order, there and back; long vectors in "
               "segments, good links between neighbours",
    .source = "pipelined chain of MPI libraries; Chan et al., Concurrency Computat. 19(13), 2007",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE) | ESS_PRIMITIVE_BIT(ESS_BROADCAST) |
                  ESS_PRIMITIVE_BIT(ESS_REDUCE),
    .identical = true,
    .chunks = chain_chunks,
    .rounds = chain_rounds,
    .streams_most = 2,
    .streams = chain_streams,
    .stream_end = chain_stream_end,
    .segment_bytes = 512 << 10,
    .layout = ESS_LAYOUT_ORDER,
    .round = chain_round,
};
