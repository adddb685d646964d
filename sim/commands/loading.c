/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/loading.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/commands/metrics.h"
#include "sim/engine/arena.h"
#include "sim/scenario/unused.h"

const char *ess_data_folder(void) {
    const char *path = getenv("ESSAIM_DATA");
    struct stat info;
    if (!path || !*path) {
        path = "../shared/data";
    }
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? path : NULL;
}

static void *grow(void *array, size_t count, size_t size) {
    void *larger = realloc(array, count * size);
    if (!larger) {
        ess_out_of_memory(count, size);
    }
    return larger;
}

static char *trace_key(const struct ess_scenario_availability *availability) {
    size_t bytes = strlen(availability->trace_path) + strlen(availability->format) + 2;
    char *key = grow(NULL, bytes, 1);
    snprintf(key, bytes, "%s %s", availability->format, availability->trace_path);
    return key;
}

/* Index of the trace that a variant names, read once; SIZE_MAX on an error, which has been told. */
static size_t load_trace(
    struct ess_loaded *loaded, const struct ess_scenario_availability *availability) {
    const char *format = strcmp(availability->format, "auto") == 0 ? NULL : availability->format;
    struct ess_trace_error error = {.line = 0};
    struct ess_trace trace = {0};
    char *key = trace_key(availability);
    for (size_t i = 0; i < loaded->trace_count; i++) {
        if (strcmp(loaded->trace_keys[i], key) == 0) {
            free(key);
            return i;
        }
    }
    if (ess_trace_read(availability->trace_path, format, &trace, &error) != 0) {
        ess_trace_error_print(&error, stderr);
        free(key);
        return SIZE_MAX;
    }
    loaded->traces = grow(loaded->traces, loaded->trace_count + 1, sizeof *loaded->traces);
    loaded->trace_keys =
        grow(loaded->trace_keys, loaded->trace_count + 1, sizeof *loaded->trace_keys);
    loaded->traces[loaded->trace_count] = trace;
    loaded->trace_keys[loaded->trace_count] = key;
    return loaded->trace_count++;
}

static bool build_variants(struct ess_loaded *loaded, const struct ess_scenario_document *document,
    struct ess_diagnostics *diagnostics) {
    size_t count = ess_scenario_variant_count(document);
    loaded->variants = calloc(count, sizeof *loaded->variants);
    if (!loaded->variants) {
        ess_out_of_memory(count, sizeof *loaded->variants);
    }
    for (; loaded->count < count; loaded->count++) {
        struct ess_loaded_variant *variant = &loaded->variants[loaded->count];
        variant->scenario = ess_scenario_variant(document, loaded->count, diagnostics);
        if (!variant->scenario) {
            return false;
        }
        variant->trace = SIZE_MAX;
        if (!variant->scenario->availability.always) {
            variant->trace = load_trace(loaded, &variant->scenario->availability);
            if (variant->trace == SIZE_MAX) {
                ess_scenario_free(variant->scenario);
                return false;
            }
        }
    }
    return true;
}

const struct ess_trace *ess_loaded_trace(const struct ess_loaded *loaded, size_t variant) {
    size_t index = loaded->variants[variant].trace;
    return index == SIZE_MAX ? NULL : &loaded->traces[index];
}

/* Once a file: the first variant with something to say. */
static void warn_unused(const struct ess_loaded *loaded) {
    int said = 0;
    for (size_t i = 0; i < loaded->count && said == 0; i++) {
        said = ess_scenario_warn_unused(loaded->variants[i].scenario, stderr);
    }
}

int ess_load(const char *path, const char *const *settings, size_t setting_count,
    struct ess_loaded *loaded) {
    struct ess_scenario_options options = {
        .settings = settings,
        .setting_count = setting_count,
        .data_folder = ess_data_folder(),
        .metrics = ess_metric_names(),
    };
    struct ess_scenario_document *document = NULL;
    struct ess_diagnostics diagnostics;
    int status = ESS_EXIT_BAD_INPUT;
    memset(loaded, 0, sizeof *loaded);
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_load(path, &options, &document, &diagnostics) == ESS_SCENARIO_OK &&
        build_variants(loaded, document, &diagnostics)) {
        status = ESS_EXIT_DONE;
        warn_unused(loaded);
    }
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    if (status != ESS_EXIT_DONE) {
        ess_loaded_free(loaded);
    }
    return status;
}

void ess_loaded_free(struct ess_loaded *loaded) {
    for (size_t i = 0; i < loaded->count; i++) {
        ess_scenario_free(loaded->variants[i].scenario);
    }
    for (size_t i = 0; i < loaded->trace_count; i++) {
        ess_trace_fini(&loaded->traces[i]);
        free(loaded->trace_keys[i]);
    }
    free(loaded->variants);
    free(loaded->traces);
    free(loaded->trace_keys);
    memset(loaded, 0, sizeof *loaded);
}
