/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_SORTED_ORDER_H
#define ESS_ROUTING_SORTED_ORDER_H

/* Orders that are sorted by a key of each member, ties by index: planning, and one in or out. */

#include "routing/order.h"

typedef uint64_t ess_order_key(const struct ess_order_problem *problem, uint32_t member);

/* Insertion by bisection: O(n log n) keys, O(n^2) words moved. Returns the keys looked at. */
uint64_t ess_order_sort(
    const struct ess_order_problem *problem, ess_order_key *key, uint32_t *order, uint32_t count);

/* Put one member into a sorted order that has room for it. O(log n) keys, O(n) words moved. */
uint64_t ess_order_sort_in(const struct ess_order_problem *problem, ess_order_key *key,
    uint32_t *order, uint32_t count, uint32_t member);

#endif
