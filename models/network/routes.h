/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_ROUTES_H
#define ESS_MODELS_NETWORK_ROUTES_H

/* The ways between sites, by the policy of the topology, computed when they are first asked for and
 * kept. Sources are computed ESS_ROUTES_BLOCK at a time, since building igraph's graph costs more
 * than one search in it: a small network is routed whole at the first question.
 *
 * A site that hangs by a single link has no ways of its own where the lowest delay is asked for:
 * its ways are that link and the ways of the site at its other end (they could not begin
 * otherwise). So a thousand machines that are sites of their own behind eight switches cost the
 * ways of eight sites. The other policies look at the whole way, and cannot be put together so.
 *
 * From one source, ways of equal beginning share what they have in common: each is a chain of nodes
 * back to the source. Cost for each source: lowest delay and direct O(links log sites), or O(sites)
 * where links of its own are surely the best ways; widest that many times for each distinct width.
 * Memory: 16 bytes a pair of sites, and 8 bytes a node, at most one a pair (more only for ways that
 * differ in width). */

#include "models/network/topology.h"

#define ESS_ROUTES_BLOCK 64
#define ESS_ROUTE_NONE UINT32_MAX

struct ess_route {
    uint32_t node; /* of the last link; ESS_ROUTE_NONE: no way (or no need of one: the source) */
    uint32_t link_count;
    int64_t delay_ns; /* of all links, one way */
};

struct ess_route_node {
    uint32_t link;
    uint32_t parent; /* ESS_ROUTE_NONE: the link begins at the source */
};

/* All ways from one site. */
struct ess_route_row {
    struct ess_route *to; /* [site_count] */
    struct ess_route_node *nodes;
};

/* Make a topology, whose links are known, ready for questions. */
void ess_routes_init(struct ess_topology *topology);

/* The WAN links from one site to another in order, and the delay of all. Returns their number; 0
 * where there is no way, or none of at most `most` links. O(links) once the ways are known. */
uint32_t ess_routes_way(const struct ess_topology *topology, uint32_t from, uint32_t to,
    uint32_t most, uint32_t *links, int64_t *delay_ns);

/* All the ways from a site. Out of memory in igraph ends the program, as in the arena. */
const struct ess_route_row *ess_routes_from(const struct ess_topology *topology, uint32_t site);

#endif
