/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_TOPOLOGY_H
#define ESS_MODELS_NETWORK_TOPOLOGY_H

/* Hosts in sites, sites joined by WAN links, and the way from any host to any other.
 *
 * Every link is directed and has one capacity and one delay: a host has an up link (host to site)
 * and a down link, a WAN link is two. A site's inner network is one switch that is wide enough, or
 * a fat tree (fat_tree.h) whose cables are links too. Some sites may have no hosts: routers.
 *
 * Routing is by zone: up link of the sender, the cables of its site, the WAN links of the way
 * between the two sites, the cables of the receiver's site, its down link. Only ways between sites
 * are stored, and only from sites that something has been sent from (routes.h), so what is kept
 * grows with the sites in use times the sites, never with the hosts' square.
 *
 * Pipes: where plan.caps is given, each host has a link of its own towards each other site, of the
 * rate given for the two sites: for measured rates of pairs of hosts that do not add up to what the
 * sites could carry. A host that sends to several hosts of one site shares its pipe among them. */

#include <stdbool.h>
#include <stdint.h>

#include "models/network/fat_tree.h"

struct ess_arena;
struct ess_route_row;

/* Links of the longest way. A way with more of them counts as none. */
#define ESS_PATH_LINKS_MAX 1024

/* Capacity of a link that never limits: larger than any sum of the rest, and finite. */
#define ESS_TOPOLOGY_UNLIMITED_BYTES_PER_S 1e18

struct ess_topology_host {
    uint32_t site;
    double up_bytes_per_s;
    double down_bytes_per_s;
    int64_t delay_ns; /* of the access link, one way, each direction */
};

struct ess_topology_wan_link {
    uint32_t from_site, to_site;
    double forward_bytes_per_s, backward_bytes_per_s;
    int64_t delay_ns; /* one way; each direction unless plan.backward_delay_ns says otherwise */
};

/* How the way between two sites is chosen. */
enum ess_routes_policy {
    ESS_ROUTES_LOWEST_DELAY, /* ties: fewest links */
    ESS_ROUTES_WIDEST,       /* greatest least capacity; ties: lowest delay, then fewest links */
    ESS_ROUTES_DIRECT        /* the link between the two where there is one, else lowest delay */
};

/* A site whose inner network is a fat tree. Its hosts first_host .. first_host + host_count - 1
 * stand at the tree's first places; other hosts of the site hang above its top switches. */
struct ess_topology_tree {
    uint32_t site, first_host, host_count;
    struct ess_fat_tree shape;
    double rate_bytes_per_s; /* of each cable between switches, each direction */
    int64_t delay_ns;        /* one way */
    uint32_t first_port;     /* filled in by ess_topology_init_plan */
};

/* What a topology is made of. */
struct ess_topology_plan {
    const struct ess_topology_host *hosts;
    uint32_t host_count;
    uint32_t site_count; /* routers without hosts included */
    const struct ess_topology_wan_link *wan_links;
    uint32_t wan_link_count;
    const int64_t *backward_delay_ns; /* [wan_link_count], or NULL: as forward */
    enum ess_routes_policy routes;
    const struct ess_topology_tree *trees; /* at most one a site */
    uint32_t tree_count;
    const double *caps_bytes_per_s; /* [site_count^2] from * site_count + to; 0: no pipe. Or NULL */
};

/* Links are numbered: host h has 2 h (up) and 2 h + 1 (down); WAN link w has 2 hosts + 2 w
 * (forward) and + 1 (backward). Cables and pipes are held as ports, which look like further hosts:
 * they are numbered after the hosts and counted in host_count. */
struct ess_topology {
    uint32_t host_count; /* hosts and ports: the first WAN link is 2 host_count */
    uint32_t site_count, wan_link_count, link_count;
    const struct ess_topology_host *hosts; /* and ports */
    const struct ess_topology_wan_link *wan_links;
    uint32_t true_host_count; /* without ports */
    uint32_t first_pipe;      /* port of host 0 to site 0; of host h to site s: + h sites + s */
    const int64_t *backward_delay_ns;
    const double *caps_bytes_per_s;
    enum ess_routes_policy routes;
    struct ess_topology_tree *trees;
    uint32_t *tree_of_site; /* index + 1, 0: a switch. NULL: no site has a tree */
    struct ess_arena *arena;
    struct ess_route_row **rows; /* [site_count], by routes.c, like the next */
    uint32_t *only_link; /* [site_count]: out of a site that has one alone, else UINT32_MAX */
};

/* Take a plan; its arrays are kept by reference (hosts, links, delays) or copied (trees, caps), all
 * else lives in `arena`. False where it is not sound: a capacity that is not above 0 and finite, a
 * negative delay, a site or a tree out of range. O(hosts + links + ports). Sites without a way
 * between them are allowed: ess_topology_path() then returns 0. */
bool ess_topology_init_plan(
    struct ess_topology *topology, struct ess_arena *arena, const struct ess_topology_plan *plan);

/* The same for the plain case: switches, symmetric delays, ways of lowest delay. */
bool ess_topology_init(struct ess_topology *topology, struct ess_arena *arena,
    const struct ess_topology_host *hosts, uint32_t host_count, uint32_t site_count,
    const struct ess_topology_wan_link *wan_links, uint32_t wan_link_count);

double ess_topology_capacity(const struct ess_topology *topology, uint32_t link);

/* One-way delay of the link itself. */
int64_t ess_topology_link_delay_ns(const struct ess_topology *topology, uint32_t link);

/* Whether the link crosses between sites. */
bool ess_topology_is_wan(const struct ess_topology *topology, uint32_t link);

/* The links from host a to host b in order, and the one-way delay. Returns their number; 0 where
 * there is no way (or a == b). `links` has room for ESS_PATH_LINKS_MAX. O(links); the first way
 * out of a site computes the ways from its neighbours in number too (routes.h). */
uint32_t ess_topology_path(const struct ess_topology *topology, uint32_t a, uint32_t b,
    uint32_t *links, int64_t *delay_ns);

#endif
