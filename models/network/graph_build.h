/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_GRAPH_BUILD_H
#define ESS_MODELS_NETWORK_GRAPH_BUILD_H

/* What readers of graphs share: nodes by name, directed edges with the units that the form names,
 * merging, lines and numbers of text files. Each function that returns bool gives false with the
 * error filled, at the line it was told; the reader then gives up. */

#include "models/availability/text.h"
#include "models/network/graph_file.h"

#define ESS_GRAPH_NAME_BYTES_MAX 200

struct ess_graph_builder {
    struct ess_graph *graph;
    const struct ess_graph_form *form;
    struct ess_file_error *error;
    size_t node_capacity, edge_capacity;
    uint32_t *table; /* node + 1 by the hash of its id, 0: free; at most half full */
    size_t table_size;
};

/* An edge as a file has it: one direction. */
struct ess_graph_row {
    uint32_t from, to;
    double bits_per_s; /* 0: not given */
    int64_t delay_ns;  /* one way; -1: not given */
};

/* `graph` is empty. What is built is a directed graph until a reader says otherwise. */
void ess_graph_build_init(struct ess_graph_builder *builder, struct ess_graph *graph,
    const struct ess_graph_form *form, struct ess_file_error *error);
void ess_graph_build_fini(struct ess_graph_builder *builder); /* the graph stays */

/* The node with this id, found or made, without label and place. Ids are plain text of 1 to
 * ESS_GRAPH_NAME_BYTES_MAX bytes. O(1) on average. */
bool ess_graph_build_node(
    struct ess_graph_builder *builder, struct ess_text id, uint32_t line, uint32_t *index);
bool ess_graph_build_has(const struct ess_graph_builder *builder, struct ess_text id);
bool ess_graph_build_label(
    struct ess_graph_builder *builder, uint32_t node, struct ess_text label, uint32_t line);

bool ess_graph_build_edge(
    struct ess_graph_builder *builder, const struct ess_graph_row *row, uint32_t line);

/* A capacity or delay as the file has it, into the units of a row. `own_unit` 0: the file does not
 * say it; where the form does not either, it counts as not given. Capacities that are not above 0
 * are counted as bad; delays below 0 or above ESS_GRAPH_DELAY_MAX_NS are errors. */
bool ess_graph_build_rate(
    struct ess_graph_builder *builder, double number, double own_unit, struct ess_graph_row *row);
bool ess_graph_build_delay(
    struct ess_graph_builder *builder, double number, uint32_t line, struct ess_graph_row *row);

/* Merge parallel edges and count what is missing. False where there is no node. */
bool ess_graph_build_end(struct ess_graph_builder *builder);

/* Fill the error: `found` as it stands in the file, cut where it is long. Returns false. */
bool ess_graph_build_fail(struct ess_graph_builder *builder, uint32_t line, struct ess_text found,
    const char *expected_format, ...) __attribute__((format(printf, 4, 5)));

/* Parallel edges become one; the order of the file is kept. Before, `merged` of each edge is its
 * place in the file, below the number of elements of `counts`, which are 0; after, how many edges
 * are in it. O(edges x log edges). */
void ess_graph_merge(struct ess_graph *graph, uint32_t *counts);

/* ---- text files ---- */

/* The lines of bytes, ends taken off, counted from 1. */
struct ess_graph_lines {
    const char *at, *end;
    uint32_t number; /* of the line that was taken last */
};
bool ess_graph_lines_next(struct ess_graph_lines *lines, struct ess_text *line);

/* A text file must end with a whole line: what was cut off in the middle of one is told. */
bool ess_graph_build_whole(struct ess_graph_builder *builder, const char *bytes, size_t count);

/* A whole file of which each line stands for itself: the builder's life, with `take` for each line
 * until one is refused. */
typedef bool ess_graph_take_line(
    struct ess_graph_builder *builder, struct ess_text line, uint32_t number);
bool ess_graph_build_lines(const char *bytes, size_t count, const struct ess_graph_form *form,
    ess_graph_take_line *take, struct ess_graph *graph, struct ess_file_error *error);

/* A finite decimal number, the whole of the text. */
bool ess_graph_number(struct ess_text text, double *number);

/* Whether a text begins with a letter in A-Z or a-z. */
bool ess_graph_is_word(struct ess_text text);

#endif
