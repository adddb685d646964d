/* SPDX-License-Identifier: Apache-2.0 */
/* The way of least delay over up to `relays` others. The direct one is kept unless the detour is
 * shorter by the factor `gain`: else routes would change with every measurement. */
#include "routing/relay_search.h"

struct settings {
    int64_t relays;
    int64_t forwarding_ns;
    double gain;
};

static const struct ess_parameter parameters[] = {
    {"relays", ESS_PARAMETER_INTEGER, 2, 0, ESS_ROUTE_RELAYS_MAX, "others on the way at most",
        offsetof(struct settings, relays)},
    {"forwarding", ESS_PARAMETER_TIME, 200e3, 0, 10e9, "time that each of them adds",
        offsetof(struct settings, forwarding_ns)},
    {"gain", ESS_PARAMETER_REAL, 1.05, 1, 100, "how many times shorter a detour must be",
        offsetof(struct settings, gain)},
    ESS_PARAMETER_END,
};

static size_t scratch_bytes(const void *settings, uint32_t size) {
    (void)settings;
    return ess_relay_search_bytes(size);
}

static void route(const void *settings, const struct ess_pair_matrix *matrix, const bool *usable,
    uint32_t from, uint32_t to, struct ess_route *found, void *scratch) {
    const struct settings *s = settings;
    struct ess_relay_search search = {matrix, usable, false, (uint32_t)s->relays, s->forwarding_ns};
    int64_t direct_ns = ess_pair_delay(matrix, from, to), detour_ns;
    struct ess_way way;
    ess_route_direct_way(matrix, from, to, found);
    if (!ess_relay_search(&search, from, to, &way, scratch)) {
        return;
    }
    detour_ns = ess_way_delay(matrix, from, to, &way) + way.relay_count * s->forwarding_ns;
    if (found->way_count > 0 && direct_ns >= 0 && (double)detour_ns * s->gain > (double)direct_ns) {
        return;
    }
    found->way_count = 1;
    found->ways[0] = way;
}

const struct ess_route_type ess_route_lowest_delay = {
    .name = "lowest_delay",
    .summary = "least sum of delays over a few relays; rates are not looked at, but for pairs that "
               "cannot reach each other",
    .source = "RON: Andersen et al., SOSP 2001 (latency-optimised overlay paths)",
    .parameters = parameters,
    .settings_bytes = sizeof(struct settings),
    .scratch_bytes = scratch_bytes,
    .route = route,
};
