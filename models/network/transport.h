/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_TRANSPORT_H
#define ESS_MODELS_NETWORK_TRANSPORT_H

/* How the connections of the fluid network behave: a transport is one file transport_NAME.c whose
 * last lines are its descriptor. "ideal" is the plain model of fluid.h (a handshake and one fixed
 * window); the others are TCP with a congestion control of that name, and share the settings below,
 * each of which can be turned off by itself. */

#include <stddef.h>
#include <stdint.h>

#include "base/parameter.h"

/* One idea an entry; what the mechanisms do with them is written in tcp_window.h (windows),
 * tcp_loss.h (loss) and fluid.h (the rest). */
struct ess_transport_settings {
    int64_t handshake_round_trips; /* before the first byte of a new connection */
    int64_t slow_start;            /* the window starts small and grows; else it is full at once */
    int64_t initial_segments;
    double growth; /* of the window in slow start, a round trip */
    int64_t idle_restart;
    int64_t minimum_rto_ns;
    int64_t segment_bytes; /* payload of a full segment */
    int64_t header_bytes;  /* on the link with each segment, and the size of an acknowledgement */
    int64_t segments_per_ack;
    int64_t tls_record_bytes; /* payload of a TLS record; 0: no TLS */
    int64_t send_buffer_bytes;
    int64_t receive_buffer_bytes;
    double receive_share; /* of the receive buffer that can be window */
    double rtt_bias;      /* share of a full link in proportion to round trip ^ -rtt_bias */
    double queue_share;   /* mean fill of a full link's queue */
    double backoff;       /* the window after a loss, of that before */
    double overshoot;     /* see fluid_tcp.c */
    double two_way;       /* see fluid_tcp.c; 1: data on the way back costs nothing */
    double burst_share;   /* see tcp_window.h; 0: no such limit */
    int64_t loss_limit;   /* random loss limits the rate */
    int64_t timeouts;     /* and costs retransmission time-outs */
    int64_t ack_limit;    /* acknowledgements need room on the way back */
    int64_t connections;  /* parallel ones that carry each transfer */
};

struct ess_transport_type {
    const char *name;    /* equal to NAME in the file name */
    const char *summary; /* with its limits */
    const char *source;
    const struct ess_parameter *parameters; /* of struct ess_transport_settings; NULL: ideal */

    /* Rate in bytes/s of one connection of this round trip under loss of a share 0 < loss < 1 of
     * its segments, in the long run. INFINITY: loss does not limit it. NULL: ideal. */
    double (*loss_rate)(
        const struct ess_transport_settings *settings, double round_trip_s, double loss);

    /* Growth of a window of `window_bytes` after a loss, bytes a round trip. NULL: ideal. */
    double (*growth_bytes)(
        const struct ess_transport_settings *settings, double round_trip_s, double window_bytes);

    /* Of a full link's rate, 0 <= share < 1, what all such connections take together where they
     * meet others. 0: they yield to loss like all others, and have no such share. */
    double share;
};

/* In the order of file names; ends with NULL. Generated. */
extern const struct ess_transport_type *const ess_transport_registry[];
/* That of a name, or NULL. */
const struct ess_transport_type *ess_transport_find(const char *name);
extern const struct ess_transport_type ess_transport_ideal;
extern const struct ess_transport_type ess_transport_cubic; /* the default of a scenario */

/* The table of a TCP, which differs by congestion control in seven defaults. */
#define ESS_TRANSPORT_AT(field) offsetof(struct ess_transport_settings, field)
#define ESS_TRANSPORT_PARAMETERS(                                                                  \
    growth_, rtt_bias_, queue_share_, backoff_, overshoot_, two_way_, burst_share_)                \
    {"handshake_round_trips", ESS_PARAMETER_INTEGER, 1, 0, 10,                                     \
        "before the first byte of a new connection; 2 with TLS 1.3, 3 with TLS 1.2 (RFC 8446)",    \
        ESS_TRANSPORT_AT(handshake_round_trips)},                                                  \
        {"slow_start", ESS_PARAMETER_BOOLEAN, 1, 0, 1,                                             \
            "new connections start with a small window that grows (RFC 5681, 3.1)",                \
            ESS_TRANSPORT_AT(slow_start)},                                                         \
        {"initial_window", ESS_PARAMETER_INTEGER, 10, 1, 1000,                                     \
            "segments that a new connection may send at once (RFC 6928)",                          \
            ESS_TRANSPORT_AT(initial_segments)},                                                   \
        {"growth", ESS_PARAMETER_REAL, growth_, 1.1, 2,                                            \
            "of the window in slow start, a round trip: 2 counting bytes (RFC 3465), 1.5 where "   \
            "delayed acknowledgements are counted",                                                \
            ESS_TRANSPORT_AT(growth)},                                                             \
        {"idle_restart", ESS_PARAMETER_BOOLEAN, 1, 0, 1,                                           \
            "the window halves for each time-out that a connection is idle (RFC 2861; Linux)",     \
            ESS_TRANSPORT_AT(idle_restart)},                                                       \
        {"minimum_rto", ESS_PARAMETER_TIME, 200e6, 1e6, 60e9,                                      \
            "retransmission time-out beyond the round trip (Linux 200 ms; RFC 6298 1 s)",          \
            ESS_TRANSPORT_AT(minimum_rto_ns)},                                                     \
        {"segment", ESS_PARAMETER_SIZE, 1448, 100, 65536, "payload of a full segment",             \
            ESS_TRANSPORT_AT(segment_bytes)},                                                      \
        {"header", ESS_PARAMETER_SIZE, 52, 0, 1000,                                                \
            "bytes beside the payload of a segment: IPv4 and TCP with timestamps",                 \
            ESS_TRANSPORT_AT(header_bytes)},                                                       \
        {"segments_per_ack", ESS_PARAMETER_INTEGER, 2, 1, 1000,                                    \
            "that arrive before the receiver answers (RFC 1122, 4.2.3.2)",                         \
            ESS_TRANSPORT_AT(segments_per_ack)},                                                   \
        {"tls_record", ESS_PARAMETER_SIZE, 0, 0, 16384,                                            \
            "payload of a TLS 1.3 record, which costs 22 bytes more (RFC 8446, 5.2); 0: no TLS",   \
            ESS_TRANSPORT_AT(tls_record_bytes)},                                                   \
        {"send_buffer", ESS_PARAMETER_SIZE, 4194304, 2048, 17179869184.0,                          \
            "largest, as autotuning lets it grow (Linux tcp_wmem)",                                \
            ESS_TRANSPORT_AT(send_buffer_bytes)},                                                  \
        {"receive_buffer", ESS_PARAMETER_SIZE, 6291456, 2048, 17179869184.0,                       \
            "largest, as autotuning lets it grow (Linux tcp_rmem)",                                \
            ESS_TRANSPORT_AT(receive_buffer_bytes)},                                               \
        {"receive_share", ESS_PARAMETER_REAL, 0.5, 0.1, 1,                                         \
            "of the receive buffer that can be window (Linux tcp_adv_win_scale = 1)",              \
            ESS_TRANSPORT_AT(receive_share)},                                                      \
        {"rtt_bias", ESS_PARAMETER_REAL, rtt_bias_, -2, 2,                                         \
            "shares of a full link are in proportion to round trip ^ -rtt_bias",                   \
            ESS_TRANSPORT_AT(rtt_bias)},                                                           \
        {"queue_share", ESS_PARAMETER_REAL, queue_share_, 0, 1,                                    \
            "mean fill of the queue of a link that long transfers keep full",                      \
            ESS_TRANSPORT_AT(queue_share)},                                                        \
        {"backoff", ESS_PARAMETER_REAL, backoff_, 0.1, 1,                                          \
            "the window after a loss, in parts of that before", ESS_TRANSPORT_AT(backoff)},        \
        {"overshoot", ESS_PARAMETER_REAL, overshoot_, 0, 100,                                      \
            "round trips lost when slow start fills way and queue of a link and more is to come",  \
            ESS_TRANSPORT_AT(overshoot)},                                                          \
        {"two_way", ESS_PARAMETER_REAL, two_way_, 0, 1,                                            \
            "where data goes both ways, a link of queue q carries (q + two_way BDP) / (q + BDP) "  \
            "of its rate; 1: all of it",                                                           \
            ESS_TRANSPORT_AT(two_way)},                                                            \
        {"burst_share", ESS_PARAMETER_REAL, burst_share_, 0, 4,                                    \
            "window with which a transfer starts on a warm connection, in parts of the burst "     \
            "that the narrowest link's queue takes; 0: no such limit, as with pacing",             \
            ESS_TRANSPORT_AT(burst_share)},                                                        \
        {"loss_limit", ESS_PARAMETER_BOOLEAN, 1, 0, 1, "random loss on links limits the rate",     \
            ESS_TRANSPORT_AT(loss_limit)},                                                         \
        {"timeouts", ESS_PARAMETER_BOOLEAN, 0, 0, 1,                                               \
            "loss costs time-outs too (PFTK); off: all is repaired by selective acknowledgement",  \
            ESS_TRANSPORT_AT(timeouts)},                                                           \
        {"ack_limit", ESS_PARAMETER_BOOLEAN, 1, 0, 1,                                              \
            "an acknowledgement for two segments must fit through the links of the way back",      \
            ESS_TRANSPORT_AT(ack_limit)},                                                          \
    {                                                                                              \
        "connections", ESS_PARAMETER_INTEGER, 1, 1, 1024,                                          \
            "parallel connections that carry each transfer in equal parts",                        \
            ESS_TRANSPORT_AT(connections)                                                          \
    }

/* Payload bytes that a byte of a link's capacity carries: segments, and TLS records within. 1,448
 * of 1,500 without TLS: 0.96533. */
double ess_transport_payload_share(const struct ess_transport_settings *settings);

#endif
