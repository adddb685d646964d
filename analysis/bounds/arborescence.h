/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_ARBORESCENCE_H
#define ESS_ANALYSIS_BOUNDS_ARBORESCENCE_H

/* The cheapest tree that leads from a root to all nodes of a dense directed graph: everyone takes
 * its cheapest arc in, cycles become one node, and again (Y. J. Chu, T. H. Liu, Scientia Sinica 14,
 * 1965; J. Edmonds, J. Res. NBS 71B, 1967). O(nodes^3) at worst, O(nodes^2) as a rule. */

#include <stdint.h>

/* cost[from * node_count + to] >= 0; INFINITY: no arc; the diagonal is not read. parent[node] is
 * the node before it in the tree, that of the root the root itself. Every node must be reachable.
 * Ties go to the lowest number. */
void ess_arborescence(const double *cost, uint32_t node_count, uint32_t root, uint32_t *parent);

#endif
