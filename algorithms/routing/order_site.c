/* SPDX-License-Identifier: Apache-2.0 */
/* Members of one site stand together, sites and members ascending: one hop leaves each site. */
#include "routing/sorted_order.h"

static uint64_t key(const struct ess_order_problem *problem, uint32_t member) {
    return problem->site ? problem->site[member] : 0;
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

const struct ess_order_type ess_order_site = {
    .name = "site",
    .summary =
        "grouped by site, so that each site is entered and left once; blind to rates between sites",
    .source = "the order of members in a view (algorithms/base/view.h); topology-aware ranks in "
              "MPI libraries",
    .is_members = true,
    .scratch_bytes = ess_order_no_scratch,
    .plan = plan,
    .remove = ess_order_close_gap,
    .insert = insert,
};
