/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/topology_info.h"

#include <math.h>
#include <stdlib.h>

#include "models/network/routes.h"
#include "sim/engine/arena.h"

static int ascending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double of_rank(const double *sorted, uint64_t count, double q) {
    double rank = ceil(q * (double)count);
    return sorted[rank < 1 ? 0 : (uint64_t)rank - 1];
}

struct ess_quantiles ess_quantiles_of(double *values, uint64_t count) {
    if (count == 0) {
        return (struct ess_quantiles){0, NAN, NAN, NAN, NAN, NAN};
    }
    qsort(values, count, sizeof *values, ascending);
    return (struct ess_quantiles){count, values[0], of_rank(values, count, 0.05),
        of_rank(values, count, 0.5), of_rank(values, count, 0.95), values[count - 1]};
}

/* Union-find with path halving; a part is called after its first site. */
static uint32_t find(uint32_t *parents, uint32_t site) {
    while (parents[site] != site) {
        parents[site] = parents[parents[site]];
        site = parents[site];
    }
    return site;
}

static void find_parts(
    const struct ess_topology *topology, struct ess_arena *arena, struct ess_topology_info *info) {
    uint32_t sites = topology->site_count;
    uint32_t *parents = ess_arena_allocate(arena, sites, sizeof *parents);
    info->part_of = ess_arena_allocate(arena, sites, sizeof *info->part_of);
    info->part_sizes = ess_arena_allocate(arena, sites, sizeof *info->part_sizes);
    for (uint32_t site = 0; site < sites; site++) {
        parents[site] = site;
    }
    for (uint32_t i = 0; i < topology->wan_link_count; i++) {
        uint32_t a = find(parents, topology->wan_links[i].from_site);
        uint32_t b = find(parents, topology->wan_links[i].to_site);
        parents[a > b ? a : b] = a > b ? b : a;
    }
    for (uint32_t site = 0; site < sites; site++) {
        uint32_t first = find(parents, site);
        info->part_of[site] = first == site ? info->part_count++ : info->part_of[first];
        info->part_sizes[info->part_of[site]]++;
    }
}

void ess_topology_info(const struct ess_topology *topology, uint32_t ends, struct ess_arena *arena,
    struct ess_topology_info *info) {
    uint32_t most = ESS_TOPOLOGY_INFO_PAIRS_MAX / (topology->site_count + 1) + 1;
    *info = (struct ess_topology_info){
        .diameter_ns = -1, .ends = ends, .sources = ends < most ? ends : most};
    find_parts(topology, arena, info);
    for (uint32_t from = 0; from < info->sources; from++) {
        const struct ess_route_row *row = ess_routes_from(topology, from);
        for (uint32_t to = 0; to < ends; to++) {
            const struct ess_route *route = &row->to[to];
            if (to == from) {
                continue;
            }
            info->pairs++;
            if (route->node == ESS_ROUTE_NONE) {
                info->pairs_without_way++;
                continue;
            }
            if (route->link_count > info->most_links) {
                info->most_links = route->link_count;
            }
            if (route->delay_ns > info->diameter_ns) {
                info->diameter_ns = route->delay_ns;
                info->diameter_from = from;
                info->diameter_to = to;
            }
        }
    }
}
