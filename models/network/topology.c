/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/topology.h"

#include "models/network/routes.h"

double ess_topology_capacity(const struct ess_topology *topology, uint32_t link) {
    uint32_t hosts = topology->host_count;
    const struct ess_topology_wan_link *wan;
    if (link < 2 * hosts) {
        const struct ess_topology_host *host = &topology->hosts[link / 2];
        return link % 2 == 0 ? host->up_bytes_per_s : host->down_bytes_per_s;
    }
    wan = &topology->wan_links[(link - 2 * hosts) / 2];
    return link % 2 == 0 ? wan->forward_bytes_per_s : wan->backward_bytes_per_s;
}

bool ess_topology_is_wan(const struct ess_topology *topology, uint32_t link) {
    return link >= 2 * topology->host_count;
}

bool ess_topology_init(struct ess_topology *topology, struct ess_arena *arena,
    const struct ess_topology_host *hosts, uint32_t host_count, uint32_t site_count,
    const struct ess_topology_wan_link *wan_links, uint32_t wan_link_count) {
    *topology = (struct ess_topology){
        .host_count = host_count,
        .site_count = site_count,
        .wan_link_count = wan_link_count,
        .link_count = 2 * (host_count + wan_link_count),
        .hosts = hosts,
        .wan_links = wan_links,
    };
    return ess_routes_compute(topology, arena);
}

uint32_t ess_topology_path(const struct ess_topology *topology, uint32_t a, uint32_t b,
    uint32_t *links, int64_t *delay_ns) {
    const struct ess_topology_host *from = &topology->hosts[a];
    const struct ess_topology_host *to = &topology->hosts[b];
    uint32_t pair = from->site * topology->site_count + to->site;
    uint32_t first = topology->route_first[pair];
    uint32_t count = topology->route_first[pair + 1] - first;
    if (a == b || topology->route_delay_ns[pair] == INT64_MAX || count > ESS_PATH_LINKS_MAX - 2) {
        return 0;
    }
    *delay_ns = from->delay_ns + topology->route_delay_ns[pair] + to->delay_ns;
    links[0] = 2 * a;
    for (uint32_t i = 0; i < count; i++) {
        links[1 + i] = topology->route_links[first + i];
    }
    links[1 + count] = 2 * b + 1;
    return count + 2;
}
