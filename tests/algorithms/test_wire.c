/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wire precisions on bytes. The conformance part holds for every entry of the registry; the rest
 * knows what float16 and int8_blocks promise. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "ess_test.h"
#include "wire/wire.h"

enum { COUNT_MAX = 1200, BYTES_MAX = 4 * COUNT_MAX + 4 * COUNT_MAX + 16 };

static const struct ess_wire_type *wire_called(const char *name) {
    for (uint32_t i = 0; ess_wire_registry[i]; i++) {
        if (strcmp(ess_wire_registry[i]->name, name) == 0) {
            return ess_wire_registry[i];
        }
    }
    CU_FAIL_FATAL("no such wire precision");
    return NULL;
}

/* Settings with the parameter called `key` set, where there is one. Big enough for all. */
static const void *settings_of(const struct ess_wire_type *wire, const char *key, double value) {
    static uint64_t settings[8];
    CU_ASSERT_FATAL(wire->settings_bytes <= sizeof settings);
    ess_parameters_set_defaults(wire->parameters, settings);
    for (const struct ess_parameter *p = wire->parameters; key && p && p->key; p++) {
        if (strcmp(p->key, key) == 0) {
            ess_parameter_set(p, value, settings);
        }
    }
    return settings;
}

/* Vectors of many shapes: any bits (NaN, infinite, subnormal), one magnitude, wide range, zeros,
 * the ends of the range, numbers of few bits that make ties. */
enum { SHAPES = 8 };
static void draw(uint32_t shape, struct ess_random *random, uint32_t count, float *values) {
    for (uint32_t i = 0; i < count; i++) {
        float unit = (float)(2 * ess_random_unit(random) - 1);
        uint32_t bits = ess_random_u32(random);
        int exponent = (int)ess_random_below(random, 24) - 12;
        switch (shape) {
        case 0:
            memcpy(&values[i], &bits, sizeof bits);
            break;
        case 1:
            values[i] = unit;
            break;
        case 2:
            values[i] = ldexpf(unit, exponent * 10);
            break;
        case 3:
            values[i] = bits % 4 == 0 ? unit : 0.0F * unit;
            break;
        case 4:
            values[i] = unit * 0x1p-140F;
            break;
        case 5:
            values[i] = copysignf(bits % 3 ? 3.4028235e38F : 65504, unit);
            break;
        case 6:
            values[i] = rintf(unit * 512) / 4;
            break;
        default:
            values[i] = bits % 16 == 0   ? NAN
                        : bits % 16 == 1 ? copysignf(INFINITY, unit)
                                         : ldexpf(unit, exponent);
        }
    }
}

struct scene {
    const struct ess_wire_type *wire;
    const void *settings;
    enum ess_element_kind kind;
    uint32_t count;
};

static uint8_t original[BYTES_MAX], coded[BYTES_MAX], once[BYTES_MAX], again[BYTES_MAX];

/* decode(encode()) of `count` elements between guards that must stay. Returns false on a breach. */
static bool round_trip(const struct scene *s, const uint8_t *from, uint8_t *to) {
    uint64_t size = s->wire->encoded_bytes(s->settings, s->kind, s->count);
    size_t bytes = (size_t)s->count * ess_element_types[s->kind].bytes;
    memset(coded, 0xee, sizeof coded);
    memset(to, 0xee, BYTES_MAX);
    s->wire->encode(s->settings, s->kind, from, s->count, coded + 3);
    for (size_t i = 0; i < sizeof coded; i++) {
        if ((i < 3 || i >= size + 3) && coded[i] != 0xee) {
            return false;
        }
    }
    return s->wire->decode(s->settings, s->kind, coded + 3, size, s->count, to) &&
           to[bytes] == 0xee &&
           !s->wire->decode(s->settings, s->kind, coded + 3, size + 1, s->count, again) &&
           (size == 0 ||
               !s->wire->decode(s->settings, s->kind, coded + 3, size - 1, s->count, again));
}

/* Every precision, kind, shape and a spread of counts: sizes are kept, what is rounded stays, and
 * a second peer that encodes what the first one decoded sends the same bytes. */
static void conformance(void) {
    static const uint32_t counts[] = {0, 1, 2, 255, 256, 257, 511, 512, 513, COUNT_MAX};
    static float values[COUNT_MAX];
    static uint8_t coded_before[BYTES_MAX];
    struct ess_random random;
    uint32_t tried = 0;
    ess_random_init(&random, 1, 0, "wire");
    for (uint32_t i = 0; ess_wire_registry[i]; i++) {
        for (uint32_t trial = 0; trial < SHAPES * 10 * ESS_ELEMENT_KIND_COUNT * 4; trial++) {
            static const double blocks[] = {256, 1, 7, 64};
            struct scene s = {ess_wire_registry[i], NULL,
                (enum ess_element_kind)(trial % ESS_ELEMENT_KIND_COUNT),
                counts[trial / ESS_ELEMENT_KIND_COUNT % 10]};
            size_t bytes = (size_t)s.count * ess_element_types[s.kind].bytes;
            s.settings = settings_of(s.wire, "block", blocks[trial / 240]);
            draw(trial / 30 % SHAPES, &random, s.count, values);
            ess_elements_from_float32(s.kind, values, s.count, original);
            ESS_CHECK(round_trip(&s, original, once), "%s, %u elements", s.wire->name, s.count);
            CU_ASSERT(round_trip(&s, once, again));
            ESS_CHECK(memcmp(once, again, bytes) == 0, "%s: rounds what is rounded, trial %u",
                s.wire->name, trial);
            /* From the second time on the bytes are the same too. */
            memcpy(coded_before, coded, sizeof coded);
            CU_ASSERT(round_trip(&s, again, once));
            CU_ASSERT(memcmp(coded_before, coded, sizeof coded) == 0);
            tried++;
        }
    }
    ess_test_note("%u vectors, each rounded three times", tried);
}

static void descriptors(void) {
    for (uint32_t i = 0; ess_wire_registry[i]; i++) {
        const struct ess_wire_type *wire = ess_wire_registry[i];
        CU_ASSERT(wire->name && wire->summary && wire->source);
        CU_ASSERT(wire->encoded_bytes && wire->encode && wire->decode);
        CU_ASSERT((wire->parameters != NULL) == (wire->settings_bytes > 0));
        for (uint32_t j = 0; j < i; j++) {
            CU_ASSERT(strcmp(wire->name, ess_wire_registry[j]->name) != 0);
        }
    }
}

static void sizes(void) {
    const struct ess_wire_type *int8 = wire_called("int8_blocks");
    uint32_t tried = 0;
    for (uint64_t count = 0; count < 2000; count += 7) {
        for (uint64_t block = 1; block <= 4096; block = block * 3 + 1, tried++) {
            const void *settings = settings_of(int8, "block", (double)block);
            uint64_t blocks = 0;
            for (uint64_t at = 0; at < count; at += block) {
                blocks++;
            }
            CU_ASSERT_EQUAL(
                int8->encoded_bytes(settings, ESS_ELEMENT_FLOAT32, count), count + 4 * blocks);
        }
        CU_ASSERT_EQUAL(
            wire_called("float16")->encoded_bytes(NULL, ESS_ELEMENT_FLOAT32, count), 2 * count);
        CU_ASSERT_EQUAL(
            wire_called("exact")->encoded_bytes(NULL, ESS_ELEMENT_FLOAT32, count), 4 * count);
    }
    ess_test_note("%u sizes", tried);
}

/* |x - x'| is at most half of the block's scale, and that at most m / 127.5; zeros come back as
 * zero, what is no number as NaN. Finds the scale in the bytes. Returns the worst error in scales,
 * or a negative number on a breach. */
static double worst_of_block(
    const uint8_t *block, const float *values, uint32_t count, const float *back) {
    double largest = 0, worst = 0, scale;
    float stored;
    memcpy(&stored, block, sizeof stored);
    scale = (double)stored;
    for (uint32_t i = 0; i < count; i++) {
        double error = fabs((double)values[i] - (double)back[i]) / scale;
        if (!isfinite(values[i])) {
            if (!isnan(back[i])) {
                return -1;
            }
            continue;
        }
        largest = fmax(largest, fabs((double)values[i]));
        worst = fmax(worst, error);
        if (values[i] == 0 && (back[i] != 0 || signbit(back[i]))) {
            return -2;
        }
    }
    return scale / 2 <= largest / 127.5 || stored == 0x1p-149F ? worst : -3;
}

static void int8_errors(void) {
    static float values[COUNT_MAX], back[COUNT_MAX];
    struct ess_random random;
    double worst = 0;
    uint32_t blocks = 0;
    ess_random_init(&random, 2, 0, "wire");
    for (uint32_t trial = 0; trial < 40 * SHAPES * ESS_ELEMENT_KIND_COUNT; trial++) {
        uint32_t block = 1 + (uint32_t)ess_random_below(&random, 300);
        struct scene s = {wire_called("int8_blocks"), NULL,
            (enum ess_element_kind)(trial % ESS_ELEMENT_KIND_COUNT),
            (uint32_t)ess_random_below(&random, COUNT_MAX)};
        const uint8_t *at = coded + 3;
        s.settings = settings_of(s.wire, "block", block);
        draw(trial % SHAPES, &random, s.count, values);
        ess_elements_from_float32(s.kind, values, s.count, original);
        ess_elements_to_float32(s.kind, original, s.count, values);
        CU_ASSERT_FATAL(round_trip(&s, original, once));
        ess_elements_to_float32(s.kind, once, s.count, back);
        for (uint32_t done = 0; done < s.count; done += block, blocks++) {
            uint32_t now = s.count - done < block ? s.count - done : block;
            double error = worst_of_block(at, values + done, now, back + done);
            ESS_CHECK(error >= 0 && error <= 0.5, "trial %u, block at %u: %g", trial, done, error);
            worst = fmax(worst, error);
            at += 4 + now;
        }
    }
    ess_test_note("%u blocks, worst error %.6f of the scale", blocks, worst);
}

/* The bytes themselves, by hand. */
static void int8_bytes(void) {
    const struct ess_wire_type *int8 = wire_called("int8_blocks");
    const void *settings = settings_of(int8, "block", 3);
    static const float values[] = {1, 0.25F, -1, INFINITY, 127.5F, -0.0F, 0x1p-149F};
    static const uint8_t expected[] = {
        0, 0, 0x80, 0x3c, 64, 16, 0xc0, /* scale 2^-6 = 0x3c800000 */
        0, 0, 0, 0x40, 0x80, 64, 0,     /* scale 2 (127.5 itself is too much for 1): 63.75 */
        1, 0, 0, 0, 1,                  /* the least scale */
    };
    uint8_t bytes[sizeof expected];
    float back[7];
    CU_ASSERT_EQUAL(int8->encoded_bytes(settings, ESS_ELEMENT_FLOAT32, 7), sizeof bytes);
    int8->encode(settings, ESS_ELEMENT_FLOAT32, values, 7, bytes);
    CU_ASSERT(memcmp(bytes, expected, sizeof bytes) == 0);
    CU_ASSERT(int8->decode(settings, ESS_ELEMENT_FLOAT32, bytes, sizeof bytes, 7, back));
    CU_ASSERT(back[0] == 1 && back[1] == 0.25F && back[2] == -1 && isnan(back[3]));
    CU_ASSERT(back[4] == 128 && back[5] == 0 && !signbit(back[5]) && back[6] == 0x1p-149F);
}

/* 0, negative, infinite, NaN, 3, and a subnormal number of two bits are no scales: refused, and
 * nothing written, wherever in the vector they stand. */
static void int8_refuses(void) {
    static const uint32_t bad[] = {
        0, 0xbf800000, 0x7f800000, 0x7fc00000, 0x40400000, 3, 0x80000000, 0x80000001};
    const struct ess_wire_type *int8 = wire_called("int8_blocks");
    const void *settings = settings_of(int8, "block", 4);
    float values[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, back[10];
    uint8_t bytes[22];
    CU_ASSERT_EQUAL_FATAL(int8->encoded_bytes(settings, ESS_ELEMENT_FLOAT32, 10), sizeof bytes);
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (uint32_t block = 0; block < 3; block++) {
            memset(back, 0xee, sizeof back);
            int8->encode(settings, ESS_ELEMENT_FLOAT32, values, 10, bytes);
            memcpy(bytes + (size_t)block * 8, &bad[i], 4);
            CU_ASSERT(!int8->decode(settings, ESS_ELEMENT_FLOAT32, bytes, sizeof bytes, 10, back));
            for (size_t j = 0; j < sizeof back; j++) {
                CU_ASSERT_EQUAL(((const uint8_t *)back)[j], 0xee);
            }
        }
    }
}

static void float16_errors(void) {
    static float values[COUNT_MAX], back[COUNT_MAX];
    struct ess_random random;
    double worst = 0;
    uint32_t tried = 0;
    struct scene s = {wire_called("float16"), NULL, ESS_ELEMENT_FLOAT32, COUNT_MAX};
    float third = 1.0F / 3;
    ess_random_init(&random, 3, 0, "wire");
    for (uint32_t trial = 0; trial < 10 * SHAPES; trial++) {
        draw(trial % SHAPES, &random, s.count, values);
        CU_ASSERT_FATAL(round_trip(&s, (const uint8_t *)values, once));
        memcpy(back, once, sizeof back);
        for (uint32_t i = 0; i < s.count; i++, tried++) {
            double x = (double)values[i], y = (double)back[i];
            if (isnan(x) || fabs(x) >= 65520) {
                CU_ASSERT_FATAL(isnan(x) ? isnan(y) : isinf(y) && signbit(y) == signbit(x));
            } else {
                double bound = fabs(x) >= 0x1p-14 ? fabs(x) * 0x1p-11 : 0x1p-25;
                CU_ASSERT_FATAL(fabs(x - y) <= bound);
                worst = fmax(worst, fabs(x - y) / bound);
            }
        }
    }
    s.count = 1;
    CU_ASSERT(round_trip(&s, (const uint8_t *)&third, once));
    memcpy(back, once, sizeof back[0]);
    CU_ASSERT_EQUAL(back[0], 0.333251953125F);
    ess_test_note("%u elements, worst error %.6f of the bound", tried, worst);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"each has a name, a summary, a source and its functions", descriptors},
        {"each keeps its size, and leaves alone what is rounded", conformance},
        {"sizes are the formulas", sizes},
        {"int8 blocks: errors of at most half the scale", int8_errors},
        {"int8 blocks: the bytes by hand", int8_bytes},
        {"int8 blocks: what no encoder made is refused", int8_refuses},
        {"float16: errors within the bound", float16_errors},
        {NULL, NULL},
    };
    return ess_test_main("wire", tests);
}
