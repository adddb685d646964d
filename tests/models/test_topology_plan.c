/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Topologies beyond the plain one: fat trees inside sites, pipes of hosts, delays that differ by
 * direction, the policies of routes, plans that are not sound. */
#include "base/random.h"
#include "ess_test.h"
#include "models/network/routes.h"
#include "models/network/topology_info.h"
#include "sim/engine/arena.h"

#include <math.h>
#include <stdlib.h>

#define MS INT64_C(1000000)

static bool way_is(const struct ess_topology *topology, uint32_t a, uint32_t b, int64_t delay_ns,
    uint32_t count, const uint32_t *links) {
    uint32_t found[ESS_PATH_LINKS_MAX];
    int64_t found_ns = -1;
    uint32_t length = ess_topology_path(topology, a, b, found, &found_ns);
    bool same = length == count && found_ns == delay_ns;
    for (uint32_t i = 0; same && i < count; i++) {
        same = found[i] == links[i];
    }
    if (!same) {
        ess_test_note("%u to %u: %u links, %lld ns", a, b, length, (long long)found_ns);
    }
    return same;
}

/* Site 0: a tree of 2 x 2 with two top switches, hosts 0 to 2 in it and host 4 beside it; site 1:
 * host 3 behind a switch. Cables: leaf 0 to tops 0, 1: ports 5, 6; leaf 1: 7, 8. */
static const struct ess_topology_host five[] = {
    {0, 10, 11, 1}, {0, 10, 11, 1}, {0, 10, 11, 1}, {1, 10, 11, 5}, {0, 10, 11, 7}};
static const struct ess_topology_wan_link one_link[] = {{0, 1, 100, 200, 1000}};
static const struct ess_topology_tree small_tree = {.site = 0,
    .first_host = 0,
    .host_count = 3,
    .shape = {.levels = 2, .children = {2, 2}, .parents = {1, 2}},
    .rate_bytes_per_s = 50,
    .delay_ns = 10};

static void ways_through_a_tree(void) {
    static const int64_t backward_ns[] = {3000};
    struct ess_topology_plan plan = {.hosts = five,
        .host_count = 5,
        .site_count = 2,
        .wan_links = one_link,
        .wan_link_count = 1,
        .backward_delay_ns = backward_ns,
        .trees = &small_tree,
        .tree_count = 1};
    struct ess_arena arena;
    struct ess_topology topology;
    ess_arena_init(&arena, 0);
    CU_ASSERT_FATAL(ess_topology_init_plan(&topology, &arena, &plan));
    CU_ASSERT_EQUAL(topology.host_count, 9);
    CU_ASSERT_EQUAL(topology.link_count, 20);
    CU_ASSERT_EQUAL(ess_topology_capacity(&topology, 2 * 5), 50);
    CU_ASSERT_EQUAL(ess_topology_capacity(&topology, 19), 200);
    CU_ASSERT_EQUAL(ess_topology_link_delay_ns(&topology, 18), 1000);
    CU_ASSERT_EQUAL(ess_topology_link_delay_ns(&topology, 19), 3000);
    CU_ASSERT_EQUAL(ess_topology_link_delay_ns(&topology, 2 * 6 + 1), 10);
    for (uint32_t link = 0; link < 20; link++) {
        CU_ASSERT_EQUAL(ess_topology_is_wan(&topology, link), link >= 18);
    }
    /* Same leaf; other leaf by top 2 mod 2 = 0, and back by top 1 mod 2 = 1. */
    CU_ASSERT(way_is(&topology, 0, 1, 2, 2, (const uint32_t[]){0, 3}));
    CU_ASSERT(way_is(&topology, 0, 2, 22, 4, (const uint32_t[]){0, 10, 15, 5}));
    CU_ASSERT(way_is(&topology, 2, 1, 22, 4, (const uint32_t[]){4, 16, 13, 3}));
    /* The host beside the tree hangs on its tops. */
    CU_ASSERT(way_is(&topology, 1, 4, 18, 3, (const uint32_t[]){2, 12, 9}));
    CU_ASSERT(way_is(&topology, 4, 2, 18, 3, (const uint32_t[]){8, 15, 5}));
    /* Out to the WAN and in from it, in the delay of the direction. */
    CU_ASSERT(way_is(&topology, 1, 3, 1 + 10 + 1000 + 5, 4, (const uint32_t[]){2, 12, 18, 7}));
    CU_ASSERT(way_is(&topology, 3, 2, 5 + 3000 + 10 + 1, 4, (const uint32_t[]){6, 19, 15, 5}));
    CU_ASSERT(way_is(&topology, 4, 3, 7 + 1000 + 5, 3, (const uint32_t[]){8, 18, 7}));
    ess_arena_fini(&arena);
}

static void pipes_of_hosts(void) {
    static const double caps[] = {0, 7, 9, 0};
    struct ess_topology_plan plan = {.hosts = five,
        .host_count = 5,
        .site_count = 2,
        .wan_links = one_link,
        .wan_link_count = 1,
        .caps_bytes_per_s = caps};
    struct ess_arena arena;
    struct ess_topology topology;
    ess_arena_init(&arena, 0);
    CU_ASSERT_FATAL(ess_topology_init_plan(&topology, &arena, &plan));
    CU_ASSERT_EQUAL(topology.host_count, 15);
    /* Host h to site s: port 5 + 2 h + s. */
    CU_ASSERT(way_is(&topology, 1, 3, 1006, 4, (const uint32_t[]){2, 2 * 8, 30, 7}));
    CU_ASSERT(way_is(&topology, 3, 0, 1006, 4, (const uint32_t[]){6, 2 * 11, 31, 1}));
    CU_ASSERT(way_is(&topology, 0, 1, 2, 2, (const uint32_t[]){0, 3}));
    CU_ASSERT_EQUAL(ess_topology_capacity(&topology, 2 * 8), 7);
    CU_ASSERT_EQUAL(ess_topology_capacity(&topology, 2 * 11), 9);
    CU_ASSERT(!ess_topology_is_wan(&topology, 2 * 11) && ess_topology_is_wan(&topology, 30));
    ess_arena_fini(&arena);
}

static void direct_ways(void) {
    /* 0 - 1 takes 50 directly and 20 by way of 2; 0 - 3 has no link of its own. */
    static const struct ess_topology_host hosts[] = {
        {0, 1, 1, 0}, {1, 1, 1, 0}, {2, 1, 1, 0}, {3, 1, 1, 0}};
    static const struct ess_topology_wan_link links[] = {
        {0, 1, 1, 1, 50}, {0, 2, 1, 1, 10}, {2, 1, 1, 1, 10}, {1, 3, 1, 1, 1}};
    struct ess_topology_plan plan = {.hosts = hosts,
        .host_count = 4,
        .site_count = 4,
        .wan_links = links,
        .wan_link_count = 4,
        .routes = ESS_ROUTES_DIRECT};
    struct ess_arena arena;
    struct ess_topology topology;
    ess_arena_init(&arena, 0);
    CU_ASSERT_FATAL(ess_topology_init_plan(&topology, &arena, &plan));
    CU_ASSERT(way_is(&topology, 0, 1, 50, 3, (const uint32_t[]){0, 8, 3}));
    CU_ASSERT(way_is(&topology, 0, 3, 21, 5, (const uint32_t[]){0, 10, 12, 14, 7}));
    plan.routes = ESS_ROUTES_LOWEST_DELAY;
    CU_ASSERT_FATAL(ess_topology_init_plan(&topology, &arena, &plan));
    CU_ASSERT(way_is(&topology, 0, 1, 20, 4, (const uint32_t[]){0, 10, 12, 3}));
    ess_arena_fini(&arena);
}

/* ---- widest ways against Floyd and Warshall -------------------------------------------------- */

enum { SITES = 30 };
#define FAR (INT64_MAX / 4)

/* [a][b]: the width that some way has, and the lowest delay of ways that wide. */
struct best {
    double width[SITES][SITES];
    int64_t delay[SITES][SITES];
};

static double link_rate(const struct ess_topology_wan_link *link, bool back) {
    return back ? link->backward_bytes_per_s : link->forward_bytes_per_s;
}

static void find_widths(
    const struct ess_topology_wan_link *links, uint32_t count, struct best *best) {
    for (uint32_t a = 0; a < SITES; a++) {
        for (uint32_t b = 0; b < SITES; b++) {
            best->width[a][b] = a == b ? INFINITY : 0;
        }
    }
    for (uint32_t i = 0; i < 2 * count; i++) {
        const struct ess_topology_wan_link *link = &links[i / 2];
        uint32_t a = i % 2 ? link->to_site : link->from_site;
        uint32_t b = i % 2 ? link->from_site : link->to_site;
        best->width[a][b] = fmax(best->width[a][b], link_rate(link, i % 2));
    }
    for (uint32_t k = 0; k < SITES; k++) {
        for (uint32_t a = 0; a < SITES; a++) {
            for (uint32_t b = 0; b < SITES; b++) {
                best->width[a][b] =
                    fmax(best->width[a][b], fmin(best->width[a][k], best->width[k][b]));
            }
        }
    }
}

/* Lowest delay from a to b over links at least `width` wide, by Bellman and Ford. */
static int64_t delay_at(const struct ess_topology_wan_link *links, uint32_t count, uint32_t a,
    uint32_t b, double width) {
    int64_t delay[SITES];
    for (uint32_t i = 0; i < SITES; i++) {
        delay[i] = i == a ? 0 : FAR;
    }
    for (uint32_t round = 0; round < SITES; round++) {
        for (uint32_t i = 0; i < 2 * count; i++) {
            const struct ess_topology_wan_link *link = &links[i / 2];
            uint32_t from = i % 2 ? link->to_site : link->from_site;
            uint32_t to = i % 2 ? link->from_site : link->to_site;
            if (link_rate(link, i % 2) >= width && delay[from] + link->delay_ns < delay[to]) {
                delay[to] = delay[from] + link->delay_ns;
            }
        }
    }
    return delay[b];
}

static uint32_t draw(struct ess_random *random, struct ess_topology_wan_link *links) {
    uint32_t count = 0;
    for (uint32_t a = 0; a < SITES; a++) {
        for (uint32_t b = a + 1; b < SITES; b++) {
            if (ess_random_below(random, SITES) < 3) {
                links[count++] =
                    (struct ess_topology_wan_link){a, b, (double)(1 + ess_random_below(random, 6)),
                        (double)(1 + ess_random_below(random, 6)),
                        (int64_t)(1 + ess_random_below(random, 50)) * MS};
            }
        }
    }
    return count;
}

static bool is_best(const struct ess_topology *topology, const struct ess_topology_wan_link *links,
    uint32_t count, const struct best *best, uint32_t a, uint32_t b) {
    uint32_t way[ESS_PATH_LINKS_MAX];
    int64_t delay_ns = 0, summed_ns = 0;
    double width = INFINITY;
    uint32_t length = ess_topology_path(topology, a, b, way, &delay_ns);
    if (best->width[a][b] <= 0) {
        return length == 0;
    }
    for (uint32_t i = 1; i + 1 < length; i++) {
        width = fmin(width, ess_topology_capacity(topology, way[i]));
        summed_ns += ess_topology_link_delay_ns(topology, way[i]);
    }
    return length > 2 && width == best->width[a][b] && summed_ns == delay_ns &&
           delay_ns == delay_at(links, count, a, b, width);
}

static void widest_ways(void) {
    struct ess_topology_host hosts[SITES];
    struct ess_topology_wan_link links[SITES * SITES];
    static struct best best;
    struct ess_random random;
    uint32_t bad = 0, pairs = 0, none = 0;
    ess_random_init(&random, 11, 0, "widths");
    for (uint32_t i = 0; i < SITES; i++) {
        hosts[i] = (struct ess_topology_host){i, 1, 1, 0};
    }
    for (int round = 0; round < 10; round++) {
        struct ess_arena arena;
        struct ess_topology topology;
        struct ess_topology_plan plan = {.hosts = hosts,
            .host_count = SITES,
            .site_count = SITES,
            .wan_links = links,
            .wan_link_count = draw(&random, links),
            .routes = ESS_ROUTES_WIDEST};
        ess_arena_init(&arena, 0);
        CU_ASSERT_FATAL(ess_topology_init_plan(&topology, &arena, &plan));
        find_widths(links, plan.wan_link_count, &best);
        for (uint32_t i = 0; i < SITES * SITES; i++) {
            uint32_t a = i / SITES, b = i % SITES;
            if (a != b) {
                pairs++;
                none += best.width[a][b] <= 0;
                bad += !is_best(&topology, links, plan.wan_link_count, &best, a, b);
            }
        }
        ess_arena_fini(&arena);
    }
    CU_ASSERT_EQUAL(bad, 0);
    ess_test_note("%u pairs of sites, %u without a way", pairs, none);
}

/* ---- on demand, figures, soundness ----------------------------------------------------------- */

/* A ring of 1,000 sites: a question about one site computes its block of rows and no other. */
static void rows_on_demand(void) {
    enum { RING = 1000 };
    static struct ess_topology_host hosts[RING];
    static struct ess_topology_wan_link links[RING];
    uint32_t way[ESS_PATH_LINKS_MAX], made = 0;
    int64_t delay_ns;
    struct ess_arena arena;
    struct ess_topology topology;
    struct ess_topology_info info;
    for (uint32_t i = 0; i < RING; i++) {
        hosts[i] = (struct ess_topology_host){i, 1, 1, 0};
        links[i] = (struct ess_topology_wan_link){i, (i + 1) % RING, 1, 1, MS};
    }
    ess_arena_init(&arena, 0);
    CU_ASSERT_FATAL(ess_topology_init(&topology, &arena, hosts, RING, RING, links, RING));
    CU_ASSERT_EQUAL(ess_topology_path(&topology, 700, 199, way, &delay_ns), 2 + 499);
    CU_ASSERT_EQUAL(delay_ns, 499 * MS);
    for (uint32_t i = 0; i < RING; i++) {
        made += topology.rows[i] != NULL;
    }
    CU_ASSERT_EQUAL(made, ESS_ROUTES_BLOCK);
    ess_topology_info(&topology, RING, &arena, &info);
    CU_ASSERT_EQUAL(info.part_count, 1);
    CU_ASSERT_EQUAL(info.diameter_ns, RING / 2 * MS);
    CU_ASSERT_EQUAL(info.most_links, RING / 2);
    CU_ASSERT_EQUAL(info.pairs, RING * (RING - 1));
    CU_ASSERT_EQUAL(info.pairs_without_way, 0);
    ess_test_note("%.1f bytes a pair of sites", (double)ess_arena_bytes(&arena) / RING / RING);
    CU_ASSERT(ess_arena_bytes(&arena) < (uint64_t)RING * RING * 40);
    ess_arena_fini(&arena);
}

/* A row of hubs, and sites that hang by one link of one of them: no rows but the hubs' are made.
 * Two sites joined by a link alone hang by each other. */
static void sites_with_one_link(void) {
    enum { HUBS = 4, LEAVES = 300, ALL = HUBS + LEAVES + 2 };
    static struct ess_topology_host hosts[ALL];
    static struct ess_topology_wan_link links[ALL];
    uint32_t way[ESS_PATH_LINKS_MAX], made = 0, bad = 0, count = 0;
    int64_t delay_ns;
    struct ess_arena arena;
    struct ess_topology topology;
    for (uint32_t i = 0; i < ALL; i++) {
        hosts[i] = (struct ess_topology_host){i, 1, 1, 0};
    }
    for (uint32_t i = 0; i + 1 < HUBS; i++) {
        links[count++] = (struct ess_topology_wan_link){i, i + 1, 1, 1, 10 * MS};
    }
    for (uint32_t i = HUBS; i < HUBS + LEAVES; i++) {
        links[count++] = (struct ess_topology_wan_link){i, i % HUBS, 1, 1, MS};
    }
    links[count++] = (struct ess_topology_wan_link){ALL - 2, ALL - 1, 1, 1, 5 * MS};
    ess_arena_init(&arena, 0);
    CU_ASSERT_FATAL(ess_topology_init(&topology, &arena, hosts, ALL, ALL, links, count));
    for (uint32_t a = HUBS; a < HUBS + LEAVES; a++) {
        for (uint32_t b = HUBS; b < HUBS + LEAVES; b++) {
            int64_t apart = llabs((int64_t)(a % HUBS) - (int64_t)(b % HUBS));
            uint32_t length = ess_topology_path(&topology, a, b, way, &delay_ns);
            bad += a != b && (length != 4 + apart || delay_ns != (2 + 10 * apart) * MS);
        }
    }
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT_EQUAL(ess_topology_path(&topology, HUBS, 0, way, &delay_ns), 3);
    CU_ASSERT_EQUAL(ess_topology_path(&topology, HUBS, ALL - 1, way, &delay_ns), 0);
    CU_ASSERT_EQUAL(ess_topology_path(&topology, ALL - 1, ALL - 2, way, &delay_ns), 3);
    CU_ASSERT_EQUAL(delay_ns, 5 * MS);
    for (uint32_t i = 0; i < ALL - 2; i++) {
        made += topology.rows[i] != NULL;
    }
    CU_ASSERT_EQUAL(made, HUBS);
    ess_arena_fini(&arena);
}

static void quantiles(void) {
    double values[] = {5, 1, 4, 2, 3};
    struct ess_quantiles q = ess_quantiles_of(values, 5);
    CU_ASSERT(q.least == 1 && q.low == 1 && q.median == 3 && q.high == 5 && q.greatest == 5);
    q = ess_quantiles_of(values, 0);
    CU_ASSERT(q.count == 0 && isnan(q.median));
}

static bool sound(const struct ess_topology_plan *plan) {
    struct ess_arena arena;
    struct ess_topology topology;
    ess_arena_init(&arena, 0);
    bool ok = ess_topology_init_plan(&topology, &arena, plan);
    ess_arena_fini(&arena);
    return ok;
}

static void plans_that_are_not_sound(void) {
    const double bad_rates[] = {0, -1, INFINITY, NAN};
    struct ess_topology_host hosts[5];
    struct ess_topology_wan_link link = one_link[0];
    struct ess_topology_tree tree = small_tree;
    int64_t backward_ns = -1;
    struct ess_topology_plan plan = {.hosts = hosts,
        .host_count = 5,
        .site_count = 2,
        .wan_links = &link,
        .wan_link_count = 1,
        .trees = &tree,
        .tree_count = 1};
    for (int i = 0; i < 5; i++) {
        hosts[i] = five[i];
    }
    CU_ASSERT(sound(&plan));
    for (int i = 0; i < 4; i++) {
        hosts[2].up_bytes_per_s = bad_rates[i];
        CU_ASSERT_FALSE(sound(&plan));
        hosts[2].up_bytes_per_s = 10;
        link.backward_bytes_per_s = bad_rates[i];
        CU_ASSERT_FALSE(sound(&plan));
        link.backward_bytes_per_s = 1;
        tree.rate_bytes_per_s = bad_rates[i];
        CU_ASSERT_FALSE(sound(&plan));
        tree.rate_bytes_per_s = 1;
    }
    hosts[1].site = 2;
    CU_ASSERT_FALSE(sound(&plan));
    hosts[1].site = 1; /* in the tree of another site */
    CU_ASSERT_FALSE(sound(&plan));
    hosts[1].site = 0;
    hosts[1].delay_ns = -1;
    CU_ASSERT_FALSE(sound(&plan));
    hosts[1].delay_ns = 0;
    plan.backward_delay_ns = &backward_ns;
    CU_ASSERT_FALSE(sound(&plan));
    plan.backward_delay_ns = NULL;
    tree.host_count = 6;
    CU_ASSERT_FALSE(sound(&plan));
    tree.host_count = 3;
    link.to_site = 2;
    CU_ASSERT_FALSE(sound(&plan));
    link.to_site = 1;
    CU_ASSERT(sound(&plan));
}

int main(void) {
    static const struct ess_test tests[] = {
        {"ways through a fat tree", ways_through_a_tree},
        {"pipes of hosts", pipes_of_hosts},
        {"direct ways", direct_ways},
        {"widest ways, against Floyd and Warshall", widest_ways},
        {"rows are made on demand; a ring's figures", rows_on_demand},
        {"sites with one link take the ways of its other end", sites_with_one_link},
        {"quantiles", quantiles},
        {"plans that are not sound", plans_that_are_not_sound},
        {NULL, NULL},
    };
    return ess_test_main("topology plans", tests);
}
