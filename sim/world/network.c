/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/world/network.h"

#include <assert.h>

#include "sim/engine/arena.h"

/* The scenario keeps the names of the policies in this order, `auto` resolved. */
_Static_assert((int)ESS_WAN_LOWEST_DELAY == (int)ESS_ROUTES_LOWEST_DELAY, "names of routes");
_Static_assert((int)ESS_WAN_WIDEST == (int)ESS_ROUTES_WIDEST, "names of routes");
_Static_assert((int)ESS_WAN_DIRECT == (int)ESS_ROUTES_DIRECT, "names of routes");

static void plan_hosts(
    const struct ess_scenario *scenario, struct ess_arena *arena, struct ess_topology_plan *plan) {
    const struct ess_scenario_coordinator *coordinator = &scenario->coordinator;
    uint32_t count = (uint32_t)scenario->host_count;
    struct ess_topology_host *hosts = ess_arena_allocate(arena, count + 1, sizeof *hosts);
    for (uint32_t i = 0; i < count; i++) {
        const struct ess_scenario_host_kind *kind = scenario->hosts[i].kind;
        hosts[i] = (struct ess_topology_host){scenario->hosts[i].site, kind->up_rate_bytes_per_s,
            kind->down_rate_bytes_per_s, kind->delay_ns};
    }
    hosts[count] =
        (struct ess_topology_host){coordinator->site_index, coordinator->up_rate_bytes_per_s,
            coordinator->down_rate_bytes_per_s, coordinator->delay_ns};
    plan->hosts = hosts;
    plan->host_count = count + 1;
}

static void plan_links(
    const struct ess_scenario *scenario, struct ess_arena *arena, struct ess_topology_plan *plan) {
    uint32_t count = (uint32_t)scenario->wan.all_link_count;
    struct ess_topology_wan_link *links = ess_arena_allocate(arena, count, sizeof *links);
    int64_t *backward_ns = ess_arena_allocate(arena, count, sizeof *backward_ns);
    for (uint32_t i = 0; i < count; i++) {
        const struct ess_scenario_wan_link *link = &scenario->wan.all_links[i];
        links[i] = (struct ess_topology_wan_link){link->from_site, link->to_site,
            link->rate_forward_bytes_per_s, link->rate_backward_bytes_per_s, link->delay_ns};
        backward_ns[i] = link->delay_backward_ns;
    }
    plan->wan_links = links;
    plan->wan_link_count = count;
    plan->backward_delay_ns = backward_ns;
}

static void plan_trees(
    const struct ess_scenario *scenario, struct ess_arena *arena, struct ess_topology_plan *plan) {
    struct ess_topology_tree *trees =
        ess_arena_allocate(arena, scenario->site_count, sizeof *trees);
    for (size_t s = 0; s < scenario->site_count; s++) {
        const struct ess_scenario_site *site = &scenario->sites[s];
        if (site->network == NULL || site->network->kind == ESS_SITE_SWITCH) {
            continue;
        }
        trees[plan->tree_count++] = (struct ess_topology_tree){
            .site = (uint32_t)s,
            .first_host = site->first_host,
            .host_count = site->host_count,
            .shape = site->network->shape,
            .rate_bytes_per_s = site->network->rate_bytes_per_s,
            .delay_ns = site->network->delay_ns,
        };
    }
    plan->trees = trees;
}

void ess_world_topology(
    const struct ess_scenario *scenario, struct ess_arena *arena, struct ess_topology *topology) {
    struct ess_topology_plan plan = {
        .site_count = scenario->wan.node_count,
        .routes = (enum ess_routes_policy)scenario->wan.routes,
        .caps_bytes_per_s = scenario->wan.caps_bytes_per_s,
    };
    bool sound;
    plan_hosts(scenario, arena, &plan);
    plan_links(scenario, arena, &plan);
    plan_trees(scenario, arena, &plan);
    sound = ess_topology_init_plan(topology, arena, &plan);
    assert(sound); /* a scenario has been checked */
    (void)sound;
}
