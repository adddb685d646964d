/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/statistics.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

/* Neumaier's running sum: `lost` collects what rounding drops from `total`. */
struct running_sum {
    double total;
    double lost;
};

static void sum_add(struct running_sum *sum, double value) {
    double next = sum->total + value;
    if (fabs(sum->total) >= fabs(value)) {
        sum->lost += (sum->total - next) + value;
    } else {
        sum->lost += (value - next) + sum->total;
    }
    sum->total = next;
}

static double sum_of(const struct running_sum *sum) {
    return sum->total + sum->lost;
}

/* The statistics of values[i] - reference[i], or of values[i] where reference is NULL. One pass
 * each for the mean and for the squared distances from it, since the one-pass formula cancels. */
static double entry(const double *values, const double *reference, size_t i) {
    return reference == NULL ? values[i] : values[i] - reference[i];
}

/* Rounding may carry the mean of equal values past them, which would give them a spread; so it is
 * kept between the least and the greatest. */
static double mean_of(
    const double *values, const double *reference, size_t count, size_t *defined) {
    struct running_sum sum = {0};
    double least = INFINITY;
    double greatest = -INFINITY;
    *defined = 0;
    for (size_t i = 0; i < count; i++) {
        double x = entry(values, reference, i);
        if (!isnan(x)) {
            sum_add(&sum, x);
            least = fmin(least, x);
            greatest = fmax(greatest, x);
            ++*defined;
        }
    }
    if (*defined == 0) {
        return NAN;
    }
    double mean = sum_of(&sum) / (double)*defined;
    return isfinite(mean) ? fmin(fmax(mean, least), greatest) : mean;
}

static double deviation_of(
    const double *values, const double *reference, size_t count, double mean, size_t defined) {
    if (defined < 2) {
        return NAN;
    }
    struct running_sum squares = {0};
    for (size_t i = 0; i < count; i++) {
        double x = entry(values, reference, i);
        if (!isnan(x)) {
            sum_add(&squares, (x - mean) * (x - mean));
        }
    }
    return sqrt(sum_of(&squares) / (double)(defined - 1));
}

static struct ess_statistics statistics_of(
    const double *values, const double *reference, size_t count, double confidence) {
    assert(confidence > 0);
    assert(confidence < 1);
    struct ess_statistics result = {NAN, NAN, NAN, NAN, NAN, 0, false};
    result.mean = mean_of(values, reference, count, &result.count);
    result.deviation = deviation_of(values, reference, count, result.mean, result.count);
    if (result.count < 2) {
        return result;
    }
    double quantile = ess_student_quantile(0.5 + confidence / 2, (double)(result.count - 1));
    double half_width = quantile * result.deviation / sqrt((double)result.count);
    if (!isfinite(half_width) || !isfinite(result.mean)) {
        return result;
    }
    result.half_width = half_width;
    result.low = result.mean - half_width;
    result.high = result.mean + half_width;
    result.has_interval = true;
    return result;
}

struct ess_statistics ess_statistics_of(const double *values, size_t count, double confidence) {
    return statistics_of(values, NULL, count, confidence);
}

struct ess_paired ess_paired_of(
    const double *values, const double *reference, size_t count, double confidence) {
    struct ess_paired result = {.reference_mean = NAN};
    result.difference = statistics_of(values, reference, count, confidence);
    struct running_sum sum = {0};
    for (size_t i = 0; i < count; i++) {
        if (!isnan(entry(values, reference, i))) {
            sum_add(&sum, reference[i]);
        }
    }
    if (result.difference.count > 0) {
        result.reference_mean = sum_of(&sum) / (double)result.difference.count;
    }
    result.significant =
        result.difference.has_interval && (result.difference.low > 0 || result.difference.high < 0);
    return result;
}

bool ess_intervals_disjoint(const struct ess_statistics *a, const struct ess_statistics *b) {
    return a->has_interval && b->has_interval && (a->high < b->low || b->high < a->low);
}

double ess_student_quantile(double p, double degrees) {
    assert(p > 0);
    assert(p < 1);
    assert(degrees >= 1);
    double quantile = gsl_cdf_tdist_Pinv(p, degrees);
    return isfinite(quantile) ? quantile : NAN;
}
