/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_NETWORK_H
#define ESS_ANALYSIS_BOUNDS_NETWORK_H

/* What a bound is computed on: peers, the directed links between them, and for each ordered pair of
 * peers the one path that the network gives it. Peers may pass on for each other (an overlay), the
 * network itself does not choose. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ess_topology;

/* Pair (from, to) has index from * peer_count + to. Its links are path_links[path_first[pair]] up
 * to, not including, path_links[path_first[pair + 1]]; none of them: there is no direct way. */
struct ess_bound_network {
    uint32_t peer_count, link_count;
    double *capacity_bytes_per_s; /* [link_count] above 0 and finite */
    uint32_t *path_first;         /* [peer_count^2 + 1] */
    uint32_t *path_links;         /* [path_first[peer_count^2]], each below link_count */
    int64_t *delay_ns;            /* [peer_count^2] one way, >= 0; not read where there is no way */
    uint32_t *link_ids;           /* [link_count] what the maker calls its links; or NULL */
};

/* The links and ways between some hosts of a topology, capacities as the fluid network has them:
 * access links, cables inside sites, WAN links, pipes. Links that no way uses are left out;
 * link_ids holds the topology's numbers. To be freed by ess_bound_network_fini. `hosts` has
 * `host_count` different hosts; peer i is hosts[i]. O(host_count^2 x links of a way). */
void ess_bound_network_from_topology(const struct ess_topology *topology, const uint32_t *hosts,
    uint32_t host_count, struct ess_bound_network *network);

/* Free the arrays, which malloc made. */
void ess_bound_network_fini(struct ess_bound_network *network);

/* Least one-way delay from each peer to each other over any chain of peers, in nanoseconds,
 * [from * peer_count + to]; INT64_MAX where there is no chain. O(peers^3). */
void ess_bound_distances(const struct ess_bound_network *network, int64_t *distance_ns);

/* Memory of this folder, zeroed and never NULL: running out ends the program with a message. */
void *ess_bound_allocate(size_t count, size_t size);

#endif
