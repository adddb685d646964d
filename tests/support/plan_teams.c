/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_teams.h"

#include <stdlib.h>
#include <string.h>

#include "ess_test.h"

const struct ess_plan_type *ess_plan_named(const char *name) {
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        if (strcmp(ess_plan_registry[i]->name, name) == 0) {
            return ess_plan_registry[i];
        }
    }
    return NULL;
}

void ess_plan_team_begin(struct ess_plan_team *team) {
    team->group = (struct ess_group){.members = team->members, .sites = team->sites};
}

void ess_plan_team_add_site(struct ess_plan_team *team, uint32_t count) {
    struct ess_group *group = &team->group;
    team->sites[group->site_count] = (struct ess_site_span){group->size, count};
    for (uint32_t i = 0; i < count; i++, group->size++) {
        /* Names of peers are not ranks: gaps show a mix-up. */
        team->members[group->size] =
            (struct ess_member){.peer = 3 * group->size + 5, .site = group->site_count};
    }
    group->site_count++;
    group->largest_site = count > group->largest_site ? count : group->largest_site;
}

void ess_plan_team_even(struct ess_plan_team *team, uint32_t p, uint32_t site_count) {
    ess_plan_team_begin(team);
    for (uint32_t site = 0; site < site_count; site++) {
        ess_plan_team_add_site(team, p / site_count + (site < p % site_count));
    }
}

void ess_plan_team_random(
    struct ess_plan_team *team, uint32_t p, uint32_t most, struct ess_random *random) {
    uint32_t left = p;
    uint32_t sites = 1 + (uint32_t)ess_random_below(random, most < p ? most : p);
    ess_plan_team_begin(team);
    for (; sites > 1; sites--) {
        uint32_t mean = left / sites;
        uint32_t room = left - sites + 1; /* leave one rank for each of the others */
        uint32_t count = 1 + (uint32_t)ess_random_below(random, 2 * mean);
        count = count < room ? count : room;
        ess_plan_team_add_site(team, count);
        left -= count;
    }
    ess_plan_team_add_site(team, left);
}

struct ess_plan_case ess_plan_case_of(const struct ess_plan_type *plan,
    const struct ess_plan_team *team, struct ess_plan_defaults *defaults) {
    if (plan->settings_bytes > sizeof defaults->bytes) {
        abort();
    }
    ess_parameters_set_defaults(plan->parameters, defaults->bytes);
    return (struct ess_plan_case){
        plan, defaults->bytes, {.group = &team->group}, 0, ESS_PLAN_ELEMENT_BYTES, 0};
}

bool ess_plan_holds(const struct ess_plan_case *proof, const struct ess_plan_verdict *verdict) {
    if (!verdict->problem[0]) {
        return true;
    }
    ess_test_note(
        "%s, %s, root %u, target %u, %u ranks, %u sites, %s, %llu elements, window %u: %s",
        proof->plan->name, ess_primitive_name(proof->call.primitive), proof->call.root,
        proof->call.target, proof->call.group->size, proof->call.group->site_count,
        proof->call.group->layout ? "a layout" : "no layout", (unsigned long long)proof->elements,
        proof->window, verdict->problem);
    CU_FAIL("a plan is wrong");
    return false;
}

struct ess_plan_counts ess_plan_primitive_counts(const char *name, enum ess_primitive primitive,
    const struct ess_plan_team *team, uint64_t elements) {
    struct ess_plan_defaults defaults;
    struct ess_plan_verdict verdict = {0};
    struct ess_plan_case proof = ess_plan_case_of(ess_plan_named(name), team, &defaults);
    proof.elements = elements;
    proof.window = ESS_PLAN_WINDOW_USUAL;
    proof.call.primitive = primitive;
    proof.call.target = team->group.size - 1;
    ess_plan_check_run(&proof, elements, &verdict);
    ess_plan_holds(&proof, &verdict);
    return verdict.counts;
}

struct ess_plan_counts ess_plan_counts_of(
    const char *name, const struct ess_plan_team *team, uint64_t elements) {
    return ess_plan_primitive_counts(name, ESS_ALL_REDUCE, team, elements);
}
