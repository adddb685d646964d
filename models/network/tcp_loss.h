/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_TCP_LOSS_H
#define ESS_MODELS_NETWORK_TCP_LOSS_H

/* What random loss leaves of a long TCP transfer. p is the share of segments lost, b the segments
 * that one acknowledgement answers, T the retransmission time-out; rates in segments a second.
 *
 *   Mathis    1 / (RTT sqrt(2 b p / 3))
 *             Mathis, Semke, Mahdavi, Ott, ACM CCR 27(3), 1997, equation 3 (b = 1).
 *   PFTK      1 / (RTT sqrt(2 b p / 3) + T min(1, 3 sqrt(3 b p / 8)) p (1 + 32 p^2))
 *             Padhye, Firoiu, Towsley, Kurose, SIGCOMM 1998, equation 30 without its window limit.
 *   CUBIC     the larger of AVG_W_cubic / RTT = 1.054 (RTT / p)^(3/4) / RTT and that of Reno
 *             RFC 9438, section 5.1, figure 5, with C = 0.4 and beta = 0.7, and its Reno-friendly
 *             region (section 4.3), whose window is that of Reno.
 *   BBR       INFINITY for p <= 1/5: loss does not slow it, what is lost is sent again. Above, the
 *             sender takes the link for policed (tcp_bbr.c, lt_loss_thresh = 50/256) and is given
 *             the rate of Reno here.
 *
 * Range of validity: p from 1e-6 to 0.1, independent losses, transfers of many times 1 / p
 * segments. Known bias: Mathis has no time-outs and is high above p = 0.02; PFTK has no
 * selective acknowledgement and is low there; drops in bursts count as one reduction each in
 * reality, as many here.
 *
 * Check values: MSS 1,448, RTT 100 ms, p = 0.01: Mathis 122.47 segments/s; PFTK with b = 2 and
 * T = 1 s 70.65 segments/s; CUBIC window, RTT 100 ms, p = 10^-4: 187 segments (RFC 9438, table 1).
 */

struct ess_transport_settings;

/* Windows in segments. */
double ess_tcp_window_mathis(double loss, double segments_per_ack);
double ess_tcp_window_cubic(double round_trip_s, double loss);

/* Segments a second. */
double ess_tcp_rate_pftk(double round_trip_s, double rto_s, double loss, double segments_per_ack);

/* Bytes a second of one connection, by the settings: with or without time-outs. */
double ess_tcp_loss_rate_reno(
    const struct ess_transport_settings *settings, double round_trip_s, double loss);
double ess_tcp_loss_rate_cubic(
    const struct ess_transport_settings *settings, double round_trip_s, double loss);
double ess_tcp_loss_rate_bbr(
    const struct ess_transport_settings *settings, double round_trip_s, double loss);

/* How fast a window that a loss has cut to `window_bytes` grows back, bytes a round trip, whole.
 * Reno: a segment (RFC 5681, equation 3). CUBIC: the mean over its way back to the window before,
 * which takes K = cbrt(W_max (1 - beta) / C) seconds (RFC 9438, equation 2), or alpha_cubic =
 * 3 (1 - beta) / (1 + beta) = 0.53 segments (section 4.3) where that is faster. BBR: 0, its window
 * follows the bandwidth. */
double ess_tcp_growth_reno(
    const struct ess_transport_settings *settings, double round_trip_s, double window_bytes);
double ess_tcp_growth_cubic(
    const struct ess_transport_settings *settings, double round_trip_s, double window_bytes);
double ess_tcp_growth_bbr(
    const struct ess_transport_settings *settings, double round_trip_s, double window_bytes);

#endif
