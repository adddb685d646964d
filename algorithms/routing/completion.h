/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_COMPLETION_H
#define ESS_ROUTING_COMPLETION_H

/* Pairs that were not measured, from those that were.
 *
 * Rates: a product of what the sender and the receiver give, rate = s_from r_to, fitted by
 * alternating means of rate / other side (a model of rank 1). Right where access lines limit (1 %
 * off in the median with 8 partners of 47), far off where the ways between do (a third off on
 * DT-FM's cities). A direction that is not measured takes the other one's value where that does not
 * spoil the fit.
 *
 * Delays: by places in three dimensions and a height (the peer's own line), relaxed like springs,
 * the result kept between the bounds of the triangles over third peers: at least |d_ik - d_kj|, at
 * most d_ik + d_kj. A direction that is not measured takes the other one's value. 7 to 12 % off in
 * the median on the regions of Azure with 8 and 4 partners of 50.
 *
 * Measured values are never changed; unreachable pairs (0) are left out of the fit and stay.
 * Sources: Gabriel and Zamir, Technometrics 21(4), 1979 (fit of rank 1); Dabek et al., Vivaldi,
 * SIGCOMM 2004 (places with heights); Francis et al., IDMaps, IEEE/ACM ToN 9(5), 2001 (triangles).
 */

#include "routing/matrix.h"

size_t ess_completion_bytes(uint32_t size); /* of scratch, aligned as a double */

/* Write all n^2 rates and delays: what is measured, else the model's value, or negative where the
 * model has none (an end of which nothing is known). The outputs may not be the matrix's own
 * arrays. Returns how many entries of each were filled in. 300 n^2 steps, and n for each delay that
 * is filled in. */
struct ess_completed {
    uint64_t rates, delays;
};
struct ess_completed ess_completion_fill(const struct ess_pair_matrix *matrix,
    double *rate_bytes_per_s, int64_t *delay_ns, void *scratch);

#endif
