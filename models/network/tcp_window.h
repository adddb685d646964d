/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_TCP_WINDOW_H
#define ESS_MODELS_NETWORK_TCP_WINDOW_H

/* The congestion window of a connection, in the large: round trips, not segments.
 *
 * Slow start: each round trip carries one window W, and the next is W + (growth - 1) x what was
 * acknowledged, until it reaches the threshold, or the most that way and buffers hold. So of a
 * transfer of n bytes over an idle way of capacity C, growth 2 and initial window I, k full round
 * trips pass before the last window leaves, with the least k for which n <= I (2^(k+1) - 1) (fewer
 * where I 2^k / RTT reaches C before).
 *
 * Leaving slow start: at the threshold, at the most, or when a round carried less than the window
 * (the links are what limits it): from then on the window is the most. Random loss ends slow start
 * after 1 / loss segments, the mean way to the first loss; from then on the window is `steady`,
 * the mean that this loss allows (tcp_loss.h).
 *
 * Idle: a connection that was idle for longer than the time-out halves its window for each time-out
 * (not below the initial one) and starts slowly up to three quarters of what it was (RFC 2861,
 * section 3.2; Linux tcp_cwnd_restart). RFC 5681, section 4.1, which falls back at once, is the
 * limit of long idle times.
 *
 * Simplifications: the growth after slow start is not followed, only its mean; a slow start that
 * overshoots loses no time; HyStart (RFC 9406) is taken to leave slow start where the link is full,
 * neither early nor late. Known bias: transfers that end within a few seconds of an overshoot of a
 * short queue are too fast.
 *
 * Check value: initial window 10 x 1,448, growth 2: 100 kB takes 2 rounds before its last window
 * (14,480 + 28,960 = 43,440; the last carries 56,560 of 57,920). */

#include <stdbool.h>
#include <stdint.h>

struct ess_transport_settings;

struct ess_tcp_window {
    double bytes;
    double most_bytes;       /* that way and buffers hold */
    double steady_bytes;     /* and that loss allows, in the mean */
    double threshold_bytes;  /* slow start ends here */
    double until_loss_bytes; /* payload to carry until the first loss is due */
    bool slow_start;
};

/* The window of a new connection over a way that loses a share `loss` of its segments. `steady` is
 * at most `most`. Without slow start it is the most at once. */
void ess_tcp_window_open(struct ess_tcp_window *window,
    const struct ess_transport_settings *settings, double most_bytes, double steady_bytes,
    double loss);

/* `idle_ns` have passed without anything to send. */
void ess_tcp_window_idle(struct ess_tcp_window *window,
    const struct ess_transport_settings *settings, int64_t idle_ns, int64_t round_trip_ns);

/* A transfer starts on a warm connection: what would leave as a burst and not fit the queue is
 * lost, so the window is at most `burst_bytes`. */
void ess_tcp_window_restart(struct ess_tcp_window *window,
    const struct ess_transport_settings *settings, double burst_bytes);

/* What happened since the window was looked at last. */
struct ess_tcp_progress {
    double acked_bytes;
    double flight_bytes; /* the most under way at a time: a window that is not needed does not grow
                            beyond twice that (RFC 7661; Linux tcp_is_cwnd_limited) */
    double growth_bytes; /* a round trip, after slow start */
    bool full;           /* nothing but the window limited a round trip */
};

void ess_tcp_window_acked(struct ess_tcp_window *window,
    const struct ess_transport_settings *settings, const struct ess_tcp_progress *progress);

/* Where growth after slow start ends. */
double ess_tcp_window_limit(const struct ess_tcp_window *window);

#endif
