/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/sweep_result.h"

#include <math.h>
#include <string.h>

#include "analysis/json_writer.h"
#include "analysis/sweep.h"
#include "sim/scenario/json.h"

#define FILE_BYTES_MAX (256 * 1024 * 1024)

struct ess_sweep_result *ess_sweep_result_new(
    const char *hash, size_t replication_count, size_t metric_count) {
    struct ess_store *store = ess_store_new();
    struct ess_sweep_result *result = ess_store_take(store, sizeof *result);
    result->store = store;
    result->hash = ess_store_text(store, hash);
    result->replication_count = replication_count;
    result->replications =
        ess_store_take_array(store, replication_count, sizeof *result->replications);
    result->metric_count = metric_count;
    result->metrics = ess_store_take_array(store, metric_count, sizeof *result->metrics);
    for (size_t i = 0; i < metric_count; i++) {
        result->metrics[i].values =
            ess_store_take_array(store, replication_count, sizeof *result->metrics[i].values);
    }
    return result;
}

void ess_sweep_result_free(struct ess_sweep_result *result) {
    if (result) {
        ess_store_free(result->store);
    }
}

struct ess_sweep_result *ess_sweep_result_failed(const char *hash, const char *reason) {
    struct ess_sweep_result *result = ess_sweep_result_new(hash, 0, 0);
    result->reason = ess_store_text(result->store, reason);
    return result;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

static void write_text(struct ess_json_writer *json, const char *key, const char *text) {
    ess_json_key(json, key);
    ess_json_string(json, text);
}

static void write_metric(struct ess_json_writer *json, const struct ess_sweep_result *result,
    const struct ess_sweep_metric *metric) {
    ess_json_key(json, metric->name);
    ess_json_open(json, '{', true);
    write_text(json, "unit", metric->unit);
    write_text(json, "better", metric->better);
    ess_json_key(json, "values");
    ess_json_open(json, '[', true);
    for (size_t r = 0; r < result->replication_count; r++) {
        ess_json_number(json, metric->values[r]);
    }
    ess_json_close(json);
    ess_json_close(json);
}

void ess_sweep_result_write(const struct ess_sweep_result *result, FILE *file) {
    struct ess_json_writer json;
    ess_json_begin(&json, file);
    ess_json_open(&json, '{', false);
    ess_json_key(&json, "format");
    ess_json_unsigned(&json, ESS_SWEEP_FORMAT);
    write_text(&json, "point", result->hash);
    write_text(&json, "state", result->reason ? "failed" : "ok");
    write_text(&json, "reason", result->reason);
    ess_json_key(&json, "replications");
    ess_json_open(&json, '[', false);
    for (size_t r = 0; r < result->replication_count; r++) {
        ess_json_open(&json, '{', true);
        write_text(&json, "state", result->replications[r].state);
        write_text(&json, "text", result->replications[r].text);
        ess_json_close(&json);
    }
    ess_json_close(&json);
    ess_json_key(&json, "metrics");
    ess_json_open(&json, '{', false);
    for (size_t i = 0; i < result->metric_count; i++) {
        write_metric(&json, result, &result->metrics[i]);
    }
    ess_json_close(&json);
    ess_json_close(&json);
    ess_json_end(&json);
}

/* ---- reading ----------------------------------------------------------------------------------
 */

static const struct ess_tree *member_of(
    const struct ess_tree *object, const char *key, enum ess_tree_kind kind) {
    const struct ess_tree *node =
        object && ess_tree_kind(object) == ESS_TREE_OBJECT ? ess_tree_member(object, key) : NULL;
    return node && ess_tree_kind(node) == kind ? node : NULL;
}

/* A text, or NULL where it is null. False where it is neither. */
static bool take_text(
    struct ess_store *store, const struct ess_tree *object, const char *key, const char **text) {
    const struct ess_tree *string = member_of(object, key, ESS_TREE_STRING);
    *text = string ? ess_store_text(store, ess_tree_string(string)) : NULL;
    return string || member_of(object, key, ESS_TREE_NULL);
}

static bool take_replications(struct ess_sweep_result *result, const struct ess_tree *list) {
    const struct ess_tree *node = ess_tree_first(list);
    for (size_t r = 0; node; node = ess_tree_next(node), r++) {
        struct ess_sweep_replication *replication = &result->replications[r];
        if (!take_text(result->store, node, "state", &replication->state) || !replication->state ||
            !take_text(result->store, node, "text", &replication->text)) {
            return false;
        }
    }
    return true;
}

static bool take_values(
    struct ess_sweep_result *result, struct ess_sweep_metric *metric, const struct ess_tree *list) {
    const struct ess_tree *node;
    size_t r = 0;
    if (!list || ess_tree_size(list) != result->replication_count) {
        return false;
    }
    for (node = ess_tree_first(list); node; node = ess_tree_next(node)) {
        bool number = ess_tree_kind(node) == ESS_TREE_NUMBER;
        if (!number && ess_tree_kind(node) != ESS_TREE_NULL) {
            return false;
        }
        metric->values[r++] = number ? ess_tree_number(node) : NAN;
    }
    return true;
}

static bool take_metrics(struct ess_sweep_result *result, const struct ess_tree *object) {
    const struct ess_tree *node = ess_tree_first(object);
    for (size_t i = 0; node; node = ess_tree_next(node), i++) {
        struct ess_sweep_metric *metric = &result->metrics[i];
        metric->name = ess_store_text(result->store, ess_tree_key(node));
        if (!take_text(result->store, node, "unit", &metric->unit) || !metric->unit ||
            !take_text(result->store, node, "better", &metric->better) || !metric->better ||
            !take_values(result, metric, member_of(node, "values", ESS_TREE_ARRAY))) {
            return false;
        }
    }
    return true;
}

static bool is_newer(const struct ess_tree *tree) {
    const struct ess_tree *format = member_of(tree, "format", ESS_TREE_NUMBER);
    return format && ess_tree_number(format) > ESS_SWEEP_FORMAT;
}

static struct ess_sweep_result *take(const struct ess_tree *tree, const char *hash) {
    const struct ess_tree *format = member_of(tree, "format", ESS_TREE_NUMBER);
    const struct ess_tree *point = member_of(tree, "point", ESS_TREE_STRING);
    const struct ess_tree *state = member_of(tree, "state", ESS_TREE_STRING);
    const struct ess_tree *replications = member_of(tree, "replications", ESS_TREE_ARRAY);
    const struct ess_tree *metrics = member_of(tree, "metrics", ESS_TREE_OBJECT);
    struct ess_sweep_result *result;
    if (!format || ess_tree_number(format) != ESS_SWEEP_FORMAT || !point ||
        strcmp(ess_tree_string(point), hash) != 0 || !state || !replications || !metrics) {
        return NULL;
    }
    result = ess_sweep_result_new(hash, ess_tree_size(replications), ess_tree_size(metrics));
    if (take_text(result->store, tree, "reason", &result->reason) &&
        strcmp(ess_tree_string(state), result->reason ? "failed" : "ok") == 0 &&
        take_replications(result, replications) && take_metrics(result, metrics)) {
        return result;
    }
    ess_sweep_result_free(result);
    return NULL;
}

struct ess_sweep_result *ess_sweep_result_read(
    const char *path, const char *hash, bool *newer, struct ess_diagnostics *diagnostics) {
    struct ess_tree *tree = ess_tree_read_file(path, FILE_BYTES_MAX, diagnostics);
    struct ess_sweep_result *result = NULL;
    *newer = tree && is_newer(tree);
    if (*newer) {
        ess_diagnostics_add(
            diagnostics, path, "/format", "format 1", "a result of a newer program", NULL, NULL);
    } else if (tree) {
        result = take(tree, hash);
        if (!result) {
            ess_diagnostics_add(diagnostics, path, "", "the whole result of this point",
                "something else", NULL, NULL);
        }
    }
    ess_tree_free(tree);
    return result;
}
