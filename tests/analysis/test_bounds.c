/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lower bounds: closed forms on networks simple enough, what is refused, interchangeable peers,
 * topologies, many peers. */
#include "analysis/bounds/columns.h"
#include "bound_case.h"
#include "models/network/topology.h"
#include "sim/engine/arena.h"

static bool near(double value, double expected) {
    bool good = fabs(value - expected) <= 2e-6 * fabs(expected);
    if (!good) {
        ess_test_note("%.12g, expected %.12g", value, expected);
    }
    return good;
}

static struct ess_bound bound_of(
    const struct ess_bound_network *network, enum ess_primitive primitive, double bytes) {
    struct ess_bound_task task = task_of(primitive, 0);
    struct ess_bound bound;
    CU_ASSERT_TRUE_FATAL(ess_bound_compute(network, &task, bytes, &bound));
    CU_ASSERT_TRUE(bound.gap >= 0 && bound.gap < 2e-6);
    CU_ASSERT_TRUE(bound.seconds == fmax(bound.latency_s, bound.bandwidth_s + bound.head_s));
    return bound;
}

/* Bandwidth alone, after all else has been looked at. */
static double bandwidth_of(
    const struct ess_bound_network *network, enum ess_primitive primitive, double bytes) {
    struct ess_bound bound = bound_of(network, primitive, bytes);
    double shares = 0;
    for (uint32_t link = 0; link < network->link_count; link++) {
        shares += bound.link_share[link];
    }
    CU_ASSERT_TRUE(near(shares, 1));
    ess_bound_fini(&bound);
    return bound.bandwidth_s;
}

static void equal_peers(void) {
    for (uint32_t p = 2; p <= 40; p += p < 8 ? 1 : 8) {
        double rate[64] = {0}, n = 1e6, c = 1e5;
        struct ess_bound_network network;
        for (uint32_t i = 0; i < p; i++) {
            rate[i] = c;
        }
        network = star(p, rate, rate);
        CU_ASSERT(near(bandwidth_of(&network, ESS_BROADCAST, n), n / c));
        CU_ASSERT(near(bandwidth_of(&network, ESS_REDUCE, n), n / c));
        CU_ASSERT(near(bandwidth_of(&network, ESS_ALL_GATHER, n), (p - 1) * n / (p * c)));
        CU_ASSERT(near(bandwidth_of(&network, ESS_REDUCE_SCATTER, n), (p - 1) * n / (p * c)));
        CU_ASSERT(near(bandwidth_of(&network, ESS_ALL_REDUCE, n), 2 * (p - 1) * n / (p * c)));
        ess_bound_network_fini(&network);
    }
}

/* A leaf of a tenth of the rate: it need only send n and receive n, and the others relay for each
 * other meanwhile. The homogeneous formula would claim 2 (p - 1) / p = 1.75 times as much. */
static void slow_leaf(void) {
    double rate[8] = {10, 10, 10, 1, 10, 10, 10, 10};
    struct ess_bound_network network = star(8, rate, rate);
    struct ess_bound bound = bound_of(&network, ESS_ALL_REDUCE, 100);
    CU_ASSERT(near(bound.bandwidth_s, 100));
    CU_ASSERT(near(bound.link_share[6] + bound.link_share[7], 1));
    CU_ASSERT(!bound.is_partition && near(bound.cut_share, 1));
    for (uint32_t peer = 0; peer < 8; peer++) { /* the leaf on one side, all others on the other */
        CU_ASSERT((bound.part[peer] == bound.part[3]) == (peer == 3));
    }
    CU_ASSERT(near(bound.latency_s, 0.002) && near(bound.head_s, 0.002));
    ess_bound_fini(&bound);
    ess_bound_network_fini(&network);
}

/* Rates up that differ: all that is sent is 2 (p - 1) n, and the fast make up for the slow, as long
 * as these can send n: sum of the rates 28, so 2 x 3 x n / 28 > n / 4. */
static void fast_and_slow(void) {
    double up[4] = {12, 8, 4, 4}, down[4] = {100, 100, 100, 100};
    struct ess_bound_network network = star(4, up, down);
    struct ess_bound bound;
    CU_ASSERT(near(bandwidth_of(&network, ESS_ALL_REDUCE, 28), 7));
    network.capacity_bytes_per_s[6] = 5; /* now the third is the narrow one: n / 4 > 6 n / 29 */
    bound = bound_of(&network, ESS_ALL_REDUCE, 29);
    CU_ASSERT(near(bound.bandwidth_s, 7.25) && near(bound.link_share[4], 1));
    ess_bound_fini(&bound);
    ess_bound_network_fini(&network);
}

/* ---- what is refused or empty ---------------------------------------------------------------- */

static void nothing_to_do(void) {
    double rate[2] = {1, 1};
    struct ess_bound_network one = star(1, rate, rate), two = star(2, rate, rate);
    struct ess_bound_task task = task_of(ESS_ALL_REDUCE, 0);
    struct ess_bound bound;
    CU_ASSERT_TRUE(ess_bound_compute(&one, &task, 100, &bound));
    CU_ASSERT_EQUAL(bound.seconds, 0);
    ess_bound_fini(&bound);
    CU_ASSERT_TRUE(ess_bound_compute(&two, &task, 0, &bound));
    CU_ASSERT_EQUAL(bound.seconds, 0);
    ess_bound_fini(&bound);
    ess_bound_network_fini(&one);
    ess_bound_network_fini(&two);
}

/* A line 0 -> 1 -> 2 of one direction: a broadcast from 0 by relaying, no all-reduce. */
static void one_way(void) {
    struct ess_bound_network network = network_new(3, 2);
    struct ess_bound_task task = task_of(ESS_ALL_REDUCE, 0);
    uint32_t links[2] = {0, 1};
    struct ess_bound bound;
    network.capacity_bytes_per_s[0] = 4;
    network.capacity_bytes_per_s[1] = 2;
    for (size_t pair = 0; pair < 9; pair++) {
        add_path(&network, pair, &links[pair == 5], pair == 1 || pair == 5, 3000000000);
    }
    bound = bound_of(&network, ESS_BROADCAST, 10);
    CU_ASSERT(near(bound.bandwidth_s, 5) && near(bound.latency_s, 6));
    CU_ASSERT(near(bound.head_s, 6)); /* what crosses the second link has come over the first */
    CU_ASSERT(near(bound.seconds, 11));
    ess_bound_fini(&bound);
    CU_ASSERT_FALSE(ess_bound_compute(&network, &task, 10, &bound));
    CU_ASSERT(bound.seconds == INFINITY);
    CU_ASSERT(bound.latency_from > bound.latency_to);
    ess_bound_fini(&bound);
    ess_bound_network_fini(&network);
}

/* ---- interchangeable peers ------------------------------------------------------------------- */

static uint32_t classes_of(const struct ess_bound_network *network) {
    struct ess_bound_columns columns;
    uint32_t count;
    ess_bound_columns_init(network, UINT32_MAX, &columns);
    count = columns.class_count;
    ess_bound_columns_fini(&columns);
    return count;
}

/* Three kinds of peers; then the same with rates that differ in the seventh digit, so that each
 * peer is a class of its own: the bounds must agree to about that. */
static void classes(void) {
    struct ess_random random;
    double worst = 0;
    ess_random_init(&random, 1, 0, "classes");
    for (int round = 0; round < 40; round++) {
        uint32_t p = 4 + (uint32_t)ess_random_below(&random, 9);
        double up[16], down[16], kinds[6];
        struct ess_bound_network network;
        for (int i = 0; i < 6; i++) {
            kinds[i] = draw(&random, 1, 5);
        }
        for (uint32_t i = 0; i < p; i++) {
            up[i] = kinds[i % 3];
            down[i] = kinds[3 + i % 3];
        }
        network = star(p, up, down);
        CU_ASSERT_EQUAL(classes_of(&network), 3);
        for (int c = ESS_ALL_REDUCE; c <= ESS_REDUCE; c++) {
            struct ess_bound_network apart;
            double together = bandwidth_of(&network, (enum ess_primitive)c, 100), alone;
            for (uint32_t i = 0; i < p; i++) {
                up[i] = kinds[i % 3] * (1 + 1e-7 * i);
            }
            apart = star(p, up, down);
            CU_ASSERT_EQUAL(classes_of(&apart), p);
            alone = bandwidth_of(&apart, (enum ess_primitive)c, 100);
            worst = fmax(worst, fabs(alone / together - 1));
            ess_bound_network_fini(&apart);
        }
        ess_bound_network_fini(&network);
    }
    ess_test_note("worst difference %.1e", worst);
    CU_ASSERT(worst < 5e-6);
}

/* The map of links is tested, not only capacities: two pairs that share a link differ from others
 * that do not, though all capacities are equal. */
static void shared_pairs(void) {
    struct ess_bound_network network = network_new(4, 10);
    for (uint32_t link = 0; link < 10; link++) {
        network.capacity_bytes_per_s[link] = 1;
    }
    for (size_t pair = 0; pair < 16; pair++) {
        uint32_t a = (uint32_t)pair / 4, b = (uint32_t)pair % 4;
        uint32_t links[3] = {2 * a, 2 * b + 1, a == 0 ? 8 : 9};
        add_path(&network, pair, links, a == b ? 0 : 3, 1);
    }
    CU_ASSERT_EQUAL(classes_of(&network), 2); /* peer 0 has a link of its own, the others share */
    ess_bound_network_fini(&network);
}

/* ---- topologies ------------------------------------------------------------------------------ */

static void from_topology(void) {
    struct ess_topology_host hosts[5] = {{0, 10, 20, 1000000}, {1, 10, 20, 1000000},
        {0, 10, 20, 1000000}, {0, 1, 1, 0}, {1, 10, 20, 1000000}};
    struct ess_topology_wan_link wan = {0, 1, 2, 4, 5000000};
    struct ess_topology topology;
    struct ess_arena arena;
    struct ess_bound_task task = task_of(ESS_ALL_REDUCE, 0);
    uint32_t group[4] = {0, 1, 2, 4}; /* without the slow host */
    struct ess_bound bound;
    ess_arena_init(&arena, 65536);
    CU_ASSERT_TRUE_FATAL(ess_topology_init(&topology, &arena, hosts, 5, 2, &wan, 1));
    CU_ASSERT_TRUE(ess_bound_of_hosts(&topology, group, 4, &task, 100, &bound));
    CU_ASSERT(near(bound.bandwidth_s, 50)); /* n over the narrow direction */
    CU_ASSERT(near(bound.head_s, 0.007) && near(bound.latency_s, 0.007));
    CU_ASSERT(near(bound.link_share[10], 1));
    CU_ASSERT(bound.part[0] == 0 && bound.part[1] == 1 && bound.part[2] == 0 && bound.part[3] == 1);
    ess_bound_fini(&bound);
    ess_arena_fini(&arena);
}

/* All different, three sites: the two ends must meet. */
static void many_peers(void) {
    struct ess_random random;
    ess_random_init(&random, 5, 0, "many");
    for (int c = ESS_ALL_REDUCE; c <= ESS_REDUCE; c++) {
        struct ess_bound_network network = random_network(&random, 32, false);
        struct ess_bound_task task = task_of((enum ess_primitive)c, 3);
        struct ess_bound bound;
        CU_ASSERT_TRUE(ess_bound_compute(&network, &task, 1000, &bound));
        ess_test_note("%s, 32 peers: %.3f s, exact to within %.1e, %u programs, %u cuts",
            primitive_names[c], bound.seconds, bound.gap, bound.rounds, bound.cut_count);
        CU_ASSERT(bound.gap < 1e-3);
        ess_bound_fini(&bound);
        ess_bound_network_fini(&network);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"equal peers: closed forms", equal_peers},
        {"a slow leaf sends n and receives n", slow_leaf},
        {"the fast make up for the slow", fast_and_slow},
        {"no bytes, one peer", nothing_to_do},
        {"ways in one direction; nobody to hear of", one_way},
        {"interchangeable peers change nothing", classes},
        {"who shares a link is not like who does not", shared_pairs},
        {"hosts of a topology", from_topology},
        {"many peers: both ends meet", many_peers},
        {NULL, NULL},
    };
    return ess_test_main("lower bounds", tests);
}
