/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes through both readers of graphs, from memory: an error that says what was found and
 * expected, or a graph that keeps what graph_file.h promises and can be routed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/network/graph_file.h"
#include "models/network/great_circle.h"
#include "models/network/topology_info.h"
#include "sim/engine/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void demand(int holds) {
    if (!holds) {
        abort();
    }
}

static void check_nodes(const struct ess_graph *graph) {
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

static void check_edges(const struct ess_graph *graph) {
    uint32_t merged = 0, speedless = 0;
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        const struct ess_graph_edge *edge = &graph->edges[i];
        demand(edge->from < graph->node_count && edge->to < graph->node_count);
        demand(edge->from != edge->to && edge->merged > 0);
        demand(edge->forward_bits_per_s >= 0 && edge->backward_bits_per_s >= 0);
        merged += edge->merged;
        speedless += edge->forward_bits_per_s <= 0;
    }
    demand(merged + graph->loops == graph->file_edges);
    demand(graph->edge_count + graph->parallel + graph->loops == graph->file_edges);
    demand(speedless == graph->speedless);
}

static void route(const struct ess_graph *graph) {
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
        int64_t delay_ns = 1000;
        if (from->placed && to->placed) {
            delay_ns = ess_fibre_delay_ns(
                ess_great_circle_km(from->latitude, from->longitude, to->latitude, to->longitude),
                1);
        }
        demand(delay_ns >= 0 && delay_ns < 101000000);
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

static void try_format(const uint8_t *data, size_t size_bytes, enum ess_graph_format format) {
    struct ess_graph graph;
    struct ess_file_error error = {.found = ""};
    if (!ess_graph_read((const char *)data, size_bytes, format, &graph, &error)) {
        demand(error.found[0] != '\0' && error.expected[0] != '\0');
        demand(!graph.nodes && !graph.edges);
        return;
    }
    demand(graph.node_count > 0);
    check_nodes(&graph);
    check_edges(&graph);
    route(&graph);
    ess_graph_fini(&graph);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    try_format(data, size_bytes, ESS_GRAPH_GML);
    try_format(data, size_bytes, ESS_GRAPH_GRAPHML);
    try_format(data, size_bytes, ESS_GRAPH_AUTO);
    return 0;
}
