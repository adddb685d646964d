/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* realpath() */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/sweep.h"
#include "analysis/sweep_range.h"
#include "sim/scenario/json.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/units.h"

#define FILE_BYTES_MAX (256 * 1024 * 1024) /* a million expanded values fit */
#define REPLICATIONS_MAX 100000

struct reading {
    struct ess_sweep *sweep;
    struct ess_store *store;
    struct ess_diagnostics *diagnostics;
    size_t errors;
};

/* ---- helpers ----------------------------------------------------------------------------------
 */

static void complain(struct reading *reading, const char *place, const char *expected,
    const char *found, const char *nearest) {
    ess_diagnostics_add(
        reading->diagnostics, reading->sweep->path, place, expected, found, nearest, NULL);
    reading->errors++;
}

/* A place below a JSON pointer as a key: "~" and "/" escaped (RFC 6901). */
static const char *below(struct reading *reading, const char *place, const char *key) {
    char *text = ess_store_take(reading->store, strlen(place) + 2 * strlen(key) + 2);
    char *at = text + strlen(place);
    snprintf(text, strlen(place) + 1, "%s", place);
    *at++ = '/';
    for (; *key; key++) {
        if (*key == '~' || *key == '/') {
            *at++ = '~';
            *at++ = *key == '~' ? '0' : '1';
        } else {
            *at++ = *key;
        }
    }
    return text;
}

static const char *json_of(struct reading *reading, const struct ess_tree *node) {
    char *printed = ess_tree_print(node);
    const char *kept = ess_store_text(reading->store, printed);
    free(printed);
    return kept;
}

/* Member `key` of that kind; NULL where it is absent or, after a complaint, another kind. */
static const struct ess_tree *member(struct reading *reading, const struct ess_tree *object,
    const char *key, enum ess_tree_kind kind, const char *expected) {
    const struct ess_tree *node = ess_tree_member(object, key);
    if (node && ess_tree_kind(node) != kind) {
        complain(reading, below(reading, "", key), expected, json_of(reading, node), NULL);
        return NULL;
    }
    return node;
}

static void check_keys(struct reading *reading, const struct ess_tree *object, const char *place,
    const char *const *keys, size_t count, const char *what) {
    for (const struct ess_tree *node = ess_tree_first(object); node; node = ess_tree_next(node)) {
        const char *key = ess_tree_key(node);
        size_t i = 0;
        while (i < count && strcmp(keys[i], key) != 0) {
            i++;
        }
        if (i == count) {
            complain(reading, below(reading, place, key), what,
                ess_store_print(reading->store, "\"%s\"", key), ess_name_nearest(key, keys, count));
        }
    }
}

static bool is_pointer(struct reading *reading, const char *place, const char *pointer) {
    if (pointer[0] == '/' && !strchr(pointer, '=')) {
        return true;
    }
    complain(reading, place, "a JSON pointer into the scenario such as \"/wan/links/0/rate\"",
        ess_store_print(reading->store, "\"%s\"", pointer), NULL);
    return false;
}

/* ---- members ----------------------------------------------------------------------------------
 */

static void read_names(struct reading *reading, const struct ess_tree *tree) {
    struct ess_sweep *sweep = reading->sweep;
    const struct ess_tree *name = member(reading, tree, "name", ESS_TREE_STRING, "a name");
    const struct ess_tree *scenario =
        member(reading, tree, "scenario", ESS_TREE_STRING, "the path of a scenario file");
    const char *slash = strrchr(sweep->path, '/');
    const char *path;
    char whole[PATH_MAX];
    member(reading, tree, "description", ESS_TREE_STRING, "a text");
    sweep->name = name && *ess_tree_string(name)
                      ? ess_store_text(reading->store, ess_tree_string(name))
                      : "sweep";
    if (!scenario) {
        if (!ess_tree_member(tree, "scenario")) {
            complain(
                reading, "", "a member \"scenario\": the path of a scenario file", "none", NULL);
        }
        return;
    }
    path = ess_tree_string(scenario);
    if (path[0] != '/' && slash) {
        path = ess_store_print(
            reading->store, "%.*s/%s", (int)(slash - sweep->path), sweep->path, path);
    }
    if (!realpath(path, whole)) {
        complain(reading, "/scenario", "the path of a scenario file, relative to the sweep's",
            ess_store_print(reading->store, "\"%s\", which cannot be opened", path), NULL);
        return;
    }
    sweep->scenario = ess_store_text(reading->store, whole);
}

static void read_set(struct reading *reading, const struct ess_tree *tree) {
    struct ess_sweep *sweep = reading->sweep;
    const struct ess_tree *set =
        member(reading, tree, "set", ESS_TREE_OBJECT, "an object of pointers and values");
    size_t count = set ? ess_tree_size(set) : 0;
    sweep->pointers = ess_store_take_array(reading->store, count + 1, sizeof *sweep->pointers);
    sweep->values = ess_store_take_array(reading->store, count + 1, sizeof *sweep->values);
    sweep->settings = ess_store_take_array(reading->store, count + 1, sizeof *sweep->settings);
    for (const struct ess_tree *node = set ? ess_tree_first(set) : NULL; node;
         node = ess_tree_next(node)) {
        size_t i = sweep->setting_count;
        const char *pointer = ess_tree_key(node);
        if (is_pointer(reading, below(reading, "/set", pointer), pointer)) {
            sweep->pointers[i] = ess_store_text(reading->store, pointer);
            sweep->values[i] = json_of(reading, node);
            sweep->settings[i] =
                ess_store_print(reading->store, "%s=%s", pointer, sweep->values[i]);
            sweep->setting_count++;
        }
    }
}

static void read_list(struct reading *reading, const char *place, const struct ess_tree *list,
    struct ess_sweep_axis *axis) {
    axis->values =
        ess_store_take_array(reading->store, ess_tree_size(list) + 1, sizeof *axis->values);
    for (const struct ess_tree *node = ess_tree_first(list); node; node = ess_tree_next(node)) {
        axis->values[axis->count++] = json_of(reading, node);
    }
    if (axis->count == 0) {
        complain(reading, place, "at least one value: this product has no point", "none", NULL);
    }
}

static void read_axis(struct reading *reading, const struct ess_tree *node) {
    struct ess_sweep_axis *axis = &reading->sweep->axes[reading->sweep->axis_count];
    const char *pointer = ess_tree_key(node), *place = below(reading, "/vary", pointer);
    const char *part, *expected, *found, *nearest;
    if (!is_pointer(reading, place, pointer)) {
        return;
    }
    for (size_t i = 0; i < reading->sweep->setting_count; i++) {
        if (strcmp(reading->sweep->pointers[i], pointer) == 0) {
            complain(reading, place, "a field that \"set\" does not fix", "one that it does", NULL);
        }
    }
    axis->pointer = ess_store_text(reading->store, pointer);
    reading->sweep->axis_count++;
    if (ess_tree_kind(node) == ESS_TREE_ARRAY) {
        read_list(reading, place, node, axis);
    } else if (ess_tree_kind(node) == ESS_TREE_OBJECT) {
        axis->values = ess_sweep_range_values(
            node, reading->store, &axis->count, &part, &expected, &found, &nearest);
        if (!axis->values) {
            complain(
                reading, *part ? below(reading, place, part) : place, expected, found, nearest);
        }
    } else {
        complain(reading, place, "a list of values, or a range {\"from\", \"to\", \"steps\"}",
            json_of(reading, node), NULL);
    }
}

static int compare_texts(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* A value given twice would be two points of the same identity. */
static void check_repeated(struct reading *reading, const struct ess_sweep_axis *axis) {
    const char **sorted = ess_store_take_array(reading->store, axis->count + 1, sizeof *sorted);
    memcpy(sorted, axis->values, axis->count * sizeof *sorted);
    qsort(sorted, axis->count, sizeof *sorted, compare_texts);
    for (size_t i = 1; i < axis->count; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0) {
            complain(reading, below(reading, "/vary", axis->pointer), "values that differ",
                ess_store_print(reading->store, "%s twice", sorted[i]), NULL);
            return;
        }
    }
}

static void read_vary(struct reading *reading, const struct ess_tree *tree) {
    struct ess_sweep *sweep = reading->sweep;
    const struct ess_tree *vary =
        member(reading, tree, "vary", ESS_TREE_OBJECT, "an object of pointers and values");
    size_t count = vary ? ess_tree_size(vary) : 0;
    if (count == 0 || count > ESS_SWEEP_AXES_MAX) {
        complain(reading, "/vary",
            ess_store_print(reading->store, "1 to %d fields to vary", ESS_SWEEP_AXES_MAX),
            ess_store_print(reading->store, "%zu", count), NULL);
        return;
    }
    sweep->axes = ess_store_take_array(reading->store, count, sizeof *sweep->axes);
    for (const struct ess_tree *node = ess_tree_first(vary); node; node = ess_tree_next(node)) {
        read_axis(reading, node);
    }
    for (size_t i = 0; i < sweep->axis_count && reading->errors == 0; i++) {
        struct ess_sweep_axis *axis = &sweep->axes[i];
        check_repeated(reading, axis);
        axis->settings =
            ess_store_take_array(reading->store, axis->count + 1, sizeof *axis->settings);
        for (size_t k = 0; k < axis->count; k++) {
            axis->settings[k] =
                ess_store_print(reading->store, "%s=%s", axis->pointer, axis->values[k]);
        }
    }
}

static void read_exclusion_part(struct reading *reading, const char *place,
    const struct ess_tree *node, struct ess_sweep_exclusion *exclusion) {
    const struct ess_sweep *sweep = reading->sweep;
    const char *names[ESS_SWEEP_AXES_MAX], *pointer = ess_tree_key(node);
    const char *value = json_of(reading, node);
    size_t axis = ess_sweep_find_axis(sweep, pointer), step;
    for (size_t i = 0; i < sweep->axis_count; i++) {
        names[i] = sweep->axes[i].pointer;
    }
    place = below(reading, place, pointer);
    if (axis == sweep->axis_count) {
        complain(reading, place, "a field of \"vary\"",
            ess_store_print(reading->store, "\"%s\"", pointer),
            ess_name_nearest(pointer, names, sweep->axis_count));
        return;
    }
    step = ess_sweep_axis_step(&sweep->axes[axis], value);
    if (step == sweep->axes[axis].count) {
        complain(reading, place, "one of the values it varies over", value,
            ess_name_nearest(value, sweep->axes[axis].values, sweep->axes[axis].count));
        return;
    }
    exclusion->axis[exclusion->count] = axis;
    exclusion->step[exclusion->count++] = step;
}

static void read_exclude(struct reading *reading, const struct ess_tree *tree) {
    struct ess_sweep *sweep = reading->sweep;
    const struct ess_tree *list =
        member(reading, tree, "exclude", ESS_TREE_ARRAY, "a list of combinations to leave out");
    size_t count = list ? ess_tree_size(list) : 0;
    sweep->exclusions = ess_store_take_array(reading->store, count + 1, sizeof *sweep->exclusions);
    for (const struct ess_tree *node = list ? ess_tree_first(list) : NULL; node;
         node = ess_tree_next(node)) {
        const char *place = ess_store_print(reading->store, "/exclude/%zu", sweep->exclusion_count);
        struct ess_sweep_exclusion *exclusion = &sweep->exclusions[sweep->exclusion_count++];
        if (ess_tree_kind(node) != ESS_TREE_OBJECT || ess_tree_size(node) == 0) {
            complain(reading, place, "an object of varied fields and values",
                json_of(reading, node), NULL);
            continue;
        }
        for (const struct ess_tree *part = ess_tree_first(node); part; part = ess_tree_next(part)) {
            read_exclusion_part(reading, place, part, exclusion);
        }
    }
}

static void read_replications(struct reading *reading, const struct ess_tree *tree) {
    const struct ess_tree *node = ess_tree_member(tree, "replications");
    double number = node && ess_tree_kind(node) == ESS_TREE_NUMBER ? ess_tree_number(node) : NAN;
    if (node && !(number >= 1 && number <= REPLICATIONS_MAX && number == floor(number))) {
        complain(reading, "/replications",
            ess_store_print(reading->store, "a whole number from 1 to %d", REPLICATIONS_MAX),
            json_of(reading, node), NULL);
    } else if (node) {
        reading->sweep->replications = (int64_t)number;
        reading->sweep->replications_setting =
            ess_store_print(reading->store, "/measure/replications=%.0f", number);
    }
}

static void read_limit(struct reading *reading, const struct ess_tree *limits, const char *key,
    enum ess_dimension dimension, int64_t *limit) {
    const struct ess_tree *node = limits ? ess_tree_member(limits, key) : NULL;
    const char *nearest = NULL;
    double value = NAN;
    if (!node) {
        return;
    }
    if (ess_tree_kind(node) != ESS_TREE_STRING ||
        ess_units_parse(ess_tree_string(node), dimension, &value, &nearest) != ESS_UNITS_OK ||
        !(value >= 1 && value <= 9e18)) {
        complain(reading, below(reading, "/limits", key),
            ess_store_print(reading->store, "a %s such as \"%s\"", ess_dimension_name(dimension),
                ess_dimension_example(dimension)),
            json_of(reading, node), nearest);
        return;
    }
    *limit = (int64_t)value;
}

static void read_limits(struct reading *reading, const struct ess_tree *tree) {
    static const char *const keys[] = {"memory", "wall"};
    struct ess_sweep *sweep = reading->sweep;
    const struct ess_tree *limits =
        member(reading, tree, "limits", ESS_TREE_OBJECT, "an object with memory and wall");
    sweep->memory_bytes = INT64_C(4) << 30;
    sweep->wall_ns = INT64_C(3600000000000);
    if (limits) {
        check_keys(reading, limits, "/limits", keys, 2, "a limit: memory or wall");
    }
    read_limit(reading, limits, "memory", ESS_DIMENSION_SIZE, &sweep->memory_bytes);
    read_limit(reading, limits, "wall", ESS_DIMENSION_TIME, &sweep->wall_ns);
}

/* ---- the folder's part ------------------------------------------------------------------------
 */

static void read_origin(struct reading *reading, const struct ess_tree *tree) {
    struct ess_sweep_origin *origin = &reading->sweep->origin;
    const struct ess_tree *made = member(reading, tree, "made", ESS_TREE_OBJECT, "an object");
    const struct ess_tree *format = made ? ess_tree_member(made, "format") : NULL;
    const struct ess_tree *version = made ? ess_tree_member(made, "version") : NULL;
    const struct ess_tree *identity = made ? ess_tree_member(made, "identity") : NULL;
    const struct ess_tree *points = made ? ess_tree_member(made, "points") : NULL;
    if (!made) {
        return;
    }
    if (format && ess_tree_kind(format) == ESS_TREE_NUMBER &&
        ess_tree_number(format) > ESS_SWEEP_FORMAT) {
        complain(reading, "/made/format",
            ess_store_print(reading->store, "format %d or older", ESS_SWEEP_FORMAT),
            "a sweep made by a newer program", NULL);
        return;
    }
    if (!format || ess_tree_kind(format) != ESS_TREE_NUMBER || !version ||
        ess_tree_kind(version) != ESS_TREE_STRING || !identity ||
        ess_tree_kind(identity) != ESS_TREE_STRING || !points ||
        ess_tree_kind(points) != ESS_TREE_NUMBER) {
        complain(
            reading, "/made", "format, version, identity and points", json_of(reading, made), NULL);
        return;
    }
    origin->version = ess_store_text(reading->store, ess_tree_string(version));
    origin->identity = ess_store_text(reading->store, ess_tree_string(identity));
    origin->points = (int64_t)ess_tree_number(points);
}

/* ---- points -----------------------------------------------------------------------------------
 */

static bool is_excluded(const struct ess_sweep *sweep, size_t place) {
    size_t steps[ESS_SWEEP_AXES_MAX] = {0};
    for (size_t i = sweep->axis_count; i-- > 0;) {
        steps[i] = place % sweep->axes[i].count;
        place /= sweep->axes[i].count;
    }
    for (size_t i = 0; i < sweep->exclusion_count; i++) {
        const struct ess_sweep_exclusion *exclusion = &sweep->exclusions[i];
        size_t k = 0;
        while (k < exclusion->count && steps[exclusion->axis[k]] == exclusion->step[k]) {
            k++;
        }
        if (k == exclusion->count) {
            return true;
        }
    }
    return false;
}

static void lay_out_points(struct reading *reading) {
    struct ess_sweep *sweep = reading->sweep;
    double product = 1;
    size_t places;
    for (size_t i = 0; i < sweep->axis_count; i++) {
        product *= (double)sweep->axes[i].count;
    }
    if (product > ESS_SWEEP_POINTS_MAX) {
        complain(reading, "/vary",
            ess_store_print(reading->store, "at most %d points", ESS_SWEEP_POINTS_MAX),
            ess_store_print(reading->store, product < 1e18 ? "%.0f" : "%.6g", product), NULL);
        return;
    }
    places = (size_t)product;
    sweep->grid = ess_store_take_array(reading->store, places, sizeof *sweep->grid);
    for (size_t place = 0; place < places; place++) {
        if (!is_excluded(sweep, place)) {
            sweep->grid[sweep->point_count++] = (uint32_t)place;
        }
    }
    if (sweep->point_count == 0) {
        complain(reading, "/exclude", "at least one point left",
            ess_store_print(reading->store, "all %zu excluded: this product is empty", places),
            NULL);
    }
}

struct ess_sweep *ess_sweep_read(const char *path, struct ess_diagnostics *diagnostics) {
    static const char *const keys[] = {"name", "description", "scenario", "set", "vary", "exclude",
        "replications", "limits", "made"};
    struct ess_store *store;
    struct ess_sweep *sweep;
    struct ess_tree *tree = ess_tree_read_file(path, FILE_BYTES_MAX, diagnostics);
    if (!tree) {
        return NULL;
    }
    store = ess_store_new();
    sweep = ess_store_take(store, sizeof *sweep);
    sweep->store = store;
    sweep->path = ess_store_text(store, path);
    struct reading reading = {sweep, store, diagnostics, 0};
    if (ess_tree_kind(tree) != ESS_TREE_OBJECT) {
        complain(&reading, "", "an object: a sweep", "another value", NULL);
    } else {
        check_keys(&reading, tree, "", keys, sizeof keys / sizeof *keys, "a key of a sweep");
        read_origin(&reading, tree);
        read_names(&reading, tree);
        read_set(&reading, tree);
        read_vary(&reading, tree);
        read_exclude(&reading, tree);
        read_replications(&reading, tree);
        read_limits(&reading, tree);
    }
    if (reading.errors == 0) {
        lay_out_points(&reading);
    }
    ess_tree_free(tree);
    if (reading.errors > 0) {
        ess_sweep_free(sweep);
        return NULL;
    }
    return sweep;
}
