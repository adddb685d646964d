/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random flows on a fat tree of 1,024 hosts (16 x 8 x 8, all links 1 Gbit/s and 50 us): the sharing
 * solver under the engine, with classes over fat-tree paths; no connections, no topology template.
 *
 *     measure_fattree FLOWS WINDOW_S
 *
 * Routes are those of SimGrid's fat tree (D mod k: the way up is picked by the destination's
 * number): 64 leaf switches with 16 parents each, 8 groups of 16 middle switches with 8 parents.
 * Weights 1 / delay and caps of 4 MiB / round trip: the model that SimGrid's CM02 computes. SimGrid
 * lists the hosts of its fat tree by name, h0 h1 h10 h100 …, and so does this.
 *
 * The value is processor seconds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_list.h"
#include "measure.h"
#include "models/network/sharing.h"
#include "sim/engine/arena.h"
#include "sim/engine/engine.h"

enum { HOSTS = 1024, LEAF = 16, GROUP = 128, PARENTS_LEAF = 16, PARENTS_MIDDLE = 8 };
enum { UP, DOWN, LEAF_UP, CORE_UP, CORE_DOWN, LEAF_DOWN, LAYERS }; /* HOSTS links each */
enum { HOP_NS = 50000 };
enum { EVENT_ARRIVAL, EVENT_ENTER, EVENT_COMPLETION };

struct tree {
    struct ess_engine engine;
    struct ess_arena arena;
    struct ess_sharing *sharing;
    ess_event_id completion;
    int64_t solved_ns; /* the solver's present */
    const struct bench_flow *flows;
    uint32_t *classes; /* [flow] */
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

static uint32_t link_of(uint32_t layer, uint32_t index) {
    return layer * HOSTS + index;
}

static uint32_t route(uint32_t a, uint32_t b, uint32_t *links) {
    uint32_t count = 0, parent = b % PARENTS_LEAF, core = b / LEAF % PARENTS_MIDDLE;
    links[count++] = link_of(UP, a);
    if (a / LEAF != b / LEAF) {
        links[count++] = link_of(LEAF_UP, a / LEAF * PARENTS_LEAF + parent);
        if (a / GROUP != b / GROUP) {
            uint32_t from = a / GROUP * PARENTS_LEAF + parent;
            uint32_t to = b / GROUP * PARENTS_LEAF + parent;
            links[count++] = link_of(CORE_UP, from * PARENTS_MIDDLE + core);
            links[count++] = link_of(CORE_DOWN, to * PARENTS_MIDDLE + core);
        }
        links[count++] = link_of(LEAF_DOWN, b / LEAF * PARENTS_LEAF + parent);
    }
    links[count++] = link_of(DOWN, b);
    return count;
}

static int64_t open_class(struct tree *tree, uint32_t flow) {
    uint32_t links[LAYERS], from = tree->number[tree->flows[flow].from],
                            to = tree->number[tree->flows[flow].to];
    uint32_t count = route(from, to, links);
    int64_t delay_ns = count * HOP_NS;
    double delay_s = 1e-9 * (double)delay_ns;
    tree->classes[flow] =
        ess_sharing_class(tree->sharing, links, count, 1 / delay_s, 4194304 / (2 * delay_s));
    return delay_ns;
}

static void on_arrival(void *context, uint32_t flow, uint64_t argument) {
    struct tree *tree = context;
    int64_t delay_ns = open_class(tree, flow);
    (void)argument;
    ess_engine_schedule(&tree->engine, tree->engine.now_ns + delay_ns, 1, EVENT_ENTER, flow, 0);
    if (flow + 1 < tree->flow_count) {
        ess_engine_schedule(
            &tree->engine, tree->flows[flow + 1].start_ns, 0, EVENT_ARRIVAL, flow + 1, 0);
    }
}

static void pop_finished(struct tree *tree) {
    struct ess_sharing_finished finished;
    while (ess_sharing_pop_finished(tree->sharing, &finished)) {
        ess_sharing_class_release(tree->sharing, tree->classes[finished.user]);
        tree->finished++;
        tree->last_ns = tree->engine.now_ns;
    }
}

static void catch_up(struct tree *tree) {
    if (tree->solved_ns < tree->engine.now_ns) {
        tree->solved_ns = tree->engine.now_ns;
        ess_sharing_advance(tree->sharing, tree->solved_ns);
    }
}

static void on_enter(void *context, uint32_t flow, uint64_t argument) {
    struct tree *tree = context;
    (void)argument;
    catch_up(tree);
    ess_sharing_start(tree->sharing, tree->classes[flow], tree->flows[flow].bytes, flow);
    ess_engine_request_settle(&tree->engine);
}

static void on_completion(void *context, uint32_t subject, uint64_t argument) {
    struct tree *tree = context;
    (void)subject;
    (void)argument;
    tree->completion = ESS_EVENT_NONE;
    ess_engine_request_settle(&tree->engine);
}

static void on_settle(void *context) {
    struct tree *tree = context;
    int64_t next_ns;
    catch_up(tree);
    pop_finished(tree);
    while (ess_sharing_next(tree->sharing) <= tree->engine.now_ns) {
        ess_sharing_advance(tree->sharing, tree->engine.now_ns);
        pop_finished(tree);
    }
    ess_sharing_resolve(tree->sharing);
    next_ns = ess_sharing_next(tree->sharing);
    if (tree->completion != ESS_EVENT_NONE) {
        ess_engine_cancel(&tree->engine, tree->completion);
        tree->completion = ESS_EVENT_NONE;
    }
    if (next_ns != ESS_SHARING_NEVER) {
        tree->completion = ess_engine_schedule(&tree->engine, next_ns, 1, EVENT_COMPLETION, 0, 0);
    }
}

static void build(struct tree *tree, uint32_t count, double window_s) {
    ess_arena_init(&tree->arena, 0);
    ess_engine_init(&tree->engine, &tree->arena, tree, "measure_fattree", 42);
    ess_engine_register(&tree->engine, EVENT_ARRIVAL, on_arrival);
    ess_engine_register(&tree->engine, EVENT_ENTER, on_enter);
    ess_engine_register(&tree->engine, EVENT_COMPLETION, on_completion);
    ess_engine_register_settle(&tree->engine, 2, on_settle);
    tree->completion = ESS_EVENT_NONE;
    tree->sharing = ess_sharing_new();
    for (uint32_t i = 0; i < LAYERS * HOSTS; i++) {
        ess_sharing_add_link(tree->sharing, 125e6);
    }
    for (uint32_t i = 0; i < HOSTS; i++) {
        tree->number[i] = i;
    }
    qsort(tree->number, HOSTS, sizeof tree->number[0], by_name);
    tree->flow_count = count;
    tree->flows = bench_random_flows(count, window_s, HOSTS);
    tree->classes = ess_arena_allocate(&tree->arena, count, sizeof *tree->classes);
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
    solver = ess_sharing_statistics(tree.sharing);
    result.solver_updates = solver.resolutions;
    result.solver_steps = solver.links_processed;
    bench_print(&result);
    ess_sharing_free(tree.sharing);
    free((void *)tree.flows);
    ess_arena_fini(&tree.arena);
    return tree.finished == count ? 0 : 1;
}
