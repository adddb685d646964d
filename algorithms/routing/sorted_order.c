/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/sorted_order.h"

uint64_t ess_order_sort_in(const struct ess_order_problem *problem, ess_order_key *key,
    uint32_t *order, uint32_t count, uint32_t member) {
    uint32_t low = 0, high = count;
    uint64_t own = key(problem, member), work = 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint64_t other = key(problem, order[middle]);
        work++;
        if (other < own || (other == own && order[middle] < member)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    ess_order_put(order, count, low, member);
    return work;
}

uint64_t ess_order_sort(
    const struct ess_order_problem *problem, ess_order_key *key, uint32_t *order, uint32_t count) {
    uint64_t work = 0;
    for (uint32_t i = 0; i < count; i++) {
        work += ess_order_sort_in(problem, key, order, i, order[i]);
    }
    return work;
}
