/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_FUZZ_GRAPH_PROMISES_H
#define ESS_FUZZ_GRAPH_PROMISES_H

/* What graph_file.h promises of a graph, whatever bytes it was read from: shared by the fuzz
 * targets of its readers. Ends the program where a promise is broken. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/network/graph_file.h"
#include "models/network/graph_reader.h"
#include "models/network/great_circle.h"
#include "models/network/topology_info.h"
#include "sim/engine/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static inline void demand(int holds) {
    if (!holds) {
        abort();
    }
}

static inline void check_nodes(const struct ess_graph *graph) {
    uint32_t unplaced = 0;
    bool several;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        const struct ess_graph_node *node = &graph->nodes[i];
        demand(node->id != NULL && node->label != NULL);
        demand(!node->placed || (fabs(node->latitude) <= 90 && fabs(node->longitude) <= 180));
        unplaced += !node->placed;
    }
    demand(unplaced == graph->unplaced && graph->bad_places <= unplaced);
    demand(ess_graph_find(graph, graph->nodes[0].id, &several) == 0);
}

static inline void check_edges(const struct ess_graph *graph) {
    uint32_t merged = 0, speedless = 0;
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        const struct ess_graph_edge *edge = &graph->edges[i];
        demand(edge->from < graph->node_count && edge->to < graph->node_count);
        demand(edge->from != edge->to && edge->merged > 0);
        demand(edge->forward_bits_per_s >= 0 && edge->backward_bits_per_s >= 0);
        demand(edge->forward_delay_ns >= -1 && edge->forward_delay_ns <= ESS_GRAPH_DELAY_MAX_NS);
        demand((edge->forward_delay_ns < 0) == (edge->backward_delay_ns < 0));
        merged += edge->merged;
        speedless += edge->forward_bits_per_s <= 0;
    }
    demand(merged + graph->loops == graph->file_edges);
    demand(graph->edge_count + graph->parallel + graph->loops == graph->file_edges);
    demand(speedless == graph->speedless);
}

static inline void route(const struct ess_graph *graph) {
    struct ess_arena arena;
    struct ess_topology topology;
    struct ess_topology_info info;
    struct ess_topology_wan_link *links;
    if (graph->node_count > 200 || graph->edge_count > 2000) {
        return;
    }
    ess_arena_init(&arena, 0);
    links = ess_arena_allocate(&arena, graph->edge_count, sizeof *links);
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        const struct ess_graph_node *from = &graph->nodes[graph->edges[i].from];
        const struct ess_graph_node *to = &graph->nodes[graph->edges[i].to];
        int64_t delay_ns =
            graph->edges[i].forward_delay_ns < 0 ? 1000 : graph->edges[i].forward_delay_ns;
        if (graph->edges[i].forward_delay_ns < 0 && from->placed && to->placed) {
            delay_ns = ess_fibre_delay_ns(
                ess_great_circle_km(from->latitude, from->longitude, to->latitude, to->longitude),
                1);
        }
        demand(delay_ns >= 0 && delay_ns <= ESS_GRAPH_DELAY_MAX_NS);
        links[i] = (struct ess_topology_wan_link){
            graph->edges[i].from, graph->edges[i].to, 1, 1, delay_ns};
    }
    demand(
        ess_topology_init(&topology, &arena, NULL, 0, graph->node_count, links, graph->edge_count));
    ess_topology_info(&topology, graph->node_count, &arena, &info);
    demand(info.part_count >= 1 && info.part_count <= graph->node_count);
    demand((info.part_count == 1) == (info.pairs_without_way == 0));
    ess_arena_fini(&arena);
}

/* Read the bytes in a format (NULL: the one that they look like): an error that says what was found
 * and expected, or a graph that keeps the promises and can be routed. */
static inline void try_graph(const uint8_t *data, size_t size_bytes, const char *format) {
    const struct ess_graph_form form = {.rate_unit_bits_per_s = 1e6, .delay_unit_ns = 1e6};
    const struct ess_graph_form *forms[] = {NULL, &form};
    for (int i = 0; i < 2; i++) {
        struct ess_graph graph;
        struct ess_file_error error = {.found = ""};
        if (!ess_graph_read((const char *)data, size_bytes, format, forms[i], &graph, &error)) {
            demand(error.found[0] != '\0' && error.expected[0] != '\0');
            demand(!graph.nodes && !graph.edges);
            continue;
        }
        demand(graph.node_count > 0 && graph.format != NULL);
        demand(!forms[i] || (graph.unitless_rates == 0 && graph.unitless_delays == 0));
        check_nodes(&graph);
        check_edges(&graph);
        route(&graph);
        ess_graph_fini(&graph);
    }
}

#endif
