/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_TOPOLOGY_H
#define ESS_MODELS_NETWORK_TOPOLOGY_H

/* Hosts in sites, sites joined by WAN links, and the way from any host to any other.
 *
 * Every link is directed and has one capacity: a host has an up link (host to site) and a down
 * link, a WAN link is two. Within a site the network behind the access links is taken to be wide
 * enough.
 *
 * Routing is by zone: up link of the sender, the WAN links of the way between the two sites, down
 * link of the receiver. Only ways between sites are stored (lowest delay; ties by fewest links in
 * igraph's order, which is fixed), so the table grows with the square of the sites, never of the
 * hosts. */

#include <stdbool.h>
#include <stdint.h>

struct ess_arena;

#define ESS_PATH_LINKS_MAX 32

struct ess_topology_host {
    uint32_t site;
    double up_bytes_per_s;
    double down_bytes_per_s;
    int64_t delay_ns; /* of the access link, one way, each direction */
};

struct ess_topology_wan_link {
    uint32_t from_site, to_site;
    double forward_bytes_per_s, backward_bytes_per_s;
    int64_t delay_ns; /* one way, each direction */
};

/* Links are numbered: host h has 2 h (up) and 2 h + 1 (down); WAN link w has 2 hosts + 2 w
 * (forward) and
 * + 1 (backward). */
struct ess_topology {
    uint32_t host_count, site_count, wan_link_count, link_count;
    const struct ess_topology_host *hosts;
    const struct ess_topology_wan_link *wan_links;
    uint32_t *route_first;   /* [site_count^2 + 1]: into route_links */
    uint32_t *route_links;   /* directed WAN links in order */
    int64_t *route_delay_ns; /* [site_count^2]; INT64_MAX: no way */
};

/* Compute the ways between all sites. The arrays given are kept by reference; results live in
 * `arena`. Returns false where igraph failed (out of memory). Sites without a way between them are
 * allowed here: ess_topology_path() then returns 0. O(sites * wan links log). */
bool ess_topology_init(struct ess_topology *topology, struct ess_arena *arena,
    const struct ess_topology_host *hosts, uint32_t host_count, uint32_t site_count,
    const struct ess_topology_wan_link *wan_links, uint32_t wan_link_count);

double ess_topology_capacity(const struct ess_topology *topology, uint32_t link);

/* Whether the link crosses between sites. */
bool ess_topology_is_wan(const struct ess_topology *topology, uint32_t link);

/* The links from host a to host b in order, and the one-way delay. Returns their number; 0 where
 * there is no way (or a == b). `links` has room for ESS_PATH_LINKS_MAX. O(links). */
uint32_t ess_topology_path(const struct ess_topology *topology, uint32_t a, uint32_t b,
    uint32_t *links, int64_t *delay_ns);

#endif
