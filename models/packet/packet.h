/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_PACKET_PACKET_H
#define ESS_MODELS_PACKET_PACKET_H

/* The packet network: every packet of every TCP connection, through drop-tail queues.
 *
 * A link serialises one packet after another: a packet that arrives at time t starts to leave at
 * s = max(t, when the one before it has left), has left at s + bytes / rate, and is at the far end
 * a delay later. Packets that have not started to leave wait in the queue; one that would make the
 * queue longer than its limit in bytes is dropped. A packet may be lost at random after it has
 * taken its share of the link; jitter is drawn for each packet and never reorders.
 *
 * A connection is one TCP connection from host a to host b that carries data one way and
 * acknowledgements, which are packets too, the other way; transfers over it are messages in one
 * stream of bytes, in the order in which they begin. It shakes hands when the first transfer
 * begins, slow-starts from ten segments, recovers by selective acknowledgements, and times out. How
 * precisely is the profile's to say (profile.h), how the window grows the law's (congestion.h).
 *
 * Validity: networks whose behaviour is TCP's over wires with FIFO queues. Simplifications: no
 * reordering; no ECN, no active queue management; hosts are infinitely fast (no segmentation
 * offload: TSO, GRO; no interrupt coalescing); spurious timeouts are not undone and no duplicate
 * SACKs are sent (F-RTO, DSACK: see profile_linux.c); a path is the same both ways; applications
 * read at once; connections are never closed (no FIN); control messages (ess_packet_message_ns)
 * take no share of the links but wait in their queues as these stand; a cut link loses what it
 * carries.
 *
 * Check value: 10 MB over 100 Mbit/s (queues never full), 1,448 of 1,500 bytes payload:
 * 10e6 * 1500 / 1448 / 12.5e6 = 0.829 s after slow start has filled the way. */

#include "models/network/link_traits.h"
#include "models/network/topology.h"
#include "sim/engine/engine.h"

struct ess_packet;
struct ess_profile_type;
struct ess_congestion_type;

/* Called when the last byte of a transfer is delivered; `user` as given. */
typedef void ess_packet_finished(void *world, uint64_t user);

struct ess_packet_settings {
    const struct ess_profile_type *profile;
    const struct ess_congestion_type *congestion;
    const struct ess_link_traits
        *traits;          /* [link]; NULL: no loss or jitter, default queues, 1,500 bytes */
    double window_bytes;  /* receive window, fixed; 0: as the profile tunes it */
    uint64_t seed;        /* of losses and jitter, with the next */
    uint32_t replication; /* the same link of another one has draws of its own */
    uint32_t event_kind;  /* four kinds of the engine from here on */
    uint8_t event_class;
    ess_packet_finished *finished;
};

enum { ESS_PACKET_EVENT_KINDS = 4 };

/* Queues that no trait sets: a host's own card holds back its applications and hardly drops; a
 * router keeps 100 ms of its link, at least 64 KiB. */
#define ESS_PACKET_HOST_QUEUE_BYTES (UINT64_C(16) << 20)
#define ESS_PACKET_ROUTER_QUEUE_BYTES (UINT64_C(64) << 10)
#define ESS_PACKET_ROUTER_QUEUE_S 0.1

/* Lives in `arena` and ends with it. The engine's world begins with a pointer to the network.
 * `topology`, the profile, the law and the traits are kept by reference. */
struct ess_packet *ess_packet_new(struct ess_engine *engine, struct ess_arena *arena,
    const struct ess_topology *topology, const struct ess_packet_settings *settings);

/* The connection from host a to host b, found or made; UINT32_MAX where there is no way. Channels
 * (0, 1, ...) are connections of their own between the same hosts. O(1). */
uint32_t ess_packet_connection(struct ess_packet *packet, uint32_t a, uint32_t b, uint32_t channel);

/* A further connection from a to b, on the next channel that is not in use. As above. */
uint32_t ess_packet_open(struct ess_packet *packet, uint32_t a, uint32_t b);

/* The connection, which is not open (asserted), has been in use just before: its next transfer
 * shakes no hands, and finds a window of one product of the narrowest rate of its way and the round
 * trip, as a long transfer with the way for itself leaves it. O(links). */
void ess_packet_warm(struct ess_packet *packet, uint32_t index);

/* Let a connection that is not open (asserted) be governed by another law than settings.congestion.
 */
void ess_packet_set_law(
    struct ess_packet *packet, uint32_t index, const struct ess_congestion_type *law);

/* One-way delay of a connection without any queue. */
int64_t ess_packet_delay_ns(const struct ess_packet *packet, uint32_t connection);

/* Whether its way crosses between sites. */
bool ess_packet_is_wan(const struct ess_packet *packet, uint32_t connection);

/* Time that a small message takes now: the delay, its bytes on each link, and the queues as they
 * stand. O(links). */
int64_t ess_packet_message_ns(const struct ess_packet *packet, uint32_t index, double bytes);

/* Begin a transfer at `start_ns` (now or later, and not before the one begun last on the same
 * connection: it waits for that). Bytes are rounded up; a transfer of none sends one. Returns its
 * id, never 0. finished() is never called from within. O(1) and what the window lets go. */
uint64_t ess_packet_begin(
    struct ess_packet *packet, uint32_t index, double bytes, int64_t start_ns, uint64_t user);

/* End a transfer that has not finished: finished() is not called for it. Bytes not sent yet are
 * taken out of the stream; those already sent stay in it. O(transfers waiting on the connection).
 */
void ess_packet_cancel(struct ess_packet *packet, uint64_t id);

/* Bytes of a transfer that have arrived in order by now; NaN once it has ended. */
double ess_packet_delivered(const struct ess_packet *packet, uint64_t id);

/* The connections between a and b broke, in both directions and all channels: packets under way are
 * void; what was not delivered is sent again after a new handshake. */
void ess_packet_break(struct ess_packet *packet, uint32_t a, uint32_t b);

/* Cut a link, or heal it. What it carries is lost, and what enters it meanwhile. Cuts are counted.
 */
void ess_packet_cut(struct ess_packet *packet, uint32_t link, bool cut);

/* Set a link's rate, and its delay to that of the topology and `extra_delay_ns` (not below 0 in
 * all). Packets that wait leave at the new rate; the one that leaves keeps the share that has left;
 * what has left keeps the old delay, and nothing overtakes. Rates below 1 byte a second count as
 * that. O(queue). */
void ess_packet_set_link(
    struct ess_packet *packet, uint32_t link, double bytes_per_s, int64_t extra_delay_ns);

/* Bytes on the wire, headers, acknowledgements and repetitions included, that have started to cross
 * WAN links, each crossing counted. */
double ess_packet_wan_bytes(const struct ess_packet *packet);

/* Payload delivered in order by a connection so far. */
uint64_t ess_packet_delivered_bytes(const struct ess_packet *packet, uint32_t connection);

struct ess_packet_counts {
    uint64_t sent;      /* packets put on a first link */
    uint64_t delivered; /* at their host, void ones included */
    uint64_t dropped;   /* queue was full */
    uint64_t lost;      /* at random, or by a cut */
    uint64_t under_way; /* in queues and on links now: sent - delivered - dropped - lost */
    uint64_t hops;      /* links crossed */
    uint64_t retransmitted, timeouts, recoveries;
};
struct ess_packet_counts ess_packet_count(const struct ess_packet *packet);

/* Bytes that wait at a link now, and its limit. */
uint64_t ess_packet_queue_bytes(struct ess_packet *packet, uint32_t link, uint64_t *limit);

#endif
