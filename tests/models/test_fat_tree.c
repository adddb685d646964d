/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fat trees: counts in closed form, ways that are walks up and down, the routes of SimGrid's
 * algorithm, and what D-mod-k routing is for: shift permutations without contention. */
#include "base/random.h"
#include "ess_test.h"
#include "models/network/fat_tree.h"

#include <stdlib.h>
#include <string.h>

enum { HOPS = 2 * ESS_FAT_TREE_LEVELS_MAX };

static const struct ess_fat_tree shapes[] = {
    {.levels = 1, .children = {8}, .parents = {1}},
    {.levels = 2, .children = {4, 3}, .parents = {1, 2}},
    {.levels = 3, .children = {16, 8, 8}, .parents = {1, 16, 8}},
    {.levels = 3, .children = {3, 2, 5}, .parents = {1, 4, 3}},
    {.levels = 4, .children = {2, 3, 2, 2}, .parents = {1, 2, 1, 3}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void counts(void) {
    struct ess_fat_tree tree = shapes[2];
    CU_ASSERT(ess_fat_tree_init(&tree));
    CU_ASSERT_EQUAL(tree.host_count, 1024);
    CU_ASSERT_EQUAL(tree.cable_count, 64 * 16 + 8 * 16 * 8);
    for (uint32_t k = 2; k <= 32; k += 2) { /* the k-ary fat tree: k^3 / 4 hosts, k^3 / 2 cables */
        tree = (struct ess_fat_tree){
            .levels = 3, .children = {k / 2, k / 2, k}, .parents = {1, k / 2, k / 2}};
        CU_ASSERT(ess_fat_tree_init(&tree));
        CU_ASSERT_EQUAL(tree.host_count, k * k * k / 4);
        CU_ASSERT_EQUAL(tree.cable_count, k * k * k / 2);
    }
}

static void refuses_what_is_no_tree(void) {
    struct ess_fat_tree bad[] = {
        {.levels = 0},
        {.levels = ESS_FAT_TREE_LEVELS_MAX + 1},
        {.levels = 2, .children = {4, 0}, .parents = {1, 2}},
        {.levels = 2, .children = {4, 4}, .parents = {1, 0}},
        {.levels = 2, .children = {4, 4}, .parents = {2, 2}},
        {.levels = 2, .children = {UINT32_MAX, UINT32_MAX}, .parents = {1, 2}},
        {.levels = 3, .children = {64, 64, 64}, .parents = {1, UINT32_MAX, UINT32_MAX}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CU_ASSERT_FALSE(ess_fat_tree_init(&bad[i]));
    }
}

/* ---- SimGrid's algorithm, on nodes and positions --------------------------------------------- */

/* A switch: level, which group of hosts is below it, and its digits among the parents. */
struct node {
    uint32_t level, group;
    uint32_t digit[ESS_FAT_TREE_LEVELS_MAX]; /* [l]: which parent of level l + 1 was taken */
};

/* The cable from a node up by parent r, numbered as the header says. */
static uint32_t cable(const struct ess_fat_tree *tree, const struct node *below, uint32_t r) {
    uint32_t plane = 0, width = 1;
    for (uint32_t l = 0; l < below->level; l++) {
        plane += width * below->digit[l];
        width *= tree->parents[l];
    }
    plane += width * r;
    width *= tree->parents[below->level];
    return tree->first_cable[below->level] + below->group * width + plane;
}

/* Up while the destination is not below, by (position / parents so far) mod parents; then down. */
static uint32_t reference(
    const struct ess_fat_tree *tree, uint32_t from, uint32_t to, struct ess_fat_tree_hop *hops) {
    struct node at = {1, from / tree->children[0], {0}};
    uint32_t below[ESS_FAT_TREE_LEVELS_MAX + 1] = {1}, count = 0;
    for (uint32_t l = 0; l < tree->levels; l++) {
        below[l + 1] = below[l] * tree->children[l];
    }
    while (at.group != to / below[at.level]) {
        uint32_t d = to;
        for (uint32_t l = 0; l < at.level; l++) {
            d /= tree->parents[l];
        }
        d %= tree->parents[at.level];
        hops[count++] = (struct ess_fat_tree_hop){cable(tree, &at, d), false};
        at.digit[at.level] = d;
        at.level++;
        at.group = from / below[at.level];
    }
    while (at.level > 1) {
        uint32_t d = at.digit[at.level - 1];
        at.level--;
        at.group = to / below[at.level];
        hops[count++] = (struct ess_fat_tree_hop){cable(tree, &at, d), true};
    }
    return count;
}

static bool same_hops(
    const struct ess_fat_tree_hop *a, const struct ess_fat_tree_hop *b, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (a[i].cable != b[i].cable || a[i].down != b[i].down) {
            return false;
        }
    }
    return true;
}

static void routes_as_simgrid(void) {
    struct ess_random random;
    uint64_t pairs = 0;
    ess_random_init(&random, 7, 0, "pairs");
    for (int s = 0; s < SHAPES; s++) {
        struct ess_fat_tree tree = shapes[s];
        struct ess_fat_tree_hop found[HOPS], wanted[HOPS];
        CU_ASSERT_FATAL(ess_fat_tree_init(&tree));
        for (int i = 0; i < 20000; i++, pairs++) {
            uint32_t from = (uint32_t)ess_random_below(&random, tree.host_count);
            uint32_t to = (uint32_t)ess_random_below(&random, tree.host_count);
            uint32_t count = ess_fat_tree_route(&tree, from, to, found);
            ESS_CHECK(count == reference(&tree, from, to, wanted), "%u to %u", from, to);
            ESS_CHECK(same_hops(found, wanted, count), "%u to %u", from, to);
            for (uint32_t k = 0; k < count; k++) {
                ESS_CHECK(found[k].cable < tree.cable_count, "%u to %u", from, to);
            }
        }
    }
    ess_test_note("%llu pairs", (unsigned long long)pairs);
}

/* In a tree as wide above as below, host i sending to i + s (mod N) loads no cable twice. */
static void shifts_without_contention(void) {
    struct ess_fat_tree tree = {.levels = 3, .children = {4, 4, 4}, .parents = {1, 4, 4}};
    struct ess_fat_tree_hop hops[HOPS];
    CU_ASSERT_FATAL(ess_fat_tree_init(&tree));
    unsigned char *used = calloc(2 * (size_t)tree.cable_count, 1);
    for (uint32_t shift = 1; shift < tree.host_count; shift++) {
        uint32_t twice = 0;
        memset(used, 0, 2 * (size_t)tree.cable_count);
        for (uint32_t from = 0; from < tree.host_count; from++) {
            uint32_t count =
                ess_fat_tree_route(&tree, from, (from + shift) % tree.host_count, hops);
            for (uint32_t i = 0; i < count; i++) {
                twice += used[2 * hops[i].cable + hops[i].down]++ > 0;
            }
        }
        CU_ASSERT_EQUAL(twice, 0);
    }
    free(used);
}

/* Out climbs levels - 1 cables, in comes down as many, and a way within shares its last cables. */
static void out_and_in(void) {
    for (int s = 0; s < SHAPES; s++) {
        struct ess_fat_tree tree = shapes[s];
        struct ess_fat_tree_hop out[HOPS], in[HOPS], way[HOPS];
        CU_ASSERT_FATAL(ess_fat_tree_init(&tree));
        uint32_t last = tree.host_count - 1;
        CU_ASSERT_EQUAL(ess_fat_tree_route_out(&tree, 0, out), tree.levels - 1);
        CU_ASSERT_EQUAL(ess_fat_tree_route_in(&tree, last, in), tree.levels - 1);
        uint32_t count = ess_fat_tree_route(&tree, 0, last, way);
        CU_ASSERT_EQUAL(count, 2 * (tree.levels - 1));
        CU_ASSERT(same_hops(way + count / 2, in, count / 2));
        for (uint32_t i = 0; i + 1 < tree.levels; i++) {
            CU_ASSERT(!out[i].down && in[i].down);
        }
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"counts", counts},
        {"refuses what is no tree", refuses_what_is_no_tree},
        {"routes as SimGrid's algorithm", routes_as_simgrid},
        {"shift permutations without contention", shifts_without_contention},
        {"out of the tree and into it", out_and_in},
        {NULL, NULL},
    };
    return ess_test_main("fat tree", tests);
}
