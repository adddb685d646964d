/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/sweep.h"

#include <inttypes.h>
#include <string.h>

#include "analysis/json_writer.h"
#include "sim/scenario/units.h"

void ess_sweep_free(struct ess_sweep *sweep) {
    if (sweep) {
        ess_store_free(sweep->store);
    }
}

/* The text of a JSON string without its quotes, and other JSON as it is; false: too long. */
static bool unquote(const char *json, char text[ESS_QUANTITY_TEXT_BYTES]) {
    size_t length = strlen(json);
    bool quoted = length >= 2 && json[0] == '"';
    if (length >= ESS_QUANTITY_TEXT_BYTES) {
        return false;
    }
    snprintf(
        text, ESS_QUANTITY_TEXT_BYTES, "%.*s", (int)(quoted ? length - 2 : length), json + quoted);
    return true;
}

static bool same_value(const char *json, const char *wanted) {
    enum ess_dimension dimensions[2];
    const char *nearest;
    double values[2];
    char left[ESS_QUANTITY_TEXT_BYTES], right[ESS_QUANTITY_TEXT_BYTES];
    if (strcmp(json, wanted) == 0) {
        return true;
    }
    if (!unquote(json, left) || !unquote(wanted, right)) {
        return false;
    }
    return strcmp(left, right) == 0 ||
           (ess_units_parse_any(left, &dimensions[0], &values[0], &nearest) == ESS_UNITS_OK &&
               ess_units_parse_any(right, &dimensions[1], &values[1], &nearest) == ESS_UNITS_OK &&
               dimensions[0] == dimensions[1] && values[0] == values[1]);
}

size_t ess_sweep_axis_step(const struct ess_sweep_axis *axis, const char *text) {
    size_t step = 0;
    while (step < axis->count && !same_value(axis->values[step], text)) {
        step++;
    }
    return step;
}

size_t ess_sweep_find_axis(const struct ess_sweep *sweep, const char *pointer) {
    size_t axis = 0;
    while (axis < sweep->axis_count && strcmp(sweep->axes[axis].pointer, pointer) != 0) {
        axis++;
    }
    return axis;
}

void ess_sweep_steps(const struct ess_sweep *sweep, size_t point, size_t *steps) {
    size_t place = sweep->grid[point];
    for (size_t i = sweep->axis_count; i-- > 0;) {
        steps[i] = place % sweep->axes[i].count;
        place /= sweep->axes[i].count;
    }
}

/* What every point is rid of: variants, and assertions about them. */
static const char *const stripped[] = {"/compare={}", "/expect=[]"};
enum { STRIPPED = sizeof stripped / sizeof *stripped };

size_t ess_sweep_setting_count(const struct ess_sweep *sweep) {
    return STRIPPED + (sweep->replications_setting ? 1u : 0u) + sweep->setting_count +
           sweep->axis_count;
}

void ess_sweep_settings(const struct ess_sweep *sweep, const size_t *steps, const char **settings) {
    for (size_t i = 0; i < STRIPPED; i++) {
        *settings++ = stripped[i];
    }
    if (sweep->replications_setting) {
        *settings++ = sweep->replications_setting;
    }
    for (size_t i = 0; i < sweep->setting_count; i++) {
        *settings++ = sweep->settings[i];
    }
    for (size_t i = 0; i < sweep->axis_count; i++) {
        *settings++ = sweep->axes[i].settings[steps[i]];
    }
}

static void write_quantity(
    struct ess_json_writer *json, const char *key, double value, enum ess_dimension dimension) {
    char text[ESS_QUANTITY_TEXT_BYTES];
    ess_units_format(value, dimension, text);
    ess_json_key(json, key);
    ess_json_string(json, text);
}

static void write_axes(struct ess_json_writer *json, const struct ess_sweep *sweep) {
    ess_json_key(json, "vary");
    ess_json_open(json, '{', false);
    for (size_t i = 0; i < sweep->axis_count; i++) {
        ess_json_key(json, sweep->axes[i].pointer);
        ess_json_open(json, '[', true);
        for (size_t k = 0; k < sweep->axes[i].count; k++) {
            ess_json_raw(json, sweep->axes[i].values[k]);
        }
        ess_json_close(json);
    }
    ess_json_close(json);
}

static void write_exclusions(struct ess_json_writer *json, const struct ess_sweep *sweep) {
    ess_json_key(json, "exclude");
    ess_json_open(json, '[', false);
    for (size_t i = 0; i < sweep->exclusion_count; i++) {
        const struct ess_sweep_exclusion *exclusion = &sweep->exclusions[i];
        ess_json_open(json, '{', true);
        for (size_t k = 0; k < exclusion->count; k++) {
            const struct ess_sweep_axis *axis = &sweep->axes[exclusion->axis[k]];
            ess_json_key(json, axis->pointer);
            ess_json_raw(json, axis->values[exclusion->step[k]]);
        }
        ess_json_close(json);
    }
    ess_json_close(json);
}

static void write_origin(struct ess_json_writer *json, const struct ess_sweep_origin *origin) {
    ess_json_key(json, "made");
    ess_json_open(json, '{', false);
    ess_json_key(json, "format");
    ess_json_unsigned(json, ESS_SWEEP_FORMAT);
    ess_json_key(json, "version");
    ess_json_string(json, origin->version);
    ess_json_key(json, "identity");
    ess_json_string(json, origin->identity);
    ess_json_key(json, "points");
    ess_json_unsigned(json, (uint64_t)origin->points);
    ess_json_close(json);
}

void ess_sweep_write(
    const struct ess_sweep *sweep, const struct ess_sweep_origin *origin, FILE *file) {
    struct ess_json_writer json;
    ess_json_begin(&json, file);
    ess_json_open(&json, '{', false);
    ess_json_key(&json, "name");
    ess_json_string(&json, sweep->name);
    ess_json_key(&json, "scenario");
    ess_json_string(&json, sweep->scenario);
    ess_json_key(&json, "set");
    ess_json_open(&json, '{', false);
    for (size_t i = 0; i < sweep->setting_count; i++) {
        ess_json_key(&json, sweep->pointers[i]);
        ess_json_raw(&json, sweep->values[i]);
    }
    ess_json_close(&json);
    write_axes(&json, sweep);
    write_exclusions(&json, sweep);
    if (sweep->replications > 0) {
        ess_json_key(&json, "replications");
        ess_json_unsigned(&json, (uint64_t)sweep->replications);
    }
    ess_json_key(&json, "limits");
    ess_json_open(&json, '{', true);
    write_quantity(&json, "memory", (double)sweep->memory_bytes, ESS_DIMENSION_SIZE);
    write_quantity(&json, "wall", (double)sweep->wall_ns, ESS_DIMENSION_TIME);
    ess_json_close(&json);
    if (origin) {
        write_origin(&json, origin);
    }
    ess_json_close(&json);
    ess_json_end(&json);
}
