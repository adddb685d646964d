/* SPDX-License-Identifier: Apache-2.0 */
#include "collective/executor.h"

#include "base/assert.h"

#include <stddef.h>
#include <string.h>

/* Token: epoch (32) | slot (7) | direction (1) | copy (1) | round (23). Tokens of other users of
 * the transfers have their slot at ESS_OPERATIONS_MAX or above. A copy is arithmetic, which no
 * cancellation ends. */
#define ROUND_BITS 23
#define COPY_FLAG (UINT64_C(1) << ROUND_BITS)
#define RECEIVE_FLAG (UINT64_C(1) << 24)
#define SLOT_SHIFT 25

/* Of a mask that is not empty. */
static uint32_t lowest_bit(uint64_t mask) {
    return (uint32_t)__builtin_ctzll(mask);
}

static uint64_t token_of(uint32_t epoch, uint32_t slot, uint64_t flags, uint32_t round) {
    return (uint64_t)epoch << 32 | (uint64_t)slot << SLOT_SHIFT | flags | round;
}

void ess_executor_init(struct ess_executor *executor, const struct ess_plan_type *plan,
    const void *plan_settings, uint32_t element_bytes, const struct ess_executor_limits *limits) {
    uint32_t windows = limits->window * limits->in_flight;
    /* Operations are cleared when they begin: a process that starts would wait for their memory. */
    memset(executor, 0, offsetof(struct ess_executor, operations));
    executor->plan = plan;
    executor->plan_settings = plan_settings;
    executor->element_bytes = element_bytes;
    executor->window = limits->window;
    executor->in_flight = limits->in_flight;
    executor->rounds_most = limits->rounds_most ? limits->rounds_most : windows;
    executor->segment_bytes = limits->segment_bytes;
    executor->retry_delay_ns = limits->retry_delay_ns;
    executor->retry_ns = ESS_TIME_NEVER;
}

void ess_executor_enter(struct ess_executor *executor, const struct ess_view *view, uint32_t rank) {
    executor->view = view;
    executor->rank = rank;
    executor->active_count = 0;
    executor->active = executor->dirty = executor->ended = 0;
    executor->rounds_open = 0;
    executor->stale_copies = executor->copies;
    executor->retry_ns = ESS_TIME_NEVER;
}

bool ess_executor_has_room(const struct ess_executor *executor) {
    return executor->active_count < executor->in_flight;
}

static uint32_t rank_within(uint32_t rank, uint32_t size) {
    return rank < size ? rank : size - 1;
}

static struct ess_call call_of(
    const struct ess_executor *executor, const struct ess_collective *collective) {
    const struct ess_group *group = &executor->view->group;
    return (struct ess_call){
        .group = group,
        .primitive = collective->primitive,
        .root = rank_within(collective->root, group->size),
        .target = rank_within(collective->target, group->size),
    };
}

/* How many segments; each has at least one element. */
static uint32_t segments_of(
    const struct ess_executor *executor, enum ess_primitive primitive, uint64_t size_bytes) {
    uint64_t segments;
    if (executor->segment_bytes == 0 || size_bytes <= executor->segment_bytes ||
        primitive == ESS_REDUCE_SCATTER || primitive == ESS_ALL_GATHER) {
        return 1;
    }
    segments = (size_bytes + executor->segment_bytes - 1) / executor->segment_bytes;
    if (segments > size_bytes / executor->element_bytes) {
        segments = size_bytes / executor->element_bytes;
    }
    ESS_ASSERT(segments <= UINT32_MAX);
    return (uint32_t)segments;
}

void ess_executor_begin(struct ess_executor *executor, uint8_t bucket, uint64_t id,
    const struct ess_collective *collective, struct ess_span vector) {
    uint32_t slot = lowest_bit(~executor->active);
    struct ess_operation *operation = &executor->operations[slot];
    uint64_t elements = vector.size_bytes / executor->element_bytes;
    memset(operation, 0, sizeof *operation);
    executor->active |= UINT32_C(1) << slot;
    executor->dirty |= UINT32_C(1) << slot;
    executor->active_count++;
    operation->bucket = bucket;
    operation->id = id;
    operation->combine = collective->maximum ? ESS_COMBINE_MAX : ESS_COMBINE_SUM;
    operation->vector = vector;
    operation->call = call_of(executor, collective);
    operation->segments = segments_of(executor, collective->primitive, vector.size_bytes);
    operation->segment_rounds =
        executor->plan->rounds(executor->plan_settings, &operation->call, executor->rank);
    operation->chunks = executor->plan->chunks(executor->plan_settings, &operation->call);
    operation->rounds = operation->segment_rounds * operation->segments;
    /* What a token, and a transfer's name, hold. */
    ESS_ASSERT((uint64_t)operation->segment_rounds * operation->segments < COPY_FLAG);
    ESS_ASSERT((uint64_t)operation->chunks * operation->segments <= UINT32_MAX);
    operation->share = elements / operation->chunks;
    operation->longer = elements % operation->chunks;
    if (operation->rounds == 0 && operation->call.group->size > 1) {
        executor->ended |= UINT32_C(1) << slot; /* this rank takes no part */
    }
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
    const struct ess_plan_type *plan = executor->plan;
    uint64_t elements = operation->vector.size_bytes / executor->element_bytes;
    uint64_t segment_first, segment_elements;
    ess_plan_range(elements, operation->segments, segment, 1, &segment_first, &segment_elements);
    ess_plan_call_range(plan, executor->plan_settings, &operation->call, segment_elements, chunk,
        chunk_count, first, count);
    *first += segment_first;
}

static struct ess_span range_span(const struct ess_executor *executor,
    const struct ess_operation *operation, uint32_t segment, uint32_t chunk, uint32_t chunk_count,
    enum ess_region region) {
    uint64_t first, count;
    if (operation->segments == 1 && !executor->plan->chunk_first) {
        even_range(operation, chunk, chunk_count, &first, &count);
    } else {
        segment_range(executor, operation, segment, chunk, chunk_count, &first, &count);
    }
    return (struct ess_span){region,
        operation->vector.offset_bytes + first * executor->element_bytes,
        count * executor->element_bytes};
}

/* The plan's round `index` of the operation, counted through all segments. */
static void ask_round(const struct ess_executor *executor, const struct ess_operation *operation,
    uint32_t index, uint32_t *segment, struct ess_round *round) {
    *segment = 0;
    if (operation->segments > 1) {
        *segment = index / operation->segment_rounds;
        index -= *segment * operation->segment_rounds;
    }
    executor->plan->round(executor->plan_settings, &operation->call, executor->rank, index, round);
    if (round->after != ESS_NONE) {
        round->after += *segment * operation->segment_rounds;
    }
}

static struct ess_transfer *add_transfer(struct ess_executor *executor,
    const struct ess_operation *operation, uint32_t index, const struct ess_round *round,
    bool receive, struct ess_actions *actions) {
    uint32_t slot = (uint32_t)(operation - executor->operations);
    uint32_t rank = receive ? round->receive_from : round->send_to;
    struct ess_action *action =
        ess_actions_add(actions, receive ? ESS_ACTION_RECEIVE : ESS_ACTION_SEND);
    action->peer = executor->view->group.members[rank].peer;
    action->token = token_of(executor->view->epoch, slot, receive ? RECEIVE_FLAG : 0, index);
    action->transfer.operation = operation->id;
    action->transfer.epoch = executor->view->epoch;
    return &action->transfer;
}

/* Copy a part of the input to the result: a round that receives from its own rank. */
static void post_copy(struct ess_executor *executor, const struct ess_operation *operation,
    uint32_t index, struct ess_span span, struct ess_actions *actions) {
    uint32_t slot = (uint32_t)(operation - executor->operations);
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_ARITHMETIC);
    executor->copies++;
    action->token = token_of(executor->view->epoch, slot, RECEIVE_FLAG | COPY_FLAG, index);
    action->arithmetic.kind = ESS_ARITHMETIC_COPY;
    action->arithmetic.to = span;
    action->arithmetic.from_region = ESS_REGION_INPUT;
}

static void post_receive(struct ess_executor *executor, struct ess_operation *operation,
    uint32_t index, uint32_t segment, const struct ess_round *round, struct ess_actions *actions) {
    struct ess_transfer *transfer;
    struct ess_span span = range_span(executor, operation, segment, round->chunk,
        round->chunk_count, round->into_scratch ? ESS_REGION_SCRATCH : ESS_REGION_RESULT);
    if (round->receive_from == executor->rank) {
        post_copy(executor, operation, index, span, actions);
        return;
    }
    transfer = add_transfer(executor, operation, index, round, true, actions);
    transfer->chunk = segment * operation->chunks + round->chunk;
    transfer->step = round->receive_step;
    transfer->span = span;
    transfer->combine = round->sum ? operation->combine : ESS_COMBINE_COPY;
    transfer->operand_region = round->operand;
}

static void post_send(struct ess_executor *executor, struct ess_operation *operation,
    uint32_t index, uint32_t segment, const struct ess_round *round, struct ess_actions *actions) {
    struct ess_transfer *transfer = add_transfer(executor, operation, index, round, false, actions);
    uint32_t chunk_count = round->exchange ? round->send_chunk_count : round->chunk_count;
    uint32_t chunk = round->exchange ? round->send_chunk : round->chunk;
    transfer->chunk = segment * operation->chunks + chunk;
    transfer->step = round->send_step;
    transfer->span =
        range_span(executor, operation, segment, chunk, chunk_count, round->send_source);
}

static bool round_is_complete(const struct ess_operation *operation, uint32_t index) {
    uint64_t bit;
    if (index < operation->base) {
        return true;
    }
    bit = UINT64_C(1) << (index - operation->base);
    return (operation->receive_done & operation->send_done & bit) != 0;
}

/* The round that round `index` waits for. Asked of the plan once: while a round waits it is looked
 * at after every event. */
static uint32_t awaited(
    struct ess_executor *executor, struct ess_operation *operation, uint32_t index) {
    uint64_t bit = UINT64_C(1) << (index - operation->base);
    uint32_t *after = &operation->after[index % ESS_WINDOW_MAX];
    struct ess_round round;
    uint32_t segment;
    if (!(operation->known & bit)) {
        ask_round(executor, operation, index, &segment, &round);
        *after = round.after;
        operation->known |= bit;
        operation->exchange |= round.exchange ? bit : 0;
    }
    return *after;
}

/* One round less is open; where others had to wait for that, they are looked at again. */
static void close_if_complete(
    struct ess_executor *executor, const struct ess_operation *operation, uint64_t bit) {
    if (!(operation->receive_done & operation->send_done & bit)) {
        return;
    }
    executor->rounds_open--;
    if (executor->at_most) {
        executor->at_most = false;
        executor->dirty |= executor->active;
    }
}

/* Whether round base + i may be opened. The first rounds of each operation always may, so that the
 * oldest operation gets on whatever the others hold: the bound leaves room for them. */
static bool may_open(
    struct ess_executor *executor, const struct ess_operation *operation, uint32_t i) {
    uint32_t reserve = ESS_WINDOW_MIN * executor->in_flight;
    if (i < ESS_WINDOW_MIN || operation->opened >> i & 1 ||
        executor->rounds_open + reserve < executor->rounds_most ||
        executor->rounds_most >= executor->window * executor->in_flight) {
        return true;
    }
    executor->at_most = true;
    return false;
}

/* Post what round base + i allows; a missing receive or send counts as done. */
static void post_round(struct ess_executor *executor, struct ess_operation *operation, uint32_t i,
    struct ess_actions *actions) {
    uint64_t bit = UINT64_C(1) << i;
    uint32_t index = operation->base + i, segment;
    struct ess_round round;
    ask_round(executor, operation, index, &segment, &round);
    if (!(operation->receive_posted & bit)) {
        operation->receive_posted |= bit;
        if (!(operation->opened & bit)) {
            operation->opened |= bit;
            executor->rounds_open++;
        }
        if (round.receive_from == ESS_NONE) {
            operation->receive_done |= bit;
        } else {
            post_receive(executor, operation, index, segment, &round, actions);
        }
    }
    if (operation->send_posted & bit || !((operation->receive_done | operation->exchange) & bit)) {
        return;
    }
    operation->send_posted |= bit;
    if (round.send_to == ESS_NONE) {
        operation->send_done |= bit;
        close_if_complete(executor, operation, bit);
    } else {
        post_send(executor, operation, index, segment, &round, actions);
    }
}

/* Rounds among the first `open` that have something to post and are not held: their receive, or
 * their send once it need not wait for the receive. */
static uint64_t idle_rounds(const struct ess_operation *operation, uint32_t open) {
    uint64_t sendable = operation->receive_done | operation->exchange;
    uint64_t mask = open == ESS_WINDOW_MAX ? UINT64_MAX : (UINT64_C(1) << open) - 1;
    return mask & ~operation->held &
           (~operation->receive_posted | (sendable & ~operation->send_posted));
}

static uint32_t slot_bit(
    const struct ess_executor *executor, const struct ess_operation *operation) {
    return UINT32_C(1) << (operation - executor->operations);
}

static uint64_t drop_bits(uint64_t mask, uint32_t count) {
    return count < 64 ? mask >> count : 0;
}

/* Drop the rounds at the front that are complete. */
static void slide(struct ess_executor *executor, struct ess_operation *operation) {
    uint64_t open = ~(operation->receive_done & operation->send_done);
    uint32_t count = open ? lowest_bit(open) : ESS_WINDOW_MAX;
    if (count == 0) {
        return;
    }
    operation->base += count;
    operation->receive_posted = drop_bits(operation->receive_posted, count);
    operation->receive_done = drop_bits(operation->receive_done, count);
    operation->send_posted = drop_bits(operation->send_posted, count);
    operation->send_done = drop_bits(operation->send_done, count);
    operation->held = drop_bits(operation->held, count);
    operation->known = drop_bits(operation->known, count);
    operation->exchange = drop_bits(operation->exchange, count);
    operation->opened = drop_bits(operation->opened, count);
    if (operation->base == operation->rounds) {
        executor->ended |= slot_bit(executor, operation);
    }
}

static bool pump_operation(
    struct ess_executor *executor, struct ess_operation *operation, struct ess_actions *actions) {
    uint32_t base;
    do {
        uint32_t open = operation->rounds - operation->base;
        uint64_t idle;
        if (open > executor->window) {
            open = executor->window;
        }
        idle = idle_rounds(operation, open);
        for (; idle != 0; idle &= idle - 1) {
            uint32_t i = lowest_bit(idle);
            uint32_t after = awaited(executor, operation, operation->base + i);
            if ((after != ESS_NONE && !round_is_complete(operation, after)) ||
                !may_open(executor, operation, i)) {
                continue;
            }
            if (ess_actions_room(actions) < 2) {
                return false;
            }
            post_round(executor, operation, i, actions);
        }
        /* Empty rounds complete while we look, which opens others. */
        base = operation->base;
        slide(executor, operation);
    } while (base != operation->base);
    return true;
}

/* A group of one: the result is the input. */
static bool pump_copy(
    struct ess_executor *executor, struct ess_operation *operation, struct ess_actions *actions) {
    struct ess_span span = operation->vector;
    if (operation->copying || operation->call.group->size > 1) {
        return true;
    }
    if (ess_actions_room(actions) == 0) {
        return false;
    }
    operation->copying = true;
    span.region = ESS_REGION_RESULT;
    post_copy(executor, operation, 0, span, actions);
    return true;
}

bool ess_executor_pump(struct ess_executor *executor, struct ess_actions *actions) {
    while (executor->dirty != 0) {
        struct ess_operation *operation = &executor->operations[lowest_bit(executor->dirty)];
        executor->dirty &= ~slot_bit(executor, operation);
        if (operation->rounds == 0 ? !pump_copy(executor, operation, actions)
                                   : !pump_operation(executor, operation, actions)) {
            executor->dirty |= slot_bit(executor, operation);
            return false;
        }
    }
    return true;
}

static void hold(struct ess_executor *executor, struct ess_operation *operation, bool receive,
    uint64_t bit, int64_t now_ns) {
    if (receive) {
        operation->receive_posted &= ~bit;
    } else {
        operation->send_posted &= ~bit;
    }
    operation->held |= bit;
    if (executor->retry_ns == ESS_TIME_NEVER) {
        executor->retry_ns = now_ns + executor->retry_delay_ns;
    }
}

struct ess_executor_result ess_executor_event(
    struct ess_executor *executor, const struct ess_event *event) {
    struct ess_executor_result result = {.suspect = ESS_NONE};
    uint32_t slot = (uint32_t)(event->token >> SLOT_SHIFT & 0x7f);
    bool receive = (event->token & RECEIVE_FLAG) != 0;
    uint32_t round = (uint32_t)(event->token & (COPY_FLAG - 1));
    struct ess_operation *operation;
    uint64_t bit;
    if (slot >= ESS_OPERATIONS_MAX) {
        return result;
    }
    result.mine = true;
    if (event->token & COPY_FLAG) {
        executor->copies--;
        executor->stale_copies -= executor->stale_copies > 0;
    }
    operation = &executor->operations[slot];
    if (!executor->view || (uint32_t)(event->token >> 32) != executor->view->epoch ||
        !(executor->active >> slot & 1) || event->reason == ESS_FAILURE_CANCELLED) {
        return result;
    }
    executor->dirty |= UINT32_C(1) << slot;
    bit = operation->rounds ? UINT64_C(1) << (round - operation->base) : 0;
    if (event->kind == ESS_EVENT_FAILED) {
        hold(executor, operation, receive, bit, event->now_ns);
        result.suspect = event->peer;
        return result;
    }
    if (operation->rounds == 0) {
        executor->ended |= UINT32_C(1) << slot;
        return result;
    }
    *(receive ? &operation->receive_done : &operation->send_done) |= bit;
    close_if_complete(executor, operation, bit);
    slide(executor, operation);
    return result;
}

bool ess_executor_next_complete(struct ess_executor *executor, uint8_t *bucket) {
    uint32_t slot;
    if (executor->ended == 0) {
        return false;
    }
    slot = lowest_bit(executor->ended);
    executor->active &= ~(UINT32_C(1) << slot);
    executor->dirty &= ~(UINT32_C(1) << slot);
    executor->ended &= ~(UINT32_C(1) << slot);
    executor->active_count--;
    *bucket = executor->operations[slot].bucket;
    return true;
}

void ess_executor_deadline(struct ess_executor *executor, int64_t now_ns) {
    if (now_ns < executor->retry_ns) {
        return;
    }
    executor->retry_ns = ESS_TIME_NEVER;
    for (uint32_t slot = 0; slot < executor->in_flight; slot++) {
        executor->operations[slot].held = 0;
    }
    executor->dirty = executor->active;
}
