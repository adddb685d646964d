/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The services: an array whose elements have tables of their own, by `kind`. */
#include "sim/scenario/fields.h"

#include <string.h>

#include "sim/scenario/checks.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/scenario.h"

#define SERVICES_MAX 1000

/* In the order of enum ess_service_kind. */
static const char *const kind_names[] = {"training", "transfers", "collectives"};
static const struct ess_schema *const kind_schemas[] = {
    &ess_training_schema, &ess_transfers_schema, &ess_collectives_schema};

enum { KINDS = sizeof kind_names / sizeof *kind_names };

/* Where the kind is misspelt, what else is wrong is told by the table of the kind that was meant.
 */
static void read_as_meant(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, const struct ess_tree *named) {
    const char *nearest = ess_tree_kind(named) == ESS_TREE_STRING
                              ? ess_name_nearest(ess_tree_string(named), kind_names, KINDS)
                              : NULL;
    for (size_t kind = 0; nearest != NULL && kind < KINDS; kind++) {
        if (strcmp(kind_names[kind], nearest) != 0)
            continue;
        struct ess_tree *meant = ess_tree_copy(node);
        ess_tree_put(meant, "kind", ess_tree_new_string(nearest));
        ess_schema_read(reader, kind_schemas[kind], place, meant,
            ess_store_take(reader->store, kind_schemas[kind]->bytes));
        ess_tree_free(meant);
    }
}

/* The service by the table of its kind. Without a kind that is known nothing else of it can be
 * judged. */
static bool read_service(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, struct ess_scenario_service *service) {
    size_t kind = 0;
    if (!ess_read_kind(reader, place, node, ESS_TREE_OBJECT))
        return false;
    const struct ess_tree *named = ess_tree_member(node, "kind");
    struct ess_place below = {place, "kind", 0};
    if (named == NULL) {
        ess_reader_complain(reader, place, "no such key", NULL, "the key \"kind\"");
        return false;
    }
    if (!ess_read_choice(reader, &below, named, kind_names, KINDS, &kind)) {
        read_as_meant(reader, place, node, named);
        return false;
    }
    service->kind = (int64_t)kind;
    service->service = ess_store_take(reader->store, kind_schemas[kind]->bytes);
    bool ok = ess_schema_read(reader, kind_schemas[kind], place, node, service->service);
    *(int64_t *)service->service = (int64_t)kind; /* all structs begin with it */
    return ok;
}

bool ess_services_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value) {
    struct ess_scenario_services *services = value;
    if (!ess_read_kind(reader, place, node, ESS_TREE_ARRAY))
        return false;
    size_t count = ess_tree_size(node);
    if (count == 0 || count > SERVICES_MAX) {
        ess_reader_complain(reader, place, ess_store_print(reader->store, "%zu", count), NULL,
            "from 1 to %d of them", SERVICES_MAX);
        return false;
    }
    bool ok = true;
    struct ess_place below = {place, NULL, 0};
    services->items = ess_store_take_array(reader->store, count, sizeof *services->items);
    services->count = count;
    for (const struct ess_tree *item = ess_tree_first(node); item != NULL;
         item = ess_tree_next(item), below.index++)
        ok &= read_service(reader, &below, item, &services->items[below.index]);
    return ok;
}

/* The tables' own choices of kind have one name each, so the struct's member is 0 to be printed. */
static void print_service(FILE *out, int indent, const struct ess_scenario_service *service) {
    if (service->kind == (int64_t)ESS_SERVICE_TRAINING) {
        struct ess_scenario_training shown =
            *(const struct ess_scenario_training *)service->service;
        shown.kind = 0;
        ess_schema_print(&ess_training_schema, &shown, out, indent);
        return;
    }
    if (service->kind == (int64_t)ESS_SERVICE_COLLECTIVES) {
        struct ess_scenario_collectives shown =
            *(const struct ess_scenario_collectives *)service->service;
        shown.kind = 0;
        ess_schema_print(&ess_collectives_schema, &shown, out, indent);
        return;
    }
    struct ess_scenario_transfers shown = *(const struct ess_scenario_transfers *)service->service;
    shown.kind = 0;
    ess_schema_print(&ess_transfers_schema, &shown, out, indent);
}

void ess_services_print(FILE *out, int indent, const void *value) {
    const struct ess_scenario_services *services = value;
    fputc('[', out);
    for (size_t i = 0; i < services->count; i++) {
        fprintf(out, "%s\n%*s", i == 0 ? "" : ",", indent + 2, "");
        print_service(out, indent + 2, &services->items[i]);
    }
    fprintf(out, "\n%*s]", indent, "");
}
