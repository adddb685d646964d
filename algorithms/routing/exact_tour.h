/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_EXACT_TOUR_H
#define ESS_ROUTING_EXACT_TOUR_H

/* The best directed tour of a few members, by dynamic programming over subsets (Held and Karp, J.
 * SIAM 10(1), 1962). Time O(2^n n^2): 2 10^5 looks for 10 members, 10^6 for 12. */

#include "routing/tour.h"

#define ESS_EXACT_MAX 12

size_t ess_exact_bytes(uint32_t count); /* of scratch, aligned as a double */

/* Put order[0 .. count - 1], count <= ESS_EXACT_MAX, into the directed tour of least sum of costs
 * in which no hop costs more than `limit`, or, with `dearest`, of the least dearest hop. Members of
 * equal worth keep the order of their indexes. Returns the sum or the dearest hop; negative, and
 * the order as it was, where no tour keeps to the limit. */
double ess_exact_tour(const struct ess_tour_costs *costs, double limit, bool dearest,
    uint32_t *order, uint32_t count, void *scratch, uint64_t *work);

#endif
