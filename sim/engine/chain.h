/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_CHAIN_H
#define ESS_SIM_ENGINE_CHAIN_H

/* Unsorted entries in the order in which they were added, in linked blocks of one size that a pool
 * lends and takes back: many chains grow and shrink and nothing is allocated once the pool is as
 * large as the most entries that ever waited. All blocks of a chain but the last are full. */

#include "sim/engine/entry.h"
#include <stddef.h>

struct ess_arena;

enum { ESS_CHAIN_BLOCK_ENTRIES = 21 }; /* a block is then 512 bytes */

struct ess_chain_block {
    struct ess_chain_block *next;
    struct ess_entry entries[ESS_CHAIN_BLOCK_ENTRIES];
};

struct ess_chain {
    struct ess_chain_block *first, *last;
    uint32_t in_last; /* entries of the last block */
    uint32_t count;   /* entries of all */
};

struct ess_chain_pool {
    struct ess_arena *arena;
    struct ess_chain_block *free;
    size_t blocks; /* ever made */
};

/* Link a block to the chain's end, which is full. Amortised O(1). */
void ess_chain_grow(struct ess_chain *chain, struct ess_chain_pool *pool);

static inline void ess_chain_add(
    struct ess_chain *chain, struct ess_chain_pool *pool, const struct ess_entry *entry) {
    if (chain->count == 0 || chain->in_last == ESS_CHAIN_BLOCK_ENTRIES) {
        ess_chain_grow(chain, pool);
    }
    chain->last->entries[chain->in_last++] = *entry;
    chain->count++;
}

/* How many entries of `block`, one of the chain's, are in use. */
static inline uint32_t ess_chain_in_block(
    const struct ess_chain *chain, const struct ess_chain_block *block) {
    return block == chain->last ? chain->in_last : ESS_CHAIN_BLOCK_ENTRIES;
}

/* Give all blocks of a chain back to the pool and leave it empty. O(1). */
void ess_chain_clear(struct ess_chain *chain, struct ess_chain_pool *pool);

/* The earliest and the latest time of a chain that is not empty. O(count). */
void ess_chain_bounds(const struct ess_chain *chain, int64_t *earliest_ns, int64_t *latest_ns);

#endif
