/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/queue.h"
#include <assert.h>

#define MOST_EVENTS ((uint32_t)1 << 31)
#define SEQUENCE_BITS 56
/* Fewer dead entries than this are not worth a sweep. */
#define FEW_DEAD 64

uint64_t ess_queue_next_order(struct ess_queue *queue, uint8_t class) {
    uint64_t sequence = queue->next_sequence++;
    assert(sequence >> SEQUENCE_BITS == 0);
    return (uint64_t) class << SEQUENCE_BITS | sequence;
}

/* Put an entry for a slot's event where it is due. */
static void enter(struct ess_queue *queue, uint32_t slot) {
    struct ess_slot *item = &queue->slots.items[slot];
    item->entry_time_ns = item->time_ns;
    item->entry_order = item->order;
    const struct ess_entry entry = {item->time_ns, item->order, slot};
    ess_ladder_add(&queue->ladder, &entry);
}

static void count_dead(struct ess_queue *queue) {
    queue->dead++;
    if (queue->dead > FEW_DEAD && queue->dead > queue->size) {
        ess_ladder_sweep(&queue->ladder, &queue->slots);
        queue->dead = 0;
    }
}

/* The slot of the first event, whose entry then is the ladder's first; NULL when empty. Entries
 * that come up dead are dropped, and those of events moved to later put right. */
static struct ess_slot *first_event(struct ess_queue *queue, uint32_t *slot) {
    if (queue->size == 0) {
        return NULL;
    }
    for (;;) {
        const struct ess_entry *entry = ess_ladder_first(&queue->ladder, &queue->slots);
        assert(entry != NULL);
        *slot = entry->slot;
        struct ess_slot *item = &queue->slots.items[*slot];
        if (item->order == entry->order) {
            return item;
        }
        bool moved = item->entry_order == entry->order;
        ess_ladder_drop(&queue->ladder);
        if (moved) {
            enter(queue, *slot);
        } else {
            queue->dead--;
        }
    }
}

void ess_queue_init(struct ess_queue *queue, struct ess_arena *arena) {
    *queue = (struct ess_queue){.arena = arena};
    ess_slots_init(&queue->slots);
    ess_ladder_init(&queue->ladder, arena);
}

ess_event_id ess_queue_schedule(struct ess_queue *queue, int64_t time_ns, uint8_t class,
    uint32_t handler, uint32_t subject, uint64_t argument) {
    assert(queue->size < MOST_EVENTS);
    uint32_t slot = ess_slots_take(&queue->slots, queue->arena);
    struct ess_slot *item = &queue->slots.items[slot];
    item->time_ns = time_ns;
    item->order = ess_queue_next_order(queue, class);
    item->handler = handler;
    item->subject = subject;
    item->argument = argument;
    queue->size++;
    enter(queue, slot);
    return (ess_event_id)item->generation << 32 | slot;
}

bool ess_queue_is_pending(const struct ess_queue *queue, ess_event_id id) {
    return ess_slots_knows(&queue->slots, id);
}

bool ess_queue_cancel(struct ess_queue *queue, ess_event_id id) {
    if (!ess_queue_is_pending(queue, id)) {
        queue->stale_ids++;
        return false;
    }
    ess_slots_release(&queue->slots, ess_slot_of(id));
    queue->size--;
    count_dead(queue);
    return true;
}

bool ess_queue_reschedule(struct ess_queue *queue, ess_event_id id, int64_t time_ns) {
    if (!ess_queue_is_pending(queue, id)) {
        queue->stale_ids++;
        return false;
    }
    uint32_t slot = ess_slot_of(id);
    struct ess_slot *item = &queue->slots.items[slot];
    item->order = ess_queue_next_order(queue, ess_order_class(item->order));
    item->time_ns = time_ns;
    if (time_ns < item->entry_time_ns) {
        enter(queue, slot);
        count_dead(queue);
    }
    return true;
}

int64_t ess_queue_time_of(const struct ess_queue *queue, ess_event_id id) {
    if (!ess_queue_is_pending(queue, id)) {
        return INT64_MAX;
    }
    return queue->slots.items[ess_slot_of(id)].time_ns;
}

bool ess_queue_peek(struct ess_queue *queue, struct ess_entry *first) {
    const struct ess_slot *item = first_event(queue, &first->slot);
    if (item == NULL) {
        return false;
    }
    first->time_ns = item->time_ns;
    first->order = item->order;
    return true;
}

void ess_queue_take(
    struct ess_queue *queue, const struct ess_entry *first, struct ess_queued_event *event) {
    const struct ess_slot *item = &queue->slots.items[first->slot];
    assert(item->order == first->order);
    *event = (struct ess_queued_event){
        .time_ns = item->time_ns,
        .argument = item->argument,
        .sequence = item->order & (((uint64_t)1 << SEQUENCE_BITS) - 1),
        .handler = item->handler,
        .subject = item->subject,
        .class = ess_order_class(item->order),
    };
    ess_ladder_drop(&queue->ladder);
    ess_slots_release(&queue->slots, first->slot);
    queue->size--;
}

bool ess_queue_pop(struct ess_queue *queue, struct ess_queued_event *event) {
    struct ess_entry first;
    if (!ess_queue_peek(queue, &first)) {
        return false;
    }
    ess_queue_take(queue, &first, event);
    return true;
}
