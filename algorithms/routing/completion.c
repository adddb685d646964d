/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/completion.h"

#include <math.h>

#include "base/random.h"

enum { ROUNDS = 12, DIMENSIONS = 3, SWEEPS = 300 };

/* Two sides of two fits, or a place of DIMENSIONS + 1 numbers. */
size_t ess_completion_bytes(uint32_t size) {
    return (DIMENSIONS + 1) * (size_t)size * sizeof(double);
}

/* What each peer gives as a sender and takes as a receiver. */
struct fit {
    const struct ess_pair_matrix *matrix;
    bool mirrored; /* a direction that is not measured is taken to be like the other */
    double *sends, *receives;
};

static double known_rate(const struct fit *fit, uint32_t from, uint32_t to) {
    double rate = from == to ? -1 : ess_pair_rate(fit->matrix, from, to);
    return rate < 0 && fit->mirrored ? ess_pair_rate(fit->matrix, to, from) : rate;
}

/* One side, the other being held: the mean of rate / other side, so that a fast pair does not
 * outvote ten slow ones. Of a peer of which nothing is known, negative. */
static void fit_side(const struct fit *fit, bool senders) {
    const double *held = senders ? fit->receives : fit->sends;
    for (uint32_t a = 0; a < fit->matrix->size; a++) {
        double sum = 0;
        uint32_t known = 0;
        for (uint32_t b = 0; b < fit->matrix->size; b++) {
            double rate = known_rate(fit, senders ? a : b, senders ? b : a);
            if (rate > 0 && held[b] > 0) {
                sum += rate / held[b];
                known++;
            }
        }
        (senders ? fit->sends : fit->receives)[a] = known > 0 ? sum / known : -1;
    }
}

static double model_rate(const struct fit *fit, uint32_t from, uint32_t to) {
    bool both = fit->sends[from] > 0 && fit->receives[to] > 0;
    return both ? fit->sends[from] * fit->receives[to] : -1;
}

/* Fit; the mean relative error on the pairs that are measured. */
static double fit_all(const struct fit *fit) {
    double sum = 0;
    uint64_t known = 0;
    for (uint32_t i = 0; i < fit->matrix->size; i++) {
        fit->receives[i] = 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        fit_side(fit, true);
        fit_side(fit, false);
    }
    for (uint32_t from = 0; from < fit->matrix->size; from++) {
        for (uint32_t to = 0; to < fit->matrix->size; to++) {
            double rate = from == to ? -1 : ess_pair_rate(fit->matrix, from, to);
            double model = model_rate(fit, from, to);
            if (rate > 0 && model > 0) {
                sum += model > rate ? (model - rate) / rate : (rate - model) / rate;
                known++;
            }
        }
    }
    return known > 0 ? sum / (double)known : 0;
}

/* Whether the two directions of a pair are alike is not known where only one was measured. If they
 * are, taking one for the other adds data and spoils the fit but little; if they are not, as with
 * lines of other rates up than down, it spoils the fit. */
static const double spoilt = 1.5;

static uint64_t fill_rates(const struct ess_pair_matrix *matrix, double *filled, double *scratch) {
    uint32_t n = matrix->size;
    struct fit own = {matrix, false, scratch, scratch + n};
    struct fit both = {matrix, true, scratch + 2 * (size_t)n, scratch + 3 * (size_t)n};
    double own_error = fit_all(&own), both_error = fit_all(&both);
    bool alike = both_error <= spoilt * own_error + 1e-9;
    uint64_t count = 0;
    for (uint32_t from = 0; from < n; from++) {
        for (uint32_t to = 0; to < n; to++) {
            double rate = ess_pair_rate(matrix, from, to), guess;
            if (rate < 0) {
                double mirrored = ess_pair_rate(matrix, to, from);
                guess = model_rate(alike ? &both : &own, from, to);
                guess = guess < 0 ? model_rate(&both, from, to) : guess;
                rate = mirrored >= 0 && (alike || guess < 0) ? mirrored : guess;
                count += rate >= 0;
            }
            filled[from * (size_t)n + to] = rate;
        }
    }
    return count;
}

/* A place for each peer: coordinates, and a height that counts in every delay of it (its line). In
 * nanoseconds. */
struct place {
    double at[DIMENSIONS];
    double height;
};

static double distance(const struct place *a, const struct place *b) {
    double sum = 0;
    for (int k = 0; k < DIMENSIONS; k++) {
        sum += (a->at[k] - b->at[k]) * (a->at[k] - b->at[k]);
    }
    return sqrt(sum);
}

/* Move `a` towards or away from `b` by a share of what their distance is off. */
static void relax(struct place *a, const struct place *b, double delay, double share) {
    double apart = distance(a, b), off = delay - apart - a->height - b->height;
    double total = apart + a->height + b->height + 1;
    for (int k = 0; k < DIMENSIONS; k++) {
        a->at[k] += share * off * (a->at[k] - b->at[k]) / total;
    }
    a->height += share * off * a->height / total;
    a->height = a->height > 0 ? a->height : 0;
}

/* Sweeps over all known pairs with steps that become smaller. All start within 1 ms, at places that
 * a stream draws. A peer without any known delay has a negative height. */
static void place_all(const struct ess_pair_matrix *matrix, struct place *places) {
    struct ess_random stream;
    uint32_t n = matrix->size;
    ess_random_init(&stream, n, 0, "places of peers");
    for (uint32_t i = 0; i < n; i++) {
        for (int k = 0; k < DIMENSIONS; k++) {
            places[i].at[k] = 1e6 * ess_random_unit(&stream);
        }
        places[i].height = 1e5;
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double share = 0.25 * (SWEEPS - sweep) / SWEEPS;
        for (uint32_t a = 0; a < n; a++) {
            uint32_t known = 0;
            for (uint32_t b = 0; b < n; b++) {
                int64_t delay_ns = a == b ? -1 : ess_pair_delay_both(matrix, a, b);
                if (delay_ns >= 0) {
                    relax(&places[a], &places[b], (double)delay_ns, share);
                    known++;
                }
            }
            places[a].height = known > 0 ? places[a].height : -1;
        }
    }
}

/* The bounds that the triangles give; high is negative without any. */
static void triangles(
    const struct ess_pair_matrix *matrix, uint32_t a, uint32_t b, double *low, double *high) {
    *low = 0;
    *high = -1;
    for (uint32_t k = 0; k < matrix->size; k++) {
        double to_a = k == a ? -1 : (double)ess_pair_delay_both(matrix, a, k);
        double to_b = k == b ? -1 : (double)ess_pair_delay_both(matrix, b, k);
        double apart = to_a > to_b ? to_a - to_b : to_b - to_a;
        if (to_a >= 0 && to_b >= 0) {
            *low = apart > *low ? apart : *low;
            *high = *high < 0 || to_a + to_b < *high ? to_a + to_b : *high;
        }
    }
}

/* By place, kept between the triangles' bounds. Real delays break the triangle inequality now and
 * then: then the bounds say nothing. */
static double guess_delay(
    const struct ess_pair_matrix *matrix, const struct place *places, uint32_t a, uint32_t b) {
    double low, high, guess;
    if (places[a].height < 0 || places[b].height < 0) {
        return -1;
    }
    guess = distance(&places[a], &places[b]) + places[a].height + places[b].height;
    triangles(matrix, a, b, &low, &high);
    if (low <= high) {
        guess = guess > high ? high : guess < low ? low : guess;
    }
    return guess;
}

static uint64_t fill_delays(
    const struct ess_pair_matrix *matrix, int64_t *filled, struct place *places) {
    uint64_t count = 0;
    uint32_t n = matrix->size;
    place_all(matrix, places);
    for (uint32_t from = 0; from < n; from++) {
        for (uint32_t to = 0; to < n; to++) {
            int64_t delay_ns = ess_pair_delay(matrix, from, to);
            if (delay_ns < 0) {
                delay_ns = ess_pair_delay_both(matrix, from, to);
                if (delay_ns < 0) {
                    delay_ns = (int64_t)guess_delay(matrix, places, from, to);
                }
                count += delay_ns >= 0;
            }
            filled[from * (size_t)n + to] = delay_ns;
        }
    }
    return count;
}

struct ess_completed ess_completion_fill(const struct ess_pair_matrix *matrix,
    double *rate_bytes_per_s, int64_t *delay_ns, void *scratch) {
    struct ess_completed completed;
    completed.rates = fill_rates(matrix, rate_bytes_per_s, scratch);
    completed.delays = fill_delays(matrix, delay_ns, scratch);
    return completed;
}
