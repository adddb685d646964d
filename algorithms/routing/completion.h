/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_COMPLETION_H
#define ESS_ROUTING_COMPLETION_H

/* Pairs that were not measured, from those that were.
 *
 * Rates: a product of what the sender and the receiver give, rate = s_from r_to, fitted by
 * alternating least squares to the measured pairs (a model of rank 1). It is right where access
 * lines limit, and off where the way between does.
 *
 * Delays: by the triangles over every third peer k whose delays to both are known: the delay lies
 * about between the largest |d_ik - d_kj| and the least d_ik + d_kj; half way between these two.
 * Without a common neighbour the sum of a part of each end, d = a_i + a_j, fitted alike.
 *
 * Measured values are never changed; unreachable pairs (0) are left out of the fit and stay. A pair
 * one direction of which is measured takes the other direction's value. Sources: Hotz, Routing
 * information organization to support scalable interdomain routing with heterogeneous path
 * requirements, USC 1994 (triangles); Francis et al., IDMaps, IEEE/ACM ToN 9(5), 2001; rank-one
 * fit: Gabriel and Zamir, Technometrics 21(4), 1979. */

#include "routing/matrix.h"

size_t ess_completion_bytes(uint32_t size); /* of scratch, aligned as a double */

/* Write all n^2 rates and delays: what is measured, else the model's value, or negative where the
 * model has none (an end of which nothing is known). The outputs may not be the matrix's own
 * arrays. Returns how many entries of each were filled in. O(n^3) for delays with few gaps a row,
 * at most gaps * n; O(n^2) for rates. */
struct ess_completed {
    uint64_t rates, delays;
};
struct ess_completed ess_completion_fill(const struct ess_pair_matrix *matrix,
    double *rate_bytes_per_s, int64_t *delay_ns, void *scratch);

#endif
