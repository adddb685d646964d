/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/reduce.h"

#include "base/assert.h"

enum { BLOCK = 64 };

/* Operands of one block, as float32 whatever the element kind; `a` becomes the result. */
struct block {
    float a[BLOCK];
    float b[BLOCK];
};

/* Selected by a mask, not by a branch, so that the loops below are straight. */
static inline float with_one_nan(float value) {
    uint32_t bits = ess_float32_bits(value);
    uint32_t mask = value != value ? UINT32_MAX : 0;
    return ess_float32_of_bits((bits & ~mask) | (0x7fc00000 & mask));
}

/* Equal numbers have equal bits, unless they are zeros of either sign: then the conjunction is +0,
 * or -0 where both are. */
static inline float maximum(float a, float b) {
    uint32_t a_bits = ess_float32_bits(a);
    uint32_t b_bits = ess_float32_bits(b);
    uint32_t a_mask = a > b ? UINT32_MAX : 0;
    uint32_t b_mask = b > a ? UINT32_MAX : 0;
    uint32_t equal_mask = a == b ? UINT32_MAX : 0;
    uint32_t nan_mask = ~(a_mask | b_mask | equal_mask);
    return ess_float32_of_bits((a_bits & a_mask) | (b_bits & b_mask) |
                               (a_bits & b_bits & equal_mask) | (0x7fc00000 & nan_mask));
}

static void sum_block(struct block *block) {
    for (uint32_t i = 0; i < BLOCK; i++) {
        block->a[i] = with_one_nan(block->a[i] + block->b[i]);
    }
}

static void max_block(struct block *block) {
    for (uint32_t i = 0; i < BLOCK; i++) {
        block->a[i] = maximum(block->a[i], block->b[i]);
    }
}

/* The divisor stands in every place of `b`. */
static void divide_block(struct block *block) {
    for (uint32_t i = 0; i < BLOCK; i++) {
        block->a[i] = with_one_nan(block->a[i] / block->b[i]);
    }
}

static uint32_t block_count(uint64_t done, uint64_t count) {
    return count - done < BLOCK ? (uint32_t)(count - done) : BLOCK;
}

/* Places of the last block that hold no element are computed too, from ones, and not written. */
static void combine(enum ess_element_kind kind, const void *a, const void *b, uint64_t count,
    void *to, void (*combine_block)(struct block *block)) {
    uint32_t bytes = ess_element_types[kind].bytes;
    struct block block;
    for (uint32_t i = 0; i < BLOCK; i++) {
        block.a[i] = block.b[i] = 1;
    }
    for (uint64_t done = 0; done < count; done += BLOCK) {
        uint32_t now = block_count(done, count);
        ess_elements_to_float32(kind, (const uint8_t *)a + done * bytes, now, block.a);
        ess_elements_to_float32(kind, (const uint8_t *)b + done * bytes, now, block.b);
        combine_block(&block);
        ess_elements_from_float32(kind, block.a, now, (uint8_t *)to + done * bytes);
    }
}

void ess_kernel_copy(enum ess_element_kind kind, const void *from, uint64_t count, void *to) {
    memmove(to, from, count * ess_element_types[kind].bytes);
}

void ess_kernel_sum(
    enum ess_element_kind kind, const void *a, const void *b, uint64_t count, void *to) {
    combine(kind, a, b, count, to, sum_block);
}

void ess_kernel_max(
    enum ess_element_kind kind, const void *a, const void *b, uint64_t count, void *to) {
    combine(kind, a, b, count, to, max_block);
}

void ess_kernel_average(
    enum ess_element_kind kind, const void *from, uint64_t count, uint32_t divisor, void *to) {
    uint32_t bytes = ess_element_types[kind].bytes;
    struct block block;
    ESS_ASSERT(divisor > 0);
    for (uint32_t i = 0; i < BLOCK; i++) {
        block.a[i] = 1;
        block.b[i] = (float)divisor;
    }
    for (uint64_t done = 0; done < count; done += BLOCK) {
        uint32_t now = block_count(done, count);
        ess_elements_to_float32(kind, (const uint8_t *)from + done * bytes, now, block.a);
        divide_block(&block);
        ess_elements_from_float32(kind, block.a, now, (uint8_t *)to + done * bytes);
    }
}
