/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bench: runs the rows of rows.c, ours and the peers' programs in turn, and prints a table and
 * JSON.
 *
 *     bench FOLDER_OF_OURS FOLDER_OF_PEERS OUTPUT.json
 *
 * Each row runs up to BENCH_PAIRS (5) rounds of one run of ours and one of each peer, alternating,
 * fewer where they have taken BENCH_ROW_SECONDS (60) of wall time, at least one. Medians are
 * reported. BENCH_LONG=1 adds the rows that take many minutes; BENCH_ONLY=TEXT keeps the rows
 * whose name has it. A peer whose program is not there is left out: its column is null. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "process.h"
#include "report.h"
#include "rows.h"

static double wall_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double setting(const char *name, double fallback) {
    const char *text = getenv(name);
    return text && *text ? atof(text) : fallback;
}

static bool wanted(const struct bench_row *row) {
    const char *only = getenv("BENCH_ONLY");
    return (!row->is_long || setting("BENCH_LONG", 0) > 0) && (!only || strstr(row->name, only));
}

/* One round; a peer that is to run once runs in the first. */
static void run_round(const struct bench_row *row, const char *ours, const char *peers,
    struct bench_measured *measured) {
    bench_process_run(ours, row->ours, &measured->ours);
    for (int i = 0; i < BENCH_PEERS; i++) {
        const struct bench_peer *peer = &row->peers[i];
        if (peer->command && !(peer->once && measured->rounds > 0)) {
            bench_process_run(peer->is_ours ? ours : peers, peer->command, &measured->peers[i]);
        }
    }
    measured->rounds++;
}

int main(int argc, char **argv) {
    double pairs = setting("BENCH_PAIRS", 5), budget_s = setting("BENCH_ROW_SECONDS", 60);
    struct bench_report report;
    if (argc != 4) {
        fprintf(stderr, "usage: bench FOLDER_OF_OURS FOLDER_OF_PEERS OUTPUT.json\n");
        return 2;
    }
    if (!bench_report_open(&report, argv[3])) {
        return 1;
    }
    for (const struct bench_row *row = bench_rows; row->name; row++) {
        struct bench_measured measured = {.rounds = 0};
        double begin_s = wall_s();
        if (!wanted(row)) {
            continue;
        }
        while (measured.rounds == 0 || (measured.rounds < pairs && wall_s() - begin_s < budget_s)) {
            run_round(row, argv[1], argv[2], &measured);
            if (measured.ours.count == 0) {
                break; /* it failed, and would again */
            }
        }
        bench_report_row(&report, row, &measured);
    }
    return bench_report_close(&report) ? 0 : 1;
}
