/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_BENCH_REPORT_H
#define ESS_BENCH_REPORT_H

/* The table on standard output, and bench.json. */

#include <stdio.h>

#include "process.h"
#include "rows.h"

struct bench_measured {
    int rounds;
    struct bench_runs ours;
    struct bench_runs peers[BENCH_PEERS];
};

struct bench_report {
    FILE *json;
    const char *path;
    char temporary[4096];
    int rows, missed;
    bool peer_missing;
};

/* False, and said, where the file cannot be written. */
bool bench_report_open(struct bench_report *report, const char *path);

/* Print a row as soon as it is measured. */
void bench_report_row(struct bench_report *report, const struct bench_row *row,
    const struct bench_measured *measured);

/* The file is renamed into place only when it is whole. */
bool bench_report_close(struct bench_report *report);

#endif
