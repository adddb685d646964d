/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the links of a connection's way mean to TCP: its windows, weight and shares, which stay
 * as they are while the connection lives and delays do not change. Rates that change are not looked
 * at: windows follow nominal capacities. */
#include <math.h>

#include "models/network/fluid_state.h"
#include "models/network/transport.h"

#define BIAS_UNIT_S 0.01  /* round trip of weight 1 */
#define WEIGHT_STEPS 1024 /* weights are rounded: no dependence on the last bit of pow() */
#define ASYMMETRIC 1.25   /* rates this far apart: our packets at 10 % apart and at 50 alike */
#define LINK_FULL_BDP 1.0 /* queue of a link that names none, in bytes of rate times round trip */

void ess_fluid_tcp_init(struct ess_fluid *fluid) {
    uint32_t count = fluid->topology->link_count;
    fluid->tcp = fluid->settings.tcp;
    fluid->payload_share = ess_transport_payload_share(fluid->tcp);
    fluid->senders = ess_arena_allocate(fluid->arena, count, sizeof *fluid->senders);
    fluid->fillers = ess_arena_allocate(fluid->arena, count, sizeof *fluid->fillers);
    fluid->rate_share = ess_arena_allocate(fluid->arena, count, sizeof *fluid->rate_share);
    for (uint32_t link = 0; link < count; link++) {
        fluid->rate_share[link] = 1;
    }
}

static double connections_of(const struct ess_fluid *fluid) {
    return (double)fluid->tcp->connections;
}

static double way_loss(const struct ess_fluid *fluid, const uint32_t *links, uint32_t count) {
    double kept = 1;
    for (uint32_t i = 0; fluid->settings.traits && i < count; i++) {
        kept *= 1 - fluid->settings.traits[links[i]].loss;
    }
    return 1 - kept;
}

/* The last of the narrowest: where all are equal, it is the receiver's where queues stand. */
static uint32_t narrowest(
    const struct ess_topology *topology, const uint32_t *links, uint32_t count) {
    uint32_t found = links[0];
    for (uint32_t i = 1; i < count; i++) {
        if (ess_topology_capacity(topology, links[i]) <= ess_topology_capacity(topology, found)) {
            found = links[i];
        }
    }
    return found;
}

/* Bytes of queue before a link; INFINITY where it does not say. */
static double queue_bytes(const struct ess_fluid *fluid, uint32_t link) {
    const struct ess_link_traits *traits = fluid->settings.traits;
    bool unset = !traits || traits[link].queue_bytes == ESS_LINK_QUEUE_UNSET;
    return unset ? INFINITY : (double)traits[link].queue_bytes;
}

/* What the buffers of both ends let be under way on one connection. */
static double buffer_window(
    const struct ess_fluid *fluid, const struct fluid_law *law, uint32_t from, uint32_t to) {
    const struct ess_fluid_settings *settings = &fluid->settings;
    double send = settings->send_buffer_bytes ? settings->send_buffer_bytes[from]
                                              : (double)fluid->tcp->send_buffer_bytes;
    double receive = settings->receive_buffer_bytes ? settings->receive_buffer_bytes[to]
                                                    : (double)fluid->tcp->receive_buffer_bytes;
    return law->units *
           fmin(settings->window_bytes, fmin(send, fluid->tcp->receive_share * receive));
}

/* The mean of the saw tooth of a window that the way alone limits: its top fills way and queue. */
static double way_window(const struct ess_fluid *fluid, const struct fluid_law *law, uint32_t link,
    double round_trip_s) {
    double way = ess_topology_capacity(fluid->topology, link) * round_trip_s;
    double queue = queue_bytes(fluid, link);
    double top = way + (queue < INFINITY ? queue : LINK_FULL_BDP * way);
    return fluid->payload_share * top * (1 + law->settings.backoff) / 2;
}

/* What is left of a link's rate when data goes both ways over a cable of about equal rates.
 * Measured with ns-3 (CUBIC and NewReno, one transfer each way): queue of half, one and two times
 * rate x round trip: 0.62, 0.69, 0.81. */
static double level_share(const struct ess_fluid *fluid, const struct fluid_law *law, uint32_t link,
    double round_trip_s) {
    double queue = queue_bytes(fluid, link);
    double way = ess_topology_capacity(fluid->topology, link) * round_trip_s;
    return queue < INFINITY && queue + way > 0
               ? (queue + law->settings.two_way * way) / (queue + way)
               : 1;
}

/* The faster direction of an asymmetric cable: its acknowledgements stand in the queue of the
 * slower one, and a window's worth goes out in a round trip that is longer by that (RFC 3449,
 * section 2.3).
 */
static double fast_share(const struct ess_fluid *fluid, const struct fluid_law *law, uint32_t link,
    double round_trip_s) {
    double level = level_share(fluid, law, link, round_trip_s);
    double rate = fluid->payload_share * ess_topology_capacity(fluid->topology, link);
    double queue = queue_bytes(fluid, link ^ 1);
    double wait_s = queue < INFINITY ? law->settings.queue_share * queue /
                                           ess_topology_capacity(fluid->topology, link ^ 1)
                                     : 0;
    double window = way_window(fluid, law, link, round_trip_s);
    return wait_s > 0 ? fmin(level, window / (round_trip_s + wait_s) / rate) : level;
}

/* The slower one: what the acknowledgements of the faster one's data leave of it (RFC 3449, section
 * 2.1), at least half. */
static double slow_share(const struct ess_fluid *fluid, const struct fluid_law *law, uint32_t link,
    double round_trip_s) {
    double ratio = ess_topology_capacity(fluid->topology, link ^ 1) /
                   ess_topology_capacity(fluid->topology, link);
    double acknowledged = (double)(law->settings.segments_per_ack * law->wire_segment_bytes);
    double load = ratio * fast_share(fluid, law, link ^ 1, round_trip_s) *
                  (double)law->settings.header_bytes / acknowledged;
    return law->settings.ack_limit ? fmax(1 - load, 0.5) : 1;
}

/* What is left of a link's rate while data goes the other way of its cable too; 1: all of it. */
static double two_way_share(const struct ess_fluid *fluid, const struct fluid_law *law,
    uint32_t link, double round_trip_s) {
    double rate = ess_topology_capacity(fluid->topology, link);
    double back = ess_topology_capacity(fluid->topology, link ^ 1);
    if (law->settings.two_way >= 1) {
        return 1;
    }
    if (rate > ASYMMETRIC * back) {
        return fast_share(fluid, law, link, round_trip_s);
    }
    return back > ASYMMETRIC * rate ? slow_share(fluid, law, link, round_trip_s)
                                    : level_share(fluid, law, link, round_trip_s);
}

/* What the narrowest link's queue takes of a burst that reaches it at the speed of the links before
 * it, while it drains at its own; INFINITY where there is no such limit. */
static double burst_window(const struct ess_fluid *fluid, const struct fluid_law *law,
    uint32_t link, const uint32_t *links, double way_bytes) {
    double rate = ess_topology_capacity(fluid->topology, link), before = INFINITY;
    double queue = queue_bytes(fluid, link);
    for (uint32_t i = 0; links[i] != link; i++) {
        before = fmin(before, ess_topology_capacity(fluid->topology, links[i]));
    }
    if (law->settings.burst_share == 0 || queue == INFINITY || !(before > rate)) {
        return INFINITY;
    }
    return law->settings.burst_share * fluid->payload_share *
           fmin(queue / (1 - rate / before), way_bytes + queue);
}

static double weight_of(const struct ess_fluid *fluid, const struct fluid_law *law, uint32_t link,
    double round_trip_s) {
    double queue = queue_bytes(fluid, link), weight;
    if (queue < INFINITY) {
        round_trip_s +=
            law->settings.queue_share * queue / ess_topology_capacity(fluid->topology, link);
    }
    if (law->settings.rtt_bias == 0 || round_trip_s <= 0) {
        return connections_of(fluid);
    }
    weight = pow(BIAS_UNIT_S / round_trip_s, law->settings.rtt_bias);
    weight = fmin(fmax(round(weight * WEIGHT_STEPS), 1), 1024.0 * WEIGHT_STEPS) / WEIGHT_STEPS;
    return connections_of(fluid) * weight;
}

/* The rate at which acknowledgements fill the narrowest link of the way back; INFINITY where the
 * way there is narrower than that. */
static double ack_cap(const struct ess_fluid *fluid, const struct fluid_law *law,
    const struct connection *connection) {
    const struct ess_transport_settings *tcp = &law->settings;
    uint32_t links[ESS_PATH_LINKS_MAX], count;
    int64_t delay_ns;
    double cap;
    if (!tcp->ack_limit || tcp->header_bytes == 0) {
        return INFINITY;
    }
    count = ess_topology_path(fluid->topology, connection->to, connection->from, links, &delay_ns);
    if (count == 0) {
        return INFINITY;
    }
    cap = ess_topology_capacity(fluid->topology, narrowest(fluid->topology, links, count)) *
          (double)(tcp->segments_per_ack * tcp->segment_bytes) / (double)tcp->header_bytes;
    return cap < fluid->payload_share * connection->narrowest_bytes_per_s ? cap : INFINITY;
}

static int64_t back_delay_ns(const struct ess_fluid *fluid, const struct connection *connection) {
    uint32_t links[ESS_PATH_LINKS_MAX];
    int64_t delay_ns;
    uint32_t count =
        ess_topology_path(fluid->topology, connection->to, connection->from, links, &delay_ns);
    return count > 0 ? delay_ns + ess_fluid_extra_delay_ns(fluid, links, count)
                     : connection->delay_ns;
}

/* The windows of one of the connections, by what the way and the buffers hold and what loss does.
 */
static void set_windows(struct ess_fluid *fluid, uint32_t index, const uint32_t *links) {
    const struct connection *connection = &fluid->connections[index];
    struct tcp_connection *tcp = &fluid->tcp_connections[index];
    double round_trip_s = 1e-9 * (double)tcp->base_round_trip_ns;
    double way_bytes = round_trip_s * connection->narrowest_bytes_per_s;
    double way =
        way_window(fluid, tcp->law, tcp->narrowest_link, round_trip_s) / connections_of(fluid);
    double most = fmin(buffer_window(fluid, tcp->law, connection->from, connection->to), way);
    tcp->can_overshoot = tcp->law->settings.overshoot > 0 && way <= most &&
                         queue_bytes(fluid, tcp->narrowest_link) < INFINITY;
    tcp->burst_bytes = burst_window(fluid, tcp->law, tcp->narrowest_link, links, way_bytes) /
                       connections_of(fluid);
    tcp->window.most_bytes = fmax(most, (double)tcp->law->settings.segment_bytes);
    tcp->window.steady_bytes = tcp->window.most_bytes;
    if (tcp->loss > 0) {
        double rate = tcp->law->type->loss_rate(&tcp->law->settings, round_trip_s, tcp->loss);
        tcp->window.steady_bytes = fmin(tcp->window.most_bytes, rate * round_trip_s);
    }
}

/* All that follows from the delays of the way there and back. The window of an open connection is
 * kept, up to what the way holds now. */
static void set_way(
    struct ess_fluid *fluid, uint32_t index, const uint32_t *links, uint32_t count) {
    struct connection *connection = &fluid->connections[index];
    struct tcp_connection *tcp = &fluid->tcp_connections[index];
    double round_trip_s;
    tcp->base_round_trip_ns = connection->delay_ns + back_delay_ns(fluid, connection);
    round_trip_s = 1e-9 * (double)tcp->base_round_trip_ns;
    set_windows(fluid, index, links);
    tcp->window.bytes = fmin(tcp->window.bytes, tcp->window.most_bytes);
    tcp->two_way_share = two_way_share(fluid, tcp->law, tcp->narrowest_link, round_trip_s);
    tcp->two_way_back = two_way_share(fluid, tcp->law, tcp->narrowest_link ^ 1, round_trip_s);
    tcp->own_weight = weight_of(fluid, tcp->law, tcp->narrowest_link, round_trip_s);
    tcp->weight = tcp->own_weight; /* until others that it shares a link with come or go */
    connection->class = ess_sharing_class(fluid->sharing, links, count, tcp->weight, tcp->base_cap);
}

void ess_fluid_tcp_connect(
    struct ess_fluid *fluid, uint32_t index, const uint32_t *links, uint32_t count) {
    struct tcp_connection *tcp;
    fluid->tcp_connections = ess_arena_reserve(fluid->arena, fluid->tcp_connections,
        &fluid->tcp_capacity, index + 1, sizeof *fluid->tcp_connections);
    tcp = &fluid->tcp_connections[index];
    *tcp = (struct tcp_connection){.narrowest_link = narrowest(fluid->topology, links, count),
        .loss = fluid->tcp->loss_limit ? way_loss(fluid, links, count) : 0,
        .law = ess_fluid_law(fluid, fluid->settings.transport, links, count)};
    tcp->base_cap = ack_cap(fluid, tcp->law, &fluid->connections[index]);
    set_way(fluid, index, links, count);
}

void ess_fluid_tcp_set_way(struct ess_fluid *fluid, uint32_t index) {
    struct connection *connection = &fluid->connections[index];
    uint32_t links[ESS_PATH_LINKS_MAX], count;
    int64_t delay_ns;
    count = ess_topology_path(fluid->topology, connection->from, connection->to, links, &delay_ns);
    connection->delay_ns = delay_ns + ess_fluid_extra_delay_ns(fluid, links, count);
    connection->line = ess_fluid_line(fluid, connection->delay_ns);
    set_way(fluid, index, links, count);
}

int64_t ess_fluid_tcp_queue_ns(const struct ess_fluid *fluid, const struct connection *connection) {
    uint32_t link = fluid->tcp_connections[connection - fluid->connections].narrowest_link;
    double queue = queue_bytes(fluid, link);
    if (fluid->fillers[link] == 0 || !(queue < INFINITY)) {
        return 0;
    }
    return (int64_t)(1e9 * fluid->tcp->queue_share * queue /
                     ess_topology_capacity(fluid->topology, link));
}

int64_t ess_fluid_tcp_handshake_ns(
    const struct ess_fluid *fluid, const struct connection *connection) {
    const struct tcp_connection *tcp = &fluid->tcp_connections[connection - fluid->connections];
    return fluid->tcp->handshake_round_trips *
           (tcp->base_round_trip_ns + ess_fluid_tcp_queue_ns(fluid, connection));
}

void ess_fluid_govern(
    struct ess_fluid *fluid, uint32_t index, const struct ess_transport_type *transport) {
    const struct connection *connection = &fluid->connections[index];
    struct tcp_connection *tcp = &fluid->tcp_connections[index];
    uint32_t links[ESS_PATH_LINKS_MAX], old = connection->class, count;
    int64_t delay_ns;
    ESS_ENGINE_ASSERT(fluid->engine, fluid->tcp && !tcp->open && transport->parameters);
    count = ess_topology_path(fluid->topology, connection->from, connection->to, links, &delay_ns);
    tcp->law = ess_fluid_law(fluid, transport, links, count);
    set_way(fluid, index, links, count);
    ess_sharing_class_release(fluid->sharing, old);
    ess_fluid_mix_note(fluid, index);
}
