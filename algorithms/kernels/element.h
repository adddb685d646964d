/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_KERNELS_ELEMENT_H
#define ESS_KERNELS_ELEMENT_H

/* The kinds of numbers that vectors are made of, and how one becomes another.
 *
 *   float32    IEEE 754 binary32   8 exponent bits, 23 of fraction
 *   float16    IEEE 754 binary16   5 exponent bits, 10 of fraction; largest 65504, smallest 2^-24
 *   bfloat16   the upper half of a binary32: 8 exponent bits, 7 of fraction
 *
 * Rounding is to nearest, ties to even, subnormal numbers are kept, and a value beyond the largest
 * one by half a unit in the last place or more becomes an infinity. The sign of zero is kept. A NaN
 * stays one: sign and the upper bits of its payload are kept, the quiet bit is set, except that a
 * bfloat16 becomes a float32 by its bits alone (exact, a signalling NaN stays signalling). This is
 * what the conversions of x86 (F16C) and of ARMv8 do. Numbers lie in memory in the byte order of
 * the machine; all machines of a job are little endian. The floating-point unit must be as the
 * language finds it: rounding to nearest, subnormals neither flushed nor taken for zero.
 *
 * Check: 1 is 0x3c00 and 0x3f80; 65520 is the least float32 that overflows a float16; 2^-25 is a
 * tie, and goes to zero. */

#include <stdint.h>
#include <string.h>

enum ess_element_kind {
    ESS_ELEMENT_FLOAT32,
    ESS_ELEMENT_FLOAT16,
    ESS_ELEMENT_BFLOAT16,
    ESS_ELEMENT_KIND_COUNT
};

struct ess_element_type {
    const char *name;
    uint32_t bytes;
    uint16_t nan; /* the one NaN that arithmetic gives: its upper 16 bits, or all 16 */
};

/* Indexed by enum ess_element_kind. */
extern const struct ess_element_type ess_element_types[ESS_ELEMENT_KIND_COUNT];

/* Inline, so that loops over them are vectorised. */
static inline uint32_t ess_float32_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float ess_float32_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float ess_float16_to_float32(uint16_t half);
uint16_t ess_float32_to_float16(float value);
float ess_bfloat16_to_float32(uint16_t brain);
uint16_t ess_float32_to_bfloat16(float value);

/* `count` elements of `kind` at `from`, which may be unaligned, as float32. O(count). */
void ess_elements_to_float32(
    enum ess_element_kind kind, const void *from, uint32_t count, float *to);

/* The same the other way, each rounded once. `to` may be unaligned. O(count). */
void ess_elements_from_float32(
    enum ess_element_kind kind, const float *from, uint32_t count, void *to);

#endif
