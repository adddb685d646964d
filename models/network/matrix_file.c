/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/matrix_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CELL_BYTES_MAX 255
#define NO_COLUMN UINT32_MAX
#define SLOTS 8192 /* of the table of names: a power of two, four times the names */

/* Where the reading is. */
struct scan {
    const char *bytes;
    size_t count, at, line_begin;
    uint32_t line;
    char separator;
    char cell[CELL_BYTES_MAX + 1]; /* the last cell, without quotes and outer blanks */
    size_t cell_begin;
    uint32_t cell_line; /* on which it began */
    size_t cell_column;
    struct ess_file_error *error;
};

/* What is being made. */
struct build {
    const struct ess_matrix_form *form;
    struct ess_matrix *matrix;
    size_t name_capacity;
    uint32_t *slots; /* [SLOTS] index of a name + 1, by its hash; 0: free */
    uint32_t *seen;  /* [count^2] values in each cell */
    uint32_t header_count;
    uint32_t from, to, value; /* columns of pairs */
};

static bool complain(struct scan *scan, const char *found, const char *expected) {
    char place[48];
    snprintf(place, sizeof place, "%u:%zu", scan->cell_line, scan->cell_column);
    return ess_file_error_set(scan->error, place, found, "%s", expected);
}

static bool complain_cell(struct scan *scan, const char *expected) {
    char found[CELL_BYTES_MAX + 3];
    snprintf(found, sizeof found, "\"%s\"", scan->cell);
    return complain(scan, found, expected);
}

static bool no_memory(struct scan *scan) {
    return ess_file_error_set(scan->error, "", "no memory left", "a matrix that fits into memory");
}

/* ---- cells ----------------------------------------------------------------------------------- */

static void begin_cell(struct scan *scan) {
    scan->cell_line = scan->line;
    scan->cell_column = scan->at - scan->line_begin + 1;
}

static bool add_byte(struct scan *scan, size_t *length, char byte) {
    if (byte == '\0' || *length == CELL_BYTES_MAX) {
        return complain(scan, byte == '\0' ? "a NUL byte" : "a longer one",
            "a cell of at most 255 bytes of text");
    }
    scan->cell[(*length)++] = byte;
    return true;
}

static bool quoted_cell(struct scan *scan, size_t *length) {
    scan->at++;
    for (;; scan->at++) {
        char byte;
        if (scan->at >= scan->count) {
            return complain(scan, "the end of the file", "a closing quote");
        }
        byte = scan->bytes[scan->at];
        if (byte == '"' && scan->at + 1 < scan->count && scan->bytes[scan->at + 1] == '"') {
            scan->at++;
        } else if (byte == '"') {
            scan->at++;
            return true;
        }
        if (byte == '\n') {
            scan->line++;
            scan->line_begin = scan->at + 1;
        }
        if (!add_byte(scan, length, byte)) {
            return false;
        }
    }
}

static bool ends_cell(const struct scan *scan) {
    char byte = scan->at < scan->count ? scan->bytes[scan->at] : '\n';
    return byte == scan->separator || byte == '\n' ||
           (byte == '\r' && (scan->at + 1 >= scan->count || scan->bytes[scan->at + 1] == '\n'));
}

/* Read a cell into scan->cell and stop at what ends it. */
static bool read_cell(struct scan *scan) {
    size_t length = 0;
    begin_cell(scan);
    while (scan->at < scan->count && scan->bytes[scan->at] == ' ') {
        scan->at++;
    }
    if (scan->at < scan->count && scan->bytes[scan->at] == '"') {
        if (!quoted_cell(scan, &length)) {
            return false;
        }
    }
    for (; !ends_cell(scan); scan->at++) {
        if (!add_byte(scan, &length, scan->bytes[scan->at])) {
            return false;
        }
    }
    while (length > 0 && (scan->cell[length - 1] == ' ' || scan->cell[length - 1] == '\t')) {
        length--;
    }
    scan->cell[length] = '\0';
    return true;
}

/* Pass over a separator. False at the end of the row, whose line break is passed over. */
static bool next_cell(struct scan *scan) {
    if (scan->at < scan->count && scan->bytes[scan->at] == scan->separator) {
        scan->at++;
        return true;
    }
    if (scan->at < scan->count && scan->bytes[scan->at] == '\r') {
        scan->at++;
    }
    scan->at += scan->at < scan->count;
    scan->line++;
    scan->line_begin = scan->at;
    return false;
}

/* Pass over empty lines. False at the end of the file. */
static bool next_row(struct scan *scan) {
    while (scan->at < scan->count &&
           (scan->bytes[scan->at] == '\n' || (scan->bytes[scan->at] == '\r' && ends_cell(scan)))) {
        next_cell(scan);
    }
    return scan->at < scan->count;
}

static char find_separator(const struct scan *scan) {
    static const char separators[] = "\t;,";
    const char *begin = scan->bytes + scan->at;
    const char *end = memchr(begin, '\n', scan->count - scan->at);
    size_t length = end ? (size_t)(end - begin) : scan->count - scan->at;
    for (int i = 0; i < 3; i++) {
        if (memchr(begin, separators[i], length)) {
            return separators[i];
        }
    }
    return ',';
}

/* The number in the cell; NAN where it is missing. */
static bool read_value(struct scan *scan, bool zero_allowed, double *value) {
    static const char *const missing[] = {"", "-", "NA", "N/A", "NaN", "null"};
    char *end;
    *value = NAN;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        if (strcasecmp(scan->cell, missing[i]) == 0) {
            return true;
        }
    }
    *value = strtod(scan->cell, &end);
    /* strtod knows hexadecimal numbers and words too. */
    if (*end != '\0' || !isfinite(*value) ||
        scan->cell[strspn(scan->cell, "+-.0123456789eE")] != '\0') {
        return complain_cell(scan, "a finite number, or nothing");
    }
    if (*value < 0 || (*value == 0 && !zero_allowed)) {
        return complain_cell(
            scan, zero_allowed ? "a number of at least 0, or nothing" : "a number above 0");
    }
    return true;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* The slot where the name is, or would be (FNV-1a, linear probing). A long table of pairs
 * looks names up by the million, so a search through all of them would not do. */
static uint32_t *slot_of(const struct build *build, const char *name) {
    uint32_t hash = 2166136261u;
    for (const char *at = name; *at; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    while (build->slots[hash % SLOTS] != 0 &&
           strcmp(build->matrix->names[build->slots[hash % SLOTS] - 1], name) != 0) {
        hash++;
    }
    return &build->slots[hash % SLOTS];
}

/* Index of the name in the cell, made where it is new; UINT32_MAX after an error. */
static uint32_t name_of(struct scan *scan, struct build *build) {
    struct ess_matrix *matrix = build->matrix;
    uint32_t *slot = slot_of(build, scan->cell);
    if (*slot != 0) {
        return *slot - 1;
    }
    if (scan->cell[0] == '\0') {
        complain(scan, "an empty cell", "a name");
        return UINT32_MAX;
    }
    if (matrix->count == ESS_MATRIX_NAMES_MAX) {
        complain(scan, "one more name", "at most 2000 names");
        return UINT32_MAX;
    }
    if (matrix->count == build->name_capacity) {
        size_t larger = 2 * build->name_capacity + 16;
        char **names = realloc(matrix->names, larger * sizeof *names);
        if (!names) {
            no_memory(scan);
            return UINT32_MAX;
        }
        matrix->names = names;
        build->name_capacity = larger;
    }
    matrix->names[matrix->count] = strdup(scan->cell);
    if (!matrix->names[matrix->count]) {
        no_memory(scan);
        return UINT32_MAX;
    }
    *slot = ++matrix->count;
    return matrix->count - 1;
}

static bool square_header(struct scan *scan, struct build *build) {
    if (!read_cell(scan)) { /* the corner: whatever it says */
        return false;
    }
    while (next_cell(scan)) {
        uint32_t before = build->matrix->count;
        if (!read_cell(scan)) {
            return false;
        }
        if (name_of(scan, build) == UINT32_MAX) {
            return false;
        }
        if (build->matrix->count == before) {
            return complain_cell(scan, "a name that no column before it has");
        }
    }
    build->header_count = build->matrix->count;
    if (build->header_count == 0) {
        return complain(scan, "one cell", "a first row that names the columns");
    }
    return true;
}

static bool pairs_header(struct scan *scan, struct build *build) {
    const struct ess_matrix_form *form = build->form;
    const char *names[] = {form->from_column, form->to_column, form->value_column};
    uint32_t *columns[] = {&build->from, &build->to, &build->value};
    uint32_t column = 0;
    build->from = build->to = build->value = NO_COLUMN;
    do {
        if (!read_cell(scan)) {
            return false;
        }
        for (int i = 0; i < 3; i++) {
            if (strcmp(scan->cell, names[i]) == 0) {
                *columns[i] = column;
            }
        }
        column++;
    } while (next_cell(scan));
    build->header_count = column;
    for (int i = 0; i < 3; i++) {
        if (*columns[i] == NO_COLUMN) {
            char found[80];
            snprintf(found, sizeof found, "no column \"%.60s\"", names[i]);
            scan->cell_line = 1;
            scan->cell_column = 1;
            return complain(scan, found, "a header that names it");
        }
    }
    return true;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static bool check_width(struct scan *scan, uint32_t cells, uint32_t wanted) {
    char found[32], expected[64];
    if (cells == wanted) {
        return true;
    }
    snprintf(found, sizeof found, "%u cells", cells);
    snprintf(expected, sizeof expected, "%u cells, as in the header", wanted);
    return complain(scan, found, expected);
}

/* One row of the first pass finds names, of the second values. */
static bool square_row(struct scan *scan, struct build *build, bool values) {
    struct ess_matrix *matrix = build->matrix;
    uint32_t from, column = 0, before = matrix->count;
    if (!read_cell(scan)) {
        return false;
    }
    from = name_of(scan, build);
    if (from == UINT32_MAX) {
        return false;
    }
    /* Among the row names, the ones of the header may come once each, new ones too. */
    if (!values && matrix->count == before && build->seen[from]++ > 0) {
        return complain_cell(scan, "a name that no row before it has");
    }
    if (!values && matrix->count > before) {
        build->seen[from]++;
    }
    while (next_cell(scan)) {
        double value;
        if (!read_cell(scan)) {
            return false;
        }
        if (values && column < build->header_count && from != column) {
            if (!read_value(scan, build->form->zero_allowed, &value)) {
                return false;
            }
            matrix->values[(size_t)from * matrix->count + column] = value;
        }
        column++;
    }
    return check_width(scan, column + 1, build->header_count + 1);
}

static void add_value(struct build *build, uint32_t from, uint32_t to, double value) {
    struct ess_matrix *matrix = build->matrix;
    size_t at = (size_t)from * matrix->count + to;
    uint32_t count = build->seen[at];
    if (from == to || isnan(value)) {
        return;
    }
    matrix->values[at] = count == 0 ? value : (matrix->values[at] * count + value) / (count + 1);
    matrix->repeated += count > 0;
    build->seen[at]++;
}

static bool pairs_row(struct scan *scan, struct build *build, bool values) {
    uint32_t column = 0, from = 0, to = 0;
    double value = NAN;
    do {
        if (!read_cell(scan)) {
            return false;
        }
        if (column == build->from && (from = name_of(scan, build)) == UINT32_MAX) {
            return false;
        }
        if (column == build->to && (to = name_of(scan, build)) == UINT32_MAX) {
            return false;
        }
        if (column == build->value && values &&
            !read_value(scan, build->form->zero_allowed, &value)) {
            return false;
        }
        column++;
    } while (next_cell(scan));
    if (values) {
        add_value(build, from, to, value);
    }
    return check_width(scan, column, build->header_count);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* A pass over all rows. Names must be known before values have a place, so there are two. */
static bool pass(struct scan *scan, struct build *build, bool values) {
    scan->at = scan->count >= 3 && memcmp(scan->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    scan->line_begin = scan->at;
    scan->line = scan->cell_line = 1;
    scan->cell_column = 1;
    if (!next_row(scan)) {
        return ess_file_error_set(scan->error, "", "an empty file", "a CSV file with a header");
    }
    scan->separator = find_separator(scan);
    if (values) { /* the header has been read */
        do {
            if (!read_cell(scan)) {
                return false;
            }
        } while (next_cell(scan));
    } else if (!(build->form->pairs ? pairs_header : square_header)(scan, build)) {
        return false;
    }
    while (next_row(scan)) {
        if (!(build->form->pairs ? pairs_row : square_row)(scan, build, values)) {
            return false;
        }
    }
    return true;
}

static void count_missing(struct ess_matrix *matrix) {
    for (uint32_t from = 0; from < matrix->count; from++) {
        for (uint32_t to = 0; to < matrix->count; to++) {
            matrix->missing +=
                from != to && isnan(matrix->values[(size_t)from * matrix->count + to]);
        }
    }
}

static bool read_both(struct scan *scan, struct build *build) {
    struct ess_matrix *matrix = build->matrix;
    size_t cells;
    build->seen = calloc(ESS_MATRIX_NAMES_MAX, sizeof *build->seen);
    build->slots = calloc(SLOTS, sizeof *build->slots);
    if (!build->seen || !build->slots) {
        return no_memory(scan);
    }
    if (!pass(scan, build, false)) {
        return false;
    }
    if (matrix->count < 2) {
        return ess_file_error_set(scan->error, "", "fewer than two names", "a matrix of places");
    }
    cells = (size_t)matrix->count * matrix->count;
    free(build->seen);
    build->seen = calloc(cells, sizeof *build->seen);
    matrix->values = calloc(cells, sizeof *matrix->values);
    if (!build->seen || !matrix->values) {
        return no_memory(scan);
    }
    for (size_t i = 0; i < cells; i++) {
        matrix->values[i] = NAN;
    }
    if (!pass(scan, build, true)) {
        return false;
    }
    count_missing(matrix);
    return true;
}

bool ess_matrix_read(const char *bytes, size_t count, const struct ess_matrix_form *form,
    struct ess_matrix *matrix, struct ess_file_error *error) {
    struct scan scan = {.bytes = bytes, .count = count, .error = error};
    struct build build = {.form = form, .matrix = matrix};
    bool ok;
    *matrix = (struct ess_matrix){.count = 0};
    ok = read_both(&scan, &build);
    free(build.seen);
    free(build.slots);
    if (!ok) {
        ess_matrix_fini(matrix);
    }
    return ok;
}

void ess_matrix_fini(struct ess_matrix *matrix) {
    for (uint32_t i = 0; i < matrix->count; i++) {
        free(matrix->names[i]);
    }
    free(matrix->names);
    free(matrix->values);
    *matrix = (struct ess_matrix){.count = 0};
}

uint32_t ess_matrix_find(const struct ess_matrix *matrix, const char *name) {
    for (uint32_t i = 0; i < matrix->count; i++) {
        if (strcmp(matrix->names[i], name) == 0) {
            return i;
        }
    }
    return UINT32_MAX;
}
