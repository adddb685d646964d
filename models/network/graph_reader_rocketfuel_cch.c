/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rocketfuel's maps of routers, `*.cch`: a router a line,
 *
 *     uid @loc [+] [bb] (num_neigh) [&ext] -> <nuid-1> <nuid-2> ... {-euid} ... =name[!] rn
 *
 * A node's id is the uid, its label the location with blanks for plus signs; neighbours are links.
 * A neighbour without a line of its own is a node without a label. External routers (negative
 * numbers, with lines of their own or as {-euid}) belong to others and are passed over. A map of
 * radius 0 (r0) lists fewer neighbours than `num_neigh` says, which is therefore not compared. No
 * capacities, delays or coordinates. */
#include "models/network/graph_build.h"
#include "models/network/graph_reader.h"

/* The next word of a line, taken off it; without bytes at its end. */
static struct ess_text next_word(struct ess_text *line) {
    struct ess_text rest = ess_text_trim(line->at, line->bytes), word = {rest.at, 0};
    while (word.bytes < rest.bytes && rest.at[word.bytes] != ' ' && rest.at[word.bytes] != '\t') {
        word.bytes++;
    }
    *line = (struct ess_text){rest.at + word.bytes, rest.bytes - word.bytes};
    return word;
}

static bool is_number(struct ess_text word) {
    for (int64_t i = 0; i < word.bytes; i++) {
        if (word.at[i] < '0' || word.at[i] > '9') {
            return false;
        }
    }
    return word.bytes > 0 && word.bytes < 16;
}

static bool is_external(struct ess_text word) {
    return word.bytes > 1 && word.at[0] == '-' &&
           is_number((struct ess_text){word.at + 1, word.bytes - 1});
}

static int recognise(const char *bytes, size_t count) {
    struct ess_graph_lines lines = {bytes, bytes + count, 0};
    struct ess_text line, word;
    if (!ess_graph_lines_next(&lines, &line)) {
        return 0;
    }
    word = next_word(&line);
    if (!is_number(word) && !is_external(word)) {
        return 0;
    }
    word = next_word(&line);
    return word.bytes > 1 && (word.at[0] == '@' || word.at[0] == '=') ? 80 : 0;
}

static bool take_place(
    struct ess_graph_builder *builder, uint32_t node, struct ess_text word, uint32_t line) {
    char label[ESS_GRAPH_NAME_BYTES_MAX];
    struct ess_text place = {label, word.bytes - 1};
    if (word.bytes < 2 || word.at[0] != '@' || place.bytes > ESS_GRAPH_NAME_BYTES_MAX) {
        return ess_graph_build_fail(builder, line, word, "a location such as \"@City,+CC\"");
    }
    for (int64_t i = 0; i < place.bytes; i++) {
        label[i] = word.at[i + 1] == '+' ? ' ' : word.at[i + 1];
    }
    return ess_graph_build_label(builder, node, place, line);
}

/* "<123>": then the number without its brackets. */
static bool is_neighbour(struct ess_text *word) {
    struct ess_text inside = {word->at + 1, word->bytes - 2};
    if (word->bytes < 3 || word->at[0] != '<' || word->at[word->bytes - 1] != '>' ||
        !is_number(inside)) {
        return false;
    }
    *word = inside;
    return true;
}

static bool take_neighbours(struct ess_graph_builder *builder, uint32_t from, struct ess_text *line,
    struct ess_text *word, uint32_t number) {
    for (*word = next_word(line); is_neighbour(word); *word = next_word(line)) {
        struct ess_graph_row row = {.from = from, .delay_ns = -1};
        if (!ess_graph_build_node(builder, *word, number, &row.to) ||
            !ess_graph_build_edge(builder, &row, number)) {
            return false;
        }
    }
    while (word->bytes > 0 && word->at[0] == '{') {
        *word = next_word(line);
    }
    return true;
}

/* The number of hops from where the map was begun ends each line: one without it is torn. */
static bool take_end(struct ess_graph_builder *builder, struct ess_text *line, struct ess_text word,
    uint32_t number) {
    struct ess_text radius = next_word(line);
    if (word.bytes < 1 || word.at[0] != '=') {
        return ess_graph_build_fail(
            builder, number, word, "neighbours such as <12>, {-3}, then \"=\" and a name");
    }
    if (radius.bytes < 2 || radius.at[0] != 'r' ||
        !is_number((struct ess_text){radius.at + 1, radius.bytes - 1}) || line->bytes > 0) {
        return ess_graph_build_fail(
            builder, number, radius, "the radius, such as \"r0\", at the end of the line");
    }
    return true;
}

static bool take_line(struct ess_graph_builder *builder, struct ess_text line, uint32_t number) {
    struct ess_text word = next_word(&line);
    uint32_t node;
    if (is_external(word)) {
        return true;
    }
    if (!is_number(word)) {
        return ess_graph_build_fail(builder, number, word, "the number of a router");
    }
    if (!ess_graph_build_node(builder, word, number, &node) ||
        !take_place(builder, node, next_word(&line), number)) {
        return false;
    }
    do {
        word = next_word(&line);
    } while (word.bytes > 0 &&
             (word.at[0] == '+' || word.at[0] == 'b' || word.at[0] == '(' || word.at[0] == '&'));
    if (word.bytes != 2 || word.at[0] != '-' || word.at[1] != '>') {
        return ess_graph_build_fail(builder, number, word, "\"->\" before the neighbours");
    }
    return take_neighbours(builder, node, &line, &word, number) &&
           take_end(builder, &line, word, number);
}

static bool read(const char *bytes, size_t count, const struct ess_graph_form *form,
    struct ess_graph *graph, struct ess_file_error *error) {
    return ess_graph_build_lines(bytes, count, form, take_line, graph, error);
}

const struct ess_graph_reader_type ess_graph_reader_rocketfuel_cch = {
    .name = "rocketfuel_cch",
    .summary = "maps of routers (*.cch): numbers, places and neighbours; no capacities, delays or "
               "coordinates",
    .source = "Spring, Mahajan, Wetherall, Measuring ISP topologies with Rocketfuel, SIGCOMM 2002",
    .recognise = recognise,
    .read = read,
};
