/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/compare.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/document.h"
#include "sim/scenario/settings.h"

#define AXES_MAX 32
#define VALUES_MAX ESS_SCENARIO_VARIANTS_MAX

/* ---- Names ---- */

static const char *print_node(struct ess_reader *reader, const struct ess_tree *node) {
    if (ess_tree_kind(node) == ESS_TREE_STRING)
        return ess_store_text(reader->store, ess_tree_string(node));
    char *text = ess_tree_print(node);
    const char *kept = ess_store_text(reader->store, text);
    free(text);
    return kept;
}

/* A policy with settings, {"name": "ring", "chunk": "1 MiB"}, reads "ring chunk=1 MiB". */
static const char *label_of(struct ess_reader *reader, const struct ess_tree *node) {
    const struct ess_tree *name =
        ess_tree_kind(node) == ESS_TREE_OBJECT ? ess_tree_member(node, "name") : NULL;
    if (name == NULL || ess_tree_kind(name) != ESS_TREE_STRING)
        return print_node(reader, node);
    const char *label = ess_tree_string(name);
    for (const struct ess_tree *item = ess_tree_first(node); item != NULL;
         item = ess_tree_next(item)) {
        const char *key = ess_tree_key(item);
        if (item == name || strcmp(key, "_comment") == 0)
            continue;
        label = ess_store_print(reader->store, "%s %s=%s", label, key, print_node(reader, item));
    }
    return ess_store_text(reader->store, label);
}

/* The value that variant `index` has on `axis`: the last axis varies fastest. */
static size_t value_index(const struct ess_comparison *comparison, size_t axis, size_t index) {
    for (size_t i = comparison->axis_count - 1; i > axis; i--)
        index /= comparison->axes[i].count;
    return index % comparison->axes[axis].count;
}

static void name_variants(
    struct ess_reader *reader, const char *fallback_name, struct ess_comparison *comparison) {
    size_t count = comparison->variant_count;
    comparison->names = ess_store_take_array(reader->store, count, sizeof *comparison->names);
    for (size_t i = 0; i < count; i++) {
        const char *name = comparison->axis_count == 0 ? fallback_name : "";
        for (size_t axis = 0; axis < comparison->axis_count; axis++)
            name = ess_store_print(reader->store, "%s%s%s", name, axis == 0 ? "" : ", ",
                comparison->axes[axis].labels[value_index(comparison, axis, i)]);
        comparison->names[i] = name;
    }
}

static int compare_texts(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Labels differ on each axis, but a label that holds ", " could still make two names equal. */
static bool check_names(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_comparison *comparison) {
    size_t count = comparison->variant_count;
    const char **sorted = ess_store_take_array(reader->store, count, sizeof *sorted);
    memcpy(sorted, comparison->names, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_texts);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) != 0)
            continue;
        ess_reader_complain(reader, place,
            ess_store_print(reader->store, "two called \"%s\"", sorted[i]), NULL,
            "variants whose names differ");
        return false;
    }
    return true;
}

/* ---- Reading ---- */

static bool check_labels(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_comparison_axis *axis) {
    for (size_t i = 1; i < axis->count; i++)
        for (size_t k = 0; k < i; k++) {
            if (strcmp(axis->labels[i], axis->labels[k]) != 0)
                continue;
            struct ess_place below = {place, NULL, i};
            ess_reader_complain(reader, &below,
                ess_store_print(reader->store, "\"%s\" again", axis->labels[i]), NULL,
                "a value that differs from those before it");
            return false;
        }
    return true;
}

static bool check_pointer(struct ess_reader *reader, const struct ess_place *place,
    const char *pointer, const char *const *others, size_t count, const char *what) {
    for (size_t i = 0; i < count; i++) {
        if (!ess_pointer_covers(others[i], pointer) && !ess_pointer_covers(pointer, others[i]))
            continue;
        ess_reader_complain(reader, place,
            ess_store_print(reader->store, "\"%s\", %s", others[i], what), NULL,
            "a field that nothing else decides");
        return false;
    }
    return true;
}

/* What gives the variants their names and their judgement cannot itself vary. */
static bool check_varied(
    struct ess_reader *reader, const struct ess_place *place, const char *pointer) {
    static const char *const fixed[] = {"/name", "/include", "/compare", "/expect"};
    bool ok = pointer[0] == '/' && pointer[1] != '\0';
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        ok &= !ess_pointer_covers(fixed[i], pointer);
    if (!ok)
        ess_reader_complain(reader, place, ess_store_print(reader->store, "\"%s\"", pointer), NULL,
            "the JSON pointer of a field that may vary, such as \"/policies/collective\"");
    return ok;
}

static bool read_axis(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, struct ess_comparison_axis *axis) {
    axis->pointer = ess_store_text(reader->store, ess_tree_key(node));
    if (!ess_read_kind(reader, place, node, ESS_TREE_ARRAY))
        return false;
    axis->count = ess_tree_size(node);
    if (axis->count == 0 || axis->count > VALUES_MAX) {
        ess_reader_complain(reader, place, ess_store_print(reader->store, "%zu", axis->count), NULL,
            "from 1 to %d values to compare", VALUES_MAX);
        return false;
    }
    axis->values = ess_store_take_array(reader->store, axis->count, sizeof(const void *));
    axis->labels = ess_store_take_array(reader->store, axis->count, sizeof *axis->labels);
    size_t i = 0;
    for (const struct ess_tree *item = ess_tree_first(node); item != NULL;
         item = ess_tree_next(item), i++) {
        axis->values[i] = item;
        axis->labels[i] = label_of(reader, item);
    }
    return check_labels(reader, place, axis);
}

static bool count_variants(
    struct ess_reader *reader, const struct ess_place *place, struct ess_comparison *comparison) {
    double product = 1;
    for (size_t axis = 0; axis < comparison->axis_count; axis++)
        product *= (double)comparison->axes[axis].count;
    if (product <= ESS_SCENARIO_VARIANTS_MAX) {
        comparison->variant_count = (size_t)product;
        return true;
    }
    ess_reader_complain(reader, place, ess_store_print(reader->store, "%.0f", product), NULL,
        "at most %d variants in all", ESS_SCENARIO_VARIANTS_MAX);
    return false;
}

bool ess_comparison_read(struct ess_reader *reader, const struct ess_tree *node,
    const char *const *fixed, size_t fixed_count, const char *fallback_name,
    struct ess_comparison *comparison) {
    struct ess_place place = {NULL, "compare", 0};
    *comparison = (struct ess_comparison){.variant_count = 1};
    if (node != NULL && !ess_read_kind(reader, &place, node, ESS_TREE_OBJECT))
        return false;
    size_t count = node == NULL ? 0 : ess_tree_size(node);
    if (count > AXES_MAX) {
        ess_reader_complain(reader, &place, ess_store_print(reader->store, "%zu", count), NULL,
            "at most %d pointers", AXES_MAX);
        return false;
    }
    comparison->axes = ess_store_take_array(reader->store, count, sizeof *comparison->axes);
    const char *seen[AXES_MAX] = {NULL};
    bool ok = true;
    for (const struct ess_tree *item = node == NULL ? NULL : ess_tree_first(node); item != NULL;
         item = ess_tree_next(item)) {
        struct ess_place below = {&place, ess_tree_key(item), 0};
        size_t i = comparison->axis_count;
        if (strcmp(below.key, "_comment") == 0)
            continue;
        ok &= check_varied(reader, &below, below.key) &&
              check_pointer(reader, &below, below.key, fixed, fixed_count, "set by --set") &&
              check_pointer(reader, &below, below.key, seen, i, "compared too");
        ok &= read_axis(reader, &below, item, &comparison->axes[i]);
        seen[i] = comparison->axes[i].pointer;
        comparison->axis_count++;
    }
    if (!ok || !count_variants(reader, &place, comparison))
        return false;
    name_variants(reader, fallback_name, comparison);
    return check_names(reader, &place, comparison);
}

/* ---- Applying ---- */

bool ess_comparison_apply(const struct ess_comparison *comparison, size_t index,
    struct ess_reader *reader, struct ess_tree *root, struct ess_origins *origins,
    struct ess_scenario_choice *choices) {
    bool ok = true;
    for (size_t i = 0; i < comparison->axis_count; i++) {
        const struct ess_comparison_axis *axis = &comparison->axes[i];
        size_t value = value_index(comparison, i, index);
        const char *written = ess_pointer_below("/compare", axis->pointer, reader->store);
        const char *place = ess_store_print(reader->store, "%s/%zu", written, value);
        const char *expected, *found, *file, *shown;
        if (!ess_tree_put_at(root, axis->pointer, ess_tree_copy(axis->values[value]), reader->store,
                &expected, &found)) {
            ess_reader_complain_at(reader, written, found, NULL, "%s", expected);
            ok = false;
            continue;
        }
        ess_origins_find(origins, place, reader->store, &file, &shown);
        ess_origins_add(origins, axis->pointer, file, shown);
        choices[i] = (struct ess_scenario_choice){ess_store_text(reader->store, axis->pointer),
            ess_store_text(reader->store, axis->labels[value])};
    }
    return ok;
}
