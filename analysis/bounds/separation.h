/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_SEPARATION_H
#define ESS_ANALYSIS_BOUNDS_SEPARATION_H

/* Which inequalities do these bytes break? Exact, by least cuts:
 *
 * - A direction. Broadcast: a least cut from the root to each peer. Reduce: the same with all
 *   arrows turned. All-reduce: both, with peer 0 as the root, since each cut has peer 0 on one
 *   side. All-gather (what leaves S is at least |S| / p): a least cut to each peer from a source
 *   outside that gives every peer 1 / p, since bytes(S) + (p - |S|) / p >= 1 is the inequality.
 *   Reduce-scatter: that with all arrows turned.
 * - Partitions into k parts, which 2 (k - 1) vectors must cross (all-reduce). With y the bytes of a
 *   pair both ways and g(S) = y(leaving S) / 2 - 2, the inequality says that the sum of g over the
 *   parts is at least -2. The least such sum is found by the greedy method of Dilworth truncation,
 *   one least cut a peer (A. Frank, E. Tardos, Math. Programming 42, 1988; W. H. Cunningham,
 *   J. ACM 32, 1985, for the same question as the attack on a network).
 *
 * Each takes p least cuts of a graph with p^2 arcs. Peers of one class need one of them. */

#include "analysis/bounds/cut.h"

struct ess_separation;

/* Freed by ess_separation_free. Keeps the pointers. */
struct ess_separation *ess_separation_new(
    const struct ess_bound_task *task, const struct ess_bound_columns *columns);
void ess_separation_free(struct ess_separation *separation);

/* Look at x[column] vectors a pair. Cuts that it breaks by more than 1e-9 of their demand are added
 * to `cuts`, those alike among them once. Returns the least of (what crosses / demand) over what
 * was found, at most 1. It is 1 only if nothing is broken; where it is less, x divided by it may
 * still break others (an inequality whose demand is smaller). */
double ess_separation_find(
    struct ess_separation *separation, const double *x, struct ess_bound_cuts *cuts);

#endif
