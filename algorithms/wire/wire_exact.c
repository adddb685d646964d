/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as they are. Size: count x bytes of an element. */
#include "kernels/reduce.h"
#include "wire/wire.h"

static uint64_t encoded_bytes(const void *settings, enum ess_element_kind kind, uint64_t count) {
    (void)settings;
    return count * ess_element_types[kind].bytes;
}

static void encode(
    const void *settings, enum ess_element_kind kind, const void *from, uint64_t count, void *to) {
    (void)settings;
    ess_kernel_copy(kind, from, count, to);
}

static bool decode(const void *settings, enum ess_element_kind kind, const void *from,
    uint64_t size_bytes, uint64_t count, void *to) {
    if (size_bytes != encoded_bytes(settings, kind, count)) {
        return false;
    }
    ess_kernel_copy(kind, from, count, to);
    return true;
}

const struct ess_wire_type ess_wire_exact = {
    .name = "exact",
    .summary = "elements travel as they are; no rounding, no saving",
    .source = "identity",
    .encoded_bytes = encoded_bytes,
    .encode = encode,
    .decode = decode,
};
