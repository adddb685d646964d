/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/tree_problem.h"

/* Prices and loads of all limits, and one spanning tree. */
struct weights {
    const struct ess_tree_problem *problem;
    double *node_price, *node_load; /* [count] */
    double *pair_price, *pair_load; /* [count^2], both halves alike */
    double *nearest;                /* [count] of Prim's search */
    uint32_t *parent, *degree;      /* [count] the tree; rank 0 has no parent */
    double flow;                    /* sum of all rates so far */
};

/* Two matrices, three vectors of doubles and two of words. */
size_t ess_tree_bound_bytes(uint32_t count) {
    size_t n = count;
    return (2 * n * n + 3 * n) * sizeof(double) + 2 * n * sizeof(uint32_t);
}

static void begin(struct weights *weights, const struct ess_tree_problem *problem, void *scratch) {
    size_t n = problem->count;
    *weights = (struct weights){.problem = problem, .pair_price = scratch};
    weights->pair_load = weights->pair_price + n * n;
    weights->node_price = weights->pair_load + n * n;
    weights->node_load = weights->node_price + n;
    weights->nearest = weights->node_load + n;
    weights->parent = (void *)(weights->nearest + n);
    weights->degree = weights->parent + n;
    for (size_t i = 0; i < n * n; i++) {
        weights->pair_price[i] = problem->pair[i] > 0 ? 1 / problem->pair[i] : 0;
        weights->pair_load[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        weights->node_price[i] = problem->access[i] > 0 ? 1 / problem->access[i] : 0;
        weights->node_load[i] = 0;
    }
}

/* Prim's tree of least cost; ties to the lower rank. Returns its cost. O(n^2). */
static double cheapest_tree(struct weights *weights) {
    uint32_t n = weights->problem->count, at = 0;
    const double done = -1, unreached = 1e300;
    double total = 0;
    for (uint32_t v = 0; v < n; v++) {
        weights->nearest[v] = unreached;
        weights->degree[v] = 0;
        weights->parent[v] = 0;
    }
    for (uint32_t joined = 1; joined < n; joined++) {
        const double *pairs = weights->problem->pair + at * (size_t)n;
        const double *prices = weights->pair_price + at * (size_t)n;
        double own = weights->node_price[at], best = unreached;
        uint32_t next = n;
        weights->nearest[at] = done;
        for (uint32_t v = 0; v < n; v++) {
            double cost = own + weights->node_price[v] + prices[v];
            if (weights->nearest[v] < 0) {
                continue;
            }
            if (cost < weights->nearest[v] && (pairs[v] > 0 || pairs[v] < 0)) {
                weights->nearest[v] = cost;
                weights->parent[v] = at;
            }
            if (weights->nearest[v] < best) {
                best = weights->nearest[v];
                next = v;
            }
        }
        total += best;
        at = next;
        weights->degree[at]++;
        weights->degree[weights->parent[at]]++;
    }
    return total;
}

/* The rate at which the tree fills its first limit. */
static double tree_rate(const struct weights *weights) {
    const struct ess_tree_problem *problem = weights->problem;
    double rate = 1e300;
    for (uint32_t v = 0; v < problem->count; v++) {
        double access = problem->access[v] / (weights->degree[v] > 0 ? weights->degree[v] : 1);
        double pair = problem->pair[v * (size_t)problem->count + weights->parent[v]];
        rate = access > 0 && access < rate ? access : rate;
        rate = v > 0 && pair > 0 && pair < rate ? pair : rate;
    }
    return rate;
}

/* Send `rate` along the tree; prices rise with how full it makes each limit. */
static void put_flow(struct weights *weights, double rate, double step) {
    const struct ess_tree_problem *problem = weights->problem;
    size_t n = problem->count;
    for (uint32_t v = 0; v < problem->count; v++) {
        size_t there = v * n + weights->parent[v], back = weights->parent[v] * n + v;
        if (problem->access[v] > 0) {
            double load = rate * weights->degree[v];
            weights->node_load[v] += load;
            weights->node_price[v] *= 1 + step * load / problem->access[v];
        }
        if (v > 0 && problem->pair[there] > 0) {
            weights->pair_load[there] += rate;
            weights->pair_load[back] = weights->pair_load[there];
            weights->pair_price[there] *= 1 + step * rate / problem->pair[there];
            weights->pair_price[back] = weights->pair_price[there];
        }
    }
    weights->flow += rate;
}

/* What all limits are worth, and how full the fullest is. */
static double worth_of_all(const struct weights *weights, double *fullest) {
    const struct ess_tree_problem *problem = weights->problem;
    uint32_t n = problem->count;
    double worth = 0;
    *fullest = 0;
    for (uint32_t u = 0; u < n; u++) {
        if (problem->access[u] > 0) {
            double full = weights->node_load[u] / problem->access[u];
            worth += problem->access[u] * weights->node_price[u];
            *fullest = full > *fullest ? full : *fullest;
        }
        for (uint32_t v = 0; v < u; v++) {
            size_t at = u * (size_t)n + v;
            if (problem->pair[at] > 0) {
                double full = weights->pair_load[at] / problem->pair[at];
                worth += problem->pair[at] * weights->pair_price[at];
                *fullest = full > *fullest ? full : *fullest;
            }
        }
    }
    return worth;
}

/* Prices matter up to a common factor; loads too, since the flow is measured in them. */
static void scale_down(struct weights *weights, double factor) {
    size_t n = weights->problem->count;
    for (size_t i = 0; i < n * n; i++) {
        weights->pair_price[i] *= factor;
    }
    for (size_t i = 0; i < n; i++) {
        weights->node_price[i] *= factor;
    }
}

/* Old trees, found at bad prices, count for less and less. */
static void forget(struct weights *weights, double factor) {
    size_t n = weights->problem->count;
    for (size_t i = 0; i < n * n; i++) {
        weights->pair_load[i] *= factor;
    }
    for (size_t i = 0; i < n; i++) {
        weights->node_load[i] *= factor;
    }
    weights->flow *= factor;
}

void ess_tree_bound(const struct ess_tree_problem *problem, double gap, uint32_t rounds_max,
    struct ess_tree_bound *bound, void *scratch) {
    struct weights weights;
    double step = 0.5;
    *bound = (struct ess_tree_bound){ess_tree_simple_bound(problem, scratch), 0, 0};
    if (bound->bound_bytes_per_s <= 0) {
        return;
    }
    begin(&weights, problem, scratch);
    for (uint32_t next_step = 4 * problem->count + 64; bound->rounds < rounds_max;
         bound->rounds++) {
        double fullest, cost = cheapest_tree(&weights);
        double worth = worth_of_all(&weights, &fullest), own = worth / cost;
        double reached = fullest > 0 ? weights.flow / fullest : 0;
        bound->bound_bytes_per_s = own < bound->bound_bytes_per_s ? own : bound->bound_bytes_per_s;
        bound->reached_bytes_per_s =
            reached > bound->reached_bytes_per_s ? reached : bound->reached_bytes_per_s;
        if (bound->reached_bytes_per_s >= (1 - gap) * bound->bound_bytes_per_s) {
            return;
        }
        if (worth > 1e100) {
            scale_down(&weights, 1e-100);
        }
        if (bound->rounds == next_step) {
            step /= 2;
            next_step += next_step;
            forget(&weights, 0.01);
        }
        put_flow(&weights, tree_rate(&weights), step);
    }
}
