/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proofs of every registered exact plan and of everything it says it can do: in all small groups,
 * in random large ones, in all orders; with and without a layout, with random roots and settings.
 */
#include "ess_test.h"
#include "plan_proofs.h"

#define SMALL_RANKS 64

/* Nothing or fewer elements than chunks, and a count that does not divide; the least window and
 * another. */
static bool prove_small(
    struct ess_plan_case *proof, struct ess_random *random, struct ess_plan_tally *tally) {
    uint64_t chunks = proof->plan->chunks(proof->settings, &proof->call);
    uint64_t few = ess_random_below(random, 2) ? chunks / 2 : 0;
    uint64_t any = ess_random_below(random, 2) ? ess_random_below(random, 1000000) : chunks * 3 + 1;
    uint32_t window = ess_random_below(random, 2) ? ESS_PLAN_WINDOW_USUAL : ESS_PLAN_WINDOW_MOST;
    return ess_plan_rounds_hold(proof, any, tally) &&
           ess_plan_run_holds(proof, any, ESS_PLAN_WINDOW_LEAST, ess_random_u64(random), tally) &&
           ess_plan_run_holds(proof, few, window, ess_random_u64(random), tally);
}

/* One primitive of one plan in a group, as it comes and with a random layout. Counts where it was
 * not refused. */
static bool prove_primitive(const struct ess_plan_type *plan, enum ess_primitive primitive,
    struct ess_plan_team *team, struct ess_random *random, struct ess_plan_tally *tally,
    uint32_t *proven) {
    for (int laid_out = 0; laid_out < 2; laid_out++) {
        struct ess_plan_defaults settings;
        struct ess_plan_case proof;
        team->group.layout = NULL;
        proof = ess_plan_draw_case(plan, primitive, team, &settings, random);
        if (laid_out) {
            ess_plan_lay_out_for(team, &proof, random);
            ess_plan_settings_random(plan, &settings, random);
        }
        if (ess_plan_refusal(&proof)) {
            tally->refused++;
            continue;
        }
        ++*proven;
        if (!prove_small(&proof, random, tally)) {
            return false;
        }
    }
    return true;
}

static void every_small_group(void) {
    static struct ess_plan_team team;
    struct ess_plan_tally tally = {0};
    struct ess_random random;
    ess_random_init(&random, 1, 0, "small groups");
    for (uint32_t p = 1; p <= SMALL_RANKS; p++) {
        for (size_t i = 0; ess_plan_registry[i]; i++) {
            const struct ess_plan_type *plan = ess_plan_registry[i];
            for (int primitive = 0; primitive < ESS_PRIMITIVE_COUNT; primitive++) {
                uint32_t proven = 0;
                if (!ess_plan_can(plan, (enum ess_primitive)primitive)) {
                    continue;
                }
                ess_plan_team_split(&team, p, (p + (uint32_t)i) % ESS_PLAN_SPLITS, p, &random);
                tally.groups++;
                if (!prove_primitive(
                        plan, (enum ess_primitive)primitive, &team, &random, &tally, &proven)) {
                    return;
                }
                ESS_CHECK(proven > 0 || plan->refuse, "%s, %s: not proven for %u ranks", plan->name,
                    ess_primitive_name((enum ess_primitive)primitive), p);
            }
        }
    }
    ess_plan_print_tally(&tally);
}

static void every_plan_can_something(void) {
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        ESS_CHECK(ess_plan_registry[i]->primitives > 0 &&
                      ess_plan_registry[i]->primitives < UINT32_C(1) << ESS_PRIMITIVE_COUNT,
            "%s: primitives %#x", ess_plan_registry[i]->name, ess_plan_registry[i]->primitives);
        ESS_CHECK(ess_plan_registry[i]->source && ess_plan_registry[i]->summary, "%s: no source",
            ess_plan_registry[i]->name);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"every plan names what it can do", every_plan_can_something},
        {"every plan is exact in groups of 1 to 64", every_small_group},
        {NULL, NULL},
    };
    return ess_test_main("plans", tests);
}
