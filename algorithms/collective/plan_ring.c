/* SPDX-License-Identifier: Apache-2.0 */
/* Ring all-reduce, and its two halves. p ranks, p chunks, on a ring in the order that the layout
 * gives. Chunk c starts behind rank c, is summed hop by hop until rank c holds the whole sum (p - 1
 * hops), and goes round once more as a copy (p - 1 hops).
 *
 * In places on the ring: write d = (place - c - 1) mod p for a rank's distance from the start of
 * the chunk that ends at place c. Round d of a rank handles the reduction of the chunk at distance
 * d: it receives (d > 0) and passes on (d < p - 1); the rank at d = p - 1 owns the sum and passes
 * it on as the first hop of the gathering. Rounds p + d, d in 0 .. p - 2, receive the finished
 * chunk and pass it on (d < p - 2). Reduce-scatter is the first p rounds, without that first hop;
 * all-gather copies the own input, sends it as that hop, and goes on with the p - 1 last rounds.
 *
 * Check: all-reduce 2 (p - 1) messages sent a rank, 2 n (p - 1) / p bytes sent a rank when p
 * divides n; its halves half of that each. */
#include "collective/plan.h"

struct place {
    uint32_t ranks, own;     /* p, and this rank's place on the ring */
    uint32_t next, previous; /* ranks */
    const uint32_t *order;   /* place -> rank, or NULL: the same */
};

static uint32_t rank_at(const struct place *place, uint32_t at) {
    return place->order ? place->order[at] : at;
}

static struct place place_of(const struct ess_group *group, uint32_t rank) {
    const struct ess_layout *layout = group->layout;
    struct place place = {.ranks = group->size, .own = rank};
    if (layout && layout->order) {
        place.order = layout->order;
        place.own = layout->position[rank];
    }
    place.next = rank_at(&place, place.own + 1 < place.ranks ? place.own + 1 : 0);
    place.previous = rank_at(&place, place.own > 0 ? place.own - 1 : place.ranks - 1);
    return place;
}

/* Chunks are named after the rank that ends with their sum. */
static uint32_t chunk_at(const struct place *place, uint32_t distance) {
    uint32_t back = place->own + 2 * place->ranks - 1 - distance;
    while (back >= place->ranks) {
        back -= place->ranks;
    }
    return rank_at(place, back);
}

static uint32_t ring_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    return call->group->size;
}

static uint32_t ring_rounds(const void *settings, const struct ess_call *call, uint32_t rank) {
    uint32_t p = call->group->size;
    (void)settings;
    (void)rank;
    if (p == 1) {
        return 0;
    }
    switch (call->primitive) {
    case ESS_REDUCE_SCATTER:
        return p;
    case ESS_ALL_GATHER:
        return p + 1;
    default:
        return 2 * p - 1;
    }
}

static void reduce_round(
    const struct place *place, uint32_t distance, bool passes_on, struct ess_round *round) {
    round->chunk = chunk_at(place, distance);
    if (distance > 0) {
        round->receive_from = place->previous;
        round->receive_step = distance - 1;
        round->sum = true;
        round->operand = ESS_REGION_INPUT;
    }
    if (passes_on) {
        round->send_to = place->next;
        round->send_step = distance;
        round->send_source = distance > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
    }
}

static void gather_round(const struct place *place, uint32_t distance, struct ess_round *round) {
    uint32_t p = place->ranks;
    round->chunk = chunk_at(place, distance);
    round->receive_from = place->previous;
    round->receive_step = p - 1 + distance;
    if (distance < p - 2) {
        round->send_to = place->next;
        round->send_step = p + distance;
        round->send_source = ESS_REGION_RESULT;
    }
}

/* What stands before the rounds of gathering when nothing was summed: the own shard is copied, then
 * leaves. In this order, for the send waits for the next rank's first receive, which has to be open
 * beside that rank's own send. */
static void own_round(
    const struct place *place, uint32_t rank, uint32_t index, struct ess_round *round) {
    round->chunk = chunk_at(place, place->ranks - 1);
    if (index == 0) {
        round->receive_from = rank;
        return;
    }
    round->send_to = place->next;
    round->send_step = place->ranks - 1;
    round->send_source = ESS_REGION_INPUT;
}

static void ring_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    struct place place = place_of(call->group, rank);
    uint32_t p = place.ranks;
    (void)settings;
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = ESS_NONE,
    };
    if (call->primitive == ESS_ALL_GATHER) {
        if (index < 2) {
            own_round(&place, rank, index, round);
        } else {
            gather_round(&place, index - 2, round);
        }
        return;
    }
    if (index < p) {
        bool last = call->primitive == ESS_REDUCE_SCATTER && index == p - 1;
        reduce_round(&place, index, !last, round);
        return;
    }
    gather_round(&place, index - p, round);
    /* The partial sum sent in the reduction must have left before the whole one replaces it. */
    round->after = index - p;
}

const struct ess_plan_type ess_plan_ring = {
    .name = "ring",
    .summary =
        "one ring over all ranks in the ring's order; best bandwidth, latency grows with the "
        "ranks",
    .source = "Patarasuk and Yuan, J. Parallel Distrib. Comput. 69(2), 2009",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE) | ESS_PRIMITIVE_BIT(ESS_REDUCE_SCATTER) |
                  ESS_PRIMITIVE_BIT(ESS_ALL_GATHER),
    .identical = true,
    .layout = ESS_LAYOUT_ORDER,
    .chunks = ring_chunks,
    .rounds = ring_rounds,
    .round = ring_round,
};
