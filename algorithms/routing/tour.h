/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_TOUR_H
#define ESS_ROUTING_TOUR_H

/* Search for good closed tours over the members of a group: what the ring orders `sum` and
 * `bottleneck` have in common.
 *
 * Hops cost seconds a byte, the same in both directions. The search is 2-opt and Or-opt (segments
 * of up to three) on lists of near neighbours with a queue of members worth a look, then rounds of
 * kicks: a double bridge within a short window, repaired by the same search, and taken back where
 * the tour is not better for it. With a `limit`, hops that cost more are *bad* and cost
 * ESS_TOUR_BAD beside, and the members at a bad hop look at everybody instead of their near
 * neighbours; rotations (tour_rotate.c) get rid of bad hops that no such move mends.
 *
 * Sources: Lin, Bell Syst. Tech. J. 44, 1965 (2-opt); Or, 1976 (Or-opt); Bentley, ORSA J. Comput.
 * 4(4), 1992 (neighbour lists, queue); Martin, Otto, Felten, Complex Systems 5, 1991 (kicks). */

#include "routing/matrix.h"

#define ESS_TOUR_NEAR 8          /* length of a list of near neighbours */
#define ESS_TOUR_LOG 4096        /* reversals that can be taken back */
#define ESS_TOUR_UNREACHABLE 1e3 /* s a byte: finite, so that a search gets out of it */
#define ESS_TOUR_BAD 1.0         /* s a byte: more than any tour of usable hops costs */

/* What a hop costs. */
struct ess_tour_costs {
    const struct ess_pair_matrix *matrix;
    double unknown_s_per_byte; /* where nothing is known of a pair */
    double part_bytes;         /* a delay counts as spread over so many bytes; 0: not at all */
    bool worse;                /* of two directions the worse one, else their mean */
};

/* From one matrix index to another, and alike in both directions. O(1). */
double ess_tour_hop(const struct ess_tour_costs *costs, uint32_t from, uint32_t to);
double ess_tour_hop_both(const struct ess_tour_costs *costs, uint32_t a, uint32_t b);

/* A tour in work. Members are known by their place in `members`: "nodes" 0 .. count - 1. */
struct ess_tour {
    struct ess_tour_costs costs;
    uint32_t count;
    double limit;    /* hops that cost more are bad; ESS_TOUR_UNREACHABLE: none is */
    uint64_t work;   /* looks at a pair so far */
    uint32_t logged; /* reversals since the last mark */
    bool guarded;    /* stop improving rather than lose the way back */
    uint32_t queued, queue_head;
    uint32_t *members; /* [count] matrix indexes */
    uint32_t *nodes;   /* [count] by place in the tour */
    uint32_t *places;  /* [count] by node */
    uint32_t *near;    /* [count * ESS_TOUR_NEAR] by node, made when first asked for */
    uint32_t *queue;   /* [count] */
    uint32_t *log;     /* [2 * ESS_TOUR_LOG] */
    uint8_t *flags;    /* [count] by node */
    double *cache;     /* [count^2] costs, or NULL: worked out each time */
};

/* Bytes of scratch for `count` members, with or without the cache of costs. */
size_t ess_tour_bytes(uint32_t count, bool cached);

/* Begin with the members as they stand in `order`. Scratch is aligned as a double and kept. O(n),
 * with a cache O(n^2). */
void ess_tour_init(struct ess_tour *tour, const struct ess_tour_costs *costs, const uint32_t *order,
    uint32_t count, bool cached, void *scratch);

/* Write the tour back as matrix indexes. O(n). */
void ess_tour_read(const struct ess_tour *tour, uint32_t *order);

/* Cost of a hop between nodes, with what a bad one costs beside, and without. */
double ess_tour_cost(struct ess_tour *tour, uint32_t a, uint32_t b);
double ess_tour_plain_cost(struct ess_tour *tour, uint32_t a, uint32_t b);

/* The node after and before another. */
uint32_t ess_tour_next(const struct ess_tour *tour, uint32_t node);
uint32_t ess_tour_before(const struct ess_tour *tour, uint32_t node);

/* Near neighbours of a node, nearest first; their number is at most ESS_TOUR_NEAR. */
const uint32_t *ess_tour_near(struct ess_tour *tour, uint32_t node, uint32_t *number);

/* The cost of the dearest hop, and how many hops are bad. O(n). */
double ess_tour_dearest(struct ess_tour *tour);
uint32_t ess_tour_bad_hops(struct ess_tour *tour);

/* Replace the hops (a, b) and (c, d) by (a, c) and (b, d), where b follows a and d follows c, in
 * one or the other direction. Logged. O(n) at worst, the shorter side is reversed. */
void ess_tour_exchange(struct ess_tour *tour, uint32_t a, uint32_t b, uint32_t c, uint32_t d);

/* Mark a state; whether another move can be logged; go back to the mark. */
void ess_tour_mark(struct ess_tour *tour);
bool ess_tour_can_log(const struct ess_tour *tour);
void ess_tour_take_back(struct ess_tour *tour);

/* Queue a node for a look. */
void ess_tour_queue(struct ess_tour *tour, uint32_t node);

/* Start from the nearest neighbour each time, from node 0. O(n^2). */
void ess_tour_nearest(struct ess_tour *tour);

/* Improve until the queue is empty or `work_max` is reached. Returns what was gained. */
double ess_tour_improve(struct ess_tour *tour, uint64_t work_max);

/* Kick and improve, `kicks` times or until `work_max`; with a limit, until no hop is bad (that is
 * asked only where there were some). */
void ess_tour_kick(struct ess_tour *tour, uint64_t kicks, uint64_t work_max);

/* Get rid of bad hops by rotations: a ring without a bad hop (a, b) is a path; join its end a to
 * any c by a good hop, drop the hop from c to d beside it, and the path ends in d. Walk so at
 * random, from either end, until the ends can be joined by a good hop; `steps_max` at most, then
 * everything is taken back and another walk begins, `walks` in all. Returns how many hops are still
 * bad. O(n) a step. Source: Posa, Discrete Math. 14, 1976. */
uint32_t ess_tour_rotate(
    struct ess_tour *tour, uint32_t walks, uint32_t steps_max, uint64_t work_max);

#endif
