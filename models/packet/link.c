/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links: a packet's times are computed when it enters, so that one event a hop is enough. */
#include "models/packet/parts.h"

static uint32_t slot_of(const struct link *link, uint32_t position) {
    return (link->first + position) & (uint32_t)(link->capacity - 1);
}

static int64_t nearest_ns(double duration_ns) {
    return (int64_t)(duration_ns + 0.5);
}

/* Packets that have started by now no longer wait. Each is passed once: O(1) a packet. */
static void release(struct link *link, int64_t now_ns) {
    while (link->waiting > 0) {
        const struct flying *next = &link->ring[slot_of(link, link->count - link->waiting)];
        if (next->start_ns > now_ns) {
            return;
        }
        link->waiting_bytes -= next->wire_bytes;
        link->waiting--;
    }
}

static void grow(struct ess_packet *packet, struct link *link) {
    size_t old = link->capacity;
    size_t wanted = old == 0 ? 16 : 2 * old;
    link->ring = ess_arena_resize(packet->arena, link->ring, old, wanted, sizeof *link->ring);
    /* What had wrapped round to the front goes behind the rest. */
    for (uint32_t i = 0; i < link->first; i++) {
        link->ring[old + i] = link->ring[i];
    }
    link->capacity = wanted;
}

static void schedule(struct ess_packet *packet, uint32_t index) {
    struct link *link = &packet->links[index];
    if (link->event == ESS_EVENT_NONE && link->count > 0) {
        link->event =
            ess_packet_schedule(packet, link->ring[link->first].at_ns, EVENT_LINK, index, 0);
    }
}

/* When a packet that starts to leave at `start_ns` is at the far end, never before the one ahead.
 */
static int64_t arrival_ns(struct link *link, int64_t leaves_ns, int64_t jitter_ns) {
    int64_t at_ns = leaves_ns + link->delay_ns + jitter_ns;
    if (at_ns < link->last_at_ns) {
        at_ns = link->last_at_ns;
    }
    link->last_at_ns = at_ns;
    return at_ns;
}

static void draw(struct link *link, struct flying *flying, int64_t *jitter_ns) {
    *jitter_ns = 0;
    if (!link->draws) {
        return;
    }
    if (link->loss > 0) {
        flying->lost = ess_random_unit(link->draws) < link->loss;
    }
    if (link->jitter_ns > 0) {
        *jitter_ns = (int64_t)ess_random_below(link->draws, (uint64_t)link->jitter_ns + 1);
    }
}

void ess_link_enter(struct ess_packet *packet, uint32_t index, struct flying *flying) {
    struct link *link = &packet->links[index];
    int64_t now_ns = packet->engine->now_ns, jitter_ns;
    if (link->cuts) {
        packet->counts.lost++;
        ess_packet_dispose(packet, flying);
        return;
    }
    release(link, now_ns);
    if (link->waiting_bytes + flying->wire_bytes > link->queue_bytes) {
        packet->counts.dropped++;
        ess_packet_dispose(packet, flying);
        return;
    }
    if (link->count == link->capacity) {
        grow(packet, link);
    }
    draw(link, flying, &jitter_ns);
    flying->start_ns = link->free_ns > now_ns ? link->free_ns : now_ns;
    link->free_ns = flying->start_ns + nearest_ns(flying->wire_bytes * link->ns_per_byte);
    flying->at_ns = arrival_ns(link, link->free_ns, jitter_ns);
    link->carried_bytes += flying->wire_bytes;
    if (flying->start_ns > now_ns) {
        link->waiting++;
        link->waiting_bytes += flying->wire_bytes;
    }
    link->ring[slot_of(link, link->count++)] = *flying;
    schedule(packet, index);
}

void ess_link_send(struct ess_packet *packet, uint32_t index, struct flying *flying) {
    const struct connection *connection = &packet->connections[index];
    bool back = flying->kind == KIND_ACCEPT || flying->kind == KIND_ACKNOWLEDGE;
    flying->connection = index;
    flying->life = connection->life;
    flying->hop = 0;
    flying->lost = false;
    packet->counts.sent++;
    packet->counts.under_way++;
    ess_link_enter(
        packet, packet->path_links[connection->path + (back ? connection->forward : 0)], flying);
}

/* A packet has come to the end of a link. */
static void pass_on(struct ess_packet *packet, struct flying *flying) {
    const struct connection *connection = &packet->connections[flying->connection];
    bool back = flying->kind == KIND_ACCEPT || flying->kind == KIND_ACKNOWLEDGE;
    uint32_t begin = connection->path + (back ? connection->forward : 0);
    uint32_t count = back ? connection->backward : connection->forward;
    packet->counts.hops++;
    flying->hop++;
    if (flying->hop < count) {
        ess_link_enter(packet, packet->path_links[begin + flying->hop], flying);
        return;
    }
    packet->counts.delivered++;
    packet->counts.under_way--;
    ess_packet_arrived(packet, flying);
}

/* All that is due at this instant. Handing on a packet may run the world, which may cut this very
 * link: nothing is held across it. */
void ess_link_arrivals(void *world, uint32_t index, uint64_t argument) {
    struct ess_packet *packet = ess_packet_of(world);
    int64_t now_ns = packet->engine->now_ns;
    (void)argument;
    packet->links[index].event = ESS_EVENT_NONE;
    for (;;) {
        struct link *link = &packet->links[index];
        struct flying flying;
        if (link->event != ESS_EVENT_NONE || link->count == 0 ||
            link->ring[link->first].at_ns > now_ns) {
            break;
        }
        release(link, now_ns);
        flying = link->ring[link->first];
        link->first = slot_of(link, 1);
        link->count--;
        if (flying.lost) {
            packet->counts.lost++;
            ess_packet_dispose(packet, &flying);
            continue;
        }
        if (link->count > 0 && link->ring[link->first].at_ns > now_ns) {
            schedule(packet, index);
        }
        pass_on(packet, &flying);
    }
    schedule(packet, index);
}

void ess_link_clear(struct ess_packet *packet, uint32_t index) {
    struct link *link = &packet->links[index];
    for (uint32_t i = 0; i < link->count; i++) {
        packet->counts.lost++;
        ess_packet_dispose(packet, &link->ring[slot_of(link, i)]);
    }
    link->count = link->waiting = link->first = 0;
    link->waiting_bytes = 0;
    link->free_ns = link->last_at_ns = packet->engine->now_ns;
    ess_engine_cancel(packet->engine, link->event);
    link->event = ESS_EVENT_NONE;
}

/* The packet that is leaving keeps what has left of it: the rest takes `factor` times as long.
 * Returns when the card is free of it. */
static int64_t stretch_leaving(struct link *link, int64_t free_ns, int64_t now_ns, double factor) {
    uint32_t position = link->count - link->waiting;
    struct flying *leaving;
    int64_t later_ns;
    if (free_ns <= now_ns || position == 0) {
        return free_ns;
    }
    later_ns = nearest_ns((double)(free_ns - now_ns) * factor) - (free_ns - now_ns);
    leaving = &link->ring[slot_of(link, position - 1)];
    leaving->at_ns += later_ns;
    if (position > 1 && leaving->at_ns < link->ring[slot_of(link, position - 2)].at_ns) {
        leaving->at_ns = link->ring[slot_of(link, position - 2)].at_ns;
    }
    link->last_at_ns = leaving->at_ns;
    return free_ns + later_ns;
}

/* Packets that wait lose the jitter that was drawn for them. */
void ess_link_set(
    struct ess_packet *packet, uint32_t index, double bytes_per_s, int64_t extra_delay_ns) {
    struct link *link = &packet->links[index];
    int64_t now_ns = packet->engine->now_ns, free_ns;
    double ns_per_byte = bytes_per_s > 1 ? 1e9 / bytes_per_s : 1e9;
    int64_t delay_ns = ess_topology_link_delay_ns(packet->topology, index) + extra_delay_ns;
    link->delay_ns = delay_ns > 0 ? delay_ns : 0;
    release(link, now_ns);
    free_ns = link->waiting > 0 ? link->ring[slot_of(link, link->count - link->waiting)].start_ns
                                : link->free_ns;
    free_ns = stretch_leaving(link, free_ns, now_ns, ns_per_byte / link->ns_per_byte);
    link->ns_per_byte = ns_per_byte;
    for (uint32_t i = link->count - link->waiting; i < link->count; i++) {
        struct flying *flying = &link->ring[slot_of(link, i)];
        flying->start_ns = free_ns;
        free_ns += nearest_ns(flying->wire_bytes * ns_per_byte);
        flying->at_ns = arrival_ns(link, free_ns, 0);
    }
    link->free_ns = free_ns;
    ess_engine_cancel(packet->engine, link->event);
    link->event = ESS_EVENT_NONE;
    schedule(packet, index);
}

uint64_t ess_link_waiting_bytes(struct ess_packet *packet, uint32_t index) {
    release(&packet->links[index], packet->engine->now_ns);
    return packet->links[index].waiting_bytes;
}

static uint64_t queue_of(const struct ess_packet *packet, uint32_t index) {
    const struct ess_link_traits *traits = packet->settings.traits;
    const struct ess_topology *topology = packet->topology;
    double bytes = ess_topology_capacity(topology, index) * ESS_PACKET_ROUTER_QUEUE_S;
    if (traits && traits[index].queue_bytes != ESS_LINK_QUEUE_UNSET) {
        return (uint64_t)traits[index].queue_bytes;
    }
    if (index < 2 * topology->true_host_count && index % 2 == 0) {
        return ESS_PACKET_HOST_QUEUE_BYTES;
    }
    if (bytes < ESS_PACKET_ROUTER_QUEUE_BYTES) {
        return ESS_PACKET_ROUTER_QUEUE_BYTES;
    }
    return bytes < 1e15 ? (uint64_t)bytes : UINT64_C(1000000000000000);
}

void ess_link_init(struct ess_packet *packet, uint32_t index) {
    struct link *link = &packet->links[index];
    const struct ess_topology *topology = packet->topology;
    bool wan = ess_topology_is_wan(topology, index);
    link->ns_per_byte = 1e9 / ess_topology_capacity(topology, index);
    link->delay_ns = ess_topology_link_delay_ns(topology, index);
    link->event = ESS_EVENT_NONE;
    link->queue_bytes = queue_of(packet, index);
    link->loss = packet->settings.traits ? packet->settings.traits[index].loss : 0;
    link->jitter_ns = packet->settings.traits ? packet->settings.traits[index].jitter_ns : 0;
    if (link->loss > 0 || link->jitter_ns > 0) {
        /* Named by its number among its like: another host shifts no WAN link's draws. Its n-th
         * packet finds the same draw in every variant of a replication, whoever sends it. */
        uint64_t number = wan ? index - 2 * topology->host_count : index;
        link->draws = ess_arena_allocate(packet->arena, 1, sizeof *link->draws);
        ess_random_init(link->draws, packet->settings.seed,
            (uint64_t)packet->settings.replication << 32 | number,
            wan ? "packets on a WAN link" : "packets on an access link");
    }
}
