/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_RESULTS_CSV_H
#define ESS_ANALYSIS_RESULTS_CSV_H

#include <stdbool.h>
#include <stdio.h>

#include "analysis/results.h"

/* The summary that `--format csv` prints, one row per variant and metric:
 *
 *     variant,metric,unit,mean,low,high,confidence,n,failed,values
 *
 * low and high are empty where there is no interval; values are separated by semicolons, one per
 * replication, empty where not defined; `failed` counts the replications of the variant that
 * failed or did not run. Deterministic like results.json. False on a stream error. */
bool ess_results_write_csv(const struct ess_results *results, FILE *file);

#endif
