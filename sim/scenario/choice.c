/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/choice.h"

#include <string.h>

#include "base/parameter.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/schema.h"

#define NAMES_MAX 64 /* pieces of a kind, parameters of a piece: those beyond are not suggested */

enum ess_dimension ess_parameter_dimension(const struct ess_parameter *parameter) {
    switch (parameter->kind) {
    case ESS_PARAMETER_TIME:
        return ESS_DIMENSION_TIME;
    case ESS_PARAMETER_SIZE:
        return ESS_DIMENSION_SIZE;
    case ESS_PARAMETER_RATE:
        return ESS_DIMENSION_RATE;
    case ESS_PARAMETER_WORK:
        return ESS_DIMENSION_WORK;
    case ESS_PARAMETER_INTEGER:
    case ESS_PARAMETER_REAL:
    case ESS_PARAMETER_BOOLEAN:
        break;
    }
    return ESS_DIMENSION_NUMBER;
}

/* ---- Settings ---- */

static const struct ess_parameter *find_parameter(
    const struct ess_parameter *table, const char *key) {
    for (; table != NULL && table->key != NULL; table++)
        if (strcmp(table->key, key) == 0)
            return table;
    return NULL;
}

static void complain_parameter(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_parameter *table, const char *title, const char *key) {
    const char *names[NAMES_MAX] = {"name"};
    size_t count = 1;
    for (; table != NULL && table->key != NULL && count < NAMES_MAX; table++)
        names[count++] = table->key;
    ess_reader_complain(reader, place, ess_store_print(reader->store, "\"%s\"", key),
        ess_name_nearest(key, names, count), "a setting of %s", title);
}

static bool read_parameter(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, const struct ess_parameter *parameter, void *settings) {
    double value;
    int64_t truth;
    if (parameter->kind == ESS_PARAMETER_BOOLEAN) {
        if (!ess_read_boolean(reader, place, node, &truth))
            return false;
        value = (double)truth;
    } else if (!ess_read_number(reader, place, node, ess_parameter_dimension(parameter),
                   parameter->kind == ESS_PARAMETER_INTEGER, parameter->minimum, parameter->maximum,
                   &value)) {
        return false;
    }
    ess_parameter_set(parameter, value, settings);
    return true;
}

bool ess_parameters_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *object, const struct ess_parameter *table, const char *title,
    void *settings) {
    bool ok = true;
    ess_parameters_set_defaults(table, settings);
    for (const struct ess_tree *item = ess_tree_first(object); item != NULL;
         item = ess_tree_next(item)) {
        const char *key = ess_tree_key(item);
        struct ess_place below = {place, key, 0};
        if (strcmp(key, "name") == 0 || strcmp(key, "_comment") == 0)
            continue;
        const struct ess_parameter *parameter = find_parameter(table, key);
        if (parameter != NULL) {
            ok &= read_parameter(reader, &below, item, parameter, settings);
            continue;
        }
        complain_parameter(reader, &below, table, title, key);
        ok = false;
    }
    return ok;
}

/* ---- One choice ---- */

static bool read_name(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, enum ess_policy_kind kind, struct ess_policy_piece *piece) {
    const char *names[NAMES_MAX];
    size_t count = 0, index;
    while (count < NAMES_MAX && ess_policy_at(kind, count, piece))
        names[count++] = piece->name;
    return ess_read_choice(reader, place, node, names, count, &index) &&
           ess_policy_at(kind, index, piece);
}

static void take_piece(struct ess_reader *reader, const struct ess_policy_piece *piece,
    struct ess_policy_choice *choice) {
    void *settings = NULL;
    if (piece->settings_bytes > 0) {
        settings = ess_store_take(reader->store, piece->settings_bytes);
        ess_parameters_set_defaults(piece->parameters, settings);
    }
    *choice = (struct ess_policy_choice){
        piece->name, piece->type, settings, piece->settings_bytes, piece->parameters};
}

static bool read_choice(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, enum ess_policy_kind kind, struct ess_policy_choice *choice) {
    struct ess_policy_piece piece;
    if (ess_tree_kind(node) != ESS_TREE_OBJECT) {
        if (!read_name(reader, place, node, kind, &piece))
            return false;
        take_piece(reader, &piece, choice);
        return true;
    }
    const struct ess_tree *name = ess_tree_member(node, "name");
    if (name == NULL) {
        ess_reader_complain(reader, place, "no such key", NULL, "the key \"name\"");
        return false;
    }
    struct ess_place below = {place, "name", 0};
    if (!read_name(reader, &below, name, kind, &piece))
        return false;
    take_piece(reader, &piece, choice);
    const char *title =
        ess_store_print(reader->store, "%s \"%s\"", ess_policy_key(kind), piece.name);
    if (!ess_parameters_read(
            reader, place, node, piece.parameters, title, (void *)choice->settings))
        return false;
    const char *wanted = piece.check ? piece.check(choice->settings) : NULL;
    if (wanted != NULL)
        ess_reader_complain(reader, place, "settings without that", NULL, "%s", wanted);
    return wanted == NULL;
}

static bool read_default(struct ess_reader *reader, const struct ess_place *place,
    enum ess_policy_kind kind, struct ess_policy_choice *choice) {
    struct ess_policy_piece piece;
    if (!ess_policy_find(kind, ess_policy_default(kind), &piece)) {
        ess_reader_complain(
            reader, place, "no such key", NULL, "the key \"%s\"", ess_policy_key(kind));
        return false;
    }
    take_piece(reader, &piece, choice);
    return true;
}

/* ---- All of them ---- */

static void complain_kind(
    struct ess_reader *reader, const struct ess_place *place, const char *key) {
    const char *names[ESS_POLICY_KIND_COUNT];
    for (size_t kind = 0; kind < ESS_POLICY_KIND_COUNT; kind++)
        names[kind] = ess_policy_key((enum ess_policy_kind)kind);
    ess_reader_complain(reader, place, ess_store_print(reader->store, "\"%s\"", key),
        ess_name_nearest(key, names, ESS_POLICY_KIND_COUNT), "a kind of policy");
}

bool ess_policies_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value) {
    struct ess_policy_choice *choices = value;
    bool ok = true;
    if (node != NULL && !ess_read_kind(reader, place, node, ESS_TREE_OBJECT))
        return false;
    for (size_t kind = 0; kind < ESS_POLICY_KIND_COUNT; kind++) {
        const char *key = ess_policy_key((enum ess_policy_kind)kind);
        struct ess_place below = {place, key, 0};
        const struct ess_tree *item = node == NULL ? NULL : ess_tree_member(node, key);
        if (item == NULL)
            ok &= read_default(reader, place, (enum ess_policy_kind)kind, &choices[kind]);
        else
            ok &= read_choice(reader, &below, item, (enum ess_policy_kind)kind, &choices[kind]);
    }
    for (const struct ess_tree *item = node == NULL ? NULL : ess_tree_first(node); item != NULL;
         item = ess_tree_next(item)) {
        const char *key = ess_tree_key(item);
        struct ess_place below = {place, key, 0};
        bool known = strcmp(key, "_comment") == 0;
        for (size_t kind = 0; kind < ESS_POLICY_KIND_COUNT; kind++)
            known |= strcmp(key, ess_policy_key((enum ess_policy_kind)kind)) == 0;
        if (!known)
            complain_kind(reader, &below, key);
        ok &= known;
    }
    return ok;
}

void ess_choice_print(FILE *out, int indent, const struct ess_policy_choice *choice) {
    fprintf(out, "{\n%*s\"name\": ", indent + 2, "");
    ess_print_json_text(out, choice->name);
    const struct ess_parameter *parameter = choice->parameters;
    for (; parameter != NULL && parameter->key != NULL; parameter++) {
        fprintf(out, ",\n%*s", indent + 2, "");
        ess_print_json_text(out, parameter->key);
        fputs(": ", out);
        double value = ess_parameter_get(parameter, choice->settings);
        if (parameter->kind == ESS_PARAMETER_BOOLEAN)
            fputs(value != 0 ? "true" : "false", out);
        else
            ess_print_quantity(out, value, ess_parameter_dimension(parameter));
    }
    fprintf(out, "\n%*s}", indent, "");
}

void ess_policies_print(FILE *out, int indent, const void *value) {
    const struct ess_policy_choice *choices = value;
    fputc('{', out);
    for (size_t kind = 0; kind < ESS_POLICY_KIND_COUNT; kind++) {
        fprintf(out, "%s\n%*s", kind == 0 ? "" : ",", indent + 2, "");
        ess_print_json_text(out, ess_policy_key((enum ess_policy_kind)kind));
        fputs(": ", out);
        ess_choice_print(out, indent + 2, &choices[kind]);
    }
    fprintf(out, "\n%*s}", indent, "");
}
