/* SPDX-License-Identifier: Apache-2.0 */
/* The pair's own way, and no other. */
#include "routing/route.h"

static size_t scratch_bytes(const void *settings, uint32_t size) {
    (void)settings, (void)size;
    return 0;
}

static void route(const void *settings, const struct ess_pair_matrix *matrix, const bool *usable,
    uint32_t from, uint32_t to, struct ess_route *found, void *scratch) {
    (void)settings, (void)usable, (void)scratch;
    ess_route_direct_way(matrix, from, to, found);
}

const struct ess_route_type ess_route_direct = {
    .name = "direct",
    .summary = "from sender to receiver and by nobody else; nothing where they cannot reach each "
               "other",
    .source = "the Internet's own routing (RFC 791)",
    .scratch_bytes = scratch_bytes,
    .route = route,
};
