/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/max_flow.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/bounds/network.h"

#define NO_ARC UINT32_MAX
#define UNREACHED UINT32_MAX
#define NEGLIGIBLE 1e-12

void ess_flow_graph_init(struct ess_flow_graph *graph, uint32_t node_count, uint32_t arc_count) {
    *graph = (struct ess_flow_graph){.node_count = node_count, .arc_capacity = 2 * arc_count};
    graph->arcs = ess_bound_allocate(2 * (size_t)arc_count, sizeof *graph->arcs);
    graph->first = ess_bound_allocate(node_count, sizeof *graph->first);
    graph->at = ess_bound_allocate(node_count, sizeof *graph->at);
    graph->level = ess_bound_allocate(node_count, sizeof *graph->level);
    graph->queue = ess_bound_allocate(node_count, sizeof *graph->queue);
    ess_flow_graph_clear(graph);
}

void ess_flow_graph_fini(struct ess_flow_graph *graph) {
    free(graph->arcs);
    free(graph->first);
    free(graph->at);
    free(graph->level);
    free(graph->queue);
}

void ess_flow_graph_clear(struct ess_flow_graph *graph) {
    graph->arc_count = 0;
    graph->greatest = 0;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        graph->first[node] = NO_ARC;
    }
}

static void add_half(struct ess_flow_graph *graph, uint32_t from, uint32_t to, double capacity) {
    uint32_t arc = graph->arc_count++;
    graph->arcs[arc] = (struct ess_flow_arc){to, graph->first[from], capacity};
    graph->first[from] = arc;
    graph->greatest = fmax(graph->greatest, capacity);
}

void ess_flow_graph_add(
    struct ess_flow_graph *graph, uint32_t from, uint32_t to, double there, double back) {
    assert(graph->arc_count + 2 <= graph->arc_capacity);
    add_half(graph, from, to, there);
    add_half(graph, to, from, back);
}

/* Levels by breadth from the source over arcs that have something left. Whether the sink has one.
 */
static bool find_levels(
    struct ess_flow_graph *graph, uint32_t source, uint32_t sink, double negligible) {
    uint32_t head = 0, tail = 0;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        graph->level[node] = UNREACHED;
        graph->at[node] = graph->first[node];
    }
    graph->level[source] = 0;
    graph->queue[tail++] = source;
    while (head < tail) {
        uint32_t node = graph->queue[head++];
        for (uint32_t arc = graph->first[node]; arc != NO_ARC; arc = graph->arcs[arc].next) {
            uint32_t to = graph->arcs[arc].to;
            if (graph->arcs[arc].residual > negligible && graph->level[to] == UNREACHED) {
                graph->level[to] = graph->level[node] + 1;
                graph->queue[tail++] = to;
            }
        }
    }
    return graph->level[sink] != UNREACHED;
}

/* An arc of the node that leads one level on, from where the last search stopped; or NO_ARC. */
static uint32_t next_arc(struct ess_flow_graph *graph, uint32_t node, double negligible) {
    uint32_t arc = graph->at[node];
    while (arc != NO_ARC && (graph->arcs[arc].residual <= negligible ||
                                graph->level[graph->arcs[arc].to] != graph->level[node] + 1)) {
        arc = graph->arcs[arc].next;
    }
    graph->at[node] = arc;
    return arc;
}

/* Send what fits along the chain of arcs in graph->queue. Returns how much that was. */
static double augment(struct ess_flow_graph *graph, uint32_t length) {
    double most = INFINITY;
    for (uint32_t i = 0; i < length; i++) {
        most = fmin(most, graph->arcs[graph->queue[i]].residual);
    }
    for (uint32_t i = 0; i < length; i++) {
        graph->arcs[graph->queue[i]].residual -= most;
        graph->arcs[graph->queue[i] ^ 1].residual += most;
    }
    return most;
}

/* All that goes along ways on which each arc leads one level on. */
static double send_blocking(
    struct ess_flow_graph *graph, uint32_t source, uint32_t sink, double negligible) {
    double sent = 0;
    uint32_t length = 0, node = source;
    for (;;) {
        uint32_t arc = node == sink ? NO_ARC : next_arc(graph, node, negligible);
        if (node == sink) {
            sent += augment(graph, length);
            length = 0;
            node = source;
        } else if (arc != NO_ARC) {
            graph->queue[length++] = arc;
            node = graph->arcs[arc].to;
        } else if (node == source) {
            return sent;
        } else { /* a dead end: no way of this phase goes through the node */
            graph->level[node] = UNREACHED;
            node = graph->arcs[graph->queue[--length] ^ 1].to;
        }
    }
}

double ess_flow_graph_cut(
    struct ess_flow_graph *graph, uint32_t source, uint32_t sink, bool *on_source_side) {
    double negligible = NEGLIGIBLE * graph->greatest, value = 0;
    while (find_levels(graph, source, sink, negligible)) {
        value += send_blocking(graph, source, sink, negligible);
    }
    for (uint32_t node = 0; node < graph->node_count; node++) {
        on_source_side[node] = graph->level[node] != UNREACHED;
    }
    return value;
}
