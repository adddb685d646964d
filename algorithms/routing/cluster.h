/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_CLUSTER_H
#define ESS_ROUTING_CLUSTER_H

/* Sites found from delays: groups whose members are near each other and far from all others, at
 * one or more levels (rack, building, continent).
 *
 * Members are merged two clusters at a time, nearest first, into a tree; a level is a gap in the
 * sequence of merging distances: the next merge is at least `gap` times as far as the one before.
 * `noise_ns` is added to both distances first, so that differences below it make no level. Without
 * any gap there is one level with all members in one site.
 *
 * Distance of two members: the mean of the two directions' delays, or the one that is known. Pairs
 * not measured are left out of a cluster's distance as long as any pair of it is known; clusters
 * with no known pair between them are never merged but at the end (they are as far as can be).
 *
 * Limits: linkage by `single` follows chains (one member halfway joins two sites); `complete` and
 * `average` do not, but need delays that are nearly metric. Delay says nothing of rates.
 *
 * Sources: Lance and Williams, Comput. J. 9(4), 1967; nearest-neighbour chains: Benzecri 1982,
 * Murtagh, Comput. J. 26(4), 1983. O(n^2) time and memory. */

#include "routing/matrix.h"

enum ess_linkage {
    ESS_LINKAGE_SINGLE,   /* the nearest pair */
    ESS_LINKAGE_COMPLETE, /* the farthest pair */
    ESS_LINKAGE_AVERAGE   /* the mean of all pairs */
};

struct ess_cluster_settings {
    enum ess_linkage linkage;
    double gap;          /* least ratio of two merges in a row that makes a level; > 1 */
    int64_t noise_ns;    /* added to both */
    uint32_t levels_max; /* the largest gaps make the levels; at least 1 */
};

static inline struct ess_cluster_settings ess_cluster_defaults(void) {
    return (struct ess_cluster_settings){ESS_LINKAGE_AVERAGE, 2.0, 500000, 8};
}

/* Level 0 is the finest. Within a level site numbers are dense, in the order of their lowest
 * member; each site of a level lies within one of the next. Arrays are the caller's. */
struct ess_clusters {
    uint32_t level_count;
    uint32_t *sites;       /* [levels_max * count] */
    uint32_t *site_counts; /* [levels_max] */
    int64_t *heights_ns;   /* [levels_max] the last merge within a level: how wide its sites are */
};

size_t ess_cluster_bytes(uint32_t count); /* of scratch, aligned as a double */

/* Find the levels among ranks 0 .. count - 1, rank i being members[i] (NULL: i) of the matrix. */
void ess_cluster_find(const struct ess_cluster_settings *settings,
    const struct ess_pair_matrix *matrix, const uint32_t *members, uint32_t count,
    struct ess_clusters *clusters, void *scratch);

#endif
