/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/plan_view.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/sort.h"
#include "peer/layout.h"
#include "routing/tree_packing.h"
#include "sim/world/chosen.h"
#include "sim/world/declared.h"
#include "sim/world/network.h"

/* ---- the group, as the coordinator composes it ----------------------------------------------- */

/* Policies whose plan follows `parts` beside what it follows anyway. */
static const struct ess_policies *policies_for(
    const struct ess_plan_view *view, uint32_t parts, struct ess_arena *arena) {
    struct ess_policies *policies = ess_arena_allocate(arena, 1, sizeof *policies);
    struct ess_plan_type *plan = ess_arena_allocate(arena, 1, sizeof *plan);
    *policies = view->policies;
    *plan = *view->policies.plan;
    plan->layout |= parts;
    policies->plan = plan;
    return policies;
}

static void append_member(struct ess_group *group, struct ess_member *members,
    struct ess_site_span *sites, uint64_t key, bool opens_site) {
    struct ess_site_span *span;
    if (opens_site) {
        sites[group->site_count++] = (struct ess_site_span){group->size, 0};
    }
    span = &sites[group->site_count - 1];
    span->count++;
    group->largest_site = span->count > group->largest_site ? span->count : group->largest_site;
    members[group->size++] = (struct ess_member){
        .peer = (uint32_t)key, .incarnation = 1, .site = group->site_count - 1, .first_step = 1};
}

static struct ess_group compose(
    const struct ess_plan_view *view, uint32_t parts, struct ess_arena *arena) {
    const struct ess_scenario *scenario = view->scenario;
    uint32_t count = (uint32_t)scenario->host_count;
    struct ess_peer_config config = {
        .self = count,
        .coordinator = count,
        .peer_capacity = count + 1,
        .job = &view->job,
        .policies = policies_for(view, parts, arena),
        .declared = view->matrix,
    };
    struct ess_layout_maker *maker = ess_layout_maker_init(
        ess_arena_allocate(arena, 1, ess_layout_maker_bytes(&config)), &config);
    struct ess_member *members = ess_arena_allocate(arena, count, sizeof *members);
    struct ess_site_span *sites = ess_arena_allocate(arena, count, sizeof *sites);
    uint64_t *keys = ess_arena_allocate(arena, count, sizeof *keys);
    struct ess_group group = {.members = members, .sites = sites};
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = (uint64_t)scenario->hosts[i].site << 32 | i;
    }
    ess_layout_maker_sort(maker, keys, count);
    for (uint32_t i = 0; i < count; i++) {
        append_member(
            &group, members, sites, keys[i], i == 0 || keys[i] >> 32 != keys[i - 1] >> 32);
    }
    group.layout = ess_layout_maker_make(maker, &group);
    return group;
}

/* ---- what it is worth ------------------------------------------------------------------------ */

static void find_ring(struct ess_plan_view *view, struct ess_arena *arena) {
    const struct ess_group *group = &view->group;
    uint32_t *plain = ess_arena_allocate(arena, group->size, sizeof *plain);
    for (uint32_t i = 0; i < group->size; i++) {
        plain[i] = i;
    }
    view->ring = group->layout->order ? group->layout->order : plain;
    for (uint32_t i = 1; i < group->size; i++) {
        if (ess_plan_view_hop_rate(view, i) < ess_plan_view_hop_rate(view, view->slowest_hop)) {
            view->slowest_hop = i;
        }
    }
}

static const void *order_settings(
    const struct ess_plan_view *view, const struct ess_order_type *type, struct ess_arena *arena) {
    void *settings;
    if (type == view->policies.order) {
        return view->policies.order_settings;
    }
    settings = ess_arena_allocate(arena, 1, type->settings_bytes);
    ess_parameters_set_defaults(type->parameters, settings);
    return settings;
}

/* All kinds of order, those that were not chosen with their defaults. */
static void compare_rings(struct ess_plan_view *view, struct ess_arena *arena) {
    uint32_t n = view->group.size, capacity = view->matrix->size, kinds = 0;
    uint32_t *site = ess_arena_allocate(arena, capacity, sizeof *site);
    uint32_t *order = ess_arena_allocate(arena, n, sizeof *order);
    struct ess_order_problem problem = {view->matrix, site, NULL};
    while (ess_order_registry[kinds]) {
        kinds++;
    }
    view->rings = ess_arena_allocate(arena, kinds, sizeof *view->rings);
    view->ring_count = kinds;
    for (uint32_t rank = 0; rank < n; rank++) {
        site[view->group.members[rank].peer] = view->group.members[rank].site;
    }
    for (uint32_t i = 0; i < view->ring_count; i++) {
        const struct ess_order_type *type = ess_order_registry[i];
        const void *settings = order_settings(view, type, arena);
        size_t bytes = type->scratch_bytes(settings, capacity, n);
        struct ess_plan_ring *ring = &view->rings[i];
        for (uint32_t rank = 0; rank < n; rank++) {
            order[rank] = view->group.members[rank].peer;
        }
        type->plan(settings, &problem, order, n, ess_arena_allocate(arena, 1, bytes));
        *ring = (struct ess_plan_ring){type, ess_order_slowest_hop(view->matrix, order, n), 0};
        for (uint32_t place = 0; place < n; place++) {
            ring->around_ns += ess_pair_delay(view->matrix, order[place], order[(place + 1) % n]);
        }
    }
}

static void rate_trees(struct ess_plan_view *view, struct ess_arena *arena) {
    const struct ess_layout *layout = view->group.layout;
    uint32_t n = view->group.size, trees = layout->tree_count;
    uint32_t *shares = ess_arena_allocate(arena, trees, sizeof *shares);
    uint32_t *parents = ess_arena_allocate(arena, (size_t)trees * n, sizeof *parents);
    uint32_t *members = ess_arena_allocate(arena, n, sizeof *members);
    double *loads = ess_arena_allocate(arena, n, sizeof *loads);
    struct ess_tree_packing packing = {.tree_count = trees, .shares = shares, .parents = parents};
    struct ess_tree_problem problem;
    for (uint32_t rank = 0; rank < n; rank++) {
        members[rank] = view->group.members[rank].peer;
    }
    for (uint32_t t = 0; t < trees; t++) {
        shares[t] = layout->trees[t].share;
        memcpy(parents + (size_t)t * n, layout->trees[t].parent, n * sizeof *parents);
    }
    ess_tree_problem_init(&problem, view->matrix, members, n,
        ess_arena_allocate(arena, 1, ess_tree_problem_bytes(n)));
    view->trees_rate_bytes_per_s = ess_tree_packing_rate(&problem, &packing, loads);
}

/* Pairs as predictions read them; rank i of the query is ranks[i], or i where that is NULL. */
static void fill_pairs(const struct ess_plan_view *view, const uint32_t *ranks,
    struct ess_selection_query *query, struct ess_arena *arena) {
    size_t n = view->group.size;
    double *delays_s = ess_arena_allocate(arena, n * n, sizeof *delays_s);
    double *byte_s = ess_arena_allocate(arena, n * n, sizeof *byte_s);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < n; j++) {
            uint32_t from = ranks ? ranks[i] : i, to = ranks ? ranks[j] : j;
            double rate = i == j ? INFINITY : ess_plan_view_rate(view, from, to);
            delays_s[i * n + j] =
                i == j ? 0 : 1e-9 * (double)ess_plan_view_delay_ns(view, from, to);
            byte_s[i * n + j] = rate > 0 ? 1 / rate : INFINITY;
        }
    }
    query->delays_s = delays_s;
    query->byte_s = byte_s;
}

static const struct ess_plan_type *plan_named(const char *name) {
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        if (strcmp(ess_plan_registry[i]->name, name) == 0) {
            return ess_plan_registry[i];
        }
    }
    return NULL;
}

static void fill_queries(struct ess_plan_view *view, struct ess_arena *arena) {
    const struct ess_collective *collective = &view->job.collective;
    const struct ess_plan_type *chain = plan_named("chain");
    uint32_t n = view->group.size;
    int64_t asked = view->policies.peer.segment_bytes;
    view->by_rank = (struct ess_selection_query){
        .primitive = collective->primitive,
        .ranks = n,
        .root = collective->root < n ? collective->root : n - 1,
        .target = collective->target < n ? collective->target : n - 1,
        .size_bytes = view->size_bytes,
        .element_bytes = view->job.element_bytes,
        .reordering = true, /* every plan may be chosen for a job: sums are in any order */
        .built_in = true,
        .configured = view->policies.plan->name,
    };
    view->by_place = view->by_rank;
    fill_pairs(view, NULL, &view->by_rank, arena);
    fill_pairs(view, view->ring, &view->by_place, arena);
    for (uint32_t place = 0; place < n; place++) {
        if (view->ring[place] == view->by_rank.root) {
            view->by_place.root = place;
        }
        if (view->ring[place] == view->by_rank.target) {
            view->by_place.target = place;
        }
    }
    view->cost.segment_bytes = asked > 0 || !chain ? asked : (int64_t)chain->segment_bytes;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void fill_job(struct ess_plan_view *view) {
    const struct ess_scenario_training *training = view->scenario->training;
    uint64_t elements = (uint64_t)training->parameters, parts = (uint64_t)training->buckets;
    view->job.elements = elements;
    view->job.element_bytes = (uint32_t)training->gradient_bytes_per_parameter;
    view->job.buckets = (uint32_t)parts;
    if (training->collectives) {
        view->job.collective = ess_world_collective(training->collectives);
    }
    /* Of the longest, where the parts cannot be equal. */
    view->size_bytes = (elements + parts - 1) / parts * view->job.element_bytes;
}

void ess_plan_view_init(
    struct ess_plan_view *view, const struct ess_scenario *scenario, struct ess_arena *arena) {
    assert(scenario->training);
    assert(scenario->host_count >= 2);
    assert(scenario->host_count <= ESS_PLAN_VIEW_HOSTS_MAX);
    memset(view, 0, sizeof *view);
    view->scenario = scenario;
    view->policies = ess_world_policies(scenario, &view->chooser);
    fill_job(view);
    ess_world_topology(scenario, arena, &view->topology);
    view->matrix = ess_declare_matrix(scenario, &view->topology, arena);
    /* Levels change the order of ranks, so the run's group has them only where its plan does. */
    view->group = compose(view, ESS_LAYOUT_ORDER | ESS_LAYOUT_SHARES | ESS_LAYOUT_TREES, arena);
    view->levels = compose(view, ESS_LAYOUT_LEVELS, arena);
    find_ring(view, arena);
    compare_rings(view, arena);
    rate_trees(view, arena);
    fill_queries(view, arena);
}

const char *ess_plan_view_name(
    const struct ess_plan_view *view, const struct ess_group *group, uint32_t rank) {
    return view->scenario->hosts[group->members[rank].peer].name;
}

double ess_plan_view_rate(const struct ess_plan_view *view, uint32_t from, uint32_t to) {
    return ess_pair_usable(
        view->matrix, view->group.members[from].peer, view->group.members[to].peer);
}

uint32_t ess_plan_view_next(const struct ess_plan_view *view, uint32_t place) {
    return view->ring[place + 1 < view->group.size ? place + 1 : 0];
}

double ess_plan_view_hop_rate(const struct ess_plan_view *view, uint32_t place) {
    return ess_plan_view_rate(view, view->ring[place], ess_plan_view_next(view, place));
}

int64_t ess_plan_view_delay_ns(const struct ess_plan_view *view, uint32_t from, uint32_t to) {
    return ess_pair_delay(
        view->matrix, view->group.members[from].peer, view->group.members[to].peer);
}

double ess_plan_view_predict(const struct ess_plan_view *view, const char *plan) {
    const struct ess_plan_type *type = plan_named(plan);
    bool in_ring = type && type->layout & ESS_LAYOUT_ORDER;
    return ess_cost_predict(plan, &view->cost, in_ring ? &view->by_place : &view->by_rank);
}

bool ess_plan_view_follows(const struct ess_plan_view *view, uint32_t part) {
    return (view->policies.plan->layout & part) != 0;
}
