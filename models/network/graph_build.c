/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/graph_build.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ess_graph_build_init(struct ess_graph_builder *builder, struct ess_graph *graph,
    const struct ess_graph_form *form, struct ess_file_error *error) {
    *builder = (struct ess_graph_builder){.graph = graph, .form = form, .error = error};
    graph->directed = true;
}

void ess_graph_build_fini(struct ess_graph_builder *builder) {
    free(builder->table);
    builder->table = NULL;
}

bool ess_graph_build_fail(struct ess_graph_builder *builder, uint32_t line, struct ess_text found,
    const char *expected_format, ...) {
    char expected[256], place[32] = "", shown[120];
    bool plain = ess_text_is_plain(found.at, found.bytes);
    va_list arguments;
    va_start(arguments, expected_format);
    vsnprintf(expected, sizeof expected, expected_format, arguments);
    va_end(arguments);
    if (line > 0) {
        snprintf(place, sizeof place, "%u", line);
    }
    if (!plain) {
        snprintf(shown, sizeof shown, "bytes that are no plain text");
    } else {
        snprintf(shown, sizeof shown, "\"%.*s\"%s", found.bytes < 80 ? (int)found.bytes : 80,
            found.at, found.bytes < 80 ? "" : " ...");
    }
    return ess_file_error_set(
        builder->error, place, found.bytes == 0 ? "nothing" : shown, "%s", expected);
}

static bool out_of_memory(struct ess_graph_builder *builder) {
    return ess_file_error_set(
        builder->error, "", "no memory left", "a graph that fits into memory");
}

/* ---- nodes ------------------------------------------------------------------------------------
 */

/* FNV-1a, as ess_random_hash_name, of bytes without an end. */
static uint64_t hash_of(struct ess_text id) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int64_t i = 0; i < id.bytes; i++) {
        hash = (hash ^ (unsigned char)id.at[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static bool is_called(const struct ess_graph_node *node, struct ess_text id) {
    return strlen(node->id) == (size_t)id.bytes && memcmp(node->id, id.at, (size_t)id.bytes) == 0;
}

/* Where the id stands in the table, or the free place where it would. */
static size_t place_of(const struct ess_graph_builder *builder, struct ess_text id) {
    size_t at = (size_t)hash_of(id) & (builder->table_size - 1);
    while (
        builder->table[at] != 0 && !is_called(&builder->graph->nodes[builder->table[at] - 1], id)) {
        at = (at + 1) & (builder->table_size - 1);
    }
    return at;
}

static bool grow_table(struct ess_graph_builder *builder) {
    const struct ess_graph *graph = builder->graph;
    size_t size = builder->table_size == 0 ? 64 : 2 * builder->table_size;
    uint32_t *table = calloc(size, sizeof *table);
    if (!table) {
        return out_of_memory(builder);
    }
    free(builder->table);
    builder->table = table;
    builder->table_size = size;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        struct ess_text id = {graph->nodes[i].id, (int64_t)strlen(graph->nodes[i].id)};
        table[place_of(builder, id)] = i + 1;
    }
    return true;
}

static char *copy_of(struct ess_text text) {
    char *copy = malloc((size_t)text.bytes + 1);
    if (copy) {
        memcpy(copy, text.at, (size_t)text.bytes);
        copy[text.bytes] = '\0';
    }
    return copy;
}

static bool add_node(struct ess_graph_builder *builder, struct ess_text id) {
    struct ess_graph *graph = builder->graph;
    struct ess_graph_node node = {.id = copy_of(id), .label = calloc(1, 1)};
    if (graph->node_count == builder->node_capacity && node.id && node.label) {
        size_t capacity = builder->node_capacity == 0 ? 64 : 2 * builder->node_capacity;
        struct ess_graph_node *larger = realloc(graph->nodes, capacity * sizeof *larger);
        if (larger) {
            graph->nodes = larger;
            builder->node_capacity = capacity;
        }
    }
    if (!node.id || !node.label || graph->node_count == builder->node_capacity) {
        free(node.id);
        free(node.label);
        return out_of_memory(builder);
    }
    graph->nodes[graph->node_count++] = node;
    return true;
}

static bool check_name(struct ess_graph_builder *builder, struct ess_text name, uint32_t line) {
    if (name.bytes >= 1 && name.bytes <= ESS_GRAPH_NAME_BYTES_MAX &&
        ess_text_is_plain(name.at, name.bytes)) {
        return true;
    }
    return ess_graph_build_fail(
        builder, line, name, "a name of 1 to %d bytes of plain text", ESS_GRAPH_NAME_BYTES_MAX);
}

bool ess_graph_build_has(const struct ess_graph_builder *builder, struct ess_text id) {
    return builder->table_size > 0 && builder->table[place_of(builder, id)] != 0;
}

bool ess_graph_build_node(
    struct ess_graph_builder *builder, struct ess_text id, uint32_t line, uint32_t *index) {
    struct ess_graph *graph = builder->graph;
    size_t at;
    if (!check_name(builder, id, line)) {
        return false;
    }
    if (2 * ((size_t)graph->node_count + 1) > builder->table_size && !grow_table(builder)) {
        return false;
    }
    at = place_of(builder, id);
    if (builder->table[at] == 0) {
        if (graph->node_count == ESS_GRAPH_NODES_MAX) {
            return ess_graph_build_fail(builder, line, id,
                "no further node, since at most %d are read", ESS_GRAPH_NODES_MAX);
        }
        if (!add_node(builder, id)) {
            return false;
        }
        builder->table[at] = graph->node_count;
    }
    *index = builder->table[at] - 1;
    return true;
}

bool ess_graph_build_label(
    struct ess_graph_builder *builder, uint32_t node, struct ess_text label, uint32_t line) {
    char *copy;
    if (!check_name(builder, label, line)) {
        return false;
    }
    copy = copy_of(label);
    if (!copy) {
        return out_of_memory(builder);
    }
    free(builder->graph->nodes[node].label);
    builder->graph->nodes[node].label = copy;
    return true;
}

/* ---- edges ------------------------------------------------------------------------------------
 */

bool ess_graph_build_rate(
    struct ess_graph_builder *builder, double number, double own_unit, struct ess_graph_row *row) {
    struct ess_graph *graph = builder->graph;
    double unit = own_unit;
    row->bits_per_s = 0;
    if (!(number > 0)) {
        graph->bad_speeds++;
        return true;
    }
    if (own_unit <= 0) {
        unit = builder->form->rate_unit_bits_per_s;
        graph->took_rate_unit |= unit > 0;
        graph->unitless_rates += unit <= 0;
    }
    row->bits_per_s = number * unit;
    if (!isfinite(row->bits_per_s)) {
        row->bits_per_s = 0;
        graph->bad_speeds++;
    }
    return true;
}

bool ess_graph_build_delay(
    struct ess_graph_builder *builder, double number, uint32_t line, struct ess_graph_row *row) {
    double unit = builder->form->delay_unit_ns, delay_ns = number * unit;
    char text[40];
    row->delay_ns = -1;
    snprintf(text, sizeof text, "%.10g", number);
    if (number < 0 || delay_ns > (double)ESS_GRAPH_DELAY_MAX_NS) {
        return ess_graph_build_fail(builder, line, (struct ess_text){text, (int64_t)strlen(text)},
            "a delay from 0 to 10 min");
    }
    builder->graph->took_delay_unit |= unit > 0;
    builder->graph->unitless_delays += unit <= 0;
    if (unit > 0) {
        row->delay_ns = (int64_t)floor(delay_ns + 0.5);
    }
    return true;
}

bool ess_graph_build_edge(
    struct ess_graph_builder *builder, const struct ess_graph_row *row, uint32_t line) {
    struct ess_graph *graph = builder->graph;
    if (graph->file_edges == ESS_GRAPH_EDGES_MAX) {
        return ess_graph_build_fail(builder, line, (struct ess_text){"one more", 8},
            "at most %d edges", ESS_GRAPH_EDGES_MAX);
    }
    if (row->from == row->to) {
        graph->file_edges++;
        graph->loops++;
        return true;
    }
    if (graph->edge_count == builder->edge_capacity) {
        size_t capacity = builder->edge_capacity == 0 ? 64 : 2 * builder->edge_capacity;
        struct ess_graph_edge *larger = realloc(graph->edges, capacity * sizeof *larger);
        if (!larger) {
            return out_of_memory(builder);
        }
        graph->edges = larger;
        builder->edge_capacity = capacity;
    }
    graph->edges[graph->edge_count++] = (struct ess_graph_edge){.from = row->from,
        .to = row->to,
        .forward_bits_per_s = row->bits_per_s,
        .forward_delay_ns = row->delay_ns,
        .backward_delay_ns = -1,
        .merged = graph->file_edges++};
    return true;
}

static int compare_ends(const void *left, const void *right) {
    const struct ess_graph_edge *a = left, *b = right;
    uint32_t a_low = a->from < a->to ? a->from : a->to, a_high = a->from ^ a->to ^ a_low;
    uint32_t b_low = b->from < b->to ? b->from : b->to, b_high = b->from ^ b->to ^ b_low;
    if (a_low != b_low) {
        return a_low < b_low ? -1 : 1;
    }
    if (a_high != b_high) {
        return a_high < b_high ? -1 : 1;
    }
    return (a->merged > b->merged) - (a->merged < b->merged); /* the place in the file, till then */
}

static int compare_order(const void *left, const void *right) {
    const struct ess_graph_edge *a = left, *b = right;
    return (a->merged > b->merged) - (a->merged < b->merged);
}

/* Of what is given: -1 is not. */
static int64_t lower(int64_t a_ns, int64_t b_ns) {
    if (a_ns < 0 || b_ns < 0) {
        return a_ns < 0 ? b_ns : a_ns;
    }
    return a_ns < b_ns ? a_ns : b_ns;
}

/* What one direction does not say is as in the other. */
static void fill_in(struct ess_graph_edge *edge) {
    if (edge->forward_bits_per_s <= 0) {
        edge->forward_bits_per_s = edge->backward_bits_per_s;
    }
    if (edge->backward_bits_per_s <= 0) {
        edge->backward_bits_per_s = edge->forward_bits_per_s;
    }
    if (edge->forward_delay_ns < 0) {
        edge->forward_delay_ns = edge->backward_delay_ns;
    }
    if (edge->backward_delay_ns < 0) {
        edge->backward_delay_ns = edge->forward_delay_ns;
    }
}

/* Add `more` to `edge`, which has the same ends, perhaps the other way about. */
static void merge(struct ess_graph_edge *edge, const struct ess_graph_edge *more) {
    bool same = edge->from == more->from;
    edge->forward_delay_ns =
        lower(edge->forward_delay_ns, same ? more->forward_delay_ns : more->backward_delay_ns);
    edge->backward_delay_ns =
        lower(edge->backward_delay_ns, same ? more->backward_delay_ns : more->forward_delay_ns);
    edge->forward_bits_per_s += same ? more->forward_bits_per_s : more->backward_bits_per_s;
    edge->backward_bits_per_s += same ? more->backward_bits_per_s : more->forward_bits_per_s;
}

void ess_graph_merge(struct ess_graph *graph, uint32_t *counts) {
    uint32_t kept = 0;
    if (graph->edge_count == 0) {
        return;
    }
    qsort(graph->edges, graph->edge_count, sizeof *graph->edges, compare_ends);
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        struct ess_graph_edge *edge = &graph->edges[i], *last = &graph->edges[kept - (kept > 0)];
        bool same = kept > 0 && ((last->from == edge->from && last->to == edge->to) ||
                                    (last->from == edge->to && last->to == edge->from));
        if (same) {
            merge(last, edge);
            counts[last->merged]++;
        } else {
            counts[edge->merged] = 1;
            graph->edges[kept++] = *edge;
        }
    }
    graph->parallel = graph->edge_count - kept;
    graph->edge_count = kept;
    qsort(graph->edges, kept, sizeof *graph->edges, compare_order);
    for (uint32_t i = 0; i < kept; i++) {
        struct ess_graph_edge *edge = &graph->edges[i];
        edge->merged = counts[edge->merged];
        fill_in(edge);
        graph->speedless += edge->forward_bits_per_s <= 0;
    }
}

bool ess_graph_build_end(struct ess_graph_builder *builder) {
    struct ess_graph *graph = builder->graph;
    uint32_t *counts;
    if (graph->node_count == 0) {
        return ess_file_error_set(builder->error, "", "an empty graph", "a graph with nodes");
    }
    for (uint32_t i = 0; i < graph->node_count; i++) {
        graph->unplaced += !graph->nodes[i].placed;
    }
    counts = calloc((size_t)graph->file_edges + 1, sizeof *counts);
    if (!counts) {
        return out_of_memory(builder);
    }
    ess_graph_merge(graph, counts);
    free(counts);
    return true;
}

/* ---- text files -------------------------------------------------------------------------------
 */

bool ess_graph_lines_next(struct ess_graph_lines *lines, struct ess_text *line) {
    const char *end;
    if (lines->at == lines->end) {
        return false;
    }
    end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    *line = (struct ess_text){lines->at, (end ? end : lines->end) - lines->at};
    lines->at = end ? end + 1 : lines->end;
    lines->number++;
    if (line->bytes > 0 && line->at[line->bytes - 1] == '\r') {
        line->bytes--;
    }
    return true;
}

bool ess_graph_build_whole(struct ess_graph_builder *builder, const char *bytes, size_t count) {
    if (count > 0 && bytes[count - 1] == '\n') {
        return true;
    }
    return ess_file_error_set(builder->error, "", count == 0 ? "an empty file" : "a torn last line",
        "a file that ends with a whole line");
}

bool ess_graph_number(struct ess_text text, double *number) {
    char copy[64], *end;
    if (text.bytes < 1 || (size_t)text.bytes >= sizeof copy ||
        memchr(text.at, '\0', (size_t)text.bytes)) {
        return false;
    }
    memcpy(copy, text.at, (size_t)text.bytes);
    copy[text.bytes] = '\0';
    if (copy[strspn(copy, "0123456789+-.eE")] != '\0') {
        return false; /* no hexadecimal digits, no "inf" */
    }
    *number = strtod(copy, &end);
    return end != copy && *end == '\0' && isfinite(*number);
}

bool ess_graph_is_word(struct ess_text text) {
    return text.bytes > 0 &&
           ((text.at[0] >= 'A' && text.at[0] <= 'Z') || (text.at[0] >= 'a' && text.at[0] <= 'z'));
}

bool ess_graph_build_lines(const char *bytes, size_t count, const struct ess_graph_form *form,
    ess_graph_take_line *take, struct ess_graph *graph, struct ess_file_error *error) {
    struct ess_graph_lines lines = {bytes, bytes + count, 0};
    struct ess_graph_builder builder;
    struct ess_text line;
    bool ok;
    ess_graph_build_init(&builder, graph, form, error);
    ok = ess_graph_build_whole(&builder, bytes, count);
    while (ok && ess_graph_lines_next(&lines, &line)) {
        ok = take(&builder, line, lines.number);
    }
    ok = ok && ess_graph_build_end(&builder);
    ess_graph_build_fini(&builder);
    return ok;
}
