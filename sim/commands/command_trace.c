/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/availability/generate.h"
#include "models/availability/info.h"
#include "sim/commands/options.h"
#include "sim/scenario/choice.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/units.h"

extern const struct ess_command_type ess_command_trace;

static int info(int argc, char **argv) {
    struct ess_option options[] = {{.name = "format", .takes_value = true}, {.name = NULL}};
    struct ess_operands files;
    struct ess_trace trace = {0};
    struct ess_trace_info figures;
    struct ess_trace_error error = {.line = 0};
    if (!ess_options_parse(&ess_command_trace, argc, argv, options, &files)) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (files.count != 1) {
        return ess_command_misused(&ess_command_trace, "info: expected one trace file");
    }
    if (ess_trace_read(
            files.values[0], ess_option_value(options, "format", NULL), &trace, &error) != 0) {
        ess_trace_error_print(&error, stderr);
        return ESS_EXIT_BAD_INPUT;
    }
    if (ess_trace_info(&trace, &figures) != 0) {
        fprintf(stderr, "essaim trace: out of memory\n");
        ess_trace_fini(&trace);
        return ESS_EXIT_FAILED;
    }
    ess_trace_info_print(files.values[0], &trace, &figures, stdout);
    ess_trace_fini(&trace);
    return ESS_EXIT_DONE;
}

/* A quantity with its unit, or, where there is none, a bare number. */
static bool parse_value(const char *text, enum ess_dimension dimension, double *value) {
    const char *nearest;
    char *end;
    if (dimension != ESS_DIMENSION_NUMBER) {
        return ess_units_parse(text, dimension, value, &nearest) == ESS_UNITS_OK;
    }
    *value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

/* One --set key=value into the generator's settings; false and a message where it cannot be. */
static bool apply_setting(const char *text, struct ess_trace_generate_settings *settings) {
    const char *equals = strchr(text, '=');
    const char *names[32], *nearest = NULL;
    size_t length = equals ? (size_t)(equals - text) : strlen(text), count = 0;
    char key[64];
    snprintf(key, sizeof key, "%.*s", (int)length, text);
    for (const struct ess_parameter *p = ess_trace_generate_parameters; p->key; p++) {
        enum ess_dimension dimension = ess_parameter_dimension(p);
        double value;
        names[count++] = p->key;
        if (strcmp(p->key, key) != 0) {
            continue;
        }
        if (equals && parse_value(equals + 1, dimension, &value) && value >= p->minimum &&
            value <= p->maximum) {
            ess_parameter_set(p, value, settings);
            return true;
        }
        ess_command_misused(&ess_command_trace,
            "--set %s: expected a %s such as \"%s\", from %g to %g in base units", text,
            ess_dimension_name(dimension), ess_dimension_example(dimension), p->minimum,
            p->maximum);
        return false;
    }
    nearest = ess_name_nearest(key, names, count);
    ess_command_misused(&ess_command_trace, "--set %s: no such setting%s%s%s", text,
        nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    return false;
}

static int make(int argc, char **argv) {
    struct ess_option options[] = {{.name = "seed", .takes_value = true},
        {.name = "set", .takes_value = true}, {.name = NULL}};
    struct ess_operands words;
    struct ess_trace_generate_settings settings;
    struct ess_trace_error error = {.line = 0};
    int64_t seed = 1;
    if (!ess_options_parse(&ess_command_trace, argc, argv, options, &words) ||
        !ess_option_number(&ess_command_trace, options, "seed", 0, INT64_MAX, &seed)) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (words.count != 0) {
        return ess_command_misused(&ess_command_trace, "make: takes no file, it writes to stdout");
    }
    ess_parameters_set_defaults(ess_trace_generate_parameters, &settings);
    for (int i = 0; i < ess_option(options, "set")->count; i++) {
        if (!apply_setting(ess_option(options, "set")->values[i], &settings)) {
            return ESS_EXIT_BAD_INPUT;
        }
    }
    if (ess_trace_generate_csv(&settings, (uint64_t)seed, stdout, &error) != 0) {
        ess_trace_error_print(&error, stderr);
        return ESS_EXIT_BAD_INPUT;
    }
    return fflush(stdout) == 0 ? ESS_EXIT_DONE : ESS_EXIT_FAILED;
}

static int run(int argc, char **argv) {
    if (argc >= 2 && strcmp(argv[1], "info") == 0) {
        return info(argc - 1, argv + 1);
    }
    if (argc >= 2 && strcmp(argv[1], "make") == 0) {
        return make(argc - 1, argv + 1);
    }
    return ess_command_misused(&ess_command_trace, "expected \"info\" or \"make\"");
}

const struct ess_command_type ess_command_trace = {
    .name = "trace",
    .summary = "look at an availability trace, or draw one from laws",
    .help =
        "Usage: essaim trace info [--format NAME] FILE\n"
        "       essaim trace make [--seed N] [--set KEY=VALUE]... > FILE.csv\n"
        "\n"
        "info  reads a trace (plain or gzip; the format is recognised, see 'essaim list\n"
        "      trace-format') and prints machines, sessions, availability, how many are up at "
        "once,\n"
        "      and every repair that dirty data needed, by kind.\n"
        "make  draws machines from laws: Weibull sessions, lognormal gaps, day and night, and cuts "
        "of\n"
        "      whole sites. KEYs: hosts, sites, duration, session_scale, session_shape, "
        "gap_median,\n"
        "      gap_sigma, diurnal_amplitude, diurnal_peak, site_event_fraction.\n"
        "\n"
        "Examples: essaim trace info scenarios/traces/home-24.csv\n"
        "          essaim trace make --seed 7 --set hosts=100 --set 'duration=7 d' > mine.csv\n",
    .run = run,
};
