/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/sweep_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/engine/arena.h"
#include "sim/scenario/unused.h"

enum { LINE = ESS_SHA256_TEXT_BYTES, JOBS_MAX = 256, PARALLEL_FROM = 200 };

typedef char line[LINE];

/* The hash of one point; false with a complaint. What its network does not look at is said unless
 * `*said`, which is then set. */
static bool plan_point(struct ess_point_program *program, const struct ess_sweep *sweep,
    size_t point, char *hash, bool *said, struct ess_diagnostics *diagnostics) {
    size_t steps[ESS_SWEEP_AXES_MAX];
    struct ess_point made;
    ess_sweep_steps(sweep, point, steps);
    if (!ess_point_load(program, sweep, steps, &made, diagnostics)) {
        return false;
    }
    memcpy(hash, made.hash, LINE);
    *said = *said || ess_scenario_warn_unused(made.scenario, stderr) > 0;
    ess_point_fini(&made);
    return true;
}

static void name_point(const struct ess_sweep *sweep, size_t point) {
    size_t steps[ESS_SWEEP_AXES_MAX];
    ess_sweep_steps(sweep, point, steps);
    fprintf(stderr, "%s: point %zu cannot be built:", sweep->path, point);
    for (size_t i = 0; i < sweep->axis_count; i++) {
        fprintf(stderr, " %s", sweep->axes[i].settings[steps[i]]);
    }
    fputc('\n', stderr);
}

/* Points that show a value no point before them has shown; all complaints about them at once. */
static bool plan_each_value(
    struct ess_point_program *program, const struct ess_sweep *sweep, line *hashes) {
    bool *seen[ESS_SWEEP_AXES_MAX];
    struct ess_diagnostics diagnostics;
    bool good, said = false;
    ess_diagnostics_init(&diagnostics);
    for (size_t i = 0; i < sweep->axis_count; i++) {
        seen[i] = calloc(sweep->axes[i].count, sizeof *seen[i]);
        if (!seen[i]) {
            ess_out_of_memory(sweep->axes[i].count, sizeof *seen[i]);
        }
    }
    for (size_t point = 0; point < sweep->point_count && !diagnostics.more; point++) {
        size_t steps[ESS_SWEEP_AXES_MAX];
        bool shows_new = false;
        ess_sweep_steps(sweep, point, steps);
        for (size_t i = 0; i < sweep->axis_count; i++) {
            shows_new |= !seen[i][steps[i]];
            seen[i][steps[i]] = true;
        }
        if (shows_new) {
            plan_point(program, sweep, point, hashes[point], &said, &diagnostics);
        }
    }
    for (size_t i = 0; i < sweep->axis_count; i++) {
        free(seen[i]);
    }
    good = diagnostics.count == 0;
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    return good;
}

/* Every `stride`-th point from `first` on, of those not planned yet. */
static bool plan_share(struct ess_point_program *program, const struct ess_sweep *sweep,
    line *hashes, size_t first, size_t stride, FILE *out) {
    struct ess_diagnostics diagnostics;
    bool good = true, said = true; /* by those that showed each value */
    ess_diagnostics_init(&diagnostics);
    for (size_t point = first; good && point < sweep->point_count; point += stride) {
        if (hashes[point][0] == '\0') {
            good = plan_point(program, sweep, point, hashes[point], &said, &diagnostics);
            if (!good) {
                name_point(sweep, point);
            }
        }
        if (good && out) {
            good = pwrite(fileno(out), hashes[point], LINE, (off_t)(point * LINE)) == LINE;
        }
    }
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    return good;
}

static bool wait_for(pid_t process) {
    int status = -1;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {}
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "essaim sweep: a process that checked points was ended by signal %d\n",
            WTERMSIG(status));
    }
    return status == 0;
}

/* The others' hashes come back through a file without a name. */
static bool plan_in_parallel(
    struct ess_point_program *program, const struct ess_sweep *sweep, line *hashes, size_t jobs) {
    pid_t processes[JOBS_MAX];
    FILE *file = tmpfile();
    size_t started = 0, bytes = sweep->point_count * LINE;
    bool good = file != NULL;
    fflush(NULL);
    for (; good && started < jobs; started++) {
        processes[started] = fork();
        if (processes[started] == 0) {
            _exit(plan_share(program, sweep, hashes, started, jobs, file) ? 0 : 2);
        }
        if (processes[started] < 0) {
            good = false;
            break;
        }
    }
    for (size_t i = 0; i < started; i++) {
        good &= wait_for(processes[i]);
    }
    if (!file || (started < jobs && good)) {
        fprintf(stderr, "essaim sweep: points cannot be checked: %s\n", strerror(errno));
    }
    good = good && fread(hashes, 1, bytes, file) == bytes;
    if (file) {
        fclose(file);
    }
    return good;
}

char (*ess_sweep_plan(struct ess_point_program *program, const struct ess_sweep *sweep,
    int64_t jobs))[ESS_SHA256_TEXT_BYTES] {
    line *hashes = calloc(sweep->point_count, sizeof *hashes);
    bool good;
    if (!hashes) {
        ess_out_of_memory(sweep->point_count, sizeof *hashes);
    }
    good = plan_each_value(program, sweep, hashes);
    if (good && jobs > 1 && sweep->point_count >= PARALLEL_FROM) {
        size_t processes = jobs < JOBS_MAX ? (size_t)jobs : JOBS_MAX;
        good = plan_in_parallel(program, sweep, hashes, processes);
    } else if (good) {
        good = plan_share(program, sweep, hashes, 0, 1, NULL);
    }
    if (!good) {
        free(hashes);
        return NULL;
    }
    return hashes;
}
