/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/pair_table.h"

#include <string.h>

#include "sim/engine/arena.h"

/* The slot that holds the key, or the free one where it belongs. */
static size_t slot_of(const struct ess_pair_table *table, uint64_t key) {
    size_t slot = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (table->size - 1);
    while (table->numbers[slot] && table->keys[slot] != key) {
        slot = (slot + 1) & (table->size - 1);
    }
    return slot;
}

static void grow(struct ess_pair_table *table, struct ess_arena *arena) {
    struct ess_pair_table old = *table;
    table->size = old.size ? 2 * old.size : 64;
    table->keys = ess_arena_resize(arena, NULL, 0, table->size, sizeof *table->keys);
    table->numbers = ess_arena_resize(arena, NULL, 0, table->size, sizeof *table->numbers);
    for (size_t i = 0; i < old.size; i++) {
        if (old.numbers[i]) {
            size_t slot = slot_of(table, old.keys[i]);
            table->keys[slot] = old.keys[i];
            table->numbers[slot] = old.numbers[i];
        }
    }
    ess_arena_resize(arena, old.keys, old.size, 0, sizeof *old.keys);
    ess_arena_resize(arena, old.numbers, old.size, 0, sizeof *old.numbers);
}

uint32_t ess_pair_table_find(const struct ess_pair_table *table, uint32_t from, uint32_t to) {
    if (table->size == 0) {
        return UINT32_MAX;
    }
    return table->numbers[slot_of(table, (uint64_t)from << 32 | to)] - 1;
}

uint32_t ess_pair_table_add(
    struct ess_pair_table *table, struct ess_arena *arena, uint32_t from, uint32_t to) {
    uint64_t key = (uint64_t)from << 32 | to;
    size_t slot;
    if (2 * (size_t)table->count + 2 > table->size) {
        grow(table, arena);
    }
    slot = slot_of(table, key);
    table->keys[slot] = key;
    table->numbers[slot] = ++table->count;
    return table->count - 1;
}
