/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_PACKET_CONGESTION_H
#define ESS_MODELS_PACKET_CONGESTION_H

/* Congestion control: how many bytes a sender may have in flight, and how fast they leave. One law
 * a file, congestion_NAME.c, that ends with its descriptor; the Makefile gathers them.
 *
 * A law sees the window it governs and what an acknowledgement said. It never sees packets,
 * connections or the clock of the engine: `now_ns` is in the window. */

#include <stdbool.h>
#include <stdint.h>

struct ess_profile_type;

enum { ESS_CONGESTION_STATE_BYTES = 256 };

/* What a law reads and writes. Bytes count payload. */
struct ess_window {
    const struct ess_profile_type *profile;
    int64_t now_ns;
    uint32_t segment_bytes;
    uint32_t draw; /* uniform, fixed for the connection: where a cycle begins */
    uint64_t cwnd_bytes;
    uint64_t threshold_bytes;  /* of slow start; UINT64_MAX: not known yet */
    uint64_t in_flight_bytes;  /* sent, neither delivered nor held to be lost */
    uint64_t acked, sent;      /* first byte not acknowledged, first byte never sent */
    int64_t min_round_trip_ns; /* least seen; INT64_MAX: none yet */
    int64_t smoothed_round_trip_ns;
    double pacing_bytes_per_s; /* 0: the window alone says when a packet leaves */
    bool recovering;           /* from a loss, a timeout included */
    _Alignas(8) unsigned char state[ESS_CONGESTION_STATE_BYTES];
};

/* What one acknowledgement said. */
struct ess_acknowledgement {
    uint32_t segments;        /* newly acknowledged in order, as the profile counts them */
    int64_t round_trip_ns;    /* sample, 0: none */
    uint64_t delivered_bytes; /* newly known to have arrived, in order or not */
    /* The sample of the delivery rate (draft-cheng-iccrg-delivery-rate-estimation-00). */
    uint64_t delivered_total; /* of the connection, after this one */
    uint64_t delivered_prior; /* of the connection, when the sampled packet was sent */
    int64_t interval_ns;      /* 0: no sample */
    bool limited_by_sender;   /* the sender had nothing to send then: the rate is a lower bound */
    uint64_t in_flight_prior_bytes;
    uint64_t lost_bytes; /* newly held to be lost */
};

struct ess_congestion_type {
    const char *name;
    const char *summary; /* with its limits */
    const char *source;
    /* The connection was opened: cwnd_bytes holds the initial window. */
    void (*open)(struct ess_window *window);
    /* An acknowledgement came, whatever it said. May be NULL. */
    void (*acknowledged)(struct ess_window *window, const struct ess_acknowledgement *ack);
    /* Segments were acknowledged in order while nothing is lost, or after a timeout. */
    void (*increase)(struct ess_window *window, uint32_t segments);
    /* A loss was found: the new slow-start threshold. */
    uint64_t (*reduced)(struct ess_window *window);
    /* The retransmission timer ran out, after reduced(). May be NULL. */
    void (*timed_out)(struct ess_window *window);
    /* Sending goes on after nothing was in flight for `idle_ns`. May be NULL. */
    void (*resumed)(struct ess_window *window, int64_t idle_ns);
    /* A law that sets cwnd_bytes and pacing itself on every acknowledgement, also in recovery, in
     * place of increase() and the recovery of the profile. NULL for laws driven by loss. */
    void (*control)(struct ess_window *window, const struct ess_acknowledgement *ack);
};

/* The law of that name, or NULL. */
const struct ess_congestion_type *ess_congestion_find(const char *name);
/* All laws, ended by NULL; in the order of their names. */
extern const struct ess_congestion_type *const ess_congestion_registry[];

#endif
