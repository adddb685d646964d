/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rocketfuel's links within one operator with inferred latencies, `latencies.intra`: a link in one
 * direction a line, `City,+CC123 City,+CC456 value`, both directions listed. A node's id is the
 * whole name; its label is the place, without the router's number and with blanks for plus signs.
 *
 * The file does not say its unit; latencies are one way, in milliseconds. `weights.intra` looks the
 * same and holds link weights, which are no delays. No capacities, no coordinates. */
#include <string.h>

#include "models/network/graph_build.h"
#include "models/network/graph_reader.h"

enum { FROM, TO, VALUE, FIELDS, HEAD_LINES = 5 };

static bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

/* A name that begins with a letter and ends with the number of a router. */
static bool is_router(struct ess_text name) {
    return ess_graph_is_word(name) && is_digit(name.at[name.bytes - 1]);
}

static int recognise(const char *bytes, size_t count) {
    struct ess_graph_lines lines = {bytes, bytes + count, 0};
    struct ess_text line, fields[FIELDS];
    bool placed = false;
    double value;
    while (lines.number < HEAD_LINES && ess_graph_lines_next(&lines, &line)) {
        if (ess_text_columns(line.at, line.bytes, fields, FIELDS) != FIELDS ||
            !is_router(fields[FROM]) || !is_router(fields[TO]) ||
            !ess_graph_number(fields[VALUE], &value)) {
            return 0;
        }
        for (int64_t i = 0; i + 1 < line.bytes; i++) {
            placed |= line.at[i] == ',' && line.at[i + 1] == '+';
        }
    }
    return placed ? 90 : 0;
}

static bool add_router(
    struct ess_graph_builder *builder, struct ess_text name, uint32_t line, uint32_t *node) {
    char label[ESS_GRAPH_NAME_BYTES_MAX];
    struct ess_text place = {label, 0};
    bool is_new = !ess_graph_build_has(builder, name);
    if (!is_router(name)) {
        return ess_graph_build_fail(builder, line, name, "a router such as \"City,+CC123\"");
    }
    if (!ess_graph_build_node(builder, name, line, node)) {
        return false;
    }
    if (!is_new) {
        return true;
    }
    place.bytes = name.bytes;
    while (is_digit(name.at[place.bytes - 1])) {
        place.bytes--; /* a letter stands first */
    }
    for (int64_t i = 0; i < place.bytes; i++) {
        label[i] = name.at[i] == '+' ? ' ' : name.at[i];
    }
    return ess_graph_build_label(builder, *node, place, line);
}

static bool take_line(struct ess_graph_builder *builder, struct ess_text line, uint32_t number) {
    struct ess_text fields[FIELDS];
    struct ess_graph_row row = {.delay_ns = -1};
    double value;
    if (ess_text_columns(line.at, line.bytes, fields, FIELDS) != FIELDS) {
        return ess_graph_build_fail(
            builder, number, line, "two routers and a latency, with blanks between them");
    }
    if (!ess_graph_number(fields[VALUE], &value)) {
        return ess_graph_build_fail(builder, number, fields[VALUE], "a latency, a number");
    }
    return add_router(builder, fields[FROM], number, &row.from) &&
           add_router(builder, fields[TO], number, &row.to) &&
           ess_graph_build_delay(builder, value, number, &row) &&
           ess_graph_build_edge(builder, &row, number);
}

static bool read(const char *bytes, size_t count, const struct ess_graph_form *form,
    struct ess_graph *graph, struct ess_file_error *error) {
    return ess_graph_build_lines(bytes, count, form, take_line, graph, error);
}

const struct ess_graph_reader_type ess_graph_reader_rocketfuel = {
    .name = "rocketfuel",
    .summary = "latencies.intra: two routers and a latency a line, in a unit to be named (ms); no "
               "capacities or coordinates",
    .source = "Mahajan, Spring, Wetherall, Anderson, Inferring link weights using end-to-end "
              "measurements, IMW 2002",
    .recognise = recognise,
    .read = read,
};
