/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_proofs.h"

#include "ess_test.h"

void ess_plan_team_split(struct ess_plan_team *team, uint32_t p, uint32_t split, uint32_t sites_max,
    struct ess_random *random) {
    switch (split) {
    case 0:
        ess_plan_team_even(team, p, 1);
        return;
    case 1:
        ess_plan_team_even(team, p, p);
        return;
    case 2:
        ess_plan_team_even(team, p, p < 2 ? 1 : 2);
        return;
    default:
        ess_plan_team_random(team, p, sites_max, random);
    }
}

bool ess_plan_can(const struct ess_plan_type *plan, enum ess_primitive primitive) {
    return (plan->primitives & ESS_PRIMITIVE_BIT(primitive)) != 0;
}

bool ess_plan_run_holds(struct ess_plan_case *proof, uint64_t elements, uint32_t window,
    uint64_t seed, struct ess_plan_tally *tally) {
    struct ess_plan_verdict verdict;
    proof->elements = elements;
    proof->window = window;
    ess_plan_check_run(proof, seed, &verdict);
    tally->runs++;
    tally->messages += verdict.counts.messages;
    return ess_plan_holds(proof, &verdict);
}

bool ess_plan_rounds_hold(
    struct ess_plan_case *proof, uint64_t elements, struct ess_plan_tally *tally) {
    struct ess_plan_verdict verdict;
    proof->elements = elements;
    proof->window = 0; /* any */
    ess_plan_check_rounds(proof, &verdict);
    tally->rounds_proofs++;
    return ess_plan_holds(proof, &verdict);
}

void ess_plan_print_tally(const struct ess_plan_tally *tally) {
    ess_test_note("%llu groups, %llu proofs of rounds (all orders), %llu runs, %llu messages; "
                  "%llu calls refused",
        (unsigned long long)tally->groups, (unsigned long long)tally->rounds_proofs,
        (unsigned long long)tally->runs, (unsigned long long)tally->messages,
        (unsigned long long)tally->refused);
}

struct ess_plan_case ess_plan_draw_case(const struct ess_plan_type *plan,
    enum ess_primitive primitive, const struct ess_plan_team *team,
    struct ess_plan_defaults *settings, struct ess_random *random) {
    struct ess_plan_case proof = ess_plan_case_of(plan, team, settings);
    proof.call.primitive = primitive;
    proof.call.root = (uint32_t)ess_random_below(random, team->group.size);
    proof.call.target = (uint32_t)ess_random_below(random, team->group.size);
    if (team->group.layout) {
        ess_plan_settings_random(plan, settings, random);
    }
    return proof;
}

void ess_plan_lay_out_for(
    struct ess_plan_team *team, const struct ess_plan_case *proof, struct ess_random *random) {
    bool one_root = proof->call.primitive == ESS_BROADCAST || proof->call.primitive == ESS_REDUCE;
    ess_plan_team_lay_out(team, one_root ? proof->call.root : ESS_NONE, random);
}
