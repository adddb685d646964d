/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows that come and go on the fluid network (models/network/fluid.h) under the engine: with
 * connections and their state, without peers.
 *
 *     measure_flows sites FLOWS WINDOW_S     random flows among 1,024 hosts in 8 sites, full mesh
 *     measure_flows bottleneck ARRIVALS      each arrival, and each end, moves 256 bottlenecks
 *
 * The second: 256 long flows over access links of 125 MB/s of their own and one link that holds
 * 256.5 of them. While a short flow is there its fair share is below 125 MB/s and all share that
 * link; without it each is held by its own. So the answer itself changes for all 257 each time.
 *
 * The value is processor seconds. Window 4 MiB and one round trip of handshake; SimGrid's CM02 has
 * the same cap and no handshake, and weighs flows by 1 / delay, which matters only where flows of
 * unlike delay share a full link. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_list.h"
#include "measure.h"
#include "models/network/fluid.h"
#include "models/network/sharing.h"
#include "sim/engine/arena.h"

enum { EVENT_NETWORK, EVENT_ARRIVAL = EVENT_NETWORK + ESS_FLUID_EVENT_KINDS };

struct world {
    struct ess_fluid *fluid; /* first: the network's handlers find it here */
    struct ess_engine engine;
    struct ess_arena arena;
    struct ess_topology topology;
    struct ess_topology_host hosts[1024];
    struct ess_topology_wan_link links[BENCH_WAN_LINKS];
    const struct bench_flow *flows;
    size_t flow_count;
    uint64_t finished;
    int64_t last_ns;
};

static void on_finished(void *context, uint64_t user) {
    struct world *world = context;
    (void)user;
    world->finished++;
    world->last_ns = world->engine.now_ns;
}

static void on_arrival(void *context, uint32_t index, uint64_t argument) {
    struct world *world = context;
    const struct bench_flow *flow = &world->flows[index];
    (void)argument;
    ess_fluid_begin(world->fluid, ess_fluid_connection(world->fluid, flow->from, flow->to),
        flow->bytes, flow->start_ns, index);
    if (index + 1 < world->flow_count) {
        ess_engine_schedule(
            &world->engine, world->flows[index + 1].start_ns, 0, EVENT_ARRIVAL, index + 1, 0);
    }
}

static void build_sites(struct world *world) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < 1024; i++) {
        world->hosts[i] = (struct ess_topology_host){i / (1024 / BENCH_SITES), 125e6, 125e6, 50000};
    }
    for (int i = 0; i < BENCH_SITES; i++) {
        for (int j = i + 1; j < BENCH_SITES; j++) {
            struct bench_wan wan = bench_wan_between(i, j);
            world->links[count++] = (struct ess_topology_wan_link){
                (uint32_t)i, (uint32_t)j, wan.bytes_per_s, wan.bytes_per_s, wan.one_way_ns};
        }
    }
    /* The way of lowest delay between two sites often leads through a third; SimGrid's platform has
     * the direct link only. */
    ess_topology_init_plan(&world->topology, &world->arena,
        &(struct ess_topology_plan){.hosts = world->hosts,
            .host_count = 1024,
            .site_count = BENCH_SITES,
            .wan_links = world->links,
            .wan_link_count = count,
            .routes = ESS_ROUTES_DIRECT});
}

static void build_bottleneck(struct world *world) {
    uint32_t hosts = 2 * BENCH_LONG_FLOWS + 2;
    double shared = (BENCH_LONG_FLOWS + 0.5) * 125e6;
    for (uint32_t i = 0; i < hosts; i++) {
        double rate = i < BENCH_LONG_FLOWS ? 125e6 : 1.25e9;
        world->hosts[i] =
            (struct ess_topology_host){i > BENCH_LONG_FLOWS ? 1 : 0, rate, rate, 1000};
    }
    world->links[0] = (struct ess_topology_wan_link){0, 1, shared, shared, 1000};
    ess_topology_init(&world->topology, &world->arena, world->hosts, hosts, 2, world->links, 1);
}

static void run(struct world *world) {
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    struct ess_fluid_settings settings = {
        .window_bytes = 4194304,
        .event_kind = EVENT_NETWORK,
        .event_class = 1,
        .finished = on_finished,
    };
    world->fluid = ess_fluid_new(&world->engine, &world->arena, &world->topology, &settings);
    ess_engine_register(&world->engine, EVENT_ARRIVAL, on_arrival);
    ess_engine_schedule(&world->engine, world->flows[0].start_ns, 0, EVENT_ARRIVAL, 0, 0);
    ess_engine_run(&world->engine, &bounds);
}

int main(int argc, char **argv) {
    static struct world world; /* half of it is the hosts: too much for a stack */
    struct bench_result result = {.value = 0};
    struct ess_sharing_statistics solver;
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    bool sites = argc > 3 && strcmp(argv[1], "sites") == 0;
    struct bench_flow *flows;
    double begin_s = bench_now_s(), built_s;
    if (count == 0 || (!sites && strcmp(argv[1], "bottleneck") != 0)) {
        fprintf(stderr, "usage: measure_flows sites FLOWS WINDOW_S | bottleneck ARRIVALS\n");
        return 2;
    }
    ess_arena_init(&world.arena, 0);
    ess_engine_init(&world.engine, &world.arena, &world, "measure_flows", 42);
    if (sites) {
        build_sites(&world);
        flows = bench_random_flows(count, atof(argv[3]), 1024);
        world.flow_count = count;
    } else {
        build_bottleneck(&world);
        flows = bench_bottleneck_flows(count);
        world.flow_count = BENCH_LONG_FLOWS + count;
    }
    world.flows = flows;
    built_s = bench_now_s();
    run(&world);
    result.value = bench_now_s() - built_s;
    result.setup_s = built_s - begin_s;
    result.simulated_s = 1e-9 * (double)world.last_ns;
    result.operations = (double)count;
    result.events = world.engine.events;
    result.transfers = world.finished;
    solver = ess_fluid_statistics(world.fluid);
    result.solver_updates = solver.resolutions;
    result.solver_steps = solver.links_processed;
    bench_print(&result);
    ess_fluid_free(world.fluid);
    ess_arena_fini(&world.arena);
    free(flows);
    return world.finished == world.flow_count ? 0 : 1;
}
