/* SPDX-License-Identifier: Apache-2.0 */
/* The trees of a layout: packed, hung up at the root that the operation asks for, and written in
 * the form in which plans read them. */
#include "peer/layout_parts.h"

struct ess_tree_packing_settings ess_layout_packing(const struct ess_policies *policies) {
    struct ess_tree_packing_settings settings = ess_tree_packing_defaults();
    settings.trees_max = (uint32_t)policies->peer.trees;
    return settings;
}

/* One chain in the members' order: what there is where nothing better is known. */
static void chain(struct ess_tree_packing *packing, uint32_t count) {
    packing->tree_count = 1;
    packing->shares[0] = ESS_SHARE_WHOLE;
    packing->roots[0] = 0;
    for (uint32_t rank = 0; rank < count; rank++) {
        packing->parents[rank] = rank > 0 ? rank - 1 : ESS_NONE;
    }
}

/* Turn the way from `root` to the present root round: lines carry as much either way. O(depth). */
static void hang_up(uint32_t *parents, uint32_t root) {
    uint32_t above = ESS_NONE, rank = root;
    while (rank != ESS_NONE) {
        uint32_t parent = parents[rank];
        parents[rank] = above;
        above = rank;
        rank = parent;
    }
}

static bool has_root(enum ess_primitive primitive) {
    return primitive == ESS_BROADCAST || primitive == ESS_REDUCE;
}

/* Children by counting; those of a rank in the order of their ranks. O(n). */
static struct ess_tree written(
    const uint32_t *parents, uint32_t count, uint32_t share, uint32_t *memory) {
    uint32_t *first = memory, *children = memory + count + 1;
    struct ess_tree tree = {
        .root = 0, .share = share, .parent = parents, .child_first = first, .children = children};
    for (uint32_t rank = 0; rank <= count; rank++) {
        first[rank] = 0;
    }
    for (uint32_t rank = 0; rank < count; rank++) {
        if (parents[rank] == ESS_NONE) {
            tree.root = rank;
        } else {
            first[parents[rank] + 1]++;
        }
    }
    for (uint32_t rank = 0; rank < count; rank++) {
        first[rank + 1] += first[rank];
    }
    /* Filled from the back, each first moves to its place again. */
    for (uint32_t rank = count; rank-- > 0;) {
        if (parents[rank] != ESS_NONE) {
            children[--first[parents[rank] + 1]] = rank;
        }
    }
    for (uint32_t rank = 0; rank < count; rank++) {
        first[rank] = first[rank + 1];
    }
    first[count] = count - 1;
    return tree;
}

void ess_layout_make_trees(struct ess_layout_maker *maker, const struct ess_group *group) {
    struct ess_tree_packing_settings settings = ess_layout_packing(maker->policies);
    struct ess_tree_packing *packing = &maker->packing;
    uint32_t count = group->size;
    uint32_t root = maker->collective->root < count ? maker->collective->root : count - 1;
    if (!ess_tree_packing_build(
            &settings, maker->matrix, maker->members, count, packing, maker->scratch)) {
        chain(packing, count);
    }
    for (uint32_t t = 0; t < packing->tree_count; t++) {
        uint32_t *parents = packing->parents + (size_t)t * count;
        if (has_root(maker->collective->primitive)) {
            hang_up(parents, root);
        }
        maker->trees[t] = written(parents, count, packing->shares[t],
            maker->children + (size_t)t * (2 * (size_t)count + 1));
    }
    maker->layout.tree_count = packing->tree_count;
    maker->layout.trees = maker->trees;
}
