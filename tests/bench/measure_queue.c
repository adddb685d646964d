/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hold model: with N events pending, take the first and schedule another an exponential time
 * later; nanoseconds for the two together.
 *
 *     measure_queue essaim|heap|calendar|indexed PENDING OPERATIONS
 *
 * essaim: sim/engine/queue.h, a ladder queue with ids that cancel and move events. The others are
 * what else was tried. heap: a plain binary heap of whole records. calendar: a calendar queue
 * (R. Brown, CACM 31(10), 1988). These two carry the same fields in the same order of events, but
 * give no ids, so they can cancel nothing: less work than ours. indexed: a 4-ary heap of keys that
 * keeps each event's place, as cancelling at once needs; it was ours before. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "sim/engine/arena.h"
#include "sim/engine/queue.h"

/* ---- the plain binary heap --------------------------------------------------------------------
 */

struct record {
    int64_t time_ns;
    uint64_t order;
    uint64_t argument;
    uint32_t handler, subject;
};

static bool before(const struct record *a, const struct record *b) {
    return a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->order < b->order);
}

struct heap {
    struct record *items; /* [1] is the root */
    size_t size;
};

static void heap_push(struct heap *heap, const struct record *record) {
    size_t hole = ++heap->size;
    while (hole > 1 && before(record, &heap->items[hole / 2])) {
        heap->items[hole] = heap->items[hole / 2];
        hole /= 2;
    }
    heap->items[hole] = *record;
}

static struct record heap_pop(struct heap *heap) {
    struct record first = heap->items[1];
    const struct record *last = &heap->items[heap->size--];
    size_t hole = 1, child = 2;
    while (child <= heap->size) {
        if (child < heap->size && before(&heap->items[child + 1], &heap->items[child])) {
            child++;
        }
        if (!before(&heap->items[child], last)) {
            break;
        }
        heap->items[hole] = heap->items[child];
        hole = child;
        child = 2 * hole;
    }
    heap->items[hole] = *last;
    return first;
}

/* ---- the indexed heap -------------------------------------------------------------------------
 */

struct key {
    int64_t time_ns;
    uint64_t order;
};

struct indexed {
    struct key *keys; /* [0] is the root */
    uint32_t *slots;  /* of each key */
    uint32_t *places; /* by slot: of its key */
    struct record *records;
    size_t size;
};

static bool key_before(const struct key *a, const struct key *b) {
    return (a->time_ns < b->time_ns) | ((a->time_ns == b->time_ns) & (a->order < b->order));
}

static void indexed_place(struct indexed *heap, size_t place, struct key key, uint32_t slot) {
    heap->keys[place] = key;
    heap->slots[place] = slot;
    heap->places[slot] = (uint32_t)place;
}

static void indexed_push(struct indexed *heap, struct key key, uint32_t slot) {
    size_t hole = heap->size++;
    while (hole > 0 && key_before(&key, &heap->keys[(hole - 1) / 4])) {
        indexed_place(heap, hole, heap->keys[(hole - 1) / 4], heap->slots[(hole - 1) / 4]);
        hole = (hole - 1) / 4;
    }
    indexed_place(heap, hole, key, slot);
}

/* The hole at the root sinks to a leaf, and the last key rises from there. */
static uint32_t indexed_pop(struct indexed *heap) {
    uint32_t first = heap->slots[0], last_slot = heap->slots[--heap->size];
    struct key last = heap->keys[heap->size];
    size_t hole = 0;
    for (size_t child = 1; child < heap->size; child = 4 * hole + 1) {
        size_t earliest = child, end = child + 4 < heap->size ? child + 4 : heap->size;
        while (++child < end) {
            earliest = key_before(&heap->keys[child], &heap->keys[earliest]) ? child : earliest;
        }
        indexed_place(heap, hole, heap->keys[earliest], heap->slots[earliest]);
        hole = earliest;
    }
    while (hole > 0 && key_before(&last, &heap->keys[(hole - 1) / 4])) {
        indexed_place(heap, hole, heap->keys[(hole - 1) / 4], heap->slots[(hole - 1) / 4]);
        hole = (hole - 1) / 4;
    }
    indexed_place(heap, hole, last, last_slot);
    return first;
}

/* ---- the calendar queue -----------------------------------------------------------------------
 */

struct node {
    struct record record;
    uint32_t next; /* index + 1; 0 is none */
};

struct calendar {
    struct node *nodes;
    uint32_t *days;   /* sorted lists */
    size_t day_count; /* a power of two */
    int64_t width_ns;
    int64_t today; /* number of the day that is looked at */
    uint32_t free_node;
};

static void calendar_insert(struct calendar *calendar, uint32_t node) {
    const struct record *record = &calendar->nodes[node - 1].record;
    size_t day = (size_t)(record->time_ns / calendar->width_ns) & (calendar->day_count - 1);
    uint32_t *place = &calendar->days[day];
    while (*place && before(&calendar->nodes[*place - 1].record, record)) {
        place = &calendar->nodes[*place - 1].next;
    }
    calendar->nodes[node - 1].next = *place;
    *place = node;
}

/* The first event. Some event lies within a year (day_count days): the times here see to that. */
static uint32_t calendar_take(struct calendar *calendar) {
    for (;; calendar->today++) {
        size_t day = (size_t)calendar->today & (calendar->day_count - 1);
        uint32_t node = calendar->days[day];
        if (node &&
            calendar->nodes[node - 1].record.time_ns / calendar->width_ns == calendar->today) {
            calendar->days[day] = calendar->nodes[node - 1].next;
            return node;
        }
    }
}

/* ---- the measurement --------------------------------------------------------------------------
 */

enum { DRAWS = 1 << 16 };
static const double mean_ns = 1e9;

/* Drawn beforehand, so that logarithms are not what is measured. */
static int64_t *draw_steps(struct ess_arena *arena) {
    int64_t *steps = ess_arena_allocate(arena, DRAWS, sizeof *steps);
    struct bench_random random = {42};
    for (size_t i = 0; i < DRAWS; i++) {
        steps[i] = 1 + (int64_t)(-mean_ns * log(1 - bench_random_unit(&random)));
    }
    return steps;
}

/* Exponentials picked at random (a cycle of fixed length would fall in step with the queue), and
 * spread over the 15 us between neighbours of the table, so that times hardly ever coincide. */
static int64_t next_step(const int64_t *steps, struct bench_random *random) {
    uint64_t drawn = bench_random_next(random);
    return steps[drawn & (DRAWS - 1)] + (int64_t)(drawn >> 50);
}

static double hold_essaim(
    struct ess_arena *arena, const int64_t *steps, size_t pending, size_t operations) {
    struct bench_random random = {1};
    struct ess_queue queue;
    struct ess_queued_event event;
    double begin_s;
    ess_queue_init(&queue, arena);
    for (size_t i = 0; i < pending; i++) {
        ess_queue_schedule(&queue, next_step(steps, &random), 0, 1, (uint32_t)i, 0);
    }
    begin_s = bench_now_s();
    for (size_t i = 0; i < operations; i++) {
        ess_queue_pop(&queue, &event);
        ess_queue_schedule(&queue, event.time_ns + next_step(steps, &random), 0, event.handler,
            event.subject, event.argument);
    }
    return bench_now_s() - begin_s;
}

static double hold_heap(
    struct ess_arena *arena, const int64_t *steps, size_t pending, size_t operations) {
    struct bench_random random = {1};
    struct heap heap = {.items = ess_arena_resize(arena, NULL, 0, pending + 1, sizeof *heap.items)};
    uint64_t order = 0;
    double begin_s;
    for (size_t i = 0; i < pending; i++) {
        struct record record = {next_step(steps, &random), order++, 0, 1, (uint32_t)i};
        heap_push(&heap, &record);
    }
    begin_s = bench_now_s();
    for (size_t i = 0; i < operations; i++) {
        struct record record = heap_pop(&heap);
        record.time_ns += next_step(steps, &random);
        record.order = order++;
        heap_push(&heap, &record);
    }
    return bench_now_s() - begin_s;
}

static double hold_calendar(
    struct ess_arena *arena, const int64_t *steps, size_t pending, size_t operations) {
    struct bench_random random = {1};
    struct calendar calendar = {.day_count = 1};
    uint64_t order = 0;
    double begin_s;
    while (calendar.day_count < pending) {
        calendar.day_count *= 2;
    }
    /* One event a day at the front: its best width here, which a real one has to find. */
    calendar.width_ns = (int64_t)(mean_ns / (double)pending) + 1;
    calendar.nodes = ess_arena_resize(arena, NULL, 0, pending, sizeof *calendar.nodes);
    calendar.days = ess_arena_resize(arena, NULL, 0, calendar.day_count, sizeof *calendar.days);
    for (uint32_t i = 0; i < pending; i++) {
        calendar.nodes[i].record = (struct record){next_step(steps, &random), order++, 0, 1, i};
        calendar_insert(&calendar, i + 1);
    }
    begin_s = bench_now_s();
    for (size_t i = 0; i < operations; i++) {
        uint32_t node = calendar_take(&calendar);
        calendar.nodes[node - 1].record.time_ns += next_step(steps, &random);
        calendar.nodes[node - 1].record.order = order++;
        calendar_insert(&calendar, node);
    }
    return bench_now_s() - begin_s;
}

static double hold_indexed(
    struct ess_arena *arena, const int64_t *steps, size_t pending, size_t operations) {
    struct bench_random random = {1};
    struct indexed heap = {0};
    uint64_t order = 0;
    double begin_s;
    heap.keys = ess_arena_resize(arena, NULL, 0, pending, sizeof *heap.keys);
    heap.slots = ess_arena_resize(arena, NULL, 0, pending, sizeof *heap.slots);
    heap.places = ess_arena_resize(arena, NULL, 0, pending, sizeof *heap.places);
    heap.records = ess_arena_resize(arena, NULL, 0, pending, sizeof *heap.records);
    for (uint32_t i = 0; i < pending; i++) {
        heap.records[i] = (struct record){next_step(steps, &random), order++, 0, 1, i};
        indexed_push(&heap, (struct key){heap.records[i].time_ns, heap.records[i].order}, i);
    }
    begin_s = bench_now_s();
    for (size_t i = 0; i < operations; i++) {
        uint32_t slot = indexed_pop(&heap);
        struct record *record = &heap.records[slot];
        record->time_ns += next_step(steps, &random);
        record->order = order++;
        indexed_push(&heap, (struct key){record->time_ns, record->order}, slot);
    }
    return bench_now_s() - begin_s;
}

int main(int argc, char **argv) {
    size_t pending = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
    size_t operations = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    struct bench_result result = {.operations = (double)operations};
    struct ess_arena arena;
    int64_t *steps;
    double elapsed_s;
    if (pending == 0 || pending > UINT32_MAX - 1 || operations == 0) {
        fprintf(stderr, "usage: measure_queue essaim|heap|calendar|indexed PENDING OPERATIONS\n");
        return 2;
    }
    ess_arena_init(&arena, 0);
    steps = draw_steps(&arena);
    if (strcmp(argv[1], "essaim") == 0) {
        elapsed_s = hold_essaim(&arena, steps, pending, operations);
    } else if (strcmp(argv[1], "heap") == 0) {
        elapsed_s = hold_heap(&arena, steps, pending, operations);
    } else if (strcmp(argv[1], "indexed") == 0) {
        elapsed_s = hold_indexed(&arena, steps, pending, operations);
    } else {
        elapsed_s = hold_calendar(&arena, steps, pending, operations);
    }
    result.value = 1e9 * elapsed_s / (double)operations;
    bench_print(&result);
    ess_arena_fini(&arena);
    return 0;
}
