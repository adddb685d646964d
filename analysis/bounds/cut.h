/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_CUT_H
#define ESS_ANALYSIS_BOUNDS_CUT_H

/* The inequalities that a lower bound rests on: "at least so many bytes cross between these parts".
 * Proofs are in analysis/bounds/bound.h. */

#include "analysis/bounds/columns.h"
#include "collective/plan.h"

/* What is bounded: any primitive but a send. Bytes are counted in vectors: the whole vector is 1.
 */
struct ess_bound_task {
    enum ess_primitive primitive;
    uint32_t root; /* of a broadcast or reduce; UINT32_MAX else */
};

struct ess_bound_cut {
    bool is_partition;   /* else one direction: from part 0 to part 1 */
    uint32_t part_count; /* 2 for a direction */
    uint32_t *part;      /* [peer] below part_count, no part empty */
    double demand;       /* vectors that cross between parts, at least */
    int64_t head_ns;     /* the demand loads no link before then (delays.h) */
};

/* What must cross from the peers with part 0 to those with part 1, of which there are `ahead` and
 * peer_count - ahead; 0 where nothing must. root_ahead: the root has part 0. */
double ess_bound_demand(
    const struct ess_bound_task *task, uint32_t peer_count, uint32_t ahead, bool root_ahead);

bool ess_bound_crosses(const struct ess_bound_cut *cut, uint32_t from, uint32_t to);

/* How many pairs of each column cross: pairs[column]. */
void ess_bound_crossings(
    const struct ess_bound_cut *cut, const struct ess_bound_columns *columns, double *pairs);

/* Cuts in the order in which they were found, each with its row of crossings. */
struct ess_bound_cuts {
    uint32_t count, room;
    struct ess_bound_cut *items;
    double **crossings; /* [count][column] */
};

/* Take a cut, whose `part` is copied. False (and nothing is done) where one of the cuts from
 * number `since` on has the same row and demand. O(columns x cuts looked at). */
bool ess_bound_cuts_add(struct ess_bound_cuts *cuts, uint32_t since,
    const struct ess_bound_cut *cut, const struct ess_bound_columns *columns);
void ess_bound_cuts_fini(struct ess_bound_cuts *cuts);

/* Vectors that cross when each pair of column k sends x[k] vectors. */
double ess_bound_crossing_sum(
    const double *crossings, const struct ess_bound_columns *columns, const double *x);

#endif
