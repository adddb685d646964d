/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_LADDER_H
#define ESS_SIM_ENGINE_LADDER_H

/* A priority queue of entries that sorts as late as it can: a ladder queue (Tang, Goh and Thng,
 * "Ladder queue: an O(1) priority queue structure for large-scale discrete event simulation", ACM
 * TOMACS 15(3), 2005), with these differences: the bottom is a sorted run beside a heap instead of
 * a sorted list, a bucket's width is a power of two nanoseconds, and rungs span exactly the entries
 * that they were made for.
 *
 *     time ->   front: in order | rung 2: buckets | rung 1: buckets | rung 0: buckets | top
 *
 * What is latest lies unsorted in `top`. When all earlier ones have gone, top is dealt into the
 * buckets of a rung by time; a bucket that comes up and is small is sorted into the front; one that
 * is large is dealt into a rung of its own, inside the first. Each entry so moves a few times,
 * always through memory in sequence, whatever the number that waits.
 *
 * The invariants: the front holds exactly the entries up to front_last_ns; rung i holds entries up
 * to its last_ns, which falls from rung 0 inwards, and none before its bucket `next`; top holds the
 * rest. An entry belongs to the innermost part that reaches to its time.
 *
 * Cost, amortised: a rung's buckets are 1/8 or less of the width that it divides, so that 64 bits
 * of time cannot nest deeper than MOST_RUNGS allows but for odd orders of use, where a bucket is
 * then sorted whatever its size: O(log n) an entry at worst (one instant with many entries is a run
 * sorted at once, by merging, O(n) where it was added in order); O(1) for usual distributions. */

#include "sim/engine/front.h"

enum { ESS_LADDER_MOST_RUNGS = 24 };

struct ess_rung {
    struct ess_chain *buckets;
    int64_t start_ns, last_ns; /* of the first and of the last bucket, inclusive */
    uint32_t shift;            /* a bucket is 2^shift ns wide */
    uint32_t next;             /* the first bucket that may hold something */
    uint32_t count;            /* entries in all buckets */
};

struct ess_ladder {
    struct ess_front front;
    int64_t front_last_ns;
    uint32_t depth; /* rungs in use, the outermost first */
    struct ess_chain top;
    struct ess_chain_pool pool;
    struct ess_rung rungs[ESS_LADDER_MOST_RUNGS];
};

/* An empty ladder whose memory lives in `arena`: 24 bytes an entry in blocks of 21, a bucket 24. */
void ess_ladder_init(struct ess_ladder *ladder, struct ess_arena *arena);

/* Add an entry; dead ones are allowed. Any time is accepted. */
void ess_ladder_add(struct ess_ladder *ladder, const struct ess_entry *entry);

/* Bring the next entries into the front, which is empty; false when there are none. What they
 * carry is prefetched. */
bool ess_ladder_refill(struct ess_ladder *ladder, const struct ess_slots *slots);

/* Forget all dead entries. O(n). */
void ess_ladder_sweep(struct ess_ladder *ladder, const struct ess_slots *slots);

/* The first entry, NULL when there is none; valid until the next change. */
static inline const struct ess_entry *ess_ladder_first(
    struct ess_ladder *ladder, const struct ess_slots *slots) {
    if (ess_front_size(&ladder->front) == 0 && !ess_ladder_refill(ladder, slots)) {
        return NULL;
    }
    return ess_front_first(&ladder->front);
}

/* Take the entry that ess_ladder_first returned away. */
static inline void ess_ladder_drop(struct ess_ladder *ladder) {
    ess_front_drop(&ladder->front);
}

#endif
