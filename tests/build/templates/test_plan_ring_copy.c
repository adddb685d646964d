/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test that comes with the plan `ring_copy` of test_add_algorithm.sh. */
#include "collective/plan.h"
#include "ess_test.h"

#include <string.h>

static const struct ess_plan_type *find_plan(const char *name) {
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        if (strcmp(ess_plan_registry[i]->name, name) == 0) {
            return ess_plan_registry[i];
        }
    }
    return NULL;
}

static void plan_is_registered(void) {
    CU_ASSERT_PTR_NOT_NULL(find_plan("ring_copy"));
    CU_ASSERT_PTR_NULL(find_plan("ring_copies"));
}

static uint32_t count_messages(const struct ess_plan_type *plan, uint32_t size, uint32_t rank) {
    struct ess_group group = {.size = size};
    struct ess_call call = {.group = &group};
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->rounds(NULL, &call, rank); i++) {
        struct ess_round round;
        plan->round(NULL, &call, rank, i, &round);
        count += round.send_to != ESS_NONE;
    }
    return count;
}

/* A ring of p ranks sends 2 (p - 1) messages a rank. */
static void messages_are_counted(void) {
    const struct ess_plan_type *plan = find_plan("ring_copy");
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    for (uint32_t size = 2; size <= 64; size++) {
        for (uint32_t rank = 0; rank < size; rank++) {
            CU_ASSERT_EQUAL(count_messages(plan, size, rank), 2 * (size - 1));
        }
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"the new plan is registered", plan_is_registered},
        {"it sends as many messages as a ring", messages_are_counted},
        {NULL, NULL},
    };
    return ess_test_main("plan_ring_copy", tests);
}
