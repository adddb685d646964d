/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/order.h"

#include <string.h>

double ess_order_slowest_hop(
    const struct ess_pair_matrix *matrix, const uint32_t *order, uint32_t count) {
    double slowest = -1;
    for (uint32_t i = 0; count > 1 && i < count; i++) {
        double rate = ess_pair_usable(matrix, order[i], order[i + 1 < count ? i + 1 : 0]);
        if (rate >= 0 && (slowest < 0 || rate < slowest)) {
            slowest = rate;
        }
    }
    return slowest;
}

double ess_order_total(const struct ess_pair_matrix *matrix, const uint32_t *order, uint32_t count,
    double unknown_s_per_byte) {
    double sum = 0;
    for (uint32_t i = 0; count > 1 && i < count; i++) {
        double rate = ess_pair_usable(matrix, order[i], order[i + 1 < count ? i + 1 : 0]);
        sum += rate > 0 ? 1 / rate : unknown_s_per_byte;
    }
    return sum;
}

static void reverse_span(uint32_t *first, uint32_t count) {
    for (uint32_t i = 0; i < count / 2; i++) {
        uint32_t kept = first[i];
        first[i] = first[count - 1 - i];
        first[count - 1 - i] = kept;
    }
}

/* By three reversals, in place. */
void ess_order_turn(uint32_t *order, uint32_t count) {
    uint32_t lowest = 0;
    for (uint32_t i = 1; i < count; i++) {
        lowest = order[i] < order[lowest] ? i : lowest;
    }
    reverse_span(order, lowest);
    reverse_span(order + lowest, count - lowest);
    reverse_span(order, count);
}

void ess_order_reverse(uint32_t *order, uint32_t count) {
    if (count > 1) {
        reverse_span(order + 1, count - 1);
    }
}

void ess_order_drop(uint32_t *order, uint32_t count, uint32_t place) {
    memmove(order + place, order + place + 1, (count - place - 1) * sizeof *order);
}

void ess_order_put(uint32_t *order, uint32_t count, uint32_t place, uint32_t member) {
    memmove(order + place + 1, order + place, (count - place) * sizeof *order);
    order[place] = member;
}

size_t ess_order_no_scratch(const void *settings, uint32_t size, uint32_t count) {
    (void)settings, (void)size, (void)count;
    return 0;
}

uint64_t ess_order_close_gap(const void *settings, const struct ess_order_problem *problem,
    uint32_t *order, uint32_t count, uint32_t place, void *scratch) {
    (void)settings, (void)problem, (void)scratch;
    ess_order_drop(order, count, place);
    return 1;
}
