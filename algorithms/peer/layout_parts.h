/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_LAYOUT_PARTS_H
#define ESS_PEER_LAYOUT_PARTS_H

/* The parts of the maker of layouts, each in its own file; only layout*.c include this. */

#include "peer/layout.h"
#include "routing/cluster.h"
#include "routing/shares.h"
#include "routing/tree_packing.h"

#define ESS_LAYOUT_LEVELS_MAX 8

/* Memory handed out piece by piece; without memory it only counts. */
struct ess_layout_memory {
    unsigned char *at;
    size_t used;
};

struct ess_layout_maker {
    const struct ess_pair_matrix *matrix; /* by peer id */
    const struct ess_policies *policies;
    const struct ess_collective *collective;
    uint32_t parts; /* enum ess_layout_part */
    bool finds_levels;
    struct ess_layout layout; /* as last made */
    void *scratch;            /* aligned as a double; for whichever part is at work */
    uint32_t *rank_of;        /* [capacity] by peer; ESS_NONE: not in the group */
    uint32_t *members;        /* [capacity] peer of each rank */
    /* Order. */
    uint32_t ring_count;
    uint32_t *ring;    /* [capacity] peers, as the ring was last made */
    uint32_t *site;    /* [capacity] by peer */
    uint64_t *arrival; /* [capacity] by peer */
    uint32_t *order, *position;
    /* Shares. */
    uint32_t *shares;
    /* Trees. */
    struct ess_tree_packing packing;
    struct ess_tree *trees;
    uint32_t *children; /* of each tree: first of each rank, then all of them */
    /* Levels. A unit is a site as told, or a member where sites are found. */
    struct ess_clusters clusters; /* of units */
    uint32_t unit_count;
    uint32_t *unit_order;
    uint32_t level_count;        /* in site_cluster */
    uint32_t *site_cluster;      /* [level][site of the view] */
    struct ess_site_span *spans; /* [level][span] */
    struct ess_level levels[ESS_LAYOUT_LEVELS_MAX];
};

struct ess_tree_packing_settings ess_layout_packing(const struct ess_policies *policies);

/* layout_trees.c, layout_levels.c: fill that part of maker->layout. */
void ess_layout_make_trees(struct ess_layout_maker *maker, const struct ess_group *group);
void ess_layout_make_levels(struct ess_layout_maker *maker, const struct ess_group *group);

#endif
