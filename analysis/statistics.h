/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_STATISTICS_H
#define ESS_ANALYSIS_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

/* Mean, spread and confidence interval of a small sample of replications.
 *
 *     mean m = (1/n) sum x_i,   deviation s = sqrt(sum (x_i - m)^2 / (n - 1)),
 *     interval m +- t s / sqrt(n), where t is the quantile (1 + confidence) / 2 of Student's
 *     distribution with n - 1 degrees of freedom.
 *
 * Validity: independent replications whose mean is about normal (n of about 5 or more, or a
 * distribution without heavy tails). Known bias: for skewed metrics and small n the interval covers
 * the mean less often than it claims. Undefined values (NaN) are left out and n says how many
 * remain, so a metric that is undefined exactly where things went badly looks better than it is:
 * n is always printed with it.
 * Check values: t(0.975, 9) = 2.262157, t(0.975, 1) = 12.706205; of 1..10: mean 5.5,
 * deviation 3.027650, interval 3.334149..7.665851.
 * Source: Student (1908); A. M. Law, Simulation Modeling and Analysis, sections 4.5 and 10.2.
 *
 * Sums run in the order of the replications with a compensation term (Neumaier 1974), so neither
 * the number of workers nor the order in which they finish can change a bit. */

struct ess_statistics {
    double mean;       /* NaN where n is 0 */
    double deviation;  /* of the sample; NaN where n < 2 */
    double low, high;  /* the interval; NaN where has_interval is false */
    double half_width; /* (high - low) / 2; NaN where has_interval is false */
    size_t count;      /* defined values */
    bool has_interval; /* n >= 2: one replication says nothing about its own spread */
};

/* Statistics of the values that are not NaN. 0 < confidence < 1. O(count). */
struct ess_statistics ess_statistics_of(const double *values, size_t count, double confidence);

/* A paired difference under common random numbers: statistics of value - reference over the
 * replications in which both are defined. */
struct ess_paired {
    struct ess_statistics difference;
    double reference_mean; /* of the same replications; NaN where there are none */
    bool significant;      /* the interval of the difference excludes zero */
};

/* Both arrays have `count` entries, entry i of both from the same world. O(count). */
struct ess_paired ess_paired_of(
    const double *values, const double *reference, size_t count, double confidence);

/* True where both have intervals and these share no point: touching is not disjoint. */
bool ess_intervals_disjoint(const struct ess_statistics *a, const struct ess_statistics *b);

/* The quantile of Student's distribution: p in (0, 1), degrees >= 1. NaN where GSL finds none. */
double ess_student_quantile(double p, double degrees);

#endif
