/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_GRAPH_FILE_H
#define ESS_MODELS_NETWORK_GRAPH_FILE_H

/* Networks of operators as graph files: GML (Himsolt 1997) and GraphML (Brandes et al. 2002), read
 * by igraph; made for the Internet Topology Zoo (Knight et al., JSAC 29(9), 2011), whose names are
 * the ones known here. Nodes: `id`, `label`, `Latitude`, `Longitude` in degrees. Edges:
 * `LinkSpeedRaw` in bit/s, else `LinkSpeed` with `LinkSpeedUnits` of K, M, G or T bit/s. Names are
 * compared without regard to case; all others are passed over.
 *
 * Dirty data, each counted: an edge from a node to itself is dropped; parallel edges become one
 * whose speed is the sum of those given; speeds that are no number above 0 count as not given;
 * coordinates count as not given where one of the two is missing, no number, or outside of 90 and
 * 180 degrees. In a directed file an edge is one direction and its opposite the other; where only
 * one is there, it serves both. */

#include <stdint.h>

#include "models/network/file_bytes.h"

#define ESS_GRAPH_NODES_MAX 100000
#define ESS_GRAPH_EDGES_MAX 1000000

enum ess_graph_format { ESS_GRAPH_AUTO, ESS_GRAPH_GML, ESS_GRAPH_GRAPHML };

struct ess_graph_node {
    char *id;
    char *label; /* never NULL; "" where there is none */
    bool placed;
    double latitude, longitude; /* degrees */
};

/* An edge after merging; where it is undirected, `from` is the earlier node of the file. */
struct ess_graph_edge {
    uint32_t from, to;
    double forward_bits_per_s, backward_bits_per_s; /* 0: not given */
    uint32_t merged;                                /* edges of the file in it */
};

struct ess_graph {
    bool directed; /* the file said so */
    struct ess_graph_node *nodes;
    uint32_t node_count;
    struct ess_graph_edge *edges; /* in the order of the file */
    uint32_t edge_count;
    uint32_t file_edges, loops, parallel; /* in the file; dropped; merged into an earlier one */
    uint32_t unplaced;                    /* nodes without coordinates */
    uint32_t speedless;                   /* edges, after merging, without a speed */
    uint32_t bad_speeds, bad_places;      /* given, and no use */
};

/* Whether bytes look like the format: GraphML begins with "<", GML has "graph" followed by "[". */
bool ess_graph_looks_like(const char *bytes, size_t count, enum ess_graph_format format);

/* Read a graph from memory. False and an error, with the line where igraph names one, where it is
 * not well formed or too large; then `graph` is empty. The graph is the caller's. */
bool ess_graph_read(const char *bytes, size_t count, enum ess_graph_format format,
    struct ess_graph *graph, struct ess_file_error *error);

void ess_graph_fini(struct ess_graph *graph);

/* The node with this id or, where none has it, this label. UINT32_MAX where there is none;
 * `*several` says that it is a label of more than one. O(nodes). */
uint32_t ess_graph_find(const struct ess_graph *graph, const char *name, bool *several);

#endif
