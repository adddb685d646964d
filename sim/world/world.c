/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/world/world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "models/network/transport.h"
#include "sim/world/chosen.h"
#include "sim/world/network.h"
#include "sim/world/world_parts.h"

/* ---- building ---------------------------------------------------------------------------------
 */

static void build_collective(
    const struct ess_scenario_collectives *collectives, struct ess_job *job) {
    job->collective = ess_world_collective(collectives);
    job->result_only = true;
    job->average = collectives->reduction == ESS_REDUCTION_AVERAGE;
}

static void build_job(struct ess_world *world) {
    const struct ess_scenario_training *training = world->scenario->training;
    if (!training) {
        return; /* no peer runs then */
    }
    world->job = (struct ess_job){
        .steps = training->steps == INT64_MAX ? 0 : (uint64_t)training->steps,
        .elements = (uint64_t)training->parameters,
        .element_bytes = (uint32_t)training->gradient_bytes_per_parameter,
        .buckets = (uint32_t)training->buckets,
        .state_bytes = (uint64_t)(training->parameters * training->state_bytes_per_parameter),
        .stripes = (uint32_t)training->stripes,
        .work_flop = training->work_per_token_flop * (double)training->tokens_per_step,
        .minimum_workers = (uint32_t)training->minimum_workers,
        .founders = (uint32_t)training->founders,
        .formation_ns = training->formation_ns,
    };
    if (training->collectives) {
        build_collective(training->collectives, &world->job);
    }
}

static double buffer_bytes(int64_t of_host, int64_t of_transport) {
    return (double)(of_host == INT64_MAX ? of_transport : of_host);
}

/* The buffers of each machine: its kind's, else the transport's. The coordinator has the latter. */
static void set_buffers(struct ess_world *world, struct ess_network_settings *settings) {
    const struct ess_scenario *scenario = world->scenario;
    const struct ess_transport_settings *tcp = settings->tcp;
    double *send, *receive;
    if (!tcp) {
        return;
    }
    send = ess_arena_allocate(&world->arena, scenario->host_count + 1, sizeof *send);
    receive = ess_arena_allocate(&world->arena, scenario->host_count + 1, sizeof *receive);
    for (uint32_t i = 0; i < scenario->host_count; i++) {
        const struct ess_scenario_host_kind *kind = scenario->hosts[i].kind;
        send[i] = buffer_bytes(kind->send_buffer_bytes, tcp->send_buffer_bytes);
        receive[i] = buffer_bytes(kind->receive_buffer_bytes, tcp->receive_buffer_bytes);
    }
    send[scenario->host_count] = (double)tcp->send_buffer_bytes;
    receive[scenario->host_count] = (double)tcp->receive_buffer_bytes;
    settings->send_buffer_bytes = send;
    settings->receive_buffer_bytes = receive;
}

static void build_network(struct ess_world *world) {
    const struct ess_scenario *scenario = world->scenario;
    struct ess_network_settings settings = {
        .window_bytes = scenario->network.window_bytes == INT64_MAX
                            ? 0
                            : (double)scenario->network.window_bytes,
        .transport = scenario->network.transport.type,
        .tcp = scenario->network.transport.settings,
        .profile = scenario->network.profile_type,
        .congestion = scenario->network.congestion_type,
        .seed = scenario->seed,
        .replication = world->options->replication,
        .event_kind = EVENT_NETWORK,
        .event_class = CLASS_NETWORK,
        .finished = ess_transfers_finished,
    };
    set_buffers(world, &settings);
    ess_world_topology(scenario, &world->arena, &world->topology);
    world->cut_until_ns =
        ess_arena_allocate(&world->arena, world->topology.link_count, sizeof *world->cut_until_ns);
    settings.traits = ess_link_changes_traits(world);
    world->network.type = scenario->network.type;
    world->network.state =
        world->network.type->open(&world->engine, &world->arena, &world->topology, &settings);
}

static struct ess_machine_settings machine_settings(const struct ess_world *world, uint32_t peer) {
    const struct ess_scenario_host_kind *kind =
        peer == world->coordinator ? NULL : world->scenario->hosts[peer].kind;
    struct ess_machine_settings settings;
    /* Collectives need neither GPU nor CPU. */
    if (!kind || !world->scenario->training || !(kind->gpu_row || kind->cpu_row)) {
        /* Does arithmetic on its memory at most; the coordinator's energy is not counted. */
        return (struct ess_machine_settings){
            .peak_flop_per_s = 1e12, .efficiency = 1, .memory_bytes_per_s = 1e10};
    }
    settings = kind->gpu_row ? ess_machine_settings_of_gpu(
                                   kind->gpu_row, kind->efficiency, kind->base_power_w)
                             : ess_machine_settings_of_cpu(kind->cpu_row, kind->efficiency,
                                   kind->base_power_w, kind->memory_bytes);
    settings.memory_bytes = kind->memory_bytes;
    return settings;
}

static void build_agent(struct ess_world *world, uint32_t peer) {
    const struct ess_scenario *scenario = world->scenario;
    struct agent *agent = &world->agents[peer];
    struct ess_machine_settings settings = machine_settings(world, peer);
    struct ess_random random;
    agent->config = (struct ess_peer_config){
        .self = peer,
        .coordinator = world->coordinator,
        .peer_capacity = world->agent_count,
        .site = peer == world->coordinator ? scenario->coordinator.site_index
                                           : scenario->hosts[peer].site,
        .rejoin = true,
        .job = &world->job,
        .policies = &world->policies,
        .declared = world->declared,
    };
    agent->deadline_event = agent->machine_event = ESS_EVENT_NONE;
    agent->first_failing = agent->first_pair = agent->coordinator_pair = UINT32_MAX;
    agent->recent[0].other = agent->recent[1].other = UINT32_MAX;
    ess_machine_init(&agent->machine, &world->arena, &settings, 0);
    /* Clocks of their own: no policy may compare two peers' times and get away with it. */
    ess_random_init(&random, scenario->seed, peer, "clock");
    agent->clock.offset_ns = (int64_t)ess_random_below(&random, 1000000000000);
    agent->clock.drift_ppm = (int64_t)ess_random_below(&random, 101) - 50;
}

/* Each at the beginning of a line of memory. */
static void build_states(struct ess_world *world) {
    const struct agent *coordinator = &world->agents[world->coordinator];
    size_t lines = (ess_peer_state_bytes(&world->agents[0].config) + 63) / 64;
    unsigned char *states =
        ess_arena_resize(&world->arena, NULL, 0, world->agent_count - 1, 64 * lines);
    for (uint32_t peer = 0; peer + 1 < world->agent_count; peer++) {
        world->agents[peer].state = states + 64 * lines * peer;
    }
    world->agents[world->coordinator].state =
        ess_arena_resize(&world->arena, NULL, 0, 1, ess_peer_state_bytes(&coordinator->config));
}

static void build_agents(struct ess_world *world) {
    world->agent_count = (uint32_t)world->scenario->host_count + 1;
    world->coordinator = world->agent_count - 1;
    world->declared = ess_world_declare(world);
    world->agents =
        ess_arena_resize(&world->arena, NULL, 0, world->agent_count, sizeof *world->agents);
    for (uint32_t peer = 0; peer < world->agent_count; peer++) {
        build_agent(world, peer);
    }
    if (world->scenario->training) {
        build_states(world);
    }
}

/* ---- running ----------------------------------------------------------------------------------
 */

static enum ess_world_end end_of_engine(const struct ess_world *world, enum ess_engine_end end) {
    if (world->ended) {
        return world->outcome->end;
    }
    if (end == ESS_ENGINE_EVENT_BOUND) {
        return ESS_WORLD_EVENT_BOUND;
    }
    if (end == ESS_ENGINE_WALL_BOUND) {
        return ESS_WORLD_WALL_BOUND;
    }
    if (world->coordinator_lost) {
        return ESS_WORLD_COORDINATOR_LOST;
    }
    return ESS_WORLD_DURATION;
}

static void run(struct ess_world *world) {
    const struct ess_scenario *scenario = world->scenario;
    struct ess_world_outcome *outcome = world->outcome;
    struct ess_engine_bounds bounds = {
        .events = (uint64_t)scenario->bounds.events,
        .time_ns = scenario->duration_ns,
        .wall_s = 1e-9 * (double)scenario->bounds.wall_ns,
    };
    enum ess_engine_end end = ess_engine_run(&world->engine, &bounds);
    struct ess_network_statistics solver = world->network.type->statistics(world->network.state);
    double end_s;
    outcome->end = end_of_engine(world, end);
    outcome->ended_s = 1e-9 * (double)world->engine.now_ns;
    outcome->events = world->engine.events;
    outcome->solver_updates = solver.updates;
    outcome->solver_steps = solver.steps;
    ess_ledger_close(world);
    ess_transfers_close(world);
    /* A job that ends for any reason but completion wastes the rest of its time. */
    end_s = outcome->end == ESS_WORLD_JOB_COMPLETE ? outcome->last_commit_s
                                                   : 1e-9 * (double)scenario->duration_ns;
    if (outcome->end == ESS_WORLD_EVENT_BOUND || outcome->end == ESS_WORLD_WALL_BOUND) {
        end_s = outcome->ended_s;
    }
    outcome->judged_s = end_s - outcome->begun_s;
}

static void dispose(struct ess_world *world) {
    for (uint32_t peer = 0; peer < world->agent_count; peer++) {
        struct agent *agent = &world->agents[peer];
        ess_view_release(agent->view);
        for (size_t i = 0; i < agent->held_count; i++) {
            ess_view_release(agent->held[i].view);
        }
    }
    ess_mail_dispose(world);
    if (world->network.type) {
        world->network.type->close(world->network.state);
    }
    ess_trace_map_fini(&world->map);
    ess_arena_fini(&world->arena);
}

/* Step records outlive the arena. */
static void keep_records(struct ess_world_outcome *outcome) {
    size_t bytes = outcome->steps * sizeof *outcome->step_records;
    struct ess_world_step *copy = malloc(bytes + 1);
    if (!copy) {
        ess_out_of_memory(1, bytes);
    }
    if (bytes > 0) {
        memcpy(copy, outcome->step_records, bytes);
    }
    outcome->step_records = copy;
}

bool ess_world_run(const struct ess_scenario *scenario, const struct ess_world_options *options,
    struct ess_world_outcome *outcome, struct ess_trace_error *error) {
    struct ess_world world = {.scenario = scenario, .options = options, .outcome = outcome};
    bool ok;
    memset(outcome, 0, sizeof *outcome);
    outcome->begun_s = NAN;
    outcome->end = ESS_WORLD_DURATION;
    ess_arena_init(&world.arena, 0);
    ess_engine_init(&world.engine, &world.arena, &world, scenario->name, scenario->seed);
    world.policies = ess_world_policies(scenario, &world.chooser);
    build_job(&world);
    build_network(&world);
    build_agents(&world);
    ess_agent_register(&world);
    ess_mail_register(&world);
    ess_connections_register(&world);
    ess_exchange_init(&world);
    ess_link_changes_init(&world);
    ok = ess_life_init(&world, error);
    ess_transfers_init(&world);
    if (ok) {
        run(&world);
    }
    keep_records(outcome);
    dispose(&world);
    return ok;
}

void ess_world_outcome_fini(struct ess_world_outcome *outcome) {
    free(outcome->step_records);
    outcome->step_records = NULL;
    free(outcome->plain);
    outcome->plain = NULL;
}

const char *ess_world_end_text(enum ess_world_end end) {
    switch (end) {
    case ESS_WORLD_JOB_COMPLETE:
        return "the job is complete";
    case ESS_WORLD_DURATION:
        return "the scenario's duration is over";
    case ESS_WORLD_PARAMETERS_LOST:
        return "the last machine that held the parameters is gone";
    case ESS_WORLD_NOBODY_LEFT:
        return "every host is gone for good";
    case ESS_WORLD_COORDINATOR_LOST:
        return "the coordinator is lost";
    case ESS_WORLD_EVENT_BOUND:
        return "the bound on events is reached";
    case ESS_WORLD_WALL_BOUND:
        return "the bound on wall time is reached";
    }
    return "";
}
