/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_HEADLINE_H
#define ESS_ANALYSIS_HEADLINE_H

#include <stdio.h>

#include "analysis/results.h"

/* One plain sentence on a metric: the best variant against the first (or, where the first is the
 * best, against its runner-up), as a paired difference:
 *
 *     hierarchical, continue: 34 % shorter step time than ring, retry (95 % interval of the
 *     difference 30..38 %, 8 replications, same worlds)
 *
 * Percentages divide by the other variant's mean, which is taken as exact: a simplification that
 * leaves its own spread out. Where the difference is not significant, or nothing can be said, the
 * sentence says so. `title` is the metric's name for people. Writes nothing for fewer than two
 * variants or a neutral metric. Lines are broken before `width` characters. */
void ess_headline_write(
    const struct ess_results *results, size_t metric, const char *title, size_t width, FILE *file);

#endif
