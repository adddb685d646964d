/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_PLAN_TEAMS_H
#define ESS_PLAN_TEAMS_H

/* Groups for proofs of plans, and cases that act on them. */

#include "base/random.h"
#include "plan_checker.h"

#define ESS_PLAN_RANKS_MAX 1024
#define ESS_PLAN_ELEMENT_BYTES 4
#define ESS_PLAN_SETTINGS_BYTES_MAX 256

/* Windows of an operation: ESS_WINDOW_MIN, a usual one, ESS_WINDOW_MAX. They are written out, since
 * the executor is not what is tested here. */
#define ESS_PLAN_WINDOW_LEAST 2
#define ESS_PLAN_WINDOW_USUAL 32
#define ESS_PLAN_WINDOW_MOST 64

struct ess_plan_team {
    struct ess_group group;
    struct ess_member members[ESS_PLAN_RANKS_MAX];
    struct ess_site_span sites[ESS_PLAN_RANKS_MAX];
};

struct ess_plan_defaults {
    _Alignas(16) unsigned char bytes[ESS_PLAN_SETTINGS_BYTES_MAX];
};

/* The registered plan of that name, or NULL. */
const struct ess_plan_type *ess_plan_named(const char *name);

/* An empty team, and one site more for it. */
void ess_plan_team_begin(struct ess_plan_team *team);
void ess_plan_team_add_site(struct ess_plan_team *team, uint32_t count);

/* `site_count` sites (at most `p`) that differ by at most one rank, larger ones first. */
void ess_plan_team_even(struct ess_plan_team *team, uint32_t p, uint32_t site_count);

/* Contiguous sites of random sizes, up to `most` of them. */
void ess_plan_team_random(
    struct ess_plan_team *team, uint32_t p, uint32_t most, struct ess_random *random);

/* The plan with its default settings, which are put into `defaults`; elements and window are the
 * caller's to set. */
struct ess_plan_case ess_plan_case_of(const struct ess_plan_type *plan,
    const struct ess_plan_team *team, struct ess_plan_defaults *defaults);

/* Whether the verdict is that the plan is proven; else the test fails with the reason. */
bool ess_plan_holds(const struct ess_plan_case *proof, const struct ess_plan_verdict *verdict);

/* What a run of a registered plan sends. */
struct ess_plan_counts ess_plan_counts_of(
    const char *name, const struct ess_plan_team *team, uint64_t elements);

#endif
