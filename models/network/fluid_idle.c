/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solver's classes of connections, under the ideal transport. A connection has one while it is
 * in use, and keeps it for the next transfer; but where ever new pairs of hosts meet, the classes
 * of those that met once would fill the memory, and the caches before it. So the connections that
 * have been idle longest give theirs back, and make it anew when they are used again. */
#include <math.h>

#include "models/network/fluid_state.h"

/* Idle ones that keep their class: twice as many as ever were in use at once. A collective, whose
 * connections all fall idle between two chunks, never gives one back. */
#define KEPT_PER_BUSY 2
#define KEPT_LEAST 64

/* What a window allows. A cap that the narrowest link of the way never lets it reach is none: one
 * hop less for the solver. Holds as long as no link carries more than its nominal capacity. */
static double cap_of(const struct ess_fluid *fluid, const struct connection *connection) {
    double round_trip_s = 2e-9 * (double)connection->delay_ns;
    double cap = round_trip_s > 0 ? fluid->settings.window_bytes / round_trip_s : INFINITY;
    return fluid->changes || cap < connection->narrowest_bytes_per_s ? cap : INFINITY;
}

static void unlink_idle(struct ess_fluid *fluid, struct connection *connection) {
    uint32_t before = connection->idle_before, after = connection->idle_after;
    if (before != NO_SLOT) {
        fluid->connections[before].idle_after = after;
    } else {
        fluid->idle_first = after;
    }
    if (after != NO_SLOT) {
        fluid->connections[after].idle_before = before;
    } else {
        fluid->idle_last = before;
    }
    fluid->idle_count--;
}

static void make_class(struct ess_fluid *fluid, struct connection *connection) {
    uint32_t links[ESS_PATH_LINKS_MAX];
    int64_t delay_ns;
    uint32_t count =
        ess_topology_path(fluid->topology, connection->from, connection->to, links, &delay_ns);
    connection->class =
        ess_sharing_class(fluid->sharing, links, count, 1, cap_of(fluid, connection));
}

void ess_fluid_use(struct ess_fluid *fluid, uint32_t index) {
    struct connection *connection = &fluid->connections[index];
    if (connection->busy) {
        return;
    }
    connection->busy = true;
    if (++fluid->busy_count > fluid->busy_most) {
        fluid->busy_most = fluid->busy_count;
    }
    if (connection->class != NO_SLOT) {
        unlink_idle(fluid, connection);
    } else {
        make_class(fluid, connection);
    }
}

void ess_fluid_rest(struct ess_fluid *fluid, uint32_t index) {
    struct connection *connection = &fluid->connections[index];
    if (!connection->busy || connection->first != NO_SLOT) {
        return;
    }
    connection->busy = false;
    fluid->busy_count--;
    connection->idle_before = fluid->idle_last;
    connection->idle_after = NO_SLOT;
    if (fluid->idle_last != NO_SLOT) {
        fluid->connections[fluid->idle_last].idle_after = index;
    } else {
        fluid->idle_first = index;
    }
    fluid->idle_last = index;
    if (++fluid->idle_count > KEPT_PER_BUSY * fluid->busy_most + KEPT_LEAST) {
        ess_fluid_forget(fluid, fluid->idle_first);
    }
}

void ess_fluid_forget(struct ess_fluid *fluid, uint32_t index) {
    struct connection *connection = &fluid->connections[index];
    if (connection->class == NO_SLOT) {
        return;
    }
    unlink_idle(fluid, connection);
    ess_sharing_class_release(fluid->sharing, connection->class);
    connection->class = NO_SLOT;
}

void ess_fluid_reclass(struct ess_fluid *fluid, uint32_t index) {
    struct connection *connection = &fluid->connections[index];
    const struct transfer *first;
    uint32_t old = connection->class;
    if (!connection->busy) {
        ess_fluid_forget(fluid, index);
        return;
    }
    make_class(fluid, connection);
    first = &fluid->transfers[connection->first];
    if (first->flow && ess_sharing_alive(fluid->sharing, first->flow)) {
        ess_sharing_set_class(fluid->sharing, first->flow, connection->class);
    }
    ess_sharing_class_release(fluid->sharing, old);
}
