/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/fluid.h"

#include <math.h>

#include "models/network/sharing.h"
#include "sim/engine/arena.h"

struct connection {
    uint32_t from, to;
    uint32_t class;
    bool warm;
    bool wan;
    int64_t delay_ns;
    double narrowest_bytes_per_s;
};

/* A transfer in its delay (event is set) or on the links (flow is set). */
struct transfer {
    uint32_t connection;
    uint32_t generation;
    uint32_t next_free;
    double bytes;
    ess_event_id event;
    ess_sharing_flow_id flow;
    uint64_t user;
};

struct ess_fluid {
    struct ess_engine *engine;
    struct ess_arena *arena;
    const struct ess_topology *topology;
    struct ess_fluid_settings settings;
    struct ess_sharing *sharing;
    uint32_t *cuts; /* [link]: times cut */
    struct connection *connections;
    size_t connection_capacity;
    uint32_t connection_count;
    uint32_t *table; /* open addressing: connection + 1, 0 is free */
    size_t table_size;
    struct transfer *transfers;
    size_t transfer_capacity;
    uint32_t transfer_count, first_free;
    int64_t solved_ns;       /* the solver's present */
    ess_event_id completion; /* the event at the solver's next completion */
};

/* ---- connections ------------------------------------------------------------------------------
 */

static size_t table_slot(const struct ess_fluid *fluid, uint32_t a, uint32_t b) {
    uint64_t key = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(key >> 20) & (fluid->table_size - 1);
    while (fluid->table[slot]) {
        const struct connection *connection = &fluid->connections[fluid->table[slot] - 1];
        if (connection->from == a && connection->to == b) {
            break;
        }
        slot = (slot + 1) & (fluid->table_size - 1);
    }
    return slot;
}

static void grow_table(struct ess_fluid *fluid) {
    size_t size = fluid->table_size ? 2 * fluid->table_size : 64;
    fluid->table =
        ess_arena_resize(fluid->arena, fluid->table, fluid->table_size, size, sizeof *fluid->table);
    fluid->table_size = size;
    for (size_t i = 0; i < size; i++) {
        fluid->table[i] = 0;
    }
    for (uint32_t i = 0; i < fluid->connection_count; i++) {
        const struct connection *connection = &fluid->connections[i];
        fluid->table[table_slot(fluid, connection->from, connection->to)] = i + 1;
    }
}

static void open_connection(struct ess_fluid *fluid, uint32_t a, uint32_t b, const uint32_t *links,
    uint32_t count, int64_t delay_ns) {
    struct connection *connection;
    double round_trip_s = 2e-9 * (double)delay_ns;
    double cap = round_trip_s > 0 ? fluid->settings.window_bytes / round_trip_s : INFINITY;
    fluid->connections = ess_arena_reserve(fluid->arena, fluid->connections,
        &fluid->connection_capacity, fluid->connection_count + 1, sizeof *fluid->connections);
    connection = &fluid->connections[fluid->connection_count++];
    *connection = (struct connection){
        .from = a,
        .to = b,
        .delay_ns = delay_ns,
        .narrowest_bytes_per_s = INFINITY,
        .class = ess_sharing_class(fluid->sharing, links, count, 1, cap),
    };
    for (uint32_t i = 0; i < count; i++) {
        connection->wan |= ess_topology_is_wan(fluid->topology, links[i]);
        connection->narrowest_bytes_per_s = fmin(
            connection->narrowest_bytes_per_s, ess_topology_capacity(fluid->topology, links[i]));
    }
}

uint32_t ess_fluid_connection(struct ess_fluid *fluid, uint32_t a, uint32_t b) {
    uint32_t links[ESS_PATH_LINKS_MAX], count;
    int64_t delay_ns;
    size_t slot;
    if (2 * (size_t)fluid->connection_count + 2 > fluid->table_size) {
        grow_table(fluid);
    }
    slot = table_slot(fluid, a, b);
    if (fluid->table[slot]) {
        return fluid->table[slot] - 1;
    }
    count = ess_topology_path(fluid->topology, a, b, links, &delay_ns);
    if (count == 0) {
        return UINT32_MAX;
    }
    open_connection(fluid, a, b, links, count, delay_ns);
    fluid->table[slot] = fluid->connection_count;
    return fluid->connection_count - 1;
}

int64_t ess_fluid_delay_ns(const struct ess_fluid *fluid, uint32_t connection) {
    return fluid->connections[connection].delay_ns;
}

bool ess_fluid_is_wan(const struct ess_fluid *fluid, uint32_t connection) {
    return fluid->connections[connection].wan;
}

int64_t ess_fluid_message_ns(const struct ess_fluid *fluid, uint32_t index, double bytes) {
    const struct connection *connection = &fluid->connections[index];
    return connection->delay_ns + (int64_t)ceil(1e9 * bytes / connection->narrowest_bytes_per_s);
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

void ess_fluid_break(struct ess_fluid *fluid, uint32_t a, uint32_t b) {
    uint32_t there = ess_fluid_connection(fluid, a, b);
    uint32_t back = ess_fluid_connection(fluid, b, a);
    if (there != UINT32_MAX) {
        fluid->connections[there].warm = false;
    }
    if (back != UINT32_MAX) {
        fluid->connections[back].warm = false;
    }
}

/* ---- transfers --------------------------------------------------------------------------------
 */

static uint32_t take_slot(struct ess_fluid *fluid) {
    uint32_t slot = fluid->first_free;
    if (slot != UINT32_MAX) {
        fluid->first_free = fluid->transfers[slot].next_free;
        return slot;
    }
    fluid->transfers = ess_arena_reserve(fluid->arena, fluid->transfers, &fluid->transfer_capacity,
        fluid->transfer_count + 1, sizeof *fluid->transfers);
    slot = fluid->transfer_count++;
    fluid->transfers[slot].generation = 1;
    return slot;
}

static void free_slot(struct ess_fluid *fluid, uint32_t slot) {
    struct transfer *transfer = &fluid->transfers[slot];
    transfer->generation++;
    transfer->event = ESS_EVENT_NONE;
    transfer->flow = 0;
    transfer->next_free = fluid->first_free;
    fluid->first_free = slot;
}

/* Bring the solver to the present. What that completes waits there until hand_on_completed. */
static void catch_up(struct ess_fluid *fluid) {
    if (fluid->solved_ns < fluid->engine->now_ns) {
        fluid->solved_ns = fluid->engine->now_ns;
        ess_sharing_advance(fluid->sharing, fluid->solved_ns);
    }
}

/* A handshake is paid once a connection: the transfers that follow the first wait for nothing,
 * which is right for those that begin later and a little early for those that begin during it. */
static int64_t handshake_ns(struct connection *connection) {
    if (connection->warm) {
        return 0;
    }
    connection->warm = true;
    return 2 * connection->delay_ns;
}

uint64_t ess_fluid_begin(struct ess_fluid *fluid, uint32_t connection_index, double bytes,
    int64_t start_ns, uint64_t user) {
    struct connection *connection = &fluid->connections[connection_index];
    uint32_t slot = take_slot(fluid);
    struct transfer *transfer = &fluid->transfers[slot];
    int64_t at_ns = start_ns + handshake_ns(connection) + connection->delay_ns;
    transfer->connection = connection_index;
    transfer->bytes = bytes;
    transfer->user = user;
    transfer->flow = 0;
    transfer->event = ess_engine_schedule(
        fluid->engine, at_ns, fluid->settings.event_class, fluid->settings.event_kind, slot, 0);
    return (uint64_t)transfer->generation << 32 | slot;
}

void ess_fluid_cancel(struct ess_fluid *fluid, uint64_t id) {
    uint32_t slot = (uint32_t)id;
    struct transfer *transfer = &fluid->transfers[slot];
    if (transfer->generation != (uint32_t)(id >> 32)) {
        return;
    }
    if (transfer->flow) {
        catch_up(fluid);
        /* A flow that is done at this very instant is popped later; its slot is gone by then. */
        if (ess_sharing_alive(fluid->sharing, transfer->flow)) {
            ess_sharing_cancel(fluid->sharing, transfer->flow);
            ess_engine_request_settle(fluid->engine);
        }
    } else {
        ess_engine_cancel(fluid->engine, transfer->event);
    }
    free_slot(fluid, slot);
}

static void finish(struct ess_fluid *fluid, uint32_t slot) {
    uint64_t user = fluid->transfers[slot].user;
    free_slot(fluid, slot);
    fluid->settings.finished(fluid->engine->world, user);
}

static void begin_flow(struct ess_fluid *fluid, uint32_t slot) {
    struct transfer *transfer = &fluid->transfers[slot];
    const struct connection *connection = &fluid->connections[transfer->connection];
    transfer->event = ESS_EVENT_NONE;
    if (transfer->bytes <= 0) {
        finish(fluid, slot);
        return;
    }
    catch_up(fluid);
    transfer->flow = ess_sharing_start(fluid->sharing, connection->class, transfer->bytes,
        (uint64_t)transfer->generation << 32 | slot);
    ess_engine_request_settle(fluid->engine);
}

static void pop_completed(struct ess_fluid *fluid) {
    struct ess_sharing_finished finished;
    while (ess_sharing_pop_finished(fluid->sharing, &finished)) {
        uint32_t slot = (uint32_t)finished.user;
        if (fluid->transfers[slot].generation == (uint32_t)(finished.user >> 32)) {
            finish(fluid, slot);
        }
    }
}

static void hand_on_completed(struct ess_fluid *fluid) {
    catch_up(fluid);
    pop_completed(fluid);
    /* A flow that was left with nothing by a change of this instant is due now. */
    while (ess_sharing_next(fluid->sharing) <= fluid->engine->now_ns) {
        ess_sharing_advance(fluid->sharing, fluid->engine->now_ns);
        pop_completed(fluid);
    }
}

static void settle_network(struct ess_fluid *fluid) {
    int64_t next_ns;
    hand_on_completed(fluid);
    ess_sharing_resolve(fluid->sharing);
    next_ns = ess_sharing_next(fluid->sharing);
    ess_engine_cancel(fluid->engine, fluid->completion);
    fluid->completion = ESS_EVENT_NONE;
    if (next_ns != ESS_SHARING_NEVER) {
        fluid->completion = ess_engine_schedule(fluid->engine, next_ns, fluid->settings.event_class,
            fluid->settings.event_kind + 1, 0, 0);
    }
}

void ess_fluid_cut(struct ess_fluid *fluid, uint32_t link, bool cut) {
    fluid->cuts[link] += cut ? 1 : (uint32_t)-1;
    catch_up(fluid);
    ess_sharing_set_capacity(
        fluid->sharing, link, fluid->cuts[link] ? 0 : ess_topology_capacity(fluid->topology, link));
    ess_engine_request_settle(fluid->engine);
}

double ess_fluid_wan_bytes(const struct ess_fluid *fluid) {
    double bytes = 0;
    for (uint32_t link = 2 * fluid->topology->host_count; link < fluid->topology->link_count;
         link++) {
        bytes += ess_sharing_link_bytes(fluid->sharing, link);
    }
    return bytes;
}

struct ess_sharing_statistics ess_fluid_statistics(const struct ess_fluid *fluid) {
    return ess_sharing_statistics(fluid->sharing);
}

/* ---- the engine's side: the network is found through the world it belongs to ------------------
 */

/* The world's first member is a pointer to its network (world_of() in sim/world relies on it). */
static struct ess_fluid *network_of(void *world) {
    return *(struct ess_fluid **)world;
}

static void on_begin(void *world, uint32_t slot, uint64_t argument) {
    (void)argument;
    begin_flow(network_of(world), slot);
}

static void on_completion(void *world, uint32_t subject, uint64_t argument) {
    struct ess_fluid *fluid = network_of(world);
    (void)subject;
    (void)argument;
    fluid->completion = ESS_EVENT_NONE;
    hand_on_completed(fluid);
    ess_engine_request_settle(fluid->engine);
}

static void on_settle(void *world) {
    settle_network(network_of(world));
}

struct ess_fluid *ess_fluid_new(struct ess_engine *engine, struct ess_arena *arena,
    const struct ess_topology *topology, const struct ess_fluid_settings *settings) {
    struct ess_fluid *fluid = ess_arena_allocate(arena, 1, sizeof *fluid);
    fluid->engine = engine;
    fluid->arena = arena;
    fluid->topology = topology;
    fluid->settings = *settings;
    fluid->sharing = ess_sharing_new();
    fluid->first_free = UINT32_MAX;
    fluid->completion = ESS_EVENT_NONE;
    fluid->cuts = ess_arena_allocate(arena, topology->link_count, sizeof *fluid->cuts);
    for (uint32_t link = 0; link < topology->link_count; link++) {
        ess_sharing_add_link(fluid->sharing, ess_topology_capacity(topology, link));
    }
    ess_engine_register(engine, settings->event_kind, on_begin);
    ess_engine_register(engine, settings->event_kind + 1, on_completion);
    ess_engine_register_settle(engine, (uint8_t)(settings->event_class + 1), on_settle);
    return fluid;
}

void ess_fluid_free(struct ess_fluid *fluid) {
    if (fluid) {
        ess_sharing_free(fluid->sharing);
    }
}
