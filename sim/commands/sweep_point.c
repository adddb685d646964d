/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/sweep_point.h"
#include "sim/commands/collective_bound.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/commands/loading.h"
#include "sim/commands/metrics.h"
#include "sim/engine/arena.h"
#include "sim/scenario/settings.h"
#include "sim/version.h"
#include "sim/world/world.h"

bool ess_point_program_init(struct ess_point_program *program) {
    char digest[ESS_SHA256_TEXT_BYTES];
    int error = ess_sha256_file("/proc/self/exe", digest);
    memset(program, 0, sizeof *program);
    if (error) {
        fprintf(stderr, "essaim: this program's own file cannot be read: %s\n", strerror(error));
        return false;
    }
    snprintf(program->version, sizeof program->version, "%s+%.12s", ESS_VERSION, digest);
    return true;
}

void ess_point_program_fini(struct ess_point_program *program) {
    for (size_t i = 0; i < program->trace_count; i++) {
        ess_trace_fini(&program->traces[i].trace);
        free(program->traces[i].key);
    }
    free(program->traces);
    memset(program, 0, sizeof *program);
}

/* Memory or a message and the end: callers need not look. */
static void *take(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory) {
        ess_out_of_memory(count, size);
    }
    return memory;
}

static FILE *open_text(char **text, size_t *bytes) {
    FILE *memory = open_memstream(text, bytes);
    if (!memory) {
        ess_out_of_memory(1, 1);
    }
    return memory;
}

/* ---- traces -----------------------------------------------------------------------------------
 */

static char *trace_key(const struct ess_scenario_availability *availability) {
    size_t bytes = strlen(availability->trace_path) + strlen(availability->format) + 2;
    char *key = take(bytes, 1);
    snprintf(key, bytes, "%s %s", availability->format, availability->trace_path);
    return key;
}

static void complain_of_trace(
    const char *path, const struct ess_trace_error *error, struct ess_diagnostics *diagnostics) {
    char *text = NULL;
    size_t bytes;
    FILE *memory = open_text(&text, &bytes);
    ess_trace_error_print(error, memory);
    fclose(memory);
    ess_diagnostics_add(diagnostics, path, "", "a trace that can be read", text, NULL, NULL);
    free(text);
}

static bool read_trace(struct ess_point_trace *trace,
    const struct ess_scenario_availability *availability, struct ess_diagnostics *diagnostics) {
    const char *format = strcmp(availability->format, "auto") == 0 ? NULL : availability->format;
    struct ess_trace_error error = {.line = 0};
    int status;
    memset(trace, 0, sizeof *trace);
    if (ess_trace_read(availability->trace_path, format, &trace->trace, &error) != 0) {
        complain_of_trace(availability->trace_path, &error, diagnostics);
        return false;
    }
    status = ess_sha256_file(availability->trace_path, trace->digest);
    if (status) {
        ess_trace_fini(&trace->trace);
        ess_diagnostics_add(diagnostics, availability->trace_path, "", "a trace that can be read",
            strerror(status), NULL, NULL);
        return false;
    }
    trace->key = trace_key(availability);
    return true;
}

/* Index of the scenario's trace, SIZE_MAX where it has none. False after a complaint. */
static bool find_trace(struct ess_point_program *program,
    const struct ess_scenario_availability *availability, size_t *index,
    struct ess_diagnostics *diagnostics) {
    struct ess_point_trace *larger;
    char *key;
    *index = SIZE_MAX;
    if (availability->always) {
        return true;
    }
    key = trace_key(availability);
    for (size_t i = 0; i < program->trace_count && *index == SIZE_MAX; i++) {
        if (strcmp(program->traces[i].key, key) == 0) {
            *index = i;
        }
    }
    free(key);
    if (*index != SIZE_MAX) {
        return true;
    }
    larger = realloc(program->traces, (program->trace_count + 1) * sizeof *larger);
    if (!larger) {
        ess_out_of_memory(program->trace_count + 1, sizeof *larger);
    }
    program->traces = larger;
    if (!read_trace(&larger[program->trace_count], availability, diagnostics)) {
        return false;
    }
    *index = program->trace_count++;
    return true;
}

/* ---- loading ----------------------------------------------------------------------------------
 */

static void take_identity(const struct ess_point_program *program, struct ess_point *point) {
    const struct ess_scenario *scenario = point->scenario;
    struct ess_sha256 hash;
    char *text = NULL, seed[24];
    size_t bytes = 0;
    FILE *memory = open_text(&text, &bytes);
    ess_scenario_print_resolved(scenario, memory);
    fclose(memory);
    snprintf(seed, sizeof seed, "%" PRIu64, scenario->seed);
    ess_sha256_init(&hash);
    ess_sha256_add_text(&hash, program->version);
    ess_sha256_add_text(
        &hash, point->trace == SIZE_MAX ? "" : program->traces[point->trace].digest);
    ess_sha256_add_text(&hash, seed);
    ess_sha256_add_text(&hash, text);
    ess_sha256_end(&hash, point->hash);
    free(text);
}

/* What is wrong with a value that the sweep gives is told under the sweep's name. */
static void pass_on(const struct ess_sweep *sweep, const struct ess_diagnostics *found,
    struct ess_diagnostics *diagnostics) {
    for (size_t i = 0; i < found->count; i++) {
        const struct ess_diagnostic *error = &found->errors[i];
        bool ours = strcmp(error->file, ESS_SETTINGS_FILE) == 0;
        ess_diagnostics_add(diagnostics, ours ? sweep->path : error->file, error->place,
            error->expected, error->found, error->nearest, error->excerpt);
    }
}

static struct ess_scenario *load_scenario(
    const struct ess_sweep *sweep, const char **settings, struct ess_diagnostics *diagnostics) {
    struct ess_scenario_options options = {
        .settings = settings,
        .setting_count = ess_sweep_setting_count(sweep),
        .data_folder = ess_data_folder(),
        .metrics = ess_metric_names(),
    };
    struct ess_scenario_document *document = NULL;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics found;
    ess_diagnostics_init(&found);
    if (ess_scenario_load(sweep->scenario, &options, &document, &found) == ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &found);
    }
    pass_on(sweep, &found, diagnostics);
    ess_scenario_document_free(document);
    ess_diagnostics_fini(&found);
    return scenario;
}

bool ess_point_load(struct ess_point_program *program, const struct ess_sweep *sweep,
    const size_t *steps, struct ess_point *point, struct ess_diagnostics *diagnostics) {
    size_t count = ess_sweep_setting_count(sweep);
    const char **settings = take(count, sizeof *settings);
    ess_sweep_settings(sweep, steps, settings);
    point->scenario = load_scenario(sweep, settings, diagnostics);
    free(settings);
    if (!point->scenario) {
        return false;
    }
    if (!find_trace(program, &point->scenario->availability, &point->trace, diagnostics)) {
        ess_point_fini(point);
        return false;
    }
    take_identity(program, point);
    return true;
}

void ess_point_fini(struct ess_point *point) {
    ess_scenario_free(point->scenario);
    point->scenario = NULL;
}

/* ---- running ----------------------------------------------------------------------------------
 */

static size_t count_metrics(void) {
    size_t count = 0;
    while (ess_metrics[count].name) {
        count++;
    }
    return count;
}

static void take_outcome(
    struct ess_sweep_result *result, size_t replication, const struct ess_world_outcome *outcome) {
    bool usual = outcome->end == ESS_WORLD_JOB_COMPLETE || outcome->end == ESS_WORLD_DURATION;
    struct ess_sweep_replication *state = &result->replications[replication];
    for (size_t m = 0; m < result->metric_count; m++) {
        result->metrics[m].values[replication] = ess_metrics[m].value(outcome);
    }
    state->state = ess_replication_state_name(usual ? ESS_REPLICATION_OK : ESS_REPLICATION_BOUND);
    state->text = usual ? NULL
                        : ess_store_print(result->store, "%s after %.6g s and %" PRIu64 " steps",
                              ess_world_end_text(outcome->end), outcome->ended_s, outcome->steps);
}

static struct ess_sweep_result *declare(const struct ess_point *point, size_t replications) {
    static const char *const better[] = {
        [ESS_BETTER_NEUTRAL] = "neutral",
        [ESS_BETTER_LOWER] = "lower",
        [ESS_BETTER_HIGHER] = "higher",
    };
    struct ess_sweep_result *result =
        ess_sweep_result_new(point->hash, replications, count_metrics());
    for (size_t m = 0; m < result->metric_count; m++) {
        result->metrics[m].name = ess_metrics[m].name;
        result->metrics[m].unit = ess_metrics[m].unit;
        result->metrics[m].better = better[ess_metrics[m].better];
    }
    return result;
}

static struct ess_sweep_result *refused(
    const struct ess_point *point, const struct ess_trace_error *error) {
    struct ess_sweep_result *result;
    char *text = NULL;
    size_t bytes = 0;
    FILE *memory = open_text(&text, &bytes);
    ess_trace_error_print(error, memory);
    fclose(memory);
    text[strcspn(text, "\n")] = '\0';
    result = ess_sweep_result_failed(point->hash, text);
    free(text);
    return result;
}

struct ess_sweep_result *ess_point_run(
    const struct ess_point_program *program, const struct ess_point *point) {
    const struct ess_trace *trace =
        point->trace == SIZE_MAX ? NULL : &program->traces[point->trace].trace;
    size_t replications = ess_world_varies(point->scenario, trace)
                              ? (size_t)point->scenario->measure.replications
                              : 1;
    struct ess_sweep_result *result = declare(point, replications);
    struct ess_collective_bound bound = {.scenario = NULL};
    for (size_t r = 0; r < replications; r++) {
        struct ess_world_options options = {.replication = (uint32_t)r, .trace = trace};
        struct ess_world_outcome outcome;
        struct ess_trace_error error = {.line = 0};
        if (!ess_world_run(point->scenario, &options, &outcome, &error)) {
            ess_sweep_result_free(result);
            ess_collective_bound_fini(&bound);
            return refused(point, &error);
        }
        ess_collective_bound_take(&bound, point->scenario, &outcome);
        take_outcome(result, r, &outcome);
        ess_world_outcome_fini(&outcome);
    }
    ess_collective_bound_fini(&bound);
    return result;
}
