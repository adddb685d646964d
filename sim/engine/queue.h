/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_QUEUE_H
#define ESS_SIM_ENGINE_QUEUE_H

/* THE TOTAL ORDER OF EVENTS: (time, class, sequence).
 *
 * Earlier simulated time first. At one instant the lower class first (classes are numbered by the
 * owner, 0..255, so that for instance arrivals precede deadlines). In one class, in the order in
 * which the events were scheduled: the sequence number counts schedulings, and rescheduling an
 * event counts as scheduling it anew. No two events compare equal, so a run never depends on the
 * shape of what sorts them.
 *
 * Entries of 24 bytes are sorted by a ladder (ladder.h); what an event carries lies in its slot
 * (slots.h, 56 bytes), touched once when scheduled and once when popped. Using a stale id is a
 * counted no-op. Cancelling leaves an entry behind, dead, and so does moving an event to earlier;
 * moving it to later leaves its entry where it is, to be put right when it comes up: an event that
 * is put off again and again costs no more than one that is not. When more than half of the entries
 * are dead, they are swept out. Nothing is allocated per event: slots and blocks of entries are
 * reused. At most 2^31 events may be pending. */

#include "sim/engine/ladder.h"

struct ess_queued_event {
    int64_t time_ns;
    uint64_t argument;
    uint64_t sequence; /* below 2^56 */
    uint32_t handler;  /* the owner's kind of event */
    uint32_t subject;  /* index of what it is about */
    uint8_t class;
};

struct ess_queue {
    struct ess_arena *arena;
    struct ess_slots slots;
    uint32_t size; /* events pending */
    uint32_t dead; /* entries in the ladder that stand for none of them */
    uint64_t next_sequence;
    uint64_t stale_ids; /* cancellations and reschedulings of stale ids */
    struct ess_ladder ladder;
};

/* An empty queue whose arrays live in `arena` (and end with it: there is nothing to finish). */
void ess_queue_init(struct ess_queue *queue, struct ess_arena *arena);

/* Add an event. Any time is accepted, also negative ones. Costs as said in ladder.h, here and
 * below: amortised O(1) for usual distributions of times, O(log n) at worst. */
ess_event_id ess_queue_schedule(struct ess_queue *queue, int64_t time_ns, uint8_t class,
    uint32_t handler, uint32_t subject, uint64_t argument);

/* Remove a pending event. False, counted, when the id is stale. Amortised O(1). */
bool ess_queue_cancel(struct ess_queue *queue, ess_event_id id);

/* Move a pending event to another time, with a new sequence number; the id stays. False, counted,
 * when the id is stale. O(1) when moved to later, otherwise as scheduling. */
bool ess_queue_reschedule(struct ess_queue *queue, ess_event_id id, int64_t time_ns);

/* Whether the id's event is still to come. O(1). */
bool ess_queue_is_pending(const struct ess_queue *queue, ess_event_id id);

/* The time of a pending event, INT64_MAX for a stale id (not counted). O(1). */
int64_t ess_queue_time_of(const struct ess_queue *queue, ess_event_id id);

/* A place in the order for something that is kept elsewhere, as though it were scheduled now. */
uint64_t ess_queue_next_order(struct ess_queue *queue, uint8_t class);

/* Time and order of the first event; false when empty. Sorts what has to be sorted for that, but
 * changes nothing that can be seen. */
bool ess_queue_peek(struct ess_queue *queue, struct ess_entry *first);

/* Take the event that ess_queue_peek has just said is the first: nothing has happened since. */
void ess_queue_take(
    struct ess_queue *queue, const struct ess_entry *first, struct ess_queued_event *event);

/* Take the first event; false when empty. */
bool ess_queue_pop(struct ess_queue *queue, struct ess_queued_event *event);

#endif
