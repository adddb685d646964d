/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/separation.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/bounds/max_flow.h"

#define BROKEN_BY 1e-9

struct ess_separation {
    const struct ess_bound_task *task;
    const struct ess_bound_columns *columns;
    struct ess_flow_graph graph; /* the peers, an outer source, an outer sink */
    double *bytes;               /* [peer^2] x by pairs, arrows turned where the task asks for it */
    double *potential;           /* [peer] of the greedy method */
    bool *side;                  /* [peer + 2] */
    struct ess_bound_cut cut;    /* under construction; its part is [peer] */
    struct ess_bound_cuts *cuts; /* of the present call */
    uint32_t since;              /* cuts before the present call */
    double least;                /* ratio of the present call */
};

struct ess_separation *ess_separation_new(
    const struct ess_bound_task *task, const struct ess_bound_columns *columns) {
    struct ess_separation *separation = ess_bound_allocate(1, sizeof *separation);
    uint32_t p = columns->peer_count;
    separation->task = task;
    separation->columns = columns;
    ess_flow_graph_init(&separation->graph, p + 2, p * p + p);
    separation->bytes = ess_bound_allocate((size_t)p * p, sizeof(double));
    separation->potential = ess_bound_allocate(p, sizeof(double));
    separation->side = ess_bound_allocate(p + 2, sizeof(bool));
    separation->cut.part = ess_bound_allocate(p, sizeof(uint32_t));
    return separation;
}

void ess_separation_free(struct ess_separation *separation) {
    ess_flow_graph_fini(&separation->graph);
    free(separation->bytes);
    free(separation->potential);
    free(separation->side);
    free(separation->cut.part);
    free(separation);
}

/* x by pairs. turned: what goes from a to b is put down as going from b to a. */
static void spread(struct ess_separation *separation, const double *x, bool turned) {
    uint32_t p = separation->columns->peer_count;
    for (uint32_t from = 0; from < p; from++) {
        for (uint32_t to = 0; to < p; to++) {
            size_t pair = (size_t)from * p + to;
            uint32_t column = separation->columns->of_pair[pair];
            separation->bytes[turned ? (size_t)to * p + from : pair] =
                column == ESS_BOUND_NO_COLUMN ? 0 : fmax(0, x[column]);
        }
    }
}

/* Keep the cut under construction if x breaks it. */
static void judge(struct ess_separation *separation, double crossing) {
    double ratio = crossing / separation->cut.demand;
    if (ratio < 1 - BROKEN_BY) {
        separation->least = fmin(separation->least, ratio);
        ess_bound_cuts_add(
            separation->cuts, separation->since, &separation->cut, separation->columns);
    }
}

/* What crosses the cut under construction, from `bytes`. */
static double crossing(const struct ess_separation *separation, bool turned) {
    uint32_t p = separation->columns->peer_count;
    double sum = 0;
    for (uint32_t from = 0; from < p; from++) {
        for (uint32_t to = 0; to < p; to++) {
            sum += ess_bound_crosses(&separation->cut, turned ? to : from, turned ? from : to)
                       ? separation->bytes[(size_t)from * p + to]
                       : 0;
        }
    }
    return sum;
}

/* ---- one direction --------------------------------------------------------------------------- */

/* side[] becomes a cut, unless it cuts nothing that must cross. */
static void judge_side(struct ess_separation *separation, bool turned) {
    uint32_t p = separation->columns->peer_count, ahead = 0, root = separation->task->root;
    bool root_ahead;
    for (uint32_t peer = 0; peer < p; peer++) {
        separation->cut.part[peer] = separation->side[peer] == turned;
        ahead += separation->cut.part[peer] == 0;
    }
    root_ahead = root < p && separation->cut.part[root] == 0;
    separation->cut.is_partition = false;
    separation->cut.part_count = 2;
    separation->cut.demand = ess_bound_demand(separation->task, p, ahead, root_ahead);
    if (separation->cut.demand > 0) {
        judge(separation, crossing(separation, turned));
    }
}

static void add_pairs(struct ess_separation *separation) {
    uint32_t p = separation->columns->peer_count;
    for (uint32_t a = 0; a < p; a++) {
        for (uint32_t b = a + 1; b < p; b++) {
            double there = separation->bytes[(size_t)a * p + b];
            double back = separation->bytes[(size_t)b * p + a];
            if (there > 0 || back > 0) {
                ess_flow_graph_add(&separation->graph, a, b, there, back);
            }
        }
    }
}

/* Cuts from the source to one peer of each class. Source p stands outside and gives to all. */
static void separate_direction(
    struct ess_separation *separation, const double *x, uint32_t source, bool turned) {
    uint32_t p = separation->columns->peer_count;
    uint32_t classes = separation->columns->class_count;
    bool *done = ess_bound_allocate(classes, sizeof *done);
    spread(separation, x, turned);
    for (uint32_t sink = 0; sink < p; sink++) {
        uint32_t class = separation->columns->class_of[sink];
        if (sink == source || done[class]) {
            continue;
        }
        done[class] = true;
        ess_flow_graph_clear(&separation->graph);
        add_pairs(separation);
        for (uint32_t peer = 0; source == p && peer < p; peer++) {
            ess_flow_graph_add(&separation->graph, source, peer, 1.0 / p, 0);
        }
        ess_flow_graph_cut(&separation->graph, source, sink, separation->side);
        judge_side(separation, turned);
    }
    free(done);
}

/* ---- partitions ------------------------------------------------------------------------------ */

/* The least of g(S) - (potentials of S but the last) over sets S of peers up to `last` that hold
 * it; side[] is the set. A peer that costs by being in S has an arc to the outer sink, one that
 * gains an arc from `last`. */
static double least_set(struct ess_separation *separation, uint32_t last) {
    uint32_t p = separation->columns->peer_count, sink = p + 1;
    double fixed = -2;
    ess_flow_graph_clear(&separation->graph);
    for (uint32_t a = 0; a <= last; a++) {
        double cost = 0;
        for (uint32_t b = 0; b < p; b++) {
            double half =
                (separation->bytes[(size_t)a * p + b] + separation->bytes[(size_t)b * p + a]) / 2;
            cost += b > last ? half : 0;
            if (b > a && b <= last && half > 0) {
                ess_flow_graph_add(&separation->graph, a, b, half, half);
            }
        }
        cost -= a < last ? separation->potential[a] : 0;
        if (a == last || cost < 0) {
            fixed += cost;
        }
        if (a < last && cost < 0) {
            ess_flow_graph_add(&separation->graph, last, a, -cost, 0);
        } else if (a < last) {
            ess_flow_graph_add(&separation->graph, a, sink, cost, 0);
        }
    }
    return fixed + ess_flow_graph_cut(&separation->graph, last, sink, separation->side);
}

/* Parts that the set touches become one with it. Parts are named by their least peers. */
static void unite(struct ess_separation *separation, uint32_t last, bool *touched) {
    uint32_t *part = separation->cut.part, name = last;
    part[last] = last;
    for (uint32_t peer = 0; peer <= last; peer++) {
        touched[peer] = false;
    }
    for (uint32_t peer = 0; peer <= last; peer++) {
        touched[part[peer]] |= separation->side[peer];
    }
    for (uint32_t peer = 0; peer <= last; peer++) {
        name = touched[part[peer]] && part[peer] < name ? part[peer] : name;
    }
    for (uint32_t peer = 0; peer <= last; peer++) {
        part[peer] = touched[part[peer]] ? name : part[peer];
    }
}

static void separate_partitions(struct ess_separation *separation, const double *x) {
    uint32_t p = separation->columns->peer_count, parts = 0;
    bool *touched = ess_bound_allocate(p, sizeof *touched);
    uint32_t *number = ess_bound_allocate(p, sizeof *number);
    spread(separation, x, false);
    for (uint32_t last = 0; last < p; last++) {
        separation->potential[last] = least_set(separation, last);
        unite(separation, last, touched);
    }
    for (uint32_t peer = 0; peer < p; peer++) {
        uint32_t name = separation->cut.part[peer];
        number[name] = name == peer ? parts++ : number[name];
        separation->cut.part[peer] = number[name];
    }
    separation->cut.is_partition = true;
    separation->cut.part_count = parts;
    separation->cut.demand = 2.0 * (parts - 1);
    if (parts > 1) {
        judge(separation, crossing(separation, false));
    }
    free(touched);
    free(number);
}

double ess_separation_find(
    struct ess_separation *separation, const double *x, struct ess_bound_cuts *cuts) {
    uint32_t p = separation->columns->peer_count;
    separation->cuts = cuts;
    separation->since = cuts->count;
    separation->least = 1;
    switch (separation->task->primitive) {
    case ESS_BROADCAST:
        separate_direction(separation, x, separation->task->root, false);
        break;
    case ESS_REDUCE:
        separate_direction(separation, x, separation->task->root, true);
        break;
    case ESS_ALL_GATHER:
        separate_direction(separation, x, p, false);
        break;
    case ESS_REDUCE_SCATTER:
        separate_direction(separation, x, p, true);
        break;
    default: /* all-reduce */
        separate_direction(separation, x, 0, false);
        separate_direction(separation, x, 0, true);
        separate_partitions(separation, x);
        break;
    }
    return separation->least;
}
