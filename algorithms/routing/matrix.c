/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/matrix.h"

/* Largest finite double; rates beyond are not rates. */
static const double rate_max = 0x1.fffffffffffffp+1023;

/* Also false for a NaN, which compares with nothing. */
static bool is_finite(double rate) {
    return rate <= rate_max && rate >= -rate_max;
}

static const char *access_check(const double *limits, uint32_t size) {
    for (uint32_t i = 0; limits && i < size; i++) {
        if (!is_finite(limits[i]) || limits[i] < 0) {
            return "an access limit that is not finite or negative";
        }
    }
    return NULL;
}

const char *ess_pair_matrix_check(const struct ess_pair_matrix *matrix) {
    size_t entries = (size_t)matrix->size * matrix->size;
    const char *problem = access_check(matrix->up_bytes_per_s, matrix->size);
    if (matrix->size == 0) {
        return "no peers";
    }
    for (size_t i = 0; matrix->rate_bytes_per_s && i < entries; i++) {
        if (i % (matrix->size + (size_t)1) != 0 && !is_finite(matrix->rate_bytes_per_s[i])) {
            return "a rate that is not finite";
        }
    }
    return problem ? problem : access_check(matrix->down_bytes_per_s, matrix->size);
}

double ess_pair_rate(const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to) {
    if (from == to) {
        return 0;
    }
    return matrix->rate_bytes_per_s ? matrix->rate_bytes_per_s[(size_t)from * matrix->size + to]
                                    : -1;
}

int64_t ess_pair_delay(const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to) {
    if (from == to) {
        return 0;
    }
    return matrix->delay_ns ? matrix->delay_ns[(size_t)from * matrix->size + to] : -1;
}

double ess_access_up(const struct ess_pair_matrix *matrix, uint32_t peer) {
    return matrix->up_bytes_per_s ? matrix->up_bytes_per_s[peer] : 0;
}

double ess_access_down(const struct ess_pair_matrix *matrix, uint32_t peer) {
    return matrix->down_bytes_per_s ? matrix->down_bytes_per_s[peer] : 0;
}

/* The lesser of two limits of which `none` and below say nothing. */
static double lesser(double a, double b, double none) {
    if (a <= none) {
        return b;
    }
    return b <= none || a < b ? a : b;
}

double ess_pair_usable(const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to) {
    double rate = ess_pair_rate(matrix, from, to);
    double access = lesser(ess_access_up(matrix, from), ess_access_down(matrix, to), 0);
    if (rate < 0) {
        return access > 0 ? access : -1;
    }
    return access > 0 && access < rate ? access : rate;
}

double ess_pair_usable_both(const struct ess_pair_matrix *matrix, uint32_t a, uint32_t b) {
    double there = ess_pair_usable(matrix, a, b), back = ess_pair_usable(matrix, b, a);
    if (there < 0) {
        return back;
    }
    return back < 0 || there < back ? there : back;
}

double ess_access_both(const struct ess_pair_matrix *matrix, uint32_t peer) {
    return lesser(ess_access_up(matrix, peer), ess_access_down(matrix, peer), 0);
}

int64_t ess_pair_delay_both(const struct ess_pair_matrix *matrix, uint32_t a, uint32_t b) {
    int64_t there = ess_pair_delay(matrix, a, b), back = ess_pair_delay(matrix, b, a);
    if (there < 0) {
        return back;
    }
    return back < 0 ? there : there / 2 + back / 2 + (there % 2 + back % 2) / 2;
}

void ess_matrix_coverage(
    const struct ess_pair_matrix *matrix, struct ess_matrix_coverage *coverage) {
    *coverage = (struct ess_matrix_coverage){0};
    for (uint32_t from = 0; from < matrix->size; from++) {
        for (uint32_t to = 0; to < matrix->size; to++) {
            double rate = ess_pair_rate(matrix, from, to);
            if (from == to) {
                continue;
            }
            coverage->pairs++;
            coverage->rates += rate >= 0;
            coverage->unreachable += rate >= 0 && rate <= 0;
            coverage->delays += ess_pair_delay(matrix, from, to) >= 0;
        }
    }
}
