/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_SWEEP_GROUPS_H
#define ESS_ANALYSIS_SWEEP_GROUPS_H

/* Points of a sweep put together by the values of some axes.
 *
 * The value of a group in replication r is the mean over its points in replication r. Replication r
 * of every point saw the same world (common random numbers), so points are not independent
 * observations, but replications are: intervals are over replications (analysis/statistics.h), and
 * differences between groups are paired by replication. A point whose world nothing varies was run
 * once; beside others in a group its value holds in every replication.
 * Known bias: a replication in which a point has no value (no step was made, say) averages over the
 * other points alone. */

#include "analysis/statistics.h"
#include "analysis/sweep_store.h"

struct ess_sweep_group {
    size_t steps[ESS_SWEEP_AXES_MAX]; /* of the keys, in their order */
    size_t point_count, failed_count;
    double *values; /* [metric][replication]; NaN: not defined */
};

struct ess_sweep_groups {
    struct ess_sweep_group *groups; /* the last key varies fastest */
    size_t count;
    size_t keys[ESS_SWEEP_AXES_MAX]; /* axes */
    size_t key_count;
    size_t metric_count, replication_count;
};

/* Group the points with steps[axis] == only[axis] wherever only[axis] is not SIZE_MAX. False when
 * out of memory. Freed by ess_sweep_groups_free. O(points x metrics x replications). */
bool ess_sweep_groups_make(struct ess_sweep_groups *groups, const struct ess_sweep *sweep,
    const struct ess_sweep_table *table, const size_t *only, const size_t *keys, size_t key_count);
void ess_sweep_groups_free(struct ess_sweep_groups *groups);

/* Its values of a metric, one a replication. */
const double *ess_sweep_group_values(
    const struct ess_sweep_groups *groups, size_t group, size_t metric);

/* Of groups first .. first + count - 1, the best by a metric, and how sure that is. */
struct ess_sweep_best {
    size_t best, second;      /* groups; SIZE_MAX: none has a value (or no second) */
    struct ess_paired paired; /* best - second, by replication */
};
struct ess_sweep_best ess_sweep_groups_best(const struct ess_sweep_groups *groups, size_t first,
    size_t count, size_t metric, bool lower_is_better, double confidence);

#endif
