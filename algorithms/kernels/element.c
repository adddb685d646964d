/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/element.h"

const struct ess_element_type ess_element_types[ESS_ELEMENT_KIND_COUNT] = {
    [ESS_ELEMENT_FLOAT32] = {"float32", 4, 0x7fc0},
    [ESS_ELEMENT_FLOAT16] = {"float16", 2, 0x7e00},
    [ESS_ELEMENT_BFLOAT16] = {"bfloat16", 2, 0x7fc0},
};

float ess_float16_to_float32(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t magnitude = half & 0x7fff;
    if (magnitude > 0x7c00) {
        return ess_float32_of_bits(sign | 0x7fc00000 | magnitude << 13);
    }
    if (magnitude == 0x7c00) {
        return ess_float32_of_bits(sign | 0x7f800000);
    }
    if (magnitude >= 0x0400) {
        /* The exponent's bias is 127 instead of 15. */
        return ess_float32_of_bits(sign | (magnitude + (112 << 10)) << 13);
    }
    return ess_float32_of_bits(sign | ess_float32_bits((float)magnitude * 0x1p-24F));
}

uint16_t ess_float32_to_float16(float value) {
    uint32_t bits = ess_float32_bits(value);
    uint32_t sign = bits >> 16 & 0x8000;
    uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
        return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
    }
    if (magnitude >= 0x477ff000) { /* 65520: half way between 65504 and what would come next */
        return (uint16_t)(sign | 0x7c00);
    }
    if (magnitude >= 0x38800000) { /* 2^-14, the smallest normal one */
        magnitude -= UINT32_C(112) << 23;
        return (uint16_t)(sign | (magnitude + 0xfff + (magnitude >> 13 & 1)) >> 13);
    }
    /* Between 1/2 and 1 a float32 has steps of 2^-24, those of a subnormal float16: the addition
     * does the rounding. */
    magnitude = ess_float32_bits(ess_float32_of_bits(magnitude) + 0.5F) - ess_float32_bits(0.5F);
    return (uint16_t)(sign | magnitude);
}

float ess_bfloat16_to_float32(uint16_t brain) {
    return ess_float32_of_bits((uint32_t)brain << 16);
}

uint16_t ess_float32_to_bfloat16(float value) {
    uint32_t bits = ess_float32_bits(value);
    if ((bits & 0x7fffffff) > 0x7f800000) {
        return (uint16_t)(bits >> 16 | 0x40);
    }
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void from_sixteen_bits(
    float (*convert)(uint16_t), const uint8_t *from, uint32_t count, float *to) {
    for (uint32_t i = 0; i < count; i++) {
        uint16_t bits;
        memcpy(&bits, from + 2 * (size_t)i, sizeof bits);
        to[i] = convert(bits);
    }
}

static void to_sixteen_bits(
    uint16_t (*convert)(float), const float *from, uint32_t count, uint8_t *to) {
    for (uint32_t i = 0; i < count; i++) {
        uint16_t bits = convert(from[i]);
        memcpy(to + 2 * (size_t)i, &bits, sizeof bits);
    }
}

void ess_elements_to_float32(
    enum ess_element_kind kind, const void *from, uint32_t count, float *to) {
    if (kind == ESS_ELEMENT_FLOAT16) {
        from_sixteen_bits(ess_float16_to_float32, from, count, to);
    } else if (kind == ESS_ELEMENT_BFLOAT16) {
        from_sixteen_bits(ess_bfloat16_to_float32, from, count, to);
    } else {
        memcpy(to, from, count * sizeof *to);
    }
}

void ess_elements_from_float32(
    enum ess_element_kind kind, const float *from, uint32_t count, void *to) {
    if (kind == ESS_ELEMENT_FLOAT16) {
        to_sixteen_bits(ess_float32_to_float16, from, count, to);
    } else if (kind == ESS_ELEMENT_BFLOAT16) {
        to_sixteen_bits(ess_float32_to_bfloat16, from, count, to);
    } else {
        memcpy(to, from, count * sizeof *from);
    }
}
