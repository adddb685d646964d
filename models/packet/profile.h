/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_PACKET_PROFILE_H
#define ESS_MODELS_PACKET_PROFILE_H

/* A profile is the TCP of one implementation: its constants, and what it does when an
 * acknowledgement comes and when its timers run out. One a file, profile_NAME.c. */

#include <stdbool.h>
#include <stdint.h>

struct ess_packet;
struct connection;
struct arrival;
struct blocks;

struct ess_profile_type {
    const char *name;
    const char *summary;
    const char *source;

    /* On the wire. */
    uint32_t segment_bytes;     /* payload of a full packet */
    uint32_t header_bytes;      /* of a packet of data, and of an acknowledgement without blocks */
    uint32_t handshake_bytes;   /* of a packet that opens a connection */
    uint32_t block_bytes;       /* of each range in a selective acknowledgement */
    uint32_t blocks_base_bytes; /* of having any */
    int64_t clock_ns;           /* grain of the time stamps that travel */

    /* Sender. */
    uint32_t initial_segments;
    int64_t timeout_min_ns, timeout_max_ns;
    int64_t timeout_first_ns;     /* before a round trip was measured */
    int64_t variance_min_ns;      /* least that is added to the smoothed round trip */
    bool restarts_when_idle;      /* slow start again after a timeout without sending */
    bool grows_only_when_limited; /* a window that was not used does not grow */
    bool samples_stamps;          /* round trips by echoed stamps, not by when each was sent */
    bool laws_see_smoothed;       /* laws are given the smoothed round trip, not the sample */
    bool reduces_each_timeout;    /* also while an earlier one is being repaired */
    bool repeats_unlost;          /* RFC 6675, NextSeg rule 3 */
    bool counts_acknowledgements; /* Reno's slow start grows by one a packet, not by bytes */
    bool reduces_from_in_flight;  /* Reno halves what is in flight (RFC 5681), not the window */
    uint64_t window_limit_bytes;  /* send buffer: most in flight */

    /* Receiver. */
    uint32_t delayed_segments; /* an acknowledgement at least every so many packets */
    int64_t delayed_ns;        /* or after this */
    uint32_t quick_segments;   /* of a new connection, acknowledged one by one */
    uint64_t receive_first_bytes;
    uint64_t receive_limit_bytes; /* where it grows to */

    /* HyStart (Ha, Rhee, "Taming the elephants", 2011), as CUBIC uses it. */
    int64_t hystart_spacing_ns;     /* acknowledgements closer than this are a train */
    uint32_t hystart_train_divisor; /* leave when a train is as long as the delay divided by this */
    uint32_t hystart_delay_shift;   /* leave when the delay grew by itself >> shift, */
    int64_t hystart_delay_min_ns, hystart_delay_max_ns; /* within these */
    bool cubic_friendly; /* CUBIC is never slower than Reno would be (RFC 9438, 4.3) */

    /* An acknowledgement came that is not older than the last: score it, recover, grow. Sending is
     * the caller's. `blocks` is NULL where it reported no islands. */
    void (*acknowledged)(struct ess_packet *packet, struct connection *connection,
        const struct blocks *blocks, struct arrival *arrival);
    /* New segments were sent. May be NULL. */
    void (*sent)(struct ess_packet *packet, struct connection *connection);
    /* The moment `connection->probe_ns` or `connection->reorder_ns` has come; NULL where the
     * profile sets neither. */
    void (*timer)(struct ess_packet *packet, struct connection *connection);
};

const struct ess_profile_type *ess_profile_find(const char *name);
extern const struct ess_profile_type *const ess_profile_registry[];

#endif
