/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_DELAYS_H
#define ESS_ANALYSIS_BOUNDS_DELAYS_H

/* What delays alone forbid. A byte that is sent at t over a path of delay d loads its links at
 * t + d, when it arrives (models/network/fluid.h), so what peer s had at the beginning reaches
 * peer v, and loads the last links before it, no earlier than D(s, v): the least delay over any
 * chain of peers.
 *
 * The head of a cut is the time before which the bytes that its inequality counts load no link.
 *
 * - Direction from S to the others, R. Counted is one crossing of each byte: the first one that
 *   brings something of peer s into R, where s is any peer of S of which R must learn. With D(s, R)
 *   the least D(s, v), v in R, the head is: broadcast D(root, R); all-gather, where s is the byte's
 *   owner, the least D(s, R); all others, where s may be chosen, the greatest D(s, R).
 * - Partition. All that crosses is counted: the least D between two parts.
 *
 * Nothing can be said of the end in the same way: a byte may cross again for those who are far from
 * where it came in first. */

#include "analysis/bounds/cut.h"

/* distance_ns: [peer^2] of ess_bound_distances. O(peers^2). */
int64_t ess_bound_head(const struct ess_bound_task *task, const struct ess_bound_cut *cut,
    uint32_t peer_count, const int64_t *distance_ns);

/* The least completion time by delays alone, since everybody must hear of the farthest: the
 * greatest D from the root (broadcast), to it (reduce), or of all pairs. INT64_MAX where one of
 * them has no way to hear; `from` and `to` are the pair. */
int64_t ess_bound_latency(const struct ess_bound_task *task, uint32_t peer_count,
    const int64_t *distance_ns, uint32_t *from, uint32_t *to);

#endif
