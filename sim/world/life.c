/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Availability (the replayed trace) and scripted faults: who is up when. A host runs when the trace
 * says so and no crash or silence fault holds it down. */
#include "sim/world/world_parts.h"

static bool may_run(const struct fate *fate) {
    return fate->wanted && fate->held_down == 0;
}

/* A machine that trains has a peer on it; without a training job it is only up or down. */
static void come_up(struct ess_world *world, uint32_t peer) {
    struct agent *agent = &world->agents[peer];
    if (agent->silent) {
        ess_transfers_reset(world, peer); /* the new kernel knows nothing of them */
    }
    if (world->scenario->training) {
        ess_agent_boot(world, peer);
        return;
    }
    agent->silent = false;
    ess_machine_boot(&agent->machine, world->engine.now_ns);
}

static void go_down(struct ess_world *world, uint32_t peer, bool silently) {
    struct agent *agent = &world->agents[peer];
    if (world->scenario->training) {
        ess_agent_depart(world, peer, silently);
    } else {
        agent->silent = silently;
        ess_machine_crash(&agent->machine, world->engine.now_ns);
    }
    if (silently) {
        ess_transfers_host_silent(world, peer);
    } else {
        ess_transfers_reset(world, peer);
    }
}

static void update_host(struct ess_world *world, uint32_t peer, bool silently) {
    const struct fate *fate = &world->fates[peer];
    bool runs = world->agents[peer].machine.state != ESS_MACHINE_DOWN;
    if (peer == world->coordinator && world->coordinator_lost) {
        return;
    }
    if (may_run(fate) && !runs) {
        come_up(world, peer);
    }
    if (!may_run(fate) && runs) {
        go_down(world, peer, silently);
        if (world->scenario->training && ess_life_is_over(world)) {
            world->ended = true;
            world->outcome->end = ESS_WORLD_NOBODY_LEFT;
            ess_engine_stop(&world->engine);
        }
    }
}

/* ---- the trace --------------------------------------------------------------------------------
 */

/* Only a host's next interval is known, and one event of it pending: the map makes them as they
 * come. The coordinator is in no trace. */
static void look_ahead(struct ess_world *world, uint32_t peer) {
    struct fate *fate = &world->fates[peer];
    fate->has_up = ess_trace_map_next(&world->map, &fate->replay, &fate->up);
    if (fate->has_up) {
        ess_engine_schedule(
            &world->engine, fate->up.start_ns, CLASS_CHANGE, EVENT_TRANSITION, peer, 1);
    }
}

static void on_transition(void *context, uint32_t peer, uint64_t up) {
    struct ess_world *world = context;
    struct fate *fate = &world->fates[peer];
    bool silently = world->scenario->availability.departure == (int64_t)ESS_DEPARTURE_SILENCE;
    fate->wanted = up;
    if (up) {
        update_host(world, peer, false);
        if (fate->has_up && fate->up.end_ns < world->scenario->duration_ns) {
            ess_engine_schedule(
                &world->engine, fate->up.end_ns, CLASS_CHANGE, EVENT_TRANSITION, peer, 0);
        }
        return;
    }
    look_ahead(world, peer);
    update_host(world, peer, silently);
}

/* ---- faults -----------------------------------------------------------------------------------
 */

static uint32_t host_of(const struct ess_world *world, const struct ess_scenario_fault *fault) {
    return fault->host_index == ESS_HOST_COORDINATOR ? world->coordinator : fault->host_index;
}

void ess_life_note_outage(struct ess_world *world, uint32_t link, int64_t until_ns) {
    int64_t timeout_ns = world->scenario->network.transport_timeout_ns;
    int64_t now_ns = world->engine.now_ns;
    world->has_cuts = true;
    if (until_ns <= world->cut_until_ns[link]) {
        return;
    }
    world->cut_until_ns[link] = until_ns;
    /* Links that are cut together are looked at together. */
    if (world->checked_from_ns == now_ns && world->checked_until_ns >= until_ns) {
        return;
    }
    if (until_ns - now_ns > timeout_ns) {
        world->checked_from_ns = now_ns;
        world->checked_until_ns = until_ns;
        ess_engine_schedule(&world->engine, now_ns + timeout_ns, CLASS_CHANGE, EVENT_CUT_TIMEOUT,
            link, (uint64_t)until_ns);
    }
}

/* Cut a link, `first` and the one after it being its two directions, in the ways whose bits are
 * set; or heal it. A connection needs its acknowledgements, so that one way is as good as both
 * before long: see the network for transfers, mail.c for messages. */
static void cut_link(
    struct ess_world *world, uint32_t first, unsigned ways, bool begin, int64_t until_ns) {
    for (uint32_t i = 0; i < 2; i++) {
        if (!(ways >> i & 1)) {
            continue;
        }
        ess_network_cut(&world->network, first + i, begin);
        if (begin) {
            ess_life_note_outage(world, first + i, until_ns);
        }
    }
}

/* Every WAN link with one end inside and one outside. */
static void cut_around(
    struct ess_world *world, const struct ess_scenario_fault *fault, bool begin, int64_t until_ns) {
    for (uint32_t i = 0; i < world->scenario->wan.all_link_count; i++) {
        const struct ess_scenario_wan_link *link = &world->scenario->wan.all_links[i];
        bool leaves = fault->inside[link->from_site]; /* forward is out of the partition */
        bool out = fault->direction == (int64_t)ESS_DIRECTION_OUT;
        unsigned ways = fault->direction == (int64_t)ESS_DIRECTION_BOTH ? 3 : out == leaves ? 1 : 2;
        if (leaves != fault->inside[link->to_site]) {
            cut_link(world, 2 * (world->topology.host_count + i), ways, begin, until_ns);
        }
    }
}

static void cut(
    struct ess_world *world, const struct ess_scenario_fault *fault, bool begin, int64_t until_ns) {
    bool second = fault->direction == (int64_t)ESS_DIRECTION_DOWN ||
                  fault->direction == (int64_t)ESS_DIRECTION_BACKWARD;
    unsigned ways = fault->direction == (int64_t)ESS_DIRECTION_BOTH ? 3
                    : second != fault->turned                       ? 2
                                                                    : 1;
    if (fault->kind == (int64_t)ESS_FAULT_PARTITION) {
        cut_around(world, fault, begin, until_ns);
    } else if (fault->wan_link != ESS_INDEX_NONE) {
        cut_link(world, 2 * (world->topology.host_count + fault->wan_link), ways, begin, until_ns);
    } else {
        cut_link(world, 2 * host_of(world, fault), ways, begin, until_ns);
    }
}

static void begin_fault(
    struct ess_world *world, const struct ess_scenario_fault *fault, int64_t until_ns) {
    switch ((enum ess_fault_kind)fault->kind) {
    case ESS_FAULT_CRASH:
    case ESS_FAULT_SILENCE:
        world->fates[host_of(world, fault)].held_down++;
        update_host(world, host_of(world, fault), fault->kind == (int64_t)ESS_FAULT_SILENCE);
        break;
    case ESS_FAULT_PAUSE:
        ess_agent_pause(world, host_of(world, fault));
        break;
    case ESS_FAULT_LINK_CUT:
    case ESS_FAULT_PARTITION:
        cut(world, fault, true, until_ns);
        break;
    case ESS_FAULT_RESET:
        ess_connections_break_all(world, host_of(world, fault));
        ess_transfers_reset(world, host_of(world, fault));
        break;
    }
}

static void end_fault(struct ess_world *world, const struct ess_scenario_fault *fault) {
    switch ((enum ess_fault_kind)fault->kind) {
    case ESS_FAULT_CRASH:
    case ESS_FAULT_SILENCE:
        world->fates[host_of(world, fault)].held_down--;
        update_host(world, host_of(world, fault), false);
        break;
    case ESS_FAULT_PAUSE:
        ess_agent_resume(world, host_of(world, fault));
        break;
    case ESS_FAULT_LINK_CUT:
    case ESS_FAULT_PARTITION:
        cut(world, fault, false, 0);
        break;
    case ESS_FAULT_RESET:
        break;
    }
}

static void on_fault(void *context, uint32_t index, uint64_t argument) {
    struct ess_world *world = context;
    const struct ess_scenario_fault *fault = &world->scenario->faults[index];
    bool forever = fault->for_ns == ESS_TIME_NONE;
    int64_t until_ns = forever ? INT64_MAX : world->engine.now_ns + fault->for_ns;
    (void)argument;
    begin_fault(world, fault, until_ns);
    if (!forever && fault->kind != (int64_t)ESS_FAULT_RESET) {
        ess_engine_schedule(&world->engine, until_ns, CLASS_CHANGE, EVENT_FAULT_OVER, index, 0);
    }
}

static void on_fault_over(void *context, uint32_t index, uint64_t argument) {
    struct ess_world *world = context;
    (void)argument;
    end_fault(world, &world->scenario->faults[index]);
}

/* A connection that has carried nothing for the transport's patience is given up by both ends; so
 * is what is tried anew while the cut lasts. */
static void on_cut_timeout(void *context, uint32_t link, uint64_t until) {
    struct ess_world *world = context;
    int64_t next_ns = world->engine.now_ns + world->scenario->network.transport_timeout_ns;
    for (uint32_t pair = 0; pair < world->pair_capacity; pair++) {
        const struct pair *one = &world->pairs[pair];
        if (one->from != UINT32_MAX && one->established &&
            ess_connections_cut_until(world, one->from, one->to) > world->engine.now_ns) {
            ess_connections_break(world, one->from, one->to);
        }
    }
    ess_transfers_check_cuts(world);
    if (next_ns < (int64_t)until) {
        ess_engine_schedule(&world->engine, next_ns, CLASS_CHANGE, EVENT_CUT_TIMEOUT, link, until);
    }
}

/* ---- beginning and end ------------------------------------------------------------------------
 */

static bool will_return(const struct ess_world *world, uint32_t peer) {
    if (world->fates[peer].has_up && world->fates[peer].held_down == 0) {
        return true;
    }
    for (size_t i = 0; i < world->scenario->fault_count; i++) {
        const struct ess_scenario_fault *fault = &world->scenario->faults[i];
        bool holds =
            fault->kind == (int64_t)ESS_FAULT_CRASH || fault->kind == (int64_t)ESS_FAULT_SILENCE;
        if (holds && host_of(world, fault) == peer && fault->for_ns != ESS_TIME_NONE &&
            fault->at_ns + fault->for_ns > world->engine.now_ns) {
            return true;
        }
    }
    return false;
}

bool ess_life_is_over(const struct ess_world *world) {
    for (uint32_t peer = 0; peer < world->agent_count; peer++) {
        const struct agent *agent = &world->agents[peer];
        if (peer != world->coordinator &&
            (agent->machine.state != ESS_MACHINE_DOWN || will_return(world, peer))) {
            return false;
        }
    }
    return true;
}

static struct ess_trace_map_settings map_settings(const struct ess_scenario *scenario) {
    const struct ess_scenario_availability *availability = &scenario->availability;
    struct ess_trace_map_settings settings = ess_trace_map_defaults();
    settings.mapping = availability->mapping == (int64_t)ESS_MAPPING_RANDOM ? ESS_TRACE_RANDOM
                                                                            : ESS_TRACE_IN_ORDER;
    settings.random_offset = availability->offset_random;
    settings.offset_ns = availability->offset_ns;
    settings.scale = availability->scale;
    settings.wrap = (int32_t)availability->wrap;
    return settings;
}

bool ess_world_varies(const struct ess_scenario *scenario, const struct ess_trace *trace) {
    struct ess_trace_map_settings settings = map_settings(scenario);
    return (trace && ess_trace_map_varies(&settings, trace, (int32_t)scenario->host_count)) ||
           ess_link_changes_are_drawn(scenario);
}

static bool map_trace(struct ess_world *world, struct ess_trace_error *error) {
    const struct ess_scenario *scenario = world->scenario;
    struct ess_trace_map_settings settings = map_settings(scenario);
    if (ess_trace_map(world->options->trace, &settings, (int32_t)scenario->host_count,
            scenario->duration_ns, scenario->seed, world->options->replication, &world->map,
            error) != 0) {
        return false;
    }
    world->has_map = true;
    return true;
}

bool ess_life_init(struct ess_world *world, struct ess_trace_error *error) {
    const struct ess_scenario *scenario = world->scenario;
    world->fates = ess_arena_allocate(&world->arena, world->agent_count, sizeof *world->fates);
    ess_engine_register(&world->engine, EVENT_TRANSITION, on_transition);
    ess_engine_register(&world->engine, EVENT_FAULT, on_fault);
    ess_engine_register(&world->engine, EVENT_FAULT_OVER, on_fault_over);
    ess_engine_register(&world->engine, EVENT_CUT_TIMEOUT, on_cut_timeout);
    if (world->options->trace && !map_trace(world, error)) {
        return false;
    }
    ess_engine_schedule(&world->engine, 0, CLASS_CHANGE, EVENT_TRANSITION, world->coordinator, 1);
    for (uint32_t peer = 0; peer < scenario->host_count; peer++) {
        if (!world->has_map) {
            ess_engine_schedule(&world->engine, 0, CLASS_CHANGE, EVENT_TRANSITION, peer, 1);
            continue;
        }
        world->fates[peer].replay = ess_trace_map_begin(&world->map, (int32_t)peer);
        look_ahead(world, peer);
    }
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        ess_engine_schedule(
            &world->engine, scenario->faults[i].at_ns, CLASS_CHANGE, EVENT_FAULT, i, 0);
    }
    return true;
}
