/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links that change while they are in use, and what a transfer has brought so far. */
#include <math.h>

#include "models/network/fluid_state.h"

double ess_fluid_capacity(const struct ess_fluid *fluid, uint32_t link) {
    bool changed = fluid->changes && fluid->changes[link].bytes_per_s >= 0;
    return changed ? fluid->changes[link].bytes_per_s
                   : ess_topology_capacity(fluid->topology, link);
}

double ess_fluid_payload_capacity(const struct ess_fluid *fluid, uint32_t link) {
    double share = fluid->rate_share ? fluid->rate_share[link] : 1;
    return share * fluid->payload_share * ess_fluid_capacity(fluid, link);
}

int64_t ess_fluid_extra_delay_ns(
    const struct ess_fluid *fluid, const uint32_t *links, uint32_t count) {
    int64_t extra_ns = 0;
    for (uint32_t i = 0; fluid->changes && i < count; i++) {
        extra_ns += fluid->changes[links[i]].extra_delay_ns;
    }
    return extra_ns;
}

/* A link that carries nothing now is left out: who asks waits until it does again. */
double ess_fluid_narrowest(const struct ess_fluid *fluid, const struct connection *connection) {
    uint32_t links[ESS_PATH_LINKS_MAX], count;
    double least = INFINITY;
    int64_t delay_ns;
    if (!fluid->changes) {
        return connection->narrowest_bytes_per_s;
    }
    count = ess_topology_path(fluid->topology, connection->from, connection->to, links, &delay_ns);
    for (uint32_t i = 0; i < count; i++) {
        double capacity = ess_fluid_capacity(fluid, links[i]);
        least = capacity > 0 ? fmin(least, capacity) : least;
    }
    return least;
}

/* The delay of its way may be another (or `always` is said): what begins from now on takes that
 * one, and what is on the links goes on under the cap that follows from it. */
static void renew(struct ess_fluid *fluid, uint32_t index, bool always) {
    struct connection *connection = &fluid->connections[index];
    uint32_t links[ESS_PATH_LINKS_MAX], count;
    int64_t delay_ns;
    count = ess_topology_path(fluid->topology, connection->from, connection->to, links, &delay_ns);
    delay_ns += ess_fluid_extra_delay_ns(fluid, links, count);
    if (delay_ns == connection->delay_ns && !always) {
        return;
    }
    connection->delay_ns = delay_ns;
    connection->line = ess_fluid_line(fluid, delay_ns);
    ess_fluid_reclass(fluid, index);
}

static void take_changes(struct ess_fluid *fluid) {
    uint32_t count = fluid->topology->link_count;
    fluid->changes = ess_arena_allocate(fluid->arena, count, sizeof *fluid->changes);
    for (uint32_t i = 0; i < count; i++) {
        fluid->changes[i].bytes_per_s = -1;
    }
    /* Caps that no link let a connection reach may be reached now. */
    for (uint32_t i = 0; !fluid->tcp && i < fluid->pairs.count; i++) {
        renew(fluid, i, true);
    }
}

void ess_fluid_set_link(
    struct ess_fluid *fluid, uint32_t link, double bytes_per_s, int64_t extra_delay_ns) {
    struct link_change *change;
    bool other_delay;
    if (!fluid->changes) {
        take_changes(fluid);
    }
    change = &fluid->changes[link];
    other_delay = change->extra_delay_ns != extra_delay_ns;
    *change = (struct link_change){bytes_per_s, extra_delay_ns};
    ess_fluid_catch_up(fluid);
    ess_sharing_set_capacity(
        fluid->sharing, link, fluid->cuts[link] ? 0 : ess_fluid_payload_capacity(fluid, link));
    for (uint32_t i = 0; other_delay && i < fluid->pairs.count; i++) {
        if (fluid->tcp) {
            ess_fluid_tcp_renew(fluid, i);
        } else {
            renew(fluid, i, false);
        }
    }
    ess_engine_request_settle(fluid->engine);
}

bool ess_fluid_stands(const struct ess_fluid *fluid, uint32_t link) {
    return fluid->changes && fluid->changes[link].bytes_per_s == 0;
}

void ess_fluid_warm(struct ess_fluid *fluid, uint32_t connection) {
    fluid->connections[connection].warm = true;
    if (fluid->tcp) {
        ess_fluid_tcp_warm(fluid, connection);
    }
}

double ess_fluid_delivered(struct ess_fluid *fluid, uint64_t id) {
    const struct transfer *transfer = &fluid->transfers[(uint32_t)id];
    double units, bytes = transfer->bytes;
    if (transfer->generation != (uint32_t)(id >> 32)) {
        return NAN;
    }
    if (!transfer->flow) {
        return 0; /* in its delay, or waiting behind others */
    }
    ess_fluid_catch_up(fluid);
    if (ess_sharing_alive(fluid->sharing, transfer->flow)) { /* else done at this very instant */
        bytes -= ess_sharing_remaining(fluid->sharing, transfer->flow);
    }
    units = fluid->tcp ? fluid->tcp_connections[transfer->connection].law->units : 1;
    return bytes / units;
}
