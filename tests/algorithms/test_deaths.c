/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Death is tried after every event of every rank, the coordinator included, for every plan and
 * every response to loss, in groups of up to five (silent deaths: three), with vectors that are cut
 * into segments in those of an even number, and with layouts that the host makes up. Survivors must
 * end with one committed value that equals the sum over exactly the contributor set they report
 * (the test host compares every element), and with the same parameters. When the coordinator dies
 * they must end too, and say why.
 */
#include "ess_test.h"
#include "test_host.h"

#include <inttypes.h>
#include <string.h>

#define GROUP_MAX 5

struct tally {
    uint64_t deaths, values;
};

static bool survivors_are_well(
    const struct ess_test_world *world, uint32_t victim, const struct ess_test_outcome *outcome) {
    if (outcome->violation) {
        ess_test_note("%s", outcome->violation);
        return false;
    }
    if (outcome->stuck) {
        ess_test_note("a survivor hangs");
        return false;
    }
    for (uint32_t id = 1; id <= world->workers; id++) {
        bool complete =
            outcome->status[id] == ESS_STATUS_COMPLETE && outcome->committed[id] == world->steps;
        bool orphaned = victim == 0 && outcome->status[id] == ESS_STATUS_COORDINATOR_LOST;
        if (id != victim && !complete && !orphaned) {
            ess_test_note("peer %u ended with status %d after step %" PRIu64, id,
                (int)outcome->status[id], outcome->committed[id]);
            return false;
        }
    }
    return true;
}

static bool try_deaths(
    struct ess_test_world world, uint32_t victim, enum ess_fault_kind kind, struct tally *tally) {
    struct ess_test_outcome outcome;
    uint64_t events;
    world.fault_count = 0;
    ess_test_world_run(&world, &outcome);
    events = outcome.events[victim];
    for (uint64_t after = 1; after < events; after++) {
        world.fault_count = 1;
        world.faults[0] = (struct ess_fault){.kind = kind, .peer = victim, .after_events = after};
        ess_test_world_run(&world, &outcome);
        tally->deaths++;
        tally->values += outcome.values_checked;
        if (!survivors_are_well(&world, victim, &outcome)) {
            ess_test_note("%s, %s, %u workers, peer %u dies after event %" PRIu64 " (kind %d)",
                world.plan, world.recovery, world.workers, victim, after, (int)kind);
            return false;
        }
    }
    return true;
}

static void try_groups(enum ess_fault_kind kind, uint32_t most) {
    struct tally tally = {0};
    for (size_t p = 0; ess_plan_registry[p]; p++) {
        for (size_t r = 0; ess_recovery_registry[r]; r++) {
            /* The largest groups take most of the time: one response each, by turns. */
            for (uint32_t workers = 2; workers <= most - (p + r) % 2; workers++) {
                struct ess_test_world world = ess_test_world_default();
                world.plan = ess_plan_registry[p]->name;
                world.recovery = ess_recovery_registry[r]->name;
                world.workers = workers;
                world.elements = 4 * workers;
                world.segment_bytes = workers % 2 == 0 ? 3 * (int64_t)sizeof(float) : 0;
                world.seed = workers;
                for (uint32_t victim = 0; victim <= workers; victim++) {
                    bool well = try_deaths(world, victim, kind, &tally);
                    CU_ASSERT_TRUE(well);
                    if (!well) {
                        return;
                    }
                }
            }
        }
    }
    ess_test_note(
        "%" PRIu64 " deaths, %" PRIu64 " committed values compared", tally.deaths, tally.values);
}

static void crashes(void) {
    try_groups(ESS_FAULT_CRASH, GROUP_MAX);
}

static void silences(void) {
    try_groups(ESS_FAULT_SILENCE, GROUP_MAX - 2);
}

/* ---- two variants that are wrong on purpose: the proofs must see them -------------------------
 */

static struct ess_plan_type broken_plan;

static const struct ess_plan_type *ring(void) {
    size_t index = 0;
    while (strcmp(ess_plan_registry[index]->name, "ring") != 0) {
        index++;
    }
    return ess_plan_registry[index];
}

static void sums_twice(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring()->round(settings, call, rank, index, round);
    round->sum = round->receive_from != ESS_NONE; /* copies add as well */
}

static void overwrites_early(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring()->round(settings, call, rank, index, round);
    round->after = ESS_NONE;
}

static void is_caught(
    void (*round)(const void *, const struct ess_call *, uint32_t, uint32_t, struct ess_round *)) {
    struct ess_test_outcome outcome = {0};
    broken_plan = *ring();
    broken_plan.round = round;
    for (uint64_t seed = 1; seed <= 50 && !outcome.violation; seed++) {
        struct ess_test_world world = ess_test_world_default();
        world.own_plan = &broken_plan;
        world.workers = 4;
        world.sites = 1;
        world.seed = seed;
        ess_test_world_run(&world, &outcome);
    }
    CU_ASSERT_PTR_NOT_NULL(outcome.violation);
    if (outcome.violation) {
        ess_test_note("caught: %s", outcome.violation);
    }
}

static void broken_sums(void) {
    is_caught(sums_twice);
}

static void broken_order(void) {
    is_caught(overwrites_early);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"a crash after every event of every rank, groups of 2 to 5", crashes},
        {"silence after every event of every rank, groups of 2 and 3", silences},
        {"a plan that sums twice is caught", broken_sums},
        {"a plan that overwrites what is being sent is caught", broken_order},
        {NULL, NULL},
    };
    return ess_test_main("deaths", tests);
}
