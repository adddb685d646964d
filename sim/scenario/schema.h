/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_SCHEMA_H
#define ESS_SCENARIO_SCHEMA_H

/* Field tables: what a JSON object may hold and where each value goes in a struct. From one table
 * come reading, defaults, ranges, errors for unknown and missing keys, and printing back. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/scenario/reader.h"

enum ess_field_kind {
    ESS_FIELD_TEXT,     /* const char * */
    ESS_FIELD_CHOICE,   /* int64_t, index into `choices` */
    ESS_FIELD_INTEGER,  /* int64_t */
    ESS_FIELD_REAL,     /* double */
    ESS_FIELD_BOOLEAN,  /* int64_t */
    ESS_FIELD_TIME,     /* int64_t ns */
    ESS_FIELD_SIZE,     /* int64_t bytes */
    ESS_FIELD_RATE,     /* double bytes per second */
    ESS_FIELD_WORK,     /* double FLOP */
    ESS_FIELD_POWER,    /* double W */
    ESS_FIELD_QUANTITY, /* struct ess_quantity, of any dimension */
    ESS_FIELD_TEXTS,    /* const char ** and a size_t at count_offset */
    ESS_FIELD_OBJECT,   /* a struct by `child` */
    ESS_FIELD_OPTIONAL, /* pointer to a struct by `child`, NULL where the key is absent */
    ESS_FIELD_OBJECTS,  /* pointer to an array of them and a size_t at count_offset */
    ESS_FIELD_CUSTOM,   /* by `read` and `print` */
    ESS_FIELD_ELSEWHERE /* known, and handled before the struct is read */
};

struct ess_schema;

struct ess_field {
    const char *key;
    enum ess_field_kind kind;
    /* NULL: the key must be there. "": it may be absent, and the struct then holds NULL, a count of
     * 0, INT64_MAX (integers, times, sizes) or 0 (rates, reals, work, power); for an OBJECT, all of
     * its fields' defaults. Else the default, written as in the file but without quotes. */
    const char *fallback;
    double minimum; /* inclusive, base units; of an array, the number of elements */
    double maximum;
    const char *const *choices; /* CHOICE; ends with NULL */
    const struct ess_schema *child;
    size_t offset;
    size_t count_offset;
    bool (*read)(struct ess_reader *reader, const struct ess_place *place,
        const struct ess_tree *node, void *value); /* `node` is NULL where the key is absent */
    void (*print)(FILE *out, int indent, const void *value);
    bool (*absent)(const void *value); /* CUSTOM: nothing to print; NULL: always something */
    const char *meaning;               /* one line */
};

struct ess_schema {
    const char *title;              /* "a fault" */
    const struct ess_field *fields; /* ends with a NULL key */
    size_t bytes;                   /* of the struct */
    /* NULL, or what is to be checked and resolved within one such object, called once all of its
     * fields are well. False when something was said. */
    bool (*check)(struct ess_reader *reader, const struct ess_place *place, void *value);
};

/* Read `node`, which should be an object, into `value` (zeroed, schema->bytes long). Everything
 * wrong in it is said; false when something was. */
bool ess_schema_read(struct ess_reader *reader, const struct ess_schema *schema,
    const struct ess_place *place, const struct ess_tree *node, void *value);

/* Write `value` as JSON, absent fields left out, each line after the first `indent` deep. */
void ess_schema_print(const struct ess_schema *schema, const void *value, FILE *out, int indent);

/* Pieces for custom fields. */
void ess_print_json_text(FILE *out, const char *text);
void ess_print_quantity(FILE *out, double value, enum ess_dimension dimension);

/* The dimension of a field's value, and whether its struct member is an int64_t. */
enum ess_dimension ess_field_dimension(enum ess_field_kind kind);
bool ess_field_is_whole(enum ess_field_kind kind);

#endif
