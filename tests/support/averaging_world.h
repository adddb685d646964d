/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVERAGING_WORLD_H
#define ESS_AVERAGING_WORLD_H

/* A host of averaging machines: peers in one process, real float32 vectors, deliveries in an order
 * that a seed picks, clocks of their own, deaths and broken connections. Every peer runs under the
 * monitor. Every reported shard is held against the mean of the vectors of its reported set. */

#include "averaging/averaging.h"
#include "averaging/placement.h"

enum { ESS_AVERAGING_RANKS_MAX = 128, ESS_AVERAGING_FAULTS_MAX = 16 };

enum ess_averaging_fault_kind {
    ESS_AVERAGING_CRASH,   /* gone; its connections are reset */
    ESS_AVERAGING_SILENCE, /* gone, and nobody is told */
    ESS_AVERAGING_RESET    /* the connection between rank and other breaks */
};

struct ess_averaging_fault {
    enum ess_averaging_fault_kind kind;
    uint32_t rank, other;
    uint64_t after_events; /* of `rank` */
};

struct ess_averaging_world {
    uint64_t seed; /* of the order of deliveries, and of the grid */
    uint32_t ranks;
    uint64_t elements;
    uint32_t side, dimensions, rounds, shuffle; /* settings; rounds 0: as many as dimensions */
    const float *values; /* ranks x elements, to begin with; NULL: small whole numbers */
    uint32_t fault_count;
    struct ess_averaging_fault faults[ESS_AVERAGING_FAULTS_MAX];
};

/* Shards of all lines and rounds: whole (all of a set of two or more adopt it), untouched (nobody
 * adopts a mean), short (as whole, but for members that died), torn (a live member does not adopt
 * the mean that it is counted in). */
struct ess_averaging_shards {
    uint64_t whole, untouched, shortened, torn;
    uint64_t torn_by_living; /* of these: with an owner that ended the round */
};

struct ess_averaging_outcome {
    char violation[256]; /* empty: none */
    uint32_t completed, died;
    uint32_t rounds;
    uint64_t events[ESS_AVERAGING_RANKS_MAX];
    uint64_t sends[ESS_AVERAGING_RANKS_MAX]; /* transfers that finished */
    uint64_t sent_bytes[ESS_AVERAGING_RANKS_MAX];
    int64_t end_ns; /* when the last one completed */
    struct ess_averaging_shards shards;
    /* Vectors before the first round and after each: [round x ranks + rank] x elements. Whose rank
     * had not ended a round has NaN there. */
    float *history;
};

/* Run until nothing is left to happen. The caller frees outcome->history. */
void ess_averaging_run(
    const struct ess_averaging_world *world, struct ess_averaging_outcome *outcome);

/* A vector in the history. */
const float *ess_averaging_vector(const struct ess_averaging_world *world,
    const struct ess_averaging_outcome *outcome, uint32_t round, uint32_t rank);

#endif
