/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_CERTIFICATE_H
#define ESS_ANALYSIS_BOUNDS_CERTIFICATE_H

/* Proof of a bound that takes nobody's word. Let weights m(C) >= 0 of cuts and prices q(l) >= 0 of
 * links be anything at all. With
 *
 *     L = greatest over pairs (u, v) of  (sum of m(C), C crossed by (u, v)) / (sum of q(l), l on
 *         the path of (u, v))
 *
 * each schedule of duration T that sends x(u, v) satisfies
 *
 *     sum m(C) demand(C) <= sum over pairs x(u, v) sum of m(C)      each cut's inequality
 *                        <= L sum over pairs x(u, v) sum of q(l)    by the choice of L
 *                         = L sum q(l) load(l) <= L T sum q(l) capacity(l)
 *
 * so T >= sum m(C) demand(C) / (L sum q(l) capacity(l)). The linear program's dual solution is used
 * for m and q since it makes this as large as the program's value; a wrong one would make it
 * smaller, never wrong. What is left of rounding (sums of positive numbers) is taken off: 1e-11.
 *
 * Delays. Suppose that the bytes which a cut's inequality counts load no link before its head
 * (delays.h). Before the least head of the cuts with a weight, none of the weighted bytes flow, and
 * from then on they flow at L sum q(l) capacity(l) at most, by the same three lines written for
 * rates. So T >= the above + the least head. */

#include "analysis/bounds/cut.h"
#include "analysis/bounds/links.h"

struct ess_certificate {
    double s_per_byte; /* of the vector; 0: nothing is proven */
    int64_t head_ns;   /* least of the cuts with a weight */
};

/* weights[cut] and prices[row of links]: negative ones and those of no account are set to 0.
 * O((cuts + rows) x columns). */
struct ess_certificate ess_certificate_of(const struct ess_bound_columns *columns,
    const struct ess_bound_links *links, const struct ess_bound_cuts *cuts, double *weights,
    double *prices);

#endif
