/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/tcp_loss.h"

#include <math.h>

#include "models/network/transport.h"

#define CUBIC_C 0.4
#define CUBIC_BETA 0.7
#define BBR_LOSS_THRESHOLD (50.0 / 256)

double ess_tcp_window_mathis(double loss, double segments_per_ack) {
    return sqrt(3 / (2 * segments_per_ack * loss));
}

/* (C (3 + beta) / (4 (1 - beta)))^(1/4) (RTT / p)^(3/4), by square roots only, which every library
 * rounds alike. */
double ess_tcp_window_cubic(double round_trip_s, double loss) {
    double factor = CUBIC_C * (3 + CUBIC_BETA) / (4 * (1 - CUBIC_BETA));
    double ratio = round_trip_s / loss;
    return sqrt(sqrt(factor * ratio * ratio * ratio));
}

double ess_tcp_rate_pftk(double round_trip_s, double rto_s, double loss, double segments_per_ack) {
    double repair_s = round_trip_s / ess_tcp_window_mathis(loss, segments_per_ack);
    double timeouts = fmin(1, 3 * sqrt(3 * segments_per_ack * loss / 8));
    return 1 / (repair_s + rto_s * timeouts * loss * (1 + 32 * loss * loss));
}

/* Linux and RFC 3465 count bytes, so a delayed acknowledgement (b = 2) slows no growth: b = 1. */
double ess_tcp_loss_rate_reno(
    const struct ess_transport_settings *settings, double round_trip_s, double loss) {
    double rto_s = round_trip_s + 1e-9 * (double)settings->minimum_rto_ns;
    double rate = settings->timeouts ? ess_tcp_rate_pftk(round_trip_s, rto_s, loss, 1)
                                     : ess_tcp_window_mathis(loss, 1) / round_trip_s;
    return (double)settings->segment_bytes * rate;
}

double ess_tcp_loss_rate_cubic(
    const struct ess_transport_settings *settings, double round_trip_s, double loss) {
    double cubic = ess_tcp_window_cubic(round_trip_s, loss) / round_trip_s;
    double reno = ess_tcp_loss_rate_reno(settings, round_trip_s, loss);
    return fmax((double)settings->segment_bytes * cubic, reno);
}

double ess_tcp_loss_rate_bbr(
    const struct ess_transport_settings *settings, double round_trip_s, double loss) {
    return loss <= BBR_LOSS_THRESHOLD ? INFINITY
                                      : ess_tcp_loss_rate_reno(settings, round_trip_s, loss);
}

double ess_tcp_growth_reno(
    const struct ess_transport_settings *settings, double round_trip_s, double window_bytes) {
    (void)round_trip_s;
    (void)window_bytes;
    return (double)settings->segment_bytes;
}

double ess_tcp_growth_cubic(
    const struct ess_transport_settings *settings, double round_trip_s, double window_bytes) {
    double segment = (double)settings->segment_bytes;
    double before = window_bytes / segment / CUBIC_BETA;
    double way_back_s = cbrt(before * (1 - CUBIC_BETA) / CUBIC_C);
    double cubic = before * (1 - CUBIC_BETA) * round_trip_s / way_back_s;
    return round(segment * fmax(cubic, 3 * (1 - CUBIC_BETA) / (1 + CUBIC_BETA)));
}

double ess_tcp_growth_bbr(
    const struct ess_transport_settings *settings, double round_trip_s, double window_bytes) {
    (void)settings;
    (void)round_trip_s;
    (void)window_bytes;
    return 0;
}
