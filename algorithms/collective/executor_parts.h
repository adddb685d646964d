/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_COLLECTIVE_EXECUTOR_PARTS_H
#define ESS_COLLECTIVE_EXECUTOR_PARTS_H

/* The parts of the executor, each in its own file; only executor*.c include this. */

#include "collective/executor.h"

/* Token: epoch (32) | stream (7) | direction (1) | copy (1) | round (23). Tokens of other users of
 * the transfers have ESS_STREAMS_MAX or more where the stream stands. A copy is arithmetic, which
 * no cancellation ends. */
#define ESS_ROUND_BITS 23
#define ESS_COPY_FLAG (UINT64_C(1) << ESS_ROUND_BITS)
#define ESS_RECEIVE_FLAG (UINT64_C(1) << 24)
#define ESS_STREAM_SHIFT 25

/* Of a mask that is not empty. */
static inline uint32_t ess_lowest_bit(uint64_t mask) {
    return (uint32_t)__builtin_ctzll(mask);
}

/* executor_post.c */

/* The plan's round `index` of the stream, counted through all segments; `after` is encoded as in
 * struct ess_stream: number of the stream within its operation, then round. */
void ess_executor_ask(const struct ess_executor *executor, const struct ess_operation *operation,
    const struct ess_stream *stream, uint32_t index, uint32_t *segment, struct ess_round *round);

/* Add the action that receives (or copies), or that sends, what `round` says. */
void ess_executor_post_receive(struct ess_executor *executor, const struct ess_operation *operation,
    uint32_t stream, uint32_t index, uint32_t segment, const struct ess_round *round,
    struct ess_actions *actions);
void ess_executor_post_send(struct ess_executor *executor, const struct ess_operation *operation,
    uint32_t stream, uint32_t index, uint32_t segment, const struct ess_round *round,
    struct ess_actions *actions);

/* Add the action that copies the span of the result from the input. */
void ess_executor_post_copy(struct ess_executor *executor, uint32_t stream, uint32_t index,
    struct ess_span span, struct ess_actions *actions);

#endif
