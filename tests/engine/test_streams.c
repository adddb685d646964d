/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ess_test.h"
#include "sim/engine/streams.h"
#include <gsl/gsl_randist.h>
#include <math.h>

static void wrapped_draws_equal_direct_ones(void) {
    struct ess_random direct, wrapped;
    ess_random_init(&direct, 3, 4, "wrap");
    ess_random_init(&wrapped, 3, 4, "wrap");
    gsl_rng generator = ess_stream_generator(&wrapped);
    CU_ASSERT_STRING_EQUAL(gsl_rng_name(&generator), "philox4x32-10");
    CU_ASSERT_EQUAL(gsl_rng_min(&generator), 0);
    CU_ASSERT_EQUAL(gsl_rng_max(&generator), UINT32_MAX);
    for (int i = 0; i < 10000; i++) {
        CU_ASSERT_EQUAL(gsl_rng_get(&generator), ess_random_u32(&direct));
        CU_ASSERT_EQUAL(gsl_rng_uniform(&generator), ess_random_unit(&direct));
    }
}

/* GSL's exponential is -mean * log1p(-unit): one unit draw each, nothing lost between. */
static void distributions_draw_from_the_stream(void) {
    struct ess_random direct, wrapped;
    ess_random_init(&direct, 3, 4, "life");
    ess_random_init(&wrapped, 3, 4, "life");
    gsl_rng generator = ess_stream_generator(&wrapped);
    for (int i = 0; i < 10000; i++) {
        double expected = -2.5 * log1p(-ess_random_unit(&direct));
        CU_ASSERT_EQUAL(gsl_ran_exponential(&generator, 2.5), expected);
    }
    CU_ASSERT_EQUAL(ess_random_u64(&direct), ess_random_u64(&wrapped));
}

static void works_as_a_type_of_gsl(void) {
    gsl_rng *generator = gsl_rng_alloc(ess_stream_type());
    CU_ASSERT_EQUAL(gsl_rng_size(generator), sizeof(struct ess_random));
    gsl_rng_set(generator, 42);
    struct ess_random direct;
    ess_random_init(&direct, 42, 0, "gsl");
    for (int i = 0; i < 7; i++) {
        CU_ASSERT_EQUAL(gsl_rng_get(generator), ess_random_u32(&direct));
    }
    gsl_rng *clone = gsl_rng_clone(generator);
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(gsl_rng_get(clone), gsl_rng_get(generator));
    }
    gsl_rng_free(clone);
    gsl_rng_free(generator);
}

/* Draws of one host, alone and among others that draw in between, through GSL. */
static void streams_are_independent_of_each_other(void) {
    struct ess_random alone, mine, other;
    ess_random_init(&alone, 9, 1, "up time");
    ess_random_init(&mine, 9, 1, "up time");
    ess_random_init(&other, 9, 2, "up time");
    gsl_rng alone_generator = ess_stream_generator(&alone);
    gsl_rng my_generator = ess_stream_generator(&mine);
    gsl_rng other_generator = ess_stream_generator(&other);
    for (int i = 0; i < 1000; i++) {
        gsl_ran_weibull(&other_generator, 1, 0.5);
        CU_ASSERT_EQUAL(gsl_ran_gaussian(&my_generator, 1), gsl_ran_gaussian(&alone_generator, 1));
    }
}

/* Neighbouring entities, purposes and seeds: no correlation beyond chance. */
static void neighbours_are_uncorrelated(void) {
    enum { STREAMS = 64, DRAWS = 4096 };
    struct ess_random streams[STREAMS];
    for (uint64_t i = 0; i < STREAMS; i++) {
        ess_random_init(&streams[i], i % 2, i / 2 % 16, i < 32 ? "a" : "b");
    }
    static double sums[STREAMS][STREAMS];
    for (int draw = 0; draw < DRAWS; draw++) {
        double units[STREAMS];
        for (int i = 0; i < STREAMS; i++) {
            units[i] = ess_random_unit(&streams[i]) - 0.5;
            for (int j = 0; j < i; j++) {
                sums[i][j] += units[i] * units[j];
            }
        }
    }
    double worst = 0;
    for (int i = 0; i < STREAMS; i++) {
        for (int j = 0; j < i; j++) {
            worst = fmax(worst, fabs(sums[i][j]) * 12 / sqrt(DRAWS));
        }
    }
    /* 2,016 pairs: five standard errors are passed by chance in one of 900 seeds. */
    CU_ASSERT(worst < 5);
    ess_test_note("2,016 pairs, largest correlation %.2f standard errors", worst);
}

static void durations_are_rounded(void) {
    CU_ASSERT_EQUAL(ess_stream_round_ns(0.49), 0);
    CU_ASSERT_EQUAL(ess_stream_round_ns(0.5), 1);
    CU_ASSERT_EQUAL(ess_stream_round_ns(1e9 + 0.4), 1000000000);
    CU_ASSERT_EQUAL(ess_stream_round_ns(-3), 0);
    CU_ASSERT_EQUAL(ess_stream_round_ns(NAN), 0);
    CU_ASSERT_EQUAL(ess_stream_round_ns(INFINITY), (int64_t)1 << 62);
    CU_ASSERT_EQUAL(ess_stream_round_ns(1e30), (int64_t)1 << 62);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"wrapped draws equal direct ones", wrapped_draws_equal_direct_ones},
        {"distributions draw from the stream", distributions_draw_from_the_stream},
        {"works as a type of GSL", works_as_a_type_of_gsl},
        {"streams are independent of each other", streams_are_independent_of_each_other},
        {"neighbours are uncorrelated", neighbours_are_uncorrelated},
        {"durations are rounded", durations_are_rounded},
        {NULL, NULL},
    };
    return ess_test_main("streams", tests);
}
