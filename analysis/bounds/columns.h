/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_COLUMNS_H
#define ESS_ANALYSIS_BOUNDS_COLUMNS_H

/* Peers that can be exchanged without changing the network are one class, and all pairs from one
 * class to another share one variable (column) of the linear program.
 *
 * That loses nothing. Let G be the group that the exchanges generate. If x is feasible then so is
 * every g(x) with the same time, and so is their mean, since constraints are linear; in the mean,
 * all pairs of an orbit have the same bytes. Orbits of pairs are the pairs of classes. Two peers
 * are taken as exchangeable only where a one-to-one map of the links, equal in capacity, is found
 * that carries each pair's path to that of the exchanged pair; delays must agree too, so that what
 * is said of a cut's delays holds for its whole orbit. The test is exact and may miss some. */

#include "analysis/bounds/network.h"

#define ESS_BOUND_NO_COLUMN UINT32_MAX

struct ess_bound_columns {
    uint32_t peer_count, class_count, count;
    uint32_t *class_of; /* [peer] numbered by their first peers */
    uint32_t *of_pair;  /* [peer_count^2] or ESS_BOUND_NO_COLUMN: no direct way */
};

/* Of all peers but `apart` (a root; UINT32_MAX: none), which is a class of its own. O(peers^2 x
 * classes x links of a path). Freed by ess_bound_columns_fini. */
void ess_bound_columns_init(
    const struct ess_bound_network *network, uint32_t apart, struct ess_bound_columns *columns);
void ess_bound_columns_fini(struct ess_bound_columns *columns);

#endif
