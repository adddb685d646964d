/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_COMPARE_H
#define ESS_ANALYSIS_COMPARE_H

#include "analysis/results.h"
#include "analysis/statistics.h"

/* Which variant is better, and how sure that is. Nothing is stored: every function works from the
 * results it is given, in O(variants x replications) or less. */

/* The statistics of a metric in a variant, at the confidence of the results. */
struct ess_statistics ess_compare_statistics(
    const struct ess_results *results, size_t variant, size_t metric);

/* The paired difference variant - reference of a metric, over the worlds both have a value in. */
struct ess_paired ess_compare_paired(
    const struct ess_results *results, size_t variant, size_t reference, size_t metric);

/* The best variant of a metric by its mean. */
struct ess_mark {
    size_t best; /* variant_count where there is none: a neutral metric, fewer than two variants
                         with a mean, or a best mean that two variants share */
    size_t runner_up; /* variant_count where there is none */
    bool distinct;    /* the interval of the best is disjoint from that of the runner-up */
};
struct ess_mark ess_compare_mark(const struct ess_results *results, size_t metric);

#endif
