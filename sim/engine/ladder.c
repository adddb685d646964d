/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/ladder.h"
#include "sim/engine/arena.h"
#include <assert.h>

enum {
    RUN_MOST = 48,       /* entries that are sorted at once rather than dealt out */
    BUCKET_ENTRIES = 12, /* entries a bucket should get */
    LEAST_BUCKETS_BITS = 4,
    MOST_BUCKETS_BITS = 9,
    HEAP_MOST = 64 /* entries added to the front before it is dealt out again */
};

void ess_ladder_init(struct ess_ladder *ladder, struct ess_arena *arena) {
    *ladder = (struct ess_ladder){.front_last_ns = INT64_MIN, .pool = {.arena = arena}};
    ess_front_init(&ladder->front, arena);
}

/* Differences of times may exceed the signed range. */
static uint64_t span(int64_t from_ns, int64_t to_ns) {
    return (uint64_t)to_ns - (uint64_t)from_ns;
}

/* ---- making rungs --------------------------------------------------------------------------- */

static uint32_t bucket_bits(uint32_t count) {
    uint32_t bits = LEAST_BUCKETS_BITS;
    while (bits < MOST_BUCKETS_BITS && count / BUCKET_ENTRIES >> (bits + 1) > 0) {
        bits++;
    }
    return bits;
}

/* The least shift that leaves a span `bits` bits. */
static uint32_t shift_for(uint64_t wide, uint32_t bits) {
    uint32_t shift = 0;
    while (wide >> shift >> bits > 0) {
        shift++;
    }
    return shift;
}

static void rung_add(
    struct ess_ladder *ladder, struct ess_rung *rung, const struct ess_entry *entry) {
    uint64_t bucket = span(rung->start_ns, entry->time_ns) >> rung->shift;
    assert(bucket >= rung->next && bucket < (uint64_t)1 << MOST_BUCKETS_BITS);
    ess_chain_add(&rung->buckets[bucket], &ladder->pool, entry);
    rung->count++;
}

/* Deal a chain, emptied, into a new innermost rung from start_ns to last_ns. */
static void deal(
    struct ess_ladder *ladder, struct ess_chain *chain, int64_t start_ns, int64_t last_ns) {
    struct ess_rung *rung = &ladder->rungs[ladder->depth++];
    if (rung->buckets == NULL) {
        rung->buckets = ess_arena_allocate(
            ladder->pool.arena, (size_t)1 << MOST_BUCKETS_BITS, sizeof *rung->buckets);
    }
    rung->start_ns = start_ns;
    rung->last_ns = last_ns;
    rung->shift = shift_for(span(start_ns, last_ns), bucket_bits(chain->count));
    rung->next = 0;
    rung->count = 0;
    for (const struct ess_chain_block *block = chain->first; block != NULL; block = block->next) {
        uint32_t count = ess_chain_in_block(chain, block);
        for (uint32_t i = 0; i < count; i++) {
            rung_add(ladder, rung, &block->entries[i]);
        }
    }
    ess_chain_clear(chain, &ladder->pool);
    ladder->front_last_ns = start_ns - 1;
}

/* ---- adding --------------------------------------------------------------------------------- */

/* Deal the front out again when much was added to it, as when it reaches far into the future
 * because little was waiting. Only when as many were added as the run holds: they pay for it. */
static void relieve_front(struct ess_ladder *ladder) {
    struct ess_front *front = &ladder->front;
    if (front->heap_size < HEAP_MOST || 2 * front->heap_size < ess_front_size(front) ||
        ladder->depth == ESS_LADDER_MOST_RUNGS) {
        return;
    }
    int64_t first_ns = ess_front_first(front)->time_ns;
    if (first_ns == ladder->front_last_ns || first_ns == INT64_MIN) {
        return;
    }
    struct ess_chain chain = {0};
    ess_front_unload(front, &chain, &ladder->pool);
    deal(ladder, &chain, first_ns, ladder->front_last_ns);
}

void ess_ladder_add(struct ess_ladder *ladder, const struct ess_entry *entry) {
    if (entry->time_ns <= ladder->front_last_ns) {
        ess_front_add(&ladder->front, entry);
        relieve_front(ladder);
        return;
    }
    for (uint32_t i = ladder->depth; i-- > 0;) {
        if (entry->time_ns <= ladder->rungs[i].last_ns) {
            rung_add(ladder, &ladder->rungs[i], entry);
            return;
        }
    }
    ess_chain_add(&ladder->top, &ladder->pool, entry);
}

/* ---- taking --------------------------------------------------------------------------------- */

/* Sort a chain into the front, which is empty. */
static void load_front(struct ess_ladder *ladder, struct ess_chain *chain) {
    struct ess_front *front = &ladder->front;
    ess_front_load(front, chain, &ladder->pool);
    ladder->front_last_ns = front->run[front->run_end - 1].time_ns;
}

/* The same, or deal it out where it holds much and not all of one instant; both empty it. */
static void open_chain(struct ess_ladder *ladder, struct ess_chain *chain) {
    if (chain->count <= RUN_MOST || ladder->depth == ESS_LADDER_MOST_RUNGS) {
        load_front(ladder, chain);
        return;
    }
    int64_t earliest_ns, latest_ns;
    ess_chain_bounds(chain, &earliest_ns, &latest_ns);
    if (earliest_ns == latest_ns) {
        load_front(ladder, chain);
        return;
    }
    deal(ladder, chain, earliest_ns, latest_ns);
}

/* Open the first bucket of the innermost rung, or take the rung, which is empty, away. */
static void open_rung(struct ess_ladder *ladder) {
    struct ess_rung *rung = &ladder->rungs[ladder->depth - 1];
    if (rung->count == 0) {
        ladder->front_last_ns = rung->last_ns;
        ladder->depth--;
        return;
    }
    while (rung->buckets[rung->next].count == 0) {
        rung->next++;
    }
    struct ess_chain *bucket = &rung->buckets[rung->next];
    rung->count -= bucket->count;
    open_chain(ladder, bucket);
}

bool ess_ladder_refill(struct ess_ladder *ladder, const struct ess_slots *slots) {
    const struct ess_front *front = &ladder->front;
    while (ess_front_size(front) == 0) {
        if (ladder->depth > 0) {
            open_rung(ladder);
        } else if (ladder->top.count > 0) {
            open_chain(ladder, &ladder->top);
        } else {
            return false;
        }
    }
    size_t few = front->run_end < RUN_MOST ? front->run_end : RUN_MOST;
    for (size_t i = 0; i < few; i++) {
        __builtin_prefetch(&slots->items[front->run[i].slot]);
    }
    return true;
}

/* ---- dead entries --------------------------------------------------------------------------- */

static void sweep_chain(
    struct ess_ladder *ladder, struct ess_chain *chain, const struct ess_slots *slots) {
    struct ess_chain old = *chain;
    *chain = (struct ess_chain){0};
    for (const struct ess_chain_block *block = old.first; block != NULL; block = block->next) {
        uint32_t count = ess_chain_in_block(&old, block);
        for (uint32_t i = 0; i < count; i++) {
            if (ess_slots_is_live(slots, &block->entries[i])) {
                ess_chain_add(chain, &ladder->pool, &block->entries[i]);
            }
        }
    }
    ess_chain_clear(&old, &ladder->pool);
}

static void sweep_rung(
    struct ess_ladder *ladder, struct ess_rung *rung, const struct ess_slots *slots) {
    uint32_t left = rung->count;
    rung->count = 0;
    for (uint32_t i = rung->next; left > 0; i++) {
        left -= rung->buckets[i].count;
        sweep_chain(ladder, &rung->buckets[i], slots);
        rung->count += rung->buckets[i].count;
    }
}

void ess_ladder_sweep(struct ess_ladder *ladder, const struct ess_slots *slots) {
    ess_front_sweep(&ladder->front, slots);
    for (uint32_t i = 0; i < ladder->depth; i++) {
        sweep_rung(ladder, &ladder->rungs[i], slots);
    }
    sweep_chain(ladder, &ladder->top, slots);
}
