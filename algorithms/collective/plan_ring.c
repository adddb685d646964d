/* SPDX-License-Identifier: Apache-2.0 */
/* Ring all-reduce. p ranks, p chunks. Chunk c starts at rank c + 1, is summed hop by hop until rank
 * c holds the whole sum (p - 1 hops), and goes round once more as a copy (p - 1 hops).
 *
 * Write d = (rank - c - 1) mod p for a rank's distance from the start of chunk c. Round d of a rank
 * handles the reduction of the chunk at distance d: it receives (d > 0) and passes on (d < p - 1);
 * the rank at d = p - 1 owns the sum and passes it on as the first hop of the gathering. Rounds p +
 * d, d in 0 .. p - 2, receive the finished chunk and pass it on (d < p - 2).
 *
 * Check: 2 (p - 1) messages sent a rank, 2 n (p - 1) / p bytes sent a rank when p divides n. */
#include "collective/plan.h"

static uint32_t ring_chunks(const void *settings, const struct ess_group *group) {
    (void)settings;
    return group->size;
}

static uint32_t ring_rounds(const void *settings, const struct ess_group *group, uint32_t rank) {
    (void)settings;
    (void)rank;
    return group->size > 1 ? 2 * group->size - 1 : 0;
}

static void reduce_round(
    uint32_t distance, uint32_t next, uint32_t previous, struct ess_round *round) {
    if (distance > 0) {
        round->receive_from = previous;
        round->receive_step = distance - 1;
        round->sum = true;
        round->operand = ESS_REGION_INPUT;
    }
    round->send_to = next;
    round->send_step = distance;
    round->send_source = distance > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
}

static void gather_round(
    uint32_t p, uint32_t distance, uint32_t next, uint32_t previous, struct ess_round *round) {
    round->receive_from = previous;
    round->receive_step = p - 1 + distance;
    /* The partial sum sent in the reduction must have left before the whole one replaces it. */
    round->after = distance;
    if (distance < p - 2) {
        round->send_to = next;
        round->send_step = p + distance;
        round->send_source = ESS_REGION_RESULT;
    }
}

static void ring_round(const void *settings, const struct ess_group *group, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    uint32_t p = group->size;
    uint32_t distance = index < p ? index : index - p;
    uint32_t next = rank + 1 < p ? rank + 1 : 0;
    uint32_t previous = rank > 0 ? rank - 1 : p - 1;
    (void)settings;
    *round = (struct ess_round){
        .chunk = (rank + 2 * p - 1 - distance) % p,
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = ESS_NONE,
    };
    if (index < p) {
        reduce_round(distance, next, previous, round);
        return;
    }
    gather_round(p, distance, next, previous, round);
}

const struct ess_plan_type ess_plan_ring = {
    .name = "ring",
    .summary =
        "one ring over all ranks in site order; best bandwidth, latency grows with the ranks",
    .source = "Patarasuk and Yuan, J. Parallel Distrib. Comput. 69(2), 2009",
    .chunks = ring_chunks,
    .rounds = ring_rounds,
    .round = ring_round,
};
