/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/fluid.h"

#include <math.h>

#include "models/network/fluid_state.h"
#include "models/network/transport.h"

/* ---- transfers --------------------------------------------------------------------------------
 */

static uint32_t take_slot(struct ess_fluid *fluid) {
    uint32_t slot = fluid->first_free;
    if (slot != NO_SLOT) {
        fluid->first_free = fluid->transfers[slot].next;
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
    transfer->arrived = false;
    transfer->next = fluid->first_free;
    fluid->first_free = slot;
}

/* Bring the solver to the present. What that completes waits there until hand_on_completed. */
void ess_fluid_catch_up(struct ess_fluid *fluid) {
    if (fluid->solved_ns < fluid->engine->now_ns) {
        fluid->solved_ns = fluid->engine->now_ns;
        ess_sharing_advance(fluid->sharing, fluid->solved_ns);
    }
}

/* When the first byte of a transfer that begins at `start_ns` is at the far end: after the
 * handshake of a new connection, and never before that of the transfer begun last. */
static int64_t first_byte_ns(
    const struct ess_fluid *fluid, struct connection *connection, int64_t start_ns) {
    int64_t ready_ns = start_ns + connection->delay_ns;
    if (fluid->tcp) {
        ready_ns += ess_fluid_tcp_queue_ns(fluid, connection);
    }
    if (!connection->warm) {
        connection->warm = true;
        ready_ns +=
            fluid->tcp ? ess_fluid_tcp_handshake_ns(fluid, connection) : 2 * connection->delay_ns;
    }
    if (ready_ns < connection->ready_ns) {
        ready_ns = connection->ready_ns;
    }
    connection->ready_ns = ready_ns;
    return ready_ns;
}

static void schedule_line(struct ess_fluid *fluid, uint32_t index) {
    struct line *line = &fluid->lines[index];
    int64_t next_ns = ess_delay_line_next_ns(&line->queue);
    if (!line->scheduled && next_ns != INT64_MAX) {
        line->scheduled = true;
        ess_engine_schedule(fluid->engine, next_ns, fluid->settings.event_class,
            fluid->settings.event_kind + EVENT_LINE, index, 0);
    }
}

/* Put the transfer on the way: in its line where it arrives in order, else as an event of its own.
 */
static void send_first_byte(struct ess_fluid *fluid, uint32_t slot, uint32_t line, int64_t at_ns) {
    struct transfer *transfer = &fluid->transfers[slot];
    uint64_t what = (uint64_t)transfer->generation << 32 | slot;
    transfer->event = ESS_EVENT_NONE;
    if (line != NO_SLOT &&
        ess_delay_line_push(&fluid->lines[line].queue, fluid->arena, at_ns, what)) {
        schedule_line(fluid, line);
        return;
    }
    transfer->event = ess_engine_schedule(fluid->engine, at_ns, fluid->settings.event_class,
        fluid->settings.event_kind + EVENT_BEGIN, slot, 0);
}

uint64_t ess_fluid_begin(struct ess_fluid *fluid, uint32_t connection_index, double bytes,
    int64_t start_ns, uint64_t user) {
    uint32_t slot = take_slot(fluid);
    struct transfer *transfer = &fluid->transfers[slot];
    int64_t at_ns = first_byte_ns(fluid, &fluid->connections[connection_index], start_ns);
    transfer->connection = connection_index;
    transfer->bytes =
        fluid->tcp ? bytes * fluid->tcp_connections[connection_index].law->units : bytes;
    transfer->user = user;
    transfer->flow = 0;
    send_first_byte(fluid, slot, fluid->connections[connection_index].line, at_ns);
    return (uint64_t)transfer->generation << 32 | slot;
}

static void append(struct ess_fluid *fluid, struct connection *connection, uint32_t slot) {
    struct transfer *transfer = &fluid->transfers[slot];
    transfer->next = NO_SLOT;
    transfer->previous = connection->last;
    if (connection->last != NO_SLOT) {
        fluid->transfers[connection->last].next = slot;
    } else {
        connection->first = slot;
    }
    connection->last = slot;
}

static void unlink_transfer(struct ess_fluid *fluid, struct connection *connection, uint32_t slot) {
    const struct transfer *transfer = &fluid->transfers[slot];
    if (transfer->previous != NO_SLOT) {
        fluid->transfers[transfer->previous].next = transfer->next;
    } else {
        connection->first = transfer->next;
    }
    if (transfer->next != NO_SLOT) {
        fluid->transfers[transfer->next].previous = transfer->previous;
    } else {
        connection->last = transfer->previous;
    }
}

/* Put the first transfer of a connection on the links. One without bytes ends by an event of this
 * instant: whoever brought us here (a cancellation, say) must not be called back from within. */
static void start_first(struct ess_fluid *fluid, uint32_t index) {
    const struct connection *connection = &fluid->connections[index];
    uint32_t slot = connection->first;
    struct transfer *transfer;
    if (slot == NO_SLOT) {
        if (!fluid->tcp) {
            ess_fluid_rest(fluid, index);
        }
        return;
    }
    transfer = &fluid->transfers[slot];
    if (transfer->flow || transfer->event != ESS_EVENT_NONE) {
        return;
    }
    if (transfer->bytes <= 0) {
        transfer->event = ess_engine_schedule(fluid->engine, fluid->engine->now_ns,
            fluid->settings.event_class, fluid->settings.event_kind + EVENT_EMPTY, slot, 0);
        return;
    }
    ess_fluid_catch_up(fluid);
    ess_engine_request_settle(fluid->engine);
    if (fluid->tcp) {
        ess_fluid_tcp_start(fluid, slot);
        return;
    }
    ess_fluid_use(fluid, index);
    transfer->flow = ess_sharing_start(fluid->sharing, connection->class, transfer->bytes,
        (uint64_t)transfer->generation << 32 | slot);
}

static void arrive(struct ess_fluid *fluid, uint32_t slot) {
    struct transfer *transfer = &fluid->transfers[slot];
    transfer->event = ESS_EVENT_NONE;
    transfer->arrived = true;
    append(fluid, &fluid->connections[transfer->connection], slot);
    start_first(fluid, transfer->connection);
}

void ess_fluid_cancel(struct ess_fluid *fluid, uint64_t id) {
    uint32_t slot = (uint32_t)id;
    struct transfer *transfer = &fluid->transfers[slot];
    uint32_t index = transfer->connection;
    double left_bytes = 0;
    if (transfer->generation != (uint32_t)(id >> 32)) {
        return;
    }
    if (transfer->event != ESS_EVENT_NONE) {
        ess_engine_cancel(fluid->engine, transfer->event);
    }
    if (!transfer->arrived) {
        free_slot(fluid, slot);
        return;
    }
    ess_fluid_catch_up(fluid);
    /* A flow that is done at this very instant is popped later; its slot is gone by then. */
    if (transfer->flow && ess_sharing_alive(fluid->sharing, transfer->flow)) {
        left_bytes = transfer->bytes - ess_sharing_cancel(fluid->sharing, transfer->flow);
        ess_engine_request_settle(fluid->engine);
    }
    if (transfer->flow && fluid->tcp) {
        ess_fluid_tcp_end(fluid, slot, left_bytes);
    }
    unlink_transfer(fluid, &fluid->connections[index], slot);
    free_slot(fluid, slot);
    start_first(fluid, index);
}

static void complete(struct ess_fluid *fluid, uint32_t slot) {
    uint32_t index = fluid->transfers[slot].connection;
    uint64_t user = fluid->transfers[slot].user;
    if (fluid->tcp && fluid->transfers[slot].flow) {
        ess_fluid_tcp_end(fluid, slot, 0);
    }
    unlink_transfer(fluid, &fluid->connections[index], slot);
    free_slot(fluid, slot);
    start_first(fluid, index);
    fluid->settings.finished(fluid->engine->world, user);
}

static void pop_completed(struct ess_fluid *fluid) {
    struct ess_sharing_finished finished;
    while (ess_sharing_pop_finished(fluid->sharing, &finished)) {
        uint32_t slot = (uint32_t)finished.user;
        if (fluid->transfers[slot].generation == (uint32_t)(finished.user >> 32)) {
            complete(fluid, slot);
        }
    }
}

static void hand_on_completed(struct ess_fluid *fluid) {
    ess_fluid_catch_up(fluid);
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
    if (next_ns != fluid->engine->timer_ns) { /* else it keeps its place in the order */
        ess_engine_set_timer(fluid->engine, next_ns);
    }
}

void ess_fluid_cut(struct ess_fluid *fluid, uint32_t link, bool cut) {
    fluid->cuts[link] += cut ? 1 : (uint32_t)-1;
    ess_fluid_catch_up(fluid);
    ess_sharing_set_capacity(
        fluid->sharing, link, fluid->cuts[link] ? 0 : ess_fluid_payload_capacity(fluid, link));
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

/* All that is due in a line at this instant; cancelled transfers have changed their generation. */
static void on_line(void *world, uint32_t index, uint64_t argument) {
    struct ess_fluid *fluid = network_of(world);
    uint64_t what;
    (void)argument;
    fluid->lines[index].scheduled = false;
    while (ess_delay_line_pop(&fluid->lines[index].queue, fluid->engine->now_ns, &what)) {
        if (fluid->transfers[(uint32_t)what].generation == (uint32_t)(what >> 32)) {
            arrive(fluid, (uint32_t)what);
        }
    }
    schedule_line(fluid, index);
}

static void on_begin(void *world, uint32_t slot, uint64_t argument) {
    (void)argument;
    arrive(network_of(world), slot);
}

static void on_empty(void *world, uint32_t slot, uint64_t argument) {
    struct ess_fluid *fluid = network_of(world);
    (void)argument;
    fluid->transfers[slot].event = ESS_EVENT_NONE;
    complete(fluid, slot);
}

static void on_completion(void *world) {
    struct ess_fluid *fluid = network_of(world);
    hand_on_completed(fluid);
    ess_engine_request_settle(fluid->engine);
}

static void on_look(void *world, uint32_t slot, uint64_t argument) {
    (void)argument;
    ess_fluid_tcp_look(network_of(world), slot);
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
    fluid->first_free = fluid->idle_first = fluid->idle_last = NO_SLOT;
    fluid->payload_share = 1;
    if (settings->transport && settings->transport->parameters) {
        ess_fluid_tcp_init(fluid);
    }
    fluid->cuts = ess_arena_allocate(arena, topology->link_count, sizeof *fluid->cuts);
    for (uint32_t link = 0; link < topology->link_count; link++) {
        ess_sharing_add_link(fluid->sharing, ess_fluid_payload_capacity(fluid, link));
    }
    ess_engine_register(engine, settings->event_kind + EVENT_BEGIN, on_begin);
    ess_engine_register(engine, settings->event_kind + EVENT_EMPTY, on_empty);
    ess_engine_register(engine, settings->event_kind + EVENT_LINE, on_line);
    ess_engine_register(engine, settings->event_kind + EVENT_LOOK, on_look);
    ess_engine_register_timer(engine, settings->event_class, on_completion);
    ess_engine_register_settle(engine, (uint8_t)(settings->event_class + 1), on_settle);
    return fluid;
}

void ess_fluid_free(struct ess_fluid *fluid) {
    if (fluid) {
        ess_sharing_free(fluid->sharing);
    }
}
