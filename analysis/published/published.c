/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/published/published.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/json_writer.h"
#include "analysis/result_transfers.h"
#include "sim/scenario/json.h"

#define FILE_BYTES_MAX (16 * 1024 * 1024)
#define PATH_BYTES 512

struct ess_published {
    const struct ess_published_type *type;
    struct ess_tree *tree;
    char path[PATH_BYTES];
    struct ess_diagnostics *diagnostics; /* while comparing */
    struct ess_published_row *rows;
    size_t count;
};

static void *must(void *memory) {
    if (!memory) {
        fputs("essaim: out of memory while comparing published figures\n", stderr);
        abort();
    }
    return memory;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

struct ess_published *ess_published_open(const struct ess_published_type *type, const char *folder,
    struct ess_diagnostics *diagnostics) {
    struct ess_published *published = must(calloc(1, sizeof *published));
    published->type = type;
    snprintf(published->path, sizeof published->path, "%s/%s.json", folder, type->name);
    published->tree = ess_tree_read_file(published->path, FILE_BYTES_MAX, diagnostics);
    if (!published->tree) {
        ess_published_close(published);
        return NULL;
    }
    return published;
}

void ess_published_close(struct ess_published *published) {
    if (!published) {
        return;
    }
    for (size_t i = 0; i < published->count; i++) {
        free(published->rows[i].name);
        free(published->rows[i].tolerance);
    }
    free(published->rows);
    ess_tree_free(published->tree);
    free(published);
}

/* The child that `part` names: a key of an object, or a place in an array. */
static const struct ess_tree *child(const struct ess_tree *node, const char *part) {
    if (ess_tree_kind(node) == ESS_TREE_ARRAY) {
        return ess_tree_element(node, (size_t)strtoul(part, NULL, 10));
    }
    return ess_tree_kind(node) == ESS_TREE_OBJECT ? ess_tree_member(node, part) : NULL;
}

static const struct ess_tree *find(const struct ess_tree *node, const char *path) {
    char part[PATH_BYTES];
    while (node && *path) {
        size_t length = strcspn(path, "/");
        snprintf(part, sizeof part, "%.*s", (int)length, path);
        node = child(node, part);
        path += path[length] ? length + 1 : length;
    }
    return node;
}

static void complain(
    const struct ess_published *published, const char *at, const char *path, const char *expected) {
    char place[PATH_BYTES];
    snprintf(place, sizeof place, "/%s/%s", at, path);
    ess_diagnostics_add(published->diagnostics, published->path, place, expected,
        "nothing of the kind", NULL, NULL);
}

double ess_published_number(struct ess_published *published, const char *path) {
    const struct ess_tree *figures = ess_tree_member(published->tree, "published");
    const struct ess_tree *node = figures ? find(figures, path) : NULL;
    if (!node || ess_tree_kind(node) != ESS_TREE_NUMBER) {
        complain(published, "published", path, "a number");
        return (double)NAN;
    }
    return ess_tree_number(node);
}

/* ---- comparing --------------------------------------------------------------------------------
 */

static void take_evidence(
    struct ess_published *published, const char *figure, struct ess_published_row *row) {
    const struct ess_tree *evidence = ess_tree_member(published->tree, "evidence");
    const struct ess_tree *entry = evidence ? find(evidence, figure) : NULL;
    const struct ess_tree *level = entry ? ess_tree_member(entry, "level") : NULL;
    const struct ess_tree *gate = entry ? ess_tree_member(entry, "gate") : NULL;
    if (!level || ess_tree_kind(level) != ESS_TREE_STRING || !gate ||
        ess_tree_kind(gate) != ESS_TREE_BOOLEAN) {
        complain(published, "evidence", figure, "an object with a level and a gate");
        snprintf(row->level, sizeof row->level, "unknown");
        row->gate = false;
        return;
    }
    snprintf(row->level, sizeof row->level, "%s", ess_tree_string(level));
    row->gate = ess_tree_boolean(gate);
}

void ess_published_add(struct ess_published *published, const char *figure,
    const struct ess_published_row *row, double low, double high) {
    struct ess_published_row *added;
    published->rows =
        must(realloc(published->rows, (published->count + 1) * sizeof *published->rows));
    added = &published->rows[published->count++];
    *added = *row;
    added->name = must(strdup(row->name));
    added->tolerance = must(strdup(row->tolerance));
    added->within = row->simulated >= low && row->simulated <= high;
    take_evidence(published, figure, added);
}

void ess_published_compare(struct ess_published *published,
    const struct ess_results *const *results, struct ess_diagnostics *diagnostics) {
    published->diagnostics = diagnostics;
    published->type->compare(published, results);
    published->diagnostics = NULL;
}

const struct ess_published_type *ess_published_source(const struct ess_published *published) {
    return published->type;
}

size_t ess_published_count(const struct ess_published *published) {
    return published->count;
}

const struct ess_published_row *ess_published_row(
    const struct ess_published *published, size_t index) {
    return &published->rows[index];
}

static double mean(double sum, size_t count) {
    return count > 0 ? sum / (double)count : (double)NAN;
}

double ess_published_metric(const struct ess_results *results, const char *metric) {
    const double *values;
    double sum = 0;
    size_t index, count = 0;
    if (!results || (index = ess_results_find_metric(results, metric)) == results->metric_count) {
        return (double)NAN;
    }
    values = ess_results_values(results, 0, index);
    for (size_t r = 0; r < results->replication_count; r++) {
        if (isfinite(values[r])) {
            sum += values[r];
            count++;
        }
    }
    return mean(sum, count);
}

double ess_published_goodput(const struct ess_results *results, const char *transfer) {
    const struct ess_result_transfers *transfers = results ? results->variants[0].transfers : NULL;
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; transfers && i < transfers->count; i++) {
        for (size_t r = 0; r < results->replication_count; r++) {
            double value = ess_result_transfer_at(results, 0, i, r)->goodput_bytes_per_s;
            if (strcmp(transfers->plans[i].name, transfer) == 0 && isfinite(value)) {
                sum += value;
                count++;
            }
        }
    }
    return mean(sum, count);
}

/* ---- printing ---------------------------------------------------------------------------------
 */

static void print_row(const struct ess_published_row *row, FILE *out) {
    fprintf(out, "%-44s %10.4g %10.4g %-8s %-6s %-10s %s\n", row->name, row->published,
        row->simulated, row->unit, row->within ? "within" : "MISSED", row->level, row->tolerance);
}

void ess_published_print(const struct ess_published *const *sources, size_t count, FILE *out) {
    size_t met = 0, all = 0;
    fprintf(out, "%-44s %10s %10s %-8s %-6s %-10s %s\n", "figure", "published", "simulated", "unit",
        "", "evidence", "tolerance");
    for (size_t s = 0; s < count; s++) {
        for (size_t i = 0; i < sources[s]->count; i++) {
            print_row(&sources[s]->rows[i], out);
            met += sources[s]->rows[i].within;
            all++;
        }
    }
    fprintf(out, "%zu of %zu figures within their tolerance\n", met, all);
}

static void write_row(
    struct ess_json_writer *json, const char *source, const struct ess_published_row *row) {
    ess_json_open(json, '{', true);
    ess_json_key(json, "name");
    ess_json_string(json, row->name);
    ess_json_key(json, "source");
    ess_json_string(json, source);
    ess_json_key(json, "unit");
    ess_json_string(json, row->unit);
    ess_json_key(json, "published");
    ess_json_number(json, row->published);
    ess_json_key(json, "simulated");
    ess_json_number(json, row->simulated);
    ess_json_key(json, "tolerance");
    ess_json_string(json, row->tolerance);
    ess_json_key(json, "within");
    ess_json_boolean(json, row->within);
    ess_json_key(json, "level");
    ess_json_string(json, row->level);
    ess_json_key(json, "gate");
    ess_json_boolean(json, row->gate);
    ess_json_close(json);
}

void ess_published_write_json(const struct ess_published *const *sources, size_t count, FILE *out) {
    struct ess_json_writer json;
    ess_json_begin(&json, out);
    ess_json_open(&json, '[', false);
    for (size_t s = 0; s < count; s++) {
        char source[64];
        snprintf(source, sizeof source, "%s.json", sources[s]->type->name);
        for (size_t i = 0; i < sources[s]->count; i++) {
            write_row(&json, source, &sources[s]->rows[i]);
        }
    }
    ess_json_close(&json);
    ess_json_end(&json);
}
