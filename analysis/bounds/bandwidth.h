/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_BANDWIDTH_H
#define ESS_ANALYSIS_BOUNDS_BANDWIDTH_H

/* The least time in which links can carry what all the inequalities of a collective demand: a
 * linear program with an inequality for every set of peers and every partition, solved by adding
 * those that are broken.
 *
 * Each round solves the program with the inequalities known so far (a lower bound, proven by its
 * certificate) and looks for broken ones half-way between that solution and the best one that
 * satisfies all (W. Ben-Ameur, J. Neto, Networks 49, 2007): deeper cuts, and an upper end that
 * comes down. It stops where the two ends meet within ESS_BANDWIDTH_GAP, or after a fixed number of
 * rounds with what is proven by then. Deterministic; no clock is looked at. */

#include "analysis/bounds/certificate.h"

#define ESS_BANDWIDTH_GAP 1e-6

struct ess_bandwidth {
    double s_per_byte;         /* proven lower bound */
    double s_per_byte_reached; /* least time of any x found that satisfies all inequalities */
    int64_t head_ns;           /* proven: T >= bytes * s_per_byte + head */
    uint32_t rounds;           /* linear programs solved */
    struct ess_bound_cuts cuts;
    uint32_t weight_count;
    double *weights; /* [weight_count] of the first cuts in the certificate; the others have none */
    double *prices;  /* [links->count] of the certificate */
};

/* Every peer must be able to reach those who must hear of it. Freed by ess_bandwidth_fini. */
void ess_bandwidth_solve(const struct ess_bound_task *task, const struct ess_bound_columns *columns,
    const struct ess_bound_links *links, const int64_t *distance_ns,
    struct ess_bandwidth *bandwidth);
void ess_bandwidth_fini(struct ess_bandwidth *bandwidth);

#endif
