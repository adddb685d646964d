/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"
#include "ess_test.h"
#include "sim/engine/arena.h"
#include "sim/engine/queue.h"
#include <string.h>

/* The reference: all pending events in a sorted array. It is told nothing but the order as queue.h
 * states it, and keeps its own count of schedulings. */
enum { REFERENCE_MOST = 4096 };
struct reference_event {
    struct ess_queued_event event;
    ess_event_id id;
};
struct reference {
    struct reference_event events[REFERENCE_MOST];
    size_t size;
    uint64_t next_sequence;
};

static int precedes(const struct ess_queued_event *a, const struct ess_queued_event *b) {
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns;
    }
    if (a->class != b->class) {
        return a->class < b->class;
    }
    return a->sequence < b->sequence;
}

static void reference_insert(struct reference *reference, struct reference_event new) {
    new.event.sequence = reference->next_sequence++;
    size_t at = reference->size++;
    while (at > 0 && precedes(&new.event, &reference->events[at - 1].event)) {
        reference->events[at] = reference->events[at - 1];
        at--;
    }
    reference->events[at] = new;
}

static struct reference_event reference_remove(struct reference *reference, size_t at) {
    struct reference_event removed = reference->events[at];
    reference->size--;
    memmove(&reference->events[at], &reference->events[at + 1],
        (reference->size - at) * sizeof *reference->events);
    return removed;
}

static int same_event(const struct ess_queued_event *a, const struct ess_queued_event *b) {
    return a->time_ns == b->time_ns && a->class == b->class && a->sequence == b->sequence &&
           a->handler == b->handler && a->subject == b->subject && a->argument == b->argument;
}

/* A heap in order, with every position where its slot says. */
static int is_heap(const struct ess_queue *queue) {
    for (size_t p = 3; p < 3 + (size_t)queue->size; p++) {
        if (queue->positions[queue->heap_slots[p]] != p) {
            return 0;
        }
        const struct ess_queue_key *key = &queue->keys[p], *parent = &queue->keys[p / 4 + 2];
        if (p > 3 && (key->time_ns < parent->time_ns ||
                         (key->time_ns == parent->time_ns && key->order < parent->order))) {
            return 0;
        }
    }
    return 1;
}

struct trial {
    struct ess_random random;
    struct ess_queue queue;
    struct reference reference;
    ess_event_id stale[64]; /* ids whose events have gone */
    uint64_t stale_uses;
    uint64_t cancels, moves, pops;
    int64_t now_ns;
};

/* Few distinct times, so that most events tie. */
static int64_t draw_time(struct trial *trial) {
    return trial->now_ns + (int64_t)ess_random_below(&trial->random, 50);
}

static void do_schedule(struct trial *trial) {
    struct reference_event new = {.event = {
                                      .time_ns = draw_time(trial),
                                      .class = (uint8_t)ess_random_below(&trial->random, 3),
                                      .handler = ess_random_u32(&trial->random),
                                      .subject = ess_random_u32(&trial->random),
                                      .argument = ess_random_u64(&trial->random),
                                  }};
    new.id = ess_queue_schedule(&trial->queue, new.event.time_ns, new.event.class,
        new.event.handler, new.event.subject, new.event.argument);
    CU_ASSERT(ess_queue_is_pending(&trial->queue, new.id));
    reference_insert(&trial->reference, new);
}

static void note_stale(struct trial *trial, ess_event_id id) {
    CU_ASSERT_FALSE(ess_queue_is_pending(&trial->queue, id));
    CU_ASSERT_EQUAL(ess_queue_time_of(&trial->queue, id), INT64_MAX);
    trial->stale[ess_random_below(&trial->random, 64)] = id;
}

static void do_pop(struct trial *trial) {
    struct ess_queued_event event;
    int64_t time_ns;
    uint8_t class;
    bool peeked = ess_queue_peek(&trial->queue, &time_ns, &class);
    bool popped = ess_queue_pop(&trial->queue, &event);
    CU_ASSERT_EQUAL(popped, trial->reference.size > 0);
    CU_ASSERT_EQUAL(popped, peeked);
    if (!popped) {
        return;
    }
    CU_ASSERT_EQUAL(time_ns, event.time_ns);
    CU_ASSERT_EQUAL(class, event.class);
    struct reference_event expected = reference_remove(&trial->reference, 0);
    CU_ASSERT(same_event(&event, &expected.event));
    note_stale(trial, expected.id);
    trial->now_ns = event.time_ns;
    trial->pops++;
}

static void do_cancel(struct trial *trial) {
    if (trial->reference.size == 0) {
        return;
    }
    size_t at = (size_t)ess_random_below(&trial->random, trial->reference.size);
    ess_event_id id = reference_remove(&trial->reference, at).id;
    CU_ASSERT(ess_queue_cancel(&trial->queue, id));
    note_stale(trial, id);
    trial->cancels++;
}

static void do_reschedule(struct trial *trial) {
    if (trial->reference.size == 0) {
        return;
    }
    size_t at = (size_t)ess_random_below(&trial->random, trial->reference.size);
    struct reference_event moved = reference_remove(&trial->reference, at);
    moved.event.time_ns = draw_time(trial);
    CU_ASSERT(ess_queue_reschedule(&trial->queue, moved.id, moved.event.time_ns));
    CU_ASSERT_EQUAL(ess_queue_time_of(&trial->queue, moved.id), moved.event.time_ns);
    reference_insert(&trial->reference, moved);
    trial->moves++;
}

static void use_a_stale_id(struct trial *trial) {
    ess_event_id id = trial->stale[ess_random_below(&trial->random, 64)];
    bool done = ess_random_below(&trial->random, 2) == 0
                    ? ess_queue_cancel(&trial->queue, id)
                    : ess_queue_reschedule(&trial->queue, id, draw_time(trial));
    CU_ASSERT_FALSE(done);
    trial->stale_uses++;
}

/* Shares of the operations swing, so that the queue fills and runs empty many times. */
static void do_one(struct trial *trial, int operation) {
    bool filling = operation / 2500 % 2 == 0;
    uint64_t dice = ess_random_below(&trial->random, 100);
    if (dice < (filling ? 45U : 20U) && trial->reference.size < REFERENCE_MOST) {
        do_schedule(trial);
    } else if (dice < 60) {
        do_pop(trial);
    } else if (dice < 72) {
        do_cancel(trial);
    } else if (dice < 95) {
        do_reschedule(trial);
    } else {
        use_a_stale_id(trial);
    }
}

static void agrees_with_a_sorted_list(void) {
    enum { OPERATIONS = 100000 };
    static struct trial trial;
    struct ess_arena arena;
    size_t largest = 0;
    ess_arena_init(&arena, 0);
    ess_queue_init(&trial.queue, &arena);
    ess_random_init(&trial.random, 1, 0, "queue operations");
    for (int i = 0; i < OPERATIONS; i++) {
        do_one(&trial, i);
        CU_ASSERT_EQUAL(trial.queue.size, trial.reference.size);
        CU_ASSERT_EQUAL(trial.queue.stale_ids, trial.stale_uses);
        ESS_CHECK(i % 50 != 0 || is_heap(&trial.queue), "no heap after operation %d", i);
        largest = trial.reference.size > largest ? trial.reference.size : largest;
    }
    while (trial.reference.size > 0) {
        do_pop(&trial);
    }
    do_pop(&trial);
    ess_test_note("100,000 operations: %llu pops, %llu cancels, %llu moves, %llu stale ids, %zu "
                  "pending at most",
        (unsigned long long)trial.pops, (unsigned long long)trial.cancels,
        (unsigned long long)trial.moves, (unsigned long long)trial.stale_uses, largest);
    ess_arena_fini(&arena);
}

static void order_is_time_class_sequence(void) {
    struct ess_arena arena;
    struct ess_queue queue;
    ess_arena_init(&arena, 0);
    ess_queue_init(&queue, &arena);
    ess_queue_schedule(&queue, 5, 1, 0, 4, 0);
    ess_queue_schedule(&queue, 5, 0, 0, 2, 0);
    ess_event_id moved = ess_queue_schedule(&queue, 5, 0, 0, 3, 0);
    ess_queue_schedule(&queue, INT64_MAX, 0, 0, 7, 0);
    ess_queue_schedule(&queue, 5, 255, 0, 6, 0);
    ess_queue_schedule(&queue, -5, 255, 0, 0, 0);
    ess_queue_schedule(&queue, 4, 9, 0, 1, 0);
    ess_queue_schedule(&queue, 5, 1, 0, 5, 0);
    /* Rescheduling to the same time counts as scheduling anew, last of its class. */
    ess_queue_schedule(&queue, 5, 0, 0, 2, 1);
    ess_queue_reschedule(&queue, moved, 5);
    static const uint32_t expected[] = {0, 1, 2, 2, 3, 4, 5, 6, 7};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct ess_queued_event event;
        CU_ASSERT(ess_queue_pop(&queue, &event));
        CU_ASSERT_EQUAL(event.subject, expected[i]);
    }
    ess_arena_fini(&arena);
}

/* The hold model: pop one, schedule one. Nothing may grow, however long it goes on. */
static void steady_state_allocates_nothing(void) {
    struct ess_arena arena;
    struct ess_queue queue;
    struct ess_random random_stream;
    ess_arena_init(&arena, 0);
    ess_queue_init(&queue, &arena);
    ess_random_init(&random_stream, 2, 0, "hold");
    for (uint32_t i = 0; i < 5000; i++) {
        ess_queue_schedule(&queue, (int64_t)ess_random_below(&random_stream, 1000), 0, 0, i, 0);
    }
    size_t capacity = queue.capacity;
    uint64_t bytes = ess_arena_bytes(&arena);
    uint32_t slots = queue.slots_used;
    for (int i = 0; i < 300000; i++) {
        struct ess_queued_event event;
        ess_queue_pop(&queue, &event);
        int64_t later = event.time_ns + (int64_t)ess_random_below(&random_stream, 1000);
        ess_event_id id = ess_queue_schedule(&queue, later, 0, 0, event.subject, 0);
        ess_queue_cancel(&queue, id);
        ess_queue_schedule(&queue, later, 0, 0, event.subject, 0);
    }
    CU_ASSERT_EQUAL(queue.size, 5000);
    CU_ASSERT_EQUAL(queue.capacity, capacity);
    CU_ASSERT_EQUAL(queue.slots_used, slots);
    CU_ASSERT_EQUAL(ess_arena_bytes(&arena), bytes);
    ess_arena_fini(&arena);
}

/* A slot's generation passes through 2^32 without ever giving the id that means none. */
static void generations_wrap_past_zero(void) {
    struct ess_arena arena;
    struct ess_queue queue;
    ess_arena_init(&arena, 0);
    ess_queue_init(&queue, &arena);
    ess_event_id first = ess_queue_schedule(&queue, 0, 0, 0, 0, 0);
    queue.slots[0].generation = UINT32_MAX;
    CU_ASSERT(ess_queue_cancel(&queue, (ess_event_id)UINT32_MAX << 32));
    ess_event_id again = ess_queue_schedule(&queue, 0, 0, 0, 0, 0);
    CU_ASSERT_NOT_EQUAL(again, ESS_EVENT_NONE);
    CU_ASSERT_EQUAL(again, first);
    CU_ASSERT_FALSE(ess_queue_cancel(&queue, ESS_EVENT_NONE));
    CU_ASSERT_EQUAL(queue.stale_ids, 1);
    ess_arena_fini(&arena);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"agrees with a sorted list", agrees_with_a_sorted_list},
        {"order is time, class, sequence", order_is_time_class_sequence},
        {"a steady state allocates nothing", steady_state_allocates_nothing},
        {"generations wrap past zero", generations_wrap_past_zero},
        {NULL, NULL},
    };
    return ess_test_main("queue", tests);
}
