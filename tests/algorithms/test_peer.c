/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peers on the test host: what happens without faults, and with each kind of fault. */
#include "ess_test.h"
#include "test_host.h"

#include <stdio.h>

#define MS INT64_C(1000000)

static struct ess_test_outcome outcome;

static void expect_all_complete(uint32_t workers, uint64_t steps) {
    CU_ASSERT_PTR_NULL(outcome.violation);
    if (outcome.violation) {
        ess_test_note("%s", outcome.violation);
    }
    CU_ASSERT_FALSE(outcome.stuck);
    for (uint32_t id = 0; id <= workers; id++) {
        if (outcome.dead[id]) {
            continue;
        }
        CU_ASSERT_TRUE(outcome.ended[id]);
        if (outcome.status[id] == ESS_STATUS_COORDINATOR_LOST) {
            /* The job was over before this one was let in again. */
            CU_ASSERT_EQUAL(outcome.status[0], ESS_STATUS_COMPLETE);
            continue;
        }
        CU_ASSERT_EQUAL(outcome.status[id], ESS_STATUS_COMPLETE);
        if (id > 0) {
            CU_ASSERT_EQUAL(outcome.committed[id], steps);
        }
    }
}

static void no_fault(void) {
    uint64_t runs = 0;
    for (size_t p = 0; ess_plan_registry[p]; p++) {
        for (uint32_t workers = 1; workers <= 12; workers++) {
            struct ess_test_world world = ess_test_world_default();
            world.plan = ess_plan_registry[p]->name;
            world.workers = workers;
            world.sites = 1 + workers % 4;
            world.elements = 8 + workers * 4;
            world.steps = 3;
            world.seed = workers;
            ess_test_world_run(&world, &outcome);
            expect_all_complete(workers, 3);
            CU_ASSERT_EQUAL(outcome.values_checked, workers * 3u * world.elements);
            runs++;
        }
    }
    ess_test_note("%llu runs", (unsigned long long)runs);
}

static void awkward_sizes(void) {
    static const uint32_t sizes[] = {0, 1, 2, 3, 5, 7, 63};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t p = 0; ess_plan_registry[p]; p++) {
            struct ess_test_world world = ess_test_world_default();
            world.plan = ess_plan_registry[p]->name;
            world.workers = 5;
            world.elements = sizes[i];
            world.buckets = 3;
            ess_test_world_run(&world, &outcome);
            expect_all_complete(5, 2);
        }
    }
}

/* Each selection over sizes that it tells apart; losses change the group, and with it the plan. */
static void selections(void) {
    uint64_t runs = 0;
    for (size_t s = 0; ess_selection_registry[s]; s++) {
        for (uint32_t trial = 0; trial < 2 * 12 * 4; trial++) {
            static const uint32_t elements[] = {1, 61, 2000, 9000};
            struct ess_test_world world = ess_test_world_default();
            world.selection = ess_selection_registry[s]->name;
            world.plan = trial % 2 ? "ring" : "double_tree";
            world.workers = 1 + trial / 2 % 12;
            world.elements = elements[trial / 24];
            world.buckets = 1 + trial % 3;
            world.seed = trial;
            ess_test_world_run(&world, &outcome);
            expect_all_complete(world.workers, world.steps);
            CU_ASSERT_EQUAL(outcome.values_checked, world.workers * world.steps * world.elements);
            runs++;
        }
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct ess_test_world world = ess_test_world_default();
            world.selection = ess_selection_registry[s]->name;
            world.recovery = ess_recovery_registry[seed % 2]->name;
            world.workers = 8;
            world.elements = 1024;
            world.steps = 6;
            world.rejoin = true;
            world.seed = seed;
            world.faults[world.fault_count++] = (struct ess_fault){
                .kind = ESS_FAULT_CRASH, .peer = 3, .at_ns = 30 * MS, .restart_ns = 1500 * MS};
            ess_test_world_run(&world, &outcome);
            expect_all_complete(8, 6);
            runs++;
        }
    }
    ess_test_note("%llu runs", (unsigned long long)runs);
}

static struct ess_test_world with_fault(const char *recovery, struct ess_fault fault) {
    struct ess_test_world world = ess_test_world_default();
    world.recovery = recovery;
    world.workers = 4;
    world.steps = 6;
    world.rejoin = true;
    world.faults[world.fault_count++] = fault;
    return world;
}

static void run_fault(struct ess_fault fault, uint64_t at_least_losses) {
    for (size_t r = 0; ess_recovery_registry[r]; r++) {
        for (uint64_t seed = 1; seed <= 40; seed++) {
            struct ess_test_world world = with_fault(ess_recovery_registry[r]->name, fault);
            world.seed = seed;
            ess_test_world_run(&world, &outcome);
            expect_all_complete(4, 6);
            if (at_least_losses) {
                CU_ASSERT(outcome.losses >= at_least_losses || outcome.committed[1] == 6);
            }
            if (outcome.violation || outcome.stuck) {
                ess_test_note(
                    "seed %llu, %s", (unsigned long long)seed, ess_recovery_registry[r]->name);
                return;
            }
        }
    }
}

static void crash(void) {
    run_fault((struct ess_fault){.kind = ESS_FAULT_CRASH, .peer = 2, .at_ns = 30 * MS}, 1);
}

static void crash_and_return(void) {
    run_fault(
        (struct ess_fault){
            .kind = ESS_FAULT_CRASH, .peer = 2, .at_ns = 30 * MS, .restart_ns = 20 * MS},
        1);
}

static void silence(void) {
    run_fault((struct ess_fault){.kind = ESS_FAULT_SILENCE, .peer = 3, .at_ns = 40 * MS}, 1);
}

static void short_pause(void) {
    run_fault(
        (struct ess_fault){
            .kind = ESS_FAULT_PAUSE, .peer = 1, .at_ns = 30 * MS, .for_ns = 500 * MS},
        0);
    CU_ASSERT_EQUAL(outcome.losses, 0);
}

static void long_pause(void) {
    run_fault(
        (struct ess_fault){
            .kind = ESS_FAULT_PAUSE, .peer = 1, .at_ns = 30 * MS, .for_ns = 2500 * MS},
        1);
    CU_ASSERT(outcome.losses >= 1);
}

static void paused_coordinator(void) {
    run_fault(
        (struct ess_fault){
            .kind = ESS_FAULT_PAUSE, .peer = 0, .at_ns = 30 * MS, .for_ns = 700 * MS},
        0);
}

static void short_cut(void) {
    run_fault(
        (struct ess_fault){
            .kind = ESS_FAULT_CUT, .peer = 1, .other = 3, .at_ns = 20 * MS, .for_ns = 400 * MS},
        0);
}

static void long_cut(void) {
    run_fault(
        (struct ess_fault){
            .kind = ESS_FAULT_CUT, .peer = 1, .other = 3, .at_ns = 20 * MS, .for_ns = 1200 * MS},
        0);
}

static void cut_from_coordinator(void) {
    run_fault(
        (struct ess_fault){
            .kind = ESS_FAULT_CUT, .peer = 0, .other = 2, .at_ns = 20 * MS, .for_ns = 2000 * MS},
        1);
}

static void broken_connection(void) {
    run_fault(
        (struct ess_fault){.kind = ESS_FAULT_RESET, .peer = 1, .other = 3, .at_ns = 25 * MS}, 0);
    run_fault(
        (struct ess_fault){.kind = ESS_FAULT_RESET, .peer = 0, .other = 3, .at_ns = 25 * MS}, 0);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"groups of 1 to 12 without a fault commit the exact sums", no_fault},
        {"sizes that do not divide, and none", awkward_sizes},
        {"each selection, with and without a loss", selections},
        {"a crash", crash},
        {"a crash and a return before anybody noticed", crash_and_return},
        {"silence", silence},
        {"a pause shorter than the time-out loses nobody", short_pause},
        {"a pause longer than the time-out: evicted, and back", long_pause},
        {"the coordinator pauses", paused_coordinator},
        {"a cut between two workers that heals in time", short_cut},
        {"a cut between two workers that outlasts the transport", long_cut},
        {"a worker cut off from the coordinator", cut_from_coordinator},
        {"a connection breaks and nobody is gone", broken_connection},
        {NULL, NULL},
    };
    return ess_test_main("peer", tests);
}
