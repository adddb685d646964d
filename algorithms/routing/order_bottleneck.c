/* SPDX-License-Identifier: Apache-2.0 */
/* The ring whose slowest hop is fastest; among such rings one of small sum.
 *
 * Up to `exact` members by dynamic programming, directed: first the least dearest hop, then the
 * least sum under it. More by search on the worse of the two directions: from a ring of small sum,
 * the limit on a hop is bisected between what a ring cannot beat (routing/ring_bound.h) and what
 * the best ring has; under each limit, dear hops are mended by 2-opt, Or-opt, rotations and kicks.
 * No claim of the best where the bound is not reached.
 *
 * Check: on DT-FM's 8 cities 0.523 Gbit/s, sum 9.5197 s/Gbit; ten regions 0.535. */
#include <math.h>
#include <string.h>

#include "routing/ring_bound.h"
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
    {"kicks", ESS_PARAMETER_INTEGER, 4, 0, 1e6,
        "attempts a member and limit to get rid of a dear hop",
        offsetof(struct ess_order_tour_settings, kicks)},
    ESS_PARAMETER_END,
};

enum { LIMITS_MAX = 24, WALKS = 12, WALK_STEPS = 100 };

/* The search in hand: the tour, and a copy of the best so far. */
struct bisection {
    struct ess_tour tour;
    uint32_t *best; /* nodes by place */
    double dearest; /* of the best */
    uint64_t kicks, work_max;
};

static uint64_t work_max(uint32_t count) {
    return (uint64_t)count * count * 4 + count * UINT64_C(10000);
}

static void keep(struct bisection *search) {
    memcpy(search->best, search->tour.nodes, search->tour.count * sizeof *search->best);
    search->dearest = ess_tour_dearest(&search->tour);
}

static void go_back(struct bisection *search) {
    memcpy(search->tour.nodes, search->best, search->tour.count * sizeof *search->best);
    for (uint32_t i = 0; i < search->tour.count; i++) {
        search->tour.places[search->best[i]] = i;
    }
}

static void queue_bad(struct ess_tour *tour) {
    for (uint32_t i = 0; i < tour->count; i++) {
        uint32_t next = tour->nodes[i + 1 < tour->count ? i + 1 : 0];
        if (ess_tour_plain_cost(tour, tour->nodes[i], next) > tour->limit) {
            ess_tour_queue(tour, tour->nodes[i]);
            ess_tour_queue(tour, next);
        }
    }
}

/* Is there a ring without hops dearer than `limit`? Kept if found. */
static bool try_limit(struct bisection *search, double limit) {
    struct ess_tour *tour = &search->tour;
    uint64_t kicks_work = tour->work + (search->work_max - tour->work) / 4;
    tour->limit = limit;
    queue_bad(tour);
    ess_tour_improve(tour, search->work_max);
    if (ess_tour_rotate(tour, WALKS, WALK_STEPS, kicks_work) > 0) {
        ess_tour_kick(tour, search->kicks, kicks_work);
    }
    if (ess_tour_bad_hops(tour) > 0) {
        go_back(search);
        return false;
    }
    keep(search);
    return true;
}

static void bisect(struct bisection *search, double bound) {
    double low = bound;
    if (!(search->dearest > bound) || try_limit(search, bound)) {
        return;
    }
    for (int i = 0; i < LIMITS_MAX && search->tour.work < search->work_max; i++) {
        double high = search->dearest, middle = sqrt(low) * sqrt(high);
        if (high <= low * (1 + 1e-4)) {
            break;
        }
        if (!try_limit(search, middle)) {
            low = middle;
        }
    }
}

/* Small sum under the limit that was reached. */
static void settle(struct bisection *search, uint32_t *order) {
    struct ess_tour *tour = &search->tour;
    go_back(search);
    tour->limit = search->dearest;
    for (uint32_t i = 0; i < tour->count; i++) {
        ess_tour_queue(tour, tour->nodes[i]);
    }
    ess_tour_improve(tour, tour->work + search->work_max / 8);
    ess_tour_read(tour, order);
    ess_order_tour_settle(&tour->costs, true, order, tour->count);
}

static uint64_t plan_exactly(
    const struct ess_tour_costs *costs, uint32_t *order, uint32_t count, void *scratch) {
    uint64_t work = count;
    double limit = 2 * ESS_TOUR_UNREACHABLE;
    limit = ess_exact_tour(costs, limit, true, order, count, scratch, &work);
    ess_exact_tour(costs, limit, false, order, count, scratch, &work);
    return work;
}

static uint64_t plan(const void *settings, const struct ess_order_problem *problem, uint32_t *order,
    uint32_t count, void *scratch) {
    const struct ess_order_tour_settings *s = settings;
    struct ess_tour_costs costs = ess_order_tour_costs(s, problem, true);
    struct bisection search = {.kicks = (uint64_t)s->kicks * count, .work_max = work_max(count)};
    struct ess_tour *tour = &search.tour;
    double bound;
    if (count <= (uint64_t)s->exact) {
        return plan_exactly(&costs, order, count, scratch);
    }
    ess_order_tour_sort(order, count);
    ess_tour_init(tour, &costs, order, count, true, scratch);
    search.best = (uint32_t *)((char *)scratch + ess_tour_bytes(count, true));
    bound = ess_ring_bound(tour, search.best + count);
    search.work_max += tour->work;
    ess_tour_nearest(tour);
    for (uint32_t i = 0; i < count; i++) {
        ess_tour_queue(tour, tour->nodes[i]);
    }
    ess_tour_improve(tour, search.work_max);
    keep(&search);
    bisect(&search, bound);
    settle(&search, order);
    return tour->work;
}

/* Such that a repair stays within a tenth of what planning costs, for few members and for many. */
static uint64_t kick_work(uint32_t count) {
    uint64_t square = UINT64_C(2) * count * count, line = UINT64_C(400) * count;
    return square < line ? square : line;
}

/* Get rid of the dearest hop, and of the next one, down to `limit` or as far as it goes. */
static void step_down(struct bisection *search, double limit) {
    keep(search);
    while (search->dearest > limit && search->tour.work < search->work_max) {
        double below = search->dearest * (1 - 1e-9);
        if (!try_limit(search, below > limit ? below : limit)) {
            break;
        }
    }
}

/* Mend around one place without making the ring slower elsewhere: hops dearer than any that was
 * there before count as bad. */
static uint64_t mend(const struct ess_tour_costs *costs, double limit, uint32_t *order,
    uint32_t count, uint32_t place, void *scratch) {
    struct bisection search = {.kicks = count};
    struct ess_tour *tour = &search.tour;
    if (count < 4) {
        ess_order_tour_settle(costs, true, order, count);
        return count;
    }
    ess_tour_init(tour, costs, order, count, false, scratch);
    search.best = (uint32_t *)((char *)scratch + ess_tour_bytes(count, false));
    tour->limit = limit;
    ess_order_tour_queue_around(tour, place);
    ess_tour_improve(tour, work_max(count) / 50);
    search.work_max = tour->work + kick_work(count);
    step_down(&search, limit);
    ess_tour_read(tour, order);
    ess_order_tour_settle(costs, true, order, count);
    return tour->work + 4 * (uint64_t)count;
}

static uint64_t remove_at(const void *settings, const struct ess_order_problem *problem,
    uint32_t *order, uint32_t count, uint32_t place, void *scratch) {
    struct ess_tour_costs costs = ess_order_tour_costs(settings, problem, true);
    double limit = 0;
    for (uint32_t i = 0; count > 2 && i < count; i++) {
        double cost = ess_tour_hop_both(&costs, order[i], order[i + 1 < count ? i + 1 : 0]);
        limit = cost > limit ? cost : limit;
    }
    ess_order_drop(order, count, place);
    return count + mend(&costs, limit, order, count - 1, place, scratch);
}

static uint64_t insert(const void *settings, const struct ess_order_problem *problem,
    uint32_t *order, uint32_t count, uint32_t member, void *scratch) {
    struct ess_tour_costs costs = ess_order_tour_costs(settings, problem, true);
    uint32_t place = ess_order_tour_gap(&costs, true, order, count, member);
    double limit = 0;
    for (uint32_t i = 0; count > 1 && i < count; i++) {
        double cost = ess_tour_hop_both(&costs, order[i], order[i + 1 < count ? i + 1 : 0]);
        limit = cost > limit ? cost : limit;
    }
    ess_order_put(order, count, place, member);
    return 4 * (uint64_t)count + mend(&costs, limit, order, count + 1, place, scratch);
}

const struct ess_order_type ess_order_bottleneck = {
    .name = "bottleneck",
    .summary = "fastest slowest hop, which is what a lock-step ring runs at; proven best for small "
               "groups, a search beyond",
    .source = "bottleneck travelling salesman: Gilmore and Gomory, Oper. Res. 12, 1964; thresholds "
              "as Garfinkel and Gilbert, J. ACM 25(3), 1978; Held and Karp 1962",
    .parameters = parameters,
    .settings_bytes = sizeof(struct ess_order_tour_settings),
    .scratch_bytes = ess_order_tour_bytes,
    .plan = plan,
    .remove = remove_at,
    .insert = insert,
};
