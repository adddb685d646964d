/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_QUEUE_H
#define ESS_SIM_ENGINE_QUEUE_H

/* THE TOTAL ORDER OF EVENTS: (time, class, sequence).
 *
 * Earlier simulated time first. At one instant the lower class first (classes are numbered by the
 * owner, 0..255, so that for instance arrivals precede deadlines). In one class, in the order in
 * which the events were scheduled: the sequence number counts schedulings, and rescheduling an
 * event counts as scheduling it anew. No two events compare equal, so a run never depends on the
 * shape of the heap.
 *
 * A 4-ary heap. Keys (16 bytes) lie in one array, arranged so that four siblings share a cache
 * line; what an event carries lies apart and is touched once when scheduled and once when popped.
 * An id is slot + generation: after its event ran or was cancelled it is stale, and using it is a
 * counted no-op. (An id would come alive again after its slot was reused 2^32 times.) Nothing is
 * allocated per event: slots are reused, arrays grow geometrically: 48 bytes an event at capacity.
 * At most 2^31 events may be pending. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ess_arena;

/* Names a scheduled event; ESS_EVENT_NONE names none and is always stale. */
typedef uint64_t ess_event_id;
#define ESS_EVENT_NONE ((ess_event_id)0)

struct ess_queued_event {
    int64_t time_ns;
    uint64_t argument;
    uint64_t sequence; /* below 2^56 */
    uint32_t handler;  /* the owner's kind of event */
    uint32_t subject;  /* index of what it is about */
    uint8_t class;
};

struct ess_queue_key {
    uint64_t order; /* class in the upper 8 bits, sequence below */
    int64_t time_ns;
};

struct ess_queue_slot {
    uint64_t argument;
    uint32_t handler;
    uint32_t subject;
    uint32_t generation; /* of the id that is or will be given out; never 0 */
};

struct ess_queue {
    struct ess_arena *arena;
    struct ess_queue_key *keys;   /* the heap; the root is at index 3 */
    uint32_t *heap_slots;         /* the slot of each key */
    uint32_t *positions;          /* by slot: index of its key; of a free slot: the next free one */
    struct ess_queue_slot *slots; /* by slot */
    size_t capacity;              /* events that fit without growing */
    uint32_t size;                /* events pending */
    uint32_t slots_used;          /* slots ever used */
    uint32_t free_slot;           /* head of the free list, UINT32_MAX when empty */
    uint64_t next_sequence;
    uint64_t stale_ids; /* cancellations and reschedulings of stale ids */
};

/* An empty queue whose arrays live in `arena` (and end with it: there is nothing to finish). */
void ess_queue_init(struct ess_queue *queue, struct ess_arena *arena);

/* Add an event. O(log n), O(1) when later than most. Any time is accepted, also negative ones. */
ess_event_id ess_queue_schedule(struct ess_queue *queue, int64_t time_ns, uint8_t class,
    uint32_t handler, uint32_t subject, uint64_t argument);

/* Remove a pending event. False, counted, when the id is stale. O(log n). */
bool ess_queue_cancel(struct ess_queue *queue, ess_event_id id);

/* Move a pending event to another time, with a new sequence number; the id stays. False, counted,
 * when the id is stale. O(log n). */
bool ess_queue_reschedule(struct ess_queue *queue, ess_event_id id, int64_t time_ns);

/* Whether the id's event is still to come. O(1). */
bool ess_queue_is_pending(const struct ess_queue *queue, ess_event_id id);

/* The time of a pending event, INT64_MAX for a stale id (not counted). O(1). */
int64_t ess_queue_time_of(const struct ess_queue *queue, ess_event_id id);

/* Time and class of the first event; false when empty. O(1). */
bool ess_queue_peek(const struct ess_queue *queue, int64_t *time_ns, uint8_t *class);

/* Take the first event; false when empty. O(log n). */
bool ess_queue_pop(struct ess_queue *queue, struct ess_queued_event *event);

#endif
