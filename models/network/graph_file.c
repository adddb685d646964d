/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Includes igraph beside routes.c: its readers, for GML and GraphML, are the one place where its
 * attributes are used. What all formats share is in graph_build.c. */
#include "models/network/graph_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <igraph/igraph.h>

#include "models/network/graph_build.h"
#include "models/network/graph_reader.h"

/* ---- igraph's errors --------------------------------------------------------------------------
 * They come to a function without a context, so the first of a call is kept here: a variable that
 * lives from one call of ess_graph_read_igraph to its return (igraph itself is no safer with
 * threads). */
static char first_reason[256];

static void keep_reason(const char *reason, const char *file, int line, igraph_error_t error) {
    (void)file;
    (void)line;
    if (first_reason[0] == '\0') {
        snprintf(first_reason, sizeof first_reason, "%s",
            reason && reason[0] ? reason : igraph_strerror(error));
    }
    IGRAPH_FINALLY_FREE();
}

static void ignore_warning(const char *reason, const char *file, int line) {
    (void)reason;
    (void)file;
    (void)line;
}

/* What igraph said, with the line it named as the place. */
static bool tell_reason(struct ess_file_error *error, const char *format_name) {
    const char *line = strstr(first_reason, "ine "); /* "line 5", "Line 5" */
    char place[32] = "";
    if (line) {
        snprintf(place, sizeof place, "%ld", strtol(line + 4, NULL, 10));
    }
    return ess_file_error_set(error, place,
        first_reason[0] ? first_reason : "something that igraph cannot read", "well-formed %s",
        format_name);
}

/* ---- attributes ------------------------------------------------------------------------------ */

struct attribute {
    char name[64]; /* empty: the file has none */
    bool text;
};

/* The attribute of this name, case aside. */
static void find_attribute(
    const igraph_t *graph, const char *name, bool of_edges, struct attribute *attribute) {
    igraph_strvector_t names[3];
    igraph_vector_int_t types[3];
    int kind = of_edges ? 2 : 1;
    attribute->name[0] = '\0';
    for (int i = 0; i < 3; i++) {
        if (igraph_strvector_init(&names[i], 0) || igraph_vector_int_init(&types[i], 0)) {
            return; /* the handler has freed what there was */
        }
    }
    igraph_cattribute_list(graph, &names[0], &types[0], &names[1], &types[1], &names[2], &types[2]);
    for (igraph_integer_t i = 0; i < igraph_strvector_size(&names[kind]); i++) {
        const char *known = igraph_strvector_get(&names[kind], i);
        igraph_integer_t type = VECTOR(types[kind])[i];
        if (strcasecmp(known, name) == 0 && strlen(known) < sizeof attribute->name &&
            (type == IGRAPH_ATTRIBUTE_NUMERIC || type == IGRAPH_ATTRIBUTE_STRING)) {
            snprintf(attribute->name, sizeof attribute->name, "%s", known);
            attribute->text = type == IGRAPH_ATTRIBUTE_STRING;
        }
    }
    for (int i = 0; i < 3; i++) {
        igraph_strvector_destroy(&names[i]);
        igraph_vector_int_destroy(&types[i]);
    }
}

/* A number; NAN where it is missing or no number. `*given` says that something stood there. */
static double number_of(const igraph_t *graph, const struct attribute *attribute, bool of_edges,
    igraph_integer_t index, bool *given) {
    const char *text;
    char *end;
    double value;
    *given = false;
    if (attribute->name[0] == '\0') {
        return NAN;
    }
    if (!attribute->text) {
        value = of_edges ? igraph_cattribute_EAN(graph, attribute->name, index)
                         : igraph_cattribute_VAN(graph, attribute->name, index);
        *given = !isnan(value);
        return value;
    }
    text = of_edges ? igraph_cattribute_EAS(graph, attribute->name, index)
                    : igraph_cattribute_VAS(graph, attribute->name, index);
    *given = text[0] != '\0';
    value = strtod(text, &end);
    return end != text && *end == '\0' ? value : NAN;
}

/* A copy of a text, or of a number as text. NULL without memory. */
static char *text_of(
    const igraph_t *graph, const struct attribute *attribute, igraph_integer_t index) {
    char number[40] = "";
    if (attribute->name[0] != '\0' && attribute->text) {
        return strdup(igraph_cattribute_VAS(graph, attribute->name, index));
    }
    if (attribute->name[0] != '\0') {
        double value = igraph_cattribute_VAN(graph, attribute->name, index);
        if (!isnan(value)) {
            snprintf(number, sizeof number, "%.15g", value);
        }
    }
    return strdup(number);
}

/* ---- nodes and edges ------------------------------------------------------------------------- */

static bool read_nodes(const igraph_t *from, struct ess_graph *graph) {
    struct attribute id, label, latitude, longitude;
    find_attribute(from, "id", false, &id);
    find_attribute(from, "label", false, &label);
    find_attribute(from, "latitude", false, &latitude);
    find_attribute(from, "longitude", false, &longitude);
    for (uint32_t i = 0; i < graph->node_count; i++) {
        struct ess_graph_node *node = &graph->nodes[i];
        bool given[2];
        node->id = text_of(from, &id, i);
        node->label = text_of(from, &label, i);
        if (!node->id || !node->label) {
            return false;
        }
        node->latitude = number_of(from, &latitude, false, i, &given[0]);
        node->longitude = number_of(from, &longitude, false, i, &given[1]);
        /* Comparisons are false for what is no number. */
        node->placed = fabs(node->latitude) <= 90 && fabs(node->longitude) <= 180;
        graph->unplaced += !node->placed;
        graph->bad_places += !node->placed && (given[0] || given[1]);
    }
    return true;
}

static double unit_of(const igraph_t *graph, const struct attribute *unit, igraph_integer_t edge) {
    static const char letters[] = "KMGT";
    const char *text, *at;
    double factor = 1;
    if (unit->name[0] == '\0' || !unit->text) {
        return NAN;
    }
    text = igraph_cattribute_EAS(graph, unit->name, edge);
    at = text[0] ? strchr(letters, text[0]) : NULL;
    if (!at) {
        return NAN;
    }
    for (const char *letter = letters; letter <= at; letter++) {
        factor *= 1000;
    }
    return factor;
}

struct speeds {
    struct attribute raw, number, unit;
};

/* Bits per second of an edge, 0 where no useful speed is given. */
static double speed_of(const igraph_t *from, const struct speeds *speeds, igraph_integer_t edge,
    struct ess_graph *graph) {
    bool given[2];
    double speed = number_of(from, &speeds->raw, true, edge, &given[0]);
    if (!given[0]) {
        speed = number_of(from, &speeds->number, true, edge, &given[1]) *
                unit_of(from, &speeds->unit, edge);
        given[0] = given[1];
    }
    if (speed > 0 && isfinite(speed)) {
        return speed;
    }
    graph->bad_speeds += given[0];
    return 0;
}

static bool read_edges(const igraph_t *from, struct ess_graph *graph) {
    struct speeds speeds;
    uint32_t *counts = calloc((size_t)graph->file_edges + 1, sizeof *counts);
    if (!counts) {
        return false;
    }
    find_attribute(from, "LinkSpeedRaw", true, &speeds.raw);
    find_attribute(from, "LinkSpeed", true, &speeds.number);
    find_attribute(from, "LinkSpeedUnits", true, &speeds.unit);
    for (uint32_t i = 0; i < graph->file_edges; i++) {
        uint32_t tail = (uint32_t)IGRAPH_FROM(from, i), head = (uint32_t)IGRAPH_TO(from, i);
        /* Undirected edges have lost which end came first: the earlier node does. */
        bool turn = !graph->directed && tail > head;
        struct ess_graph_edge edge = {.from = turn ? head : tail,
            .to = turn ? tail : head,
            .forward_delay_ns = -1,
            .backward_delay_ns = -1,
            .merged = i};
        double speed = speed_of(from, &speeds, i, graph);
        if (edge.from == edge.to) {
            graph->loops++;
            continue;
        }
        edge.forward_bits_per_s = speed;
        edge.backward_bits_per_s = graph->directed ? 0 : speed;
        graph->edges[graph->edge_count++] = edge;
    }
    ess_graph_merge(graph, counts);
    free(counts);
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool take_graph(
    const igraph_t *from, struct ess_graph *graph, struct ess_file_error *error) {
    igraph_integer_t nodes = igraph_vcount(from), edges = igraph_ecount(from);
    char found[64];
    if (nodes > ESS_GRAPH_NODES_MAX || edges > ESS_GRAPH_EDGES_MAX) {
        snprintf(found, sizeof found, "%lld nodes, %lld edges", (long long)nodes, (long long)edges);
        return ess_file_error_set(error, "", found, "at most %d nodes and %d edges",
            ESS_GRAPH_NODES_MAX, ESS_GRAPH_EDGES_MAX);
    }
    if (nodes == 0) {
        return ess_file_error_set(error, "", "an empty graph", "a graph with nodes");
    }
    graph->directed = igraph_is_directed(from);
    graph->node_count = (uint32_t)nodes;
    graph->file_edges = (uint32_t)edges;
    graph->nodes = calloc((size_t)nodes, sizeof *graph->nodes);
    graph->edges = calloc((size_t)edges + 1, sizeof *graph->edges);
    if (!graph->nodes || !graph->edges || !read_nodes(from, graph) || !read_edges(from, graph)) {
        return ess_file_error_set(error, "", "no memory left", "a graph that fits into memory");
    }
    return true;
}

bool ess_graph_read_igraph(const char *bytes, size_t count, bool graphml, struct ess_graph *graph,
    struct ess_file_error *error) {
    const igraph_attribute_table_t *old_table;
    igraph_t read;
    FILE *file;
    bool ok;
    file = count > 0 ? fmemopen((void *)bytes, count, "rb") : NULL;
    if (!file) {
        return ess_file_error_set(error, "", "an empty file", "a GML or GraphML file");
    }
    first_reason[0] = '\0';
    igraph_set_error_handler(keep_reason);
    igraph_set_warning_handler(ignore_warning);
    old_table = igraph_set_attribute_table(&igraph_cattribute_table);
    ok = (graphml ? igraph_read_graph_graphml(&read, file, 0)
                  : igraph_read_graph_gml(&read, file)) == IGRAPH_SUCCESS;
    fclose(file);
    if (!ok) {
        tell_reason(error, graphml ? "GraphML" : "GML");
    } else {
        ok = take_graph(&read, graph, error);
        igraph_destroy(&read);
    }
    igraph_set_attribute_table(old_table);
    igraph_set_error_handler(igraph_error_handler_ignore);
    return ok;
}
