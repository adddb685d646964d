/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links and ways: numbering, the lowest delay over several hops, sites without a way. */
#include "base/random.h"
#include "ess_test.h"
#include "models/network/topology.h"
#include "sim/engine/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define MS INT64_C(1000000)

struct net {
    struct ess_arena arena;
    struct ess_topology topology;
};

static void open_net(struct net *net, const struct ess_topology_host *hosts, uint32_t host_count,
    uint32_t site_count, const struct ess_topology_wan_link *links, uint32_t link_count) {
    ess_arena_init(&net->arena, 0);
    CU_ASSERT_FATAL(ess_topology_init(
        &net->topology, &net->arena, hosts, host_count, site_count, links, link_count));
}

static void close_net(struct net *net) {
    ess_arena_fini(&net->arena);
}

/* True when the way from a to b is these links and this delay. */
static bool way_is(const struct net *net, uint32_t a, uint32_t b, int64_t delay_ns, uint32_t count,
    const uint32_t *links) {
    uint32_t found[ESS_PATH_LINKS_MAX];
    int64_t found_ns = -1;
    uint32_t length = ess_topology_path(&net->topology, a, b, found, &found_ns);
    bool same = length == count && found_ns == delay_ns;
    for (uint32_t i = 0; same && i < count; i++) {
        same = found[i] == links[i];
    }
    return same;
}

/* Hosts 0, 1 at site 0; 2 at site 1; 3 at site 2. WAN link 0: 0 - 1 slow; link 1: 2 -> 0 (so 0 -> 2
 * is its backward half); link 2: 2 - 1. */
static const struct ess_topology_host four[] = {
    {0, 10, 11, 1 * MS}, {0, 20, 21, 2 * MS}, {1, 30, 31, 3 * MS}, {2, 40, 41, 4 * MS}};
static const struct ess_topology_wan_link triangle[] = {
    {0, 1, 100, 101, 80 * MS}, {2, 0, 200, 201, 30 * MS}, {2, 1, 300, 301, 20 * MS}};

static void numbers_links(void) {
    static const double capacities[] = {
        10, 11, 20, 21, 30, 31, 40, 41, 100, 101, 200, 201, 300, 301};
    struct net net;
    open_net(&net, four, 4, 3, triangle, 3);
    CU_ASSERT_EQUAL(net.topology.link_count, 14);
    for (uint32_t link = 0; link < 14; link++) {
        CU_ASSERT_EQUAL(ess_topology_capacity(&net.topology, link), capacities[link]);
        CU_ASSERT_EQUAL(ess_topology_is_wan(&net.topology, link), link >= 8);
    }
    close_net(&net);
}

static void lowest_delay_over_hops(void) {
    struct net net;
    open_net(&net, four, 4, 3, triangle, 3);
    /* 30 + 20 by site 2 beats 80: backward half of link 1, forward half of link 2. */
    CU_ASSERT(way_is(&net, 0, 2, (1 + 30 + 20 + 3) * MS, 4, (const uint32_t[]){0, 11, 12, 5}));
    CU_ASSERT(way_is(&net, 2, 0, (3 + 20 + 30 + 1) * MS, 4, (const uint32_t[]){4, 13, 10, 1}));
    CU_ASSERT(way_is(&net, 3, 1, (4 + 30 + 2) * MS, 3, (const uint32_t[]){6, 10, 3}));
    CU_ASSERT(way_is(&net, 2, 3, (3 + 20 + 4) * MS, 3, (const uint32_t[]){4, 13, 7}));
    close_net(&net);
}

static void within_a_site(void) {
    struct net net;
    open_net(&net, four, 4, 3, triangle, 3);
    CU_ASSERT(way_is(&net, 0, 1, 3 * MS, 2, (const uint32_t[]){0, 3}));
    CU_ASSERT(way_is(&net, 1, 0, 3 * MS, 2, (const uint32_t[]){2, 1}));
    CU_ASSERT(way_is(&net, 1, 1, -1, 0, NULL));
    close_net(&net);
}

static void ties_go_to_fewer_links(void) {
    static const struct ess_topology_wan_link links[] = {
        {0, 1, 1, 1, 10 * MS}, {1, 2, 1, 1, 15 * MS}, {0, 2, 1, 1, 25 * MS}};
    static const struct ess_topology_wan_link free_of_delay[] = {
        {0, 1, 1, 1, 0}, {1, 2, 1, 1, 0}, {0, 2, 1, 1, 0}};
    static const struct ess_topology_host hosts[] = {{0, 1, 1, 0}, {1, 1, 1, 0}, {2, 1, 1, 0}};
    struct net net;
    open_net(&net, hosts, 3, 3, links, 3);
    CU_ASSERT(way_is(&net, 0, 2, 25 * MS, 3, (const uint32_t[]){0, 10, 5}));
    close_net(&net);
    open_net(&net, hosts, 3, 3, free_of_delay, 3);
    CU_ASSERT(way_is(&net, 2, 0, 0, 3, (const uint32_t[]){4, 11, 1}));
    close_net(&net);
}

static void sites_without_a_way(void) {
    static const struct ess_topology_host hosts[] = {
        {0, 1, 1, 0}, {0, 1, 1, 0}, {1, 1, 1, 0}, {2, 1, 1, 0}};
    static const struct ess_topology_wan_link one[] = {{0, 2, 1, 1, MS}};
    struct net net;
    open_net(&net, hosts, 4, 3, one, 1);
    CU_ASSERT(way_is(&net, 0, 2, -1, 0, NULL));
    CU_ASSERT(way_is(&net, 2, 3, -1, 0, NULL));
    CU_ASSERT(way_is(&net, 0, 3, MS, 3, (const uint32_t[]){0, 8, 7}));
    CU_ASSERT(way_is(&net, 0, 1, 0, 2, (const uint32_t[]){0, 3}));
    close_net(&net);
    open_net(&net, hosts, 4, 3, NULL, 0);
    CU_ASSERT(way_is(&net, 0, 3, -1, 0, NULL));
    CU_ASSERT(way_is(&net, 0, 1, 0, 2, (const uint32_t[]){0, 3}));
    close_net(&net);
}

/* A chain of sites: a way holds so many WAN links that the trees of both ends find room too; one
 * more is no way. */
static void ways_have_a_longest(void) {
    enum { SITES = 1100, LONGEST = ESS_PATH_LINKS_MAX - 2 * ESS_FAT_TREE_LEVELS_MAX - 3 };
    static struct ess_topology_host hosts[SITES];
    static struct ess_topology_wan_link links[SITES - 1];
    uint32_t found[ESS_PATH_LINKS_MAX];
    struct net net;
    int64_t delay_ns;
    for (uint32_t i = 0; i < SITES; i++) {
        hosts[i] = (struct ess_topology_host){i, 1, 1, 0};
    }
    for (uint32_t i = 0; i + 1 < SITES; i++) {
        links[i] = (struct ess_topology_wan_link){i, i + 1, 1, 1, MS};
    }
    open_net(&net, hosts, SITES, SITES, links, SITES - 1);
    for (uint32_t to = 1; to < SITES; to++) {
        uint32_t length = ess_topology_path(&net.topology, 0, to, found, &delay_ns);
        CU_ASSERT_EQUAL(length, to <= LONGEST ? to + 2 : 0);
        CU_ASSERT_EQUAL(delay_ns, (to <= LONGEST ? to : LONGEST) * MS);
    }
    close_net(&net);
}

/* ---- random networks against all pairs by Floyd and Warshall --------------------------------- */

enum { SITES_MOST = 60 };
#define FAR (INT64_MAX / 4)

static void all_pairs(const struct ess_topology_wan_link *links, uint32_t link_count,
    uint32_t sites, int64_t (*delay)[SITES_MOST]) {
    for (uint32_t a = 0; a < sites; a++) {
        for (uint32_t b = 0; b < sites; b++) {
            delay[a][b] = a == b ? 0 : FAR;
        }
    }
    for (uint32_t i = 0; i < link_count; i++) {
        uint32_t a = links[i].from_site, b = links[i].to_site;
        delay[a][b] = delay[b][a] =
            links[i].delay_ns < delay[a][b] ? links[i].delay_ns : delay[a][b];
    }
    for (uint32_t k = 0; k < sites; k++) {
        for (uint32_t a = 0; a < sites; a++) {
            for (uint32_t b = 0; b < sites; b++) {
                int64_t by_k = delay[a][k] + delay[k][b];
                delay[a][b] = by_k < delay[a][b] ? by_k : delay[a][b];
            }
        }
    }
}

/* A way must be a walk over links that touch, from the one site to the other, of that delay. */
static bool is_a_walk(
    const struct ess_topology *topology, uint32_t from, uint32_t to, int64_t wanted_ns) {
    uint32_t links[ESS_PATH_LINKS_MAX];
    int64_t delay_ns = 0, summed_ns = 0;
    uint32_t site = from;
    uint32_t length = ess_topology_path(topology, from, to, links, &delay_ns);
    if (wanted_ns >= FAR) {
        return length == 0;
    }
    if (length < 2 || links[0] != 2 * from || links[length - 1] != 2 * to + 1) {
        return false;
    }
    for (uint32_t i = 1; i + 1 < length; i++) {
        uint32_t index = links[i] - 2 * topology->host_count;
        const struct ess_topology_wan_link *link = &topology->wan_links[index / 2];
        bool forward = index % 2 == 0;
        if (site != (forward ? link->from_site : link->to_site)) {
            return false;
        }
        site = forward ? link->to_site : link->from_site;
        summed_ns += link->delay_ns;
    }
    return site == to && summed_ns == delay_ns && delay_ns == wanted_ns;
}

static uint32_t draw_links(
    struct ess_random *random, uint32_t sites, struct ess_topology_wan_link *links) {
    uint32_t count = 0;
    for (uint32_t a = 0; a < sites; a++) {
        for (uint32_t b = a + 1; b < sites; b++) {
            bool turned = ess_random_below(random, 2);
            if (ess_random_below(random, sites) > 2) {
                continue;
            }
            links[count++] = (struct ess_topology_wan_link){
                turned ? b : a, turned ? a : b, 1, 2, (int64_t)ess_random_below(random, 50) * MS};
        }
    }
    return count;
}

static void many_sites(void) {
    static struct ess_topology_wan_link links[SITES_MOST * SITES_MOST];
    static int64_t delay[SITES_MOST][SITES_MOST];
    struct ess_topology_host hosts[SITES_MOST];
    struct ess_random random;
    uint64_t ways = 0, none = 0, bad = 0;
    ess_random_init(&random, 3, 0, "sites");
    for (uint32_t i = 0; i < SITES_MOST; i++) {
        hosts[i] = (struct ess_topology_host){i, 1, 1, 0}; /* host i is alone at site i */
    }
    for (int round = 0; round < 60; round++) {
        uint32_t sites = 2 + (uint32_t)ess_random_below(&random, SITES_MOST - 1);
        uint32_t link_count = draw_links(&random, sites, links);
        struct net net;
        open_net(&net, hosts, sites, sites, links, link_count);
        all_pairs(links, link_count, sites, delay);
        for (uint32_t pair = 0; pair < sites * sites; pair++) {
            uint32_t a = pair / sites, b = pair % sites;
            if (a != b) {
                bad += !is_a_walk(&net.topology, a, b, delay[a][b]);
                none += delay[a][b] >= FAR;
                ways++;
            }
        }
        close_net(&net);
    }
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT(none > 0 && none < ways);
    ess_test_note("%llu pairs of sites, %llu without a way", (unsigned long long)ways,
        (unsigned long long)none);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"numbers links", numbers_links},
        {"lowest delay over hops", lowest_delay_over_hops},
        {"within a site", within_a_site},
        {"ties go to fewer links", ties_go_to_fewer_links},
        {"sites without a way", sites_without_a_way},
        {"ways have a longest", ways_have_a_longest},
        {"many sites, against all pairs", many_sites},
        {NULL, NULL},
    };
    return ess_test_main("topology", tests);
}
