/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/queue.h"
#include "sim/engine/arena.h"
#include <assert.h>

/* With the root at 3, the children of p are 4p - 8 .. 4p - 5: they begin at a multiple of 4 keys,
 * that is, at a cache line. */
#define ROOT ((size_t)3)
#define NO_SLOT UINT32_MAX
#define MOST_EVENTS ((size_t)1 << 31)
#define SEQUENCE_BITS 56

static size_t parent_of(size_t position) {
    return position / 4 + 2;
}

static size_t first_child_of(size_t position) {
    return 4 * position - 8;
}

static size_t end_of_heap(const struct ess_queue *queue) {
    return ROOT + queue->size;
}

/* Written without a branch, which could not be predicted. */
static bool before(const struct ess_queue_key *a, const struct ess_queue_key *b) {
    return (a->time_ns < b->time_ns) | ((a->time_ns == b->time_ns) & (a->order < b->order));
}

static void place(
    struct ess_queue *queue, size_t position, struct ess_queue_key key, uint32_t slot) {
    queue->keys[position] = key;
    queue->heap_slots[position] = slot;
    queue->positions[slot] = (uint32_t)position;
}

static void move(struct ess_queue *queue, size_t from, size_t to) {
    place(queue, to, queue->keys[from], queue->heap_slots[from]);
}

/* Put a key in at a hole, lifting it past every later ancestor. */
static void sift_up(struct ess_queue *queue, size_t hole, struct ess_queue_key key, uint32_t slot) {
    while (hole > ROOT && before(&key, &queue->keys[parent_of(hole)])) {
        move(queue, parent_of(hole), hole);
        hole = parent_of(hole);
    }
    place(queue, hole, key, slot);
}

/* Of the children from `first`, of which at least one exists, the earliest. */
static size_t earliest_child(const struct ess_queue *queue, size_t first) {
    const struct ess_queue_key *keys = queue->keys;
    size_t end = end_of_heap(queue);
    if (first + 4 <= end) {
        size_t left = first + before(&keys[first + 1], &keys[first]);
        size_t right = first + 2 + before(&keys[first + 3], &keys[first + 2]);
        return before(&keys[right], &keys[left]) ? right : left;
    }
    size_t earliest = first;
    for (size_t child = first + 1; child < end; child++) {
        earliest = before(&keys[child], &keys[earliest]) ? child : earliest;
    }
    return earliest;
}

/* Put a key in at a hole anywhere: the hole sinks to a leaf, where a key taken from the end of the
 * heap mostly belongs, and the key rises from there, past the old hole if it is early. */
static void fill(struct ess_queue *queue, size_t hole, struct ess_queue_key key, uint32_t slot) {
    size_t first = first_child_of(hole);
    while (first < end_of_heap(queue)) {
        size_t child = earliest_child(queue, first);
        move(queue, child, hole);
        hole = child;
        first = first_child_of(hole);
    }
    sift_up(queue, hole, key, slot);
}

static void remove_at(struct ess_queue *queue, size_t position) {
    queue->size--;
    size_t last = end_of_heap(queue);
    if (position != last) {
        fill(queue, position, queue->keys[last], queue->heap_slots[last]);
    }
}

static void grow(struct ess_queue *queue) {
    size_t old = queue->capacity;
    size_t new = ess_arena_next_capacity(old, old + 1);
    struct ess_arena *arena = queue->arena;
    size_t old_heap = old == 0 ? 0 : old + ROOT;
    queue->keys = ess_arena_resize(arena, queue->keys, old_heap, new + ROOT, sizeof *queue->keys);
    queue->heap_slots =
        ess_arena_resize(arena, queue->heap_slots, old_heap, new + ROOT, sizeof *queue->heap_slots);
    queue->positions =
        ess_arena_resize(arena, queue->positions, old, new, sizeof *queue->positions);
    queue->slots = ess_arena_resize(arena, queue->slots, old, new, sizeof *queue->slots);
    queue->capacity = new;
}

static uint32_t take_slot(struct ess_queue *queue) {
    uint32_t slot = queue->free_slot;
    if (slot != NO_SLOT) {
        queue->free_slot = queue->positions[slot];
        return slot;
    }
    slot = queue->slots_used++;
    queue->slots[slot].generation = 1;
    return slot;
}

static void release_slot(struct ess_queue *queue, uint32_t slot) {
    uint32_t next_generation = queue->slots[slot].generation + 1;
    queue->slots[slot].generation = next_generation == 0 ? 1 : next_generation;
    queue->positions[slot] = queue->free_slot;
    queue->free_slot = slot;
}

static struct ess_queue_key next_key(struct ess_queue *queue, int64_t time_ns, uint8_t class) {
    uint64_t sequence = queue->next_sequence++;
    assert(sequence >> SEQUENCE_BITS == 0);
    return (struct ess_queue_key){(uint64_t) class << SEQUENCE_BITS | sequence, time_ns};
}

static uint8_t class_of(struct ess_queue_key key) {
    return (uint8_t)(key.order >> SEQUENCE_BITS);
}

static uint32_t slot_of(ess_event_id id) {
    return (uint32_t)(id & UINT32_MAX);
}

void ess_queue_init(struct ess_queue *queue, struct ess_arena *arena) {
    *queue = (struct ess_queue){.arena = arena, .free_slot = NO_SLOT};
}

ess_event_id ess_queue_schedule(struct ess_queue *queue, int64_t time_ns, uint8_t class,
    uint32_t handler, uint32_t subject, uint64_t argument) {
    if (queue->size == queue->capacity) {
        assert(queue->size < MOST_EVENTS);
        grow(queue);
    }
    uint32_t slot = take_slot(queue);
    struct ess_queue_slot *content = &queue->slots[slot];
    content->handler = handler;
    content->subject = subject;
    content->argument = argument;
    queue->size++;
    sift_up(queue, end_of_heap(queue) - 1, next_key(queue, time_ns, class), slot);
    return (ess_event_id)content->generation << 32 | slot;
}

bool ess_queue_is_pending(const struct ess_queue *queue, ess_event_id id) {
    uint32_t slot = slot_of(id);
    return slot < queue->slots_used && queue->slots[slot].generation == id >> 32;
}

bool ess_queue_cancel(struct ess_queue *queue, ess_event_id id) {
    if (!ess_queue_is_pending(queue, id)) {
        queue->stale_ids++;
        return false;
    }
    uint32_t slot = slot_of(id);
    remove_at(queue, queue->positions[slot]);
    release_slot(queue, slot);
    return true;
}

bool ess_queue_reschedule(struct ess_queue *queue, ess_event_id id, int64_t time_ns) {
    if (!ess_queue_is_pending(queue, id)) {
        queue->stale_ids++;
        return false;
    }
    uint32_t slot = slot_of(id);
    size_t position = queue->positions[slot];
    struct ess_queue_key old = queue->keys[position];
    struct ess_queue_key key = next_key(queue, time_ns, class_of(old));
    if (before(&key, &old)) {
        sift_up(queue, position, key, slot);
    } else {
        fill(queue, position, key, slot);
    }
    return true;
}

int64_t ess_queue_time_of(const struct ess_queue *queue, ess_event_id id) {
    if (!ess_queue_is_pending(queue, id)) {
        return INT64_MAX;
    }
    return queue->keys[queue->positions[slot_of(id)]].time_ns;
}

bool ess_queue_peek(const struct ess_queue *queue, int64_t *time_ns, uint8_t *class) {
    if (queue->size == 0) {
        return false;
    }
    *time_ns = queue->keys[ROOT].time_ns;
    *class = class_of(queue->keys[ROOT]);
    return true;
}

bool ess_queue_pop(struct ess_queue *queue, struct ess_queued_event *event) {
    if (queue->size == 0) {
        return false;
    }
    struct ess_queue_key key = queue->keys[ROOT];
    uint32_t slot = queue->heap_slots[ROOT];
    const struct ess_queue_slot *content = &queue->slots[slot];
    *event = (struct ess_queued_event){
        .time_ns = key.time_ns,
        .argument = content->argument,
        .sequence = key.order & (((uint64_t)1 << SEQUENCE_BITS) - 1),
        .handler = content->handler,
        .subject = content->subject,
        .class = class_of(key),
    };
    remove_at(queue, ROOT);
    release_slot(queue, slot);
    return true;
}
