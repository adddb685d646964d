/* SPDX-License-Identifier: Apache-2.0 */
/* First come, first placed. Nobody who stands already is moved. */
#include "routing/sorted_order.h"

static uint64_t key(const struct ess_order_problem *problem, uint32_t member) {
    return problem->arrival ? problem->arrival[member] : member;
}

static size_t scratch_bytes(const void *settings, uint32_t size, uint32_t count) {
    (void)settings, (void)size, (void)count;
    return 0;
}

static uint64_t plan(const void *settings, const struct ess_order_problem *problem, uint32_t *order,
    uint32_t count, void *scratch) {
    (void)settings, (void)scratch;
    return ess_order_sort(problem, key, order, count);
}

static uint64_t remove_at(const void *settings, const struct ess_order_problem *problem,
    uint32_t *order, uint32_t count, uint32_t place, void *scratch) {
    (void)settings, (void)problem, (void)scratch;
    ess_order_drop(order, count, place);
    return 1;
}

static uint64_t insert(const void *settings, const struct ess_order_problem *problem,
    uint32_t *order, uint32_t count, uint32_t member, void *scratch) {
    (void)settings, (void)scratch;
    return ess_order_sort_in(problem, key, order, count, member);
}

const struct ess_order_type ess_order_arrival = {
    .name = "arrival",
    .summary =
        "by the time of joining; nobody moves when somebody joins, and rates are not looked at",
    .source = "the order of a rendezvous that hands out ranks as peers come (torchelastic, MPI "
              "dynamic processes)",
    .scratch_bytes = scratch_bytes,
    .plan = plan,
    .remove = remove_at,
    .insert = insert,
};
