/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/completion.h"

enum { ROUNDS = 12 };

size_t ess_completion_bytes(uint32_t size) {
    return 2 * (size_t)size * sizeof(double);
}

/* The value of a pair, or its other direction's where that alone is known; negative: none. */
static double rate_of(const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to) {
    double rate = ess_pair_rate(matrix, from, to);
    return rate < 0 ? ess_pair_rate(matrix, to, from) : rate;
}

/* One side of the fit: what each peer gives as a sender (or receiver), the other side being held.
 * Of a peer of which nothing is known, negative. Errors are weighed by the rates themselves, so
 * that a fast pair does not outvote ten slow ones: the mean of rate / (other side), weighted by
 * 1. */
static void fit_side(
    const struct ess_pair_matrix *matrix, bool senders, const double *held, double *fitted) {
    for (uint32_t a = 0; a < matrix->size; a++) {
        double sum = 0;
        uint32_t known = 0;
        for (uint32_t b = 0; b < matrix->size; b++) {
            double rate = a == b ? -1 : rate_of(matrix, senders ? a : b, senders ? b : a);
            if (rate > 0 && held[b] > 0) {
                sum += rate / held[b];
                known++;
            }
        }
        fitted[a] = known > 0 ? sum / known : -1;
    }
}

static uint64_t fill_rates(
    const struct ess_pair_matrix *matrix, double *filled, double *sends, double *receives) {
    uint64_t count = 0;
    uint32_t n = matrix->size;
    for (uint32_t i = 0; i < n; i++) {
        receives[i] = 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        fit_side(matrix, true, receives, sends);
        fit_side(matrix, false, sends, receives);
    }
    for (uint32_t from = 0; from < n; from++) {
        for (uint32_t to = 0; to < n; to++) {
            double rate = ess_pair_rate(matrix, from, to);
            if (rate < 0) {
                double mirrored = rate_of(matrix, from, to);
                bool has_model = sends[from] > 0 && receives[to] > 0;
                rate = mirrored >= 0 ? mirrored : has_model ? sends[from] * receives[to] : -1;
                count += rate >= 0;
            }
            filled[from * (size_t)n + to] = rate;
        }
    }
    return count;
}

/* Half way between the bounds that the triangles give; negative without any. */
static double by_triangles(const struct ess_pair_matrix *matrix, uint32_t a, uint32_t b) {
    double low = 0, high = -1;
    for (uint32_t k = 0; k < matrix->size; k++) {
        double to_a, to_b, apart;
        if (k == a || k == b) {
            continue;
        }
        to_a = (double)ess_pair_delay_both(matrix, a, k);
        to_b = (double)ess_pair_delay_both(matrix, b, k);
        if (to_a < 0 || to_b < 0) {
            continue;
        }
        apart = to_a > to_b ? to_a - to_b : to_b - to_a;
        low = apart > low ? apart : low;
        high = high < 0 || to_a + to_b < high ? to_a + to_b : high;
    }
    /* Real delays break the triangle inequality now and then. */
    return high < 0 ? -1 : (low < high ? (low + high) / 2 : high);
}

/* Parts of both ends: each the mean of what the known delays leave over for it. */
static void fit_parts(const struct ess_pair_matrix *matrix, double *parts) {
    for (uint32_t i = 0; i < matrix->size; i++) {
        parts[i] = 0;
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t a = 0; a < matrix->size; a++) {
            double sum = 0;
            uint32_t known = 0;
            for (uint32_t b = 0; b < matrix->size; b++) {
                double delay = a == b ? -1 : (double)ess_pair_delay_both(matrix, a, b);
                if (delay >= 0 && parts[b] >= 0) {
                    sum += delay - parts[b];
                    known++;
                }
            }
            /* Halfway to the new value: full steps of a sum swing to and fro. */
            parts[a] = known == 0 ? -1 : sum / known > 0 ? (parts[a] + sum / known) / 2 : 0;
        }
    }
}

static uint64_t fill_delays(const struct ess_pair_matrix *matrix, int64_t *filled, double *parts) {
    uint64_t count = 0;
    uint32_t n = matrix->size;
    fit_parts(matrix, parts);
    for (uint32_t from = 0; from < n; from++) {
        for (uint32_t to = 0; to < n; to++) {
            int64_t delay_ns = ess_pair_delay(matrix, from, to);
            if (delay_ns < 0) {
                int64_t mirrored_ns = ess_pair_delay_both(matrix, from, to);
                double guess = mirrored_ns < 0 ? by_triangles(matrix, from, to) : 0;
                if (guess < 0 && parts[from] >= 0 && parts[to] >= 0) {
                    guess = parts[from] + parts[to];
                }
                delay_ns = mirrored_ns >= 0 ? mirrored_ns : guess >= 0 ? (int64_t)guess : -1;
                count += delay_ns >= 0;
            }
            filled[from * (size_t)n + to] = delay_ns;
        }
    }
    return count;
}

struct ess_completed ess_completion_fill(const struct ess_pair_matrix *matrix,
    double *rate_bytes_per_s, int64_t *delay_ns, void *scratch) {
    double *first = scratch;
    struct ess_completed completed;
    completed.rates = fill_rates(matrix, rate_bytes_per_s, first, first + matrix->size);
    completed.delays = fill_delays(matrix, delay_ns, first);
    return completed;
}
