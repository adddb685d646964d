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

/* ---- what the parts of the queue promise each other (ladder.h) --------------------------------*/

static int in_order(const struct ess_front *front, int64_t last_ns) {
    for (size_t i = front->run_at; i < front->run_end; i++) {
        if (front->run[i].time_ns > last_ns ||
            (i > front->run_at && !ess_entry_before(&front->run[i - 1], &front->run[i]))) {
            return 0;
        }
    }
    for (size_t i = 0; i < front->heap_size; i++) {
        if (front->heap[i].time_ns > last_ns ||
            (i > 0 && !ess_entry_before(&front->heap[(i - 1) / 4], &front->heap[i]))) {
            return 0;
        }
    }
    return 1;
}

/* Whether all times of a chain are after `after_ns` and in the bucket of that number. */
static int chain_is_within(
    const struct ess_chain *chain, int64_t after_ns, const struct ess_rung *rung, uint64_t bucket) {
    uint32_t count = 0;
    for (const struct ess_chain_block *block = chain->first; block != NULL; block = block->next) {
        for (uint32_t i = 0; i < ess_chain_in_block(chain, block); i++, count++) {
            int64_t time_ns = block->entries[i].time_ns;
            if (time_ns <= after_ns) {
                return 0;
            }
            if (rung != NULL &&
                (time_ns > rung->last_ns ||
                    ((uint64_t)time_ns - (uint64_t)rung->start_ns) >> rung->shift != bucket)) {
                return 0;
            }
        }
    }
    return count == chain->count;
}

static int is_sound(const struct ess_queue *queue) {
    const struct ess_ladder *ladder = &queue->ladder;
    int64_t after_ns = ladder->front_last_ns;
    size_t entries = ess_front_size(&ladder->front) + ladder->top.count;
    if (!in_order(&ladder->front, after_ns)) {
        return 0;
    }
    for (uint32_t i = ladder->depth; i-- > 0;) {
        const struct ess_rung *rung = &ladder->rungs[i];
        uint32_t count = 0;
        for (uint64_t bucket = 0; bucket < 512; bucket++) {
            const struct ess_chain *chain = &rung->buckets[bucket];
            if ((bucket < rung->next && chain->count > 0) ||
                !chain_is_within(chain, after_ns, rung, bucket)) {
                return 0;
            }
            count += chain->count;
        }
        if (count != rung->count) {
            return 0;
        }
        entries += count;
        after_ns = rung->last_ns > after_ns ? rung->last_ns : after_ns;
    }
    return chain_is_within(&ladder->top, after_ns, NULL, 0) &&
           entries == queue->size + queue->dead && queue->dead <= queue->size + 64;
}

/* ---- the trial --------------------------------------------------------------------------------*/

/* How the times of new events lie. */
enum shape {
    FEW_TIMES, /* most events tie */
    ONE_TIME,  /* all at the present instant */
    ANY_SCALE, /* from nanoseconds to centuries ahead */
    CLUSTERS,  /* close together, around few instants far apart */
    BACKWARDS, /* each earlier than the one before */
    ANY_TIME,  /* anywhere in 64 bits, also before what was taken */
    WATCHDOGS, /* nearly all soon, a few very late */
    SHAPES
};
static const char *const shape_names[SHAPES] = {
    "few times", "one time", "any scale", "clusters", "backwards", "any time", "watchdogs"};

struct trial {
    enum shape shape;
    struct ess_random random;
    struct ess_queue queue;
    struct reference reference;
    ess_event_id stale[64]; /* ids whose events have gone */
    uint64_t stale_uses;
    uint64_t cancels, moves, pops;
    int64_t now_ns;
};

static int64_t draw_time(struct trial *trial) {
    struct ess_random *random = &trial->random;
    int64_t now_ns = trial->now_ns;
    switch (trial->shape) {
    case ONE_TIME:
        return now_ns;
    case ANY_SCALE:
        return now_ns / 2 + (int64_t)(ess_random_u64(random) >> (2 + ess_random_below(random, 62)));
    case CLUSTERS:
        return (int64_t)ess_random_below(random, 5) * INT64_C(1000000000000000) +
               (int64_t)ess_random_below(random, 3000);
    case BACKWARDS:
        return -(int64_t)trial->reference.next_sequence;
    case ANY_TIME:
        return (int64_t)ess_random_u64(random);
    case WATCHDOGS:
        return now_ns + (ess_random_below(random, 50) == 0
                                ? INT64_C(43200000000000)
                                : (int64_t)ess_random_below(random, 100000));
    default:
        return now_ns + (int64_t)ess_random_below(random, 50);
    }
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
    struct ess_entry first;
    bool peeked = ess_queue_peek(&trial->queue, &first);
    bool popped = ess_queue_pop(&trial->queue, &event);
    CU_ASSERT_EQUAL(popped, trial->reference.size > 0);
    CU_ASSERT_EQUAL(popped, peeked);
    if (!popped) {
        return;
    }
    CU_ASSERT_EQUAL(first.time_ns, event.time_ns);
    CU_ASSERT_EQUAL(ess_order_class(first.order), event.class);
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
    bool filling = operation / 10000 % 2 == 0;
    uint64_t dice = ess_random_below(&trial->random, 100);
    if (dice < (filling ? 55U : 20U) && trial->reference.size < REFERENCE_MOST) {
        do_schedule(trial);
    } else if (dice < (filling ? 62U : 60U)) {
        do_pop(trial);
    } else if (dice < 72) {
        do_cancel(trial);
    } else if (dice < 95) {
        do_reschedule(trial);
    } else {
        use_a_stale_id(trial);
    }
}

static void agrees_for(enum shape shape) {
    enum { OPERATIONS = 60000 };
    static struct trial trial;
    struct ess_arena arena;
    size_t largest = 0;
    trial = (struct trial){.shape = shape};
    ess_arena_init(&arena, 0);
    ess_queue_init(&trial.queue, &arena);
    ess_random_init(&trial.random, 1, 0, "queue operations");
    for (int i = 0; i < OPERATIONS; i++) {
        do_one(&trial, i);
        CU_ASSERT_EQUAL(trial.queue.size, trial.reference.size);
        CU_ASSERT_EQUAL(trial.queue.stale_ids, trial.stale_uses);
        ESS_CHECK(i % 200 != 0 || is_sound(&trial.queue), "%s: not sound after operation %d",
            shape_names[shape], i);
        largest = trial.reference.size > largest ? trial.reference.size : largest;
    }
    while (trial.reference.size > 0) {
        do_pop(&trial);
    }
    do_pop(&trial);
    ess_test_note("%s: %d operations: %llu pops, %llu cancels, %llu moves, %llu stale ids, %zu "
                  "pending at most",
        shape_names[shape], OPERATIONS, (unsigned long long)trial.pops,
        (unsigned long long)trial.cancels, (unsigned long long)trial.moves,
        (unsigned long long)trial.stale_uses, largest);
    ess_arena_fini(&arena);
}

static void agrees_with_a_sorted_list(void) {
    for (enum shape shape = 0; shape < SHAPES; shape++) {
        agrees_for(shape);
    }
}

/* Far more than the sorted list can follow: what comes out ascends and is complete. */
static void many_events_come_out_in_order(void) {
    enum { MANY = 200000 };
    static struct trial trial;
    for (enum shape shape = 0; shape < SHAPES; shape++) {
        struct ess_arena arena;
        struct ess_queued_event event, before = {.time_ns = INT64_MIN};
        uint64_t subjects = 0;
        trial = (struct trial){.shape = shape};
        ess_arena_init(&arena, 0);
        ess_queue_init(&trial.queue, &arena);
        ess_random_init(&trial.random, 3, 0, "many");
        for (uint32_t i = 0; i < MANY; i++) {
            ess_queue_schedule(&trial.queue, draw_time(&trial), (uint8_t)(i % 5 == 0), 0, i, 0);
            trial.reference.next_sequence++;
        }
        for (uint32_t i = 0; i < MANY; i++) {
            CU_ASSERT(ess_queue_pop(&trial.queue, &event));
            CU_ASSERT(i == 0 || precedes(&before, &event));
            ESS_CHECK(i % 50000 != 0 || is_sound(&trial.queue), "not sound after %u", i);
            subjects += event.subject;
            before = event;
        }
        CU_ASSERT_FALSE(ess_queue_pop(&trial.queue, &event));
        CU_ASSERT_EQUAL(subjects, (uint64_t)MANY * (MANY - 1) / 2);
        ess_arena_fini(&arena);
    }
}

static size_t entries_of(const struct ess_queue *queue) {
    return queue->size + queue->dead;
}

/* What is cancelled or moved leaves no more behind than what is pending. */
static void dead_entries_are_swept_out(void) {
    struct ess_arena arena;
    struct ess_queue queue;
    struct ess_queued_event event;
    ess_event_id ids[1000];
    ess_arena_init(&arena, 0);
    ess_queue_init(&queue, &arena);
    for (uint32_t i = 0; i < 1000; i++) {
        ids[i] = ess_queue_schedule(&queue, INT64_C(1) << 60, 0, 0, i, 0);
    }
    for (int64_t earlier = 1; earlier <= 300; earlier++) {
        for (uint32_t i = 0; i < 1000; i++) {
            CU_ASSERT(ess_queue_reschedule(&queue, ids[i], (INT64_C(1) << 60) - earlier));
        }
        CU_ASSERT(entries_of(&queue) <= 2064);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        CU_ASSERT(i == 500 || ess_queue_cancel(&queue, ids[i]));
    }
    CU_ASSERT(entries_of(&queue) <= 66);
    CU_ASSERT(is_sound(&queue));
    CU_ASSERT(ess_queue_pop(&queue, &event));
    CU_ASSERT_EQUAL(event.subject, 500);
    CU_ASSERT_FALSE(ess_queue_pop(&queue, &event));
    ess_arena_fini(&arena);
}

/* A deadline that is put off each time something happens, as those of detectors are: no entry more,
 * and it comes when it was last put to. */
static void putting_off_leaves_nothing_behind(void) {
    struct ess_arena arena;
    struct ess_queue queue;
    struct ess_queued_event event;
    ess_arena_init(&arena, 0);
    ess_queue_init(&queue, &arena);
    ess_event_id deadline = ess_queue_schedule(&queue, 10, 3, 7, 8, 9);
    for (int64_t now_ns = 0; now_ns < 100000; now_ns++) {
        ess_queue_schedule(&queue, now_ns, 0, 1, 0, 0);
        CU_ASSERT(ess_queue_pop(&queue, &event));
        CU_ASSERT_EQUAL(event.handler, 1);
        CU_ASSERT(ess_queue_reschedule(&queue, deadline, now_ns + 10));
        CU_ASSERT_EQUAL(entries_of(&queue), 1);
    }
    CU_ASSERT(ess_queue_pop(&queue, &event));
    CU_ASSERT_EQUAL(event.time_ns, 100009);
    CU_ASSERT_EQUAL(event.class, 3);
    CU_ASSERT_EQUAL(event.argument, 9);
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

static void hold(struct ess_queue *queue, struct ess_random *random, int operations) {
    for (int i = 0; i < operations; i++) {
        struct ess_queued_event event;
        ess_queue_pop(queue, &event);
        int64_t later = event.time_ns + (int64_t)ess_random_below(random, 1000);
        ess_event_id id = ess_queue_schedule(queue, later, 0, 0, event.subject, 0);
        ess_queue_cancel(queue, id);
        ess_queue_schedule(queue, later, 0, 0, event.subject, 0);
    }
}

/* The hold model: pop one, schedule one. Once the most that were ever waiting at once have had
 * their place nothing may grow, however long it goes on. */
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
    hold(&queue, &random_stream, 50000);
    size_t capacity = queue.slots.capacity;
    uint64_t bytes = ess_arena_bytes(&arena);
    uint32_t slots = queue.slots.used;
    hold(&queue, &random_stream, 300000);
    CU_ASSERT_EQUAL(queue.size, 5000);
    CU_ASSERT_EQUAL(queue.slots.capacity, capacity);
    CU_ASSERT_EQUAL(queue.slots.used, slots);
    CU_ASSERT_EQUAL(ess_arena_bytes(&arena), bytes);
    ess_test_note("5,000 pending: %llu bytes", (unsigned long long)bytes);
    ess_arena_fini(&arena);
}

/* A slot's generation passes through 2^32 without ever giving the id that means none. */
static void generations_wrap_past_zero(void) {
    struct ess_arena arena;
    struct ess_queue queue;
    ess_arena_init(&arena, 0);
    ess_queue_init(&queue, &arena);
    ess_event_id first = ess_queue_schedule(&queue, 0, 0, 0, 0, 0);
    queue.slots.items[0].generation = UINT32_MAX;
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
        {"many events come out in order", many_events_come_out_in_order},
        {"dead entries are swept out", dead_entries_are_swept_out},
        {"putting off leaves nothing behind", putting_off_leaves_nothing_behind},
        {"order is time, class, sequence", order_is_time_class_sequence},
        {"a steady state allocates nothing", steady_state_allocates_nothing},
        {"generations wrap past zero", generations_wrap_past_zero},
        {NULL, NULL},
    };
    return ess_test_main("queue", tests);
}
