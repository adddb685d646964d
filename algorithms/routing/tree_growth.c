/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/tree_growth.h"

size_t ess_tree_growth_bytes(uint32_t count) {
    size_t n = count;
    return (n * n + 4 * n) * sizeof(double) + 2 * n * sizeof(uint32_t);
}

void ess_tree_growth_init(
    struct ess_tree_growth *growth, const struct ess_tree_problem *problem, void *scratch) {
    size_t n = problem->count;
    growth->problem = problem;
    growth->pair_load = scratch;
    growth->node_load = growth->pair_load + n * n;
    growth->next_price = growth->node_load + n;
    growth->first_price = growth->next_price + n;
    growth->nearest = growth->first_price + n;
    growth->degree = (void *)(growth->nearest + n);
    growth->from = growth->degree + n;
    for (size_t i = 0; i < n * n; i++) {
        growth->pair_load[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        growth->node_load[i] = 0;
    }
}

void ess_tree_growth_load(struct ess_tree_growth *growth, const uint32_t *parents, double rate) {
    size_t n = growth->problem->count;
    for (size_t v = 0; v < n; v++) {
        size_t u = parents[v];
        if (u == v) {
            continue;
        }
        growth->node_load[u] += rate;
        growth->node_load[v] += rate;
        growth->pair_load[u * n + v] += rate;
        growth->pair_load[v * n + u] = growth->pair_load[u * n + v];
    }
}

/* exp by ten squarings: the same on every machine, growing, and within 1 % of exp for x < 4, which
 * is all that prices need. */
static double grow(double x) {
    double power = 1 + (x < 600 ? x : 600) / 1024; /* its 1024th power is finite */
    for (int i = 0; i < 10; i++) {
        power *= power;
    }
    return power;
}

/* What the potential, the sum of exp(strength load / limit), gains by `rate` more. Limits that are
 * not known cost nothing. */
static double price(const struct ess_tree_growth *growth, double limit, double load, double rate) {
    double full = load > 0 ? load : 0; /* taking a tree away leaves a rounding */
    if (limit <= 0) {
        return 0;
    }
    return grow(growth->strength * (full + rate) / limit) - grow(growth->strength * full / limit);
}

static double node_price(const struct ess_tree_growth *growth, uint32_t u, double rate) {
    return price(
        growth, growth->problem->access[u], growth->node_load[u] + growth->degree[u] * rate, rate);
}

/* Unusable pairs cost more than anything: they are taken never, since the rest connects all. */
static double hop_price(const struct ess_tree_growth *growth, uint32_t u, uint32_t v, double rate) {
    size_t at = u * (size_t)growth->problem->count + v;
    double limit = growth->problem->pair[at], cost = growth->next_price[u] + growth->first_price[v];
    if (limit <= 0) {
        return limit < 0 ? cost : 1e300;
    }
    return cost + price(growth, limit, growth->pair_load[at], rate);
}

/* The cheapest hop to `v` from the tree, now. */
static void look_again(struct ess_tree_growth *growth, uint32_t v, double rate) {
    growth->nearest[v] = 2e300;
    for (uint32_t u = 0; u < growth->problem->count; u++) {
        double cost = growth->degree[u] > 0 ? hop_price(growth, u, v, rate) : 2e300;
        if (cost < growth->nearest[v]) {
            growth->nearest[v] = cost;
            growth->from[v] = u;
        }
    }
}

/* The rank outside the tree that is nearest to it. */
static uint32_t nearest_outside(const struct ess_tree_growth *growth) {
    uint32_t best = growth->problem->count;
    for (uint32_t v = 0; v < growth->problem->count; v++) {
        if (growth->degree[v] == 0 &&
            (best == growth->problem->count || growth->nearest[v] < growth->nearest[best])) {
            best = v;
        }
    }
    return best;
}

/* `u` has one more hop, and its next costs more; `v` has joined. Who had u for its nearest keeps it
 * at the new price until looked at again. */
static void after_joining(struct ess_tree_growth *growth, uint32_t u, uint32_t v, double rate) {
    double before = growth->next_price[u], rise;
    growth->degree[u]++;
    growth->degree[v] = 1;
    growth->next_price[u] = node_price(growth, u, rate);
    growth->next_price[v] = node_price(growth, v, rate);
    rise = growth->next_price[u] - before;
    for (uint32_t w = 0; w < growth->problem->count; w++) {
        double cost;
        if (growth->degree[w] > 0) {
            continue;
        }
        growth->nearest[w] += growth->from[w] == u ? rise : 0;
        cost = hop_price(growth, v, w, rate);
        if (cost < growth->nearest[w]) {
            growth->nearest[w] = cost;
            growth->from[w] = v;
        }
    }
}

void ess_tree_growth_grow(struct ess_tree_growth *growth, double rate, uint32_t *parents) {
    uint32_t n = growth->problem->count;
    for (uint32_t v = 0; v < n; v++) {
        growth->degree[v] = 0;
        growth->first_price[v] = node_price(growth, v, rate);
        growth->next_price[v] = growth->first_price[v];
    }
    /* Rank 0 is in the tree without a hop; a degree above 0 marks the members, so it is lent one.
     */
    parents[0] = 0;
    growth->degree[0] = 1;
    for (uint32_t v = 1; v < n; v++) {
        growth->nearest[v] = hop_price(growth, 0, v, rate);
        growth->from[v] = 0;
    }
    for (uint32_t joined = 1; joined < n; joined++) {
        uint32_t v = nearest_outside(growth), u;
        look_again(growth, v, rate);
        u = growth->from[v];
        parents[v] = u;
        growth->degree[0] -= joined == 1;
        after_joining(growth, u, v, rate);
    }
}
