/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_PAIR_TABLE_H
#define ESS_MODELS_NETWORK_PAIR_TABLE_H

/* From an ordered pair of hosts to a dense number: the pairs that have met, in the order in which
 * they did. Open addressing with linear probing, at most half full: O(1) a look-up. */

#include <stddef.h>
#include <stdint.h>

struct ess_arena;

struct ess_pair_slot {
    uint32_t from, to;
    uint32_t number; /* and 1; 0: the slot is free */
};

struct ess_pair_table {
    struct ess_pair_slot *slots;
    size_t size; /* a power of two */
    uint32_t count;
};

/* The number of (from, to), or UINT32_MAX. */
uint32_t ess_pair_table_find(const struct ess_pair_table *table, uint32_t from, uint32_t to);

/* Give (from, to), which is not there yet, the next number; returns it. */
uint32_t ess_pair_table_add(
    struct ess_pair_table *table, struct ess_arena *arena, uint32_t from, uint32_t to);

#endif
