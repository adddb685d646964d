/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_BENCH_PROCESS_H
#define ESS_BENCH_PROCESS_H

/* Runs a measuring program and keeps what it says and what it used. */

#include <stdbool.h>

enum { BENCH_RUNS_MAX = 64 };

/* All runs of one command: a value each. */
struct bench_runs {
    int count;    /* of those that succeeded */
    bool missing; /* there is no such program */
    double value[BENCH_RUNS_MAX];
    double memory_mb[BENCH_RUNS_MAX]; /* 10^6 bytes, peak resident */
    char said[1024];                  /* the last line of JSON */
};

/* Run "PROGRAM ARGUMENTS…" from `folder` and add to `runs`. A failure is told on stderr. The stack
 * may grow without limit (SimGrid's solver recurses). */
void bench_process_run(const char *folder, const char *command, struct bench_runs *runs);

/* A number of the last run by its key; 0 where it is not there. */
double bench_said(const struct bench_runs *runs, const char *key);

/* NaN for none. */
double bench_median(const double *values, int count);

#endif
