/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/tcp_window.h"

#include <math.h>

#include "models/network/transport.h"

static double initial_bytes(const struct ess_transport_settings *settings) {
    return (double)(settings->initial_segments * settings->segment_bytes);
}

double ess_tcp_window_limit(const struct ess_tcp_window *window) {
    return window->until_loss_bytes > 0 ? window->most_bytes : window->steady_bytes;
}

static void leave_slow_start(struct ess_tcp_window *window) {
    window->slow_start = false;
    window->bytes = ess_tcp_window_limit(window);
}

void ess_tcp_window_open(struct ess_tcp_window *window,
    const struct ess_transport_settings *settings, double most_bytes, double steady_bytes,
    double loss) {
    *window = (struct ess_tcp_window){
        .bytes = fmin(initial_bytes(settings), most_bytes),
        .most_bytes = most_bytes,
        .steady_bytes = steady_bytes,
        .threshold_bytes = INFINITY,
        .until_loss_bytes = loss > 0 ? (double)settings->segment_bytes / loss : INFINITY,
        .slow_start = true,
    };
    if (!settings->slow_start || window->bytes >= most_bytes) {
        leave_slow_start(window);
    }
}

void ess_tcp_window_idle(struct ess_tcp_window *window,
    const struct ess_transport_settings *settings, int64_t idle_ns, int64_t round_trip_ns) {
    int64_t rto_ns = round_trip_ns + settings->minimum_rto_ns;
    double floor_bytes = initial_bytes(settings), before = window->bytes;
    if (!settings->idle_restart || !settings->slow_start || before <= floor_bytes) {
        return;
    }
    for (; idle_ns > rto_ns && window->bytes > floor_bytes; idle_ns -= rto_ns) {
        window->bytes /= 2;
    }
    if (window->bytes == before) {
        return;
    }
    window->bytes = fmax(window->bytes, floor_bytes);
    if (!window->slow_start) {
        window->threshold_bytes = fmax(0.75 * before, window->bytes);
    }
    window->slow_start = true;
}

void ess_tcp_window_restart(struct ess_tcp_window *window,
    const struct ess_transport_settings *settings, double burst_bytes) {
    if (!window->slow_start) {
        window->bytes = fmin(window->bytes, fmax(burst_bytes, initial_bytes(settings)));
    }
}

void ess_tcp_window_acked(struct ess_tcp_window *window,
    const struct ess_transport_settings *settings, const struct ess_tcp_progress *progress) {
    double acked = progress->acked_bytes, limit;
    window->until_loss_bytes -= acked;
    limit = ess_tcp_window_limit(window);
    if (!window->slow_start) {
        double grown = window->bytes + progress->growth_bytes * acked / window->bytes;
        window->bytes = fmin(grown, limit);
        return;
    }
    window->bytes = fmin(window->bytes + (settings->growth - 1) * acked,
        fmax(window->bytes, 2 * progress->flight_bytes));
    if (!progress->full || window->until_loss_bytes <= 0 ||
        window->bytes >= fmin(window->most_bytes, window->threshold_bytes)) {
        leave_slow_start(window);
    }
}
