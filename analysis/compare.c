/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/compare.h"

#include <math.h>

struct ess_statistics ess_compare_statistics(
    const struct ess_results *results, size_t variant, size_t metric) {
    return ess_statistics_of(ess_results_values(results, variant, metric),
        results->replication_count, results->confidence);
}

struct ess_paired ess_compare_paired(
    const struct ess_results *results, size_t variant, size_t reference, size_t metric) {
    return ess_paired_of(ess_results_values(results, variant, metric),
        ess_results_values(results, reference, metric), results->replication_count,
        results->confidence);
}

/* The variant with the best mean, leaving out `skipped`; the earliest of equals. */
static size_t best_without(const struct ess_results *results, size_t metric, size_t skipped) {
    double sign = results->metrics[metric].better == ESS_BETTER_HIGHER ? -1 : 1;
    size_t best = results->variant_count;
    double best_mean = INFINITY;
    for (size_t v = 0; v < results->variant_count; v++) {
        double mean = sign * ess_compare_statistics(results, v, metric).mean;
        if (v != skipped && mean < best_mean) {
            best = v;
            best_mean = mean;
        }
    }
    return best;
}

struct ess_mark ess_compare_mark(const struct ess_results *results, size_t metric) {
    size_t none = results->variant_count;
    struct ess_mark mark = {none, none, false};
    if (results->metrics[metric].better == ESS_BETTER_NEUTRAL) {
        return mark;
    }
    size_t best = best_without(results, metric, none);
    size_t second = best_without(results, metric, best);
    if (best == none || second == none) {
        return mark;
    }
    struct ess_statistics first = ess_compare_statistics(results, best, metric);
    struct ess_statistics next = ess_compare_statistics(results, second, metric);
    if (first.mean == next.mean) {
        return mark;
    }
    mark.best = best;
    mark.runner_up = second;
    mark.distinct = ess_intervals_disjoint(&first, &next);
    return mark;
}
