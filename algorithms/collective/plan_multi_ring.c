/* SPDX-License-Identifier: Apache-2.0 */
/* Several rings at once, each for an equal part of the vector: all-reduce.
 *
 * Ring t of the `rings` goes through the order of the layout in strides of s_t places, the t-th of
 * the numbers 1, 2, .. up to p / 2 that have no divisor in common with p (from the start again
 * where there are fewer: p = 6 has but one, 1). So all rings have different neighbours, as far as
 * there are any. With `both_ways` each ring has a twin that goes backwards. R rings in all; the
 * vector is cut into R p chunks, chunk t p + c is that of ring t which ends its sum at rank c.
 *
 * One ring is that of the plan `ring`: write d for a rank's distance from the start of a chunk. At
 * hop j = 0 .. p - 2 the chunk at distance j is sent on as a partial sum, at hops p - 1 .. 2 p - 3
 * the finished one goes round once more. What a rank receives at hop j it sends at hop j + 1. Each
 * ring is a stream, with a window of its own; its rounds, from 4 (p - 1) t on:
 *   2 j      receive hop j
 *   2 j + 1  send hop j
 * The receive of hop j stands before the send of hop j, which the next rank's receive of hop j
 * waits for: with two open rounds neither rank waits in vain.
 *
 * Equation: 2 (p - 1) (alpha + n / p beta) where R messages of n / (R p) bytes share a rank's link,
 * as one ring; n / 2 instead of n where the two ways use links that are not shared. Check: 2 R (p -
 * 1) messages and 2 n (p - 1) / p bytes sent by each rank when R p divides n. Limits: strides
 * beyond 1 cross between sites. */
#include "collective/plan.h"

enum { RINGS_MAX = 8 };

struct multi_ring_settings {
    int64_t rings;
    int64_t both_ways;
};

static const struct ess_parameter parameters[] = {
    {"rings", ESS_PARAMETER_INTEGER, 1, 1, RINGS_MAX, "rings of different strides",
        offsetof(struct multi_ring_settings, rings)},
    {"both_ways", ESS_PARAMETER_BOOLEAN, 1, 0, 1,
        "whether each ring has a twin that goes backwards",
        offsetof(struct multi_ring_settings, both_ways)},
    ESS_PARAMETER_END,
};

static uint32_t ring_count(const void *settings) {
    const struct multi_ring_settings *set = settings;
    return (uint32_t)(set->both_ways ? 2 * set->rings : set->rings);
}

static uint32_t common_divisor(uint32_t a, uint32_t b) {
    while (b > 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The t-th stride without a divisor in common with p, from 0. At most p / 2 turns a stride, mostly
 * one or two. */
static uint32_t stride_of(uint32_t p, uint32_t t) {
    for (uint32_t stride = 1;; stride = stride < p / 2 ? stride + 1 : 1) {
        if (common_divisor(p, stride) == 1 && t-- == 0) {
            return stride;
        }
    }
}

/* A rank on one of the rings. */
struct place {
    uint32_t ranks, ring;
    uint32_t stride;       /* in places of the order; backwards as p - stride */
    uint32_t own;          /* place in the order */
    const uint32_t *order; /* place -> rank, or NULL: the same */
};

static uint32_t rank_at(const struct place *place, uint64_t at) {
    uint32_t within = (uint32_t)(at % place->ranks);
    return place->order ? place->order[within] : within;
}

static struct place place_of(
    const void *settings, const struct ess_call *call, uint32_t rank, uint32_t ring) {
    const struct multi_ring_settings *set = settings;
    const struct ess_layout *layout = call->group->layout;
    uint32_t p = call->group->size;
    struct place place = {.ranks = p, .ring = ring, .own = rank};
    place.stride = stride_of(p, set->both_ways ? ring / 2 : ring);
    if (set->both_ways && ring % 2 == 1) {
        place.stride = p - place.stride;
    }
    if (layout && layout->order) {
        place.order = layout->order;
        place.own = layout->position[rank];
    }
    return place;
}

static uint32_t multi_ring_chunks(const void *settings, const struct ess_call *call) {
    return ring_count(settings) * call->group->size;
}

static uint32_t multi_ring_rounds(
    const void *settings, const struct ess_call *call, uint32_t rank) {
    (void)rank;
    return ring_count(settings) * 4 * (call->group->size - 1);
}

static uint32_t multi_ring_streams(const void *settings, const struct ess_call *call) {
    (void)call;
    return ring_count(settings);
}

static uint32_t multi_ring_stream_end(
    const void *settings, const struct ess_call *call, uint32_t rank, uint32_t stream) {
    (void)settings;
    (void)rank;
    return (stream + 1) * 4 * (call->group->size - 1);
}

/* The chunk at a distance from its start: it ends its sum distance + 1 strides before this place.
 */
static uint32_t chunk_at(const struct place *place, uint32_t distance) {
    uint64_t back = (uint64_t)(place->ranks - place->stride) * (distance + 1);
    return place->ring * place->ranks + rank_at(place, place->own + back);
}

static void receive_round(const struct place *place, uint32_t hop, struct ess_round *round) {
    bool sums = hop < place->ranks - 1;
    round->chunk = chunk_at(place, sums ? hop + 1 : hop - (place->ranks - 1));
    round->receive_from = rank_at(place, (uint64_t)place->own + place->ranks - place->stride);
    round->receive_step = hop;
    round->sum = sums;
    round->operand = ESS_REGION_INPUT;
}

static void send_round(const struct place *place, uint32_t hop, struct ess_round *round) {
    bool sums = hop < place->ranks;
    round->chunk = chunk_at(place, sums ? hop : hop - place->ranks);
    round->send_to = rank_at(place, (uint64_t)place->own + place->stride);
    round->send_step = hop;
    round->send_source = hop > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
}

static void multi_ring_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    uint32_t each = 4 * (call->group->size - 1);
    uint32_t hop = index % each / 2;
    struct place place = place_of(settings, call, rank, index / each);
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = ESS_NONE,
    };
    if (index % 2 == 1) {
        send_round(&place, hop, round);
        /* What is sent was received one hop before. */
        round->after = hop > 0 ? index - 3 : ESS_NONE;
        return;
    }
    receive_round(&place, hop, round);
    if (hop >= place.ranks - 1) {
        /* The partial sum must have left before the whole one replaces it. */
        round->after = index - 2 * (place.ranks - 1) + 1;
    }
}

const struct ess_plan_type ess_plan_multi_ring = {
    .name = "multi_ring",
    .summary = "several rings at once, of different strides and both ways; links that one ring "
               "leaves idle",
    .source = "Patarasuk and Yuan, J. Parallel Distrib. Comput. 69(2), 2009: that ring, several "
              "times",
    .parameters = parameters,
    .settings_bytes = sizeof(struct multi_ring_settings),
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE),
    .identical = true,
    .streams_most = 2 * RINGS_MAX,
    .streams = multi_ring_streams,
    .stream_end = multi_ring_stream_end,
    .layout = ESS_LAYOUT_ORDER,
    .chunks = multi_ring_chunks,
    .rounds = multi_ring_rounds,
    .round = multi_ring_round,
};
