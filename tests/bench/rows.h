/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_BENCH_ROWS_H
#define ESS_BENCH_ROWS_H

/* What is measured, beside what, and what is hoped for. */

#include <stdbool.h>

enum { BENCH_PEERS = 3 };

struct bench_peer {
    const char *name;
    const char *command;
    bool once;    /* slow, or only for the record: in the first round alone */
    bool is_ours; /* a program of tests/bench */
};

enum bench_goal_kind {
    BENCH_GOAL_NONE,
    BENCH_GOAL_RATIO,  /* at least `goal` times better than the best peer */
    BENCH_GOAL_AT_MOST /* at most `goal` in the row's unit */
};

enum bench_measure {
    BENCH_TIME, /* the programs' value: less is better */
    BENCH_PER,  /* the value over the operations, times `scale` */
    BENCH_RATE, /* operations over the value: more is better */
};

/* One command and its figures: a row on the value, and one on memory where `memory_goal` is set. */
struct bench_row {
    const char *name;
    const char *unit;
    enum bench_measure measure;
    double scale; /* of a BENCH_PER, to its unit */
    const char *ours;
    struct bench_peer peers[BENCH_PEERS];
    enum bench_goal_kind goal_kind, memory_kind;
    double goal, memory_goal; /* memory in MB */
    bool is_long;
};

/* Ends with a row without a name. */
extern const struct bench_row bench_rows[];

#endif
