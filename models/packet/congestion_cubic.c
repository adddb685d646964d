/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CUBIC: the window is a cubic function of the time since the last loss, W(t) = C (t - K)^3 + Wmax,
 * in segments and seconds, C = 0.4, reduced to 0.7 at a loss. Growth is in whole segments, one for
 * so many acknowledged, as the implementations do it: at most by half a round trip. Slow start ends
 * early by HyStart. */
#include "models/packet/congestion.h"
#include "models/packet/profile.h"

#include <stddef.h>

enum { CLAMP_SEGMENTS = 20, HYSTART_LOW_SEGMENTS = 16, HYSTART_SAMPLES = 8 };
#define SETTLE_NS 10000000 /* after a loss delays are not looked at for so long */
#define SCALE 0.4          /* C */
#define KEPT 0.7           /* of the window after a loss */

struct state {
    uint64_t part_segments; /* acknowledged towards the next segment */
    uint64_t last_max, origin;
    double k_s;
    int64_t delay_min_ns; /* 0: none */
    int64_t epoch_ns;     /* INT64_MIN: none begun */
    double friendly;      /* window that Reno would have */
    /* HyStart */
    bool found;
    int64_t round_ns, train_ns, round_delay_ns;
    uint64_t round_end;
    uint32_t samples;
};
_Static_assert(sizeof(struct state) <= ESS_CONGESTION_STATE_BYTES, "the state has its room");

static struct state *state_of(struct ess_window *window) {
    return (struct state *)window->state;
}

/* Cube root by Newton's iteration from above: the same everywhere, unlike a library's. */
static double cube_root(double value) {
    double root = value > 1 ? value : 1;
    if (value <= 0) {
        return 0;
    }
    for (int i = 0; i < 100; i++) {
        double next = (2 * root + value / (root * root)) / 3;
        if (next >= root) {
            break;
        }
        root = next;
    }
    return root;
}

static void forget(struct state *state) {
    state->last_max = state->origin = 0;
    state->k_s = 0;
    state->delay_min_ns = 0;
    state->found = false;
    state->friendly = 0;
}

static void begin_round(struct ess_window *window) {
    struct state *state = state_of(window);
    state->round_ns = state->train_ns = window->now_ns;
    state->round_end = window->sent;
    state->round_delay_ns = 0;
    state->samples = 0;
}

static void open_window(struct ess_window *window) {
    struct state *state = state_of(window);
    *state = (struct state){.epoch_ns = INT64_MIN};
    begin_round(window);
    state->round_end = 0;
}

/* ---- HyStart
 * -------------------------------------------------------------------------------------
 */

static bool delay_grew(const struct ess_profile_type *profile, const struct state *state) {
    int64_t margin_ns = state->delay_min_ns >> profile->hystart_delay_shift;
    margin_ns =
        margin_ns < profile->hystart_delay_min_ns ? profile->hystart_delay_min_ns : margin_ns;
    margin_ns =
        margin_ns > profile->hystart_delay_max_ns ? profile->hystart_delay_max_ns : margin_ns;
    return state->round_delay_ns > state->delay_min_ns + margin_ns;
}

static void look_for_end(struct ess_window *window, int64_t round_trip_ns) {
    const struct ess_profile_type *profile = window->profile;
    struct state *state = state_of(window);
    if (state->found) {
        return;
    }
    if (window->now_ns - state->train_ns <= profile->hystart_spacing_ns) {
        state->train_ns = window->now_ns;
        state->found |=
            window->now_ns - state->round_ns > state->delay_min_ns / profile->hystart_train_divisor;
    }
    if (state->samples < HYSTART_SAMPLES) {
        if (state->round_delay_ns == 0 || state->round_delay_ns > round_trip_ns) {
            state->round_delay_ns = round_trip_ns;
        }
        state->samples++;
    } else {
        state->found |= delay_grew(profile, state);
    }
    if (state->found) {
        window->threshold_bytes = window->cwnd_bytes;
    }
}

static void acknowledged(struct ess_window *window, const struct ess_acknowledgement *ack) {
    struct state *state = state_of(window);
    if (ack->round_trip_ns <= 0 ||
        (state->epoch_ns != INT64_MIN && window->now_ns - state->epoch_ns < SETTLE_NS)) {
        return;
    }
    if (state->delay_min_ns == 0 || state->delay_min_ns > ack->round_trip_ns) {
        state->delay_min_ns = ack->round_trip_ns;
    }
    if (window->cwnd_bytes <= window->threshold_bytes &&
        window->cwnd_bytes >= (uint64_t)HYSTART_LOW_SEGMENTS * window->segment_bytes) {
        look_for_end(window, ack->round_trip_ns);
    }
}

/* ---- growth
 * --------------------------------------------------------------------------------------
 */

static void begin_epoch(struct ess_window *window, uint64_t cwnd) {
    struct state *state = state_of(window);
    state->epoch_ns = window->now_ns;
    state->friendly = (double)cwnd;
    state->k_s = 0;
    state->origin = cwnd;
    if (state->last_max > cwnd) {
        state->k_s = cube_root((double)(state->last_max - cwnd) / SCALE);
        state->origin = state->last_max;
    }
}

/* RFC 9438, 4.3: the window of a Reno of the same mean, 3 (1 - beta) / (1 + beta) a round trip. */
static uint64_t at_least_reno(
    struct ess_window *window, uint64_t cwnd, uint64_t count, uint32_t segments) {
    struct state *state = state_of(window);
    state->friendly += 3 * (1 - KEPT) / (1 + KEPT) * (double)segments / (double)cwnd;
    if (state->friendly > (double)cwnd + 1) {
        uint64_t most = (uint64_t)((double)cwnd / (state->friendly - (double)cwnd));
        return count > most ? most : count;
    }
    return count;
}

/* Segments to be acknowledged for one more. */
static uint64_t segments_for_one(struct ess_window *window, uint64_t cwnd, uint32_t segments) {
    struct state *state = state_of(window);
    uint64_t target, count = 100 * cwnd, steps;
    double t_s, distance_s;
    if (state->epoch_ns == INT64_MIN) {
        begin_epoch(window, cwnd);
    }
    t_s = 1e-9 * (double)(window->now_ns + state->delay_min_ns - state->epoch_ns);
    distance_s = t_s < state->k_s ? state->k_s - t_s : t_s - state->k_s;
    steps = (uint64_t)(SCALE * distance_s * distance_s * distance_s);
    if (t_s < state->k_s) {
        target = state->origin > steps ? state->origin - steps : 0;
    } else {
        target = state->origin + steps;
    }
    if (target > cwnd) {
        count = cwnd / (target - cwnd);
    }
    if (state->last_max == 0 && count > CLAMP_SEGMENTS) {
        count = CLAMP_SEGMENTS;
    }
    if (window->profile->cubic_friendly) {
        count = at_least_reno(window, cwnd, count, segments);
    }
    return count > 2 ? count : 2;
}

static void increase(struct ess_window *window, uint32_t segments) {
    struct state *state = state_of(window);
    uint64_t count;
    if (window->cwnd_bytes < window->threshold_bytes) {
        uint64_t grown = (uint64_t)segments * window->segment_bytes;
        if (window->acked > state->round_end) {
            begin_round(window);
        }
        if (window->profile->counts_acknowledgements ||
            window->threshold_bytes - window->cwnd_bytes >= grown) {
            window->cwnd_bytes += grown;
            return;
        }
        grown = window->threshold_bytes - window->cwnd_bytes;
        window->cwnd_bytes += grown;
        segments -= (uint32_t)(grown / window->segment_bytes);
    }
    if (segments == 0) {
        return;
    }
    state->part_segments += segments;
    count = segments_for_one(window, window->cwnd_bytes / window->segment_bytes, segments);
    if (state->part_segments >= count) {
        window->cwnd_bytes += window->segment_bytes;
        state->part_segments -= count;
    }
}

static uint64_t reduced(struct ess_window *window) {
    struct state *state = state_of(window);
    uint64_t cwnd = window->cwnd_bytes / window->segment_bytes;
    uint64_t kept = (uint64_t)((double)cwnd * KEPT);
    /* Fast convergence (RFC 9438, 4.7): who has less than before makes room for others. */
    state->last_max = cwnd < state->last_max ? (uint64_t)((double)cwnd * (1 + KEPT) / 2) : cwnd;
    state->epoch_ns = INT64_MIN;
    return (kept > 2 ? kept : 2) * window->segment_bytes;
}

static void timed_out(struct ess_window *window) {
    forget(state_of(window));
    begin_round(window);
}

/* Time without anything to send is not time to grow (RFC 9438, 5.8). */
static void resumed(struct ess_window *window, int64_t idle_ns) {
    struct state *state = state_of(window);
    if (window->profile->cubic_friendly && state->epoch_ns != INT64_MIN && idle_ns > 0) {
        state->epoch_ns += idle_ns;
        state->epoch_ns = state->epoch_ns > window->now_ns ? window->now_ns : state->epoch_ns;
    }
}

const struct ess_congestion_type ess_congestion_cubic = {
    .name = "cubic",
    .summary = "the window is a cubic function of the time since the last loss, independent of the "
               "round trip; slow start ends by HyStart",
    .source = "RFC 9438; Ha, Rhee, \"Taming the elephants: new TCP slow start\", 2011",
    .open = open_window,
    .acknowledged = acknowledged,
    .increase = increase,
    .reduced = reduced,
    .timed_out = timed_out,
    .resumed = resumed,
};
