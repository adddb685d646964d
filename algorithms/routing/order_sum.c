/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of least sum of hop costs, cost of a hop = 1 / rate (+ delay / part).
 *
 * Up to `exact` members by dynamic programming, in both directions' own costs. More by nearest
 * neighbour, 2-opt, Or-opt and kicks, on the mean of both directions, which is right where these
 * differ by terms of either end alone and near where they differ little; the direction is then
 * chosen by the directed sum. Bias: about 1 % above the
 * least sum for 1,000 points in a square.
 *
 * Check: on DT-FM's 8 cities the least sum is 9.272609 s/Gbit, its slowest hop 0.500 Gbit/s. */
#include "routing/tour_order.h"

static const struct ess_parameter parameters[] = {
    {"unknown_rate", ESS_PARAMETER_RATE, 125e3, 1, 1e12, "rate assumed of pairs not measured",
        offsetof(struct ess_order_tour_settings, unknown_bytes_per_s)},
    {"part", ESS_PARAMETER_SIZE, 0, 0, 1e15,
        "bytes that a hop carries at a time: its delay counts once for each; 0: delays do not",
        offsetof(struct ess_order_tour_settings, part_bytes)},
    {"exact", ESS_PARAMETER_INTEGER, 12, 0, ESS_EXACT_MAX,
        "members up to which the order is proven best",
        offsetof(struct ess_order_tour_settings, exact)},
    {"kicks", ESS_PARAMETER_INTEGER, 10, 0, 1e6, "attempts a member to get out of a local optimum",
        offsetof(struct ess_order_tour_settings, kicks)},
    ESS_PARAMETER_END,
};

/* Work of improving: beyond it the order is what has been reached. */
static uint64_t work_max(uint32_t count) {
    return (uint64_t)count * count * 4 + count * UINT64_C(30000);
}

static uint64_t plan(const void *settings, const struct ess_order_problem *problem, uint32_t *order,
    uint32_t count, void *scratch) {
    const struct ess_order_tour_settings *s = settings;
    struct ess_tour_costs costs = ess_order_tour_costs(s, problem, false);
    struct ess_tour tour;
    uint64_t work = count;
    if (count <= (uint64_t)s->exact) {
        ess_exact_tour(&costs, 2 * ESS_TOUR_UNREACHABLE, false, order, count, scratch, &work);
        return work;
    }
    ess_order_tour_sort(order, count);
    ess_tour_init(&tour, &costs, order, count, true, scratch);
    ess_tour_nearest(&tour);
    for (uint32_t i = 0; i < count; i++) {
        ess_tour_queue(&tour, tour.nodes[i]);
    }
    ess_tour_improve(&tour, work_max(count));
    ess_tour_kick(&tour, (uint64_t)s->kicks * count, work_max(count));
    ess_tour_read(&tour, order);
    ess_order_tour_settle(&costs, false, order, count);
    return tour.work;
}

/* Improve around one place. The costs are worked out as they are asked for. */
static uint64_t mend(const struct ess_tour_costs *costs, uint32_t *order, uint32_t count,
    uint32_t place, void *scratch) {
    struct ess_tour tour;
    if (count < 4) {
        ess_order_tour_settle(costs, false, order, count);
        return count;
    }
    ess_tour_init(&tour, costs, order, count, false, scratch);
    ess_order_tour_queue_around(&tour, place);
    ess_tour_improve(&tour, work_max(count) / 50);
    ess_tour_read(&tour, order);
    ess_order_tour_settle(costs, false, order, count);
    return tour.work + 4 * (uint64_t)count;
}

static uint64_t remove_at(const void *settings, const struct ess_order_problem *problem,
    uint32_t *order, uint32_t count, uint32_t place, void *scratch) {
    struct ess_tour_costs costs = ess_order_tour_costs(settings, problem, false);
    ess_order_drop(order, count, place);
    return mend(&costs, order, count - 1, place, scratch);
}

static uint64_t insert(const void *settings, const struct ess_order_problem *problem,
    uint32_t *order, uint32_t count, uint32_t member, void *scratch) {
    struct ess_tour_costs costs = ess_order_tour_costs(settings, problem, false);
    uint32_t place = ess_order_tour_gap(&costs, false, order, count, member);
    ess_order_put(order, count, place, member);
    return 3 * (uint64_t)count + mend(&costs, order, count + 1, place, scratch);
}

const struct ess_order_type ess_order_sum = {
    .name = "sum",
    .summary = "least sum of 1 / rate (and delay) over the hops, as PCCL; one slow hop may stay, "
               "which holds a lock-step ring up",
    .source = "PCCL, arXiv 2505.14065 (ring as asymmetric travelling salesman); Held and Karp 1962;"
              " 2-opt and Or-opt as in routing/tour.h",
    .parameters = parameters,
    .settings_bytes = sizeof(struct ess_order_tour_settings),
    .scratch_bytes = ess_order_tour_bytes,
    .plan = plan,
    .remove = remove_at,
    .insert = insert,
};
