/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integer shares: exact sums, the butterfly's minimax against a search for the level. */
#include <math.h>

#include "base/random.h"
#include "ess_test.h"
#include "routing/shares.h"

enum { COUNT_MAX = 300 };

static uint64_t sum_of(const uint32_t *shares, uint32_t count) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += shares[i];
    }
    return sum;
}

static void sums_are_exact(void) {
    struct ess_random random;
    uint32_t trials = 3000;
    double worst = 0;
    ess_random_init(&random, 1, 0, "shares");
    for (uint32_t trial = 0; trial < trials; trial++) {
        uint32_t count = 1 + (uint32_t)ess_random_below(&random, COUNT_MAX), shares[COUNT_MAX];
        double weights[COUNT_MAX], total = 0, scale = trial % 5 == 0 ? 1e-300 : 1e8;
        uint64_t keys[COUNT_MAX];
        for (uint32_t i = 0; i < count; i++) {
            double drawn = ess_random_unit(&random);
            weights[i] = trial % 3 == 0 ? drawn : drawn * drawn * drawn * drawn * 1e6;
            weights[i] = ess_random_below(&random, 10) == 0 ? 0 : weights[i] * scale;
            total += weights[i];
        }
        ess_shares_round(weights, count, shares, keys);
        ESS_CHECK(sum_of(shares, count) == ESS_SHARE_WHOLE, "trial %u: %llu", trial,
            (unsigned long long)sum_of(shares, count));
        for (uint32_t i = 0; total > 0 && i < count; i++) {
            double off = fabs(shares[i] - weights[i] / total * ESS_SHARE_WHOLE);
            worst = off > worst ? off : worst;
            ESS_CHECK(off < 1 + 1e-6, "trial %u: share %u is off by %g", trial, i, off);
        }
    }
    ess_test_note("%u lists, largest rounding %.3f of a share", trials, worst);
}

static void ties_go_to_the_lower_index(void) {
    static const double three[3] = {1, 1, 1}, none[3] = {0, 0, 0};
    uint32_t shares[3];
    uint64_t keys[3];
    ess_shares_round(three, 3, shares, keys);
    CU_ASSERT_EQUAL(shares[0], 349526);
    CU_ASSERT_EQUAL(shares[1], 349525);
    CU_ASSERT_EQUAL(shares[2], 349525);
    ess_shares_round(none, 3, shares, keys);
    CU_ASSERT_EQUAL(shares[0], 349526);
    ess_shares_round(three, 1, shares, keys);
    CU_ASSERT_EQUAL(shares[0], ESS_SHARE_WHOLE);
}

/* The least level by bisection: the sum of the weights grows with it. */
static double level_by_bisection(const double *rates, uint32_t count) {
    double low = 0, high = 1;
    for (uint32_t i = 0; i < count; i++) {
        high = rates[i] > 0 && count / rates[i] > high ? count / rates[i] : high;
    }
    for (int step = 0; step < 200; step++) {
        double middle = (low + high) / 2, sum = 0;
        for (uint32_t i = 0; i < count; i++) {
            double weight = (middle * rates[i] - 1) / (count - 2.0);
            sum += weight > 0 ? weight : 0;
        }
        *(sum < 1 ? &low : &high) = middle;
    }
    return high;
}

static void butterfly_is_minimax(void) {
    struct ess_random random;
    uint32_t trials = 2000, nothing = 0;
    ess_random_init(&random, 2, 0, "shares");
    for (uint32_t trial = 0; trial < trials; trial++) {
        uint32_t count = 3 + (uint32_t)ess_random_below(&random, 30), shares[COUNT_MAX];
        double rates[COUNT_MAX], weights[COUNT_MAX], level, worst, longest = 0;
        uint64_t keys[COUNT_MAX];
        for (uint32_t i = 0; i < count; i++) {
            double drawn = ess_random_unit(&random);
            rates[i] = trial % 2 ? 1 + 9 * drawn : 0.01 + 10 * drawn * drawn * drawn * drawn;
            rates[i] = ess_random_below(&random, 15) == 0 ? 0 : rates[i];
        }
        rates[0] = 1;
        worst = ess_shares_butterfly(rates, count, shares, weights, keys);
        level = level_by_bisection(rates, count);
        ESS_CHECK(sum_of(shares, count) == ESS_SHARE_WHOLE, "trial %u", trial);
        for (uint32_t i = 0; i < count; i++) {
            double load = 1 + (count - 2.0) * shares[i] / ESS_SHARE_WHOLE;
            double expected = (level * rates[i] - 1) / (count - 2.0);
            nothing += rates[i] > 0 && shares[i] == 0;
            ESS_CHECK(fabs(shares[i] - (expected > 0 ? expected : 0) * ESS_SHARE_WHOLE) < 1.01,
                "trial %u: share %u", trial, i);
            longest = rates[i] > 0 && load / rates[i] > longest ? load / rates[i] : longest;
        }
        ESS_CHECK(fabs(worst / longest - 1) < 1e-2, "trial %u: %g, %g", trial, worst, longest);
    }
    CU_ASSERT(nothing > 0);
    ess_test_note("%u groups of 3 to 32, %u ranks so slow that they serve nobody", trials, nothing);
}

/* Equal rates, equal shares, 2 n (p - 1) / p bytes each way; and a group of two. */
static void butterfly_closed_forms(void) {
    double rates[8] = {4, 4, 4, 4, 4, 4, 4, 4}, weights[8];
    uint32_t shares[8];
    uint64_t keys[8];
    CU_ASSERT_DOUBLE_EQUAL(
        ess_shares_butterfly(rates, 8, shares, weights, keys), 2 * 7 / 8.0 / 4, 1e-12);
    CU_ASSERT_EQUAL(shares[7], ESS_SHARE_WHOLE / 8);
    rates[1] = 2;
    CU_ASSERT_DOUBLE_EQUAL(ess_shares_butterfly(rates, 2, shares, weights, keys), 0.5, 1e-12);
    CU_ASSERT_EQUAL(shares[0] + shares[1], ESS_SHARE_WHOLE);
    CU_ASSERT_EQUAL(shares[1], (ESS_SHARE_WHOLE + 1) / 3);
    ess_shares_butterfly(rates, 1, shares, weights, keys);
    CU_ASSERT_EQUAL(shares[0], ESS_SHARE_WHOLE);
    rates[0] = rates[1] = rates[2] = 0;
    CU_ASSERT_DOUBLE_EQUAL(ess_shares_butterfly(rates, 3, shares, weights, keys), 0, 0);
    CU_ASSERT_EQUAL(sum_of(shares, 3), ESS_SHARE_WHOLE);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"rounded shares sum to 2^20 and are off by less than one", sums_are_exact},
        {"ties go to the lower index", ties_go_to_the_lower_index},
        {"butterfly: closed forms", butterfly_closed_forms},
        {"butterfly: the minimax of a bisection", butterfly_is_minimax},
        {NULL, NULL},
    };
    return ess_test_main("shares", tests);
}
