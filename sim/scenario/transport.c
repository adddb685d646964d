/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/transport.h"

#include "models/network/transport.h"
#include "sim/scenario/choice.h"

#define NAMES_MAX 64

static void take_transport(struct ess_reader *reader, const struct ess_transport_type *type,
    struct ess_policy_choice *choice) {
    struct ess_transport_settings *settings = NULL;
    if (type->parameters) {
        settings = ess_store_take(reader->store, sizeof *settings);
        ess_parameters_set_defaults(type->parameters, settings);
    }
    *choice = (struct ess_policy_choice){
        type->name, type, settings, type->parameters ? sizeof *settings : 0, type->parameters};
}

static const struct ess_transport_type *read_name(
    struct ess_reader *reader, const struct ess_place *place, const struct ess_tree *node) {
    const char *names[NAMES_MAX];
    size_t count = 0, index;
    while (count < NAMES_MAX && ess_transport_registry[count]) {
        names[count] = ess_transport_registry[count]->name;
        count++;
    }
    return ess_read_choice(reader, place, node, names, count, &index)
               ? ess_transport_registry[index]
               : NULL;
}

static bool read_settings(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, struct ess_policy_choice *choice) {
    const struct ess_tree *name = ess_tree_member(node, "name");
    const struct ess_transport_type *type;
    struct ess_place below = {place, "name", 0};
    struct ess_transport_settings none;
    if (name == NULL) {
        ess_reader_complain(reader, place, "no such key", NULL, "the key \"name\"");
        return false;
    }
    type = read_name(reader, &below, name);
    if (type == NULL) {
        return false;
    }
    take_transport(reader, type, choice);
    return ess_parameters_read(reader, place, node, type->parameters,
        ess_store_print(reader->store, "transport \"%s\"", type->name),
        choice->settings ? (void *)choice->settings : &none);
}

bool ess_transport_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value) {
    const struct ess_transport_type *type;
    if (node == NULL) {
        *(struct ess_policy_choice *)value = (struct ess_policy_choice){.name = NULL};
        return true;
    }
    if (ess_tree_kind(node) == ESS_TREE_OBJECT) {
        return read_settings(reader, place, node, value);
    }
    type = read_name(reader, place, node);
    if (type != NULL) {
        take_transport(reader, type, value);
    }
    return type != NULL;
}

void ess_transport_take_default(struct ess_reader *reader, struct ess_policy_choice *choice) {
    take_transport(reader, &ess_transport_cubic, choice);
}

bool ess_transport_absent(const void *value) {
    return ((const struct ess_policy_choice *)value)->name == NULL;
}

void ess_transport_print(FILE *out, int indent, const void *value) {
    ess_choice_print(out, indent, value);
}
