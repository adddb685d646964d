/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"
#include "ess_test.h"
#include "sim/engine/arena.h"
#include "sim/engine/engine.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KIND_NOTE, KIND_CHAIN, KIND_CHANGE, KIND_STOP };
enum { CLASS_CHANGE = 1, CLASS_TIMER = 3, CLASS_SETTLE = 5, CLASS_LATE = 9, LOG_MOST = 20000 };

/* A world that writes down what happened. */
struct world {
    struct ess_arena arena;
    struct ess_engine engine;
    struct ess_random random;
    int settles_left;       /* settles that schedule a change, which asks for another one */
    int64_t timer_again_ns; /* when the timer sets itself to, once; 0: not at all */
    int requests_left;      /* settles that themselves ask for another one */
    size_t logged;
    struct entry {
        int64_t time_ns;
        uint64_t argument;
        uint32_t subject;
        char what;
    } log[LOG_MOST];
};

static void note(struct world *world, char what, uint32_t subject, uint64_t argument) {
    if (world->logged < LOG_MOST) {
        world->log[world->logged++] = (struct entry){world->engine.now_ns, argument, subject, what};
    }
}

static void handle_note(void *owner, uint32_t subject, uint64_t argument) {
    note(owner, 'n', subject, argument);
}

/* Schedules its own successor for as long as the argument says, at drawn distances. */
static void handle_chain(void *owner, uint32_t subject, uint64_t argument) {
    struct world *world = owner;
    note(world, 'c', subject, argument);
    if (argument > 0) {
        int64_t later = world->engine.now_ns + (int64_t)ess_random_below(&world->random, 10);
        ess_engine_schedule(&world->engine, later, CLASS_CHANGE, KIND_CHAIN, subject, argument - 1);
    }
}

static void handle_change(void *owner, uint32_t subject, uint64_t argument) {
    struct world *world = owner;
    note(world, 'x', subject, argument);
    ess_engine_request_settle(&world->engine);
}

static void handle_timer(void *owner) {
    struct world *world = owner;
    note(world, 'T', 0, 0);
    if (world->timer_again_ns > 0) {
        ess_engine_set_timer(&world->engine, world->timer_again_ns);
        world->timer_again_ns = 0;
    }
}

static void handle_stop(void *owner, uint32_t subject, uint64_t argument) {
    struct world *world = owner;
    note(world, 's', subject, argument);
    ess_engine_stop(&world->engine);
}

static void settle(void *owner) {
    struct world *world = owner;
    note(world, 'S', 0, 0);
    if (world->requests_left > 0) {
        world->requests_left--;
        ess_engine_request_settle(&world->engine);
    }
    if (world->settles_left > 0) {
        world->settles_left--;
        ess_engine_schedule(&world->engine, world->engine.now_ns, CLASS_CHANGE, KIND_CHANGE, 99, 0);
    }
}

static struct world *open_world(uint64_t seed) {
    struct world *world = calloc(1, sizeof *world);
    ess_arena_init(&world->arena, 0);
    ess_engine_init(&world->engine, &world->arena, world, "test", seed);
    ess_random_init(&world->random, seed, 0, "world");
    ess_engine_register(&world->engine, KIND_NOTE, handle_note);
    ess_engine_register(&world->engine, KIND_CHAIN, handle_chain);
    ess_engine_register(&world->engine, KIND_CHANGE, handle_change);
    ess_engine_register(&world->engine, KIND_STOP, handle_stop);
    ess_engine_register_settle(&world->engine, CLASS_SETTLE, settle);
    ess_engine_register_timer(&world->engine, CLASS_TIMER, handle_timer);
    return world;
}

static void close_world(struct world *world) {
    ess_arena_fini(&world->arena);
    free(world);
}

static void add(struct world *world, int64_t time_ns, uint8_t class, uint32_t kind) {
    ess_engine_schedule(&world->engine, time_ns, class, kind, class, 0);
}

static enum ess_engine_end run_to_end(struct world *world) {
    const struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    return ess_engine_run(&world->engine, &bounds);
}

/* The log as letters, to compare with what is expected. */
static const char *letters(const struct world *world) {
    static char text[256];
    size_t count = world->logged < sizeof text - 1 ? world->logged : sizeof text - 1;
    for (size_t i = 0; i < count; i++) {
        text[i] = world->log[i].what;
    }
    text[count] = '\0';
    return text;
}

static void runs_in_order_and_ends_empty(void) {
    struct world *world = open_world(1);
    add(world, 30, 0, KIND_NOTE);
    add(world, 10, 2, KIND_NOTE);
    add(world, 10, 1, KIND_NOTE);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_EQUAL(world->engine.now_ns, 30);
    CU_ASSERT_EQUAL(world->engine.events, 3);
    CU_ASSERT_EQUAL(world->log[0].subject, 1);
    CU_ASSERT_EQUAL(world->log[1].subject, 2);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    close_world(world);
}

static void cancelled_and_moved_events_obey(void) {
    struct world *world = open_world(1);
    struct ess_engine *engine = &world->engine;
    ess_event_id cancelled = ess_engine_schedule(engine, 10, 0, KIND_NOTE, 1, 0);
    ess_event_id moved = ess_engine_schedule(engine, 10, 0, KIND_NOTE, 2, 0);
    CU_ASSERT(ess_engine_cancel(engine, cancelled));
    CU_ASSERT_FALSE(ess_engine_cancel(engine, cancelled));
    CU_ASSERT(ess_engine_reschedule(engine, moved, 25));
    run_to_end(world);
    CU_ASSERT_EQUAL(world->logged, 1);
    CU_ASSERT_EQUAL(world->log[0].subject, 2);
    CU_ASSERT_EQUAL(world->log[0].time_ns, 25);
    CU_ASSERT_FALSE(ess_engine_reschedule(engine, moved, 30));
    CU_ASSERT_EQUAL(engine->queue.stale_ids, 2);
    close_world(world);
}

/* The timer runs once, in the place of an event scheduled when it was set last; set to INT64_MAX,
 * or run, it is not there any more. */
static void timer_stands_in_the_order(void) {
    struct world *world = open_world(1);
    struct ess_engine *engine = &world->engine;
    ess_engine_set_timer(engine, 10);
    add(world, 10, CLASS_TIMER, KIND_NOTE);
    add(world, 10, CLASS_TIMER - 1, KIND_NOTE);
    ess_engine_run(engine, &(struct ess_engine_bounds){UINT64_MAX, 5, 1e300});
    CU_ASSERT_EQUAL(engine->now_ns, 5);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_STRING_EQUAL(letters(world), "nTn");
    ess_engine_set_timer(engine, 20);
    add(world, 20, CLASS_TIMER, KIND_NOTE);
    ess_engine_set_timer(engine, 30);
    ess_engine_set_timer(engine, 20);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_STRING_EQUAL(letters(world), "nTnnT");
    CU_ASSERT_EQUAL(engine->now_ns, 20);
    ess_engine_set_timer(engine, 40);
    ess_engine_set_timer(engine, INT64_MAX);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_EQUAL(engine->now_ns, 20);
    CU_ASSERT_EQUAL(engine->events, 5);
    close_world(world);
}

/* A settle that is asked for stands before the timer where its class does. */
static void settle_and_timer(void) {
    struct world *world = open_world(1);
    world->timer_again_ns = 12;
    ess_engine_set_timer(&world->engine, 10);
    add(world, 10, CLASS_CHANGE, KIND_CHANGE);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_STRING_EQUAL(letters(world), "xTST");
    CU_ASSERT_EQUAL(world->engine.now_ns, 12);
    close_world(world);
}

/* Three changes of an instant, one settle; late events of the instant come after it. */
static void settle_runs_once_an_instant(void) {
    struct world *world = open_world(1);
    add(world, 10, CLASS_LATE, KIND_NOTE);
    add(world, 10, CLASS_CHANGE, KIND_CHANGE);
    add(world, 10, CLASS_CHANGE, KIND_CHANGE);
    add(world, 10, CLASS_SETTLE, KIND_NOTE);
    add(world, 10, CLASS_SETTLE - 1, KIND_CHANGE);
    add(world, 11, 0, KIND_NOTE);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_STRING_EQUAL(letters(world), "xxxSnnn");
    CU_ASSERT_EQUAL(world->log[3].time_ns, 10);
    CU_ASSERT_EQUAL(world->engine.settles, 1);
    CU_ASSERT_EQUAL(world->engine.events, 7);
    close_world(world);
}

/* Not requested, it does not run; requested by the last event, it runs before the end. */
static void settle_runs_only_on_request(void) {
    struct world *world = open_world(1);
    add(world, 10, 0, KIND_NOTE);
    add(world, 20, CLASS_LATE, KIND_CHANGE);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_STRING_EQUAL(letters(world), "nxS");
    CU_ASSERT_EQUAL(world->engine.now_ns, 20);
    close_world(world);
}

/* Settle schedules a change at the same instant: it runs, and settle runs again, all at 10. */
static void settle_may_cause_another(void) {
    struct world *world = open_world(1);
    world->settles_left = 2;
    add(world, 10, CLASS_CHANGE, KIND_CHANGE);
    add(world, 10, CLASS_LATE, KIND_NOTE);
    add(world, 12, CLASS_CHANGE, KIND_NOTE);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_STRING_EQUAL(letters(world), "xSxSxSnn");
    CU_ASSERT_EQUAL(world->log[6].time_ns, 10);
    CU_ASSERT_EQUAL(world->engine.settles, 3);
    close_world(world);
}

/* A request made inside the hook stands: it runs again, still before later classes and times. */
static void settle_may_ask_for_itself(void) {
    struct world *world = open_world(1);
    world->requests_left = 2;
    add(world, 10, CLASS_CHANGE, KIND_CHANGE);
    add(world, 10, CLASS_LATE, KIND_NOTE);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_STRING_EQUAL(letters(world), "xSSSn");
    CU_ASSERT_EQUAL(world->engine.events, 5);
    close_world(world);
}

/* A late event of the instant asks again: settle runs a second time before time moves on. */
static void late_changes_settle_again(void) {
    struct world *world = open_world(1);
    add(world, 10, CLASS_CHANGE, KIND_CHANGE);
    add(world, 10, CLASS_LATE, KIND_CHANGE);
    add(world, 10, CLASS_LATE, KIND_CHANGE);
    add(world, 11, CLASS_CHANGE, KIND_NOTE);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_STRING_EQUAL(letters(world), "xSxSxSn");
    CU_ASSERT_EQUAL(world->log[5].time_ns, 10);
    close_world(world);
}

static void an_instant_that_never_settles_is_reported(void) {
    struct world *world = open_world(1);
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    bounds.events = 10001;
    world->settles_left = 1 << 30;
    add(world, 10, CLASS_CHANGE, KIND_CHANGE);
    CU_ASSERT_EQUAL(ess_engine_run(&world->engine, &bounds), ESS_ENGINE_EVENT_BOUND);
    CU_ASSERT_EQUAL(world->engine.now_ns, 10);
    CU_ASSERT_EQUAL(world->engine.events, 10001);
    close_world(world);
}

static void time_bound_is_inclusive_and_moves_the_clock(void) {
    struct world *world = open_world(1);
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    bounds.time_ns = 20;
    add(world, 10, 0, KIND_NOTE);
    add(world, 20, 0, KIND_CHANGE);
    add(world, 21, 0, KIND_NOTE);
    CU_ASSERT_EQUAL(ess_engine_run(&world->engine, &bounds), ESS_ENGINE_TIME_BOUND);
    CU_ASSERT_STRING_EQUAL(letters(world), "nxS");
    CU_ASSERT_EQUAL(world->engine.now_ns, 20);
    bounds.time_ns = 5;
    CU_ASSERT_EQUAL(ess_engine_run(&world->engine, &bounds), ESS_ENGINE_TIME_BOUND);
    CU_ASSERT_EQUAL(world->engine.now_ns, 20);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_EQUAL(world->engine.now_ns, 21);
    close_world(world);
}

static void event_bound_is_reported_only_when_events_are_left(void) {
    struct world *world = open_world(1);
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    add(world, 10, 0, KIND_NOTE);
    add(world, 20, 0, KIND_NOTE);
    bounds.events = 1;
    CU_ASSERT_EQUAL(ess_engine_run(&world->engine, &bounds), ESS_ENGINE_EVENT_BOUND);
    CU_ASSERT_EQUAL(world->engine.now_ns, 10);
    bounds.events = 2;
    CU_ASSERT_EQUAL(ess_engine_run(&world->engine, &bounds), ESS_ENGINE_EMPTY);
    close_world(world);
}

/* With no wall time at all, a run still goes on by one look's worth of events, and then says why.
 */
static void wall_bound_is_reported(void) {
    struct world *world = open_world(1);
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    bounds.wall_s = 0;
    ess_engine_schedule(&world->engine, 0, CLASS_CHANGE, KIND_CHAIN, 0, 10000);
    CU_ASSERT_EQUAL(ess_engine_run(&world->engine, &bounds), ESS_ENGINE_WALL_BOUND);
    CU_ASSERT_EQUAL(world->engine.events, 4096);
    CU_ASSERT_EQUAL(ess_engine_run(&world->engine, &bounds), ESS_ENGINE_WALL_BOUND);
    CU_ASSERT_EQUAL(ess_engine_run(&world->engine, &bounds), ESS_ENGINE_EMPTY);
    CU_ASSERT_EQUAL(world->engine.events, 10001);
    close_world(world);
}

static void stopping_keeps_what_is_pending(void) {
    struct world *world = open_world(1);
    add(world, 10, CLASS_CHANGE, KIND_CHANGE);
    add(world, 10, CLASS_CHANGE, KIND_STOP);
    add(world, 20, 0, KIND_NOTE);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_STOPPED);
    CU_ASSERT_STRING_EQUAL(letters(world), "xs");
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_EMPTY);
    CU_ASSERT_STRING_EQUAL(letters(world), "xsSn");
    ess_engine_stop(&world->engine);
    CU_ASSERT_EQUAL(run_to_end(world), ESS_ENGINE_STOPPED);
    CU_ASSERT_STRING_EQUAL(ess_engine_end_name(ESS_ENGINE_STOPPED), "stopped");
    close_world(world);
}

static void start_chains(struct world *world) {
    for (uint32_t subject = 0; subject < 20; subject++) {
        ess_engine_schedule(&world->engine, subject % 3, CLASS_CHANGE, KIND_CHAIN, subject, 400);
        ess_engine_schedule(&world->engine, subject * 7, CLASS_CHANGE, KIND_CHANGE, subject, 0);
    }
}

static int same_logs(const struct world *a, const struct world *b) {
    if (a->logged != b->logged) {
        return 0;
    }
    for (size_t i = 0; i < a->logged; i++) {
        const struct entry *x = &a->log[i], *y = &b->log[i];
        if (x->time_ns != y->time_ns || x->argument != y->argument || x->subject != y->subject ||
            x->what != y->what) {
            return 0;
        }
    }
    return 1;
}

/* Two worlds in one process, run in turns cut at events and at times, do just what each does when
 * it runs alone and in one go. */
static void interleaved_worlds_never_touch(void) {
    struct world *alone[2] = {open_world(1), open_world(2)};
    struct world *turned[2] = {open_world(1), open_world(2)};
    for (int i = 0; i < 2; i++) {
        start_chains(alone[i]);
        CU_ASSERT_EQUAL(run_to_end(alone[i]), ESS_ENGINE_EMPTY);
    }
    start_chains(turned[1]);
    start_chains(turned[0]);
    int turns = 0, ended = 0;
    while (ended < 2 && turns < 100000) {
        ended = 0;
        for (int i = 0; i < 2; i++) {
            struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
            if (turns % 2 == 0) {
                bounds.events = turned[i]->engine.events + 1 + (uint64_t)(turns % 5);
            } else {
                bounds.time_ns = turned[i]->engine.now_ns + turns % 4;
            }
            ended += ess_engine_run(&turned[i]->engine, &bounds) == ESS_ENGINE_EMPTY;
            turns++;
        }
    }
    CU_ASSERT_EQUAL(ended, 2);
    CU_ASSERT(same_logs(alone[0], turned[0]));
    CU_ASSERT(same_logs(alone[1], turned[1]));
    CU_ASSERT_FALSE(same_logs(alone[0], alone[1]));
    ess_test_note("%zu and %zu events, %d turns", turned[0]->logged, turned[1]->logged, turns);
    for (int i = 0; i < 2; i++) {
        close_world(alone[i]);
        close_world(turned[i]);
    }
}

/* The failing child writes to a pipe and dies by abort. */
static void fail_in_child(int descriptor) {
    dup2(descriptor, STDERR_FILENO);
    struct world *world = open_world(77);
    world->engine.scenario = "scenarios/example.json";
    add(world, 1234, 0, KIND_NOTE);
    run_to_end(world);
    add(world, 1233, 0, KIND_NOTE);
    _exit(0);
}

static void assertions_say_when_and_where(void) {
    int ends[2];
    CU_ASSERT_EQUAL(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        fail_in_child(ends[1]);
    }
    close(ends[1]);
    char text[1024];
    size_t length = 0;
    ssize_t got = 1;
    while (got > 0 && length < sizeof text - 1) {
        got = read(ends[0], text + length, sizeof text - 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    text[length] = '\0';
    close(ends[0]);
    int status = 0;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFSIGNALED(status));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "time_ns >= engine->now_ns"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "simulated time 1234 ns, event 1, seed 77, scenario scenarios/example.json"));
}

int main(void) {
    static const struct ess_test tests[] = {
        {"runs in order and ends empty", runs_in_order_and_ends_empty},
        {"cancelled and moved events obey", cancelled_and_moved_events_obey},
        {"timer stands in the order", timer_stands_in_the_order},
        {"settle and timer", settle_and_timer},
        {"settle runs once an instant", settle_runs_once_an_instant},
        {"settle runs only on request", settle_runs_only_on_request},
        {"settle may cause another", settle_may_cause_another},
        {"settle may ask for itself", settle_may_ask_for_itself},
        {"late changes settle again", late_changes_settle_again},
        {"an instant that never settles is reported", an_instant_that_never_settles_is_reported},
        {"the time bound is inclusive and moves the clock",
            time_bound_is_inclusive_and_moves_the_clock},
        {"the event bound is reported only when events are left",
            event_bound_is_reported_only_when_events_are_left},
        {"the wall bound is reported", wall_bound_is_reported},
        {"stopping keeps what is pending", stopping_keeps_what_is_pending},
        {"interleaved worlds never touch", interleaved_worlds_never_touch},
        {"assertions say when and where", assertions_say_when_and_where},
        {NULL, NULL},
    };
    return ess_test_main("engine", tests);
}
