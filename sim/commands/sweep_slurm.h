/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_SWEEP_SLURM_H
#define ESS_COMMANDS_SWEEP_SLURM_H

/* A sweep as a job array of a cluster: task K runs points K x chunk .. (K + 1) x chunk - 1 that are
 * missing, on a file system that all machines share; a job that depends on the array merges.
 * Task and merge are plain commands of this program, so any scheduler with arrays will do. */

#include <stdint.h>
#include <stdio.h>

#include "analysis/sweep_folder.h"

struct ess_sweep_cluster {
    const char *partition; /* NULL: the cluster's own choice */
    const char *time;      /* limit of a task as sbatch writes it, or NULL */
    int64_t chunk;         /* points a task; 0: so many that there are at most 500 tasks */
};

/* Print both scripts, for schedulers other than Slurm. Returns an exit status. */
int ess_sweep_print_scripts(
    const struct ess_sweep_folder *folder, const struct ess_sweep_cluster *cluster, FILE *out);

/* Write the scripts into the folder (array.sh, merge.sh) and hand them to sbatch: only tasks that
 * have missing points. Prints the jobs' numbers. Returns an exit status. */
int ess_sweep_submit(
    const struct ess_sweep_folder *folder, const struct ess_sweep_cluster *cluster);

#endif
