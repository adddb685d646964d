/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/slots.h"
#include "sim/engine/arena.h"

void ess_slots_init(struct ess_slots *slots) {
    *slots = (struct ess_slots){.free = ESS_SLOT_NONE};
}

uint32_t ess_slots_add(struct ess_slots *slots, struct ess_arena *arena) {
    slots->items = ess_arena_reserve(
        arena, slots->items, &slots->capacity, (size_t)slots->used + 1, sizeof *slots->items);
    uint32_t slot = slots->used++;
    slots->items[slot].generation = 1;
    return slot;
}
