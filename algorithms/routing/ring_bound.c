/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/ring_bound.h"

#include <math.h>

/* Depth-first search without recursion: number by order of discovery (0: not yet), the lowest
 * number that the subtree sees, the parent, and how far a node's neighbours were looked at. */
struct search {
    uint32_t *number, *low, *parent, *looked;
    uint32_t discovered, root_children;
    bool is_cut;
};

static void discover(struct search *search, uint32_t node, uint32_t parent) {
    search->discovered++;
    search->number[node] = search->discovered;
    search->low[node] = search->discovered;
    search->parent[node] = parent;
}

/* All of `node` was seen; its parent hears of it. Node 0 is the root. */
static uint32_t leave(struct search *search, uint32_t node) {
    uint32_t parent = search->parent[node];
    if (parent == 0) {
        search->root_children++;
    } else if (search->low[node] >= search->number[parent]) {
        search->is_cut = true; /* nothing below reaches above the parent but through it */
    }
    if (search->low[node] < search->low[parent]) {
        search->low[parent] = search->low[node];
    }
    return parent;
}

/* Whether the hops of at most `limit` make a graph without cut vertices that reaches all. */
static bool is_biconnected(struct ess_tour *tour, double limit, uint32_t *scratch) {
    uint32_t n = tour->count, at = 0;
    struct search search = {
        scratch, scratch + n, scratch + 2 * (size_t)n, scratch + 3 * (size_t)n, 0, 0, false};
    for (uint32_t i = 0; i < n; i++) {
        search.number[i] = 0;
        search.looked[i] = 0;
    }
    discover(&search, 0, n);
    while (at < n && !search.is_cut) {
        uint32_t other = search.looked[at];
        if (other == n) {
            at = at == 0 ? n : leave(&search, at);
            continue;
        }
        search.looked[at]++;
        if (other == at || ess_tour_plain_cost(tour, at, other) > limit) {
            continue;
        }
        if (search.number[other] == 0) {
            discover(&search, other, at);
            at = other;
        } else if (other != search.parent[at] && search.number[other] < search.low[at]) {
            search.low[at] = search.number[other];
        }
    }
    return !search.is_cut && search.discovered == n && search.root_children <= 1;
}

/* Each member has two hops: no ring is below the dearest second-cheapest one. A good start. */
static double second_cheapest(struct ess_tour *tour) {
    double bound = 0;
    for (uint32_t a = 0; a < tour->count; a++) {
        double first = ESS_TOUR_UNREACHABLE * 4, second = first;
        for (uint32_t b = 0; b < tour->count; b++) {
            double cost = a == b ? second : ess_tour_plain_cost(tour, a, b);
            if (cost < first) {
                second = first;
                first = cost;
            } else if (cost < second) {
                second = cost;
            }
        }
        bound = second > bound ? second : bound;
    }
    return bound;
}

/* The least cost of a hop above `limit`. */
static double next_cost(struct ess_tour *tour, double limit) {
    double next = ESS_TOUR_UNREACHABLE * 4;
    for (uint32_t a = 1; a < tour->count; a++) {
        for (uint32_t b = 0; b < a; b++) {
            double cost = ess_tour_plain_cost(tour, a, b);
            next = cost > limit && cost < next ? cost : next;
        }
    }
    return next;
}

double ess_ring_bound(struct ess_tour *tour, uint32_t *scratch) {
    double low, high = 0;
    if (tour->count < 3) {
        return ess_tour_dearest(tour);
    }
    low = second_cheapest(tour);
    for (uint32_t a = 1; a < tour->count; a++) {
        for (uint32_t b = 0; b < a; b++) {
            double cost = ess_tour_plain_cost(tour, a, b);
            high = cost > high ? cost : high;
        }
    }
    if (is_biconnected(tour, low, scratch)) {
        return low;
    }
    /* Not at low, yes at high. Halved on the scale of ratios; 40 times are enough for 12 digits. */
    for (int i = 0; i < 40 && high > low * (1 + 1e-12); i++) {
        double middle = sqrt(low) * sqrt(high);
        if (middle <= low || middle >= high) {
            break;
        }
        if (is_biconnected(tour, middle, scratch)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return next_cost(tour, low);
}
