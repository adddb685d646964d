/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/statistics.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"

static bool near(double a, double b, double relative) {
    return fabs(a - b) <= relative * fabs(b);
}

/* Quantiles as printed in tables of Student's distribution, and those that have a closed form:
 * one degree is Cauchy's, tan(pi (p - 1/2)); two degrees (2p - 1) sqrt(2 / (4 p (1 - p))). */
static void quantiles_agree_with_tables(void) {
    static const struct {
        double p, degrees, quantile;
    } known[] = {{0.975, 9, 2.262157}, {0.975, 1, 12.706205}, {0.975, 2, 4.302653},
        {0.975, 3, 3.182446}, {0.975, 7, 2.364624}, {0.95, 9, 1.833113}, {0.995, 30, 2.749996},
        {0.975, 1000, 1.962339}};
    const double pi = acos(-1);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double found = ess_student_quantile(known[i].p, known[i].degrees);
        ESS_CHECK(near(found, known[i].quantile, 1e-6), "p %g degrees %g: %.9g", known[i].p,
            known[i].degrees, found);
    }
    for (int percent = 55; percent < 100; percent += 5) {
        double p = percent / 100.0;
        CU_ASSERT(near(ess_student_quantile(p, 1), tan(pi * (p - 0.5)), 1e-9));
        CU_ASSERT(
            near(ess_student_quantile(p, 2), (2 * p - 1) * sqrt(2 / (4 * p * (1 - p))), 1e-9));
    }
}

static void one_to_ten(void) {
    double values[10];
    for (int i = 0; i < 10; i++) {
        values[i] = i + 1;
    }
    struct ess_statistics statistics = ess_statistics_of(values, 10, 0.95);
    CU_ASSERT_EQUAL(statistics.mean, 5.5);
    CU_ASSERT_EQUAL(statistics.count, 10);
    CU_ASSERT(near(statistics.deviation, 3.0276503541, 1e-10));
    CU_ASSERT(statistics.has_interval);
    CU_ASSERT(near(statistics.low, 3.334149, 1e-6));
    CU_ASSERT(near(statistics.high, 7.665851, 1e-6));
    CU_ASSERT(near(statistics.half_width, 2.262157163 * 3.0276503541 / sqrt(10), 1e-9));
    struct ess_statistics wide = ess_statistics_of(values, 10, 0.99);
    struct ess_statistics narrow = ess_statistics_of(values, 10, 0.9);
    CU_ASSERT(wide.low < statistics.low && narrow.low > statistics.low);
}

static void one_value_has_no_interval(void) {
    double value = 42;
    struct ess_statistics statistics = ess_statistics_of(&value, 1, 0.95);
    CU_ASSERT_EQUAL(statistics.mean, 42);
    CU_ASSERT_EQUAL(statistics.count, 1);
    CU_ASSERT(!statistics.has_interval);
    CU_ASSERT(isnan(statistics.low) && isnan(statistics.high) && isnan(statistics.deviation));
    CU_ASSERT(isnan(statistics.half_width));
}

static void undefined_values_are_left_out(void) {
    double values[] = {NAN, 2, NAN, 4, NAN};
    struct ess_statistics statistics = ess_statistics_of(values, 5, 0.95);
    CU_ASSERT_EQUAL(statistics.count, 2);
    CU_ASSERT_EQUAL(statistics.mean, 3);
    CU_ASSERT(near(statistics.high, 3 + 12.706204736, 1e-9));
    double none[] = {NAN, NAN};
    struct ess_statistics empty = ess_statistics_of(none, 2, 0.95);
    CU_ASSERT_EQUAL(empty.count, 0);
    CU_ASSERT(isnan(empty.mean) && !empty.has_interval);
    CU_ASSERT_EQUAL(ess_statistics_of(NULL, 0, 0.95).count, 0);
}

static void equal_values_have_an_interval_of_width_zero(void) {
    double values[] = {0.1, 0.1, 0.1};
    struct ess_statistics statistics = ess_statistics_of(values, 3, 0.95);
    CU_ASSERT(statistics.has_interval);
    CU_ASSERT_EQUAL(statistics.mean, 0.1);
    CU_ASSERT_EQUAL(statistics.low, statistics.high);
}

static void sums_do_not_cancel(void) {
    double values[] = {1e16, 1, -1e16};
    CU_ASSERT_EQUAL(ess_statistics_of(values, 3, 0.95).mean, 1.0 / 3);
    double shifted[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
    CU_ASSERT(near(ess_statistics_of(shifted, 4, 0.95).deviation, sqrt(30), 1e-12));
}

static void overflow_gives_no_interval(void) {
    double values[] = {1e308, 1e308, -1e308, 1.7e308};
    CU_ASSERT(!ess_statistics_of(values, 4, 0.95).has_interval);
}

static void paired_difference_has_its_closed_form(void) {
    double values[] = {1, 2, 3, 4, NAN, 7};
    double reference[] = {0, 0, 2, 3, 9, NAN};
    struct ess_paired paired = ess_paired_of(values, reference, 6, 0.95);
    CU_ASSERT_EQUAL(paired.difference.count, 4);
    CU_ASSERT_EQUAL(paired.difference.mean, 1.25);
    CU_ASSERT_EQUAL(paired.difference.deviation, 0.5);
    CU_ASSERT_EQUAL(paired.reference_mean, 1.25);
    CU_ASSERT(near(paired.difference.half_width, 3.182446305 * 0.25, 1e-9));
    CU_ASSERT(paired.significant);
}

/* Worlds that differ far more than the variants do: pairing sees the difference, two intervals
 * do not. That is what common random numbers are for. */
static void pairing_sees_what_separate_intervals_do_not(void) {
    double values[] = {11, 52.5, 31, 91.5, 70.8};
    double reference[] = {10, 51, 30, 90, 70};
    struct ess_statistics a = ess_statistics_of(values, 5, 0.95);
    struct ess_statistics b = ess_statistics_of(reference, 5, 0.95);
    CU_ASSERT(!ess_intervals_disjoint(&a, &b));
    CU_ASSERT(ess_paired_of(values, reference, 5, 0.95).significant);
    CU_ASSERT(!ess_paired_of(values, values, 5, 0.95).significant);
    CU_ASSERT(!ess_paired_of(values, reference, 1, 0.95).significant);
}

static void touching_intervals_are_not_disjoint(void) {
    struct ess_statistics a = {.low = 1, .high = 2, .has_interval = true};
    struct ess_statistics b = {.low = 2, .high = 3, .has_interval = true};
    struct ess_statistics c = {.low = 2.5, .high = 3, .has_interval = true};
    struct ess_statistics none = {.low = NAN, .high = NAN};
    CU_ASSERT(!ess_intervals_disjoint(&a, &b));
    CU_ASSERT(ess_intervals_disjoint(&a, &c));
    CU_ASSERT(ess_intervals_disjoint(&c, &a));
    CU_ASSERT(!ess_intervals_disjoint(&a, &none));
}

/* Uniform numbers by a multiplicative generator; twelve of them summed are close to normal. */
static double uniform(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static void intervals_cover_as_often_as_they_claim(void) {
    uint64_t state = 7;
    int covered = 0;
    const int trials = 20000;
    for (int t = 0; t < trials; t++) {
        double values[8];
        for (int i = 0; i < 8; i++) {
            values[i] = 94;
            for (int k = 0; k < 12; k++) {
                values[i] += uniform(&state);
            }
        }
        struct ess_statistics statistics = ess_statistics_of(values, 8, 0.95);
        covered += statistics.low <= 100 && 100 <= statistics.high;
    }
    ess_test_note(
        "95 %% intervals of 8 values cover the mean in %d of %d samples", covered, trials);
    /* Six standard errors of a share of 0.95 are 0.9 %. */
    CU_ASSERT(abs(covered - trials * 95 / 100) < trials * 9 / 1000);
}

static void equal_input_gives_equal_bits(void) {
    uint64_t state = 3;
    double values[100];
    for (int i = 0; i < 100; i++) {
        values[i] = uniform(&state) * 1e6;
    }
    struct ess_statistics first = ess_statistics_of(values, 100, 0.95);
    struct ess_statistics again = ess_statistics_of(values, 100, 0.95);
    CU_ASSERT_EQUAL(memcmp(&first.mean, &again.mean, sizeof first.mean), 0);
    CU_ASSERT_EQUAL(memcmp(&first.low, &again.low, sizeof first.low), 0);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"quantiles agree with tables and closed forms", quantiles_agree_with_tables},
        {"mean, deviation, interval of 1..10", one_to_ten},
        {"one value has no interval", one_value_has_no_interval},
        {"undefined values are left out", undefined_values_are_left_out},
        {"equal values: an interval of width zero", equal_values_have_an_interval_of_width_zero},
        {"sums do not cancel", sums_do_not_cancel},
        {"overflow gives no interval", overflow_gives_no_interval},
        {"a paired difference has its closed form", paired_difference_has_its_closed_form},
        {"pairing sees what separate intervals do not",
            pairing_sees_what_separate_intervals_do_not},
        {"touching intervals are not disjoint", touching_intervals_are_not_disjoint},
        {"intervals cover as often as they claim", intervals_cover_as_often_as_they_claim},
        {"equal input gives equal bits", equal_input_gives_equal_bits},
        {NULL, NULL},
    };
    return ess_test_main("statistics", tests);
}
