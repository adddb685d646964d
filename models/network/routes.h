/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_ROUTES_H
#define ESS_MODELS_NETWORK_ROUTES_H

/* The ways between sites, by the policy of the topology, computed when they are first asked for and
 * kept. Sources are computed ESS_ROUTES_BLOCK at a time, since building igraph's graph costs more
 * than one search in it: a small network is routed whole at the first question.
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

/* The ways from a site. Out of memory in igraph ends the program, as in the arena. */
const struct ess_route_row *ess_routes_from(const struct ess_topology *topology, uint32_t site);

#endif
