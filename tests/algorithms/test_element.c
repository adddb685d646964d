/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conversions against a reference that knows only the definition of the formats: a value is
 * significand x 2^exponent, in double, and the nearest one is found by rint() of the scaled value.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/random.h"
#include "ess_test.h"
#include "kernels/element.h"

/* What distinguishes the two 16-bit formats. */
struct format {
    const char *name;
    enum ess_element_kind kind;
    int fraction_bits, exponent_bits;
    float (*widen)(uint16_t);
    uint16_t (*narrow)(float);
};

static const struct format formats[] = {
    {"float16", ESS_ELEMENT_FLOAT16, 10, 5, ess_float16_to_float32, ess_float32_to_float16},
    {"bfloat16", ESS_ELEMENT_BFLOAT16, 7, 8, ess_bfloat16_to_float32, ess_float32_to_bfloat16},
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

static int bias(const struct format *format) {
    return (1 << (format->exponent_bits - 1)) - 1;
}

/* Value of a magnitude below infinity. */
static double value_of(const struct format *format, uint32_t magnitude) {
    uint32_t exponent = magnitude >> format->fraction_bits;
    uint32_t fraction = magnitude & ((1u << format->fraction_bits) - 1);
    if (exponent == 0) {
        return ldexp(fraction, 1 - bias(format) - format->fraction_bits);
    }
    return ldexp(fraction + (1u << format->fraction_bits),
        (int)exponent - bias(format) - format->fraction_bits);
}

static uint32_t infinity_of(const struct format *format) {
    return ((1u << format->exponent_bits) - 1) << format->fraction_bits;
}

/* Magnitude nearest to a finite x >= 0. */
static uint32_t nearest(const struct format *format, double x) {
    int exponent, lowest = 2 - bias(format);
    uint32_t significand;
    if (x == 0) {
        return 0;
    }
    frexp(x, &exponent); /* x = f x 2^exponent, 1/2 <= f < 1 */
    exponent = exponent < lowest ? lowest : exponent;
    significand = (uint32_t)rint(ldexp(x, format->fraction_bits + 1 - exponent));
    significand += (uint32_t)(exponent - lowest) << format->fraction_bits;
    return significand < infinity_of(format) ? significand : infinity_of(format);
}

static uint16_t reference_narrow(const struct format *format, float value) {
    uint32_t sign = signbit(value) ? 0x8000 : 0;
    uint32_t bits;
    if (isnan(value)) {
        memcpy(&bits, &value, sizeof bits);
        bits = (bits & 0x7fffff) >> (23 - format->fraction_bits);
        return (uint16_t)(sign | infinity_of(format) | bits | 1u << (format->fraction_bits - 1));
    }
    if (isinf(value)) {
        return (uint16_t)(sign | infinity_of(format));
    }
    return (uint16_t)(sign | nearest(format, fabs((double)value)));
}

/* All 65,536 patterns of each format: the value is right, and comes back as the same pattern (a
 * signalling NaN as a quiet one). */
static void every_pattern(void) {
    uint32_t nans = 0, patterns = 0;
    for (uint32_t f = 0; f < FORMATS; f++) {
        const struct format *format = &formats[f];
        uint32_t quiet = 1u << (format->fraction_bits - 1);
        for (uint32_t bits = 0; bits <= UINT16_MAX; bits++, patterns++) {
            uint32_t magnitude = bits & 0x7fff;
            float value = format->widen((uint16_t)bits);
            uint16_t back = format->narrow(value);
            bool is_nan = magnitude > infinity_of(format);
            nans += is_nan;
            CU_ASSERT_FATAL((signbit(value) != 0) == (bits >= 0x8000));
            if (is_nan) {
                CU_ASSERT_FATAL(isnan(value) && back == (bits | quiet));
                continue;
            }
            CU_ASSERT_FATAL(back == bits);
            CU_ASSERT_FATAL(magnitude == infinity_of(format)
                                ? isinf(value) != 0
                                : fabs((double)value) == value_of(format, magnitude));
        }
    }
    ess_test_note("%u patterns, %u of them NaN", patterns, nans);
}

/* Between each two neighbours: the middle goes to the even one, the float32 beside it to the nearer
 * one. The last neighbour is infinity. */
static void ties(void) {
    uint32_t tried = 0;
    for (uint32_t f = 0; f < FORMATS; f++) {
        const struct format *format = &formats[f];
        for (uint32_t low = 0; low < infinity_of(format); low++, tried += 6) {
            /* The pattern of infinity, read as a number, is what would come next. */
            double middle = (value_of(format, low) + value_of(format, low + 1)) / 2;
            uint16_t even = (uint16_t)(low + (low & 1));
            float tie = (float)middle;
            CU_ASSERT_FATAL((double)tie == middle);
            for (uint32_t sign = 0; sign <= 0x8000; sign += 0x8000) {
                float s = sign ? -1 : 1;
                CU_ASSERT_FATAL(format->narrow(s * tie) == (even | sign));
                CU_ASSERT_FATAL(format->narrow(s * nextafterf(tie, 0)) == (low | sign));
                CU_ASSERT_FATAL(
                    format->narrow(s * nextafterf(tie, INFINITY)) == ((low + 1) | sign));
            }
        }
    }
    ess_test_note("%u roundings beside and on ties", tried);
}

/* Random float32 of all kinds, NaN and subnormal ones among them. */
static void random_patterns(void) {
    struct ess_random random;
    const uint32_t tried = 400000;
    ess_random_init(&random, 1, 0, "element");
    for (uint32_t i = 0; i < tried; i++) {
        uint32_t bits = ess_random_u32(&random);
        float value;
        if (i % 2) { /* the exponents that a float16 has, and some beside */
            bits = (bits & 0x807fffff) | (uint32_t)(100 + ess_random_below(&random, 48)) << 23;
        }
        memcpy(&value, &bits, sizeof value);
        for (uint32_t f = 0; f < FORMATS; f++) {
            uint16_t ours = formats[f].narrow(value);
            uint16_t theirs = reference_narrow(&formats[f], value);
            ESS_CHECK(ours == theirs, "%s of %08x: %04x instead of %04x", formats[f].name, bits,
                ours, theirs);
        }
    }
    ess_test_note("%u float32 each to %d formats", tried, FORMATS);
}

static void check_values(void) {
    CU_ASSERT_EQUAL(ess_float32_to_float16(1), 0x3c00);
    CU_ASSERT_EQUAL(ess_float32_to_bfloat16(1), 0x3f80);
    CU_ASSERT_EQUAL(ess_float32_to_float16(65504), 0x7bff);
    CU_ASSERT_EQUAL(ess_float32_to_float16(nextafterf(65520, 0)), 0x7bff);
    CU_ASSERT_EQUAL(ess_float32_to_float16(65520), 0x7c00);
    CU_ASSERT_EQUAL(ess_float32_to_float16(-0x1p-25F), 0x8000);
    CU_ASSERT_EQUAL(ess_float32_to_float16(nextafterf(0x1p-25F, 1)), 0x0001);
    CU_ASSERT_EQUAL(ess_float32_to_float16(-0.0F), 0x8000);
    CU_ASSERT_EQUAL(ess_float32_to_bfloat16(3.4028235e38F), 0x7f80);
    CU_ASSERT_EQUAL(ess_float32_to_bfloat16(0x1p-149F), 0x0000);
}

/* Whole vectors, from and to every alignment. */
static void vectors(void) {
    enum { COUNT = 37 };
    uint8_t bytes[COUNT * 4 + 8], back[COUNT * 4 + 8];
    float values[COUNT];
    for (uint32_t kind = 0; kind < ESS_ELEMENT_KIND_COUNT; kind++) {
        uint32_t size = ess_element_types[kind].bytes * COUNT;
        for (uint32_t shift = 0; shift < 8; shift++) {
            memset(bytes, 0xee, sizeof bytes);
            memset(back, 0xee, sizeof back);
            for (uint32_t i = 0; i < COUNT; i++) {
                values[i] = (float)i * 0.375F - 3;
            }
            ess_elements_from_float32((enum ess_element_kind)kind, values, COUNT, bytes + shift);
            memset(values, 0, sizeof values);
            ess_elements_to_float32((enum ess_element_kind)kind, bytes + shift, COUNT, values);
            for (uint32_t i = 0; i < COUNT; i++) {
                CU_ASSERT_EQUAL(values[i], (float)i * 0.375F - 3);
            }
            ess_elements_from_float32((enum ess_element_kind)kind, values, COUNT, back + shift);
            CU_ASSERT(memcmp(bytes, back, sizeof bytes) == 0);
            CU_ASSERT(bytes[shift + size] == 0xee);
            CU_ASSERT(shift == 0 || bytes[shift - 1] == 0xee);
        }
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"every 16-bit pattern has the value that its format defines", every_pattern},
        {"ties go to the even neighbour, all else to the nearer one", ties},
        {"random float32 against a reference in double", random_patterns},
        {"known values", check_values},
        {"vectors at every alignment", vectors},
        {NULL, NULL},
    };
    return ess_test_main("element", tests);
}
