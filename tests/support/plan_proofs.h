/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_PLAN_PROOFS_H
#define ESS_PLAN_PROOFS_H

/* What the programs that prove all registered plans share: which groups, which calls, and a count
 * of what was proven. */

#include "plan_checker.h"
#include "plan_teams.h"

struct ess_plan_tally {
    uint64_t groups, rounds_proofs, runs, messages, states, refused;
};

#define ESS_PLAN_SPLITS 4

/* One of the ways to split `p` ranks into sites: one site, a site each, two, or by chance. */
void ess_plan_team_split(struct ess_plan_team *team, uint32_t p, uint32_t split, uint32_t sites_max,
    struct ess_random *random);

bool ess_plan_can(const struct ess_plan_type *plan, enum ess_primitive primitive);

/* A call with root and target by chance, and where the team has a layout settings by chance. */
struct ess_plan_case ess_plan_draw_case(const struct ess_plan_type *plan,
    enum ess_primitive primitive, const struct ess_plan_team *team,
    struct ess_plan_defaults *settings, struct ess_random *random);

/* Give the team a layout that suits the call: trees begin at its root, where it has one. */
void ess_plan_lay_out_for(
    struct ess_plan_team *team, const struct ess_plan_case *proof, struct ess_random *random);

/* The checks of plan_checker.h, counted; else the test fails with the reason. */
bool ess_plan_run_holds(struct ess_plan_case *proof, uint64_t elements, uint32_t window,
    uint64_t seed, struct ess_plan_tally *tally);
bool ess_plan_rounds_hold(
    struct ess_plan_case *proof, uint64_t elements, struct ess_plan_tally *tally);

void ess_plan_print_tally(const struct ess_plan_tally *tally);

#endif
