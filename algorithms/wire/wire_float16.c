/* SPDX-License-Identifier: Apache-2.0 */
/* Every element as an IEEE binary16. Size: 2 bytes an element.
 *
 * A float32 or bfloat16 is rounded to the nearest float16, ties to even; a float16 travels as it
 * is. Error: at most 2^-11 of a magnitude in [2^-14, 65504], at most 2^-25 below. Limits: from
 * 65520 on a magnitude becomes infinite, which sums of gradients reach where losses are scaled up;
 * magnitudes of at most 2^-25 become zero. Infinities and NaN stay what they are. For bfloat16
 * elements it saves nothing, and loses range. Check: 1/3 comes back as 0.333251953125. */
#include "kernels/reduce.h"
#include "wire/wire.h"

enum { BLOCK = 64 };

static uint64_t encoded_bytes(const void *settings, enum ess_element_kind kind, uint64_t count) {
    (void)settings;
    (void)kind;
    return 2 * count;
}

static void convert(enum ess_element_kind from_kind, const uint8_t *from, uint64_t count,
    enum ess_element_kind to_kind, uint8_t *to) {
    uint32_t from_bytes = ess_element_types[from_kind].bytes;
    uint32_t to_bytes = ess_element_types[to_kind].bytes;
    float values[BLOCK];
    if (from_kind == to_kind) {
        ess_kernel_copy(from_kind, from, count, to);
        return;
    }
    for (uint64_t done = 0; done < count; done += BLOCK) {
        uint32_t now = count - done < BLOCK ? (uint32_t)(count - done) : BLOCK;
        ess_elements_to_float32(from_kind, from + done * from_bytes, now, values);
        ess_elements_from_float32(to_kind, values, now, to + done * to_bytes);
    }
}

static void encode(
    const void *settings, enum ess_element_kind kind, const void *from, uint64_t count, void *to) {
    (void)settings;
    convert(kind, from, count, ESS_ELEMENT_FLOAT16, to);
}

static bool decode(const void *settings, enum ess_element_kind kind, const void *from,
    uint64_t size_bytes, uint64_t count, void *to) {
    if (size_bytes != encoded_bytes(settings, kind, count)) {
        return false;
    }
    convert(ESS_ELEMENT_FLOAT16, from, count, kind, to);
    return true;
}

const struct ess_wire_type ess_wire_float16 = {
    .name = "float16",
    .summary = "elements travel as IEEE binary16; overflows to infinity from 65520 on",
    .source = "IEEE 754-2019, section 3.6; Micikevicius et al., arXiv 1710.03740",
    .encoded_bytes = encoded_bytes,
    .encode = encode,
    .decode = decode,
};
