/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/layout.h"

#include "peer/layout_parts.h"

#include <string.h>

uint32_t ess_peer_layout(const struct ess_policies *policies) {
    uint32_t parts = policies->plan->layout;
    if (policies->chooser) {
        parts |= ess_chooser_layout(policies->chooser) & ESS_LAYOUT_ORDER;
    }
    if (!policies->order || policies->order->is_members) {
        parts &= ~(uint32_t)ESS_LAYOUT_ORDER;
    }
    return parts;
}

static bool finds_levels(const struct ess_policies *policies) {
    return policies->peer.find_sites || ess_peer_layout(policies) & ESS_LAYOUT_LEVELS;
}

/* ---- memory -----------------------------------------------------------------------------------
 */

static void *take(struct ess_layout_memory *memory, size_t bytes) {
    void *taken = memory->at ? memory->at + memory->used : NULL;
    memory->used += (bytes + 7) & ~(size_t)7;
    return taken;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static void lay_memory(struct ess_layout_maker *maker, const struct ess_peer_config *config,
    struct ess_layout_memory *memory) {
    const struct ess_policies *policies = config->policies;
    uint32_t parts = ess_peer_layout(policies);
    size_t n = config->peer_capacity, word = sizeof(uint32_t), scratch = 0;
    maker->rank_of = take(memory, n * word);
    maker->members = take(memory, n * word);
    if (parts & ESS_LAYOUT_ORDER) {
        maker->ring = take(memory, n * word);
        maker->site = take(memory, n * word);
        maker->arrival = take(memory, n * sizeof(uint64_t));
        maker->order = take(memory, n * word);
        maker->position = take(memory, n * word);
        scratch = larger(scratch,
            policies->order->scratch_bytes(policies->order_settings, (uint32_t)n, (uint32_t)n));
    }
    if (parts & ESS_LAYOUT_SHARES) {
        maker->shares = take(memory, n * word);
        scratch = larger(scratch, n * (2 * sizeof(double) + sizeof(uint64_t)));
    }
    if (parts & ESS_LAYOUT_TREES) {
        struct ess_tree_packing_settings settings = ess_layout_packing(policies);
        size_t trees = settings.trees_max;
        maker->packing.shares = take(memory, trees * word);
        maker->packing.roots = take(memory, trees * word);
        maker->packing.parents = take(memory, trees * n * word);
        maker->trees = take(memory, trees * sizeof *maker->trees);
        maker->children = take(memory, trees * (2 * n + 1) * word);
        scratch = larger(scratch, ess_tree_packing_bytes(&settings, (uint32_t)n));
    }
    if (finds_levels(policies)) {
        maker->clusters.sites = take(memory, ESS_LAYOUT_LEVELS_MAX * n * word);
        maker->clusters.site_counts = take(memory, ESS_LAYOUT_LEVELS_MAX * word);
        maker->clusters.heights_ns = take(memory, ESS_LAYOUT_LEVELS_MAX * sizeof(int64_t));
        maker->unit_order = take(memory, n * word);
        maker->site_cluster = take(memory, ESS_LAYOUT_LEVELS_MAX * n * word);
        maker->spans = take(memory, ESS_LAYOUT_LEVELS_MAX * n * sizeof *maker->spans);
        scratch = larger(scratch, ess_cluster_bytes((uint32_t)n));
    }
    maker->scratch = take(memory, scratch);
}

size_t ess_layout_maker_bytes(const struct ess_peer_config *config) {
    struct ess_layout_memory memory = {NULL, 0};
    struct ess_layout_maker counted;
    if (!config->declared ||
        (ess_peer_layout(config->policies) == 0 && !config->policies->peer.find_sites)) {
        return 0;
    }
    take(&memory, sizeof counted);
    lay_memory(&counted, config, &memory);
    return memory.used;
}

struct ess_layout_maker *ess_layout_maker_init(void *memory, const struct ess_peer_config *config) {
    struct ess_layout_memory rest = {memory, 0};
    struct ess_layout_maker *maker;
    size_t bytes = ess_layout_maker_bytes(config);
    if (bytes == 0) {
        return NULL;
    }
    memset(memory, 0, bytes);
    maker = take(&rest, sizeof *maker);
    maker->matrix = config->declared;
    maker->policies = config->policies;
    maker->collective = &config->job->collective;
    maker->parts = ess_peer_layout(config->policies);
    maker->finds_levels = finds_levels(config->policies);
    lay_memory(maker, config, &rest);
    return maker;
}

/* ---- the ring ---------------------------------------------------------------------------------
 */

static void plan_ring(struct ess_layout_maker *maker, const struct ess_order_problem *problem,
    const struct ess_group *group) {
    const struct ess_policies *policies = maker->policies;
    maker->ring_count = group->size;
    memcpy(maker->ring, maker->members, group->size * sizeof *maker->ring);
    policies->order->plan(
        policies->order_settings, problem, maker->ring, maker->ring_count, maker->scratch);
}

/* Members that are gone leave the ring, new ones enter it. False where there are too many of them,
 * and the ring is better made anew. */
static bool mend_ring(struct ess_layout_maker *maker, const struct ess_order_problem *problem,
    const struct ess_group *group) {
    const struct ess_policies *policies = maker->policies;
    uint32_t before = maker->ring_count, kept = 0, gone;
    for (uint32_t i = 0; i < before; i++) {
        kept += maker->rank_of[maker->ring[i]] != ESS_NONE;
    }
    gone = before - kept;
    if (kept < 3 || 8 * (gone + group->size - kept) > group->size) {
        return false;
    }
    for (uint32_t i = before; i-- > 0;) {
        if (maker->rank_of[maker->ring[i]] == ESS_NONE) {
            policies->order->remove(policies->order_settings, problem, maker->ring,
                maker->ring_count--, i, maker->scratch);
            i = maker->ring_count; /* what is mended may have moved */
        }
    }
    /* Whom the ring lacks: ranks are marked by it. */
    memset(maker->position, 0xff, group->size * sizeof *maker->position);
    for (uint32_t i = 0; i < maker->ring_count; i++) {
        maker->position[maker->rank_of[maker->ring[i]]] = i;
    }
    for (uint32_t rank = 0; rank < group->size; rank++) {
        if (maker->position[rank] == ESS_NONE) {
            policies->order->insert(policies->order_settings, problem, maker->ring,
                maker->ring_count++, maker->members[rank], maker->scratch);
        }
    }
    return true;
}

static void make_order(struct ess_layout_maker *maker, const struct ess_group *group) {
    struct ess_order_problem problem = {maker->matrix, maker->site, maker->arrival};
    for (uint32_t rank = 0; rank < group->size; rank++) {
        maker->site[maker->members[rank]] = group->members[rank].site;
        maker->arrival[maker->members[rank]] = group->members[rank].first_step;
    }
    if (!mend_ring(maker, &problem, group)) {
        plan_ring(maker, &problem, group);
    }
    for (uint32_t i = 0; i < group->size; i++) {
        maker->order[i] = maker->rank_of[maker->ring[i]];
        maker->position[maker->order[i]] = i;
    }
    maker->layout.order = maker->order;
    maker->layout.position = maker->position;
}

/* ---- shares -----------------------------------------------------------------------------------
 */

static void make_shares(struct ess_layout_maker *maker, const struct ess_group *group) {
    double *rates = maker->scratch, *weights = rates + group->size;
    uint64_t *keys = (uint64_t *)(void *)(weights + group->size);
    for (uint32_t rank = 0; rank < group->size; rank++) {
        rates[rank] = ess_access_both(maker->matrix, maker->members[rank]);
    }
    ess_shares_butterfly(rates, group->size, maker->shares, weights, keys);
    maker->layout.shares = maker->shares;
}

/* ---- all of it --------------------------------------------------------------------------------
 */

const struct ess_layout *ess_layout_maker_make(
    struct ess_layout_maker *maker, const struct ess_group *group) {
    maker->layout = (struct ess_layout){.order = NULL};
    memset(maker->rank_of, 0xff, maker->matrix->size * sizeof *maker->rank_of);
    for (uint32_t rank = 0; rank < group->size; rank++) {
        maker->members[rank] = group->members[rank].peer;
        maker->rank_of[maker->members[rank]] = rank;
    }
    if (group->size < 2) {
        maker->ring_count = 0;
        return NULL;
    }
    if (maker->parts & ESS_LAYOUT_ORDER) {
        make_order(maker, group);
    }
    if (maker->parts & ESS_LAYOUT_SHARES) {
        make_shares(maker, group);
    }
    if (maker->parts & ESS_LAYOUT_TREES) {
        ess_layout_make_trees(maker, group);
    }
    if (maker->parts & ESS_LAYOUT_LEVELS) {
        ess_layout_make_levels(maker, group);
    }
    return &maker->layout;
}
