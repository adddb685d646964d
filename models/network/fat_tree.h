/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_FAT_TREE_H
#define ESS_MODELS_NETWORK_FAT_TREE_H

/* Fat trees: where a cable is, and which cables a packet takes.
 *
 * A parallel-ports generalised fat tree with single cables (Zahavi, "D-Mod-K Routing Providing
 * Non-Blocking Traffic for Shift Permutations on Real Life Fat Trees", 2010): levels 1 .. L of
 * switches above the hosts (level 0); a node of level l has children[l - 1] nodes below it and a
 * node of level l - 1 has parents[l - 1] above it. Hosts are numbered so that the children of one
 * switch are neighbours. parents[0] is 1: a host has one cable, its access link.
 *
 *     hosts N = c_1 c_2 .. c_L;  W_l = p_1 .. p_l;  C_l = c_1 .. c_l
 *     a node of level l is (group g, plane q): g = host / C_l of the hosts below it, q < W_l
 *     its parents are (g / c_{l+1}, q + W_l r), r < p_{l+1}
 *
 * Routing is D mod k: a packet to host d goes up from level l by parent r = (d / W_l) mod p_{l+1},
 * as SimGrid's fat tree does, until it is above d; the way down is then the only one there is. The
 * way depends on nothing but the two ends, so it is the same in every run, and packets of one pair
 * stay in order. Not modelled: adaptive routing, several cables between two switches.
 *
 * What is not in the tree (the WAN, the coordinator) hangs on all top switches: the way out climbs
 * to the top by the sender's own number in place of d, the way in comes down by the receiver's. */

#include <stdbool.h>
#include <stdint.h>

enum { ESS_FAT_TREE_LEVELS_MAX = 8 };

/* Hosts of the largest tree. */
#define ESS_FAT_TREE_HOSTS_MAX 1048576
/* Cables between switches of the largest tree. */
#define ESS_FAT_TREE_CABLES_MAX 16777216

struct ess_fat_tree {
    uint32_t levels;
    uint32_t children[ESS_FAT_TREE_LEVELS_MAX];
    uint32_t parents[ESS_FAT_TREE_LEVELS_MAX];
    /* Computed by ess_fat_tree_init: C_l, W_l, and the number of the first cable above level l. */
    uint32_t below[ESS_FAT_TREE_LEVELS_MAX + 1];
    uint32_t planes[ESS_FAT_TREE_LEVELS_MAX + 1];
    uint32_t first_cable[ESS_FAT_TREE_LEVELS_MAX + 1];
    uint32_t cable_count; /* between switches: cables of hosts are not counted */
    uint32_t host_count;
};

/* A cable and the direction it is taken in. */
struct ess_fat_tree_hop {
    uint32_t cable;
    bool down;
};

/* Compute the rest from levels, children and parents. False where a number is 0, parents[0] is not
 * 1, or the tree is larger than the limits above. */
bool ess_fat_tree_init(struct ess_fat_tree *tree);

/* The cables between switches from host `from` to host `to` (different ones) in order. Returns
 * their number, at most 2 (levels - 1); `hops` has room for that. O(levels). */
uint32_t ess_fat_tree_route(
    const struct ess_fat_tree *tree, uint32_t from, uint32_t to, struct ess_fat_tree_hop *hops);

/* The cables from a host to the top, and from the top to a host: levels - 1 of them. */
uint32_t ess_fat_tree_route_out(
    const struct ess_fat_tree *tree, uint32_t from, struct ess_fat_tree_hop *hops);
uint32_t ess_fat_tree_route_in(
    const struct ess_fat_tree *tree, uint32_t to, struct ess_fat_tree_hop *hops);

#endif
