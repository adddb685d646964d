/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random flows on a fat tree of 1,024 hosts (16 x 8 x 8, all links 1 Gbit/s and 50 us): the fluid
 * network, a connection for each pair that meets, over a topology whose one site is a fat tree.
 *
 *     measure_fattree FLOWS WINDOW_S
 *
 * The same tree as SimGrid's of children 16, 8, 8 and parents 1, 16, 8, routed D mod k. SimGrid
 * lists the hosts of its fat tree by name, h0 h1 h10 h100 …, and so does this. What differs from
 * SimGrid's CM02: a new connection shakes hands first (a round trip of 0.2 to 0.6 ms), flows of
 * one pair follow each other, and shares on a full link are those of the fluid network.
 *
 * The value is processor seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_list.h"
#include "measure.h"
#include "models/network/fluid.h"
#include "models/network/sharing.h"
#include "sim/engine/arena.h"
#include "sim/engine/engine.h"

enum { HOSTS = 1024, HOP_NS = 50000 };
enum { EVENT_FLUID, EVENT_ARRIVAL = EVENT_FLUID + ESS_FLUID_EVENT_KINDS };

struct tree {
    struct ess_fluid *fluid; /* first, as its header asks */
    struct ess_engine engine;
    struct ess_arena arena;
    struct ess_topology topology;
    struct ess_topology_host hosts[HOSTS];
    const struct bench_flow *flows;
    uint32_t flow_count;
    uint32_t finished;
    int64_t last_ns;
    uint32_t number[HOSTS]; /* of the host at this place of the list */
};

static int by_name(const void *left, const void *right) {
    char a[16], b[16];
    snprintf(a, sizeof a, "%u", *(const uint32_t *)left);
    snprintf(b, sizeof b, "%u", *(const uint32_t *)right);
    return strcmp(a, b);
}

static void on_arrival(void *context, uint32_t index, uint64_t argument) {
    struct tree *tree = context;
    const struct bench_flow *flow = &tree->flows[index];
    uint32_t connection =
        ess_fluid_connection(tree->fluid, tree->number[flow->from], tree->number[flow->to]);
    (void)argument;
    ess_fluid_begin(tree->fluid, connection, flow->bytes, tree->engine.now_ns, index);
    if (index + 1 < tree->flow_count) {
        ess_engine_schedule(
            &tree->engine, tree->flows[index + 1].start_ns, 0, EVENT_ARRIVAL, index + 1, 0);
    }
}

static void on_finished(void *context, uint64_t user) {
    struct tree *tree = context;
    (void)user;
    tree->finished++;
    tree->last_ns = tree->engine.now_ns;
}

static void build_topology(struct tree *tree) {
    struct ess_topology_tree inner = {
        .host_count = HOSTS,
        .shape = {.levels = 3, .children = {16, 8, 8}, .parents = {1, 16, 8}},
        .rate_bytes_per_s = 125e6,
        .delay_ns = HOP_NS,
    };
    struct ess_topology_plan plan = {
        .hosts = tree->hosts,
        .host_count = HOSTS,
        .site_count = 1,
        .trees = &inner,
        .tree_count = 1,
    };
    for (uint32_t i = 0; i < HOSTS; i++) {
        tree->hosts[i] = (struct ess_topology_host){0, 125e6, 125e6, HOP_NS};
        tree->number[i] = i;
    }
    qsort(tree->number, HOSTS, sizeof tree->number[0], by_name);
    if (!ess_topology_init_plan(&tree->topology, &tree->arena, &plan)) {
        fprintf(stderr, "measure_fattree: the tree is not sound\n");
        exit(1);
    }
}

static void build(struct tree *tree, uint32_t count, double window_s) {
    struct ess_fluid_settings settings = {
        .window_bytes = 4194304,
        .event_kind = EVENT_FLUID,
        .event_class = 1,
        .finished = on_finished,
    };
    ess_arena_init(&tree->arena, 0);
    ess_engine_init(&tree->engine, &tree->arena, tree, "measure_fattree", 42);
    ess_engine_register(&tree->engine, EVENT_ARRIVAL, on_arrival);
    build_topology(tree);
    tree->fluid = ess_fluid_new(&tree->engine, &tree->arena, &tree->topology, &settings);
    tree->flow_count = count;
    tree->flows = bench_random_flows(count, window_s, HOSTS);
}

int main(int argc, char **argv) {
    static struct tree tree;
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    struct bench_result result = {.value = 0};
    struct ess_sharing_statistics solver;
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    double begin_s = bench_now_s(), built_s;
    if (count == 0) {
        fprintf(stderr, "usage: measure_fattree FLOWS WINDOW_S\n");
        return 2;
    }
    build(&tree, count, atof(argv[2]));
    built_s = bench_now_s();
    ess_engine_schedule(&tree.engine, tree.flows[0].start_ns, 0, EVENT_ARRIVAL, 0, 0);
    ess_engine_run(&tree.engine, &bounds);
    result.value = bench_now_s() - built_s;
    result.setup_s = built_s - begin_s;
    result.simulated_s = 1e-9 * (double)tree.last_ns;
    result.operations = count;
    result.events = tree.engine.events;
    result.transfers = tree.finished;
    solver = ess_fluid_statistics(tree.fluid);
    result.solver_updates = solver.resolutions;
    result.solver_steps = solver.links_processed;
    bench_print(&result);
    ess_fluid_free(tree.fluid);
    free((void *)tree.flows);
    ess_arena_fini(&tree.arena);
    return tree.finished == count ? 0 : 1;
}
