/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose congestion control a connection of the fluid network follows, and how long its segments
 * are: the transport's settings are everyone's, but for these.
 *
 * Another law brings its own defaults of what laws differ in (transport.h: growth, bias, queue,
 * back-off, overshoot, two ways, bursts); handshakes, buffers and the rest stay the transport's.
 *
 * Segments: a way whose smallest MTU is m carries segments of `segment` + m - 1500 (RFC 9293,
 * section 3.7.1: the MSS follows the MTU, headers stay). Links count in units of payload in
 * segments of the setting's own length; a connection with others has its bytes, windows and
 * segments scaled by the ratio of the payload shares, so that a link carries m-byte packets at the
 * rate that their headers leave. Known bias: bytes between sites of such connections are counted
 * with that factor. Check value: 9,000 bytes on all links, 100 Mbit/s: 12.5 MB/s x 8948 / 9000 =
 * 12.428 MB/s of payload in place of 12.067. */
#include <math.h>

#include "models/network/fluid_state.h"
#include "models/network/link_traits.h"
#include "models/network/transport.h"

static void take_law(
    struct ess_transport_settings *settings, const struct ess_transport_type *law) {
    struct ess_transport_settings defaults;
    ess_parameters_set_defaults(law->parameters, &defaults);
    settings->growth = defaults.growth;
    settings->rtt_bias = defaults.rtt_bias;
    settings->queue_share = defaults.queue_share;
    settings->backoff = defaults.backoff;
    settings->overshoot = defaults.overshoot;
    settings->two_way = defaults.two_way;
    settings->burst_share = defaults.burst_share;
}

static void take_segment(struct ess_transport_settings *settings, int64_t mtu_bytes) {
    int64_t segment = settings->segment_bytes + mtu_bytes - ESS_LINK_MTU_BYTES;
    settings->segment_bytes = segment > 1 ? segment : 1;
}

/* The law of a connection with such a way, found or made: there are few. */
static const struct fluid_law *law_of(
    struct ess_fluid *fluid, const struct ess_transport_type *type, int64_t mtu_bytes) {
    struct fluid_law *law = fluid->laws;
    while (law && (law->type != type || law->mtu_bytes != mtu_bytes)) {
        law = law->next;
    }
    if (law) {
        return law;
    }
    law = ess_arena_allocate(fluid->arena, 1, sizeof *law);
    *law = (struct fluid_law){
        .type = type, .mtu_bytes = mtu_bytes, .settings = *fluid->tcp, .next = fluid->laws};
    if (type != fluid->settings.transport) {
        take_law(&law->settings, type);
    }
    if (mtu_bytes != ESS_LINK_MTU_BYTES) {
        take_segment(&law->settings, mtu_bytes);
    }
    law->wire_segment_bytes = law->settings.segment_bytes + law->settings.header_bytes;
    law->units = fluid->payload_share / ess_transport_payload_share(&law->settings);
    law->settings.segment_bytes = (int64_t)round(law->units * (double)law->settings.segment_bytes);
    fluid->laws = law;
    return law;
}

static int64_t way_mtu(const struct ess_fluid *fluid, const uint32_t *links, uint32_t count) {
    int64_t mtu_bytes = INT64_MAX;
    for (uint32_t i = 0; fluid->settings.traits && i < count; i++) {
        int64_t of_link = fluid->settings.traits[links[i]].mtu_bytes;
        mtu_bytes = of_link < mtu_bytes ? of_link : mtu_bytes;
    }
    /* Traits that say nothing (0) are those of whoever has no use for them. */
    return mtu_bytes == INT64_MAX || mtu_bytes <= 0 ? ESS_LINK_MTU_BYTES : mtu_bytes;
}

const struct fluid_law *ess_fluid_law(struct ess_fluid *fluid,
    const struct ess_transport_type *type, const uint32_t *links, uint32_t count) {
    return law_of(fluid, type, way_mtu(fluid, links, count));
}
