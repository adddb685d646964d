/* SPDX-License-Identifier: Apache-2.0 */
/* From a round of the plan to posted transfers: segments, spans, names, tokens. */
#include "collective/executor_parts.h"

static uint64_t token_of(uint32_t epoch, uint32_t stream, uint64_t flags, uint32_t round) {
    return (uint64_t)epoch << 32 | (uint64_t)stream << ESS_STREAM_SHIFT | flags | round;
}

/* What ess_plan_range() says, without its divisions. */
static void even_range(const struct ess_operation *operation, uint32_t chunk, uint32_t chunk_count,
    uint64_t *first, uint64_t *count) {
    uint64_t longer = operation->longer, end = (uint64_t)chunk + chunk_count;
    *first = chunk * operation->share + (chunk < longer ? chunk : longer);
    *count = end * operation->share + (end < longer ? end : longer) - *first;
}

/* Chunks of one segment, of a plan whose chunks may be uneven. */
static void segment_range(const struct ess_executor *executor,
    const struct ess_operation *operation, uint32_t segment, uint32_t chunk, uint32_t chunk_count,
    uint64_t *first, uint64_t *count) {
    uint64_t elements = operation->vector.size_bytes / executor->element_bytes;
    uint64_t segment_first, segment_elements;
    ess_plan_range(elements, operation->segments, segment, 1, &segment_first, &segment_elements);
    ess_plan_call_range(operation->plan, operation->plan_settings, &operation->call,
        segment_elements, chunk, chunk_count, first, count);
    *first += segment_first;
}

static struct ess_span range_span(const struct ess_executor *executor,
    const struct ess_operation *operation, uint32_t segment, uint32_t chunk, uint32_t chunk_count,
    enum ess_region region) {
    uint64_t first, count;
    if (operation->segments == 1 && !operation->plan->chunk_first) {
        even_range(operation, chunk, chunk_count, &first, &count);
    } else {
        segment_range(executor, operation, segment, chunk, chunk_count, &first, &count);
    }
    return (struct ess_span){region,
        operation->vector.offset_bytes + first * executor->element_bytes,
        count * executor->element_bytes};
}

/* Which stream of the operation the plan's round `after` stands in, and where. */
static uint32_t encode_after(const struct ess_executor *executor,
    const struct ess_operation *operation, uint32_t segment, uint32_t after) {
    size_t slot = (size_t)(operation - executor->operations);
    const struct ess_stream *streams = &executor->streams[slot * executor->streams_each];
    uint32_t i = 0;
    while (i + 1 < operation->streams && after >= streams[i + 1].first) {
        i++;
    }
    return i << ESS_ROUND_BITS | (segment * streams[i].segment_rounds + after - streams[i].first);
}

void ess_executor_ask(const struct ess_executor *executor, const struct ess_operation *operation,
    const struct ess_stream *stream, uint32_t index, uint32_t *segment, struct ess_round *round) {
    *segment = 0;
    if (operation->segments > 1) {
        *segment = index / stream->segment_rounds;
        index -= *segment * stream->segment_rounds;
    }
    operation->plan->round(
        operation->plan_settings, &operation->call, executor->rank, stream->first + index, round);
    if (round->after != ESS_NONE && (operation->segments > 1 || operation->streams > 1)) {
        round->after = encode_after(executor, operation, *segment, round->after);
    }
}

static struct ess_transfer *add_transfer(struct ess_executor *executor,
    const struct ess_operation *operation, uint32_t stream, uint32_t index,
    const struct ess_round *round, bool receive, struct ess_actions *actions) {
    uint32_t rank = receive ? round->receive_from : round->send_to;
    struct ess_action *action =
        ess_actions_add(actions, receive ? ESS_ACTION_RECEIVE : ESS_ACTION_SEND);
    action->peer = executor->view->group.members[rank].peer;
    action->token = token_of(executor->view->epoch, stream, receive ? ESS_RECEIVE_FLAG : 0, index);
    action->transfer.operation = operation->id;
    action->transfer.epoch = executor->view->epoch;
    return &action->transfer;
}

void ess_executor_post_copy(struct ess_executor *executor, uint32_t stream, uint32_t index,
    struct ess_span span, struct ess_actions *actions) {
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_ARITHMETIC);
    executor->copies++;
    action->token =
        token_of(executor->view->epoch, stream, ESS_RECEIVE_FLAG | ESS_COPY_FLAG, index);
    action->arithmetic.kind = ESS_ARITHMETIC_COPY;
    action->arithmetic.to = span;
    action->arithmetic.from_region = ESS_REGION_INPUT;
}

void ess_executor_post_receive(struct ess_executor *executor, const struct ess_operation *operation,
    uint32_t stream, uint32_t index, uint32_t segment, const struct ess_round *round,
    struct ess_actions *actions) {
    struct ess_transfer *transfer;
    struct ess_span span = range_span(executor, operation, segment, round->chunk,
        round->chunk_count, round->into_scratch ? ESS_REGION_SCRATCH : ESS_REGION_RESULT);
    if (round->receive_from == executor->rank) {
        ess_executor_post_copy(executor, stream, index, span, actions);
        return;
    }
    transfer = add_transfer(executor, operation, stream, index, round, true, actions);
    transfer->chunk = segment * operation->chunks + round->chunk;
    transfer->step = round->receive_step;
    transfer->span = span;
    transfer->combine = round->sum ? operation->combine : ESS_COMBINE_COPY;
    transfer->operand_region = round->operand;
}

void ess_executor_post_send(struct ess_executor *executor, const struct ess_operation *operation,
    uint32_t stream, uint32_t index, uint32_t segment, const struct ess_round *round,
    struct ess_actions *actions) {
    struct ess_transfer *transfer =
        add_transfer(executor, operation, stream, index, round, false, actions);
    uint32_t chunk_count = round->exchange ? round->send_chunk_count : round->chunk_count;
    uint32_t chunk = round->exchange ? round->send_chunk : round->chunk;
    transfer->chunk = segment * operation->chunks + chunk;
    transfer->step = round->send_step;
    transfer->span =
        range_span(executor, operation, segment, chunk, chunk_count, round->send_source);
}
