/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/delays.h"

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* D(from, R): R is part 1. */
static int64_t to_part(
    const struct ess_bound_cut *cut, uint32_t p, const int64_t *distance_ns, uint32_t from) {
    int64_t nearest = INT64_MAX;
    for (uint32_t to = 0; to < p; to++) {
        if (cut->part[to] == 1) {
            nearest = least(nearest, distance_ns[(size_t)from * p + to]);
        }
    }
    return nearest;
}

static int64_t between_parts(
    const struct ess_bound_cut *cut, uint32_t p, const int64_t *distance_ns) {
    int64_t nearest = INT64_MAX;
    for (uint32_t from = 0; from < p; from++) {
        for (uint32_t to = 0; to < p; to++) {
            if (cut->part[from] != cut->part[to]) {
                nearest = least(nearest, distance_ns[(size_t)from * p + to]);
            }
        }
    }
    return nearest;
}

int64_t ess_bound_head(const struct ess_bound_task *task, const struct ess_bound_cut *cut,
    uint32_t peer_count, const int64_t *distance_ns) {
    int64_t nearest = INT64_MAX, farthest = 0;
    if (cut->is_partition) {
        return between_parts(cut, peer_count, distance_ns);
    }
    if (task->primitive == ESS_BROADCAST) {
        return to_part(cut, peer_count, distance_ns, task->root);
    }
    for (uint32_t from = 0; from < peer_count; from++) {
        if (cut->part[from] == 0) {
            int64_t delay_ns = to_part(cut, peer_count, distance_ns, from);
            nearest = least(nearest, delay_ns);
            farthest = delay_ns > farthest ? delay_ns : farthest;
        }
    }
    return task->primitive == ESS_ALL_GATHER ? nearest : farthest;
}

int64_t ess_bound_latency(const struct ess_bound_task *task, uint32_t peer_count,
    const int64_t *distance_ns, uint32_t *from, uint32_t *to) {
    int64_t farthest = -1;
    for (uint32_t a = 0; a < peer_count; a++) {
        for (uint32_t b = 0; b < peer_count; b++) {
            int64_t delay_ns = distance_ns[(size_t)a * peer_count + b];
            bool must = !(task->primitive == ESS_BROADCAST && a != task->root) &&
                        !(task->primitive == ESS_REDUCE && b != task->root);
            if (must && delay_ns > farthest) {
                farthest = delay_ns;
                *from = a;
                *to = b;
            }
        }
    }
    return farthest;
}
