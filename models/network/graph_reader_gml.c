/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GML, by igraph. Told by the word "graph" with a bracket behind it, which need not stand first. */
#include <string.h>
#include <strings.h>

#include "models/network/graph_reader.h"

static bool is_blank(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

static int recognise(const char *bytes, size_t count) {
    for (size_t at = 0; at + 5 < count; at++) {
        size_t after = at + 5;
        if (strncasecmp(bytes + at, "graph", 5) != 0) {
            continue;
        }
        while (after < count && is_blank(bytes[after])) {
            after++;
        }
        if (after < count && bytes[after] == '[') {
            return 40;
        }
    }
    return 0;
}

static bool read(const char *bytes, size_t count, const struct ess_graph_form *form,
    struct ess_graph *graph, struct ess_file_error *error) {
    (void)form; /* the speeds it knows have units */
    return ess_graph_read_igraph(bytes, count, false, graph, error);
}

const struct ess_graph_reader_type ess_graph_reader_gml = {
    .name = "gml",
    .summary = "Graph Modelling Language with the Topology Zoo's names (LinkSpeedRaw, Latitude …)",
    .source = "Himsolt, GML: a portable graph file format, 1997; Knight et al., JSAC 29(9), 2011",
    .recognise = recognise,
    .read = read,
};
