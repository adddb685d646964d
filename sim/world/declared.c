/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/world/declared.h"

#include "sim/engine/arena.h"
#include "sim/world/world_parts.h"

static void declare_pair(struct ess_topology *topology, uint32_t from, uint32_t to, uint32_t *links,
    double *rate, int64_t *delay_ns) {
    uint32_t count = ess_topology_path(topology, from, to, links, delay_ns);
    *rate = count > 0 ? ess_topology_capacity(topology, links[0]) : 0;
    for (uint32_t i = 1; i < count; i++) {
        double capacity = ess_topology_capacity(topology, links[i]);
        *rate = capacity < *rate ? capacity : *rate;
    }
}

static void declare_access(const struct ess_scenario *scenario, double *up, double *down) {
    size_t coordinator = scenario->host_count;
    for (size_t i = 0; i < scenario->host_count; i++) {
        up[i] = scenario->hosts[i].kind->up_rate_bytes_per_s;
        down[i] = scenario->hosts[i].kind->down_rate_bytes_per_s;
    }
    up[coordinator] = scenario->coordinator.up_rate_bytes_per_s;
    down[coordinator] = scenario->coordinator.down_rate_bytes_per_s;
}

const struct ess_pair_matrix *ess_declare_matrix(
    const struct ess_scenario *scenario, struct ess_topology *topology, struct ess_arena *arena) {
    uint32_t n = (uint32_t)scenario->host_count + 1;
    struct ess_pair_matrix *matrix = ess_arena_allocate(arena, 1, sizeof *matrix);
    double *rates = ess_arena_allocate(arena, (size_t)n * n, sizeof *rates);
    int64_t *delays_ns = ess_arena_allocate(arena, (size_t)n * n, sizeof *delays_ns);
    double *up = ess_arena_allocate(arena, n, sizeof *up);
    double *down = ess_arena_allocate(arena, n, sizeof *down);
    uint32_t *links = ess_arena_allocate(arena, ESS_PATH_LINKS_MAX, sizeof *links);
    for (uint32_t from = 0; from < n; from++) {
        for (uint32_t to = 0; to < n; to++) {
            size_t at = (size_t)from * n + to;
            if (from != to) {
                declare_pair(topology, from, to, links, &rates[at], &delays_ns[at]);
            }
        }
    }
    declare_access(scenario, up, down);
    *matrix = (struct ess_pair_matrix){n, rates, delays_ns, up, down};
    return matrix;
}

const struct ess_pair_matrix *ess_world_declare(struct ess_world *world) {
    const struct ess_policies *policies = &world->policies;
    bool is_needed = ess_peer_layout(policies) != 0 || policies->peer.find_sites;
    if (!world->scenario->training || !is_needed) {
        return NULL;
    }
    return ess_declare_matrix(world->scenario, &world->topology, &world->arena);
}
