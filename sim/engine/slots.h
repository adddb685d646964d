/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_SLOTS_H
#define ESS_SIM_ENGINE_SLOTS_H

/* What pending events carry, found by id in O(1).
 *
 * An id is slot + generation: after its event ran or was cancelled it is stale. (It would come
 * alive again after its slot was reused 2^32 times.) Slots are reused, the last released first.
 *
 * An event's entry in the queue need not be where the event is due: when an event is moved to later
 * its entry stays, and is put where it belongs when it comes up; when an event is cancelled or
 * moved to earlier its entry is left behind, dead. `entry_order` tells which: an entry whose order
 * is not its slot's `entry_order` is dead. Orders are never used twice. */

#include "sim/engine/entry.h"
#include <stddef.h>

struct ess_arena;

/* Names a scheduled event; ESS_EVENT_NONE names none and is always stale. */
typedef uint64_t ess_event_id;
#define ESS_EVENT_NONE ((ess_event_id)0)

/* No slot, and the order of no entry. */
#define ESS_SLOT_NONE UINT32_MAX
#define ESS_ORDER_NONE UINT64_MAX

struct ess_slot {
    int64_t time_ns; /* when and in which order the event is due */
    uint64_t order;
    int64_t entry_time_ns; /* where its entry is: not later than that */
    uint64_t entry_order;
    uint64_t argument;
    uint32_t handler;
    uint32_t subject;    /* of a free slot: the next free one */
    uint32_t generation; /* of the id that is or will be given out; never 0 */
};

struct ess_slots {
    struct ess_slot *items;
    size_t capacity;
    uint32_t used; /* slots ever used */
    uint32_t free; /* head of the free list, ESS_SLOT_NONE when empty */
};

void ess_slots_init(struct ess_slots *slots);

/* A slot that was never used. The array may move. Amortised O(1). */
uint32_t ess_slots_add(struct ess_slots *slots, struct ess_arena *arena);

/* A slot to fill in, its generation set. The array may move. Amortised O(1). */
static inline uint32_t ess_slots_take(struct ess_slots *slots, struct ess_arena *arena) {
    uint32_t slot = slots->free;
    if (slot == ESS_SLOT_NONE) {
        return ess_slots_add(slots, arena);
    }
    slots->free = slots->items[slot].subject;
    return slot;
}

/* Make the slot's id stale, its entry dead, and the slot free. O(1). */
static inline void ess_slots_release(struct ess_slots *slots, uint32_t slot) {
    struct ess_slot *item = &slots->items[slot];
    uint32_t next_generation = item->generation + 1;
    item->generation = next_generation == 0 ? 1 : next_generation;
    item->order = ESS_ORDER_NONE;
    item->entry_order = ESS_ORDER_NONE;
    item->subject = slots->free;
    slots->free = slot;
}

static inline uint32_t ess_slot_of(ess_event_id id) {
    return (uint32_t)(id & UINT32_MAX);
}

static inline bool ess_slots_knows(const struct ess_slots *slots, ess_event_id id) {
    uint32_t slot = ess_slot_of(id);
    return slot < slots->used && slots->items[slot].generation == id >> 32;
}

static inline bool ess_slots_is_live(const struct ess_slots *slots, const struct ess_entry *entry) {
    return slots->items[entry->slot].entry_order == entry->order;
}

#endif
