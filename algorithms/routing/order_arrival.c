/* SPDX-License-Identifier: Apache-2.0 */
/* First come, first placed. Nobody who stands already is moved. */
#include "routing/sorted_order.h"

static uint64_t key(const struct ess_order_problem *problem, uint32_t member) {
    return problem->arrival ? problem->arrival[member] : member;
}

static uint64_t plan(const void *settings, const struct ess_order_problem *problem, uint32_t *order,
    uint32_t count, void *scratch) {
    (void)settings, (void)scratch;
    return ess_order_sort(problem, key, order, count);
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
    .scratch_bytes = ess_order_no_scratch,
    .plan = plan,
    .remove = ess_order_close_gap,
    .insert = insert,
};
