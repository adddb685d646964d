/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fluid network (fluid.h) as a world hosts it. */
#include <math.h>

#include "models/network/fluid.h"
#include "models/network/network.h"
#include "models/network/sharing.h"
#include "models/network/transport.h"

_Static_assert((int)ESS_FLUID_EVENT_KINDS <= (int)ESS_NETWORK_EVENT_KINDS, "room for its events");

static void *open_fluid(struct ess_engine *engine, struct ess_arena *arena,
    const struct ess_topology *topology, const struct ess_network_settings *settings) {
    struct ess_fluid_settings own = {
        .window_bytes = settings->window_bytes > 0 ? settings->window_bytes : INFINITY,
        .transport = settings->transport,
        .tcp = settings->tcp,
        .send_buffer_bytes = settings->send_buffer_bytes,
        .receive_buffer_bytes = settings->receive_buffer_bytes,
        .traits = settings->traits,
        .event_kind = settings->event_kind,
        .event_class = settings->event_class,
        .finished = settings->finished,
    };
    return ess_fluid_new(engine, arena, topology, &own);
}

static void close_fluid(void *state) {
    ess_fluid_free(state);
}

static uint32_t connection(void *state, uint32_t a, uint32_t b) {
    return ess_fluid_connection(state, a, b);
}

static uint32_t further(void *state, uint32_t a, uint32_t b) {
    return ess_fluid_open(state, a, b);
}

static void warm(void *state, uint32_t index) {
    ess_fluid_warm(state, index);
}

static void govern(void *state, uint32_t index, const char *congestion_control) {
    ess_fluid_govern(state, index, ess_transport_find(congestion_control));
}

static int64_t delay_ns(const void *state, uint32_t index) {
    return ess_fluid_delay_ns(state, index);
}

static bool is_wan(const void *state, uint32_t index) {
    return ess_fluid_is_wan(state, index);
}

static int64_t message_ns(const void *state, uint32_t index, double bytes) {
    return ess_fluid_message_ns(state, index, bytes);
}

static uint64_t begin(void *state, uint32_t index, double bytes, int64_t start_ns, uint64_t user) {
    return ess_fluid_begin(state, index, bytes, start_ns, user);
}

static double delivered(void *state, uint64_t id) {
    return ess_fluid_delivered(state, id);
}

static void cancel(void *state, uint64_t id) {
    ess_fluid_cancel(state, id);
}

static void break_pair(void *state, uint32_t a, uint32_t b) {
    ess_fluid_break(state, a, b);
}

/* Data of the other direction lack their acknowledgements: what TCP would still bring of them is a
 * window at most, and is left out. The directions of a link are neighbours (topology.h);
 * simplification: acknowledgements are taken to come back over the links of the way there. */
static void cut(void *state, uint32_t link, bool is_cut) {
    ess_fluid_cut(state, link, is_cut);
    ess_fluid_cut(state, link ^ 1, is_cut);
}

static void set_link(void *state, uint32_t link, double bytes_per_s, int64_t extra_delay_ns) {
    bool stood = ess_fluid_stands(state, link), stands = bytes_per_s <= 0;
    ess_fluid_set_link(state, link, bytes_per_s, extra_delay_ns);
    if (stood != stands) {
        ess_fluid_cut(state, link ^ 1, stands); /* as with a cut */
    }
}

static double wan_bytes(const void *state) {
    return ess_fluid_wan_bytes(state);
}

static struct ess_network_statistics statistics(const void *state) {
    struct ess_sharing_statistics solver = ess_fluid_statistics(state);
    return (struct ess_network_statistics){solver.resolutions, solver.links_processed};
}

const struct ess_network_type ess_network_fluid = {
    .name = "fluid",
    .summary = "flows that share links max-min fairly, at once; TCP by its means; fast",
    .source = "Bertsekas, Gallager, Data Networks, 1992, 6.5.2",
    .uses_queue = true,
    .uses_loss = true,
    .uses_mtu = true,
    .open = open_fluid,
    .close = close_fluid,
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
