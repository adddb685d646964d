/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_ENGINE_H
#define ESS_SIM_ENGINE_ENGINE_H

/* The clock of one world and the loop that runs its events in the order of queue.h:
 * (time, class, sequence).
 *
 * Settling. Some models answer many changes of one instant at once (the network solves its rates
 * anew once, not once per flow). Such a model registers a settle hook with a class and calls
 * ess_engine_request_settle whenever something changed. A requested settle stands in the total
 * order before all events of (now, its class): it runs when no event of this instant with a lower
 * class is left, and before time moves on, the queue is reported empty or a time bound is reported.
 * Requests before it runs are one. It may schedule events at this same instant, of any class; these
 * then run in order, and settle runs again only if it was requested again, once more after the
 * lower classes. A request made from inside the hook counts as such a new request. Each settle
 * counts as one event towards the event bound, so that an instant that never settles is reported
 * and does not hang.
 *
 * An event may schedule another at the same instant, also of a lower class than its own: the order
 * is among the events that are pending.
 *
 * The timer. One event may be moved more often than it runs: the network's next completion, which
 * most changes of a rate bring nearer or put off. It stands beside the queue, so that moving it is
 * no more than writing down when and in which place of the order. That is the place of an event
 * scheduled when the timer was set last.
 *
 * Nothing here is global: two engines in one process never touch. */

#include "sim/engine/queue.h"

enum { ESS_ENGINE_HANDLERS = 64 };

/* What runs an event; `world` is the owner's pointer given to ess_engine_init. */
typedef void ess_event_handler(void *world, uint32_t subject, uint64_t argument);
typedef void ess_settle_handler(void *world);
typedef void ess_timer_handler(void *world);

/* When to return although events are left. Reaching one is a result, not an error. */
struct ess_engine_bounds {
    uint64_t events; /* events (settles included) since the engine's start */
    int64_t time_ns; /* events later than this do not run; the clock then stands at it */
    double wall_s;   /* of this call; looked at every 4,096 events */
};
#define ESS_ENGINE_UNBOUNDED                                                                       \
    { UINT64_MAX, INT64_MAX, 1e300 }

enum ess_engine_end {
    ESS_ENGINE_EMPTY,       /* nothing left to do; the clock stands at the last event */
    ESS_ENGINE_TIME_BOUND,  /* what is left is later than bounds.time_ns, where the clock stands */
    ESS_ENGINE_EVENT_BOUND, /* something is left, bounds.events have run */
    ESS_ENGINE_WALL_BOUND,  /* something is left, bounds.wall_s have passed */
    ESS_ENGINE_STOPPED      /* ess_engine_stop was called */
};

struct ess_engine {
    struct ess_queue queue;
    int64_t now_ns;
    uint64_t events; /* run so far, settles included; the number of the one that runs now */
    uint64_t settles;
    void *world;
    ess_event_handler *handlers[ESS_ENGINE_HANDLERS];
    ess_settle_handler *settle;
    uint8_t settle_class;
    bool settle_requested;
    uint8_t timer_class;
    ess_timer_handler *timer;
    int64_t timer_ns; /* when it is due; INT64_MAX: not set */
    uint64_t timer_order;
    bool stop_requested;
    const char *scenario;
    uint64_t seed;
};

/* An engine at time 0 with no events. Its arrays live in `arena` and end with it. `scenario` is
 * kept by reference and, like `seed`, only printed by failed assertions. */
void ess_engine_init(struct ess_engine *engine, struct ess_arena *arena, void *world,
    const char *scenario, uint64_t seed);

/* Say what runs events of `kind` (below ESS_ENGINE_HANDLERS); once per kind, asserted. */
void ess_engine_register(struct ess_engine *engine, uint32_t kind, ess_event_handler *handler);

/* Say what settles an instant, and before which class of events; once, asserted. */
void ess_engine_register_settle(
    struct ess_engine *engine, uint8_t class, ess_settle_handler *settle);

/* Say what the timer runs, and in which class it stands; once, asserted. */
void ess_engine_register_timer(
    struct ess_engine *engine, uint8_t class, ess_timer_handler *handler);

/* Set the timer, whether or not it was set: it runs once, then, not in the past (asserted).
 * INT64_MAX: not at all. O(1). */
void ess_engine_set_timer(struct ess_engine *engine, int64_t time_ns);

/* Ask for a settle at this instant. O(1). */
void ess_engine_request_settle(struct ess_engine *engine);

/* Schedule an event of a registered kind, not in the past (both asserted). Costs as queue.h. */
ess_event_id ess_engine_schedule(struct ess_engine *engine, int64_t time_ns, uint8_t class,
    uint32_t kind, uint32_t subject, uint64_t argument);

/* Remove or move a pending event; false, counted, when the id is stale. */
bool ess_engine_cancel(struct ess_engine *engine, ess_event_id id);
bool ess_engine_reschedule(struct ess_engine *engine, ess_event_id id, int64_t time_ns);

/* Return from ess_engine_run once the present handler has returned; outside of a run, the next run
 * returns at once. What is pending stays pending. */
void ess_engine_stop(struct ess_engine *engine);

/* Run until nothing is left or a bound is reached, and say which. May be called again to go on; a
 * run cut in pieces by any bounds gives the same events at the same times. */
enum ess_engine_end ess_engine_run(
    struct ess_engine *engine, const struct ess_engine_bounds *bounds);

/* One word for a reason, to print: "empty", "time bound", ... */
const char *ess_engine_end_name(enum ess_engine_end end);

/* Programmer error: prints the condition, simulated time, event number, seed and scenario, then
 * aborts. Never for user input. */
#define ESS_ENGINE_ASSERT(engine, condition)                                                       \
    ((condition) ? (void)0 : ess_engine_assertion_failed((engine), #condition, __FILE__, __LINE__))
_Noreturn void ess_engine_assertion_failed(
    const struct ess_engine *engine, const char *condition, const char *file, int line);

#endif
