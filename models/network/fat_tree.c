/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/fat_tree.h"

bool ess_fat_tree_init(struct ess_fat_tree *tree) {
    uint64_t hosts = 1, planes = 1, groups, cables = 0;
    if (tree->levels < 1 || tree->levels > ESS_FAT_TREE_LEVELS_MAX || tree->parents[0] != 1) {
        return false;
    }
    tree->below[0] = tree->planes[0] = 1;
    for (uint32_t l = 0; l < tree->levels; l++) {
        hosts *= tree->children[l];
        planes *= tree->parents[l];
        if (hosts == 0 || hosts > ESS_FAT_TREE_HOSTS_MAX || planes == 0 ||
            planes > ESS_FAT_TREE_CABLES_MAX) {
            return false;
        }
        tree->below[l + 1] = (uint32_t)hosts;
        tree->planes[l + 1] = (uint32_t)planes;
    }
    tree->host_count = (uint32_t)hosts;
    tree->first_cable[0] = tree->first_cable[1] = 0;
    for (uint32_t l = 1; l < tree->levels; l++) {
        groups = hosts / tree->below[l];
        cables += groups * tree->planes[l + 1];
        if (cables > ESS_FAT_TREE_CABLES_MAX) {
            return false;
        }
        tree->first_cable[l + 1] = (uint32_t)cables;
    }
    tree->cable_count = (uint32_t)cables;
    return true;
}

/* The cable above level `level` on the way between that level's group of `host` and the top, in the
 * planes that `key` picks. Planes are digits of `key`: that of level l + 1 continues that of l. */
static uint32_t cable_of(
    const struct ess_fat_tree *tree, uint32_t level, uint32_t host, uint32_t key) {
    uint32_t group = host / tree->below[level];
    uint32_t plane = key % tree->planes[level + 1];
    return tree->first_cable[level] + group * tree->planes[level + 1] + plane;
}

uint32_t ess_fat_tree_route(
    const struct ess_fat_tree *tree, uint32_t from, uint32_t to, struct ess_fat_tree_hop *hops) {
    uint32_t top = 1, count = 0;
    while (from / tree->below[top] != to / tree->below[top]) {
        top++;
    }
    for (uint32_t level = 1; level < top; level++) {
        hops[count++] = (struct ess_fat_tree_hop){cable_of(tree, level, from, to), false};
    }
    for (uint32_t level = top; level-- > 1;) {
        hops[count++] = (struct ess_fat_tree_hop){cable_of(tree, level, to, to), true};
    }
    return count;
}

uint32_t ess_fat_tree_route_out(
    const struct ess_fat_tree *tree, uint32_t from, struct ess_fat_tree_hop *hops) {
    for (uint32_t level = 1; level < tree->levels; level++) {
        hops[level - 1] = (struct ess_fat_tree_hop){cable_of(tree, level, from, from), false};
    }
    return tree->levels - 1;
}

uint32_t ess_fat_tree_route_in(
    const struct ess_fat_tree *tree, uint32_t to, struct ess_fat_tree_hop *hops) {
    for (uint32_t level = tree->levels; level-- > 1;) {
        hops[tree->levels - 1 - level] =
            (struct ess_fat_tree_hop){cable_of(tree, level, to, to), true};
    }
    return tree->levels - 1;
}
