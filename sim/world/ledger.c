/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the workers' time went. While a worker's machine is up it is at each instant
 *   computing      its own work of the step runs (also while an all-reduce runs beside it)
 *   communicating  an all-reduce is in flight and nothing is computed: the part that is not hidden
 *   waiting        neither: the barrier, a join, a survey, outside of the group
 * A step's time counts when the step is committed. What is given up is lost: the communication of
 * operations that are done again, in proportion to their number, and all work of a step whose
 * worker died or was evicted before the commit. */
#include <math.h>

#include "sim/world/world_parts.h"

void ess_ledger_advance(struct ess_world *world, uint32_t peer) {
    struct agent *agent = &world->agents[peer];
    struct ledger *ledger = &agent->ledger;
    int64_t elapsed_ns = world->engine.now_ns - ledger->since_ns;
    enum activity activity = WAITING;
    ledger->since_ns = world->engine.now_ns;
    if (!ledger->up || elapsed_ns == 0 || peer == world->coordinator) {
        return;
    }
    if (ledger->has_work && !agent->paused) {
        activity = COMPUTING;
    } else if (ledger->operations_active > 0 && !agent->paused) {
        activity = COMMUNICATING;
    }
    ledger->step_ns[activity] += elapsed_ns;
}

static void begin_attempt(struct ledger *ledger) {
    ledger->operations_active = 0;
    ledger->operations_begun = 0;
}

void ess_ledger_boot(struct ess_world *world, uint32_t peer) {
    struct ledger *ledger = &world->agents[peer].ledger;
    begin_attempt(ledger);
    ledger->up = true;
}

/* The step so far is worth nothing any more; time spent waiting stays what it was. */
static void lose_step(struct ledger *ledger) {
    ledger->lost_ns += ledger->step_ns[COMPUTING] + ledger->step_ns[COMMUNICATING];
    ledger->total_ns[WAITING] += ledger->step_ns[WAITING];
    ledger->step_ns[COMPUTING] = ledger->step_ns[COMMUNICATING] = ledger->step_ns[WAITING] = 0;
    begin_attempt(ledger);
}

void ess_ledger_death(struct ess_world *world, uint32_t peer) {
    struct ledger *ledger = &world->agents[peer].ledger;
    if (peer == world->coordinator) {
        return;
    }
    world->outcome->deaths++;
    world->outcome->deaths_in_collective += ledger->operations_active > 0;
    lose_step(ledger);
}

static void commit_own_step(struct ledger *ledger) {
    for (int i = 0; i < ACTIVITIES; i++) {
        ledger->total_ns[i] += ledger->step_ns[i];
        ledger->step_ns[i] = 0;
    }
    begin_attempt(ledger);
}

static void abort_attempt(struct ledger *ledger, uint32_t redone) {
    if (ledger->operations_begun > 0) {
        int64_t lost_ns =
            (int64_t)((double)ledger->step_ns[COMMUNICATING] * redone / ledger->operations_begun);
        ledger->step_ns[COMMUNICATING] -= lost_ns;
        ledger->lost_ns += lost_ns;
        ledger->operations_begun -= redone;
    }
    ledger->operations_active = 0;
}

static double total_energy_j(const struct ess_world *world) {
    double energy_j = 0;
    for (uint32_t peer = 0; peer < world->agent_count; peer++) {
        if (peer != world->coordinator) {
            energy_j += ess_machine_energy_j(&world->agents[peer].machine, world->engine.now_ns);
        }
    }
    return energy_j;
}

static double total_wan_bytes(const struct ess_world *world) {
    return world->network.type->wan_bytes(world->network.state) + world->message_wan_bytes;
}

static void record_step(struct ess_world *world, const struct ess_report *report) {
    struct ess_world_outcome *outcome = world->outcome;
    const struct ess_view *view = &world->newest_view->view;
    double now_s = 1e-9 * (double)world->engine.now_ns;
    double wan_bytes = total_wan_bytes(world);
    outcome->step_records = ess_arena_reserve(&world->arena, outcome->step_records,
        &outcome->step_capacity, outcome->steps + 1, sizeof *outcome->step_records);
    outcome->step_records[outcome->steps++] = (struct ess_world_step){
        .step = report->step,
        .time_s = now_s,
        .duration_s = now_s - world->step_begun_s,
        .members = view->group.size,
        .contributors = report->count,
        .attempts = 1 + world->step_attempts,
        .losses = world->step_losses,
        .wan_bytes = wan_bytes - world->step_wan_bytes,
        .collective_s = 1e-9 * (double)(world->step_last_ns - world->step_first_ns),
    };
    outcome->last_commit_s = now_s;
    outcome->wan_bytes = wan_bytes;
    outcome->energy_j = total_energy_j(world);
    outcome->deaths_survived = world->losses;
    world->step_begun_s = now_s;
    world->step_wan_bytes = wan_bytes;
    world->step_attempts = 0;
    world->step_losses = 0;
    world->step_first_ns = world->step_last_ns = 0;
}

static void note_begun(struct ess_world *world) {
    double now_s = 1e-9 * (double)world->engine.now_ns;
    if (isnan(world->outcome->begun_s)) {
        world->outcome->begun_s = now_s;
        world->step_begun_s = now_s;
        world->step_wan_bytes = total_wan_bytes(world);
    }
}

void ess_ledger_report(struct ess_world *world, uint32_t peer, const struct ess_action *action) {
    struct ledger *ledger = &world->agents[peer].ledger;
    const struct ess_report *report = &action->report;
    switch (report->kind) {
    case ESS_REPORT_STEP_BEGUN:
        note_begun(world);
        break;
    case ESS_REPORT_OPERATION_BEGUN:
        if (world->step_first_ns == 0) {
            world->step_first_ns = world->engine.now_ns;
        }
        ledger->operations_active++;
        ledger->operations_begun++;
        break;
    case ESS_REPORT_OPERATION_TENTATIVE:
        ledger->operations_active--;
        world->step_last_ns = world->engine.now_ns;
        break;
    case ESS_REPORT_STEP_COMMITTED:
        commit_own_step(ledger);
        break;
    case ESS_REPORT_ATTEMPT_ABORTED:
        abort_attempt(ledger, report->count);
        break;
    case ESS_REPORT_EVICTED:
        lose_step(ledger);
        break;
    case ESS_REPORT_MEMBER_LOST:
        world->losses++;
        world->step_losses++;
        break;
    case ESS_REPORT_GROUP_STEP:
        record_step(world, report);
        break;
    default:
        break;
    }
}

/* Sum up. A step that was under way at the end counts as it went. */
void ess_ledger_close(struct ess_world *world) {
    struct ess_world_outcome *outcome = world->outcome;
    for (uint32_t peer = 0; peer < world->agent_count; peer++) {
        struct ledger *ledger = &world->agents[peer].ledger;
        if (peer == world->coordinator) {
            continue;
        }
        ess_ledger_advance(world, peer);
        commit_own_step(ledger);
        outcome->computing_s += 1e-9 * (double)ledger->total_ns[COMPUTING];
        outcome->communicating_s += 1e-9 * (double)ledger->total_ns[COMMUNICATING];
        outcome->waiting_s += 1e-9 * (double)ledger->total_ns[WAITING];
        outcome->lost_s += 1e-9 * (double)ledger->lost_ns;
    }
}
