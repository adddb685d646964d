/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_FRONT_H
#define ESS_SIM_ENGINE_FRONT_H

/* The earliest entries of the event queue, in order: a sorted run that was loaded at once and is
 * read from its beginning, and a 4-ary heap of entries that were added since and belong among it.
 * The first of all is the first of one or the other. */

#include "sim/engine/chain.h"
#include "sim/engine/slots.h"

struct ess_front {
    struct ess_arena *arena;
    struct ess_entry *run; /* ascending; run_at .. run_end are left */
    size_t run_at, run_end, run_capacity;
    struct ess_entry *spare; /* as large as the run: what merging needs */
    struct ess_entry *heap;
    size_t heap_size, heap_capacity;
};

void ess_front_init(struct ess_front *front, struct ess_arena *arena);

/* Add one entry. O(log(heap)). */
void ess_front_add(struct ess_front *front, const struct ess_entry *entry);

/* Replace the run, which must have been read to its end, by the chain's entries, sorted, and clear
 * the chain. O(n log n); O(n) where they are in order already, as those of one instant mostly are.
 */
void ess_front_load(struct ess_front *front, struct ess_chain *chain, struct ess_chain_pool *pool);

/* Move everything to the end of a chain. O(n). */
void ess_front_unload(
    struct ess_front *front, struct ess_chain *chain, struct ess_chain_pool *pool);

/* Forget dead entries. O(n log n), O(n) where the heap is small. */
void ess_front_sweep(struct ess_front *front, const struct ess_slots *slots);

/* Take the first of the heap away. O(log(heap)). */
void ess_front_drop_heap_first(struct ess_front *front);

static inline size_t ess_front_size(const struct ess_front *front) {
    return front->run_end - front->run_at + front->heap_size;
}

/* Whether the first entry of a front that is not empty is the run's. */
static inline bool ess_front_first_is_in_run(const struct ess_front *front) {
    if (front->heap_size == 0) {
        return true;
    }
    return front->run_at < front->run_end &&
           ess_entry_before(&front->run[front->run_at], &front->heap[0]);
}

/* The first entry of a front that is not empty, valid until the next change. O(1). */
static inline const struct ess_entry *ess_front_first(const struct ess_front *front) {
    return ess_front_first_is_in_run(front) ? &front->run[front->run_at] : &front->heap[0];
}

/* Take that entry away. O(1) from the run. */
static inline void ess_front_drop(struct ess_front *front) {
    if (ess_front_first_is_in_run(front)) {
        front->run_at++;
    } else {
        ess_front_drop_heap_first(front);
    }
}

#endif
