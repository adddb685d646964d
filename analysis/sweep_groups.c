/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/sweep_groups.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Place of a point among all combinations of the keys' values. */
static size_t place_of(
    const struct ess_sweep_groups *groups, const struct ess_sweep *sweep, const size_t *steps) {
    size_t place = 0;
    for (size_t k = 0; k < groups->key_count; k++) {
        place = place * sweep->axes[groups->keys[k]].count + steps[groups->keys[k]];
    }
    return place;
}

static bool is_kept(const struct ess_sweep *sweep, const size_t *only, const size_t *steps) {
    for (size_t i = 0; i < sweep->axis_count; i++) {
        if (only[i] != SIZE_MAX && steps[i] != only[i]) {
            return false;
        }
    }
    return true;
}

/* Which combinations have a point: their group, in their order; SIZE_MAX for the others. */
static size_t *number_groups(struct ess_sweep_groups *groups, const struct ess_sweep *sweep,
    const struct ess_sweep_table *table, const size_t *only) {
    size_t places = 1, *numbers;
    for (size_t k = 0; k < groups->key_count; k++) {
        places *= sweep->axes[groups->keys[k]].count;
    }
    numbers = malloc(places * sizeof *numbers);
    for (size_t i = 0; numbers && i < places; i++) {
        numbers[i] = SIZE_MAX;
    }
    for (size_t i = 0; numbers && i < table->point_count; i++) {
        if (is_kept(sweep, only, table->points[i].steps)) {
            numbers[place_of(groups, sweep, table->points[i].steps)] = 0;
        }
    }
    for (size_t i = 0; numbers && i < places; i++) {
        numbers[i] = numbers[i] == SIZE_MAX ? SIZE_MAX : groups->count++;
    }
    return numbers;
}

/* Sums first; `counts` says of how many points. */
static void add_point(struct ess_sweep_group *group, uint32_t *counts,
    const struct ess_sweep_table *table, size_t index) {
    const struct ess_sweep_table_point *point = &table->points[index];
    size_t replications = table->replication_count, cells = table->metric_count * replications;
    const double *values = table->values + index * cells;
    for (size_t i = 0; i < cells; i++) {
        size_t replication = i % replications;
        /* One replication stands for all, where others of the group have more. */
        double value = point->replication_count == 1 ? values[i - replication] : values[i];
        if (!isnan(value)) {
            group->values[i] += value;
            counts[i]++;
        }
    }
}

static void finish_group(struct ess_sweep_group *group, const uint32_t *counts,
    const struct ess_sweep_table *table, size_t own_replications) {
    for (size_t i = 0; i < table->metric_count * table->replication_count; i++) {
        bool known = counts[i] > 0 && i % table->replication_count < own_replications;
        group->values[i] = known ? group->values[i] / counts[i] : NAN;
    }
}

static bool fill(struct ess_sweep_groups *groups, const struct ess_sweep *sweep,
    const struct ess_sweep_table *table, const size_t *only, const size_t *numbers) {
    size_t cells = table->metric_count * table->replication_count;
    uint32_t *counts = calloc(groups->count * cells + 1, sizeof *counts);
    size_t *most = calloc(groups->count + 1, sizeof *most); /* replications of a group's points */
    groups->groups = calloc(groups->count + 1, sizeof *groups->groups);
    bool good = counts && most && groups->groups;
    for (size_t g = 0; good && g < groups->count; g++) {
        groups->groups[g].values = calloc(cells + 1, sizeof(double));
        good = groups->groups[g].values != NULL;
    }
    for (size_t i = 0; good && i < table->point_count; i++) {
        const struct ess_sweep_table_point *point = &table->points[i];
        if (!is_kept(sweep, only, point->steps)) {
            continue;
        }
        size_t number = numbers[place_of(groups, sweep, point->steps)];
        struct ess_sweep_group *group = &groups->groups[number];
        for (size_t k = 0; k < groups->key_count; k++) {
            group->steps[k] = point->steps[groups->keys[k]];
        }
        group->point_count++;
        group->failed_count += point->reason != NULL;
        most[number] =
            most[number] > point->replication_count ? most[number] : point->replication_count;
        add_point(group, counts + number * cells, table, i);
    }
    for (size_t g = 0; good && g < groups->count; g++) {
        finish_group(&groups->groups[g], counts + g * cells, table, most[g]);
    }
    free(counts);
    free(most);
    return good;
}

bool ess_sweep_groups_make(struct ess_sweep_groups *groups, const struct ess_sweep *sweep,
    const struct ess_sweep_table *table, const size_t *only, const size_t *keys, size_t key_count) {
    size_t *numbers;
    bool good;
    memset(groups, 0, sizeof *groups);
    memcpy(groups->keys, keys, key_count * sizeof *keys);
    groups->key_count = key_count;
    groups->metric_count = table->metric_count;
    groups->replication_count = table->replication_count;
    numbers = number_groups(groups, sweep, table, only);
    good = numbers && fill(groups, sweep, table, only, numbers);
    free(numbers);
    if (!good) {
        ess_sweep_groups_free(groups);
    }
    return good;
}

void ess_sweep_groups_free(struct ess_sweep_groups *groups) {
    for (size_t g = 0; groups->groups && g < groups->count; g++) {
        free(groups->groups[g].values);
    }
    free(groups->groups);
    memset(groups, 0, sizeof *groups);
}

const double *ess_sweep_group_values(
    const struct ess_sweep_groups *groups, size_t group, size_t metric) {
    return groups->groups[group].values + metric * groups->replication_count;
}

struct ess_sweep_best ess_sweep_groups_best(const struct ess_sweep_groups *groups, size_t first,
    size_t count, size_t metric, bool lower_is_better, double confidence) {
    struct ess_sweep_best best = {SIZE_MAX, SIZE_MAX, {.reference_mean = NAN}};
    double best_mean = 0, second_mean = 0, sign = lower_is_better ? 1 : -1;
    for (size_t g = first; g < first + count; g++) {
        double mean = sign * ess_statistics_of(ess_sweep_group_values(groups, g, metric),
                                 groups->replication_count, confidence)
                                 .mean;
        if (isnan(mean)) {
            continue;
        }
        if (best.best == SIZE_MAX || mean < best_mean) {
            best.second = best.best;
            second_mean = best_mean;
            best.best = g;
            best_mean = mean;
        } else if (best.second == SIZE_MAX || mean < second_mean) {
            best.second = g;
            second_mean = mean;
        }
    }
    if (best.second != SIZE_MAX) {
        best.paired = ess_paired_of(ess_sweep_group_values(groups, best.best, metric),
            ess_sweep_group_values(groups, best.second, metric), groups->replication_count,
            confidence);
    }
    return best;
}
