/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections: found or made per ordered pair of hosts, and what holds for each of them. */
#include <math.h>

#include "models/network/fluid_state.h"

#define LINES_MAX 1024

/* The line of a delay, found or made. Distinct delays are few: kinds of hosts times ways between
 * sites. Past LINES_MAX there are none: such transfers have events of their own. */
uint32_t ess_fluid_line(struct ess_fluid *fluid, int64_t delay_ns) {
    uint32_t index = 0;
    while (index < fluid->line_count && fluid->lines[index].delay_ns != delay_ns) {
        index++;
    }
    if (index < fluid->line_count) {
        return index;
    }
    if (fluid->line_count == LINES_MAX) {
        return NO_SLOT;
    }
    fluid->lines = ess_arena_reserve(fluid->arena, fluid->lines, &fluid->line_capacity,
        fluid->line_count + 1, sizeof *fluid->lines);
    fluid->lines[index] = (struct line){.delay_ns = delay_ns};
    fluid->line_count++;
    return index;
}

static void open_connection(struct ess_fluid *fluid, uint32_t a, uint32_t b, const uint32_t *links,
    uint32_t count, int64_t delay_ns) {
    struct connection *connection;
    double narrowest = INFINITY;
    bool wan = false;
    uint32_t number = fluid->pairs.count;
    for (uint32_t i = 0; i < count; i++) {
        wan |= ess_topology_is_wan(fluid->topology, links[i]);
        narrowest = fmin(narrowest, ess_topology_capacity(fluid->topology, links[i]));
    }
    fluid->connections = ess_arena_reserve(fluid->arena, fluid->connections,
        &fluid->connection_capacity, number + 1, sizeof *fluid->connections);
    connection = &fluid->connections[number];
    *connection = (struct connection){
        .from = a,
        .to = b,
        .wan = wan,
        .delay_ns = delay_ns,
        .line = ess_fluid_line(fluid, delay_ns),
        .first = NO_SLOT,
        .last = NO_SLOT,
        .narrowest_bytes_per_s = narrowest,
        .class = NO_SLOT,
    };
    if (fluid->tcp) {
        ess_fluid_tcp_connect(fluid, number, links, count);
    }
}

/* A new connection, known by the pair of numbers (key, of_key). */
static uint32_t connect(
    struct ess_fluid *fluid, uint32_t a, uint32_t b, uint32_t key, uint32_t of_key) {
    uint32_t links[ESS_PATH_LINKS_MAX];
    int64_t delay_ns;
    uint32_t count = ess_topology_path(fluid->topology, a, b, links, &delay_ns);
    if (count == 0) {
        return UINT32_MAX;
    }
    delay_ns += ess_fluid_extra_delay_ns(fluid, links, count);
    open_connection(fluid, a, b, links, count, delay_ns);
    return ess_pair_table_add(&fluid->pairs, fluid->arena, key, of_key);
}

uint32_t ess_fluid_connection(struct ess_fluid *fluid, uint32_t a, uint32_t b) {
    uint32_t connection = ess_pair_table_find(&fluid->pairs, a, b);
    return connection != UINT32_MAX ? connection : connect(fluid, a, b, a, b);
}

/* It is numbered like the others, under a pair of hosts that does not exist. */
uint32_t ess_fluid_open(struct ess_fluid *fluid, uint32_t a, uint32_t b) {
    return connect(fluid, a, b, UINT32_MAX, fluid->pairs.count);
}

int64_t ess_fluid_delay_ns(const struct ess_fluid *fluid, uint32_t connection) {
    return fluid->connections[connection].delay_ns;
}

bool ess_fluid_is_wan(const struct ess_fluid *fluid, uint32_t connection) {
    return fluid->connections[connection].wan;
}

int64_t ess_fluid_message_ns(const struct ess_fluid *fluid, uint32_t index, double bytes) {
    const struct connection *connection = &fluid->connections[index];
    int64_t queue_ns = fluid->tcp ? ess_fluid_tcp_queue_ns(fluid, connection) : 0;
    return connection->delay_ns + queue_ns +
           (int64_t)ceil(1e9 * bytes / ess_fluid_narrowest(fluid, connection));
}

bool ess_fluid_is_cut(const struct ess_fluid *fluid, uint32_t index) {
    const struct connection *connection = &fluid->connections[index];
    uint32_t links[ESS_PATH_LINKS_MAX];
    int64_t delay_ns;
    uint32_t count =
        ess_topology_path(fluid->topology, connection->from, connection->to, links, &delay_ns);
    for (uint32_t i = 0; i < count; i++) {
        if (fluid->cuts[links[i]]) {
            return true;
        }
    }
    return false;
}

static void close_connection(struct ess_fluid *fluid, uint32_t index) {
    if (index == UINT32_MAX) {
        return;
    }
    fluid->connections[index].warm = false;
    if (fluid->tcp) {
        ess_fluid_tcp_close(fluid, index);
    }
}

void ess_fluid_break(struct ess_fluid *fluid, uint32_t a, uint32_t b) {
    close_connection(fluid, ess_fluid_connection(fluid, a, b));
    close_connection(fluid, ess_fluid_connection(fluid, b, a));
}
