/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Soak: random worlds, faults and delivery orders from seeds, on the test host.
 *
 *     soak --seconds N [--from SEED]   run seed after seed for N seconds
 *     soak --seed SEED [--trace]       replay one
 *
 * A failing seed prints the one command that replays it, and ends the run with status 1. */
#include "base/random.h"
#include "test_host.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MS INT64_C(1000000)

static uint32_t draw(struct ess_random *random, uint32_t least, uint32_t most) {
    return least + (uint32_t)ess_random_below(random, most - least + 1u);
}

static struct ess_fault random_fault(struct ess_random *random, uint32_t workers) {
    struct ess_fault fault = {
        .kind = (enum ess_fault_kind)draw(random, ESS_FAULT_CRASH, ESS_FAULT_RESET),
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
    world.fault_count = draw(&random, 0, 6);
    for (uint32_t i = 0; i < world.fault_count; i++) {
        world.faults[i] = random_fault(&random, world.workers);
    }
    return world;
}

/* What must hold at the end: nobody hangs; while the coordinator lives every live worker completes,
 * or was evicted, or came back too late; when it died they end cleanly. NULL, or what is wrong. */
static const char *judge(
    const struct ess_test_world *world, const struct ess_test_outcome *outcome) {
    if (outcome->violation) {
        return outcome->violation;
    }
    if (outcome->stuck) {
        return "a peer hangs";
    }
    for (uint32_t id = 1; id <= world->workers; id++) {
        if (outcome->dead[id]) {
            continue;
        }
        if (outcome->status[id] == ESS_STATUS_COMPLETE && outcome->committed[id] != world->steps) {
            return "a peer says complete without having committed the last step";
        }
        if (outcome->status[id] == ESS_STATUS_PARAMETERS_LOST ||
            outcome->status[id] == ESS_STATUS_LEFT) {
            return "a worker ended in a way that only others can";
        }
    }
    return NULL;
}

/* A broken promise inside a peer traps: say which seed it was. */
static volatile uint64_t current_seed;

static void on_trap(int number) {
    printf("seed %" PRIu64 " FAILED: signal %d\n"
           "replay: build/tests/soak/soak --seed %" PRIu64 " --trace\n",
        current_seed, number, current_seed);
    fflush(stdout);
    _Exit(1);
}

static int run_seed(uint64_t seed, bool trace, struct ess_test_outcome *outcome) {
    struct ess_test_world world = random_world(seed);
    const char *wrong;
    world.trace = trace;
    current_seed = seed;
    if (trace) {
        printf("%u workers, %u sites, %u buckets, %u elements, %" PRIu64 " steps, %s, %s\n",
            world.workers, world.sites, world.buckets, world.elements, world.steps, world.plan,
            world.recovery);
    }
    ess_test_world_run(&world, outcome);
    wrong = judge(&world, outcome);
    if (wrong) {
        printf("seed %" PRIu64 " FAILED: %s\n"
               "replay: build/tests/soak/soak --seed %" PRIu64 " --trace\n",
            seed, wrong, seed);
    }
    return wrong != NULL;
}

static int soak(double seconds, uint64_t seed) {
    struct ess_test_outcome outcome;
    struct timespec start, now;
    uint64_t worlds = 0, values = 0, losses = 0, events = 0, commits = 0;
    double elapsed_s = 0;
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (elapsed_s < seconds) {
        if (run_seed(seed++, false, &outcome)) {
            return 1;
        }
        worlds++;
        values += outcome.values_checked;
        losses += outcome.losses;
        events += outcome.counts.events;
        commits += outcome.counts.commits;
        clock_gettime(CLOCK_MONOTONIC, &now);
        elapsed_s =
            (double)(now.tv_sec - start.tv_sec) + 1e-9 * (double)(now.tv_nsec - start.tv_nsec);
    }
    printf("soak: %" PRIu64 " worlds in %.0f s: %" PRIu64 " events, %" PRIu64
           " losses answered, %" PRIu64 " operations committed, %" PRIu64
           " values compared, 0 failures\n",
        worlds, elapsed_s, events, losses, commits, values);
    return 0;
}

int main(int argc, char **argv) {
    struct ess_test_outcome outcome;
    uint64_t seed = 1;
    double seconds = 10;
    bool replay = false, trace = false;
    signal(SIGILL, on_trap);
    signal(SIGSEGV, on_trap);
    for (int i = 1; i < argc; i++) {
        bool value = i + 1 < argc;
        if (strcmp(argv[i], "--seconds") == 0 && value) {
            seconds = strtod(argv[++i], NULL);
        } else if (strcmp(argv[i], "--from") == 0 && value) {
            seed = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && value) {
            seed = strtoull(argv[++i], NULL, 10);
            replay = true;
        } else if (strcmp(argv[i], "--trace") == 0) {
            trace = true;
        } else {
            fprintf(stderr, "usage: soak --seconds N [--from SEED] | --seed SEED [--trace]\n");
            return 2;
        }
    }
    return replay ? run_seed(seed, trace, &outcome) : soak(seconds, seed);
}
