/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_GRAPH_FILE_H
#define ESS_MODELS_NETWORK_GRAPH_FILE_H

/* Networks of operators as graph files, in the formats of the readers graph_reader_<name>.c:
 *
 * - gml, graphml: read by igraph; made for the Internet Topology Zoo (Knight et al., JSAC 29(9),
 *   2011), whose names are the ones known here. Nodes: `id`, `label`, `Latitude`, `Longitude` in
 *   degrees. Edges: `LinkSpeedRaw` in bit/s, else `LinkSpeed` with `LinkSpeedUnits` of K, M, G or T
 *   bit/s. Names are compared without regard to case; all others are passed over.
 * - sndlib, sndlib_xml, rocketfuel, rocketfuel_cch, teavar: see their files.
 *
 * Numbers whose unit the file does not say are never guessed: struct ess_graph_form names it, or
 * the number counts as not given, and is counted.
 *
 * Dirty data, each counted: an edge from a node to itself is dropped; parallel edges become one
 * whose speed is the sum of those given and whose delay is the least; speeds that are no number
 * above 0 count as not given; coordinates count as not given where one of the two is missing, no
 * number, or outside of 90 and 180 degrees. In a directed file an edge is one direction and its
 * opposite the other; where only one is there, it serves both. */

#include <stdint.h>

#include "models/network/file_bytes.h"

#define ESS_GRAPH_NODES_MAX 100000
#define ESS_GRAPH_EDGES_MAX 1000000

#define ESS_GRAPH_DELAY_MAX_NS                                                                     \
    INT64_C(600000000000) /* beyond Mars: the file means something else */

/* What numbers are whose unit the file does not say; 0: not said here either. */
struct ess_graph_form {
    double rate_unit_bits_per_s;
    double delay_unit_ns;
};

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
    int64_t forward_delay_ns, backward_delay_ns;    /* one way; -1: not given */
    uint32_t merged;                                /* edges of the file in it */
};

struct ess_graph {
    const char *format; /* name of its reader */
    bool directed;      /* the file said so */
    struct ess_graph_node *nodes;
    uint32_t node_count;
    struct ess_graph_edge *edges; /* in the order of the file */
    uint32_t edge_count;
    uint32_t file_edges, loops, parallel; /* in the file; dropped; merged into an earlier one */
    uint32_t unplaced;                    /* nodes without coordinates */
    uint32_t speedless;                   /* edges, after merging, without a speed */
    uint32_t bad_speeds, bad_places;      /* given, and no use */
    uint32_t unitless_rates,
        unitless_delays;                    /* edges of the file; given, and nobody said in what */
    bool took_rate_unit, took_delay_unit;   /* the form's were of use */
    double failure_least, failure_greatest; /* probabilities of links; NAN: the format has none */
};

/* Read a graph from memory in the format of that name (NULL: the one that the first bytes look
 * like, graph_reader.h; asserted to be known). `form` NULL: no unit is named. False and an error,
 * with the line where there is one, where it is not well formed or too large; then `graph` is
 * empty. The graph is the caller's. O(bytes + edges x log edges). */
bool ess_graph_read(const char *bytes, size_t count, const char *format,
    const struct ess_graph_form *form, struct ess_graph *graph, struct ess_file_error *error);

void ess_graph_fini(struct ess_graph *graph);

/* The node with this id or, where none has it, this label. UINT32_MAX where there is none;
 * `*several` says that it is a label of more than one. O(nodes). */
uint32_t ess_graph_find(const struct ess_graph *graph, const char *name, bool *several);

#endif
