/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proofs of every registered exact plan and of everything it says it can do, in random large
 * groups. */
#include "ess_test.h"
#include "plan_proofs.h"

#define LARGE_TRIALS 20

/* Sizes spread over octaves, few in the last, so that the largest do not take all the time. */
static uint32_t large_size(uint32_t trial, struct ess_random *random) {
    uint32_t octave = 64u << (trial % 10 == 7 ? 3 : trial % 3);
    return octave + 1 + (uint32_t)ess_random_below(random, octave);
}

static bool prove_large(const struct ess_plan_type *plan, enum ess_primitive primitive,
    uint32_t trial, uint32_t p, struct ess_random *random, struct ess_plan_tally *tally) {
    static struct ess_plan_team team;
    struct ess_plan_defaults settings;
    struct ess_plan_case proof;
    uint64_t elements = trial % 5 ? ess_random_below(random, 10000000) : trial;
    uint32_t window =
        (trial / ESS_PLAN_SPLITS + trial) % 2 ? ESS_PLAN_WINDOW_LEAST : ESS_PLAN_WINDOW_USUAL;
    ess_plan_team_split(&team, p, trial % ESS_PLAN_SPLITS, 4, random);
    proof = ess_plan_draw_case(plan, primitive, &team, &settings, random);
    if (trial % 3 == 0 || ess_plan_refusal(&proof)) {
        ess_plan_lay_out_for(&team, &proof, random);
    }
    if (ess_plan_refusal(&proof)) {
        tally->refused++;
        return true;
    }
    tally->groups++;
    return ess_plan_rounds_hold(&proof, elements, tally) &&
           ess_plan_run_holds(&proof, elements, window, ess_random_u64(random), tally);
}

/* Each primitive of each plan in a fifth of the trials, and one of them, by turns, in the largest.
 */
static void random_large_groups(void) {
    struct ess_plan_tally tally = {0};
    struct ess_random random;
    uint32_t turn = 0;
    ess_random_init(&random, 2, 0, "large groups");
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        for (int primitive = 0; primitive < ESS_PRIMITIVE_COUNT; primitive++) {
            if (!ess_plan_can(ess_plan_registry[i], (enum ess_primitive)primitive)) {
                continue;
            }
            turn++;
            for (uint32_t trial = turn % 5; trial < LARGE_TRIALS; trial += 5) {
                if (!prove_large(ess_plan_registry[i], (enum ess_primitive)primitive, trial,
                        large_size(trial, &random), &random, &tally)) {
                    return;
                }
            }
            if (turn % 4 == 0 && !prove_large(ess_plan_registry[i], (enum ess_primitive)primitive,
                                     turn, ESS_PLAN_RANKS_MAX, &random, &tally)) {
                return;
            }
        }
    }
    ess_plan_print_tally(&tally);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"every plan is exact in random groups up to 1,024", random_large_groups},
        {NULL, NULL},
    };
    return ess_test_main("large plans", tests);
}
