/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_MAX_FLOW_H
#define ESS_ANALYSIS_BOUNDS_MAX_FLOW_H

/* Least cuts of small directed graphs with real capacities, by Dinic's blocking flows (E. A. Dinic,
 * Soviet Math. Doklady 11, 1970). O(nodes^2 arcs) at worst, some phases of O(arcs) as a rule.
 *
 * Residual capacity below a 1e-12th of the greatest arc counts as none, so that rounding cannot
 * keep it running: a cut may miss the least one by that much. Whoever needs the cut's value adds it
 * up from the arcs. */

#include <stdbool.h>
#include <stdint.h>

struct ess_flow_arc {
    uint32_t to;
    uint32_t next; /* arc of the same node, or UINT32_MAX */
    double residual;
};

/* Arc 2 i + 1 is arc 2 i backwards. */
struct ess_flow_graph {
    uint32_t node_count, arc_count, arc_capacity;
    struct ess_flow_arc *arcs;
    uint32_t *first, *at, *level, *queue; /* [node_count] */
    double greatest;                      /* capacity of an arc */
};

/* Room for that many nodes and arcs (there and back counted once); freed by ess_flow_graph_fini. */
void ess_flow_graph_init(struct ess_flow_graph *graph, uint32_t node_count, uint32_t arc_count);
void ess_flow_graph_fini(struct ess_flow_graph *graph);

/* Begin anew with no arcs. */
void ess_flow_graph_clear(struct ess_flow_graph *graph);

/* An arc of two capacities >= 0, one for each direction. */
void ess_flow_graph_add(
    struct ess_flow_graph *graph, uint32_t from, uint32_t to, double there, double back);

/* Send what goes from source to sink. Uses the arcs up: add them anew for another pair. Returns the
 * value of the flow; on_source_side[node] says which side of a least cut a node is on. */
double ess_flow_graph_cut(
    struct ess_flow_graph *graph, uint32_t source, uint32_t sink, bool *on_source_side);

#endif
