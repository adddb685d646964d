/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "analysis/sweep_groups.h"
#include "sim/commands/options.h"
#include "sim/commands/results_print.h"
#include "sim/scenario/nearest.h"

extern const struct ess_command_type ess_command_results;

/* One `essaim results`. */
struct question {
    struct ess_sweep_folder folder;
    struct ess_sweep_table table;
    size_t only[ESS_SWEEP_AXES_MAX];
    size_t keys[ESS_SWEEP_AXES_MAX];
    size_t key_count;
    struct ess_results_view view;
};

/* The axis of a pointer; false after a complaint. */
static bool find_axis(
    const struct question *question, const char *option, const char *pointer, size_t *axis) {
    const struct ess_sweep *sweep = question->folder.sweep;
    const char *names[ESS_SWEEP_AXES_MAX], *nearest;
    *axis = ess_sweep_find_axis(sweep, pointer);
    if (*axis < sweep->axis_count) {
        return true;
    }
    for (size_t i = 0; i < sweep->axis_count; i++) {
        names[i] = sweep->axes[i].pointer;
    }
    nearest = ess_name_nearest(pointer, names, sweep->axis_count);
    ess_command_misused(&ess_command_results, "--%s: \"%s\" is no field of this sweep%s%s%s",
        option, pointer, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
        nearest ? "\"?" : "");
    return false;
}

static bool take_where(struct question *question, const char *text) {
    const char *equals = strchr(text, '=');
    char pointer[512];
    size_t axis, step;
    if (!equals || equals - text >= (long)sizeof pointer) {
        ess_command_misused(
            &ess_command_results, "--where: expected /pointer=value, found \"%s\"", text);
        return false;
    }
    snprintf(pointer, sizeof pointer, "%.*s", (int)(equals - text), text);
    if (!find_axis(question, "where", pointer, &axis)) {
        return false;
    }
    step = ess_sweep_axis_step(&question->folder.sweep->axes[axis], equals + 1);
    if (step == question->folder.sweep->axes[axis].count) {
        ess_command_misused(
            &ess_command_results, "--where: %s has no value %s in this sweep", pointer, equals + 1);
        return false;
    }
    question->only[axis] = step;
    return true;
}

static bool add_key(struct question *question, size_t axis) {
    for (size_t k = 0; k < question->key_count; k++) {
        if (question->keys[k] == axis) {
            ess_command_misused(&ess_command_results, "%s is asked for twice",
                question->folder.sweep->axes[axis].pointer);
            return false;
        }
    }
    question->keys[question->key_count++] = axis;
    return true;
}

/* "ROW,COLUMN": a pointer may hold a comma, so each comma is tried. */
static bool take_pivot(struct question *question, const char *text) {
    const struct ess_sweep *sweep = question->folder.sweep;
    for (const char *comma = strchr(text, ','); comma; comma = strchr(comma + 1, ',')) {
        char *row = strndup(text, (size_t)(comma - text));
        size_t axis = row ? ess_sweep_find_axis(sweep, row) : sweep->axis_count;
        size_t other = ess_sweep_find_axis(sweep, comma + 1);
        free(row);
        if (axis < sweep->axis_count && other < sweep->axis_count) {
            question->view.pivot = true;
            return add_key(question, axis) && add_key(question, other);
        }
    }
    ess_command_misused(&ess_command_results,
        "--pivot: expected two fields of this sweep as /row,/column, found \"%s\"", text);
    return false;
}

static bool take_metric(struct question *question, const char *name) {
    const char *names[ESS_RESULTS_METRICS_MAX], *nearest;
    size_t count = question->table.metric_count, i = 0;
    while (i < count && strcmp(question->table.metrics[i].name, name) != 0) {
        i++;
    }
    if (i < count && question->view.metric_count < ESS_RESULTS_METRICS_MAX) {
        question->view.metrics[question->view.metric_count++] = i;
        return true;
    }
    count = count < ESS_RESULTS_METRICS_MAX ? count : ESS_RESULTS_METRICS_MAX;
    for (i = 0; i < count; i++) {
        names[i] = question->table.metrics[i].name;
    }
    nearest = ess_name_nearest(name, names, count);
    ess_command_misused(&ess_command_results, "--metric: there is no %s in these results%s%s%s",
        name, nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return false;
}

static bool take_format(struct question *question, const char *text) {
    static const char *const names[] = {"table", "csv", "json"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            question->view.format = (enum ess_results_format)i;
            return true;
        }
    }
    ess_command_misused(
        &ess_command_results, "--format: expected table, csv or json, found \"%s\"", text);
    return false;
}

/* Keys: what is pivoted or grouped by; else every field that --where does not fix. The field that
 * --best compares is the last. */
static bool take_keys(struct question *question, const struct ess_option *options) {
    const struct ess_sweep *sweep = question->folder.sweep;
    const struct ess_option *group = ess_option(options, "group");
    const char *pivot = ess_option_value(options, "pivot", NULL);
    const char *best = ess_option_value(options, "best", NULL);
    size_t best_axis = SIZE_MAX;
    if (best && !find_axis(question, "best", best, &best_axis)) {
        return false;
    }
    if (pivot && group->count > 0) {
        ess_command_misused(&ess_command_results, "--pivot and --group exclude each other");
        return false;
    }
    if (pivot && !take_pivot(question, pivot)) {
        return false;
    }
    for (int i = 0; i < group->count; i++) {
        size_t axis;
        if (!find_axis(question, "group", group->values[i], &axis) || !add_key(question, axis)) {
            return false;
        }
    }
    for (size_t axis = 0; !pivot && group->count == 0 && axis < sweep->axis_count; axis++) {
        if (question->only[axis] == SIZE_MAX && axis != best_axis) {
            add_key(question, axis);
        }
    }
    question->view.best = best != NULL;
    return !best || add_key(question, best_axis);
}

static bool take_view(struct question *question, const struct ess_option *options) {
    const struct ess_option *where = ess_option(options, "where");
    const struct ess_option *metric = ess_option(options, "metric");
    for (size_t i = 0; i < ESS_SWEEP_AXES_MAX; i++) {
        question->only[i] = SIZE_MAX;
    }
    for (int i = 0; i < where->count; i++) {
        if (!take_where(question, where->values[i])) {
            return false;
        }
    }
    for (int i = 0; i < metric->count; i++) {
        if (!take_metric(question, metric->values[i])) {
            return false;
        }
    }
    if (!take_format(question, ess_option_value(options, "format", "table")) ||
        !take_keys(question, options)) {
        return false;
    }
    if ((question->view.pivot || question->view.best) && question->view.metric_count != 1) {
        ess_command_misused(&ess_command_results, "--pivot and --best want one --metric");
        return false;
    }
    /* A table of all would be too wide to read. */
    for (size_t i = 0;
         metric->count == 0 && i < question->table.metric_count &&
         i < (question->view.format == ESS_RESULTS_TABLE ? 3 : (size_t)ESS_RESULTS_METRICS_MAX);
         i++) {
        question->view.metrics[question->view.metric_count++] = i;
    }
    return true;
}

static int answer(struct question *question) {
    struct ess_sweep_groups groups;
    size_t points = question->folder.sweep->point_count, failed = 0;
    if (!ess_sweep_groups_make(&groups, question->folder.sweep, &question->table, question->only,
            question->keys, question->key_count)) {
        fprintf(stderr, "essaim results: out of memory\n");
        return ESS_EXIT_FAILED;
    }
    ess_results_print(&question->view, question->folder.sweep, &question->table, &groups, stdout);
    ess_sweep_groups_free(&groups);
    for (size_t i = 0; i < question->table.point_count; i++) {
        failed += question->table.points[i].reason != NULL;
    }
    if (failed > 0 || question->table.point_count < points) {
        fprintf(stderr, "of %zu points, %zu are not in these results and %zu failed\n", points,
            points - question->table.point_count, failed);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? ESS_EXIT_DONE : ESS_EXIT_FAILED;
}

static int run(int argc, char **argv) {
    struct ess_option options[] = {{.name = "where", .takes_value = true},
        {.name = "group", .takes_value = true}, {.name = "pivot", .takes_value = true},
        {.name = "metric", .takes_value = true}, {.name = "best", .takes_value = true},
        {.name = "format", .takes_value = true}, {.name = NULL}};
    struct ess_operands operands;
    static const struct question none;
    struct question question = none;
    int status = ESS_EXIT_BAD_INPUT;
    if (!ess_options_parse(&ess_command_results, argc, argv, options, &operands)) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (operands.count != 1) {
        return ess_command_misused(
            &ess_command_results, "expected one sweep's folder, found %d", operands.count);
    }
    if (!ess_sweep_folder_open(&question.folder, operands.values[0])) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (ess_sweep_table_read(&question.table, &question.folder)) {
        status = take_view(&question, options) ? answer(&question) : ESS_EXIT_BAD_INPUT;
        ess_sweep_table_free(&question.table);
    }
    ess_sweep_folder_close(&question.folder);
    return status;
}

const struct ess_command_type ess_command_results = {
    .name = "results",
    .summary = "filter, group, pivot and export the results of a sweep",
    .help =
        "Usage: essaim results DIR [OPTIONS]\n"
        "\n"
        "Prints what a sweep found. Without options: a row for each point, the first metrics. A\n"
        "mean over several points is taken within each replication, where all saw the same world;\n"
        "+- and the columns low and high are the 95 % interval over the replications.\n"
        "\n"
        "  --where /pointer=VALUE  only points with that value; may be repeated\n"
        "  --group /pointer        a row for each value of it, over all others; may be repeated\n"
        "  --pivot /row,/column    a table of these two fields, over all others; wants --metric\n"
        "  --metric NAME           which metric; may be repeated\n"
        "  --best /pointer         which value of that field is best by the metric, and whether\n"
        "                          the difference to the second best is more than chance\n"
        "  --format table|csv|json\n"
        "\n"
        "Exit status: 0 done, 2 bad input.\n"
        "Examples: essaim results results/sweep-hierarchy --group /policies/collective\n"
        "          essaim results results/sweep-hierarchy --metric steps_per_hour \\\n"
        "              --pivot /availability/scale,/wan/links/0/rate --best /policies/collective\n",
    .run = run,
};
