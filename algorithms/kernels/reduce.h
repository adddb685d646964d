/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_KERNELS_REDUCE_H
#define ESS_KERNELS_REDUCE_H

/* Reference kernels: arithmetic on vectors of any element kind, defined to the bit. A faster kernel
 * of a host must give the same bits.
 *
 * float16 and bfloat16 are computed in float32 and rounded once. For a sum that is also the
 * correctly rounded sum of the two numbers, since a float32 has more than twice their digits and
 * two more (Figueroa, ACM SIGNUM 30(3), 1995).
 *
 *   sum      IEEE addition. -0 + -0 is -0; +0 + -0 and x + -x are +0.
 *   max      IEEE 754-2019 `maximum`: a NaN on either side gives a NaN, and +0 is above -0. So the
 *            result does not depend on the order of the operands, nor of the ranks.
 *   average  x / divisor, one division.
 *
 * Every NaN that these three give is the one positive quiet NaN without payload (0x7fc00000 in
 * float32, 0x7e00, 0x7fc0): the machines differ in which operand's NaN they pass on, and in the
 * sign of the NaN that they make. Addition is commutative to the bit, but not associative: peers
 * agree to the bit only where they sum in the same order.
 *
 * Buffers may be unaligned. `to` may be either operand itself; beyond that they must not overlap.
 * Each is O(count), a block of 64 elements at a time in fixed loops which compilers vectorise. */

#include "kernels/element.h"

void ess_kernel_copy(enum ess_element_kind kind, const void *from, uint64_t count, void *to);

/* to[i] = a[i] + b[i] */
void ess_kernel_sum(
    enum ess_element_kind kind, const void *a, const void *b, uint64_t count, void *to);

/* to[i] = maximum of a[i] and b[i] */
void ess_kernel_max(
    enum ess_element_kind kind, const void *a, const void *b, uint64_t count, void *to);

/* to[i] = from[i] / divisor, which is at least 1; one above 2^24 is itself rounded to a float32. */
void ess_kernel_average(
    enum ess_element_kind kind, const void *from, uint64_t count, uint32_t divisor, void *to);

#endif
