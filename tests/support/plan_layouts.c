/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random layouts and settings for proofs of plans. */
#include <stdlib.h>

#include "plan_teams.h"

static void shuffle(uint32_t *values, uint32_t count, struct ess_random *random) {
    for (uint32_t i = count; i > 1; i--) {
        uint32_t other = (uint32_t)ess_random_below(random, i);
        uint32_t kept = values[i - 1];
        values[i - 1] = values[other];
        values[other] = kept;
    }
}

/* Shares that sum to the whole, a fifth of them 0, the rest as cuts at random places have it. */
static void random_shares(uint32_t *shares, uint32_t count, struct ess_random *random) {
    uint32_t left = ESS_SHARE_WHOLE;
    for (uint32_t i = 0; i + 1 < count; i++) {
        uint32_t most = 2 * left / (count - i);
        shares[i] =
            ess_random_below(random, 5) == 0 ? 0 : (uint32_t)ess_random_below(random, most + 1);
        left -= shares[i];
    }
    shares[count - 1] = left;
}

/* Each rank but the root hangs on one that was put in before it: near ones make it deep, any make
 * it wide. */
static void random_parents(
    uint32_t *parent, uint32_t p, uint32_t root, uint32_t reach, struct ess_random *random) {
    static uint32_t ranks[ESS_PLAN_RANKS_MAX];
    for (uint32_t rank = 0; rank < p; rank++) {
        ranks[rank] = rank;
    }
    ranks[root] = 0;
    ranks[0] = root;
    shuffle(ranks + 1, p - 1, random);
    parent[root] = ESS_NONE;
    for (uint32_t i = 1; i < p; i++) {
        uint32_t back = 1 + (uint32_t)ess_random_below(random, i < reach ? i : reach);
        parent[ranks[i]] = ranks[i - back];
    }
}

static void list_children(struct ess_plan_tree_store *store, uint32_t p) {
    uint32_t used = 0;
    for (uint32_t rank = 0; rank < p; rank++) {
        store->child_first[rank] = used;
        for (uint32_t child = 0; child < p; child++) {
            if (store->parent[child] == rank) {
                store->children[used++] = child;
            }
        }
    }
    store->child_first[p] = used;
}

static void random_trees(uint32_t p, uint32_t root, struct ess_random *random,
    struct ess_layout *layout, struct ess_plan_layout_store *store) {
    uint32_t shares[ESS_PLAN_TREES_MAX];
    uint32_t count = 1 + (uint32_t)ess_random_below(random, ESS_PLAN_TREES_MAX);
    random_shares(shares, count, random);
    for (uint32_t i = 0; i < count; i++) {
        struct ess_plan_tree_store *tree = &store->tree_stores[i];
        uint32_t own = root == ESS_NONE ? (uint32_t)ess_random_below(random, p) : root;
        random_parents(tree->parent, p, own, ess_random_below(random, 2) ? 3 : p, random);
        list_children(tree, p);
        store->trees[i] =
            (struct ess_tree){own, shares[i], tree->parent, tree->child_first, tree->children};
    }
    layout->tree_count = count;
    layout->trees = store->trees;
}

/* Cut `count` things into random spans. */
static uint32_t random_spans(
    struct ess_site_span *spans, uint32_t count, uint32_t most, struct ess_random *random) {
    uint32_t used = 0;
    for (uint32_t first = 0; first < count; used++) {
        uint32_t left = count - first;
        uint32_t size = 1 + (uint32_t)ess_random_below(random, left < most ? left : most);
        spans[used] = (struct ess_site_span){first, size};
        first += size;
    }
    return used;
}

static void random_levels(uint32_t sites, struct ess_random *random, struct ess_layout *layout,
    struct ess_plan_layout_store *store) {
    uint32_t levels = (uint32_t)ess_random_below(random, ESS_PLAN_LEVELS_MAX + 1);
    uint32_t below = sites;
    for (uint32_t i = 0; i < levels; i++) {
        below = random_spans(store->spans[i], below, 4, random);
        store->levels[i] = (struct ess_level){below, store->spans[i]};
    }
    layout->level_count = levels;
    layout->levels = levels ? store->levels : NULL;
}

void ess_plan_lay_out(const struct ess_group *group, uint32_t root, struct ess_random *random,
    struct ess_layout *layout, struct ess_plan_layout_store *store) {
    for (uint32_t rank = 0; rank < group->size; rank++) {
        store->order[rank] = rank;
    }
    shuffle(store->order, group->size, random);
    for (uint32_t place = 0; place < group->size; place++) {
        store->position[store->order[place]] = place;
    }
    random_shares(store->shares, group->size, random);
    *layout = (struct ess_layout){
        .order = store->order, .position = store->position, .shares = store->shares};
    random_trees(group->size, root, random, layout, store);
    random_levels(group->site_count, random, layout, store);
}

void ess_plan_team_lay_out(struct ess_plan_team *team, uint32_t root, struct ess_random *random) {
    ess_plan_lay_out(&team->group, root, random, &team->layout, &team->store);
    team->group.layout = &team->layout;
}

void ess_plan_settings_least(const struct ess_plan_type *plan, struct ess_plan_defaults *settings) {
    for (const struct ess_parameter *p = plan->parameters; p && p->key; p++) {
        ess_parameter_set(p, p->kind == ESS_PARAMETER_BOOLEAN ? 0 : p->minimum, settings->bytes);
    }
}

void ess_plan_settings_random(const struct ess_plan_type *plan, struct ess_plan_defaults *settings,
    struct ess_random *random) {
    do {
        for (const struct ess_parameter *p = plan->parameters; p && p->key; p++) {
            /* Whole numbers: plans count, and measure nothing. */
            uint64_t span =
                p->kind == ESS_PARAMETER_BOOLEAN ? 1 : (uint64_t)(p->maximum - p->minimum);
            double least = p->kind == ESS_PARAMETER_BOOLEAN ? 0 : p->minimum;
            ess_parameter_set(
                p, least + (double)ess_random_below(random, span + 1), settings->bytes);
        }
    } while (plan->check && plan->check(settings->bytes));
}

const char *ess_plan_refusal(const struct ess_plan_case *proof) {
    return proof->plan->refuse ? proof->plan->refuse(proof->settings, &proof->call) : NULL;
}
