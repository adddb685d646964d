/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/tour_order.h"

#include "routing/sorted_order.h"

struct ess_tour_costs ess_order_tour_costs(const struct ess_order_tour_settings *settings,
    const struct ess_order_problem *problem, bool worse) {
    return (struct ess_tour_costs){
        .matrix = problem->matrix,
        .unknown_s_per_byte = 1 / settings->unknown_bytes_per_s,
        .part_bytes = (double)settings->part_bytes,
        .worse = worse,
    };
}

size_t ess_order_tour_bytes(const void *settings, uint32_t size, uint32_t count) {
    uint32_t exact_count = count < ESS_EXACT_MAX ? count : ESS_EXACT_MAX;
    size_t exact = ess_exact_bytes(exact_count), search = ess_tour_bytes(count, true);
    size_t copies = 5 * (size_t)count * sizeof(uint32_t);
    (void)settings, (void)size;
    return (exact > search ? exact : search) + copies;
}

static uint64_t by_index(const struct ess_order_problem *problem, uint32_t member) {
    (void)problem;
    return member;
}

void ess_order_tour_sort(uint32_t *members, uint32_t count) {
    ess_order_sort(NULL, by_index, members, count);
}

double ess_order_tour_sum(
    const struct ess_tour_costs *costs, const uint32_t *order, uint32_t count) {
    double sum = 0;
    for (uint32_t i = 0; count > 1 && i < count; i++) {
        sum += ess_tour_hop(costs, order[i], order[i + 1 < count ? i + 1 : 0]);
    }
    return sum;
}

double ess_order_tour_dearest(
    const struct ess_tour_costs *costs, const uint32_t *order, uint32_t count) {
    double dearest = 0;
    for (uint32_t i = 0; count > 1 && i < count; i++) {
        double cost = ess_tour_hop(costs, order[i], order[i + 1 < count ? i + 1 : 0]);
        dearest = cost > dearest ? cost : dearest;
    }
    return dearest;
}

void ess_order_tour_settle(
    const struct ess_tour_costs *costs, bool by_dearest, uint32_t *order, uint32_t count) {
    double sums[2], dearest[2];
    bool as_it_was;
    ess_order_turn(order, count);
    if (count < 3) {
        return;
    }
    sums[0] = ess_order_tour_sum(costs, order, count);
    dearest[0] = by_dearest ? ess_order_tour_dearest(costs, order, count) : 0;
    ess_order_reverse(order, count);
    sums[1] = ess_order_tour_sum(costs, order, count);
    dearest[1] = by_dearest ? ess_order_tour_dearest(costs, order, count) : 0;
    /* Two sums of the same numbers in another order differ in their last bits. */
    as_it_was = dearest[0] < dearest[1] ||
                (!(dearest[0] > dearest[1]) &&
                    (sums[0] < sums[1] * (1 - 1e-12) ||
                        (!(sums[0] > sums[1] * (1 + 1e-12)) && order[1] > order[count - 1])));
    if (as_it_was) {
        ess_order_reverse(order, count);
    }
}

uint32_t ess_order_tour_gap(struct ess_tour_costs *costs, bool by_dearest, const uint32_t *order,
    uint32_t count, uint32_t member) {
    uint32_t best = count;
    double best_dearer = 0, best_sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t before = order[i > 0 ? i - 1 : count - 1], after = order[i];
        double in = ess_tour_hop_both(costs, before, member);
        double out = ess_tour_hop_both(costs, member, after);
        double sum = in + out - (count > 1 ? ess_tour_hop_both(costs, before, after) : 0);
        double dearer = by_dearest ? (in > out ? in : out) : 0;
        if (best == count || dearer < best_dearer || (!(dearer > best_dearer) && sum < best_sum)) {
            best = i;
            best_dearer = dearer;
            best_sum = sum;
        }
    }
    return best;
}

void ess_order_tour_queue_around(struct ess_tour *tour, uint32_t place) {
    uint32_t reach = 2 * ESS_ORDER_AROUND < tour->count ? ESS_ORDER_AROUND : tour->count / 2;
    for (uint32_t i = 0; i < 2 * reach; i++) {
        ess_tour_queue(tour, tour->nodes[(place + tour->count - reach + i) % tour->count]);
    }
}
