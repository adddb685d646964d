/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_RESULTS_PRINT_H
#define ESS_COMMANDS_RESULTS_PRINT_H

/* The groups of a sweep as a table for people, CSV or JSON. */

#include <stdio.h>

#include "analysis/sweep_groups.h"

enum { ESS_RESULTS_METRICS_MAX = 64 };

enum ess_results_format { ESS_RESULTS_TABLE, ESS_RESULTS_CSV, ESS_RESULTS_JSON };

struct ess_results_view {
    enum ess_results_format format;
    size_t metrics[ESS_RESULTS_METRICS_MAX];
    size_t metric_count;
    bool pivot; /* the first two keys are row and column */
    bool best;  /* the last key is what is compared, by the one metric */
};

void ess_results_print(const struct ess_results_view *view, const struct ess_sweep *sweep,
    const struct ess_sweep_table *table, const struct ess_sweep_groups *groups, FILE *out);

#endif
