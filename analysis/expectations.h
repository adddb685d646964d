/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_EXPECTATIONS_H
#define ESS_ANALYSIS_EXPECTATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/results.h"
#include "sim/scenario/diagnostics.h"
#include "sim/scenario/scenario.h"

/* The `expect` entries of a scenario, judged on the results.
 *
 *   below, above   the mean of the metric is strictly below (above) the bound, in the named variant
 * or in every variant lower          the mean in one variant is strictly below the mean in another;
 * with `disjoint` also their intervals share no point
 *
 * An expectation on a mean that is not defined does not hold, nor one on a variant of which a
 * replication failed: its mean speaks of the lucky worlds alone. */

/* Before running: do the metric and the variants exist, and does the bound have the metric's
 * dimension? `results` needs its metrics and variants declared, no values. False where something is
 * wrong; all of it is then in the diagnostics, under the file and the expectation's pointer. */
bool ess_expectation_check(const struct ess_results *results,
    const struct ess_scenario_expectation *expectation, const char *file,
    struct ess_diagnostics *diagnostics);

/* Judge it and add the outcome to the results; returns whether it holds. It must have passed the
 * check (asserted). */
bool ess_expectation_judge(
    struct ess_results *results, const struct ess_scenario_expectation *expectation);

#endif
