/* SPDX-License-Identifier: Apache-2.0 */
/* The direct way or the best single relay, by the time that a message of `message` bytes takes when
 * the relay passes bytes on as they come: sum of delays + bytes / slowest hop. Delays that are not
 * known count as 0. */
#include "routing/route.h"

struct settings {
    int64_t message_bytes;
    int64_t forwarding_ns;
    double gain;
};

static const struct ess_parameter parameters[] = {
    {"message", ESS_PARAMETER_SIZE, 16 << 20, 1, 1e15, "bytes whose time counts",
        offsetof(struct settings, message_bytes)},
    {"forwarding", ESS_PARAMETER_TIME, 200e3, 0, 10e9, "time that a relay adds",
        offsetof(struct settings, forwarding_ns)},
    {"gain", ESS_PARAMETER_REAL, 1.1, 1, 100, "how many times sooner a detour must arrive",
        offsetof(struct settings, gain)},
    ESS_PARAMETER_END,
};

static size_t scratch_bytes(const void *settings, uint32_t size) {
    (void)settings, (void)size;
    return 0;
}

/* Seconds; negative where there is no way, or its rate is not known. */
static double arrival_s(const struct settings *settings, const struct ess_pair_matrix *matrix,
    uint32_t from, uint32_t relay, uint32_t to) {
    double rate = ess_pair_usable(matrix, from, relay), onward;
    int64_t delay_ns = ess_pair_delay(matrix, from, relay), onward_ns = 0;
    if (relay != to) {
        onward = ess_pair_usable(matrix, relay, to);
        rate = onward < rate ? onward : rate;
        onward_ns = ess_pair_delay(matrix, relay, to);
        onward_ns = settings->forwarding_ns + (onward_ns > 0 ? onward_ns : 0);
    }
    delay_ns = onward_ns + (delay_ns > 0 ? delay_ns : 0);
    return rate > 0 ? (double)delay_ns * 1e-9 + (double)settings->message_bytes / rate : -1;
}

static void route(const void *settings, const struct ess_pair_matrix *matrix, const bool *usable,
    uint32_t from, uint32_t to, struct ess_route *found, void *scratch) {
    const struct settings *s = settings;
    double direct_s = arrival_s(s, matrix, from, to, to), best_s = -1;
    uint32_t best = to;
    (void)scratch;
    ess_route_direct_way(matrix, from, to, found);
    for (uint32_t relay = 0; relay < matrix->size; relay++) {
        double own_s;
        if (relay == from || relay == to || (usable && !usable[relay])) {
            continue;
        }
        own_s = arrival_s(s, matrix, from, relay, to);
        if (own_s >= 0 && (best_s < 0 || own_s < best_s)) {
            best_s = own_s;
            best = relay;
        }
    }
    if (best == to || (found->way_count > 0 && direct_s >= 0 && best_s * s->gain > direct_s)) {
        return;
    }
    *found = (struct ess_route){.way_count = 1};
    found->ways[0] = (struct ess_way){ESS_SHARE_WHOLE, 1, {best}};
}

const struct ess_route_type ess_route_relay = {
    .name = "relay",
    .summary = "direct, or over the one relay by which a message arrives soonest; relays are taken "
               "to be idle",
    .source = "one-hop source routing: Gummadi et al., OSDI 2004",
    .parameters = parameters,
    .settings_bytes = sizeof(struct settings),
    .scratch_bytes = scratch_bytes,
    .route = route,
};
