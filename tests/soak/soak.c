/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Soak: random worlds, faults and delivery orders from seeds, on the test host.
 *
 *     soak --seconds N [--from SEED]   run seed after seed for N seconds
 *     soak --worlds N [--from SEED]    run N seeds: equal trees print equal counts
 *     soak --seed SEED [--trace]       replay one
 *
 * A failing seed prints the one command that replays it, and ends the run with status 1. */
#include "base/random.h"
#include "test_host.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS INT64_C(1000000)

static uint32_t draw(struct ess_random *random, uint32_t least, uint32_t most) {
    return least + (uint32_t)ess_random_below(random, most - least + 1u);
}

static struct ess_fault random_fault(struct ess_random *random, uint32_t workers) {
    struct ess_fault fault = {
        .kind = (enum ess_fault_kind)draw(random, ESS_FAULT_CRASH, ESS_FAULT_STOP),
        /* The coordinator's death ends the job, so it is tried apart and more rarely. */
        .peer = draw(random, 0, 20) == 0 ? 0 : draw(random, 1, workers),
        .at_ns = draw(random, 1, 900) * MS,
        .for_ns = draw(random, 1, 3000) * MS,
    };
    fault.other = draw(random, 0, workers);
    if (fault.other == fault.peer) {
        fault.other = fault.peer > 0 ? fault.peer - 1 : 1;
    }
    if (fault.kind == ESS_FAULT_CRASH && draw(random, 0, 1) && fault.peer > 0) {
        fault.restart_ns = draw(random, 1, 2000) * MS;
    }
    if (draw(random, 0, 1)) {
        fault.after_events = draw(random, 1, 200);
        fault.at_ns = 0;
    }
    return fault;
}

/* Mostly the usual ones, so that faults meet ordinary groups as well. */
static void settle_sizes(struct ess_random *random, struct ess_test_world *world) {
    if (draw(random, 0, 3) == 0) {
        world->late_workers = draw(random, 0, world->workers - 1);
        world->late_start_ns = draw(random, 1, 600) * MS;
    }
    if (draw(random, 0, 3) == 0) {
        world->minimum_workers = draw(random, 1, world->workers - world->late_workers);
    }
    if (draw(random, 0, 3) == 0) {
        world->elements = 64 * draw(random, 1, 3);
        world->stripes = 64;
        world->buckets = draw(random, 1, 64);
    }
    if (draw(random, 0, 1)) {
        world->window = draw(random, 2, 64);
        world->operations = draw(random, 1, 16);
    }
}

static struct ess_test_world random_world(uint64_t seed) {
    struct ess_test_world world = ess_test_world_default();
    struct ess_random random;
    size_t plans = 0, recoveries = 0;
    ess_random_init(&random, seed, 0, "soak");
    while (ess_plan_registry[plans]) {
        plans++;
    }
    while (ess_recovery_registry[recoveries]) {
        recoveries++;
    }
    world.seed = seed;
    world.workers = draw(&random, 1, draw(&random, 0, 9) ? 7 : 20);
    world.sites = draw(&random, 1, 4);
    world.buckets = draw(&random, 1, 5);
    world.elements = draw(&random, 0, 3) ? 4 * draw(&random, 0, 20) : draw(&random, 0, 80);
    world.steps = draw(&random, 1, 8);
    world.rejoin = draw(&random, 0, 3) > 0;
    world.plan = ess_plan_registry[draw(&random, 0, (uint32_t)plans - 1)]->name;
    world.recovery = ess_recovery_registry[draw(&random, 0, (uint32_t)recoveries - 1)]->name;
    settle_sizes(&random, &world);
    world.fault_count = draw(&random, 0, 6);
    for (uint32_t i = 0; i < world.fault_count; i++) {
        world.faults[i] = random_fault(&random, world.workers);
    }
    return world;
}

static bool is_untouched(const struct ess_test_world *world, uint32_t id) {
    for (uint32_t i = 0; i < world->fault_count; i++) {
        const struct ess_fault *fault = &world->faults[i];
        bool link = fault->kind == ESS_FAULT_CUT || fault->kind == ESS_FAULT_RESET;
        if (fault->peer == id || (link && fault->other == id)) {
            return false;
        }
    }
    return true;
}

static bool was_stopped(const struct ess_test_world *world, uint32_t id) {
    for (uint32_t i = 0; i < world->fault_count; i++) {
        if (world->faults[i].peer == id && world->faults[i].kind == ESS_FAULT_STOP) {
            return true;
        }
    }
    return false;
}

static const char *judge_worker(
    const struct ess_test_world *world, const struct ess_test_outcome *outcome, uint32_t id) {
    enum ess_status status = outcome->status[id];
    bool founder = id <= world->workers - world->late_workers;
    bool good_group = is_untouched(world, 0) && outcome->status[0] == ESS_STATUS_COMPLETE;
    if (status == ESS_STATUS_COMPLETE && outcome->committed[id] != world->steps) {
        return "a peer says complete without having committed the last step";
    }
    if (status == ESS_STATUS_PARAMETERS_LOST) {
        return "a worker ended in a way that only the coordinator can";
    }
    if (status == ESS_STATUS_LEFT && !was_stopped(world, id)) {
        return "a worker left unasked";
    }
    if (status != ESS_STATUS_COMPLETE && founder && good_group && is_untouched(world, id)) {
        return "a founder that nothing befell did not complete";
    }
    if (outcome->status[0] == ESS_STATUS_PARAMETERS_LOST && is_untouched(world, 0) && founder &&
        is_untouched(world, id)) {
        return "the parameters are said to be lost, and a founder that nothing befell holds them";
    }
    return NULL;
}

/* Whether enough live workers are left to go on. */
static bool is_a_hang(const struct ess_test_world *world, const struct ess_test_outcome *outcome) {
    uint32_t least = world->minimum_workers ? world->minimum_workers : 1, waiting = 0;
    for (uint32_t id = 1; id <= world->workers; id++) {
        waiting += !outcome->ended[id];
    }
    return outcome->stuck && waiting >= least;
}

/* What must hold at the end: nobody hangs; while the coordinator lives every live worker completes,
 * or was evicted, or came back too late; when it died they end cleanly. NULL, or what is wrong. */
static const char *judge(
    const struct ess_test_world *world, const struct ess_test_outcome *outcome) {
    if (outcome->violation) {
        return outcome->violation;
    }
    if (is_a_hang(world, outcome)) {
        return "a peer hangs";
    }
    for (uint32_t id = 1; id <= world->workers; id++) {
        const char *wrong =
            outcome->ended[id] && !outcome->dead[id] ? judge_worker(world, outcome, id) : NULL;
        if (wrong) {
            return wrong;
        }
    }
    return NULL;
}

/* A failing seed is replayed by the program as it was called. */
static const char *program;

static void print_failure(const char *wrong, uint64_t seed) {
    printf("seed %" PRIu64 " FAILED: %s\n"
           "replay: %s --seed %" PRIu64 " --trace\n",
        seed, wrong, program, seed);
}

/* A broken promise inside a peer traps: say which seed it was. The text is made before each run,
 * since a handler may do no more than write it. */
static char trap_text[512];
static size_t trap_length;

static void prepare_for_trap(uint64_t seed) {
    int length = snprintf(trap_text, sizeof trap_text,
        "seed %" PRIu64 " FAILED: a trap or a bad access to memory\n"
        "replay: %s --seed %" PRIu64 " --trace\n",
        seed, program, seed);
    trap_length = (size_t)length < sizeof trap_text ? (size_t)length : sizeof trap_text - 1;
}

static void on_trap(int number) {
    ssize_t written = write(STDOUT_FILENO, trap_text, trap_length);
    _exit(written < 0 ? 128 + number : 1);
}

static int run_seed(uint64_t seed, bool trace, struct ess_test_outcome *outcome) {
    struct ess_test_world world = random_world(seed);
    const char *wrong;
    world.trace = trace;
    prepare_for_trap(seed);
    if (trace) {
        printf("%u workers, %u sites, %u buckets, %u elements, %" PRIu64 " steps, %s, %s\n",
            world.workers, world.sites, world.buckets, world.elements, world.steps, world.plan,
            world.recovery);
    }
    ess_test_world_run(&world, outcome);
    wrong = judge(&world, outcome);
    if (wrong) {
        print_failure(wrong, seed);
    }
    return wrong != NULL;
}

struct bound {
    double seconds;
    uint64_t worlds;
};

static double elapsed_s(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static int soak(struct bound bound, uint64_t seed) {
    struct ess_test_outcome outcome;
    struct timespec start;
    uint64_t worlds = 0, values = 0, losses = 0, events = 0, commits = 0;
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (worlds < bound.worlds && elapsed_s(&start) < bound.seconds) {
        if (run_seed(seed++, false, &outcome)) {
            return 1;
        }
        worlds++;
        values += outcome.values_checked;
        losses += outcome.losses;
        events += outcome.counts.events;
        commits += outcome.counts.commits;
    }
    printf("soak: %" PRIu64 " worlds in %.0f s: %" PRIu64 " events, %" PRIu64
           " losses answered, %" PRIu64 " operations committed, %" PRIu64
           " values compared, 0 failures\n",
        worlds, elapsed_s(&start), events, losses, commits, values);
    return 0;
}

static int usage(void) {
    fprintf(stderr,
        "usage: %s --seconds N [--from SEED] | --worlds N [--from SEED] |"
        " --seed SEED [--trace]\n",
        program);
    return 2;
}

int main(int argc, char **argv) {
    struct ess_test_outcome outcome;
    uint64_t seed = 1;
    struct bound bound = {10, UINT64_MAX};
    bool replay = false, trace = false;
    program = argv[0];
    signal(SIGILL, on_trap);
    signal(SIGSEGV, on_trap);
    for (int i = 1; i < argc; i++) {
        bool value = i + 1 < argc;
        if (strcmp(argv[i], "--seconds") == 0 && value) {
            bound.seconds = strtod(argv[++i], NULL);
        } else if (strcmp(argv[i], "--worlds") == 0 && value) {
            bound = (struct bound){INFINITY, strtoull(argv[++i], NULL, 10)};
        } else if (strcmp(argv[i], "--from") == 0 && value) {
            seed = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && value) {
            seed = strtoull(argv[++i], NULL, 10);
            replay = true;
        } else if (strcmp(argv[i], "--trace") == 0) {
            trace = true;
        } else {
            return usage();
        }
    }
    return replay ? run_seed(seed, trace, &outcome) : soak(bound, seed);
}
