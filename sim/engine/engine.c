/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/engine.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WALL_PERIOD = 4096 };

_Noreturn void ess_engine_assertion_failed(
    const struct ess_engine *engine, const char *condition, const char *file, int line) {
    fprintf(stderr,
        "essaim: assertion failed: %s (%s:%d)\n"
        "  at simulated time %" PRId64 " ns, event %" PRIu64 ", seed %" PRIu64 ", scenario %s\n",
        condition, file, line, engine->now_ns, engine->events, engine->seed, engine->scenario);
    fflush(stderr);
    abort();
}

void ess_engine_init(struct ess_engine *engine, struct ess_arena *arena, void *world,
    const char *scenario, uint64_t seed) {
    *engine = (struct ess_engine){
        .world = world, .scenario = scenario, .seed = seed, .timer_ns = INT64_MAX};
    ess_queue_init(&engine->queue, arena);
}

void ess_engine_register(struct ess_engine *engine, uint32_t kind, ess_event_handler *handler) {
    ESS_ENGINE_ASSERT(engine, kind < ESS_ENGINE_HANDLERS);
    ESS_ENGINE_ASSERT(engine, handler != NULL);
    ESS_ENGINE_ASSERT(engine, engine->handlers[kind] == NULL);
    engine->handlers[kind] = handler;
}

void ess_engine_register_settle(
    struct ess_engine *engine, uint8_t class, ess_settle_handler *settle) {
    ESS_ENGINE_ASSERT(engine, settle != NULL);
    ESS_ENGINE_ASSERT(engine, engine->settle == NULL);
    engine->settle = settle;
    engine->settle_class = class;
}

void ess_engine_register_timer(
    struct ess_engine *engine, uint8_t class, ess_timer_handler *handler) {
    ESS_ENGINE_ASSERT(engine, handler != NULL);
    ESS_ENGINE_ASSERT(engine, engine->timer == NULL);
    engine->timer = handler;
    engine->timer_class = class;
}

void ess_engine_set_timer(struct ess_engine *engine, int64_t time_ns) {
    ESS_ENGINE_ASSERT(engine, engine->timer != NULL);
    ESS_ENGINE_ASSERT(engine, time_ns >= engine->now_ns);
    engine->timer_ns = time_ns;
    engine->timer_order = ess_queue_next_order(&engine->queue, engine->timer_class);
}

void ess_engine_request_settle(struct ess_engine *engine) {
    ESS_ENGINE_ASSERT(engine, engine->settle != NULL);
    engine->settle_requested = true;
}

ess_event_id ess_engine_schedule(struct ess_engine *engine, int64_t time_ns, uint8_t class,
    uint32_t kind, uint32_t subject, uint64_t argument) {
    ESS_ENGINE_ASSERT(engine, time_ns >= engine->now_ns);
    ESS_ENGINE_ASSERT(engine, kind < ESS_ENGINE_HANDLERS);
    ESS_ENGINE_ASSERT(engine, engine->handlers[kind] != NULL);
    return ess_queue_schedule(&engine->queue, time_ns, class, kind, subject, argument);
}

bool ess_engine_cancel(struct ess_engine *engine, ess_event_id id) {
    return ess_queue_cancel(&engine->queue, id);
}

bool ess_engine_reschedule(struct ess_engine *engine, ess_event_id id, int64_t time_ns) {
    ESS_ENGINE_ASSERT(engine, time_ns >= engine->now_ns);
    return ess_queue_reschedule(&engine->queue, id, time_ns);
}

void ess_engine_stop(struct ess_engine *engine) {
    engine->stop_requested = true;
}

static double wall_clock_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* What stands next in the total order. */
struct next {
    enum { NOTHING, EVENT, TIMER, SETTLE } what;
    int64_t time_ns;
    struct ess_entry event; /* where it is one */
};

/* Of the event that is the queue's first and the timer, what stands before the other. */
static void first_of_both(struct ess_engine *engine, struct next *next, uint8_t *class) {
    struct ess_entry timer = {.time_ns = engine->timer_ns, .order = engine->timer_order};
    if (ess_queue_peek(&engine->queue, &next->event) &&
        (timer.time_ns == INT64_MAX || ess_entry_before(&next->event, &timer))) {
        next->what = EVENT;
        next->time_ns = next->event.time_ns;
        *class = ess_order_class(next->event.order);
        return;
    }
    next->what = timer.time_ns < INT64_MAX ? TIMER : NOTHING;
    next->time_ns = timer.time_ns;
    *class = engine->timer_class;
}

static void look_ahead(struct ess_engine *engine, struct next *next) {
    uint8_t class;
    first_of_both(engine, next, &class);
    if (engine->settle_requested && (next->what == NOTHING || next->time_ns > engine->now_ns ||
                                        class >= engine->settle_class)) {
        next->what = SETTLE;
        next->time_ns = engine->now_ns;
    }
}

static void run_event(struct ess_engine *engine, const struct ess_entry *first) {
    struct ess_queued_event event;
    ess_queue_take(&engine->queue, first, &event);
    engine->now_ns = event.time_ns;
    engine->handlers[event.handler](engine->world, event.subject, event.argument);
}

/* A request or a time set from inside its handler is a new one: the old one is forgotten first. */
static void run_one(struct ess_engine *engine, const struct next *next) {
    engine->events++;
    if (next->what == SETTLE) {
        engine->settles++;
        engine->settle_requested = false;
        engine->settle(engine->world);
    } else if (next->what == TIMER) {
        engine->now_ns = next->time_ns;
        engine->timer_ns = INT64_MAX;
        engine->timer(engine->world);
    } else {
        run_event(engine, &next->event);
    }
}

static enum ess_engine_end end_at_time_bound(struct ess_engine *engine, int64_t time_ns) {
    if (engine->now_ns < time_ns) {
        engine->now_ns = time_ns;
    }
    return ESS_ENGINE_TIME_BOUND;
}

enum ess_engine_end ess_engine_run(
    struct ess_engine *engine, const struct ess_engine_bounds *bounds) {
    double start_s = wall_clock_s();
    uint64_t look_at_wall = engine->events + WALL_PERIOD;
    for (;;) {
        if (engine->stop_requested) {
            engine->stop_requested = false;
            return ESS_ENGINE_STOPPED;
        }
        struct next next;
        look_ahead(engine, &next);
        if (next.what == NOTHING) {
            return ESS_ENGINE_EMPTY;
        }
        if (next.time_ns > bounds->time_ns) {
            return end_at_time_bound(engine, bounds->time_ns);
        }
        if (engine->events >= bounds->events) {
            return ESS_ENGINE_EVENT_BOUND;
        }
        if (engine->events == look_at_wall) {
            look_at_wall += WALL_PERIOD;
            if (wall_clock_s() - start_s >= bounds->wall_s) {
                return ESS_ENGINE_WALL_BOUND;
            }
        }
        run_one(engine, &next);
    }
}

const char *ess_engine_end_name(enum ess_engine_end end) {
    static const char *const names[] = {
        [ESS_ENGINE_EMPTY] = "empty",
        [ESS_ENGINE_TIME_BOUND] = "time bound",
        [ESS_ENGINE_EVENT_BOUND] = "event bound",
        [ESS_ENGINE_WALL_BOUND] = "wall bound",
        [ESS_ENGINE_STOPPED] = "stopped",
    };
    return names[end];
}
