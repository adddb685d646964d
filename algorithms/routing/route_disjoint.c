/* SPDX-License-Identifier: Apache-2.0 */
/* Several ways that share no relay: the direct one and single relays, widest first, with the bytes
 * split in proportion to their rates, so that all ways end together. Ways are added while the
 * sender's and the receiver's lines have room for them and each carries at least `least` of the
 * whole. Only pairs whose rates are known are used; without any the direct way alone. */
#include "routing/route.h"

struct settings {
    int64_t ways;
    double least;
};

static const struct ess_parameter parameters[] = {
    {"ways", ESS_PARAMETER_INTEGER, 3, 1, ESS_ROUTE_WAYS_MAX, "at most, the direct one included",
        offsetof(struct settings, ways)},
    {"least", ESS_PARAMETER_REAL, 0.05, 0, 1, "share of the bytes below which a way is left out",
        offsetof(struct settings, least)},
    ESS_PARAMETER_END,
};

static size_t scratch_bytes(const void *settings, uint32_t size) {
    (void)settings, (void)size;
    return 0;
}

static bool is_taken(const struct ess_route *route, uint32_t relay) {
    for (uint32_t i = 0; i < route->way_count; i++) {
        if (route->ways[i].relay_count > 0 && route->ways[i].relays[0] == relay) {
            return true;
        }
    }
    return false;
}

/* The widest relay not yet taken, or `to`. */
static uint32_t widest(const struct ess_pair_matrix *matrix, const bool *usable, uint32_t from,
    uint32_t to, const struct ess_route *route, double *rate) {
    uint32_t best = to;
    *rate = 0;
    for (uint32_t relay = 0; relay < matrix->size; relay++) {
        double in, out;
        if (relay == from || relay == to || (usable && !usable[relay]) || is_taken(route, relay)) {
            continue;
        }
        in = ess_pair_usable(matrix, from, relay);
        out = ess_pair_usable(matrix, relay, to);
        in = out < in ? out : in;
        if (in > *rate) {
            *rate = in;
            best = relay;
        }
    }
    return best;
}

/* Room that is left on a line of known rate; without limit where that is not known. */
static double room(double line, double used) {
    return line > 0 ? line - used : 1e300;
}

static void route(const void *settings, const struct ess_pair_matrix *matrix, const bool *usable,
    uint32_t from, uint32_t to, struct ess_route *found, void *scratch) {
    const struct settings *s = settings;
    double rates[ESS_ROUTE_WAYS_MAX], direct = ess_pair_usable(matrix, from, to), sum = 0;
    uint32_t shares[ESS_ROUTE_WAYS_MAX];
    uint64_t keys[ESS_ROUTE_WAYS_MAX];
    (void)scratch;
    ess_route_direct_way(matrix, from, to, found);
    if (found->way_count > 0 && direct <= 0) {
        return;
    }
    rates[0] = direct > 0 ? direct : 0;
    sum = rates[0];
    while (found->way_count < (uint64_t)s->ways) {
        double rate, up, down;
        uint32_t relay = widest(matrix, usable, from, to, found, &rate);
        up = room(ess_access_up(matrix, from), sum);
        down = room(ess_access_down(matrix, to), sum);
        rate = rate < up ? rate : up;
        rate = rate < down ? rate : down;
        if (relay == to || rate <= 0 || rate < s->least * (sum + rate)) {
            break;
        }
        rates[found->way_count] = rate;
        found->ways[found->way_count++] = (struct ess_way){0, 1, {relay}};
        sum += rate;
    }
    if (found->way_count > 0) {
        ess_shares_round(rates, found->way_count, shares, keys);
    }
    for (uint32_t i = 0; i < found->way_count; i++) {
        found->ways[i].share = shares[i];
    }
}

const struct ess_route_type ess_route_disjoint = {
    .name = "disjoint",
    .summary = "direct and a few relays at once, split by their rates; pays where pairs limit and "
               "not the sender's or receiver's own line",
    .source = "multi-path overlays: mTCP, USENIX ATC 2004; Skyplane, NSDI 2023",
    .parameters = parameters,
    .settings_bytes = sizeof(struct settings),
    .scratch_bytes = scratch_bytes,
    .route = route,
};
