/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/arborescence.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/bounds/network.h"

#define NOT_YET UINT32_MAX

/* The graph after some contractions. An arc remembers which original arc it stands for. */
struct level {
    struct level *finer; /* before the last contraction */
    uint32_t count, root;
    double *cost;      /* [count^2] */
    uint32_t *arc;     /* [count^2] original arc, from * nodes + to */
    uint32_t *before;  /* [count] the node that the cheapest arc in comes from */
    uint32_t *coarser; /* [count] the node's number after the next contraction */
    bool *on_cycle;    /* [count] */
};

static struct level *new_level(uint32_t count) {
    struct level *level = ess_bound_allocate(1, sizeof *level);
    level->count = count;
    level->cost = ess_bound_allocate((size_t)count * count, sizeof *level->cost);
    level->arc = ess_bound_allocate((size_t)count * count, sizeof *level->arc);
    level->before = ess_bound_allocate(count, sizeof *level->before);
    level->coarser = ess_bound_allocate(count, sizeof *level->coarser);
    level->on_cycle = ess_bound_allocate(count, sizeof *level->on_cycle);
    return level;
}

static struct level *free_level(struct level *level) {
    struct level *finer = level->finer;
    free(level->cost);
    free(level->arc);
    free(level->before);
    free(level->coarser);
    free(level->on_cycle);
    free(level);
    return finer;
}

static void choose_cheapest(struct level *level) {
    for (uint32_t to = 0; to < level->count; to++) {
        level->before[to] = NOT_YET;
        level->coarser[to] = NOT_YET;
    }
    for (uint32_t from = 0; from < level->count; from++) {
        const double *cost = level->cost + (size_t)from * level->count;
        for (uint32_t to = 0; to < level->count; to++) {
            uint32_t best = level->before[to];
            if (from != to &&
                (best == NOT_YET || cost[to] < level->cost[(size_t)best * level->count + to])) {
                level->before[to] = from;
            }
        }
    }
    level->before[level->root] = level->root;
}

/* Number the nodes of the contracted graph: each cycle one, all others one each. Returns how many;
 * as many as before: there was no cycle. */
static uint32_t find_cycles(struct level *level) {
    uint32_t next = 0;
    uint32_t *seen_from = ess_bound_allocate(level->count, sizeof *seen_from);
    for (uint32_t node = 0; node < level->count; node++) {
        seen_from[node] = NOT_YET;
    }
    seen_from[level->root] = level->root;
    for (uint32_t start = 0; start < level->count; start++) {
        uint32_t node = start;
        while (seen_from[node] == NOT_YET) {
            seen_from[node] = start;
            node = level->before[node];
        }
        if (seen_from[node] != start || node == level->root || level->on_cycle[node]) {
            continue;
        }
        do {
            level->on_cycle[node] = true;
            level->coarser[node] = next;
            node = level->before[node];
        } while (!level->on_cycle[node]);
        next++;
    }
    for (uint32_t node = 0; node < level->count; node++) {
        if (level->coarser[node] == NOT_YET) {
            level->coarser[node] = next++;
        }
    }
    free(seen_from);
    return next;
}

/* An arc into a cycle costs what it costs more than the cycle's own arc in, which it replaces. */
static struct level *contract(struct level *level, uint32_t count) {
    struct level *coarse = new_level(count);
    coarse->finer = level;
    coarse->root = level->coarser[level->root];
    for (size_t i = 0; i < (size_t)count * count; i++) {
        coarse->cost[i] = INFINITY;
    }
    for (uint32_t from = 0; from < level->count; from++) {
        for (uint32_t to = 0; to < level->count; to++) {
            uint32_t a = level->coarser[from], b = level->coarser[to];
            double cost = level->cost[(size_t)from * level->count + to];
            if (level->on_cycle[to]) {
                cost -= level->cost[(size_t)level->before[to] * level->count + to];
            }
            if (a != b && cost < coarse->cost[(size_t)a * count + b]) {
                coarse->cost[(size_t)a * count + b] = cost;
                coarse->arc[(size_t)a * count + b] = level->arc[(size_t)from * level->count + to];
            }
        }
    }
    return coarse;
}

/* The chosen arcs of a level, as original ones: each node's arc in, but where a coarser level's arc
 * comes in already, to that node. `at` is where the original node is at this level. */
static void take_arcs(
    const struct level *level, uint32_t node_count, const uint32_t *at, uint32_t *parent) {
    bool *has = ess_bound_allocate(level->count, sizeof *has);
    for (uint32_t node = 0; node < node_count; node++) {
        has[at[node]] |= parent[node] != NOT_YET;
    }
    has[level->root] = true;
    for (uint32_t node = 0; node < level->count; node++) {
        if (!has[node]) {
            uint32_t arc = level->arc[(size_t)level->before[node] * level->count + node];
            parent[arc % node_count] = arc / node_count;
        }
    }
    free(has);
}

/* Where each original node is at a level. */
static void place(const struct level *level, uint32_t node_count, uint32_t *at) {
    if (level->finer == NULL) {
        for (uint32_t node = 0; node < node_count; node++) {
            at[node] = node;
        }
        return;
    }
    place(level->finer, node_count, at);
    for (uint32_t node = 0; node < node_count; node++) {
        at[node] = level->finer->coarser[at[node]];
    }
}

void ess_arborescence(const double *cost, uint32_t node_count, uint32_t root, uint32_t *parent) {
    struct level *level = new_level(node_count);
    uint32_t *at = ess_bound_allocate(node_count, sizeof *at), count;
    level->root = root;
    for (size_t i = 0; i < (size_t)node_count * node_count; i++) {
        level->cost[i] = cost[i];
        level->arc[i] = (uint32_t)i;
    }
    choose_cheapest(level);
    while ((count = find_cycles(level)) < level->count) {
        level = contract(level, count);
        choose_cheapest(level);
    }
    for (uint32_t node = 0; node < node_count; node++) {
        parent[node] = NOT_YET;
    }
    for (; level != NULL; level = free_level(level)) {
        place(level, node_count, at);
        take_arcs(level, node_count, at, parent);
    }
    parent[root] = root;
    free(at);
}
