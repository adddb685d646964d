/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_RING_BOUND_H
#define ESS_ROUTING_RING_BOUND_H

/* How slow the slowest hop of a ring must be: a proven bound on what `bottleneck` can reach. */

#include "routing/tour.h"

/* The least cost c such that the hops of at most c (in both directions alike) leave the members
 * connected when any one of them is taken away: every ring is such a graph, so no ring's dearest
 * hop is below c. By bisection over the costs and a search for cut vertices (Tarjan, SIAM J.
 * Comput. 1(2), 1972). For count < 3 the dearest hop there is. The tour gives members and costs;
 * `scratch` holds 4 * count words. O(n^2 log(costs)). */
double ess_ring_bound(struct ess_tour *tour, uint32_t *scratch);

#endif
