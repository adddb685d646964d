/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/cluster.h"

#include "base/sort.h"

/* Farther than anything: no pair between two clusters is known. 2^43 ns are more than two hours,
 * and a merge's key holds its distance above 20 bits of its number. */
static const double unknown_ns = 0x1p43;
enum { NUMBER_BITS = 20 };

/* A merge of the clusters that hold the two members. */
struct merge {
    uint32_t a, b;
};

struct tree {
    uint32_t count, merge_count;
    enum ess_linkage linkage;
    double *distance;     /* [count^2] between clusters, named by a member */
    struct merge *merges; /* [count - 1] in the order found */
    uint64_t *keys;       /* [count - 1] distance and number */
    uint32_t *sizes;      /* [count] 0: merged into another */
    uint32_t *chain;      /* [count] */
    uint32_t *heads;      /* [count] of the sites in the making */
};

size_t ess_cluster_bytes(uint32_t count) {
    size_t n = count;
    return n * n * sizeof(double) + n * (sizeof(uint64_t) + sizeof(struct merge)) +
           3 * n * sizeof(uint32_t);
}

static void begin(struct tree *tree, const struct ess_pair_matrix *matrix, const uint32_t *members,
    uint32_t count, void *scratch) {
    size_t n = count;
    tree->count = count;
    tree->distance = scratch;
    tree->keys = (void *)(tree->distance + n * n);
    tree->merges = (struct merge *)(tree->keys + n);
    tree->sizes = (uint32_t *)(tree->merges + n);
    tree->chain = tree->sizes + n;
    tree->heads = tree->chain + n;
    for (uint32_t a = 0; a < count; a++) {
        tree->sizes[a] = 1;
        tree->distance[a * n + a] = 0;
        for (uint32_t b = 0; b < a; b++) {
            int64_t delay_ns =
                ess_pair_delay_both(matrix, members ? members[a] : a, members ? members[b] : b);
            double distance =
                delay_ns < 0 || (double)delay_ns > unknown_ns ? unknown_ns : (double)delay_ns;
            tree->distance[a * n + b] = distance;
            tree->distance[b * n + a] = distance;
        }
    }
}

/* Of the merged cluster to a third one, by Lance and Williams; what is not known is left out. */
static double merged_distance(const struct tree *tree, uint32_t a, uint32_t b, uint32_t other) {
    double to_a = tree->distance[a * (size_t)tree->count + other];
    double to_b = tree->distance[b * (size_t)tree->count + other];
    double near = to_a < to_b ? to_a : to_b, far = to_a < to_b ? to_b : to_a;
    if (tree->linkage == ESS_LINKAGE_SINGLE || far >= unknown_ns) {
        return near;
    }
    if (tree->linkage == ESS_LINKAGE_COMPLETE) {
        return far;
    }
    return (tree->sizes[a] * to_a + tree->sizes[b] * to_b) /
           ((double)tree->sizes[a] + (double)tree->sizes[b]);
}

/* b goes into a. */
static void merge(struct tree *tree, uint32_t a, uint32_t b) {
    size_t n = tree->count;
    uint64_t height_ns = (uint64_t)tree->distance[a * n + b];
    tree->keys[tree->merge_count] = height_ns << NUMBER_BITS | tree->merge_count;
    tree->merges[tree->merge_count++] = (struct merge){a, b};
    for (uint32_t other = 0; other < tree->count; other++) {
        if (other != a && other != b && tree->sizes[other] > 0) {
            double distance = merged_distance(tree, a, b, other);
            tree->distance[a * n + other] = distance;
            tree->distance[other * n + a] = distance;
        }
    }
    tree->sizes[a] += tree->sizes[b];
    tree->sizes[b] = 0;
}

/* The nearest cluster; `preferred` where it is as near as any, else the lowest. */
static uint32_t nearest(const struct tree *tree, uint32_t cluster, uint32_t preferred) {
    uint32_t best = preferred;
    const double *distance = tree->distance + cluster * (size_t)tree->count;
    for (uint32_t other = 0; other < tree->count; other++) {
        if (other != cluster && tree->sizes[other] > 0 &&
            (best == tree->count || distance[other] < distance[best])) {
            best = other;
        }
    }
    return best;
}

/* Follow nearest neighbours until two are each other's, and merge them. Distances to a merged
 * cluster are never less than to the nearer of its parts, so the rest of the chain stays valid. */
static void merge_all(struct tree *tree) {
    uint32_t n = tree->count, length = 0;
    while (tree->merge_count + 1 < n) {
        uint32_t top, next;
        for (uint32_t i = 0; length == 0 && i < n; i++) {
            if (tree->sizes[i] > 0) {
                tree->chain[length++] = i;
            }
        }
        top = tree->chain[length - 1];
        next = nearest(tree, top, length > 1 ? tree->chain[length - 2] : n);
        if (length > 1 && next == tree->chain[length - 2]) {
            merge(tree, top < next ? top : next, top < next ? next : top);
            length -= 2;
        } else {
            tree->chain[length++] = next;
        }
    }
    ess_sort_u64(tree->keys, tree->merge_count);
}

static int64_t height(const struct tree *tree, uint32_t merge) {
    return (int64_t)(tree->keys[merge] >> NUMBER_BITS);
}

/* How much farther the merge after `merge` is. */
static double gap_after(
    const struct tree *tree, const struct ess_cluster_settings *settings, uint32_t merge) {
    double noise = (double)settings->noise_ns, before = (double)height(tree, merge) + noise;
    return ((double)height(tree, merge + 1) + noise) / (before > 1 ? before : 1);
}

/* Join the sites of both members of a merge; heads point to a lower member of the same site. */
static uint32_t head(uint32_t *heads, uint32_t member) {
    while (heads[member] != member) {
        heads[member] = heads[heads[member]];
        member = heads[member];
    }
    return member;
}

static void join(const struct tree *tree, uint32_t number) {
    const struct merge *merged = &tree->merges[tree->keys[number] & ((1u << NUMBER_BITS) - 1)];
    uint32_t a = head(tree->heads, merged->a), b = head(tree->heads, merged->b);
    tree->heads[a > b ? a : b] = a > b ? b : a;
}

/* Numbers by lowest member: a head is the lowest of its site. */
static uint32_t number_sites(const struct tree *tree, uint32_t *sites) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        uint32_t first = head(tree->heads, i);
        sites[i] = first == i ? count++ : sites[first];
    }
    return count;
}

/* The least gap that makes a level: such that there are not too many. */
static double level_gap(const struct tree *tree, const struct ess_cluster_settings *settings) {
    double least = settings->gap;
    for (uint32_t tries = 0; tries < tree->merge_count; tries++) {
        uint32_t levels = 0;
        double smallest = 0;
        for (uint32_t i = 0; i + 1 < tree->merge_count; i++) {
            double gap = gap_after(tree, settings, i);
            if (gap >= least) {
                levels++;
                smallest = levels == 1 || gap < smallest ? gap : smallest;
            }
        }
        if (levels <= settings->levels_max) {
            break;
        }
        least = smallest * (1 + 1e-12);
    }
    return least;
}

static void write_level(
    const struct tree *tree, uint32_t merges_done, struct ess_clusters *clusters) {
    uint32_t level = clusters->level_count++;
    clusters->site_counts[level] =
        number_sites(tree, clusters->sites + level * (size_t)tree->count);
    clusters->heights_ns[level] = merges_done > 0 ? height(tree, merges_done - 1) : 0;
}

void ess_cluster_find(const struct ess_cluster_settings *settings,
    const struct ess_pair_matrix *matrix, const uint32_t *members, uint32_t count,
    struct ess_clusters *clusters, void *scratch) {
    struct tree tree = {.linkage = settings->linkage};
    double least;
    clusters->level_count = 0;
    begin(&tree, matrix, members, count, scratch);
    merge_all(&tree);
    least = level_gap(&tree, settings);
    for (uint32_t i = 0; i < count; i++) {
        tree.heads[i] = i;
    }
    for (uint32_t i = 0; i < tree.merge_count; i++) {
        join(&tree, i);
        if (i + 1 < tree.merge_count && gap_after(&tree, settings, i) >= least &&
            clusters->level_count < settings->levels_max) {
            write_level(&tree, i + 1, clusters);
        }
    }
    if (clusters->level_count == 0) {
        write_level(&tree, tree.merge_count, clusters);
    }
}
