/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What owners know of the network beforehand, told to the coordinator where its policies ask for
 * it: for each pair what one transfer gets alone (the narrowest link of its way) and the one-way
 * delay, and each machine's access line. Simplification: they know the truth, as it is at the start
 * of the run; links that change later, and links that several pairs share, are not told. */
#include "sim/world/world_parts.h"

static bool is_needed(const struct ess_policies *policies) {
    return ess_peer_layout(policies) != 0 || policies->peer.find_sites;
}

static void declare_pair(struct ess_world *world, uint32_t from, uint32_t to, uint32_t *links,
    double *rate, int64_t *delay_ns) {
    uint32_t count = ess_topology_path(&world->topology, from, to, links, delay_ns);
    *rate = count > 0 ? ess_topology_capacity(&world->topology, links[0]) : 0;
    for (uint32_t i = 1; i < count; i++) {
        double capacity = ess_topology_capacity(&world->topology, links[i]);
        *rate = capacity < *rate ? capacity : *rate;
    }
}

static void declare_access(struct ess_world *world, double *up, double *down) {
    const struct ess_scenario *scenario = world->scenario;
    for (size_t i = 0; i < scenario->host_count; i++) {
        up[i] = scenario->hosts[i].kind->up_rate_bytes_per_s;
        down[i] = scenario->hosts[i].kind->down_rate_bytes_per_s;
    }
    up[world->coordinator] = scenario->coordinator.up_rate_bytes_per_s;
    down[world->coordinator] = scenario->coordinator.down_rate_bytes_per_s;
}

const struct ess_pair_matrix *ess_world_declare(struct ess_world *world) {
    uint32_t n = world->agent_count;
    struct ess_pair_matrix *matrix;
    uint32_t *links;
    double *rates, *up, *down;
    int64_t *delays_ns;
    if (!world->scenario->training || !is_needed(&world->policies)) {
        return NULL;
    }
    matrix = ess_arena_allocate(&world->arena, 1, sizeof *matrix);
    rates = ess_arena_allocate(&world->arena, (size_t)n * n, sizeof *rates);
    delays_ns = ess_arena_allocate(&world->arena, (size_t)n * n, sizeof *delays_ns);
    up = ess_arena_allocate(&world->arena, n, sizeof *up);
    down = ess_arena_allocate(&world->arena, n, sizeof *down);
    links = ess_arena_allocate(&world->arena, ESS_PATH_LINKS_MAX, sizeof *links);
    for (uint32_t from = 0; from < n; from++) {
        for (uint32_t to = 0; to < n; to++) {
            size_t at = (size_t)from * n + to;
            if (from != to) {
                declare_pair(world, from, to, links, &rates[at], &delays_ns[at]);
            }
        }
    }
    declare_access(world, up, down);
    *matrix = (struct ess_pair_matrix){n, rates, delays_ns, up, down};
    return matrix;
}
