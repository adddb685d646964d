/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/graph_sndlib.h"

#include <math.h>

void ess_sndlib_init(struct ess_sndlib *file, struct ess_graph *graph,
    const struct ess_graph_form *form, struct ess_file_error *error) {
    *file = (struct ess_sndlib){.unit_bits_per_s = 0};
    ess_graph_build_init(&file->builder, graph, form, error);
}

void ess_sndlib_fini(struct ess_sndlib *file) {
    ess_graph_build_fini(&file->builder);
}

void ess_sndlib_unit(struct ess_sndlib *file, struct ess_text text) {
    static const struct {
        const char *name;
        double bits_per_s;
    } units[] = {{"BITPERSEC", 1}, {"KBITPERSEC", 1e3}, {"MBITPERSEC", 1e6}, {"GBITPERSEC", 1e9},
        {"TBITPERSEC", 1e12}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (ess_text_is(text, units[i].name)) {
            file->unit_bits_per_s = units[i].bits_per_s;
        }
    }
}

static bool take_place(struct ess_sndlib *file, struct ess_graph_node *node, struct ess_text x,
    struct ess_text y, uint32_t line) {
    if (x.bytes == 0 && y.bytes == 0) {
        return true;
    }
    if (!ess_graph_number(x, &node->longitude)) {
        return ess_graph_build_fail(&file->builder, line, x, "a longitude, a number");
    }
    if (!ess_graph_number(y, &node->latitude)) {
        return ess_graph_build_fail(&file->builder, line, y, "a latitude, a number");
    }
    node->placed = true;
    file->drawing |= fabs(node->longitude) > 180 || fabs(node->latitude) > 90;
    return true;
}

bool ess_sndlib_node(struct ess_sndlib *file, struct ess_text id, struct ess_text x,
    struct ess_text y, uint32_t line) {
    uint32_t node;
    if (ess_graph_build_has(&file->builder, id)) {
        return ess_graph_build_fail(&file->builder, line, id, "a node that is not there already");
    }
    return ess_graph_build_node(&file->builder, id, line, &node) &&
           take_place(file, &file->builder.graph->nodes[node], x, y, line);
}

static bool find_end(struct ess_sndlib *file, struct ess_text id, uint32_t line, uint32_t *node) {
    if (!ess_graph_build_has(&file->builder, id)) {
        return ess_graph_build_fail(&file->builder, line, id, "the id of a node");
    }
    return ess_graph_build_node(&file->builder, id, line, node);
}

bool ess_sndlib_link(struct ess_sndlib *file, struct ess_text from, struct ess_text to,
    struct ess_text capacity, uint32_t line) {
    struct ess_graph_row row = {.delay_ns = -1};
    double number = 0;
    if (!find_end(file, from, line, &row.from) || !find_end(file, to, line, &row.to)) {
        return false;
    }
    if (capacity.bytes > 0 && !ess_graph_number(capacity, &number)) {
        return ess_graph_build_fail(&file->builder, line, capacity, "a capacity, a number");
    }
    if (number != 0) {
        ess_graph_build_rate(&file->builder, number, file->unit_bits_per_s, &row);
    }
    return ess_graph_build_edge(&file->builder, &row, line);
}

/* Where no link has its opposite, each is both directions: from the earlier node, as elsewhere. */
static void turn(struct ess_graph *graph) {
    graph->directed = graph->parallel > 0;
    for (uint32_t i = 0; !graph->directed && i < graph->edge_count; i++) {
        struct ess_graph_edge *edge = &graph->edges[i];
        uint32_t from = edge->from;
        if (from > edge->to) {
            edge->from = edge->to;
            edge->to = from;
        }
    }
}

bool ess_sndlib_end(struct ess_sndlib *file) {
    struct ess_graph *graph = file->builder.graph;
    for (uint32_t i = 0; file->drawing && i < graph->node_count; i++) {
        graph->bad_places += graph->nodes[i].placed;
        graph->nodes[i].placed = false;
    }
    if (!ess_graph_build_end(&file->builder)) {
        return false;
    }
    turn(graph);
    return true;
}
