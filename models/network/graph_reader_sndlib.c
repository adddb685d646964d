/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SNDlib's native format: sections of words in round brackets, comments from "#" to the end of the
 * line. What is taken of it is said in graph_sndlib.h.
 *
 *     ?SNDlib native format; type: network; version: 1.0
 *     META ( unit = MBITPERSEC )
 *     NODES ( id ( x y ) ... )
 *     LINKS ( id ( source target ) capacity cost routing_cost setup_cost ( {module cost}* ) ... )
 *     DEMANDS ( ... )
 *     ADMISSIBLE_PATHS ( ... )
 */
#include <string.h>

#include "models/network/graph_reader.h"
#include "models/network/graph_sndlib.h"

static const char magic[] = "?SNDlib native format";

struct cursor {
    struct ess_sndlib file;
    const char *at, *end;
    uint32_t line;
    struct ess_text word; /* the present one: a bracket, or letters; without bytes: the end */
    bool nodes, links;    /* seen */
};

static bool is_blank(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

static void skip_line(struct cursor *cursor) {
    while (cursor->at < cursor->end && *cursor->at != '\n') {
        cursor->at++;
    }
}

static void next(struct cursor *cursor) {
    while (cursor->at < cursor->end && (is_blank(*cursor->at) || *cursor->at == '#')) {
        if (*cursor->at == '#') {
            skip_line(cursor);
            continue;
        }
        cursor->line += *cursor->at == '\n';
        cursor->at++;
    }
    cursor->word = (struct ess_text){cursor->at, 0};
    if (cursor->at < cursor->end && (*cursor->at == '(' || *cursor->at == ')')) {
        cursor->at++;
        cursor->word.bytes = 1;
        return;
    }
    while (cursor->at < cursor->end && !is_blank(*cursor->at) && *cursor->at != '(' &&
           *cursor->at != ')') {
        cursor->at++;
        cursor->word.bytes++;
    }
}

static bool fail(struct cursor *cursor, const char *expected) {
    if (cursor->word.bytes == 0) {
        return ess_graph_build_fail(&cursor->file.builder, cursor->line,
            (struct ess_text){"the end of the file", 19}, "%s", expected);
    }
    return ess_graph_build_fail(&cursor->file.builder, cursor->line, cursor->word, "%s", expected);
}

static bool stands(const struct cursor *cursor, char bracket) {
    return cursor->word.bytes == 1 && cursor->word.at[0] == bracket;
}

static bool take_bracket(struct cursor *cursor, char bracket) {
    if (!stands(cursor, bracket)) {
        return fail(cursor, bracket == '(' ? "\"(\"" : "\")\"");
    }
    next(cursor);
    return true;
}

static bool take_word(struct cursor *cursor, struct ess_text *word, const char *expected) {
    if (cursor->word.bytes == 0 || stands(cursor, '(') || stands(cursor, ')')) {
        return fail(cursor, expected);
    }
    *word = cursor->word;
    next(cursor);
    return true;
}

/* ---- sections ---------------------------------------------------------------------------------
 */

/* `key = value` to the end of each line, brackets and all, until a line that is ")". */
static bool read_meta(struct cursor *cursor) {
    struct ess_graph_lines lines = {cursor->at, cursor->end, cursor->line - 1};
    struct ess_text line = {cursor->at, 0}, fields[3];
    while (ess_graph_lines_next(&lines, &line)) {
        line = ess_text_trim(line.at, line.bytes);
        if (line.bytes == 1 && line.at[0] == ')') {
            cursor->at = line.at;
            cursor->line = lines.number;
            next(cursor);
            return true;
        }
        if (ess_text_columns(line.at, line.bytes, fields, 3) == 3 &&
            ess_text_is(fields[0], "unit") && ess_text_is(fields[1], "=")) {
            ess_sndlib_unit(&cursor->file, fields[2]);
        }
    }
    cursor->word.bytes = 0;
    cursor->line = lines.number;
    return fail(cursor, "a line \")\" at the end of META");
}

static bool read_node(struct cursor *cursor) {
    struct ess_text id = {"", 0}, x = {"", 0}, y = {"", 0};
    uint32_t line = cursor->line;
    if (!take_word(cursor, &id, "the id of a node, or \")\"")) {
        return false;
    }
    if (stands(cursor, '(')) {
        next(cursor);
        if (!take_word(cursor, &x, "a longitude") || !take_word(cursor, &y, "a latitude") ||
            !take_bracket(cursor, ')')) {
            return false;
        }
    }
    return ess_sndlib_node(&cursor->file, id, x, y, line);
}

static bool read_link(struct cursor *cursor) {
    struct ess_text id, from, to, capacity, passed_over;
    uint32_t line = cursor->line;
    if (!take_word(cursor, &id, "the id of a link, or \")\"") || !take_bracket(cursor, '(') ||
        !take_word(cursor, &from, "the id of a node") ||
        !take_word(cursor, &to, "the id of a node") || !take_bracket(cursor, ')') ||
        !take_word(cursor, &capacity, "a pre-installed capacity") ||
        !take_word(cursor, &passed_over, "the cost of the capacity") ||
        !take_word(cursor, &passed_over, "a routing cost") ||
        !take_word(cursor, &passed_over, "a setup cost") || !take_bracket(cursor, '(')) {
        return false;
    }
    while (!stands(cursor, ')')) {
        if (!take_word(cursor, &passed_over, "modules, a capacity and a cost each, or \")\"")) {
            return false;
        }
    }
    next(cursor);
    return ess_sndlib_link(&cursor->file, from, to, capacity, line);
}

/* To the bracket that closes the section, which stays. */
static bool pass_over(struct cursor *cursor) {
    uint32_t depth = 0;
    while (depth > 0 || !stands(cursor, ')')) {
        if (cursor->word.bytes == 0) {
            return fail(cursor, "\")\" at the end of the section");
        }
        depth += stands(cursor, '(') ? 1 : stands(cursor, ')') ? (uint32_t)-1 : 0;
        next(cursor);
    }
    return true;
}

static bool read_all(struct cursor *cursor, bool (*read_one)(struct cursor *cursor), bool *seen) {
    if (*seen) {
        return fail(cursor, "no second section of that name");
    }
    *seen = true;
    while (!stands(cursor, ')')) {
        if (!read_one(cursor)) {
            return false;
        }
    }
    return true;
}

static bool read_section(struct cursor *cursor) {
    struct ess_text name = cursor->word;
    bool ok;
    next(cursor);
    if (!stands(cursor, '(')) {
        return fail(cursor, "\"(\" after the name of a section");
    }
    if (ess_text_is(name, "META")) {
        ok = read_meta(cursor);
        return ok && take_bracket(cursor, ')');
    }
    next(cursor);
    if (ess_text_is(name, "NODES")) {
        ok = read_all(cursor, read_node, &cursor->nodes);
    } else if (ess_text_is(name, "LINKS")) {
        ok = read_all(cursor, read_link, &cursor->links);
    } else if (ess_text_is(name, "DEMANDS") || ess_text_is(name, "ADMISSIBLE_PATHS")) {
        ok = pass_over(cursor);
    } else {
        return ess_graph_build_fail(&cursor->file.builder, cursor->line, name,
            "META, NODES, LINKS, DEMANDS or ADMISSIBLE_PATHS");
    }
    return ok && take_bracket(cursor, ')');
}

static bool read_file(struct cursor *cursor, size_t count) {
    if (count < sizeof magic - 1 || memcmp(cursor->at, magic, sizeof magic - 1) != 0) {
        return ess_graph_build_fail(&cursor->file.builder, 1,
            (struct ess_text){cursor->at, count < 20 ? (int64_t)count : 20},
            "\"?SNDlib native format; type: network; version: 1.0\"");
    }
    skip_line(cursor);
    next(cursor);
    while (cursor->word.bytes > 0) {
        if (!read_section(cursor)) {
            return false;
        }
    }
    if (!cursor->nodes || !cursor->links) {
        return fail(cursor, cursor->nodes ? "a section LINKS" : "a section NODES");
    }
    return ess_sndlib_end(&cursor->file);
}

static int recognise(const char *bytes, size_t count) {
    return count >= sizeof magic - 1 && memcmp(bytes, magic, sizeof magic - 1) == 0 ? 100 : 0;
}

static bool read(const char *bytes, size_t count, const struct ess_graph_form *form,
    struct ess_graph *graph, struct ess_file_error *error) {
    struct cursor cursor = {.at = bytes, .end = bytes + count, .line = 1};
    bool ok;
    ess_sndlib_init(&cursor.file, graph, form, error);
    ok = read_file(&cursor, count);
    ess_sndlib_fini(&cursor.file);
    return ok;
}

const struct ess_graph_reader_type ess_graph_reader_sndlib = {
    .name = "sndlib",
    .summary = "SNDlib's native format: nodes, coordinates in degrees, capacities that are "
               "installed; no delays",
    .source = "Orlowski, Pioro, Tomaszewski, Wessaely, SNDlib 1.0, Networks 55(3), 2010",
    .recognise = recognise,
    .read = read,
};
