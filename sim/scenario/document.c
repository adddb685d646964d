/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/document.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/checks.h"
#include "sim/scenario/compare.h"
#include "sim/scenario/fields.h"
#include "sim/scenario/include.h"
#include "sim/scenario/settings.h"

/* Nodes of all variants together that a load may check: a bound on its time, some seconds. */
#define NODES_MAX 50000000.0

struct ess_scenario_document {
    struct ess_store *store;
    struct ess_tree *tree; /* merged, settings applied */
    struct ess_origins origins;
    struct ess_comparison comparison;
    const char *path;
    const char *data_folder;
    const char *const *metrics;
    bool look; /* for files: not when read from memory */
};

/* ---- From the document to one variant ---- */

static void expand_hosts(struct ess_store *store, struct ess_scenario *scenario) {
    scenario->hosts = ess_store_take_array(store, scenario->host_count, sizeof *scenario->hosts);
    for (size_t s = 0; s < scenario->site_count; s++) {
        const struct ess_scenario_site *site = &scenario->sites[s];
        uint32_t number = 0;
        for (size_t k = 0; k < site->kind_count; k++)
            for (int64_t i = 0; i < site->kinds[k].count; i++, number++)
                scenario->hosts[site->first_host + number] =
                    (struct ess_scenario_host){ess_store_print(store, "%s/%u", site->name, number),
                        (uint32_t)s, &site->kinds[k]};
    }
}

/* Everything of `scenario` that the tables and checks say, from a tree with the variant's values.
 */
static void read_variant(const struct ess_scenario_document *document, struct ess_reader *reader,
    const struct ess_tree *tree, struct ess_scenario *scenario, size_t *data_missing) {
    ess_schema_read(reader, &ess_scenario_schema, NULL, tree, scenario);
    if (scenario->seed_text != NULL)
        scenario->seed = strtoull(scenario->seed_text, NULL, 10);
    ess_check_sites(reader, scenario);
    ess_check_wan(reader, scenario, document->data_folder, document->look, data_missing);
    ess_check_faults(reader, scenario);
    ess_check_services(reader, scenario);
    ess_check_job(reader, scenario);
    ess_check_plan(reader, scenario);
    ess_check_transfers(reader, scenario, document->data_folder, document->look, data_missing);
    ess_check_link_traces(reader, scenario, document->data_folder, document->look, data_missing);
    ess_check_trace(reader, scenario, document->data_folder, document->look, data_missing);
    ess_check_expectations(reader, scenario, document->comparison.names,
        document->comparison.variant_count, document->metrics);
}

/* NULL when something is wrong: then `*errors` counts it, and `*data_missing` how many of the
 * errors are only missing real-data files. */
static struct ess_scenario *build_variant(const struct ess_scenario_document *document,
    size_t index, struct ess_diagnostics *diagnostics, bool expand, size_t *errors,
    size_t *data_missing) {
    const struct ess_comparison *comparison = &document->comparison;
    struct ess_store *store = ess_store_new();
    struct ess_scenario *scenario = ess_store_take(store, sizeof *scenario);
    struct ess_origins origins;
    ess_origins_copy(&document->origins, store, &origins);
    struct ess_reader reader = {store, &origins, diagnostics, 0};
    scenario->store = store;
    scenario->path = ess_store_text(store, document->path);
    scenario->choice_count = comparison->axis_count;
    scenario->choices =
        ess_store_take_array(store, comparison->axis_count, sizeof *scenario->choices);
    scenario->variant_name = ess_store_text(store, comparison->names[index]);
    struct ess_tree *tree = ess_tree_copy(document->tree);
    *data_missing = 0;
    if (ess_comparison_apply(comparison, index, &reader, tree, &origins, scenario->choices))
        read_variant(document, &reader, tree, scenario, data_missing);
    ess_tree_free(tree);
    *errors = reader.errors;
    if (reader.errors == 0) {
        if (expand)
            expand_hosts(store, scenario);
        return scenario;
    }
    ess_store_free(store);
    return NULL;
}

struct ess_scenario *ess_scenario_variant(const struct ess_scenario_document *document,
    size_t index, struct ess_diagnostics *diagnostics) {
    size_t errors, data_missing;
    return build_variant(document, index, diagnostics, true, &errors, &data_missing);
}

void ess_scenario_free(struct ess_scenario *scenario) {
    if (scenario != NULL)
        ess_store_free(scenario->store);
}

/* ---- From bytes to the document ---- */

static size_t count_nodes(const struct ess_tree *node) {
    size_t count = 1;
    for (const struct ess_tree *item = ess_tree_first(node); item != NULL;
         item = ess_tree_next(item))
        count += count_nodes(item);
    return count;
}

static bool check_work(struct ess_reader *reader, const struct ess_scenario_document *document) {
    double nodes = (double)count_nodes(document->tree);
    double variants = (double)document->comparison.variant_count;
    if (variants == 1 || nodes * variants <= NODES_MAX)
        return true;
    ess_reader_complain_at(reader, "/compare",
        ess_store_print(reader->store, "%.0f variants of %.0f", variants, nodes), NULL,
        "at most %.0f JSON values in all variants together", NODES_MAX);
    return false;
}

static const char *name_of(struct ess_reader *reader, const struct ess_tree *tree) {
    const struct ess_tree *name = ess_tree_member(tree, "name");
    bool text = name != NULL && ess_tree_kind(name) == ESS_TREE_STRING;
    return text ? ess_store_text(reader->store, ess_tree_string(name)) : "scenario";
}

/* Check all variants. The status of the whole: missing data counts only where nothing else is. */
static enum ess_scenario_status check_variants(
    const struct ess_scenario_document *document, struct ess_diagnostics *diagnostics) {
    size_t wrong = 0;
    bool any_missing = false;
    for (size_t i = 0; i < document->comparison.variant_count; i++) {
        size_t errors, data_missing;
        ess_scenario_free(build_variant(document, i, diagnostics, false, &errors, &data_missing));
        wrong += errors - data_missing;
        any_missing |= data_missing > 0;
        if (diagnostics->more)
            break;
    }
    if (wrong > 0)
        return ESS_SCENARIO_BAD;
    return any_missing ? ESS_SCENARIO_DATA_MISSING : ESS_SCENARIO_OK;
}

/* Settings and comparison, on a document whose tree has just been merged. Settings come first, so
 * that they can set what is compared; both are reported even when one is wrong. */
static bool prepare(struct ess_scenario_document *document, struct ess_reader *reader,
    const struct ess_scenario_options *options) {
    size_t count = options->setting_count;
    const char **pointers = ess_store_take_array(document->store, count, sizeof *pointers);
    size_t applied = ess_settings_apply(
        reader, options->settings, count, document->tree, &document->origins, pointers);
    if (ess_tree_member(document->tree, "include") != NULL) {
        ess_reader_complain_at(reader, "/include", "the key \"include\"", NULL,
            "no include outside of a scenario file");
        return false;
    }
    const struct ess_tree *compare = ess_tree_member(document->tree, "compare");
    return ess_comparison_read(reader, compare, pointers, applied, name_of(reader, document->tree),
               &document->comparison) &&
           applied == count && check_work(reader, document);
}

static struct ess_scenario_document *new_document(
    const char *path, const struct ess_scenario_options *options, bool look) {
    struct ess_store *store = ess_store_new();
    struct ess_scenario_document *document = ess_store_take(store, sizeof *document);
    document->store = store;
    document->path = ess_store_text(store, path);
    document->metrics = options->metrics;
    document->look = look;
    if (options->data_folder != NULL)
        document->data_folder = ess_store_text(store, options->data_folder);
    ess_origins_init(&document->origins, store);
    return document;
}

/* `text` is NULL to read the file. */
static enum ess_scenario_status load(const char *text, size_t bytes, const char *path,
    const struct ess_scenario_options *options, struct ess_scenario_document **document,
    struct ess_diagnostics *diagnostics) {
    static const struct ess_scenario_options no_options = {NULL, 0, NULL, NULL};
    if (options == NULL)
        options = &no_options;
    *document = NULL;
    struct ess_scenario_document *made = new_document(path, options, text == NULL);
    struct ess_reader reader = {made->store, &made->origins, diagnostics, 0};
    made->tree = text == NULL ? ess_include_file(&reader, made->path, &made->origins)
                              : ess_include_text(&reader, text, bytes, made->path, &made->origins);
    enum ess_scenario_status status = ESS_SCENARIO_BAD;
    if (made->tree != NULL && prepare(made, &reader, options))
        status = check_variants(made, diagnostics);
    if (status == ESS_SCENARIO_OK)
        *document = made;
    else
        ess_scenario_document_free(made);
    return status;
}

enum ess_scenario_status ess_scenario_load(const char *path,
    const struct ess_scenario_options *options, struct ess_scenario_document **document,
    struct ess_diagnostics *diagnostics) {
    return load(NULL, 0, path, options, document, diagnostics);
}

enum ess_scenario_status ess_scenario_parse_text(const char *text, size_t bytes, const char *name,
    const struct ess_scenario_options *options, struct ess_scenario_document **document,
    struct ess_diagnostics *diagnostics) {
    return load(text, bytes, name, options, document, diagnostics);
}

void ess_scenario_document_free(struct ess_scenario_document *document) {
    if (document == NULL)
        return;
    ess_tree_free(document->tree);
    ess_store_free(document->store);
}

size_t ess_scenario_variant_count(const struct ess_scenario_document *document) {
    return document->comparison.variant_count;
}

/* ---- Back to JSON ---- */

void ess_scenario_print_resolved(const struct ess_scenario *scenario, FILE *out) {
    struct ess_scenario shown = *scenario;
    /* Expectations that compare variants have no meaning for one of them alone. */
    if (shown.choice_count > 0)
        shown.expectation_count = 0;
    ess_schema_print(&ess_scenario_schema, &shown, out, 0);
    fputc('\n', out);
}
