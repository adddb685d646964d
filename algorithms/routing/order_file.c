/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which the members are given. A newcomer stands at the end. */
#include "routing/order.h"

static uint64_t plan(const void *settings, const struct ess_order_problem *problem, uint32_t *order,
    uint32_t count, void *scratch) {
    (void)settings, (void)problem, (void)order, (void)scratch;
    return count;
}

static uint64_t insert(const void *settings, const struct ess_order_problem *problem,
    uint32_t *order, uint32_t count, uint32_t member, void *scratch) {
    (void)settings, (void)problem, (void)scratch;
    ess_order_put(order, count, count, member);
    return 1;
}

const struct ess_order_type ess_order_file = {
    .name = "file",
    .summary = "as given; looks at nothing, so its slowest hop is a matter of luck",
    .source = "DT-FM's default placement (arXiv 2206.01288, code: ranks in file order)",
    .scratch_bytes = ess_order_no_scratch,
    .plan = plan,
    .remove = ess_order_close_gap,
    .insert = insert,
};
