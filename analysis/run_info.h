/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_RUN_INFO_H
#define ESS_ANALYSIS_RUN_INFO_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* run-info.json: how the results came about, that is everything that may differ between two runs
 * with equal results. Nothing of it may go into results.json. */
struct ess_run_info {
    const char *version;      /* of the program */
    const char *const *words; /* of the command line, as given to main */
    int word_count;
    time_t started;  /* wall clock, seconds since 1970 */
    double wall_s;   /* how long the runs took */
    int64_t jobs;    /* workers */
    uint64_t events; /* handled by all engines together; 0 where not counted */
};

/* Adds what the machine can tell: host name, processors, compiler, whether optimised, peak memory
 * (of the largest process: workers that are children count). False on a stream error. */
bool ess_run_info_write(const struct ess_run_info *info, FILE *file);

#endif
