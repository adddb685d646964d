/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/reader.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/nearest.h"

static void complain(struct ess_reader *reader, const char *pointer, const char *expected,
    const char *found, const char *nearest) {
    const char *file, *shown;
    ess_origins_find(reader->origins, pointer, reader->store, &file, &shown);
    ess_diagnostics_add(reader->diagnostics, file, shown, expected, found, nearest, NULL);
    reader->errors++;
}

void ess_reader_complain_at(struct ess_reader *reader, const char *pointer, const char *found,
    const char *nearest, const char *expected_format, ...) {
    char expected[1024];
    va_list arguments;
    va_start(arguments, expected_format);
    vsnprintf(expected, sizeof expected, expected_format, arguments);
    va_end(arguments);
    complain(reader, pointer, expected, found, nearest);
}

void ess_reader_complain(struct ess_reader *reader, const struct ess_place *place,
    const char *found, const char *nearest, const char *expected_format, ...) {
    char expected[1024];
    va_list arguments;
    va_start(arguments, expected_format);
    vsnprintf(expected, sizeof expected, expected_format, arguments);
    va_end(arguments);
    complain(reader, ess_place_pointer(place, reader->store), expected, found, nearest);
}

const char *ess_reader_describe(struct ess_reader *reader, const struct ess_tree *node) {
    char number[ESS_QUANTITY_TEXT_BYTES];
    switch (ess_tree_kind(node)) {
    case ESS_TREE_OBJECT:
        return "an object";
    case ESS_TREE_ARRAY:
        return "an array";
    case ESS_TREE_STRING:
        return ess_store_print(reader->store, "\"%s\"", ess_tree_string(node));
    case ESS_TREE_NUMBER:
        ess_units_format_number(ess_tree_number(node), number);
        return ess_store_text(reader->store, number);
    case ESS_TREE_BOOLEAN:
        return ess_tree_boolean(node) ? "true" : "false";
    case ESS_TREE_NULL:
        break;
    }
    return "null";
}

/* "time" -> "a time" */
static const char *article(const char *noun) {
    return strchr("aeiou", noun[0]) != NULL ? "an" : "a";
}

/* ---- Numbers ---- */

/* Bounds so large that naming them would help nobody are left out of messages. */
static bool worth_naming(enum ess_dimension dimension, double bound) {
    if (dimension == ESS_DIMENSION_TIME)
        return bound < 9e18; /* 290 years are named where they are exceeded */
    return bound < 9e15;
}

static void complain_range(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, enum ess_dimension dimension, bool whole, double minimum,
    double maximum, double value) {
    char low[ESS_QUANTITY_TEXT_BYTES], high[ESS_QUANTITY_TEXT_BYTES];
    const char *found = ess_reader_describe(reader, node);
    const char *noun = whole ? "whole number" : ess_dimension_name(dimension);
    if (minimum == 0)
        snprintf(low, sizeof low, "0");
    else
        ess_units_format(minimum, dimension, low);
    if (dimension == ESS_DIMENSION_TIME && maximum >= 9e18)
        snprintf(high, sizeof high, "290 years");
    else
        ess_units_format(maximum, dimension, high);
    if (value < minimum && !worth_naming(dimension, maximum))
        ess_reader_complain(
            reader, place, found, NULL, "%s %s of at least %s", article(noun), noun, low);
    else if (value > maximum && dimension == ESS_DIMENSION_TIME && maximum >= 9e18)
        ess_reader_complain(
            reader, place, found, NULL, "%s %s of at most %s", article(noun), noun, high);
    else
        ess_reader_complain(
            reader, place, found, NULL, "%s %s from %s to %s", article(noun), noun, low, high);
}

static bool read_bare(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, bool whole, double *value) {
    const char *noun = whole ? "a whole number" : "a number";
    if (ess_tree_kind(node) != ESS_TREE_NUMBER) {
        ess_reader_complain(
            reader, place, ess_reader_describe(reader, node), NULL, "%s, without quotes", noun);
        return false;
    }
    *value = ess_tree_number(node);
    if (!whole || floor(*value) == *value)
        return true;
    ess_reader_complain(reader, place, ess_reader_describe(reader, node), NULL, "%s", noun);
    return false;
}

/* "40 Mbps", unit "Mbit/s" -> "40 Mbit/s" */
static const char *with_unit(struct ess_reader *reader, const char *text, const char *unit) {
    if (unit == NULL)
        return NULL;
    size_t length = strspn(text, "+-.0123456789eE");
    return ess_store_print(reader->store, "%.*s %s", (int)length, text, unit);
}

static bool read_quantity(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, enum ess_dimension dimension, double *value) {
    const char *noun = ess_dimension_name(dimension), *example = ess_dimension_example(dimension);
    const char *found = ess_reader_describe(reader, node), *unit = NULL;
    enum ess_tree_kind kind = ess_tree_kind(node);
    enum ess_units_status status =
        kind == ESS_TREE_NUMBER ? ESS_UNITS_MISSING : ESS_UNITS_NOT_A_NUMBER;
    if (kind == ESS_TREE_STRING)
        status = ess_units_parse(ess_tree_string(node), dimension, value, &unit);
    switch (status) {
    case ESS_UNITS_OK:
        return true;
    case ESS_UNITS_MISSING:
        if (kind == ESS_TREE_NUMBER)
            found = ess_store_print(reader->store, "the bare number %s", found);
        ess_reader_complain(reader, place, found, NULL, "%s %s with a unit, such as \"%s\"",
            article(noun), noun, example);
        return false;
    case ESS_UNITS_UNKNOWN:
        ess_reader_complain(reader, place, found, with_unit(reader, ess_tree_string(node), unit),
            "%s %s such as \"%s\"", article(noun), noun, example);
        return false;
    case ESS_UNITS_NOT_A_NUMBER:
        break;
    }
    ess_reader_complain(
        reader, place, found, NULL, "%s %s such as \"%s\"", article(noun), noun, example);
    return false;
}

bool ess_read_number(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, enum ess_dimension dimension, bool whole, double minimum,
    double maximum, double *value) {
    double read;
    bool ok = dimension == ESS_DIMENSION_NUMBER
                  ? read_bare(reader, place, node, whole, &read)
                  : read_quantity(reader, place, node, dimension, &read);
    if (!ok)
        return false;
    if (dimension == ESS_DIMENSION_TIME || dimension == ESS_DIMENSION_SIZE)
        read = round(read);
    if (read < minimum || read > maximum) {
        complain_range(reader, place, node, dimension, whole, minimum, maximum, read);
        return false;
    }
    *value = read;
    return true;
}

/* ---- Other values ---- */

bool ess_read_boolean(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, int64_t *value) {
    if (ess_tree_kind(node) != ESS_TREE_BOOLEAN) {
        ess_reader_complain(
            reader, place, ess_reader_describe(reader, node), NULL, "true or false");
        return false;
    }
    *value = ess_tree_boolean(node);
    return true;
}

bool ess_read_text(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, const char **text) {
    if (ess_tree_kind(node) == ESS_TREE_STRING && ess_tree_string(node)[0] != '\0') {
        *text = ess_store_text(reader->store, ess_tree_string(node));
        return true;
    }
    ess_reader_complain(
        reader, place, ess_reader_describe(reader, node), NULL, "text that is not empty");
    return false;
}

/* "crash", "silence" or "pause" */
static const char *list_names(struct ess_reader *reader, const char *const *names, size_t count) {
    const char *list = "";
    for (size_t i = 0; i < count; i++) {
        const char *glue = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        list = ess_store_print(reader->store, "%s%s\"%s\"", list, glue, names[i]);
    }
    return list;
}

bool ess_read_choice(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, const char *const *names, size_t count, size_t *index) {
    const char *nearest = NULL;
    if (ess_tree_kind(node) == ESS_TREE_STRING) {
        for (*index = 0; *index < count; ++*index)
            if (strcmp(names[*index], ess_tree_string(node)) == 0)
                return true;
        nearest = ess_name_nearest(ess_tree_string(node), names, count);
    }
    ess_reader_complain(reader, place, ess_reader_describe(reader, node), nearest, "%s",
        list_names(reader, names, count));
    return false;
}

bool ess_read_kind(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, enum ess_tree_kind kind) {
    if (ess_tree_kind(node) == kind)
        return true;
    ess_reader_complain(reader, place, ess_reader_describe(reader, node), NULL,
        kind == ESS_TREE_OBJECT ? "an object" : "an array");
    return false;
}
