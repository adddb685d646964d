/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/packing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/bounds/arborescence.h"

/* Steps for each exponent 2^k, or turns where every block has a step in each; halvings of a step's
 * length that are tried. */
enum { LOG_EXPONENT_LEAST = 3, LOG_EXPONENT_MOST = 14, STEPS = 60, TURNS = 8, HALVINGS = 24 };

/* A block is what is mixed on its own: all, or the trees of one root. */
struct packing {
    const struct ess_bound_task *task;
    const struct ess_bound_columns *columns;
    const struct ess_bound_links *links;
    uint32_t block_count, candidate; /* root of an all-reduce to be tried next */
    uint32_t best_root;
    double *size; /* [column] pairs */
    double **x;   /* [block][column] vectors a pair, of its share */
    double *load,
        *step_load;       /* [row] bytes per second it takes at 1 byte per second; change of it */
    double *price;        /* [row] */
    double *column_price; /* [column] */
    double *cost;         /* [peer^2] for trees out of a root; then for trees into one */
    double *tree;         /* [column] vectors a pair, of the cheapest tree; and of another */
    double *other;
    uint32_t *parent;
};

static double power(double value, int log_exponent) {
    for (int i = 0; i < log_exponent; i++) {
        value *= value;
    }
    return value;
}

static void find_load(const struct packing *packing, const double *x, double *load) {
    const struct ess_bound_links *links = packing->links;
    for (uint32_t row = 0; row < links->count; row++) {
        load[row] = 0;
        for (uint32_t i = links->first[row]; i < links->first[row + 1]; i++) {
            load[row] += links->pairs[i] * x[links->column[i]];
        }
        load[row] /= links->capacity_bytes_per_s[row];
    }
}

static double greatest_load(const struct packing *packing) {
    double greatest = 0;
    for (uint32_t row = 0; row < packing->links->count; row++) {
        greatest = fmax(greatest, packing->load[row]);
    }
    return greatest;
}

/* ---- the cheapest tree ----------------------------------------------------------------------- */

/* Prices of links, of columns, of pairs in both directions. */
static void find_prices(struct packing *packing, int log_exponent) {
    const struct ess_bound_links *links = packing->links;
    uint32_t p = packing->columns->peer_count;
    double greatest = greatest_load(packing);
    memset(packing->column_price, 0, packing->columns->count * sizeof *packing->column_price);
    for (uint32_t row = 0; row < links->count; row++) {
        double share = packing->load[row] / greatest;
        double price = share > 0 ? power(share, log_exponent) / share : 0;
        packing->price[row] = fmax(price, 1e-15) / links->capacity_bytes_per_s[row];
        for (uint32_t i = links->first[row]; i < links->first[row + 1]; i++) {
            uint32_t k = links->column[i];
            packing->column_price[k] += packing->price[row] * links->pairs[i] / packing->size[k];
        }
    }
    for (uint32_t from = 0; from < p; from++) {
        for (uint32_t to = 0; to < p; to++) {
            uint32_t k = packing->columns->of_pair[(size_t)from * p + to];
            double cost = k == ESS_BOUND_NO_COLUMN ? INFINITY : packing->column_price[k];
            packing->cost[(size_t)from * p + to] = cost;
            packing->cost[(size_t)p * p + (size_t)to * p + from] = cost;
        }
    }
}

/* Add the cheapest tree from the root, or to it, to x. Returns its cost. */
static double add_tree(struct packing *packing, uint32_t root, bool inward, double *x) {
    uint32_t p = packing->columns->peer_count;
    double sum = 0;
    ess_arborescence(packing->cost + (inward ? (size_t)p * p : 0), p, root, packing->parent);
    for (uint32_t node = 0; node < p; node++) {
        uint32_t from = inward ? node : packing->parent[node];
        uint32_t to = inward ? packing->parent[node] : node;
        if (node != root) {
            uint32_t k = packing->columns->of_pair[(size_t)from * p + to];
            x[k] += 1 / packing->size[k];
            sum += packing->column_price[k];
        }
    }
    return sum;
}

static double add_both(struct packing *packing, uint32_t root, double *x) {
    memset(x, 0, packing->columns->count * sizeof *x);
    return add_tree(packing, root, true, x) + add_tree(packing, root, false, x);
}

/* packing->tree becomes the cheapest of a block; for all-reduce the cheaper of the root that was
 * cheapest before and one more root, since all of them would take long. */
static void find_tree(struct packing *packing, uint32_t block) {
    uint32_t p = packing->columns->peer_count, root = packing->task->root;
    bool inward =
        packing->task->primitive == ESS_REDUCE || packing->task->primitive == ESS_REDUCE_SCATTER;
    if (packing->task->primitive != ESS_ALL_REDUCE) {
        memset(packing->tree, 0, packing->columns->count * sizeof *packing->tree);
        add_tree(packing, root < p ? root : block, inward, packing->tree);
        return;
    }
    packing->candidate = (packing->candidate + 1) % p;
    if (add_both(packing, packing->candidate, packing->other) <
        add_both(packing, packing->best_root, packing->tree)) {
        memcpy(packing->tree, packing->other, packing->columns->count * sizeof *packing->tree);
        packing->best_root = packing->candidate;
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* By how much of a block to replace by the tree: where the norm no longer falls, by halving. */
static double step_length(const struct packing *packing, int log_exponent) {
    double low = 0, high = 1, scale = greatest_load(packing);
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2, slope = 0, greatest = 0;
        for (uint32_t row = 0; row < packing->links->count; row++) {
            greatest = fmax(greatest, packing->load[row] + middle * packing->step_load[row]);
        }
        scale = greatest > 0 ? greatest : scale;
        for (uint32_t row = 0; row < packing->links->count; row++) {
            double share = fmax(0, packing->load[row] + middle * packing->step_load[row]) / scale;
            slope += share > 0 ? power(share, log_exponent) / share * packing->step_load[row] : 0;
        }
        *(slope < 0 ? &low : &high) = middle;
    }
    return low;
}

static void step(struct packing *packing, uint32_t block, int log_exponent) {
    double length, *x = packing->x[block];
    find_prices(packing, log_exponent);
    find_tree(packing, block);
    for (uint32_t k = 0; k < packing->columns->count; k++) {
        packing->other[k] = (packing->tree[k] - x[k]) / packing->block_count;
    }
    find_load(packing, packing->other, packing->step_load);
    length = step_length(packing, log_exponent);
    for (uint32_t k = 0; k < packing->columns->count; k++) {
        x[k] += length * (packing->tree[k] - x[k]);
    }
    for (uint32_t row = 0; row < packing->links->count; row++) {
        packing->load[row] += length * packing->step_load[row];
    }
}

static void sum_blocks(const struct packing *packing, double *x) {
    memset(x, 0, packing->columns->count * sizeof *x);
    for (uint32_t block = 0; block < packing->block_count; block++) {
        for (uint32_t k = 0; k < packing->columns->count; k++) {
            x[k] += packing->x[block][k] / packing->block_count;
        }
    }
}

/* The cheapest trees at the prices of empty links. */
static void first_trees(struct packing *packing, double *x) {
    uint32_t rows = packing->links->count;
    for (uint32_t row = 0; row < rows; row++) {
        packing->load[row] = 1;
    }
    find_prices(packing, 0);
    for (uint32_t block = 0; block < packing->block_count; block++) {
        find_tree(packing, block);
        memcpy(packing->x[block], packing->tree, packing->columns->count * sizeof(double));
    }
    sum_blocks(packing, x);
    find_load(packing, x, packing->load);
}

static void open_packing(struct packing *packing) {
    uint32_t p = packing->columns->peer_count, count = packing->columns->count;
    size_t pairs = (size_t)p * p;
    uint32_t rows = packing->links->count;
    bool many = packing->task->primitive == ESS_ALL_GATHER ||
                packing->task->primitive == ESS_REDUCE_SCATTER;
    packing->block_count = many ? p : 1;
    packing->size = ess_bound_allocate(count, sizeof(double));
    packing->x = ess_bound_allocate(packing->block_count, sizeof(double *));
    for (uint32_t block = 0; block < packing->block_count; block++) {
        packing->x[block] = ess_bound_allocate(count, sizeof(double));
    }
    for (size_t pair = 0; pair < pairs; pair++) {
        if (packing->columns->of_pair[pair] != ESS_BOUND_NO_COLUMN) {
            packing->size[packing->columns->of_pair[pair]] += 1;
        }
    }
    packing->load = ess_bound_allocate(rows, sizeof(double));
    packing->step_load = ess_bound_allocate(rows, sizeof(double));
    packing->price = ess_bound_allocate(rows, sizeof(double));
    packing->column_price = ess_bound_allocate(count, sizeof(double));
    packing->cost = ess_bound_allocate(2 * pairs, sizeof(double));
    packing->tree = ess_bound_allocate(count, sizeof(double));
    packing->other = ess_bound_allocate(count, sizeof(double));
    packing->parent = ess_bound_allocate(p, sizeof(uint32_t));
}

static void close_packing(struct packing *packing) {
    for (uint32_t block = 0; block < packing->block_count; block++) {
        free(packing->x[block]);
    }
    free(packing->size);
    free(packing->x);
    free(packing->load);
    free(packing->step_load);
    free(packing->price);
    free(packing->column_price);
    free(packing->cost);
    free(packing->tree);
    free(packing->other);
    free(packing->parent);
}

double ess_bound_pack(const struct ess_bound_task *task, const struct ess_bound_columns *columns,
    const struct ess_bound_links *links, double enough, double *x) {
    struct packing packing = {.task = task, .columns = columns, .links = links};
    double least = INFINITY;
    uint32_t turns;
    double *best = ess_bound_allocate(columns->count, sizeof *best);
    open_packing(&packing);
    first_trees(&packing, x);
    turns = packing.block_count > 1 ? TURNS : STEPS;
    for (int log = LOG_EXPONENT_LEAST; log <= LOG_EXPONENT_MOST; log++) {
        for (uint32_t i = 0; i < turns && least > enough; i++) {
            for (uint32_t block = 0; block < packing.block_count; block++) {
                step(&packing, block, log);
            }
            if (greatest_load(&packing) < least) {
                sum_blocks(&packing, best);
                least = ess_bound_links_time(links, best);
            }
        }
    }
    memcpy(x, best, columns->count * sizeof *x);
    free(best);
    close_packing(&packing);
    return least;
}
