/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/cut.h"

#include <stdlib.h>
#include <string.h>

double ess_bound_demand(
    const struct ess_bound_task *task, uint32_t peer_count, uint32_t ahead, bool root_ahead) {
    double p = peer_count;
    if (ahead == 0 || ahead == peer_count) {
        return 0;
    }
    switch (task->primitive) {
    case ESS_BROADCAST:
        return root_ahead ? 1 : 0;
    case ESS_REDUCE:
        return root_ahead ? 0 : 1;
    case ESS_ALL_GATHER:
        return ahead / p;
    case ESS_REDUCE_SCATTER:
        return (peer_count - ahead) / p;
    default: /* all-reduce */
        return 1;
    }
}

bool ess_bound_crosses(const struct ess_bound_cut *cut, uint32_t from, uint32_t to) {
    return cut->is_partition ? cut->part[from] != cut->part[to]
                             : cut->part[from] == 0 && cut->part[to] == 1;
}

void ess_bound_crossings(
    const struct ess_bound_cut *cut, const struct ess_bound_columns *columns, double *pairs) {
    uint32_t p = columns->peer_count;
    memset(pairs, 0, columns->count * sizeof *pairs);
    for (uint32_t from = 0; from < p; from++) {
        for (uint32_t to = 0; to < p; to++) {
            uint32_t column = columns->of_pair[(size_t)from * p + to];
            if (column != ESS_BOUND_NO_COLUMN && ess_bound_crosses(cut, from, to)) {
                pairs[column] += 1;
            }
        }
    }
}

bool ess_bound_cuts_add(struct ess_bound_cuts *cuts, uint32_t since,
    const struct ess_bound_cut *cut, const struct ess_bound_columns *columns) {
    size_t row_bytes = columns->count * sizeof(double), part_bytes;
    double *row = ess_bound_allocate(columns->count, sizeof *row);
    struct ess_bound_cut *item;
    ess_bound_crossings(cut, columns, row);
    for (uint32_t i = since; i < cuts->count; i++) {
        if (cuts->items[i].demand == cut->demand &&
            memcmp(cuts->crossings[i], row, row_bytes) == 0) {
            free(row);
            return false;
        }
    }
    if (cuts->count == cuts->room) {
        uint32_t room = 2 * cuts->room + 64;
        struct ess_bound_cut *items = ess_bound_allocate(room, sizeof *items);
        double **crossings = ess_bound_allocate(room, sizeof(double *));
        if (cuts->count > 0) {
            memcpy(items, cuts->items, cuts->count * sizeof *items);
            memcpy(crossings, cuts->crossings, cuts->count * sizeof(double *));
        }
        free(cuts->items);
        free(cuts->crossings);
        cuts->items = items;
        cuts->crossings = crossings;
        cuts->room = room;
    }
    item = &cuts->items[cuts->count];
    part_bytes = columns->peer_count * sizeof *item->part;
    *item = *cut;
    item->part = ess_bound_allocate(columns->peer_count, sizeof *item->part);
    memcpy(item->part, cut->part, part_bytes);
    cuts->crossings[cuts->count++] = row;
    return true;
}

void ess_bound_cuts_fini(struct ess_bound_cuts *cuts) {
    for (uint32_t i = 0; i < cuts->count; i++) {
        free(cuts->items[i].part);
        free(cuts->crossings[i]);
    }
    free(cuts->items);
    free(cuts->crossings);
}

double ess_bound_crossing_sum(
    const double *crossings, const struct ess_bound_columns *columns, const double *x) {
    double sum = 0;
    for (uint32_t k = 0; k < columns->count; k++) {
        sum += crossings[k] * x[k];
    }
    return sum;
}
