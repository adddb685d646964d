/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every registered exact plan in all orders in which the ends of its transfers can finish, in tiny
 * groups. */
#include "ess_test.h"
#include "plan_proofs.h"

#define STATES_MAX 400000

/* Every way to cut up to three ranks into contiguous sites: bit i of `cuts` begins a site at i + 1.
 */
static void team_cut(struct ess_plan_team *team, uint32_t p, uint32_t cuts) {
    uint32_t count = 1;
    ess_plan_team_begin(team);
    for (uint32_t i = 0; i + 1 < p; i++, count++) {
        if (cuts >> i & 1) {
            ess_plan_team_add_site(team, count);
            count = 0;
        }
    }
    ess_plan_team_add_site(team, count);
}

static bool prove_orders(
    struct ess_plan_case *proof, uint32_t window, struct ess_plan_tally *tally) {
    struct ess_plan_verdict verdict;
    proof->elements = 5;
    proof->window = window;
    ess_plan_check_orders(proof, STATES_MAX, &verdict);
    tally->runs++;
    tally->states += verdict.states;
    return ess_plan_holds(proof, &verdict);
}

/* All ends of a call, for plans that have few. */
static bool prove_all_ends(struct ess_plan_case *proof, struct ess_plan_team *team,
    struct ess_random *random, struct ess_plan_tally *tally) {
    enum ess_primitive primitive = proof->call.primitive;
    bool has_root = primitive == ESS_BROADCAST || primitive == ESS_REDUCE || primitive == ESS_SEND;
    uint32_t p = team->group.size;
    /* By turns: it is the sites that differ, which most plans do not know. */
    uint32_t window = team->group.site_count % 2 ? ESS_PLAN_WINDOW_LEAST : ESS_PLAN_WINDOW_USUAL;
    for (uint32_t root = 0; root < (has_root ? p : 1); root++) {
        for (uint32_t target = 0; target < (primitive == ESS_SEND ? p : 1); target++) {
            proof->call.root = root;
            proof->call.target = target;
            team->group.layout = NULL;
            if (ess_plan_refusal(proof)) {
                ess_plan_lay_out_for(team, proof, random);
                team->layout.tree_count = p == 3 ? 1 : team->layout.tree_count;
                team->store.trees[0].share = p == 3 ? ESS_SHARE_WHOLE : team->store.trees[0].share;
            }
            if (ess_plan_refusal(proof)) {
                tally->refused++;
                continue;
            }
            if (!prove_orders(proof, window, tally)) {
                return false;
            }
        }
    }
    return true;
}

/* Three ranks have the least settings, and one tree: of pieces that run beside each other, such as
 * two rings, all orders are all pairs of the orders of each. */
static void all_orders_of_tiny_groups(void) {
    static struct ess_plan_team team;
    struct ess_plan_tally tally = {0};
    struct ess_plan_defaults defaults;
    struct ess_random random;
    ess_random_init(&random, 3, 0, "tiny groups");
    for (uint32_t p = 1; p <= 3; p++) {
        for (uint32_t cuts = 0; cuts < 1u << (p - 1); cuts++) {
            team_cut(&team, p, cuts);
            for (size_t i = 0; ess_plan_registry[i]; i++) {
                for (int primitive = 0; primitive < ESS_PRIMITIVE_COUNT; primitive++) {
                    struct ess_plan_case proof =
                        ess_plan_case_of(ess_plan_registry[i], &team, &defaults);
                    proof.call.primitive = (enum ess_primitive)primitive;
                    if (p == 3) {
                        ess_plan_settings_least(ess_plan_registry[i], &defaults);
                    }
                    if (ess_plan_can(ess_plan_registry[i], (enum ess_primitive)primitive) &&
                        !prove_all_ends(&proof, &team, &random, &tally)) {
                        return;
                    }
                }
            }
        }
    }
    ess_test_note("%llu exhaustive searches, %llu states", (unsigned long long)tally.runs,
        (unsigned long long)tally.states);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"every plan is exact in all orders, up to 3 ranks", all_orders_of_tiny_groups},
        {NULL, NULL},
    };
    return ess_test_main("plan orders", tests);
}
