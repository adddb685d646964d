/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_SWEEP_RUN_H
#define ESS_COMMANDS_SWEEP_RUN_H

/* Runs the missing points of a sweep, each in a process of its own with limits on memory and time,
 * forked from this program as it stands (nothing is loaded again).
 *
 * How a point can end:
 * - its process wrote its result and ended well;
 * - it crashed, took more memory or more time than allowed, or refused its trace: that is its
 *   result, with the reason, and it is not run again by itself;
 * - it was killed from outside (SIGKILL, SIGTERM, SIGINT, SIGHUP: what no code does to itself, so
 *   it says nothing about the point): it is tried again, thrice in all, and stays missing then;
 * - its result could not be written, or its scenario is no longer what it was: everything stops.
 *
 * When this process dies its children are killed by the kernel. */

#include <signal.h>

#include "analysis/sweep_store.h"
#include "sim/commands/sweep_point.h"

struct ess_sweep_run {
    struct ess_point_program *program;
    const struct ess_sweep_folder *folder;
    struct ess_sweep_store *store; /* results are merged as they come; NULL: not at all */
    size_t from, to;               /* points from .. to - 1 */
    int64_t jobs;
    FILE *progress;                     /* NULL: none; else a line there is rewritten */
    volatile sig_atomic_t *interrupted; /* non-zero: kill the children and return */
    /* Results. */
    size_t wanted; /* were missing when it began */
    size_t done, failed, killed;
    bool stopped; /* told on stderr why */
};

/* Run them. True where nothing is missing now. */
bool ess_sweep_run_points(struct ess_sweep_run *run);

/* Build and run one point in this process, under the sweep's limits where `limited`. NULL with
 * messages on stderr where it cannot be built or is no longer the point it was. */
struct ess_sweep_result *ess_sweep_run_here(struct ess_point_program *program,
    const struct ess_sweep_folder *folder, size_t point, bool limited);

#endif
