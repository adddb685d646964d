/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_BOUND_CASE_H
#define ESS_TEST_BOUND_CASE_H

/* Networks for the tests of lower bounds: built by hand, or drawn. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/bounds/bound.h"
#include "base/random.h"
#include "ess_test.h"

static const char *const primitive_names[] = {
    "all-reduce", "reduce-scatter", "all-gather", "broadcast", "reduce"};

static inline struct ess_bound_task task_of(enum ess_primitive primitive, uint32_t root) {
    bool rooted = primitive == ESS_BROADCAST || primitive == ESS_REDUCE;
    return (struct ess_bound_task){primitive, rooted ? root : UINT32_MAX};
}

/* Room for p peers and that many links, with no paths yet. */
static inline struct ess_bound_network network_new(uint32_t peers, uint32_t links) {
    struct ess_bound_network network = {.peer_count = peers, .link_count = links};
    size_t pairs = (size_t)peers * peers;
    network.capacity_bytes_per_s = calloc(links, sizeof(double));
    network.path_first = calloc(pairs + 1, sizeof(uint32_t));
    network.path_links = calloc(pairs * 8, sizeof(uint32_t));
    network.delay_ns = calloc(pairs, sizeof(int64_t));
    return network;
}

/* Pairs must come in their order. */
static inline void add_path(struct ess_bound_network *network, size_t pair, const uint32_t *links,
    uint32_t count, int64_t delay_ns) {
    uint32_t first = network->path_first[pair];
    memcpy(network->path_links + first, links, count * sizeof *links);
    network->path_first[pair + 1] = first + count;
    network->delay_ns[pair] = delay_ns;
}

/* One switch: link 2 i is the way up of peer i, 2 i + 1 its way down; 1 ms each. */
static inline struct ess_bound_network star(uint32_t peers, const double *up, const double *down) {
    struct ess_bound_network network = network_new(peers, 2 * peers);
    for (uint32_t a = 0; a < peers; a++) {
        network.capacity_bytes_per_s[2 * a] = up[a];
        network.capacity_bytes_per_s[2 * a + 1] = down[a];
        for (uint32_t b = 0; b < peers; b++) {
            uint32_t links[2] = {2 * a, 2 * b + 1};
            add_path(&network, (size_t)a * peers + b, links, a == b ? 0 : 2, 2000000);
        }
    }
    return network;
}

static inline double draw(struct ess_random *random, double least, double greatest) {
    double share = (double)ess_random_below(random, 1000001) / 1e6;
    return least + share * (greatest - least);
}

/* Peers at up to 3 sites, whose links between sites are shared, with rates that differ much (then
 * the slowest decides) or little (then many do); or, where wild, paths of links
 * drawn with no order to them, as no real network has. */
static inline struct ess_bound_network random_network(
    struct ess_random *random, uint32_t peers, bool wild) {
    uint32_t site[64], sites = 1 + (uint32_t)ess_random_below(random, 3), links = 2 * peers + 9;
    struct ess_bound_network network = network_new(peers, links);
    double least = ess_random_below(random, 2) ? 1 : 6, between = draw(random, 0.5, 2);
    for (uint32_t link = 0; link < links; link++) {
        network.capacity_bytes_per_s[link] =
            draw(random, least, 10) * (link < 2 * peers ? 1 : between);
    }
    for (uint32_t a = 0; a < peers; a++) {
        site[a] = (uint32_t)ess_random_below(random, sites);
    }
    for (size_t pair = 0; pair < (size_t)peers * peers; pair++) {
        uint32_t a = (uint32_t)(pair / peers), b = (uint32_t)(pair % peers);
        uint32_t path[3] = {2 * a, 2 * b + 1, 2 * peers + 3 * site[a] + site[b]};
        uint32_t count = a == b ? 0 : site[a] == site[b] ? 2 : 3;
        for (uint32_t i = 0; wild && i < count; i++) {
            path[i] = 3 * (uint32_t)ess_random_below(random, links / 3) + i;
        }
        add_path(&network, pair, path, count, (int64_t)ess_random_below(random, 50) * 1000000);
    }
    return network;
}

#endif
