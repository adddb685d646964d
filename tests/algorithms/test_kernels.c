/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels against exact arithmetic in double, rounded once, and against the rules of their header.
 */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "ess_test.h"
#include "kernels/reduce.h"

enum { COUNT_MAX = 300 };

static const float specials[] = {0.0F, -0.0F, 1, -1, INFINITY, -INFINITY, NAN, -NAN, 0x1p-149F,
    -0x1p-149F, 0x1p-126F, 3.4028235e38F, -3.4028235e38F, 65504, -65504, 65520, 0x1p-24F, 0.1F};
enum { SPECIALS = sizeof specials / sizeof specials[0] };

static uint32_t one_nan(enum ess_element_kind kind) {
    uint32_t nan = ess_element_types[kind].nan;
    return kind == ESS_ELEMENT_FLOAT32 ? nan << 16 : nan;
}

static uint32_t bits_at(enum ess_element_kind kind, const void *vector, uint32_t index) {
    uint32_t bits = 0;
    uint32_t bytes = ess_element_types[kind].bytes;
    memcpy(&bits, (const uint8_t *)vector + (size_t)index * bytes, bytes);
    return bits;
}

static float value_at(enum ess_element_kind kind, const void *vector, uint32_t index) {
    float value;
    ess_elements_to_float32(
        kind, (const uint8_t *)vector + (size_t)index * ess_element_types[kind].bytes, 1, &value);
    return value;
}

/* `value` rounded once, to the bits of the kind. */
static uint32_t rounded(enum ess_element_kind kind, float value) {
    uint32_t bits = 0;
    if (isnan(value)) {
        return one_nan(kind);
    }
    ess_elements_from_float32(kind, &value, 1, &bits);
    return bits;
}

/* The float16 nearest to a double, found by counting: independent of the conversion under test. */
static uint32_t nearest_half(double value) {
    double magnitude = fabs(value);
    uint32_t sign = signbit(value) ? 0x8000 : 0;
    int exponent;
    if (magnitude >= 65520) {
        return sign | 0x7c00;
    }
    if (magnitude == 0) {
        return sign;
    }
    frexp(magnitude, &exponent);
    exponent = exponent < -13 ? -13 : exponent;
    return sign |
           ((uint32_t)rint(ldexp(magnitude, 11 - exponent)) + ((uint32_t)(exponent + 13) << 10));
}

/* Each of the 65,536 float16 with a few hundred partners: the sum of two is exact in double. */
static void every_half_sum(void) {
    struct ess_random random;
    uint32_t tried = 0;
    static uint16_t a[UINT16_MAX + 1], b[UINT16_MAX + 1], sums[UINT16_MAX + 1];
    ess_random_init(&random, 1, 0, "half sums");
    for (uint32_t trial = 0; trial < 24; trial++) {
        for (uint32_t i = 0; i <= UINT16_MAX; i++) {
            a[i] = (uint16_t)i;
            /* Near ones, opposite ones, and any. */
            b[i] = trial < 4   ? (uint16_t)(i ^ 0x8000 ^ trial)
                   : trial < 8 ? (uint16_t)(i + trial)
                               : (uint16_t)ess_random_u32(&random);
        }
        ess_kernel_sum(ESS_ELEMENT_FLOAT16, a, b, UINT16_MAX + 1, sums);
        for (uint32_t i = 0; i <= UINT16_MAX; i++, tried++) {
            double sum =
                (double)ess_float16_to_float32(a[i]) + (double)ess_float16_to_float32(b[i]);
            uint32_t expected = isnan(sum) ? 0x7e00 : nearest_half(sum);
            ESS_CHECK(sums[i] == expected, "%04x + %04x: %04x instead of %04x", a[i], b[i], sums[i],
                expected);
        }
    }
    ess_test_note("%u sums of float16", tried);
}

static void check_special_pair(enum ess_element_kind kind, const void *a, const void *b,
    const void *sums, const void *maxima, uint32_t i) {
    float x = value_at(kind, a, i), y = value_at(kind, b, i);
    uint32_t maximum = bits_at(kind, maxima, i);
    CU_ASSERT_EQUAL(bits_at(kind, sums, i), rounded(kind, x + y));
    if (isnan(x) || isnan(y)) {
        CU_ASSERT_EQUAL(maximum, one_nan(kind));
    } else if (x == 0 && y == 0) {
        CU_ASSERT_EQUAL(maximum, rounded(kind, signbit(x) && signbit(y) ? -0.0F : 0.0F));
    } else {
        CU_ASSERT_EQUAL(maximum, rounded(kind, x > y ? x : y));
    }
}

/* All pairs of special values in all kinds. */
static void special_pairs(void) {
    float x[SPECIALS * SPECIALS], y[SPECIALS * SPECIALS];
    uint8_t a[sizeof x], b[sizeof x], sums[sizeof x], maxima[sizeof x], swapped[sizeof x];
    const uint32_t count = SPECIALS * SPECIALS;
    for (uint32_t i = 0; i < count; i++) {
        x[i] = specials[i / SPECIALS];
        y[i] = specials[i % SPECIALS];
    }
    for (uint32_t k = 0; k < ESS_ELEMENT_KIND_COUNT; k++) {
        enum ess_element_kind kind = (enum ess_element_kind)k;
        size_t size = (size_t)count * ess_element_types[k].bytes;
        ess_elements_from_float32(kind, x, count, a);
        ess_elements_from_float32(kind, y, count, b);
        ess_kernel_sum(kind, a, b, count, sums);
        ess_kernel_max(kind, a, b, count, maxima);
        for (uint32_t i = 0; i < count; i++) {
            check_special_pair(kind, a, b, sums, maxima, i);
        }
        ess_kernel_sum(kind, b, a, count, swapped);
        CU_ASSERT(memcmp(sums, swapped, size) == 0);
        ess_kernel_max(kind, b, a, count, swapped);
        CU_ASSERT(memcmp(maxima, swapped, size) == 0);
    }
    ess_test_note("%u pairs in %d kinds, both ways round", count, ESS_ELEMENT_KIND_COUNT);
}

/* maximum is associative to the bit, also over NaN and zeros. */
static void maximum_in_any_order(void) {
    uint32_t tried = 0;
    for (uint32_t i = 0; i < SPECIALS * SPECIALS * SPECIALS; i++, tried++) {
        float a = specials[i % SPECIALS], b = specials[i / SPECIALS % SPECIALS];
        float c = specials[i / SPECIALS / SPECIALS];
        float left, right;
        ess_kernel_max(ESS_ELEMENT_FLOAT32, &a, &b, 1, &left);
        ess_kernel_max(ESS_ELEMENT_FLOAT32, &left, &c, 1, &left);
        ess_kernel_max(ESS_ELEMENT_FLOAT32, &b, &c, 1, &right);
        ess_kernel_max(ESS_ELEMENT_FLOAT32, &a, &right, 1, &right);
        CU_ASSERT(memcmp(&left, &right, sizeof left) == 0);
    }
    ess_test_note("%u triples", tried);
}

static void averages(void) {
    static const uint32_t divisors[] = {1, 2, 3, 7, 8, 1000, 1u << 24, UINT32_MAX};
    uint8_t from[sizeof specials], to[sizeof specials];
    for (uint32_t k = 0; k < ESS_ELEMENT_KIND_COUNT; k++) {
        enum ess_element_kind kind = (enum ess_element_kind)k;
        ess_elements_from_float32(kind, specials, SPECIALS, from);
        for (uint32_t d = 0; d < sizeof divisors / sizeof divisors[0]; d++) {
            ess_kernel_average(kind, from, SPECIALS, divisors[d], to);
            for (uint32_t i = 0; i < SPECIALS; i++) {
                float quotient = value_at(kind, from, i) / (float)divisors[d];
                CU_ASSERT_EQUAL(bits_at(kind, to, i), rounded(kind, quotient));
            }
        }
    }
}

static void run(uint32_t which, enum ess_element_kind kind, const void *a, const void *b,
    uint32_t count, void *to) {
    if (which == 0) {
        ess_kernel_sum(kind, a, b, count, to);
    } else if (which == 1) {
        ess_kernel_max(kind, a, b, count, to);
    } else if (which == 2) {
        ess_kernel_average(kind, a, count, 3, to);
    } else {
        ess_kernel_copy(kind, a, count, to);
    }
}

/* Any count around the blocks, any alignment, in place on either operand: the same bytes as one
 * element at a time, and not one beside. */
static void counts_and_places(void) {
    static uint8_t a[COUNT_MAX * 4 + 16], b[sizeof a], to[sizeof a], single[sizeof a];
    static const uint32_t counts[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, COUNT_MAX};
    struct ess_random random;
    uint32_t tried = 0;
    ess_random_init(&random, 1, 0, "places");
    for (uint32_t i = 0; i < 4 * ESS_ELEMENT_KIND_COUNT * 10 * 8; i++, tried++) {
        uint32_t which = i % 4, count = counts[i / 12 % 10], shift = i / 120 % 8;
        enum ess_element_kind kind = (enum ess_element_kind)(i / 4 % ESS_ELEMENT_KIND_COUNT);
        uint32_t bytes = ess_element_types[kind].bytes;
        for (size_t j = 0; j < sizeof a; j++) {
            a[j] = (uint8_t)ess_random_u32(&random);
            b[j] = (uint8_t)ess_random_u32(&random);
        }
        memset(to, 0xee, sizeof to);
        memset(single, 0xee, sizeof single);
        for (uint32_t j = 0; j < count; j++) {
            size_t offset = (size_t)j * bytes;
            run(which, kind, a + 1 + offset, b + 3 + offset, 1, single + shift + offset);
        }
        run(which, kind, a + 1, b + 3, count, to + shift);
        CU_ASSERT_FATAL(memcmp(to, single, sizeof to) == 0);
        if (which < 2) {
            run(which, kind, a + 1, b + 3, count, b + 3);
            CU_ASSERT_FATAL(memcmp(b + 3, to + shift, (size_t)count * bytes) == 0);
        } else {
            run(which, kind, a + 1, b + 3, count, a + 1);
            CU_ASSERT_FATAL(memcmp(a + 1, to + shift, (size_t)count * bytes) == 0);
        }
    }
    ess_test_note("%u vectors of random bytes", tried);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"sums of every float16 are the correctly rounded ones", every_half_sum},
        {"sum and maximum of all pairs of special values", special_pairs},
        {"maximum is the same in any order", maximum_in_any_order},
        {"averages are one division, rounded once", averages},
        {"any count, alignment and place", counts_and_places},
        {NULL, NULL},
    };
    return ess_test_main("kernels", tests);
}
