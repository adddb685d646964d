/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BBR, version 1: paces at the greatest delivery rate seen in ten round trips, keeps twice the
 * product of that and the least round trip in flight, and probes both in turn. Losses as such do
 * not slow it down.
 *
 * Simplifications: packets are paced one by one, so the send quantum is one segment or two; no
 * compensation for aggregated acknowledgements (a later addition of Linux), no policer detection.
 */
#include "models/packet/congestion.h"
#include "models/packet/profile.h"

#include <stddef.h>

enum mode { STARTUP, DRAIN, PROBE_RATE, PROBE_ROUND_TRIP };
enum { RATE_ROUNDS = 10, CYCLE = 8, LEAST_SEGMENTS = 4 };
#define HIGH_GAIN 2.885 /* 2 / ln 2 */
#define ROUND_TRIP_WINDOW_NS INT64_C(10000000000)
#define PROBE_NS INT64_C(200000000)
#define MARGIN 0.99 /* of the rate, so that queues do not grow by rounding */

static const double cycle_gains[CYCLE] = {1.25, 0.75, 1, 1, 1, 1, 1, 1};

/* The greatest of a sliding window of rounds in three samples (Nichols' filter). */
struct peak {
    uint64_t round;
    double bytes_per_s;
};

struct state {
    struct peak peaks[3];
    uint64_t round, round_end; /* delivered bytes at which the next round begins */
    int64_t least_ns, least_at_ns;
    int64_t probe_done_ns; /* 0: not timed yet */
    int64_t cycle_ns;
    uint64_t saved_cwnd;
    double full_rate;
    double pace_gain, cwnd_gain;
    uint32_t full_rounds, phase;
    uint8_t mode;
    bool round_begins, filled, probe_round_done, was_recovering, conserving;
};
_Static_assert(sizeof(struct state) <= ESS_CONGESTION_STATE_BYTES, "the state has its room");

static struct state *state_of(struct ess_window *window) {
    return (struct state *)window->state;
}

static double rate_of(const struct state *state) {
    return state->peaks[0].bytes_per_s;
}

static void note_rate(struct state *state, double bytes_per_s) {
    struct peak fresh = {state->round, bytes_per_s}, *peaks = state->peaks;
    if (bytes_per_s >= peaks[0].bytes_per_s || state->round - peaks[2].round > RATE_ROUNDS) {
        peaks[0] = peaks[1] = peaks[2] = fresh;
        return;
    }
    if (bytes_per_s >= peaks[1].bytes_per_s) {
        peaks[1] = peaks[2] = fresh;
    } else if (bytes_per_s >= peaks[2].bytes_per_s) {
        peaks[2] = fresh;
    }
    if (state->round - peaks[0].round > RATE_ROUNDS) {
        peaks[0] = peaks[1];
        peaks[1] = peaks[2];
        peaks[2] = fresh;
    } else if (peaks[1].round == peaks[0].round &&
               state->round - peaks[0].round > RATE_ROUNDS / 4) {
        peaks[1] = peaks[2] = fresh;
    } else if (peaks[2].round == peaks[1].round &&
               state->round - peaks[0].round > RATE_ROUNDS / 2) {
        peaks[2] = fresh;
    }
}

static uint64_t in_flight_for(const struct ess_window *window, double gain) {
    const struct state *state = (const struct state *)window->state;
    double product = rate_of(state) * 1e-9 * (double)state->least_ns;
    if (state->least_ns == INT64_MAX || rate_of(state) <= 0) {
        return (uint64_t)window->profile->initial_segments * window->segment_bytes;
    }
    return (uint64_t)(gain * product) + UINT64_C(3) * window->segment_bytes;
}

static void set_gains(struct state *state, double pace, double cwnd) {
    state->pace_gain = pace;
    state->cwnd_gain = cwnd;
}

static void open_window(struct ess_window *window) {
    struct state *state = state_of(window);
    int64_t round_trip_ns =
        window->smoothed_round_trip_ns > 0 ? window->smoothed_round_trip_ns : 1000000;
    *state = (struct state){.mode = STARTUP, .least_ns = window->min_round_trip_ns};
    state->least_at_ns = window->now_ns;
    set_gains(state, HIGH_GAIN, HIGH_GAIN);
    window->pacing_bytes_per_s =
        HIGH_GAIN * (double)window->cwnd_bytes / (1e-9 * (double)round_trip_ns);
}

/* ---- the model: rate, round trip, rounds
 * ---------------------------------------------------------
 */

static void update_rate(struct ess_window *window, const struct ess_acknowledgement *ack) {
    struct state *state = state_of(window);
    double bytes_per_s;
    state->round_begins = false;
    if (ack->delivered_bytes == 0) {
        return;
    }
    if (ack->delivered_prior >= state->round_end) {
        state->round_end = ack->delivered_total;
        state->round++;
        state->round_begins = true;
        state->conserving = false;
    }
    if (ack->interval_ns <= 0 || ack->interval_ns < window->min_round_trip_ns) {
        return;
    }
    bytes_per_s =
        (double)(ack->delivered_total - ack->delivered_prior) / (1e-9 * (double)ack->interval_ns);
    if (!ack->limited_by_sender || bytes_per_s >= rate_of(state)) {
        note_rate(state, bytes_per_s);
    }
}

static void enter_probe_rate(struct ess_window *window) {
    struct state *state = state_of(window);
    state->mode = PROBE_RATE;
    /* Any phase but the one that drains. */
    state->phase = (CYCLE - window->draw % (CYCLE - 1)) % CYCLE;
    state->cycle_ns = window->now_ns;
    set_gains(state, cycle_gains[state->phase], 2);
}

static void check_full(struct state *state, const struct ess_acknowledgement *ack) {
    if (state->filled || !state->round_begins || ack->limited_by_sender) {
        return;
    }
    if (rate_of(state) >= 1.25 * state->full_rate) {
        state->full_rate = rate_of(state);
        state->full_rounds = 0;
        return;
    }
    state->full_rounds++;
    state->filled = state->full_rounds >= 3;
}

static void advance_cycle(struct ess_window *window, const struct ess_acknowledgement *ack) {
    struct state *state = state_of(window);
    bool whole = window->now_ns - state->cycle_ns > state->least_ns, next = whole;
    if (state->mode != PROBE_RATE) {
        return;
    }
    if (state->pace_gain > 1) {
        next = whole && (ack->lost_bytes > 0 ||
                            ack->in_flight_prior_bytes >= in_flight_for(window, state->pace_gain));
    } else if (state->pace_gain < 1) {
        next = whole || ack->in_flight_prior_bytes <= in_flight_for(window, 1);
    }
    if (next) {
        state->phase = (state->phase + 1) % CYCLE;
        state->cycle_ns = window->now_ns;
        state->pace_gain = cycle_gains[state->phase];
    }
}

static void check_drain(struct ess_window *window) {
    struct state *state = state_of(window);
    if (state->mode == STARTUP && state->filled) {
        state->mode = DRAIN;
        set_gains(state, 1 / HIGH_GAIN, HIGH_GAIN);
    }
    if (state->mode == DRAIN && window->in_flight_bytes <= in_flight_for(window, 1)) {
        enter_probe_rate(window);
    }
}

static void save_cwnd(struct ess_window *window) {
    struct state *state = state_of(window);
    bool whole = !state->was_recovering && state->mode != PROBE_ROUND_TRIP;
    if (whole || window->cwnd_bytes > state->saved_cwnd) {
        state->saved_cwnd = window->cwnd_bytes;
    }
}

static void restore_cwnd(struct ess_window *window) {
    if (window->cwnd_bytes < state_of(window)->saved_cwnd) {
        window->cwnd_bytes = state_of(window)->saved_cwnd;
    }
}

/* While little is in flight, for 200 ms and a round trip, queues are empty and the least round trip
 * shows. */
static void probe_round_trip(struct ess_window *window, const struct ess_acknowledgement *ack) {
    struct state *state = state_of(window);
    if (state->probe_done_ns == 0) {
        if (window->in_flight_bytes <= (uint64_t)LEAST_SEGMENTS * window->segment_bytes) {
            state->probe_done_ns = window->now_ns + PROBE_NS;
            state->probe_round_done = false;
            state->round_end = ack->delivered_total;
        }
        return;
    }
    state->probe_round_done |= state->round_begins;
    if (!state->probe_round_done || window->now_ns <= state->probe_done_ns) {
        return;
    }
    state->least_at_ns = window->now_ns;
    restore_cwnd(window);
    if (state->filled) {
        enter_probe_rate(window);
    } else {
        state->mode = STARTUP;
        set_gains(state, HIGH_GAIN, HIGH_GAIN);
    }
}

static void update_round_trip(struct ess_window *window, const struct ess_acknowledgement *ack) {
    struct state *state = state_of(window);
    bool expired = window->now_ns > state->least_at_ns + ROUND_TRIP_WINDOW_NS;
    if (ack->round_trip_ns > 0 && (ack->round_trip_ns <= state->least_ns || expired)) {
        state->least_ns = ack->round_trip_ns;
        state->least_at_ns = window->now_ns;
    }
    if (expired && state->mode != PROBE_ROUND_TRIP) {
        save_cwnd(window);
        state->mode = PROBE_ROUND_TRIP;
        state->probe_done_ns = 0;
        set_gains(state, 1, 1);
    }
    if (state->mode == PROBE_ROUND_TRIP) {
        probe_round_trip(window, ack);
    }
}

/* ---- what it sets
 * --------------------------------------------------------------------------------
 */

static void set_pacing(struct ess_window *window) {
    struct state *state = state_of(window);
    double bytes_per_s = state->pace_gain * rate_of(state) * MARGIN;
    if (state->filled || bytes_per_s > window->pacing_bytes_per_s) {
        if (bytes_per_s > 0) {
            window->pacing_bytes_per_s = bytes_per_s;
        }
    }
}

/* In the first round of a recovery a packet leaves for each that arrived. */
static void in_recovery(struct ess_window *window, const struct ess_acknowledgement *ack) {
    struct state *state = state_of(window);
    uint64_t size = window->segment_bytes;
    if (ack->lost_bytes > 0) {
        window->cwnd_bytes = window->cwnd_bytes > ack->lost_bytes + size
                                 ? window->cwnd_bytes - ack->lost_bytes
                                 : size;
    }
    if (window->recovering && !state->was_recovering) {
        uint64_t fresh = ack->delivered_bytes > size ? ack->delivered_bytes : size;
        state->conserving = true;
        state->round_end = ack->delivered_total;
        window->cwnd_bytes = window->in_flight_bytes + fresh;
    } else if (!window->recovering && state->was_recovering) {
        restore_cwnd(window);
        state->conserving = false;
    }
    state->was_recovering = window->recovering;
    if (state->conserving && window->cwnd_bytes < window->in_flight_bytes + ack->delivered_bytes) {
        window->cwnd_bytes = window->in_flight_bytes + ack->delivered_bytes;
    }
}

static void set_cwnd(struct ess_window *window, const struct ess_acknowledgement *ack) {
    struct state *state = state_of(window);
    uint64_t target = in_flight_for(window, state->cwnd_gain);
    uint64_t least = (uint64_t)LEAST_SEGMENTS * window->segment_bytes;
    if (ack->delivered_bytes == 0) {
        return;
    }
    in_recovery(window, ack);
    if (!state->conserving) {
        uint64_t grown = window->cwnd_bytes + ack->delivered_bytes;
        if (state->filled) {
            window->cwnd_bytes = grown < target ? grown : target;
        } else if (window->cwnd_bytes < target) {
            window->cwnd_bytes = grown;
        }
        window->cwnd_bytes = window->cwnd_bytes < least ? least : window->cwnd_bytes;
    }
    if (state->mode == PROBE_ROUND_TRIP && window->cwnd_bytes > least) {
        window->cwnd_bytes = least;
    }
}

static void control(struct ess_window *window, const struct ess_acknowledgement *ack) {
    update_rate(window, ack);
    advance_cycle(window, ack);
    check_full(state_of(window), ack);
    check_drain(window);
    update_round_trip(window, ack);
    set_pacing(window);
    set_cwnd(window, ack);
}

static void increase(struct ess_window *window, uint32_t segments) {
    (void)window;
    (void)segments; /* control() does it all */
}

static uint64_t reduced(struct ess_window *window) {
    save_cwnd(window);
    return window->threshold_bytes;
}

const struct ess_congestion_type ess_congestion_bbr = {
    .name = "bbr",
    .summary = "paces at the delivery rate it has measured, version 1; takes more than its share "
               "from loss-driven flows in short queues, less in long ones",
    .source = "draft-cardwell-iccrg-bbr-congestion-control-00",
    .open = open_window,
    .increase = increase,
    .reduced = reduced,
    .control = control,
};
