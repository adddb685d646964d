/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_RELAY_SEARCH_H
#define ESS_ROUTING_RELAY_SEARCH_H

/* The best way over at most so many relays: Bellman and Ford's recursion by number of hops
 * (Bellman, Quart. Appl. Math. 16, 1958), once for the least delay, once for the largest rate. */

#include "routing/route.h"

/* What to go after. By delay: pairs whose delay is known and whose rate is not 0. By rate: pairs
 * whose rate is known and not 0; the delay does not matter. */
struct ess_relay_search {
    const struct ess_pair_matrix *matrix;
    const bool *usable; /* may it relay; NULL: all may */
    bool by_rate;
    uint32_t relays_max;   /* at most ESS_ROUTE_RELAYS_MAX */
    int64_t forwarding_ns; /* what a relay adds to the delay */
};

size_t ess_relay_search_bytes(uint32_t size);

/* The best way, ties to fewer relays; false where there is none. O(relays_max n^2). */
bool ess_relay_search(const struct ess_relay_search *search, uint32_t from, uint32_t to,
    struct ess_way *way, void *scratch);

#endif
