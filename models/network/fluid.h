/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_FLUID_H
#define ESS_MODELS_NETWORK_FLUID_H

/* The fluid network: transfers over connections, rates by exact weighted max-min sharing
 * (sharing.h).
 *
 * A transfer of n bytes over a connection of one-way delay d starts to load all links of its way d
 * after it was begun, and its last byte is there when n bytes have flowed: duration = d + n / rate
 * (alone: rate = min(capacities, window / round trip))
 *
 * A connection carries its transfers one after another, in the order in which they begin, as a TCP
 * connection does: what waits behind another follows it without a gap. So a pair of hosts has one
 * flow on the links at a time, whatever is posted between them.
 *
 * Under the ideal transport the first transfer after a connection was opened or broken pays one
 * round trip for the handshake, and the rate of each transfer is capped by window / round trip. No
 * slow start, no loss, no queues (delay does not grow with load), no headers, acknowledgements are
 * free. Known bias: transfers shorter than some ten round trips are too fast, and so are losses on
 * wireless links. Check value: 10 MB over 100 Mbit/s up, 20 ms each way, warm, wide window: 0.02 +
 * 0.8 = 0.82 s.
 *
 * Under a TCP (transport.h) connections keep a window (tcp_window.h). A transfer with more bytes
 * left than are free of it is held to window / round trip, the rest leaves at what the links give:
 *     duration = handshakes + d + rounds x (round trip + answer) + rest / rate
 * with the time of `answer` in which segments_per_ack segments pass the narrowest link. Windows end
 * at what buffers, way and queue, and loss (tcp_loss.h) allow. Capacities are payload: segment /
 * (segment + header). Shares of a full link are weighted by round trip ^ -rtt_bias. A link that
 * long transfers keep full has a standing queue, which first bytes, handshakes and messages wait
 * in. Check value: cold, 100 kB over 100 Mbit/s, 40 ms: 40 + 20 + 2 x 40.24 + 56,560 B / (12.5 MB/s
 * x 1448 / 1500) = 145.17 ms.
 *
 * Measured (geometric mean of exp |ln (ours / theirs)|, the half of the cases that no default was
 * chosen by) against ns-3 3.37: single cold transfers 1.05, windows 1.004, aggregates 1.007, random
 * loss 1.24, rings 1.33 (time-outs of a second there). Against Linux 6 across an emulator, few
 * cases, used to choose defaults: cold transfers 1.02 (CUBIC), 1.10 (Reno), 1.08 (BBR); rings 1.16.
 *
 * Simplifications: all links of a way are loaded at the same time; of TCP see tcp_window.h and
 * fluid_way.c; rates that change (ess_fluid_set_link) do not change windows, delays do;
 * acknowledgements limit a transfer by the way back, and load no link but the other direction of
 * its narrowest one, where data goes there too over a cable whose directions differ; congestion
 * controls beside each other as fluid_mix.c says; segments by the way's MTU (fluid_law.c). Known
 * bias: rings over short queues are 10 to 30 % too fast where repair takes time-outs; two
 * connections of unequal round trips under CUBIC are taken as less equal than ns-3 has them (1.0
 * to 1.4 there, 2.0 to 3.7 here). */

#include "models/network/link_traits.h"
#include "models/network/topology.h"
#include "sim/engine/engine.h"

struct ess_fluid;
struct ess_transport_type;
struct ess_transport_settings;

/* Called when the last byte of a transfer arrives; `user` as given. */
typedef void ess_fluid_finished(void *world, uint64_t user);

struct ess_fluid_settings {
    double window_bytes; /* of a connection; INFINITY: none but the transport's */
    const struct ess_transport_type *transport; /* NULL: ideal */
    const struct ess_transport_settings *tcp;   /* of a transport that is not ideal; kept */
    const double *send_buffer_bytes;            /* [host], kept; NULL: the transport's for all */
    const double *receive_buffer_bytes;         /* [host], kept; NULL: the transport's for all */
    const struct ess_link_traits *traits;       /* [link], kept; NULL: no loss, no word of queues */
    uint32_t event_kind; /* four kinds of the engine from here on are the network's */
    uint8_t event_class; /* class of its events and the timer, which is its; settling comes one
                            class later */
    ess_fluid_finished *finished;
};

enum { ESS_FLUID_EVENT_KINDS = 4 };

/* Lives in the engine's world; freed by ess_fluid_free (the solver has memory of its own). */
struct ess_fluid *ess_fluid_new(struct ess_engine *engine, struct ess_arena *arena,
    const struct ess_topology *topology, const struct ess_fluid_settings *settings);
void ess_fluid_free(struct ess_fluid *fluid);

/* The connection from host a to host b: found or made; UINT32_MAX where there is no way. O(1). */
uint32_t ess_fluid_connection(struct ess_fluid *fluid, uint32_t a, uint32_t b);

/* A further connection from a to b, beside that of the pair and all others: its transfers wait for
 * nobody else's. As above. */
uint32_t ess_fluid_open(struct ess_fluid *fluid, uint32_t a, uint32_t b);

/* Let a connection that is not open (asserted) follow another congestion control than the
 * transport's, which must be a TCP (asserted), as must this. O(links of its way); from then on
 * O(connections of a congestion control with a share of its own) when transfers come and go. */
void ess_fluid_govern(
    struct ess_fluid *fluid, uint32_t index, const struct ess_transport_type *transport);

/* The connection has been in use just before: its next transfer shakes no hands. */
void ess_fluid_warm(struct ess_fluid *fluid, uint32_t connection);

/* One-way delay of a connection. */
int64_t ess_fluid_delay_ns(const struct ess_fluid *fluid, uint32_t connection);

/* Whether its way crosses between sites. */
bool ess_fluid_is_wan(const struct ess_fluid *fluid, uint32_t connection);

/* Time a message of `bytes` takes now: delay and its bytes at the way's narrowest capacity.
 * Messages are small: they take no share from the transfers. ESS_TIME-like INT64_MAX where the way
 * is cut. */
int64_t ess_fluid_message_ns(const struct ess_fluid *fluid, uint32_t index, double bytes);

/* Whether a link of the way carries nothing now. */
bool ess_fluid_is_cut(const struct ess_fluid *fluid, uint32_t connection);

/* Begin a transfer at `start_ns` (now or later). Returns its id, never 0. O(log transfers). */
uint64_t ess_fluid_begin(
    struct ess_fluid *fluid, uint32_t connection, double bytes, int64_t start_ns, uint64_t user);

/* End a transfer that has not finished; finished() is not called for it. */
void ess_fluid_cancel(struct ess_fluid *fluid, uint64_t id);

/* Bytes of a transfer that have arrived by now; NaN once it has ended. */
double ess_fluid_delivered(struct ess_fluid *fluid, uint64_t id);

/* The connection broke, in both directions: the next transfer shakes hands again. */
void ess_fluid_break(struct ess_fluid *fluid, uint32_t a, uint32_t b);

/* Cut a link, or heal it: it carries nothing in between. Cuts are counted: a link cut twice must be
 * healed twice. */
void ess_fluid_cut(struct ess_fluid *fluid, uint32_t link, bool cut);

/* From now on the link carries this much (>= 0, finite) and its delay is that of the topology and
 * `extra_delay_ns` (which may be negative, down to a delay of 0). Ways stay as they are. Transfers
 * under way go on at the new rates, with the cap window / new round trip; what was under way in the
 * delay keeps the old one. O(1), and where the delay changes O(connections). */
void ess_fluid_set_link(
    struct ess_fluid *fluid, uint32_t link, double bytes_per_s, int64_t extra_delay_ns);

/* Whether the link was last set to carry nothing. */
bool ess_fluid_stands(const struct ess_fluid *fluid, uint32_t link);

/* Bytes carried so far by all WAN links, each crossing counted; of transfers that have ended. */
double ess_fluid_wan_bytes(const struct ess_fluid *fluid);

struct ess_sharing_statistics;
struct ess_sharing_statistics ess_fluid_statistics(const struct ess_fluid *fluid);

#endif
