/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of B elements, each element a signed byte, with one scale a block.
 *
 * Layout of a block: the scale (float32), then one byte an element; the last block is as long as
 * the vector is. Size: count + 4 ceil(count / B) bytes.
 *
 * The scale is a power of two: the least 2^k for which the largest finite magnitude m of the block
 * is below 127.5 x 2^k, and 2^-149 at least. An element x becomes q = x / 2^k rounded to nearest,
 * ties to even, and comes back as q x 2^k. Error: at most 2^(k-1) an element, which is half the
 * scale and at most m / 127.5.
 *
 * Why a power of two: then q x 2^k is exact in every element kind, and m / 2^(k-1) >= 127.5 means
 * that some |q| is at least 64, so that encoding once more finds the same k and the same q. What it
 * costs: the scale may be up to twice m / 127.5, so that errors are up to twice those of a free
 * scale, which would round anew at every relay.
 *
 * Rules: zeros of either sign come back as +0, and so does a magnitude of at most half the scale.
 * Infinities and NaN have the code -128, which no number has, and come back as the one NaN of the
 * kernels: an overflow does not become a number, and does not spoil the rest of its block; that it
 * was an infinity is lost. A product beyond the kind's largest number (only where m is within 1/128
 * of it) comes back as that. Subnormal numbers are numbers. decode() refuses a scale that is no
 * power of two.
 *
 * Check: 1, 0.25, -1 at B = 3 have scale 2^-6 and codes 64, 16, -64. */
#include "kernels/element.h"
#include "wire/wire.h"

enum { SCALE_BYTES = 4, BLOCK_MAX = 4096, PIECE = 64, NO_NUMBER = -128 };

struct settings {
    int64_t block;
};

static const struct ess_parameter parameters[] = {
    {"block", ESS_PARAMETER_INTEGER, 256, 1, BLOCK_MAX, "elements that share one scale",
        offsetof(struct settings, block)},
    ESS_PARAMETER_END,
};

static uint64_t block_elements(const void *settings) {
    return (uint64_t)((const struct settings *)settings)->block;
}

static uint64_t encoded_bytes(const void *settings, enum ess_element_kind kind, uint64_t count) {
    uint64_t block = block_elements(settings);
    (void)kind;
    return count + SCALE_BYTES * (count / block + (count % block > 0));
}

static float power_of_two(int32_t exponent) {
    return ess_float32_of_bits(
        exponent >= -126 ? (uint32_t)(exponent + 127) << 23 : UINT32_C(1) << (exponent + 149));
}

/* 127.5 is 2^6 x (1 + 127/128). In double no magnitude of a float32 is subnormal, but for 0. */
static float scale_for(float largest) {
    double magnitude = (double)largest;
    uint64_t bits;
    int32_t exponent;
    memcpy(&bits, &magnitude, sizeof bits);
    exponent = (int32_t)(bits >> 52) - 1023 - 6;
    exponent += (bits & ((UINT64_C(1) << 52) - 1)) >= UINT64_C(127) << 45;
    return power_of_two(exponent < -149 ? -149 : exponent);
}

static bool is_scale(float scale) {
    uint32_t bits = ess_float32_bits(scale);
    uint32_t fraction = bits & 0x7fffff;
    uint32_t exponent = bits >> 23; /* with the sign, which must be 0 */
    return exponent == 0 ? fraction != 0 && (fraction & (fraction - 1)) == 0
                         : fraction == 0 && exponent < 255;
}

static float magnitude_of(float value) {
    return ess_float32_of_bits(ess_float32_bits(value) & 0x7fffffff);
}

static bool is_finite(float value) {
    return ess_float32_bits(magnitude_of(value)) < 0x7f800000;
}

static float largest_of(enum ess_element_kind kind, const uint8_t *from, uint64_t count) {
    uint32_t bytes = ess_element_types[kind].bytes;
    float values[PIECE];
    float largest = 0;
    for (uint64_t done = 0; done < count; done += PIECE) {
        uint32_t now = count - done < PIECE ? (uint32_t)(count - done) : PIECE;
        ess_elements_to_float32(kind, from + done * bytes, now, values);
        for (uint32_t i = 0; i < now; i++) {
            float magnitude = is_finite(values[i]) ? magnitude_of(values[i]) : 0;
            largest = magnitude > largest ? magnitude : largest;
        }
    }
    return largest;
}

/* The quotient is exact, or far below a half. A float32 of 1.5 x 2^23 has steps of one: adding it
 * does the rounding. */
static int8_t code_of(float value, float scale) {
    const float step_of_one = 12582912.0F;
    if (!is_finite(value)) {
        return NO_NUMBER;
    }
    return (int8_t)(value / scale + step_of_one - step_of_one);
}

static void encode_block(
    enum ess_element_kind kind, const uint8_t *from, uint64_t count, uint8_t *to) {
    uint32_t bytes = ess_element_types[kind].bytes;
    float scale = scale_for(largest_of(kind, from, count));
    float values[PIECE];
    memcpy(to, &scale, SCALE_BYTES);
    to += SCALE_BYTES;
    for (uint64_t done = 0; done < count; done += PIECE) {
        uint32_t now = count - done < PIECE ? (uint32_t)(count - done) : PIECE;
        ess_elements_to_float32(kind, from + done * bytes, now, values);
        for (uint32_t i = 0; i < now; i++) {
            to[done + i] = (uint8_t)code_of(values[i], scale);
        }
    }
}

static void encode(
    const void *settings, enum ess_element_kind kind, const void *from, uint64_t count, void *to) {
    uint64_t block = block_elements(settings);
    uint32_t bytes = ess_element_types[kind].bytes;
    const uint8_t *source = from;
    uint8_t *target = to;
    for (uint64_t done = 0; done < count; done += block) {
        uint64_t now = count - done < block ? count - done : block;
        encode_block(kind, source + done * bytes, now, target);
        target += SCALE_BYTES + now;
    }
}

static float scale_at(const uint8_t *from) {
    float scale;
    memcpy(&scale, from, SCALE_BYTES);
    return scale;
}

static float largest_number(enum ess_element_kind kind) {
    static const float largest[ESS_ELEMENT_KIND_COUNT] = {
        [ESS_ELEMENT_FLOAT32] = 0x1.fffffep127F,
        [ESS_ELEMENT_FLOAT16] = 65504,
        [ESS_ELEMENT_BFLOAT16] = 0x1.fep127F,
    };
    return largest[kind];
}

static float value_of(uint8_t code, float scale, float largest) {
    int32_t q = code < 128 ? code : (int32_t)code - 256;
    float value = (float)q * scale;
    if (q == NO_NUMBER) {
        return ess_float32_of_bits(0x7fc00000);
    }
    if (magnitude_of(value) > largest) {
        return q > 0 ? largest : -largest;
    }
    return value;
}

static void decode_block(
    enum ess_element_kind kind, const uint8_t *from, uint64_t count, uint8_t *to) {
    uint32_t bytes = ess_element_types[kind].bytes;
    float scale = scale_at(from), largest = largest_number(kind);
    float values[PIECE];
    from += SCALE_BYTES;
    for (uint64_t done = 0; done < count; done += PIECE) {
        uint32_t now = count - done < PIECE ? (uint32_t)(count - done) : PIECE;
        for (uint32_t i = 0; i < now; i++) {
            values[i] = value_of(from[done + i], scale, largest);
        }
        ess_elements_from_float32(kind, values, now, to + done * bytes);
    }
}

static bool decode(const void *settings, enum ess_element_kind kind, const void *from,
    uint64_t size_bytes, uint64_t count, void *to) {
    uint64_t block = block_elements(settings);
    uint32_t bytes = ess_element_types[kind].bytes;
    const uint8_t *source = from;
    if (size_bytes != encoded_bytes(settings, kind, count)) {
        return false;
    }
    for (uint64_t offset = 0; offset < size_bytes; offset += SCALE_BYTES + block) {
        if (!is_scale(scale_at(source + offset))) {
            return false;
        }
    }
    for (uint64_t done = 0; done < count; done += block) {
        uint64_t now = count - done < block ? count - done : block;
        decode_block(kind, source, now, (uint8_t *)to + done * bytes);
        source += SCALE_BYTES + now;
    }
    return true;
}

const struct ess_wire_type ess_wire_int8_blocks = {
    .name = "int8_blocks",
    .summary = "a byte an element and a power-of-two scale a block; error up to m/127.5 of a block",
    .source = "Dettmers et al., arXiv 2110.02861, section 2.1 (block-wise scales, here symmetric "
              "and linear); scales as in OCP Microscaling Formats 1.0",
    .parameters = parameters,
    .settings_bytes = sizeof(struct settings),
    .encoded_bytes = encoded_bytes,
    .encode = encode,
    .decode = decode,
};
