/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/tour.h"

double ess_tour_hop(const struct ess_tour_costs *costs, uint32_t from, uint32_t to) {
    double rate = ess_pair_usable(costs->matrix, from, to);
    int64_t delay_ns = costs->part_bytes > 0 ? ess_pair_delay(costs->matrix, from, to) : 0;
    double cost = rate > 0 ? 1 / rate : ESS_TOUR_UNREACHABLE;
    if (rate < 0) {
        cost = costs->unknown_s_per_byte;
    }
    return delay_ns > 0 ? cost + (double)delay_ns * 1e-9 / costs->part_bytes : cost;
}

double ess_tour_hop_both(const struct ess_tour_costs *costs, uint32_t a, uint32_t b) {
    double there = ess_tour_hop(costs, a, b), back = ess_tour_hop(costs, b, a);
    if (costs->worse) {
        return there > back ? there : back;
    }
    return (there + back) / 2;
}

/* The doubles come first, so that all arrays are aligned. */
size_t ess_tour_bytes(uint32_t count, bool cached) {
    size_t n = count, cache = cached ? n * n * sizeof(double) : 0;
    return cache + (n * (4 + ESS_TOUR_NEAR) + 2 * (size_t)ESS_TOUR_LOG) * sizeof(uint32_t) +
           (n + 7) / 8 * 8;
}

static void lay_out(struct ess_tour *tour, uint32_t count, bool cached, void *scratch) {
    size_t n = count;
    uint32_t *words = (void *)((double *)scratch + (cached ? n * n : 0));
    tour->cache = cached ? scratch : NULL;
    tour->members = words;
    tour->nodes = words + n;
    tour->places = words + 2 * n;
    tour->queue = words + 3 * n;
    tour->near = words + 4 * n;
    tour->log = tour->near + n * ESS_TOUR_NEAR;
    tour->flags = (uint8_t *)(tour->log + 2 * (size_t)ESS_TOUR_LOG);
}

void ess_tour_init(struct ess_tour *tour, const struct ess_tour_costs *costs, const uint32_t *order,
    uint32_t count, bool cached, void *scratch) {
    *tour = (struct ess_tour){.costs = *costs, .count = count, .limit = ESS_TOUR_UNREACHABLE};
    lay_out(tour, count, cached, scratch);
    for (uint32_t i = 0; i < count; i++) {
        tour->members[i] = order[i];
        tour->nodes[i] = i;
        tour->places[i] = i;
        tour->near[i * (size_t)ESS_TOUR_NEAR] = count; /* not made yet */
        tour->flags[i] = 0;
    }
    for (uint32_t a = 0; cached && a < count; a++) {
        tour->cache[a * (size_t)count + a] = 0;
        for (uint32_t b = 0; b < a; b++) {
            double cost = ess_tour_hop_both(costs, order[a], order[b]);
            tour->cache[a * (size_t)count + b] = cost;
            tour->cache[b * (size_t)count + a] = cost;
        }
    }
    tour->work = cached ? (uint64_t)count * count / 2 : 0;
}

void ess_tour_read(const struct ess_tour *tour, uint32_t *order) {
    for (uint32_t i = 0; i < tour->count; i++) {
        order[i] = tour->members[tour->nodes[i]];
    }
}

double ess_tour_plain_cost(struct ess_tour *tour, uint32_t a, uint32_t b) {
    tour->work++;
    return tour->cache ? tour->cache[a * (size_t)tour->count + b]
                       : ess_tour_hop_both(&tour->costs, tour->members[a], tour->members[b]);
}

double ess_tour_cost(struct ess_tour *tour, uint32_t a, uint32_t b) {
    double cost = ess_tour_plain_cost(tour, a, b);
    return cost > tour->limit ? cost + ESS_TOUR_BAD : cost;
}

uint32_t ess_tour_next(const struct ess_tour *tour, uint32_t node) {
    uint32_t place = tour->places[node] + 1;
    return tour->nodes[place < tour->count ? place : 0];
}

uint32_t ess_tour_before(const struct ess_tour *tour, uint32_t node) {
    uint32_t place = tour->places[node];
    return tour->nodes[place > 0 ? place - 1 : tour->count - 1];
}

/* Insertion into a list that is kept sorted and short. Costs are asked for anew: the list holds
 * nodes alone. */
static void make_near(struct ess_tour *tour, uint32_t node, uint32_t *list) {
    double costs[ESS_TOUR_NEAR];
    uint32_t held = 0;
    for (uint32_t other = 0; other < tour->count; other++) {
        double cost = other == node ? 0 : ess_tour_plain_cost(tour, node, other);
        uint32_t place;
        if (other == node || (held == ESS_TOUR_NEAR && cost >= costs[held - 1])) {
            continue;
        }
        place = held < ESS_TOUR_NEAR ? held++ : held - 1;
        for (; place > 0 && costs[place - 1] > cost; place--) {
            costs[place] = costs[place - 1];
            list[place] = list[place - 1];
        }
        costs[place] = cost;
        list[place] = other;
    }
}

const uint32_t *ess_tour_near(struct ess_tour *tour, uint32_t node, uint32_t *number) {
    uint32_t *list = tour->near + node * (size_t)ESS_TOUR_NEAR;
    *number = tour->count - 1 < ESS_TOUR_NEAR ? tour->count - 1 : ESS_TOUR_NEAR;
    if (list[0] == tour->count && tour->count > 1) {
        make_near(tour, node, list);
    }
    return list;
}

double ess_tour_dearest(struct ess_tour *tour) {
    double dearest = 0;
    for (uint32_t i = 0; tour->count > 1 && i < tour->count; i++) {
        uint32_t next = tour->nodes[i + 1 < tour->count ? i + 1 : 0];
        double cost = ess_tour_plain_cost(tour, tour->nodes[i], next);
        dearest = cost > dearest ? cost : dearest;
    }
    return dearest;
}

uint32_t ess_tour_bad_hops(struct ess_tour *tour) {
    uint32_t bad = 0;
    for (uint32_t i = 0; tour->count > 1 && i < tour->count; i++) {
        uint32_t next = tour->nodes[i + 1 < tour->count ? i + 1 : 0];
        bad += ess_tour_plain_cost(tour, tour->nodes[i], next) > tour->limit;
    }
    return bad;
}

/* Reverse `length` places from `first` on, around the end. */
static void reverse_places(struct ess_tour *tour, uint32_t first, uint32_t length) {
    uint32_t low = first, high = (uint32_t)((first + (uint64_t)length - 1) % tour->count);
    for (uint32_t swaps = length / 2; swaps > 0; swaps--) {
        uint32_t kept = tour->nodes[low];
        tour->nodes[low] = tour->nodes[high];
        tour->nodes[high] = kept;
        tour->places[tour->nodes[low]] = low;
        tour->places[kept] = high;
        low = low + 1 < tour->count ? low + 1 : 0;
        high = high > 0 ? high - 1 : tour->count - 1;
    }
    tour->work += length / 8;
}

/* Reverse the way from node `from` on to node `to`, or, which is the same tour, the rest. */
static void reverse_way(struct ess_tour *tour, uint32_t from, uint32_t to) {
    uint32_t first = tour->places[from], last = tour->places[to], n = tour->count;
    uint32_t length = (last >= first ? last - first : last + n - first) + 1;
    if (length > n - length) {
        first = last + 1 < n ? last + 1 : 0;
        length = n - length;
    }
    if (tour->logged < ESS_TOUR_LOG) {
        tour->log[2 * tour->logged] = first;
        tour->log[2 * tour->logged + 1] = length;
        tour->logged++;
    }
    reverse_places(tour, first, length);
}

void ess_tour_exchange(struct ess_tour *tour, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    if (ess_tour_next(tour, a) == b) {
        reverse_way(tour, b, c);
    } else {
        reverse_way(tour, a, d);
    }
}

void ess_tour_mark(struct ess_tour *tour) {
    tour->logged = 0;
}

/* A move takes up to three reversals. */
bool ess_tour_can_log(const struct ess_tour *tour) {
    return tour->logged + 3 <= ESS_TOUR_LOG;
}

void ess_tour_take_back(struct ess_tour *tour) {
    while (tour->logged > 0) {
        tour->logged--;
        reverse_places(tour, tour->log[2 * tour->logged], tour->log[2 * tour->logged + 1]);
    }
}

void ess_tour_queue(struct ess_tour *tour, uint32_t node) {
    if (tour->flags[node] == 0) {
        uint32_t tail = (uint32_t)((tour->queue_head + (uint64_t)tour->queued) % tour->count);
        tour->flags[node] = 1;
        tour->queue[tail] = node;
        tour->queued++;
    }
}
