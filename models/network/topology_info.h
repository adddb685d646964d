/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_TOPOLOGY_INFO_H
#define ESS_MODELS_NETWORK_TOPOLOGY_INFO_H

/* Figures of a topology's WAN: parts, the farthest pair, distributions. */

#include "models/network/topology.h"

struct ess_quantiles {
    uint64_t count;
    double least, low, median, high, greatest; /* low, high: 5 % and 95 %; NAN where count is 0 */
};

/* Of an array, which is sorted for it. The q-quantile is the element of rank ceil(q n). */
struct ess_quantiles ess_quantiles_of(double *values, uint64_t count);

struct ess_topology_info {
    uint32_t part_count;
    uint32_t *part_of;    /* [site]: parts are numbered by their first site */
    uint32_t *part_sizes; /* [part_count] sites */
    /* Over all ordered pairs of sites below `ends` that have a way. */
    int64_t diameter_ns; /* of the way with the greatest delay; -1: no pair */
    uint32_t diameter_from, diameter_to;
    uint32_t most_links; /* of any way */
    uint64_t pairs, pairs_without_way;
    uint32_t ends, sources; /* sites asked about, and those of them whose ways were computed */
};

/* Pairs of sites whose ways are computed at most: a bound on time (seconds) and memory (100 MB). */
#define ESS_TOPOLOGY_INFO_PAIRS_MAX 4000000

/* Find them; arrays live in `arena`. Ways begin and end at sites below `ends` (all others are
 * passed through). Computes all rows of the routes: O(ends x search). */
void ess_topology_info(const struct ess_topology *topology, uint32_t ends, struct ess_arena *arena,
    struct ess_topology_info *info);

#endif
