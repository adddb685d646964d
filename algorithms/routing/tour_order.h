/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_TOUR_ORDER_H
#define ESS_ROUTING_TOUR_ORDER_H

/* What the orders `sum` and `bottleneck` share: settings, choice of direction, one in and out. */

#include "routing/exact_tour.h"
#include "routing/order.h"

struct ess_order_tour_settings {
    double unknown_bytes_per_s; /* assumed where nothing is known of a pair */
    int64_t part_bytes;
    int64_t exact; /* groups of up to so many are solved exactly */
    int64_t kicks; /* a member */
};

/* Costs as the settings say. */
struct ess_tour_costs ess_order_tour_costs(const struct ess_order_tour_settings *settings,
    const struct ess_order_problem *problem, bool worse);

/* Scratch of either order: planning keeps a cache of all costs, a copy of the best order, and what
 * the bound needs. */
size_t ess_order_tour_bytes(const void *settings, uint32_t size, uint32_t count);

/* Sort the members, so that a plan does not depend on the order in which they are named. */
void ess_order_tour_sort(uint32_t *members, uint32_t count);

/* Sum of the directed costs, and the dearest one. O(count). */
double ess_order_tour_sum(
    const struct ess_tour_costs *costs, const uint32_t *order, uint32_t count);
double ess_order_tour_dearest(
    const struct ess_tour_costs *costs, const uint32_t *order, uint32_t count);

/* Turn to the member of lowest index and go round in the better direction: the lesser dearest hop
 * first where `by_dearest`, then the lesser sum, then the lower second member. */
void ess_order_tour_settle(
    const struct ess_tour_costs *costs, bool by_dearest, uint32_t *order, uint32_t count);

/* The gap in an order of `count` where `member` fits best: where its two hops, less the one they
 * replace, add least, or where the dearer of the two is least and then the sum; the place to put it
 * at. O(count). */
uint32_t ess_order_tour_gap(struct ess_tour_costs *costs, bool by_dearest, const uint32_t *order,
    uint32_t count, uint32_t member);

/* Queue the nodes within ESS_ORDER_AROUND places of `place`. */
#define ESS_ORDER_AROUND 4
void ess_order_tour_queue_around(struct ess_tour *tour, uint32_t place);

#endif
