/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TEAVAR's `topology.txt`: a header `to_node from_node capacity prob_failure`, then a link in one
 * direction a line. A file may have no probabilities although its header names them (XNet). Nodes
 * are numbers, from 0 or 1 on, and are their own ids; the names of `nodes.txt` beside it are not
 * read.
 *
 * Capacities are in a unit that differs from network to network and is said nowhere. The
 * probability that a link is down is kept as a range for who looks; nothing in a simulation uses
 * it. No delays, no coordinates. */
#include <math.h>
#include <string.h>

#include "models/network/graph_build.h"
#include "models/network/graph_reader.h"

enum { TO, FROM, CAPACITY, FAILURE, FIELDS };

static const char *const names[FIELDS] = {"to_node", "from_node", "capacity", "prob_failure"};

static bool is_header(struct ess_text line) {
    struct ess_text fields[FIELDS];
    int count = ess_text_columns(line.at, line.bytes, fields, FIELDS);
    if (count != FIELDS && count != FIELDS - 1) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (!ess_text_is(fields[i], names[i])) {
            return false;
        }
    }
    return true;
}

static int recognise(const char *bytes, size_t count) {
    struct ess_graph_lines lines = {bytes, bytes + count, 0};
    struct ess_text line;
    return ess_graph_lines_next(&lines, &line) && is_header(line) ? 90 : 0;
}

static bool take_failure(struct ess_graph_builder *builder, struct ess_text field, uint32_t line) {
    struct ess_graph *graph = builder->graph;
    double probability;
    if (!ess_graph_number(field, &probability) || probability < 0 || probability > 1) {
        return ess_graph_build_fail(builder, line, field, "a probability from 0 to 1");
    }
    graph->failure_least = fmin(graph->failure_least, probability); /* of NAN and it: it */
    graph->failure_greatest = fmax(graph->failure_greatest, probability);
    return true;
}

static bool take_line(struct ess_graph_builder *builder, struct ess_text line, uint32_t number) {
    struct ess_text fields[FIELDS];
    struct ess_graph_row row = {.delay_ns = -1};
    int count = ess_text_columns(line.at, line.bytes, fields, FIELDS);
    double capacity;
    if (count == 0) {
        return true;
    }
    if (count != FIELDS && count != FIELDS - 1) {
        return ess_graph_build_fail(builder, number, ess_text_trim(line.at, line.bytes),
            "to_node, from_node, capacity and prob_failure");
    }
    if (!ess_graph_number(fields[CAPACITY], &capacity)) {
        return ess_graph_build_fail(builder, number, fields[CAPACITY], "a capacity, a number");
    }
    if (count == FIELDS && !take_failure(builder, fields[FAILURE], number)) {
        return false;
    }
    return ess_graph_build_node(builder, fields[FROM], number, &row.from) &&
           ess_graph_build_node(builder, fields[TO], number, &row.to) &&
           ess_graph_build_rate(builder, capacity, 0, &row) &&
           ess_graph_build_edge(builder, &row, number);
}

static bool read(const char *bytes, size_t count, const struct ess_graph_form *form,
    struct ess_graph *graph, struct ess_file_error *error) {
    struct ess_graph_lines lines = {bytes, bytes + count, 0};
    struct ess_graph_builder builder;
    struct ess_text line = {bytes, 0};
    bool ok;
    ess_graph_build_init(&builder, graph, form, error);
    ok = ess_graph_build_whole(&builder, bytes, count);
    if (ok && (!ess_graph_lines_next(&lines, &line) || !is_header(line))) {
        ok = ess_graph_build_fail(
            &builder, 1, line, "the header \"to_node from_node capacity prob_failure\"");
    }
    while (ok && ess_graph_lines_next(&lines, &line)) {
        ok = take_line(&builder, line, lines.number);
    }
    ok = ok && ess_graph_build_end(&builder);
    ess_graph_build_fini(&builder);
    return ok;
}

const struct ess_graph_reader_type ess_graph_reader_teavar = {
    .name = "teavar",
    .summary = "topology.txt of TEAVAR: directed links with capacities in a unit to be named and "
               "failure probabilities; no delays or coordinates",
    .source = "Bogle et al., TEAVAR: striking the right utilization-availability balance in WAN "
              "traffic engineering, SIGCOMM 2019",
    .recognise = recognise,
    .read = read,
};
