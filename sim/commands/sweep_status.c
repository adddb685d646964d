/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/sweep_status.h"

#include "sim/commands/command.h"

enum { FAILURES_SHOWN = 20 };

static void print_settings(const struct ess_sweep *sweep, size_t point, FILE *out) {
    size_t steps[ESS_SWEEP_AXES_MAX];
    ess_sweep_steps(sweep, point, steps);
    for (size_t i = 0; i < sweep->axis_count; i++) {
        fprintf(out, " %s", sweep->axes[i].settings[steps[i]]);
    }
    fputc('\n', out);
}

static void print_failure(
    const struct ess_sweep_folder *folder, size_t point, const char *reason, FILE *out) {
    fprintf(out, "point %zu (%.12s) failed: %s\n   ", point, folder->hashes[point], reason);
    print_settings(folder->sweep, point, out);
    fprintf(out, "    replay it: essaim point %s %zu\n", folder->path, point);
}

int ess_sweep_print_status(const struct ess_sweep_folder *folder, FILE *out) {
    size_t counts[ESS_SWEEP_POINT_NEWER + 1] = {0};
    size_t points = folder->sweep->point_count, missing;
    struct ess_diagnostics diagnostics;
    ess_diagnostics_init(&diagnostics);
    for (size_t point = 0; point < points; point++) {
        struct ess_sweep_result *result = NULL;
        enum ess_sweep_point_state state =
            ess_sweep_folder_read(folder, point, &result, &diagnostics);
        counts[state]++;
        if (state == ESS_SWEEP_POINT_FAILED && counts[state] <= FAILURES_SHOWN) {
            print_failure(folder, point, result->reason, out);
        }
        ess_sweep_result_free(result);
    }
    if (counts[ESS_SWEEP_POINT_FAILED] > FAILURES_SHOWN) {
        fprintf(out, "and %zu more failed\n", counts[ESS_SWEEP_POINT_FAILED] - FAILURES_SHOWN);
    }
    missing = counts[ESS_SWEEP_POINT_MISSING];
    fprintf(out, "%s: %zu points: %zu done, %zu failed, %zu missing", folder->sweep->name, points,
        counts[ESS_SWEEP_POINT_DONE], counts[ESS_SWEEP_POINT_FAILED], missing);
    if (diagnostics.count > 0) {
        fprintf(out, ", %zu files that are no results",
            counts[ESS_SWEEP_POINT_UNREADABLE] + counts[ESS_SWEEP_POINT_NEWER]);
    }
    fputc('\n', out);
    if (missing + counts[ESS_SWEEP_POINT_UNREADABLE] > 0) {
        fprintf(out, "go on with: essaim sweep resume %s\n", folder->path);
    }
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    return ESS_EXIT_DONE;
}
