/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reno: one segment more a round trip, half of it after a loss. */
#include "models/packet/congestion.h"
#include "models/packet/profile.h"

struct state {
    uint64_t part_segments; /* acknowledged towards the next step of the window */
};

static void open_window(struct ess_window *window) {
    *(struct state *)window->state = (struct state){0};
}

/* One segment for each acknowledgement, whatever it covers: RFC 5681 (2), without (3465). */
static void by_acknowledgements(struct ess_window *window, uint32_t segments) {
    uint64_t step = window->segment_bytes;
    if (window->cwnd_bytes < window->threshold_bytes && segments > 0) {
        window->cwnd_bytes += step;
        segments--;
    }
    if (window->cwnd_bytes >= window->threshold_bytes && segments > 0) {
        uint64_t added = step * step / window->cwnd_bytes;
        window->cwnd_bytes += added > 0 ? added : 1;
    }
}

/* By segments acknowledged (RFC 3465): twice a round trip in slow start, then one a window. */
static void by_segments(struct ess_window *window, uint32_t segments) {
    struct state *state = (struct state *)window->state;
    uint64_t size = window->segment_bytes, cwnd = window->cwnd_bytes / size;
    if (window->cwnd_bytes < window->threshold_bytes) {
        uint64_t most =
            window->threshold_bytes == UINT64_MAX ? UINT64_MAX : window->threshold_bytes / size;
        uint64_t grown = cwnd + segments < most ? cwnd + segments : most;
        segments -= grown > cwnd ? (uint32_t)(grown - cwnd) : 0;
        cwnd = grown > cwnd ? grown : cwnd;
    }
    state->part_segments += segments;
    if (segments > 0 && state->part_segments >= cwnd) {
        state->part_segments -= cwnd;
        cwnd++;
    }
    window->cwnd_bytes = cwnd * size;
}

static void increase(struct ess_window *window, uint32_t segments) {
    if (window->profile->counts_acknowledgements) {
        by_acknowledgements(window, segments);
    } else {
        by_segments(window, segments);
    }
}

static uint64_t reduced(struct ess_window *window) {
    uint64_t size = window->segment_bytes;
    uint64_t half = window->profile->reduces_from_in_flight ? window->in_flight_bytes / 2
                                                            : window->cwnd_bytes / size / 2 * size;
    return half > 2 * size ? half : 2 * size;
}

const struct ess_congestion_type ess_congestion_reno = {
    .name = "reno",
    .summary = "one segment more a round trip, half after a loss; fair to equals, slow on long fat "
               "paths, biased against long round trips",
    .source = "RFC 5681, RFC 6582",
    .open = open_window,
    .increase = increase,
    .reduced = reduced,
};
