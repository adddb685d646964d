/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/schema.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/nearest.h"
#include "sim/scenario/scenario.h"

#define FIELDS_MAX 64 /* of one table; a bit each */

enum ess_dimension ess_field_dimension(enum ess_field_kind kind) {
    switch (kind) {
    case ESS_FIELD_TIME:
        return ESS_DIMENSION_TIME;
    case ESS_FIELD_SIZE:
        return ESS_DIMENSION_SIZE;
    case ESS_FIELD_RATE:
        return ESS_DIMENSION_RATE;
    case ESS_FIELD_WORK:
        return ESS_DIMENSION_WORK;
    case ESS_FIELD_POWER:
        return ESS_DIMENSION_POWER;
    default:
        return ESS_DIMENSION_NUMBER;
    }
}

bool ess_field_is_whole(enum ess_field_kind kind) {
    return kind == ESS_FIELD_INTEGER || kind == ESS_FIELD_TIME || kind == ESS_FIELD_SIZE;
}

static bool is_number(enum ess_field_kind kind) {
    return kind == ESS_FIELD_INTEGER || kind == ESS_FIELD_REAL ||
           ess_field_dimension(kind) != ESS_DIMENSION_NUMBER;
}

static void *member(void *base, size_t offset) {
    return (char *)base + offset;
}

static const void *member_const(const void *base, size_t offset) {
    return (const char *)base + offset;
}

static size_t count_choices(const struct ess_field *field) {
    size_t count = 0;
    while (field->choices[count] != NULL)
        count++;
    return count;
}

/* ---- Reading ---- */

static bool read_number(struct ess_reader *reader, const struct ess_field *field,
    const struct ess_place *place, const struct ess_tree *node, void *value) {
    double number;
    if (!ess_read_number(reader, place, node, ess_field_dimension(field->kind),
            field->kind == ESS_FIELD_INTEGER, field->minimum, field->maximum, &number))
        return false;
    if (ess_field_is_whole(field->kind))
        *(int64_t *)value = (int64_t)number;
    else
        *(double *)value = number;
    return true;
}

static bool read_any_quantity(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, struct ess_quantity *quantity) {
    const char *found = ess_reader_describe(reader, node), *nearest = NULL;
    quantity->text = found;
    if (ess_tree_kind(node) == ESS_TREE_NUMBER) {
        quantity->value = ess_tree_number(node);
        return true;
    }
    if (ess_tree_kind(node) == ESS_TREE_STRING) {
        quantity->text = ess_store_text(reader->store, ess_tree_string(node));
        if (ess_units_parse_any(quantity->text, &quantity->dimension, &quantity->value, &nearest) ==
            ESS_UNITS_OK)
            return true;
    }
    ess_reader_complain(
        reader, place, found, NULL, "a number, or text with a unit such as \"2 s\"");
    return false;
}

static bool check_count(struct ess_reader *reader, const struct ess_field *field,
    const struct ess_place *place, size_t count) {
    if ((double)count >= field->minimum && (double)count <= field->maximum)
        return true;
    const char *found = ess_store_print(reader->store, "%zu", count);
    if (field->minimum == field->maximum)
        ess_reader_complain(reader, place, found, NULL, "exactly %.0f of them", field->minimum);
    else if ((double)count < field->minimum)
        ess_reader_complain(reader, place, found, NULL, "at least %.0f of them", field->minimum);
    else
        ess_reader_complain(reader, place, found, NULL, "at most %.0f of them", field->maximum);
    return false;
}

/* Both kinds of array: texts, and structs of the child table. */
static bool read_array(struct ess_reader *reader, const struct ess_field *field,
    const struct ess_place *place, const struct ess_tree *node, void *value, size_t *count) {
    if (!ess_read_kind(reader, place, node, ESS_TREE_ARRAY))
        return false;
    size_t size = ess_tree_size(node);
    bool texts = field->kind == ESS_FIELD_TEXTS;
    size_t bytes = texts ? sizeof(const char *) : field->child->bytes;
    bool ok = check_count(reader, field, place, size);
    if ((double)size > field->maximum)
        return false;
    char *elements = ess_store_take_array(reader->store, size, bytes);
    struct ess_place below = {place, NULL, 0};
    for (const struct ess_tree *item = ess_tree_first(node); item != NULL;
         item = ess_tree_next(item), below.index++) {
        void *element = elements + below.index * bytes;
        if (texts)
            ok &= ess_read_text(reader, &below, item, element);
        else
            ok &= ess_schema_read(reader, field->child, &below, item, element);
    }
    *(void **)value = elements;
    *count = size;
    return ok;
}

static bool read_optional(struct ess_reader *reader, const struct ess_field *field,
    const struct ess_place *place, const struct ess_tree *node, void *value) {
    void *object = ess_store_take(reader->store, field->child->bytes);
    *(void **)value = object;
    return ess_schema_read(reader, field->child, place, node, object);
}

static bool read_field(struct ess_reader *reader, const struct ess_field *field,
    const struct ess_place *place, const struct ess_tree *node, void *base) {
    void *value = member(base, field->offset);
    size_t index;
    if (is_number(field->kind))
        return read_number(reader, field, place, node, value);
    switch (field->kind) {
    case ESS_FIELD_TEXT:
        return ess_read_text(reader, place, node, value);
    case ESS_FIELD_BOOLEAN:
        return ess_read_boolean(reader, place, node, value);
    case ESS_FIELD_CHOICE:
        if (!ess_read_choice(reader, place, node, field->choices, count_choices(field), &index))
            return false;
        *(int64_t *)value = (int64_t)index;
        return true;
    case ESS_FIELD_QUANTITY:
        return read_any_quantity(reader, place, node, value);
    case ESS_FIELD_TEXTS:
    case ESS_FIELD_OBJECTS:
        return read_array(reader, field, place, node, value, member(base, field->count_offset));
    case ESS_FIELD_OBJECT:
        return ess_schema_read(reader, field->child, place, node, value);
    case ESS_FIELD_OPTIONAL:
        return read_optional(reader, field, place, node, value);
    case ESS_FIELD_CUSTOM:
        return field->read(reader, place, node, value);
    default:
        return true;
    }
}

static const char *describe_wanted(struct ess_reader *reader, const struct ess_field *field) {
    enum ess_dimension dimension = ess_field_dimension(field->kind);
    if (dimension != ESS_DIMENSION_NUMBER)
        return ess_store_print(
            reader->store, " (such as \"%s\")", ess_dimension_example(dimension));
    return "";
}

static bool read_absent(struct ess_reader *reader, const struct ess_field *field,
    const struct ess_place *place, void *base) {
    void *value = member(base, field->offset);
    if (field->kind == ESS_FIELD_ELSEWHERE)
        return true;
    if (field->fallback == NULL) {
        ess_reader_complain(reader, place, "no such key", NULL, "the key \"%s\"%s", field->key,
            describe_wanted(reader, field));
        return false;
    }
    struct ess_place below = {place, field->key, 0};
    if (field->kind == ESS_FIELD_CUSTOM)
        return field->read(reader, &below, NULL, value);
    if (field->kind == ESS_FIELD_OBJECT) {
        struct ess_tree *empty = ess_tree_new_object();
        bool ok = ess_schema_read(reader, field->child, &below, empty, value);
        ess_tree_free(empty);
        return ok;
    }
    if (field->fallback[0] == '\0') {
        if (ess_field_is_whole(field->kind))
            *(int64_t *)value = INT64_MAX;
        return true;
    }
    /* The default takes the way of any value; a table whose default breaks its own range shows in
     * the test that reads an empty object with every table. */
    bool quoted = field->kind == ESS_FIELD_TEXT || field->kind == ESS_FIELD_CHOICE ||
                  ess_field_dimension(field->kind) != ESS_DIMENSION_NUMBER;
    const char *text = ess_store_print(reader->store, quoted ? "\"%s\"" : "%s", field->fallback);
    struct ess_tree *node = ess_tree_parse(text, strlen(text), "field table", reader->diagnostics);
    bool ok = node != NULL && read_field(reader, field, &below, node, base);
    ess_tree_free(node);
    return ok;
}

static const struct ess_field *find_field(const struct ess_schema *schema, const char *key) {
    for (const struct ess_field *field = schema->fields; field->key != NULL; field++)
        if (strcmp(field->key, key) == 0)
            return field;
    return NULL;
}

/* Returns the key that was probably meant, or NULL. */
static const char *complain_unknown(struct ess_reader *reader, const struct ess_schema *schema,
    const struct ess_place *place, const char *key) {
    const char *names[FIELDS_MAX];
    size_t count = 0;
    for (const struct ess_field *field = schema->fields; field->key != NULL; field++)
        names[count++] = field->key;
    const char *found = ess_store_print(reader->store, "\"%s\"", key);
    const char *nearest = ess_name_nearest(key, names, count);
    ess_reader_complain(reader, place, found, nearest, "a key of %s", schema->title);
    return nearest;
}

/* Fields whose key is there, or was meant by a misspelt one: a bit each, by place in the table. */
static uint64_t read_present(struct ess_reader *reader, const struct ess_schema *schema,
    const struct ess_place *place, const struct ess_tree *node, void *value, bool *ok) {
    uint64_t present = 0;
    for (const struct ess_tree *item = ess_tree_first(node); item != NULL;
         item = ess_tree_next(item)) {
        const char *key = ess_tree_key(item);
        struct ess_place below = {place, key, 0};
        if (strcmp(key, "_comment") == 0)
            continue;
        const struct ess_field *field = find_field(schema, key);
        if (field != NULL) {
            *ok &= read_field(reader, field, &below, item, value);
        } else {
            *ok = false;
            const char *meant = complain_unknown(reader, schema, &below, key);
            if (meant == NULL)
                continue;
            field = find_field(schema, meant);
        }
        present |= UINT64_C(1) << (field - schema->fields);
    }
    return present;
}

bool ess_schema_read(struct ess_reader *reader, const struct ess_schema *schema,
    const struct ess_place *place, const struct ess_tree *node, void *value) {
    if (!ess_read_kind(reader, place, node, ESS_TREE_OBJECT))
        return false;
    bool ok = true;
    uint64_t present = read_present(reader, schema, place, node, value, &ok);
    for (size_t i = 0; schema->fields[i].key != NULL; i++)
        if ((present >> i & 1) == 0)
            ok &= read_absent(reader, &schema->fields[i], place, value);
    if (ok && schema->check != NULL)
        ok = schema->check(reader, place, value);
    return ok;
}

/* ---- Printing ---- */

void ess_print_json_text(FILE *out, const char *text) {
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < 0x20)
            fprintf(out, "\\u%04x", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

void ess_print_quantity(FILE *out, double value, enum ess_dimension dimension) {
    char text[ESS_QUANTITY_TEXT_BYTES];
    if (dimension == ESS_DIMENSION_NUMBER) {
        ess_units_format_number(value, text);
        fputs(text, out);
        return;
    }
    ess_units_format(value, dimension, text);
    fprintf(out, "\"%s\"", text);
}

static double number_of(const struct ess_field *field, const void *value) {
    return ess_field_is_whole(field->kind) ? (double)*(const int64_t *)value
                                           : *(const double *)value;
}

static bool is_absent(const struct ess_field *field, const void *base) {
    const void *value = member_const(base, field->offset);
    if (ess_field_is_whole(field->kind))
        return *(const int64_t *)value == INT64_MAX;
    bool optional = field->fallback != NULL && field->fallback[0] == '\0';
    if (is_number(field->kind))
        return optional && *(const double *)value == 0;
    switch (field->kind) {
    case ESS_FIELD_TEXT:
    case ESS_FIELD_OPTIONAL:
        return *(const char *const *)value == NULL;
    case ESS_FIELD_QUANTITY:
        return ((const struct ess_quantity *)value)->text == NULL;
    case ESS_FIELD_TEXTS:
    case ESS_FIELD_OBJECTS:
        return *(const size_t *)member_const(base, field->count_offset) == 0;
    case ESS_FIELD_CUSTOM:
        return field->absent != NULL && field->absent(value);
    case ESS_FIELD_ELSEWHERE:
        return true;
    default:
        return false;
    }
}

static void start_line(FILE *out, int indent) {
    fprintf(out, "\n%*s", indent, "");
}

static void print_array(const struct ess_field *field, const void *base, FILE *out, int indent) {
    const char *elements = *(const char *const *)member_const(base, field->offset);
    size_t count = *(const size_t *)member_const(base, field->count_offset);
    bool texts = field->kind == ESS_FIELD_TEXTS;
    fputc('[', out);
    for (size_t i = 0; i < count; i++) {
        fputs(i == 0 ? "" : ",", out);
        start_line(out, indent + 2);
        if (texts)
            ess_print_json_text(out, ((const char *const *)(const void *)elements)[i]);
        else
            ess_schema_print(field->child, elements + i * field->child->bytes, out, indent + 2);
    }
    start_line(out, indent);
    fputc(']', out);
}

static void print_any_quantity(const struct ess_quantity *quantity, FILE *out) {
    if (quantity->dimension == ESS_DIMENSION_NUMBER)
        ess_print_quantity(out, quantity->value, ESS_DIMENSION_NUMBER);
    else
        ess_print_json_text(out, quantity->text);
}

static void print_field(const struct ess_field *field, const void *base, FILE *out, int indent) {
    const void *value = member_const(base, field->offset);
    if (is_number(field->kind)) {
        ess_print_quantity(out, number_of(field, value), ess_field_dimension(field->kind));
        return;
    }
    switch (field->kind) {
    case ESS_FIELD_TEXT:
        ess_print_json_text(out, *(const char *const *)value);
        break;
    case ESS_FIELD_BOOLEAN:
        fputs(*(const int64_t *)value ? "true" : "false", out);
        break;
    case ESS_FIELD_CHOICE:
        ess_print_json_text(out, field->choices[*(const int64_t *)value]);
        break;
    case ESS_FIELD_QUANTITY:
        print_any_quantity(value, out);
        break;
    case ESS_FIELD_TEXTS:
    case ESS_FIELD_OBJECTS:
        print_array(field, base, out, indent);
        break;
    case ESS_FIELD_OBJECT:
        ess_schema_print(field->child, value, out, indent);
        break;
    case ESS_FIELD_OPTIONAL:
        ess_schema_print(field->child, *(const void *const *)value, out, indent);
        break;
    case ESS_FIELD_CUSTOM:
        field->print(out, indent, value);
        break;
    default:
        break;
    }
}

void ess_schema_print(const struct ess_schema *schema, const void *value, FILE *out, int indent) {
    const char *glue = "";
    fputc('{', out);
    for (const struct ess_field *field = schema->fields; field->key != NULL; field++) {
        if (is_absent(field, value))
            continue;
        fputs(glue, out);
        start_line(out, indent + 2);
        ess_print_json_text(out, field->key);
        fputs(": ", out);
        print_field(field, value, out, indent + 2);
        glue = ",";
    }
    start_line(out, indent);
    fputc('}', out);
}
