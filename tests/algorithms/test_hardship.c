/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a single death does not show: deaths in pairs, of joiners and of those who serve them, of
 * all but one; pauses, resets and cuts after every event; owners that stop a peer. Each run is
 * under the monitor and compares every committed value; here is judged how it must end.
 *
 * Where all cases would take too long, every STRIDE-th is tried, counted over all loops, so that
 * each pair of loops is sampled evenly. */
#include "ess_test.h"
#include "test_host.h"

#include <inttypes.h>

#define MS INT64_C(1000000)

/* How a run may end, beside complete. */
struct allowance {
    bool coordinator_lost; /* also: a worker came back when the job was over */
    bool evicted;
    bool parameters_lost;
    bool stuck; /* below the minimum of workers a group waits, as it should */
};

struct tally {
    uint64_t tried, runs, losses, values;
};

static struct ess_test_outcome outcome;

static void note(const struct tally *tally) {
    ess_test_note("%" PRIu64 " runs, %" PRIu64 " losses answered, %" PRIu64 " values compared",
        tally->runs, tally->losses, tally->values);
}

static const char *judge_worker(
    const struct ess_test_world *world, const struct allowance *allowed, uint32_t id) {
    switch (outcome.status[id]) {
    case ESS_STATUS_COMPLETE:
        return outcome.committed[id] == world->steps ? NULL : "complete without the last step";
    case ESS_STATUS_LEFT:
        return "left unasked";
    case ESS_STATUS_EVICTED:
        return allowed->evicted ? NULL : "evicted";
    case ESS_STATUS_COORDINATOR_LOST:
        return allowed->coordinator_lost ? NULL : "has lost the coordinator";
    case ESS_STATUS_PARAMETERS_LOST:
        return "ended as only a coordinator can";
    }
    return "unknown status";
}

/* Fault that a peer may have been asked to leave or have died is read from the world. */
static bool is_struck(const struct ess_test_world *world, uint32_t id) {
    for (uint32_t i = 0; i < world->fault_count; i++) {
        bool final =
            world->faults[i].kind == ESS_FAULT_STOP || world->faults[i].kind == ESS_FAULT_SILENCE;
        if (world->faults[i].peer == id && final) {
            return true;
        }
    }
    return outcome.dead[id];
}

/* Survivors commit the same steps: whoever ended early is behind by one at most, since the next
 * step needs all. */
static const char *judge_prefixes(const struct ess_test_world *world) {
    uint64_t least = UINT64_MAX, most = 0;
    for (uint32_t id = 1; id <= world->workers; id++) {
        if (is_struck(world, id) || outcome.status[id] != ESS_STATUS_COORDINATOR_LOST) {
            continue;
        }
        least = outcome.committed[id] < least ? outcome.committed[id] : least;
        most = outcome.committed[id] > most ? outcome.committed[id] : most;
    }
    return most > 0 && most - least > 1 ? "survivors are more than a step apart" : NULL;
}

static const char *judge(const struct ess_test_world *world, const struct allowance *allowed) {
    if (outcome.violation) {
        return outcome.violation;
    }
    if (outcome.stuck) {
        return allowed->stuck ? NULL : "a peer hangs";
    }
    if (outcome.status[0] == ESS_STATUS_PARAMETERS_LOST) {
        return allowed->parameters_lost ? NULL : "the parameters are lost";
    }
    for (uint32_t id = 1; id <= world->workers; id++) {
        const char *wrong = is_struck(world, id) ? NULL : judge_worker(world, allowed, id);
        if (wrong) {
            return wrong;
        }
    }
    return NULL;
}

static void print_world(const struct ess_test_world *world, const char *wrong) {
    ess_test_note("%s: seed %" PRIu64 ", %u workers (%u late), %s, %s", wrong, world->seed,
        world->workers, world->late_workers, world->plan, world->recovery);
    for (uint32_t i = 0; i < world->fault_count && i < 4; i++) {
        const struct ess_fault *fault = &world->faults[i];
        ess_test_note("  fault %d on %u (other %u) after event %" PRIu64 " at %" PRId64
                      " ns for %" PRId64 " ns",
            (int)fault->kind, fault->peer, fault->other, fault->after_events, fault->at_ns,
            fault->for_ns);
    }
}

/* False: a case failed and was printed. */
static bool try_world(
    const struct ess_test_world *world, struct allowance allowed, struct tally *tally) {
    const char *wrong;
    ess_test_world_run(world, &outcome);
    tally->runs++;
    tally->losses += outcome.losses;
    tally->values += outcome.values_checked;
    wrong = judge(world, &allowed);
    if (wrong) {
        print_world(world, wrong);
    }
    CU_ASSERT_PTR_NULL(wrong);
    return wrong == NULL;
}

static bool is_sampled(struct tally *tally, uint64_t stride) {
    return tally->tried++ % stride == 0;
}

static struct ess_test_world group_of(uint32_t workers, size_t recovery) {
    struct ess_test_world world = ess_test_world_default();
    world.workers = workers;
    world.recovery = ess_recovery_registry[recovery]->name;
    world.elements = 4 * workers;
    world.seed = 100 + workers;
    return world;
}

static uint64_t events_of(const struct ess_test_world *world, uint32_t peer) {
    ess_test_world_run(world, &outcome);
    return outcome.events[peer];
}

/* `world` with `fault` after every event of its peer; false once one has failed. */
static bool after_every_event(struct ess_test_world world, struct ess_fault fault, uint64_t stride,
    struct allowance allowed, struct tally *tally) {
    uint64_t events = events_of(&world, fault.peer);
    uint32_t index = world.fault_count++;
    for (uint64_t after = 1; after < events; after++) {
        if (!is_sampled(tally, stride)) {
            continue;
        }
        fault.after_events = after;
        world.faults[index] = fault;
        if (!try_world(&world, allowed, tally)) {
            return false;
        }
    }
    return true;
}

/* ---- deaths -----------------------------------------------------------------------------------
 */

/* Of three workers two die, each after every event of its own: all but one are gone. */
static void pairs_of_deaths(void) {
    struct tally tally = {0};
    for (size_t r = 0; ess_recovery_registry[r]; r++) {
        for (uint32_t survivor = 1; survivor <= 3; survivor++) {
            struct ess_test_world world = group_of(3, r);
            uint32_t first = survivor == 1 ? 2 : 1, second = survivor == 3 ? 2 : 3;
            uint64_t events = events_of(&world, first);
            world.fault_count = 1;
            for (uint64_t after = 1; after < events; after++) {
                world.faults[0] =
                    (struct ess_fault){.kind = after % 2 ? ESS_FAULT_CRASH : ESS_FAULT_SILENCE,
                        .peer = first,
                        .after_events = after};
                if (!after_every_event(world,
                        (struct ess_fault){.kind = ESS_FAULT_CRASH, .peer = second}, 11,
                        (struct allowance){0}, &tally)) {
                    return;
                }
            }
        }
    }
    note(&tally);
}

/* The coordinator dies after every event, and a worker a little earlier or later. */
static void coordinator_deaths(void) {
    struct tally tally = {0};
    for (size_t r = 0; ess_recovery_registry[r]; r++) {
        for (uint32_t workers = 1; workers <= 4; workers++) {
            struct ess_test_world world = group_of(workers, r);
            uint64_t events = events_of(&world, 0);
            world.fault_count = 2;
            for (uint64_t after = 1; after < events; after++) {
                world.faults[0] =
                    (struct ess_fault){.kind = ESS_FAULT_CRASH, .peer = 0, .after_events = after};
                world.faults[1] = (struct ess_fault){.kind = ESS_FAULT_CRASH,
                    .peer = 1,
                    .at_ns = (1 + (int64_t)after % 60) * 10 * MS};
                world.fault_count = 1 + after % 2;
                if (!try_world(&world, (struct allowance){.coordinator_lost = true}, &tally)) {
                    return;
                }
                CU_ASSERT_PTR_NULL(judge_prefixes(&world));
            }
        }
    }
    note(&tally);
}

/* Three founders, and two that come when the first step is over: they fetch in many stripes. */
static struct ess_test_world joining(size_t recovery, uint64_t seed) {
    struct ess_test_world world = group_of(5, recovery);
    world.elements = 64;
    world.stripes = 64;
    world.late_workers = 2;
    world.late_start_ns = 40 * MS;
    world.steps = 6;
    world.seed = seed;
    return world;
}

static void deaths_while_joining(void) {
    struct tally tally = {0};
    for (size_t r = 0; ess_recovery_registry[r]; r++) {
        for (uint32_t victim = 1; victim <= 5; victim++) {
            for (int silent = 0; silent < 2; silent++) {
                struct ess_fault fault = {
                    .kind = silent ? ESS_FAULT_SILENCE : ESS_FAULT_CRASH, .peer = victim};
                if (!after_every_event(joining(r, victim), fault, 7,
                        (struct allowance){.coordinator_lost = true}, &tally)) {
                    return;
                }
            }
        }
    }
    note(&tally);
}

/* A joiner that loses all who hold the parameters is no heir: the coordinator says so. */
static void all_holders_die_while_joining(void) {
    struct tally tally = {0};
    uint64_t lost = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct ess_test_world world = joining(seed % 2, seed);
        world.fault_count = 3;
        for (uint32_t i = 0; i < 3; i++) {
            world.faults[i] = (struct ess_fault){
                .kind = ESS_FAULT_CRASH, .peer = 1 + i, .at_ns = (60 + (int64_t)seed * 3) * MS};
        }
        if (!try_world(&world,
                (struct allowance){.coordinator_lost = true, .parameters_lost = true}, &tally)) {
            return;
        }
        lost += outcome.status[0] == ESS_STATUS_PARAMETERS_LOST;
    }
    CU_ASSERT(lost > 0);
    CU_ASSERT(lost < tally.runs);
    note(&tally);
}

/* More at once than the coordinator can report in one call. */
static void most_of_many_die_at_once(void) {
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct ess_test_world world = group_of(48, seed % 2);
        world.steps = 2;
        world.seed = seed;
        world.plan = ess_plan_registry[seed / 2 % 2]->name;
        world.fault_count = 47;
        for (uint32_t i = 0; i < world.fault_count; i++) {
            world.faults[i] =
                (struct ess_fault){.kind = seed < 4 ? ESS_FAULT_SILENCE : ESS_FAULT_CRASH,
                    .peer = 2 + i,
                    .at_ns = (20 + 15 * (int64_t)seed) * MS};
        }
        if (!try_world(&world, (struct allowance){0}, &tally)) {
            return;
        }
        CU_ASSERT(outcome.losses >= 40);
    }
    note(&tally);
}

/* ---- pauses, resets, cuts ---------------------------------------------------------------------
 */

static void pauses_of(uint32_t first, uint32_t last, const int64_t *lengths_ns, size_t count,
    bool rejoin, struct allowance allowed, uint64_t stride) {
    struct tally tally = {0};
    for (size_t r = 0; ess_recovery_registry[r]; r++) {
        for (uint32_t peer = first; peer <= last; peer++) {
            for (size_t i = 0; i < count; i++) {
                struct ess_test_world world = group_of(3, r);
                struct ess_fault fault = {
                    .kind = ESS_FAULT_PAUSE, .peer = peer, .for_ns = lengths_ns[i]};
                world.steps = 4;
                world.rejoin = rejoin;
                if (!after_every_event(world, fault, stride, allowed, &tally)) {
                    return;
                }
            }
        }
    }
    note(&tally);
}

static void short_pauses(void) {
    static const int64_t lengths_ns[] = {150 * MS, 700 * MS};
    pauses_of(0, 3, lengths_ns, 2, false, (struct allowance){0}, 5);
}

static void long_pauses(void) {
    static const int64_t lengths_ns[] = {1100 * MS, 2500 * MS, 7000 * MS};
    pauses_of(1, 3, lengths_ns, 3, true, (struct allowance){.coordinator_lost = true}, 7);
}

/* Longer than the time-out, shorter than the workers' patience: nobody is gone meanwhile. */
static void long_pauses_of_the_coordinator(void) {
    static const int64_t lengths_ns[] = {1200 * MS, 4000 * MS};
    pauses_of(0, 0, lengths_ns, 2, false, (struct allowance){0}, 1);
}

/* A group of one copies its input: such a copy may end after the peer has begun a new life. */
static void long_pauses_alone(void) {
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct ess_test_world world = group_of(1, seed % 2);
        struct ess_fault fault = {.kind = ESS_FAULT_PAUSE, .peer = 1, .for_ns = 2000 * MS};
        world.seed = seed;
        world.rejoin = true;
        world.buckets = 9;
        world.elements = 36;
        world.operations = 16;
        if (!after_every_event(world, fault, 1,
                (struct allowance){.coordinator_lost = true, .parameters_lost = true}, &tally)) {
            return;
        }
    }
    note(&tally);
}

static void evicted_for_good(void) {
    static const int64_t lengths_ns[] = {2500 * MS};
    pauses_of(1, 3, lengths_ns, 1, false,
        (struct allowance){.evicted = true, .coordinator_lost = true}, 5);
}

static void resets_and_cuts(void) {
    static const int64_t lengths_ns[] = {0, 300 * MS, 1200 * MS, 2500 * MS};
    struct tally tally = {0};
    for (size_t i = 0; i < 4; i++) {
        for (uint32_t peer = 0; peer <= 3; peer++) {
            for (uint32_t other = 0; other <= 3; other++) {
                struct ess_test_world world = group_of(3, (peer + other) % 2);
                /* Away from the coordinator for long, a worker may return to a job that is over. */
                struct allowance allowed = {
                    .coordinator_lost = i >= 2 && (peer == 0 || other == 0)};
                struct ess_fault fault = {.kind = i ? ESS_FAULT_CUT : ESS_FAULT_RESET,
                    .peer = peer,
                    .other = other,
                    .for_ns = lengths_ns[i]};
                world.steps = 3;
                world.rejoin = true;
                if (peer != other && !after_every_event(world, fault, i ? 9 : 3, allowed, &tally)) {
                    return;
                }
            }
        }
    }
    note(&tally);
}

/* A loss makes survivors stop and tell (or restart); meanwhile another is lost, or a link. */
static void loss_while_answering_a_loss(void) {
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct ess_test_world world = group_of(5, seed % 2);
        world.seed = seed;
        world.rejoin = true;
        world.fault_count = 2;
        world.faults[0] =
            (struct ess_fault){.kind = ESS_FAULT_CRASH, .peer = 2, .after_events = 10 + seed % 30};
        world.faults[1] =
            (struct ess_fault){.kind = seed % 3 == 0 ? ESS_FAULT_RESET : ESS_FAULT_CRASH,
                .peer = 4,
                .other = 0,
                /* The reset grace is over 300 ms after the crash; answers take some 10 ms. */
                .at_ns = (290 + (int64_t)(seed % 100)) * MS};
        if (!try_world(&world, (struct allowance){0}, &tally)) {
            return;
        }
    }
    note(&tally);
}

/* ---- the owner stops a peer -------------------------------------------------------------------
 */

static void stops(void) {
    struct tally tally = {0};
    uint64_t left = 0;
    for (size_t r = 0; ess_recovery_registry[r]; r++) {
        for (uint32_t peer = 0; peer <= 3; peer++) {
            struct ess_test_world world = group_of(3, r);
            struct ess_fault fault = {.kind = ESS_FAULT_STOP, .peer = peer};
            if (!after_every_event(
                    world, fault, 1, (struct allowance){.coordinator_lost = peer == 0}, &tally)) {
                return;
            }
            left += outcome.status[peer] == ESS_STATUS_LEFT;
        }
    }
    CU_ASSERT(left > 0);
    note(&tally);
}

/* ---- sizes and settings -----------------------------------------------------------------------
 */

static void extreme_settings(void) {
    static const uint32_t buckets[] = {1, 5, 63, 64};
    static const uint32_t operations[] = {1, 3, 16};
    static const uint32_t windows[] = {2, 3, 64};
    struct tally tally = {0};
    for (size_t i = 0; i < 4 * 3 * 3; i++) {
        for (size_t p = 0; ess_plan_registry[p]; p++) {
            struct ess_test_world world = group_of(4, i % 2);
            world.plan = ess_plan_registry[p]->name;
            world.elements = 192;
            world.stripes = 64;
            world.buckets = buckets[i % 4];
            world.operations = operations[i / 4 % 3];
            world.window = windows[i / 12];
            world.rejoin = true;
            world.steps = 3;
            world.fault_count = i % 3 == 0 ? 0 : 1;
            world.faults[0] = (struct ess_fault){.kind = ESS_FAULT_CRASH,
                .peer = 1 + (uint32_t)(i % 4),
                .after_events = 20 + 3 * i,
                .restart_ns = i % 2 ? 15 * MS : 0};
            if (!try_world(&world, (struct allowance){.coordinator_lost = true}, &tally)) {
                return;
            }
        }
    }
    note(&tally);
}

/* Two founders and a minimum of two: a death makes the other wait until a third comes. */
static void below_the_minimum(void) {
    struct tally tally = {0};
    for (uint32_t victim = 1; victim <= 2; victim++) {
        for (size_t r = 0; ess_recovery_registry[r]; r++) {
            struct ess_test_world world = group_of(3, r);
            world.minimum_workers = 2;
            world.late_workers = 1;
            world.late_start_ns = 3000 * MS;
            world.steps = 4;
            if (!after_every_event(world,
                    (struct ess_fault){.kind = ESS_FAULT_CRASH, .peer = victim}, 1,
                    (struct allowance){.coordinator_lost = true}, &tally)) {
                return;
            }
        }
    }
    note(&tally);
}

/* Before anything is committed the group may form anew: who was a joiner then is a founder now. */
static void formed_again(void) {
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct ess_test_world world = group_of(4, seed % 2);
        world.seed = seed;
        world.minimum_workers = 2;
        world.late_workers = 2;
        world.late_start_ns = 500 * MS;
        world.steps = 3;
        world.fault_count = 3;
        world.faults[0] =
            (struct ess_fault){.kind = ESS_FAULT_CRASH, .peer = 1, .after_events = 3 + seed % 5};
        world.faults[1] = (struct ess_fault){
            .kind = ESS_FAULT_CRASH, .peer = 2, .at_ns = (500 + (int64_t)seed) * MS};
        world.faults[2] = (struct ess_fault){
            .kind = ESS_FAULT_PAUSE, .peer = 4, .at_ns = 1 * MS, .for_ns = 900 * MS};
        if (!try_world(&world, (struct allowance){.coordinator_lost = true}, &tally)) {
            return;
        }
    }
    note(&tally);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"two of three die, after every pair of events (sampled)", pairs_of_deaths},
        {"the coordinator dies after every event: survivors agree", coordinator_deaths},
        {"a joiner or a founder dies while two join (sampled)", deaths_while_joining},
        {"all holders of the parameters die while two join", all_holders_die_while_joining},
        {"47 of 48 die at once", most_of_many_die_at_once},
        {"a pause shorter than the time-out after every event", short_pauses},
        {"a pause longer than the time-out after every event", long_pauses},
        {"a long pause of the coordinator after every event", long_pauses_of_the_coordinator},
        {"a long pause of the only worker after every event", long_pauses_alone},
        {"a long pause where evicted peers do not return", evicted_for_good},
        {"resets and cuts between every pair after every event (sampled)", resets_and_cuts},
        {"a loss while a loss is being answered", loss_while_answering_a_loss},
        {"the owner stops a peer after every event", stops},
        {"many buckets, few operations, the least and the largest window", extreme_settings},
        {"below the minimum of workers, and up again", below_the_minimum},
        {"the group forms anew before its first commit", formed_again},
        {NULL, NULL},
    };
    return ess_test_main("hardship", tests);
}
