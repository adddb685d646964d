/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/topology.h"

#include <math.h>
#include <string.h>

#include "models/network/routes.h"
#include "sim/engine/arena.h"

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

int64_t ess_topology_link_delay_ns(const struct ess_topology *topology, uint32_t link) {
    uint32_t wan;
    if (link < 2 * topology->host_count) {
        return topology->hosts[link / 2].delay_ns;
    }
    wan = (link - 2 * topology->host_count) / 2;
    if (link % 2 == 1 && topology->backward_delay_ns) {
        return topology->backward_delay_ns[wan];
    }
    return topology->wan_links[wan].delay_ns;
}

bool ess_topology_is_wan(const struct ess_topology *topology, uint32_t link) {
    return link >= 2 * topology->host_count;
}

/* ---- building ---------------------------------------------------------------------------------
 */

static bool is_rate(double bytes_per_s) {
    return bytes_per_s > 0 && isfinite(bytes_per_s);
}

static bool sound_links(const struct ess_topology_plan *plan) {
    for (uint32_t i = 0; i < plan->host_count; i++) {
        const struct ess_topology_host *host = &plan->hosts[i];
        if (host->site >= plan->site_count || host->delay_ns < 0 ||
            !is_rate(host->up_bytes_per_s) || !is_rate(host->down_bytes_per_s)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < plan->wan_link_count; i++) {
        const struct ess_topology_wan_link *link = &plan->wan_links[i];
        if (link->from_site >= plan->site_count || link->to_site >= plan->site_count ||
            link->delay_ns < 0 || (plan->backward_delay_ns && plan->backward_delay_ns[i] < 0) ||
            !is_rate(link->forward_bytes_per_s) || !is_rate(link->backward_bytes_per_s)) {
            return false;
        }
    }
    return true;
}

static bool sound_tree(const struct ess_topology_plan *plan, const struct ess_topology_tree *tree) {
    if (tree->site >= plan->site_count || tree->delay_ns < 0 || !is_rate(tree->rate_bytes_per_s) ||
        tree->host_count > tree->shape.host_count || tree->first_host > plan->host_count ||
        tree->host_count > plan->host_count - tree->first_host) {
        return false;
    }
    for (uint32_t i = 0; i < tree->host_count; i++) {
        if (plan->hosts[tree->first_host + i].site != tree->site) {
            return false;
        }
    }
    return true;
}

/* Number the cables' and pipes' ports after the hosts. False where a plan is not sound. */
static bool number_ports(struct ess_topology *topology, const struct ess_topology_plan *plan) {
    uint64_t count = plan->host_count;
    if (plan->tree_count > 0) {
        topology->trees =
            ess_arena_allocate(topology->arena, plan->tree_count, sizeof *topology->trees);
        topology->tree_of_site =
            ess_arena_allocate(topology->arena, plan->site_count, sizeof *topology->tree_of_site);
    }
    for (uint32_t i = 0; i < plan->tree_count; i++) {
        struct ess_topology_tree *tree = &topology->trees[i];
        *tree = plan->trees[i];
        if (!ess_fat_tree_init(&tree->shape) || !sound_tree(plan, tree) ||
            topology->tree_of_site[tree->site] != 0) {
            return false;
        }
        topology->tree_of_site[tree->site] = i + 1;
        tree->first_port = (uint32_t)count;
        count += tree->shape.cable_count;
    }
    topology->first_pipe = (uint32_t)count;
    count += plan->caps_bytes_per_s ? (uint64_t)plan->host_count * plan->site_count : 0;
    if (count + plan->wan_link_count >= UINT32_MAX / 2) {
        return false;
    }
    topology->host_count = (uint32_t)count;
    return true;
}

static void fill_cables(const struct ess_topology_tree *tree, struct ess_topology_host *ports) {
    for (uint32_t i = 0; i < tree->shape.cable_count; i++) {
        ports[tree->first_port + i] = (struct ess_topology_host){
            tree->site, tree->rate_bytes_per_s, tree->rate_bytes_per_s, tree->delay_ns};
    }
}

static void fill_pipes(const struct ess_topology *topology, struct ess_topology_host *ports) {
    struct ess_topology_host *pipe = ports + topology->first_pipe;
    for (uint32_t host = 0; host < topology->true_host_count; host++) {
        const double *caps =
            topology->caps_bytes_per_s + (size_t)ports[host].site * topology->site_count;
        for (uint32_t site = 0; site < topology->site_count; site++, pipe++) {
            double rate = caps[site] > 0 ? caps[site] : ESS_TOPOLOGY_UNLIMITED_BYTES_PER_S;
            *pipe = (struct ess_topology_host){ports[host].site, rate, rate, 0};
        }
    }
}

static void build_ports(struct ess_topology *topology, const struct ess_topology_plan *plan) {
    struct ess_topology_host *ports =
        ess_arena_allocate(topology->arena, topology->host_count, sizeof *ports);
    if (plan->host_count > 0) {
        memcpy(ports, plan->hosts, plan->host_count * sizeof *ports);
    }
    for (uint32_t i = 0; i < plan->tree_count; i++) {
        fill_cables(&topology->trees[i], ports);
    }
    if (plan->caps_bytes_per_s) {
        size_t pairs = (size_t)plan->site_count * plan->site_count;
        double *caps = ess_arena_allocate(topology->arena, pairs, sizeof *caps);
        memcpy(caps, plan->caps_bytes_per_s, pairs * sizeof *caps);
        topology->caps_bytes_per_s = caps;
        fill_pipes(topology, ports);
    }
    topology->hosts = ports;
}

bool ess_topology_init_plan(
    struct ess_topology *topology, struct ess_arena *arena, const struct ess_topology_plan *plan) {
    *topology = (struct ess_topology){
        .site_count = plan->site_count,
        .wan_link_count = plan->wan_link_count,
        .hosts = plan->hosts,
        .wan_links = plan->wan_links,
        .true_host_count = plan->host_count,
        .backward_delay_ns = plan->backward_delay_ns,
        .routes = plan->routes,
        .arena = arena,
    };
    if (!sound_links(plan) || !number_ports(topology, plan)) {
        return false;
    }
    if (topology->host_count > plan->host_count) {
        build_ports(topology, plan);
    }
    topology->link_count = 2 * (topology->host_count + topology->wan_link_count);
    ess_routes_init(topology);
    return true;
}

bool ess_topology_init(struct ess_topology *topology, struct ess_arena *arena,
    const struct ess_topology_host *hosts, uint32_t host_count, uint32_t site_count,
    const struct ess_topology_wan_link *wan_links, uint32_t wan_link_count) {
    struct ess_topology_plan plan = {
        .hosts = hosts,
        .host_count = host_count,
        .site_count = site_count,
        .wan_links = wan_links,
        .wan_link_count = wan_link_count,
    };
    return ess_topology_init_plan(topology, arena, &plan);
}

/* ---- ways -------------------------------------------------------------------------------------
 */

/* A way while it is put together. */
struct way {
    uint32_t *links;
    uint32_t count;
    int64_t delay_ns;
};

/* The tree that a host stands in, or NULL. */
static const struct ess_topology_tree *tree_of(
    const struct ess_topology *topology, uint32_t host, uint32_t site) {
    const struct ess_topology_tree *tree;
    if (!topology->tree_of_site || topology->tree_of_site[site] == 0) {
        return NULL;
    }
    tree = &topology->trees[topology->tree_of_site[site] - 1];
    return host - tree->first_host < tree->host_count ? tree : NULL;
}

static void add_hops(struct way *way, const struct ess_topology_tree *tree,
    const struct ess_fat_tree_hop *hops, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        way->links[way->count++] = 2 * (tree->first_port + hops[i].cable) + hops[i].down;
    }
    way->delay_ns += count * tree->delay_ns;
}

/* Through one site: within its tree where both stand in it, else by its top. */
static void add_inner(
    const struct ess_topology *topology, uint32_t a, uint32_t b, uint32_t site, struct way *way) {
    struct ess_fat_tree_hop hops[2 * ESS_FAT_TREE_LEVELS_MAX];
    const struct ess_topology_tree *from = tree_of(topology, a, site);
    const struct ess_topology_tree *to = tree_of(topology, b, site);
    if (from && to) {
        add_hops(way, from, hops,
            ess_fat_tree_route(&from->shape, a - from->first_host, b - from->first_host, hops));
    } else if (from) {
        add_hops(way, from, hops, ess_fat_tree_route_out(&from->shape, a - from->first_host, hops));
    } else if (to) {
        add_hops(way, to, hops, ess_fat_tree_route_in(&to->shape, b - to->first_host, hops));
    }
}

/* Between sites. False where there is no way, or one too long. */
static bool add_outer(const struct ess_topology *topology, uint32_t a, uint32_t from_site,
    uint32_t b, uint32_t to_site, struct way *way) {
    const uint32_t most = ESS_PATH_LINKS_MAX - 2 * ESS_FAT_TREE_LEVELS_MAX - 3;
    int64_t delay_ns;
    uint32_t count;
    add_inner(topology, a, UINT32_MAX, from_site, way);
    if (topology->caps_bytes_per_s &&
        topology->caps_bytes_per_s[(size_t)from_site * topology->site_count + to_site] > 0) {
        way->links[way->count++] = 2 * (topology->first_pipe + a * topology->site_count + to_site);
    }
    count = ess_routes_way(topology, from_site, to_site, most, way->links + way->count, &delay_ns);
    if (count == 0) {
        return false;
    }
    way->count += count;
    way->delay_ns += delay_ns;
    add_inner(topology, UINT32_MAX, b, to_site, way);
    return true;
}

uint32_t ess_topology_path(const struct ess_topology *topology, uint32_t a, uint32_t b,
    uint32_t *links, int64_t *delay_ns) {
    const struct ess_topology_host *from = &topology->hosts[a];
    const struct ess_topology_host *to = &topology->hosts[b];
    struct way way = {links, 1, from->delay_ns + to->delay_ns};
    if (a == b) {
        return 0;
    }
    links[0] = 2 * a;
    if (from->site != to->site) {
        if (!add_outer(topology, a, from->site, b, to->site, &way)) {
            return 0;
        }
    } else if (topology->tree_of_site) {
        add_inner(topology, a, b, from->site, &way);
    }
    links[way.count++] = 2 * b + 1;
    *delay_ns = way.delay_ns;
    return way.count;
}
