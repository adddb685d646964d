/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_PACKING_H
#define ESS_ANALYSIS_BOUNDS_PACKING_H

/* What schedules can do: trees whose rates add up, along which a long vector is sent in small
 * pieces. Broadcast: trees from the root. Reduce: trees to it. All-gather: trees from each peer.
 * Reduce-scatter: to each. All-reduce: pairs of a tree to a peer and one from it, any peer.
 *
 * Minimised is the greatest load / capacity of a link, by the method of M. Frank and P. Wolfe
 * (Naval Res. Logist. Quart. 3, 1956) for the norm of exponent q of these, q growing to 16,384:
 * each step mixes in the cheapest tree at prices (load / capacity)^(q - 1) / capacity, by as much
 * as lowers the norm most. It approaches the best packing from above and does not reach it: within
 * a percent as a rule, within a tenth where one link or cut decides. Its result is an upper end for
 * a lower bound, and a rate that pipelined trees reach. */

#include "analysis/bounds/cut.h"
#include "analysis/bounds/links.h"

/* x[column]: vectors a pair of the packing found. Returns its time, s per byte. Ends early once
 * that is at most `enough`. Everyone who must hear of others can. */
double ess_bound_pack(const struct ess_bound_task *task, const struct ess_bound_columns *columns,
    const struct ess_bound_links *links, double enough, double *x);

#endif
