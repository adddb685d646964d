/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/pair_table.h"

#include <string.h>

#include "sim/engine/arena.h"

/* The slot that holds the pair, or the free one where it belongs. */
static struct ess_pair_slot *slot_of(
    const struct ess_pair_table *table, uint32_t from, uint32_t to) {
    uint64_t key = (uint64_t)from << 32 | to;
    size_t at = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (table->size - 1);
    struct ess_pair_slot *slot = &table->slots[at];
    while (slot->number && (slot->from != from || slot->to != to)) {
        at = (at + 1) & (table->size - 1);
        slot = &table->slots[at];
    }
    return slot;
}

static void grow(struct ess_pair_table *table, struct ess_arena *arena) {
    struct ess_pair_table old = *table;
    table->size = old.size ? 2 * old.size : 64;
    table->slots = ess_arena_resize(arena, NULL, 0, table->size, sizeof *table->slots);
    for (size_t i = 0; i < old.size; i++) {
        if (old.slots[i].number) {
            *slot_of(table, old.slots[i].from, old.slots[i].to) = old.slots[i];
        }
    }
    ess_arena_resize(arena, old.slots, old.size, 0, sizeof *old.slots);
}

uint32_t ess_pair_table_find(const struct ess_pair_table *table, uint32_t from, uint32_t to) {
    if (table->size == 0) {
        return UINT32_MAX;
    }
    return slot_of(table, from, to)->number - 1;
}

uint32_t ess_pair_table_add(
    struct ess_pair_table *table, struct ess_arena *arena, uint32_t from, uint32_t to) {
    if (2 * (size_t)table->count + 2 > table->size) {
        grow(table, arena);
    }
    *slot_of(table, from, to) = (struct ess_pair_slot){from, to, ++table->count};
    return table->count - 1;
}
