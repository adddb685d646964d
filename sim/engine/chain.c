/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/chain.h"
#include "sim/engine/arena.h"

/* The pool grows by a quarter at a time, within these. */
enum { LEAST_BLOCKS = 32, MOST_BLOCKS = 2048 };

static void fill_pool(struct ess_chain_pool *pool) {
    size_t count = pool->blocks / 4;
    count = count < LEAST_BLOCKS ? LEAST_BLOCKS : count;
    count = count > MOST_BLOCKS ? MOST_BLOCKS : count;
    struct ess_chain_block *blocks = ess_arena_resize(pool->arena, NULL, 0, count, sizeof *blocks);
    for (size_t i = count; i-- > 0;) {
        blocks[i].next = pool->free;
        pool->free = &blocks[i];
    }
    pool->blocks += count;
}

void ess_chain_grow(struct ess_chain *chain, struct ess_chain_pool *pool) {
    if (pool->free == NULL) {
        fill_pool(pool);
    }
    struct ess_chain_block *block = pool->free;
    pool->free = block->next;
    block->next = NULL;
    if (chain->count == 0) {
        chain->first = block;
    } else {
        chain->last->next = block;
    }
    chain->last = block;
    chain->in_last = 0;
}

void ess_chain_clear(struct ess_chain *chain, struct ess_chain_pool *pool) {
    if (chain->count > 0) {
        chain->last->next = pool->free;
        pool->free = chain->first;
    }
    *chain = (struct ess_chain){0};
}

void ess_chain_bounds(const struct ess_chain *chain, int64_t *earliest_ns, int64_t *latest_ns) {
    int64_t earliest = chain->first->entries[0].time_ns, latest = earliest;
    for (const struct ess_chain_block *block = chain->first; block != NULL; block = block->next) {
        uint32_t count = ess_chain_in_block(chain, block);
        for (uint32_t i = 0; i < count; i++) {
            int64_t time_ns = block->entries[i].time_ns;
            earliest = time_ns < earliest ? time_ns : earliest;
            latest = time_ns > latest ? time_ns : latest;
        }
    }
    *earliest_ns = earliest;
    *latest_ns = latest;
}
