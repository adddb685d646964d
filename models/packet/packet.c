/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/packet/packet.h"

#include <math.h>
#include <string.h>

#include "models/packet/parts.h"

ess_event_id ess_packet_schedule(struct ess_packet *packet, int64_t at_ns, enum event_kind kind,
    uint32_t subject, uint64_t argument) {
    int64_t now_ns = packet->engine->now_ns;
    return ess_engine_schedule(packet->engine, at_ns > now_ns ? at_ns : now_ns,
        packet->settings.event_class, packet->settings.event_kind + (uint32_t)kind, subject,
        argument);
}

/* ---- connections
 * ---------------------------------------------------------------------------------
 */

static uint32_t add_path(struct ess_packet *packet, uint32_t a, uint32_t b, int64_t *delay_ns) {
    uint32_t links[ESS_PATH_LINKS_MAX];
    uint32_t count = ess_topology_path(packet->topology, a, b, links, delay_ns);
    packet->path_links = ess_arena_reserve(packet->arena, packet->path_links,
        &packet->path_capacity, packet->path_count + count, sizeof *packet->path_links);
    for (uint32_t i = 0; i < count; i++) {
        packet->path_links[packet->path_count++] = links[i];
    }
    return count;
}

static uint32_t pair_key(const struct ess_packet *packet, uint32_t a, uint32_t channel) {
    return a + channel * packet->topology->host_count;
}

/* Channels of a pair are chained behind its channel 0, so that breaking finds them. */
static void chain(struct ess_packet *packet, uint32_t index, uint32_t a, uint32_t b) {
    uint32_t base = ess_pair_table_find(&packet->pairs, a, b);
    struct connection *connection = &packet->connections[index];
    connection->next_of_pair = NONE;
    if (base != NONE && base != index) {
        packet->connections[base].channels++;
        connection->next_of_pair = packet->connections[base].next_of_pair;
        packet->connections[base].next_of_pair = index;
    }
}

/* What the narrowest MTU of the way leaves beside the headers of TCP and IP. */
static uint32_t segment_of(const struct ess_packet *packet, const struct connection *connection) {
    const struct ess_link_traits *traits = packet->settings.traits;
    int64_t least = INT64_MAX;
    if (!traits) {
        return packet->profile->segment_bytes;
    }
    for (uint32_t i = 0; i < connection->forward; i++) {
        least = earlier_ns(least, traits[packet->path_links[connection->path + i]].mtu_bytes);
    }
    return (uint32_t)(least - (ESS_LINK_MTU_BYTES - (int64_t)packet->profile->segment_bytes));
}

static uint32_t open_connection(
    struct ess_packet *packet, uint32_t a, uint32_t b, uint32_t channel) {
    int64_t delay_ns, back_ns;
    uint32_t path = packet->path_count, index = packet->pairs.count;
    uint32_t forward = add_path(packet, a, b, &delay_ns), backward;
    struct connection *connection;
    if (forward == 0) {
        return NONE;
    }
    backward = add_path(packet, b, a, &back_ns);
    if (backward == 0) {
        packet->path_count = path;
        return NONE;
    }
    packet->connections = ess_arena_reserve(packet->arena, packet->connections,
        &packet->connection_capacity, index + 1, sizeof *packet->connections);
    connection = &packet->connections[index];
    *connection = (struct connection){.from = a,
        .to = b,
        .path = path,
        .forward = forward,
        .backward = backward,
        .delay_ns = delay_ns,
        .law = packet->settings.congestion,
        .first = NONE,
        .last = NONE};
    for (uint32_t i = 0; i < forward; i++) {
        connection->wan |= ess_topology_is_wan(packet->topology, packet->path_links[path + i]);
    }
    connection->window.profile = packet->profile;
    connection->window.segment_bytes = segment_of(packet, connection);
    connection->window.draw = a * 7 + b * 3 + channel;
    connection->timer = connection->pace = connection->delayed = ESS_EVENT_NONE;
    ess_pair_table_add(&packet->pairs, packet->arena, pair_key(packet, a, channel), b);
    chain(packet, index, a, b);
    ess_sender_reset(packet, index);
    ess_receiver_reset(packet, index);
    return index;
}

uint32_t ess_packet_connection(
    struct ess_packet *packet, uint32_t a, uint32_t b, uint32_t channel) {
    uint32_t index = ess_pair_table_find(&packet->pairs, pair_key(packet, a, channel), b);
    if (index != NONE) {
        return index;
    }
    ESS_ENGINE_ASSERT(packet->engine, channel < UINT32_MAX / packet->topology->host_count);
    if (channel > 0 && ess_packet_connection(packet, a, b, 0) == NONE) {
        return NONE;
    }
    return open_connection(packet, a, b, channel);
}

uint32_t ess_packet_open(struct ess_packet *packet, uint32_t a, uint32_t b) {
    uint32_t base = ess_packet_connection(packet, a, b, 0);
    if (base == NONE) {
        return NONE;
    }
    return ess_packet_connection(packet, a, b, packet->connections[base].channels + 1);
}

void ess_packet_warm(struct ess_packet *packet, uint32_t index) {
    struct connection *connection = &packet->connections[index];
    double ns_per_byte = 0, bytes;
    ESS_ENGINE_ASSERT(packet->engine, connection->state == CLOSED);
    for (uint32_t i = 0; i < connection->forward; i++) {
        ns_per_byte =
            fmax(ns_per_byte, packet->links[packet->path_links[connection->path + i]].ns_per_byte);
    }
    ess_sender_establish(packet, index, 2 * connection->delay_ns);
    bytes = 2 * (double)connection->delay_ns / ns_per_byte;
    if (bytes > (double)connection->window.cwnd_bytes) {
        uint64_t segments = (uint64_t)bytes / connection->window.segment_bytes;
        connection->window.cwnd_bytes = segments * connection->window.segment_bytes;
        connection->window.threshold_bytes = connection->window.cwnd_bytes;
        /* The receiver has tuned itself as far. */
        connection->receive_window =
            less_bytes(packet->profile->receive_limit_bytes, 2 * connection->window.cwnd_bytes);
        if (packet->settings.window_bytes > 0) {
            connection->receive_window = (uint64_t)packet->settings.window_bytes;
        }
        connection->peer_window = connection->receive_window;
    }
}

void ess_packet_set_law(
    struct ess_packet *packet, uint32_t index, const struct ess_congestion_type *law) {
    ESS_ENGINE_ASSERT(packet->engine, packet->connections[index].state == CLOSED);
    packet->connections[index].law = law;
}

int64_t ess_packet_delay_ns(const struct ess_packet *packet, uint32_t connection) {
    return packet->connections[connection].delay_ns;
}

bool ess_packet_is_wan(const struct ess_packet *packet, uint32_t connection) {
    return packet->connections[connection].wan;
}

int64_t ess_packet_message_ns(const struct ess_packet *packet, uint32_t index, double bytes) {
    const struct connection *connection = &packet->connections[index];
    int64_t at_ns = packet->engine->now_ns;
    for (uint32_t i = 0; i < connection->forward; i++) {
        const struct link *link = &packet->links[packet->path_links[connection->path + i]];
        at_ns = link->free_ns > at_ns ? link->free_ns : at_ns;
        at_ns += (int64_t)ceil(bytes * link->ns_per_byte) + link->delay_ns;
    }
    return at_ns - packet->engine->now_ns;
}

static void break_one(struct ess_packet *packet, uint32_t index) {
    struct connection *connection = &packet->connections[index];
    connection->life++;
    ess_sender_reset(packet, index);
    ess_receiver_reset(packet, index);
    if (connection->written > connection->expected) {
        ess_sender_open(packet, index);
    }
}

void ess_packet_break(struct ess_packet *packet, uint32_t a, uint32_t b) {
    for (int way = 0; way < 2; way++) {
        uint32_t index = ess_pair_table_find(&packet->pairs, way ? b : a, way ? a : b);
        for (; index != NONE; index = packet->connections[index].next_of_pair) {
            if (packet->connections[index].state != CLOSED) {
                break_one(packet, index);
            }
        }
    }
}

/* ---- packets
 * -------------------------------------------------------------------------------------
 */

uint32_t ess_packet_take_blocks(struct ess_packet *packet) {
    uint32_t index = packet->free_block;
    if (index != NONE) {
        packet->free_block = packet->blocks[index].next_free;
        return index;
    }
    packet->blocks = ess_arena_reserve(packet->arena, packet->blocks, &packet->block_capacity,
        packet->block_count + 1, sizeof *packet->blocks);
    return packet->block_count++;
}

static void free_blocks(struct ess_packet *packet, const struct flying *flying) {
    if (flying->blocks != NONE) {
        packet->blocks[flying->blocks].next_free = packet->free_block;
        packet->free_block = flying->blocks;
    }
}

void ess_packet_dispose(struct ess_packet *packet, const struct flying *flying) {
    packet->counts.under_way--;
    free_blocks(packet, flying);
}

static void accept(struct ess_packet *packet, const struct flying *flying) {
    struct flying answer = {.kind = KIND_ACCEPT,
        .stamp_ns = flying->stamp_ns,
        .window = packet->connections[flying->connection].receive_window,
        .wire_bytes = packet->profile->handshake_bytes,
        .blocks = NONE};
    ess_link_send(packet, flying->connection, &answer);
}

void ess_packet_arrived(struct ess_packet *packet, const struct flying *flying) {
    if (flying->life != packet->connections[flying->connection].life) {
        free_blocks(packet, flying);
        return;
    }
    switch (flying->kind) {
    case KIND_OPEN:
        accept(packet, flying);
        break;
    case KIND_ACCEPT:
        ess_sender_accepted(packet, flying->connection, flying);
        break;
    case KIND_DATA:
        ess_receiver_data(packet, flying->connection, flying);
        break;
    case KIND_ACKNOWLEDGE:
        ess_sender_acknowledged(packet, flying->connection, flying);
        free_blocks(packet, flying);
        break;
    default: /* the third packet of a handshake says nothing new */
        break;
    }
}

/* ---- transfers
 * -----------------------------------------------------------------------------------
 */

static uint32_t take_transfer(struct ess_packet *packet) {
    uint32_t slot = packet->free_transfer;
    if (slot != NONE) {
        packet->free_transfer = packet->transfers[slot].next;
        return slot;
    }
    packet->transfers = ess_arena_reserve(packet->arena, packet->transfers,
        &packet->transfer_capacity, packet->transfer_count + 1, sizeof *packet->transfers);
    slot = packet->transfer_count++;
    packet->transfers[slot].generation = 1;
    return slot;
}

static void free_transfer(struct ess_packet *packet, uint32_t slot) {
    struct transfer *transfer = &packet->transfers[slot];
    struct connection *connection = &packet->connections[transfer->connection];
    if (transfer->previous != NONE) {
        packet->transfers[transfer->previous].next = transfer->next;
    } else {
        connection->first = transfer->next;
    }
    if (transfer->next != NONE) {
        packet->transfers[transfer->next].previous = transfer->previous;
    } else {
        connection->last = transfer->previous;
    }
    transfer->generation++;
    transfer->next = packet->free_transfer;
    packet->free_transfer = slot;
}

/* Into the stream, behind what was begun before. */
static void write(struct ess_packet *packet, uint32_t slot) {
    struct transfer *transfer = &packet->transfers[slot];
    struct connection *connection = &packet->connections[transfer->connection];
    uint64_t bytes = transfer->end;
    transfer->written = true;
    transfer->event = ESS_EVENT_NONE;
    transfer->begin = connection->written;
    transfer->end = connection->written + bytes;
    connection->written = transfer->end;
    if (connection->state == CLOSED) {
        ess_sender_open(packet, transfer->connection);
    } else {
        ess_sender_send(packet, transfer->connection);
    }
}

static void on_begin(void *world, uint32_t slot, uint64_t argument) {
    (void)argument;
    write(ess_packet_of(world), slot);
}

uint64_t ess_packet_begin(
    struct ess_packet *packet, uint32_t index, double bytes, int64_t start_ns, uint64_t user) {
    uint32_t slot = take_transfer(packet);
    struct transfer *transfer = &packet->transfers[slot];
    struct connection *connection = &packet->connections[index];
    if (start_ns < connection->last_start_ns) {
        start_ns = connection->last_start_ns;
    }
    connection->last_start_ns = start_ns;
    transfer->connection = index;
    transfer->user = user;
    transfer->written = false;
    transfer->begin = 0;
    transfer->end = bytes >= 1 ? (uint64_t)ceil(bytes) : 1; /* its length until it is written */
    transfer->next = NONE;
    transfer->previous = connection->last;
    if (connection->last != NONE) {
        packet->transfers[connection->last].next = slot;
    } else {
        connection->first = slot;
    }
    connection->last = slot;
    transfer->event = ESS_EVENT_NONE;
    if (start_ns > packet->engine->now_ns) {
        transfer->event = ess_packet_schedule(packet, start_ns, EVENT_BEGIN, slot, 0);
    } else {
        write(packet, slot);
    }
    return (uint64_t)transfer->generation << 32 | slot;
}

/* Take `bytes` out of the stream at the end of a transfer: those behind it move up. */
static void shorten(struct ess_packet *packet, struct connection *connection, uint32_t slot) {
    const struct transfer *transfer = &packet->transfers[slot];
    uint64_t sent = connection->window.sent;
    uint64_t kept = sent > transfer->begin ? sent : transfer->begin;
    uint64_t bytes = transfer->end > kept ? transfer->end - kept : 0;
    for (uint32_t at = transfer->next; at != NONE; at = packet->transfers[at].next) {
        if (packet->transfers[at].written) {
            packet->transfers[at].begin -= bytes;
            packet->transfers[at].end -= bytes;
        }
    }
    connection->written -= bytes;
}

void ess_packet_cancel(struct ess_packet *packet, uint64_t id) {
    uint32_t slot = (uint32_t)id;
    struct transfer *transfer = &packet->transfers[slot];
    if (transfer->generation != (uint32_t)(id >> 32)) {
        return;
    }
    if (transfer->written) {
        shorten(packet, &packet->connections[transfer->connection], slot);
    } else {
        ess_engine_cancel(packet->engine, transfer->event);
    }
    free_transfer(packet, slot);
}

double ess_packet_delivered(const struct ess_packet *packet, uint64_t id) {
    const struct transfer *transfer = &packet->transfers[(uint32_t)id];
    uint64_t expected = packet->connections[transfer->connection].expected;
    if (transfer->generation != (uint32_t)(id >> 32)) {
        return NAN;
    }
    return !transfer->written || expected < transfer->begin
               ? 0
               : (double)(less_bytes(expected, transfer->end) - transfer->begin);
}

void ess_packet_deliver(struct ess_packet *packet, uint32_t index) {
    for (;;) {
        const struct connection *connection = &packet->connections[index];
        const struct transfer *transfer;
        uint64_t user;
        if (connection->first == NONE) {
            return;
        }
        transfer = &packet->transfers[connection->first];
        if (!transfer->written || transfer->end > connection->expected) {
            return;
        }
        user = transfer->user;
        free_transfer(packet, connection->first);
        packet->settings.finished(packet->engine->world, user);
    }
}

/* ---- the network
 * ---------------------------------------------------------------------------------
 */

void ess_packet_cut(struct ess_packet *packet, uint32_t link, bool cut) {
    packet->links[link].cuts += cut ? 1 : (uint32_t)-1;
    if (cut && packet->links[link].cuts == 1) {
        ess_link_clear(packet, link);
    }
}

void ess_packet_set_link(
    struct ess_packet *packet, uint32_t link, double bytes_per_s, int64_t extra_delay_ns) {
    ess_link_set(packet, link, bytes_per_s, extra_delay_ns);
}

double ess_packet_wan_bytes(const struct ess_packet *packet) {
    double bytes = 0;
    for (uint32_t link = 2 * packet->topology->host_count; link < packet->topology->link_count;
         link++) {
        bytes += (double)packet->links[link].carried_bytes;
    }
    return bytes;
}

uint64_t ess_packet_delivered_bytes(const struct ess_packet *packet, uint32_t connection) {
    return packet->connections[connection].expected;
}

struct ess_packet_counts ess_packet_count(const struct ess_packet *packet) {
    return packet->counts;
}

uint64_t ess_packet_queue_bytes(struct ess_packet *packet, uint32_t link, uint64_t *limit) {
    *limit = packet->links[link].queue_bytes;
    return ess_link_waiting_bytes(packet, link);
}

struct ess_packet *ess_packet_new(struct ess_engine *engine, struct ess_arena *arena,
    const struct ess_topology *topology, const struct ess_packet_settings *settings) {
    struct ess_packet *packet = ess_arena_allocate(arena, 1, sizeof *packet);
    packet->engine = engine;
    packet->arena = arena;
    packet->topology = topology;
    packet->settings = *settings;
    packet->profile = settings->profile;
    packet->free_transfer = packet->free_block = NONE;
    packet->links = ess_arena_allocate(arena, topology->link_count, sizeof *packet->links);
    for (uint32_t link = 0; link < topology->link_count; link++) {
        ess_link_init(packet, link);
    }
    ess_engine_register(engine, settings->event_kind + EVENT_LINK, ess_link_arrivals);
    ess_engine_register(engine, settings->event_kind + EVENT_TIMER, ess_sender_timer);
    ess_engine_register(engine, settings->event_kind + EVENT_DELAYED, ess_receiver_delayed);
    ess_engine_register(engine, settings->event_kind + EVENT_BEGIN, on_begin);
    return packet;
}

/* ---- laws and profiles by name
 * -------------------------------------------------------------------
 */

const struct ess_congestion_type *ess_congestion_find(const char *name) {
    for (const struct ess_congestion_type *const *type = ess_congestion_registry; *type; type++) {
        if (strcmp((*type)->name, name) == 0) {
            return *type;
        }
    }
    return NULL;
}

const struct ess_profile_type *ess_profile_find(const char *name) {
    for (const struct ess_profile_type *const *type = ess_profile_registry; *type; type++) {
        if (strcmp((*type)->name, name) == 0) {
            return *type;
        }
    }
    return NULL;
}
