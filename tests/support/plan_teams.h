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

#define ESS_PLAN_TREES_MAX 4
#define ESS_PLAN_LEVELS_MAX 3

struct ess_plan_tree_store {
    uint32_t parent[ESS_PLAN_RANKS_MAX];
    uint32_t child_first[ESS_PLAN_RANKS_MAX + 1];
    uint32_t children[ESS_PLAN_RANKS_MAX];
};

/* What a layout of the team may hold. */
struct ess_plan_layout_store {
    uint32_t order[ESS_PLAN_RANKS_MAX], position[ESS_PLAN_RANKS_MAX], shares[ESS_PLAN_RANKS_MAX];
    struct ess_tree trees[ESS_PLAN_TREES_MAX];
    struct ess_plan_tree_store tree_stores[ESS_PLAN_TREES_MAX];
    struct ess_level levels[ESS_PLAN_LEVELS_MAX];
    struct ess_site_span spans[ESS_PLAN_LEVELS_MAX][ESS_PLAN_RANKS_MAX];
};

struct ess_plan_team {
    struct ess_group group;
    struct ess_member members[ESS_PLAN_RANKS_MAX];
    struct ess_site_span sites[ESS_PLAN_RANKS_MAX];
    struct ess_layout layout;
    struct ess_plan_layout_store store;
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

/* A random order, shares (some of them 0), trees and levels for a group, kept in `store`. All trees
 * have one root: `root`, or each its own where that is ESS_NONE. */
void ess_plan_lay_out(const struct ess_group *group, uint32_t root, struct ess_random *random,
    struct ess_layout *layout, struct ess_plan_layout_store *store);

/* The same given to a team. */
void ess_plan_team_lay_out(struct ess_plan_team *team, uint32_t root, struct ess_random *random);

/* Random settings, each in its range, that the plan's own check lets pass. */
void ess_plan_settings_random(const struct ess_plan_type *plan, struct ess_plan_defaults *settings,
    struct ess_random *random);

/* The least of each setting. */
void ess_plan_settings_least(const struct ess_plan_type *plan, struct ess_plan_defaults *settings);

/* Why the plan does not do this call, or NULL when it does. */
const char *ess_plan_refusal(const struct ess_plan_case *proof);

/* The plan with its default settings, which are put into `defaults`; elements and window are the
 * caller's to set. */
struct ess_plan_case ess_plan_case_of(const struct ess_plan_type *plan,
    const struct ess_plan_team *team, struct ess_plan_defaults *defaults);

/* Whether the verdict is that the plan is proven; else the test fails with the reason. */
bool ess_plan_holds(const struct ess_plan_case *proof, const struct ess_plan_verdict *verdict);

/* What a run of a registered plan sends: an all-reduce, or any primitive with root 0 and the last
 * rank as target. */
struct ess_plan_counts ess_plan_counts_of(
    const char *name, const struct ess_plan_team *team, uint64_t elements);
struct ess_plan_counts ess_plan_primitive_counts(const char *name, enum ess_primitive primitive,
    const struct ess_plan_team *team, uint64_t elements);

#endif
