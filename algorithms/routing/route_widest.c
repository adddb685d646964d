/* SPDX-License-Identifier: Apache-2.0 */
/* The way whose slowest hop is fastest, over up to `relays` others; the direct one is kept unless
 * the detour is faster by the factor `gain`. A relay's own line counts, in and out. */
#include "routing/relay_search.h"

struct settings {
    int64_t relays;
    double gain;
};

static const struct ess_parameter parameters[] = {
    {"relays", ESS_PARAMETER_INTEGER, 2, 0, ESS_ROUTE_RELAYS_MAX, "others on the way at most",
        offsetof(struct settings, relays)},
    {"gain", ESS_PARAMETER_REAL, 1.1, 1, 100, "how many times faster a detour must be",
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
    struct ess_relay_search search = {matrix, usable, true, (uint32_t)s->relays, 0};
    double direct = ess_pair_usable(matrix, from, to);
    struct ess_way way;
    ess_route_direct_way(matrix, from, to, found);
    if (!ess_relay_search(&search, from, to, &way, scratch)) {
        return;
    }
    if (found->way_count > 0 && direct > 0 &&
        ess_way_rate(matrix, from, to, &way) < direct * s->gain) {
        return;
    }
    found->way_count = 1;
    found->ways[0] = way;
}

const struct ess_route_type ess_route_widest = {
    .name = "widest",
    .summary = "largest rate of the slowest hop over a few relays; delays are not looked at, and "
               "relays are taken to be idle",
    .source = "Pollack, Oper. Res. 8(5), 1960 (widest path); overlay use: Skyplane, NSDI 2023",
    .parameters = parameters,
    .settings_bytes = sizeof(struct settings),
    .scratch_bytes = scratch_bytes,
    .route = route,
};
