/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packet network (packet.h) as a world hosts it. What differs from the fluid one: a transfer of
 * no bytes sends one; bytes that were sent before a cancellation still cross the links; WAN bytes
 * are those on the wire, headers, acknowledgements and repetitions included. */
#include "models/network/network.h"
#include "models/packet/congestion.h"
#include "models/packet/packet.h"

_Static_assert((int)ESS_PACKET_EVENT_KINDS <= (int)ESS_NETWORK_EVENT_KINDS, "room for its events");

static void *open_packet(struct ess_engine *engine, struct ess_arena *arena,
    const struct ess_topology *topology, const struct ess_network_settings *settings) {
    struct ess_packet_settings own = {
        .profile = settings->profile,
        .congestion = settings->congestion,
        .window_bytes = settings->window_bytes,
        .traits = settings->traits,
        .seed = settings->seed,
        .replication = settings->replication,
        .event_kind = settings->event_kind,
        .event_class = settings->event_class,
        .finished = settings->finished,
    };
    return ess_packet_new(engine, arena, topology, &own);
}

static void close_packet(void *state) {
    (void)state; /* lives in the arena */
}

static uint32_t connection(void *state, uint32_t a, uint32_t b) {
    return ess_packet_connection(state, a, b, 0);
}

static uint32_t further(void *state, uint32_t a, uint32_t b) {
    return ess_packet_open(state, a, b);
}

static void warm(void *state, uint32_t index) {
    ess_packet_warm(state, index);
}

static void govern(void *state, uint32_t index, const char *congestion_control) {
    ess_packet_set_law(state, index, ess_congestion_find(congestion_control));
}

static int64_t delay_ns(const void *state, uint32_t index) {
    return ess_packet_delay_ns(state, index);
}

static bool is_wan(const void *state, uint32_t index) {
    return ess_packet_is_wan(state, index);
}

static int64_t message_ns(const void *state, uint32_t index, double bytes) {
    return ess_packet_message_ns(state, index, bytes);
}

static uint64_t begin(void *state, uint32_t index, double bytes, int64_t start_ns, uint64_t user) {
    return ess_packet_begin(state, index, bytes, start_ns, user);
}

static double delivered(void *state, uint64_t id) {
    return ess_packet_delivered(state, id);
}

static void cancel(void *state, uint64_t id) {
    ess_packet_cancel(state, id);
}

static void break_pair(void *state, uint32_t a, uint32_t b) {
    ess_packet_break(state, a, b);
}

static void cut(void *state, uint32_t link, bool is_cut) {
    ess_packet_cut(state, link, is_cut);
}

static void set_link(void *state, uint32_t link, double bytes_per_s, int64_t extra_delay_ns) {
    ess_packet_set_link(state, link, bytes_per_s, extra_delay_ns);
}

static double wan_bytes(const void *state) {
    return ess_packet_wan_bytes(state);
}

static struct ess_network_statistics statistics(const void *state) {
    (void)state;
    return (struct ess_network_statistics){0, 0}; /* it solves nothing: its work is events */
}

const struct ess_network_type ess_network_packet = {
    .name = "packet",
    .summary = "every packet of every TCP connection through drop-tail queues; slow for large "
               "worlds, the judge of the fluid model",
    .source = "models/packet/packet.h and the profile's and congestion control's own sources",
    .has_packets = true,
    .uses_queue = true,
    .uses_loss = true,
    .uses_mtu = true,
    .uses_jitter = true,
    .draws = true,
    .open = open_packet,
    .close = close_packet,
    .connection = connection,
    .further = further,
    .warm = warm,
    .govern = govern,
    .delay_ns = delay_ns,
    .is_wan = is_wan,
    .message_ns = message_ns,
    .begin = begin,
    .delivered = delivered,
    .cancel = cancel,
    .break_pair = break_pair,
    .cut = cut,
    .set_link = set_link,
    .wan_bytes = wan_bytes,
    .statistics = statistics,
};
