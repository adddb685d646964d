/* SPDX-License-Identifier: Apache-2.0 */
#include "collective/executor.h"

#include "base/assert.h"

#include <stddef.h>
#include <string.h>

/* Stands for the round in the token of a copy. */
#define COPY_ROUND 0xffffffu

/* Of a mask that is not empty. */
static uint32_t lowest_bit(uint64_t mask) {
    return (uint32_t)__builtin_ctzll(mask);
}

/* Token: epoch (32) | slot (7) | direction (1) | round (24). Tokens of other users of the transfers
 * have their slot at ESS_OPERATIONS_MAX or above. */
static uint64_t token_of(uint32_t epoch, uint32_t slot, bool receive, uint32_t round) {
    return (uint64_t)epoch << 32 | (uint64_t)slot << 25 | (uint64_t)receive << 24 | round;
}

void ess_executor_init(struct ess_executor *executor, const struct ess_plan_type *plan,
    const void *plan_settings, uint32_t element_bytes, uint32_t window, uint32_t in_flight,
    int64_t retry_delay_ns) {
    /* Operations are cleared when they begin: a process that starts would wait for their memory. */
    memset(executor, 0, offsetof(struct ess_executor, operations));
    executor->plan = plan;
    executor->plan_settings = plan_settings;
    executor->element_bytes = element_bytes;
    executor->window = window;
    executor->in_flight = in_flight;
    executor->retry_delay_ns = retry_delay_ns;
    executor->retry_ns = ESS_TIME_NEVER;
}

void ess_executor_enter(struct ess_executor *executor, const struct ess_view *view, uint32_t rank) {
    executor->view = view;
    executor->rank = rank;
    executor->active_count = 0;
    executor->active = executor->dirty = executor->ended = 0;
    executor->stale_copies = executor->copies;
    executor->retry_ns = ESS_TIME_NEVER;
}

bool ess_executor_has_room(const struct ess_executor *executor) {
    return executor->active_count < executor->in_flight;
}

void ess_executor_begin(
    struct ess_executor *executor, uint8_t bucket, uint64_t id, struct ess_span vector) {
    uint32_t slot = lowest_bit(~executor->active), chunks;
    struct ess_operation *operation = &executor->operations[slot];
    uint64_t elements = vector.size_bytes / executor->element_bytes;
    memset(operation, 0, sizeof *operation);
    executor->active |= UINT32_C(1) << slot;
    executor->dirty |= UINT32_C(1) << slot;
    operation->bucket = bucket;
    operation->id = id;
    operation->vector = vector;
    operation->rounds =
        executor->plan->rounds(executor->plan_settings, &executor->view->group, executor->rank);
    ESS_ASSERT(operation->rounds < COPY_ROUND); /* what a token holds */
    chunks = executor->plan->chunks(executor->plan_settings, &executor->view->group);
    operation->share = elements / chunks;
    operation->longer = elements % chunks;
    executor->active_count++;
}

/* What ess_plan_range() says, without its divisions. */
static struct ess_span range_span(const struct ess_executor *executor,
    const struct ess_operation *operation, uint32_t chunk, uint32_t chunk_count,
    enum ess_region region) {
    uint64_t longer = operation->longer, end = (uint64_t)chunk + chunk_count;
    uint64_t first = chunk * operation->share + (chunk < longer ? chunk : longer);
    uint64_t count = end * operation->share + (end < longer ? end : longer) - first;
    return (struct ess_span){region,
        operation->vector.offset_bytes + first * executor->element_bytes,
        count * executor->element_bytes};
}

static struct ess_transfer *add_transfer(struct ess_executor *executor,
    const struct ess_operation *operation, uint32_t index, const struct ess_round *round,
    bool receive, struct ess_actions *actions) {
    uint32_t slot = (uint32_t)(operation - executor->operations);
    uint32_t rank = receive ? round->receive_from : round->send_to;
    struct ess_action *action =
        ess_actions_add(actions, receive ? ESS_ACTION_RECEIVE : ESS_ACTION_SEND);
    action->peer = executor->view->group.members[rank].peer;
    action->token = token_of(executor->view->epoch, slot, receive, index);
    action->transfer.operation = operation->id;
    action->transfer.epoch = executor->view->epoch;
    return &action->transfer;
}

static void post_receive(struct ess_executor *executor, struct ess_operation *operation,
    uint32_t index, const struct ess_round *round, struct ess_actions *actions) {
    struct ess_transfer *transfer = add_transfer(executor, operation, index, round, true, actions);
    transfer->chunk = round->chunk;
    transfer->step = round->receive_step;
    transfer->span =
        range_span(executor, operation, round->chunk, round->chunk_count, ESS_REGION_RESULT);
    transfer->combine = round->sum ? ESS_COMBINE_SUM : ESS_COMBINE_COPY;
    transfer->operand_region = round->operand;
}

static void post_send(struct ess_executor *executor, struct ess_operation *operation,
    uint32_t index, const struct ess_round *round, struct ess_actions *actions) {
    struct ess_transfer *transfer = add_transfer(executor, operation, index, round, false, actions);
    uint32_t chunk_count = round->exchange ? round->send_chunk_count : round->chunk_count;
    transfer->chunk = round->exchange ? round->send_chunk : round->chunk;
    transfer->step = round->send_step;
    transfer->span =
        range_span(executor, operation, transfer->chunk, chunk_count, round->send_source);
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
    if (!(operation->known & bit)) {
        executor->plan->round(
            executor->plan_settings, &executor->view->group, executor->rank, index, &round);
        *after = round.after;
        operation->known |= bit;
        operation->exchange |= round.exchange ? bit : 0;
    }
    return *after;
}

/* Post what round base + i allows; a missing receive or send counts as done. */
static void post_round(struct ess_executor *executor, struct ess_operation *operation, uint32_t i,
    struct ess_actions *actions) {
    uint64_t bit = UINT64_C(1) << i;
    uint32_t index = operation->base + i;
    struct ess_round round;
    executor->plan->round(
        executor->plan_settings, &executor->view->group, executor->rank, index, &round);
    if (!(operation->receive_posted & bit)) {
        operation->receive_posted |= bit;
        if (round.receive_from == ESS_NONE) {
            operation->receive_done |= bit;
        } else {
            post_receive(executor, operation, index, &round, actions);
        }
    }
    if (operation->send_posted & bit || !((operation->receive_done | operation->exchange) & bit)) {
        return;
    }
    operation->send_posted |= bit;
    if (round.send_to == ESS_NONE) {
        operation->send_done |= bit;
    } else {
        post_send(executor, operation, index, &round, actions);
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
            if (after != ESS_NONE && !round_is_complete(operation, after)) {
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

static bool pump_copy(
    struct ess_executor *executor, struct ess_operation *operation, struct ess_actions *actions) {
    struct ess_action *action;
    if (operation->copying) {
        return true;
    }
    if (ess_actions_room(actions) == 0) {
        return false;
    }
    operation->copying = true;
    executor->copies++;
    action = ess_actions_add(actions, ESS_ACTION_ARITHMETIC);
    action->token = token_of(
        executor->view->epoch, (uint32_t)(operation - executor->operations), true, COPY_ROUND);
    action->arithmetic.kind = ESS_ARITHMETIC_COPY;
    action->arithmetic.to = operation->vector;
    action->arithmetic.to.region = ESS_REGION_RESULT;
    action->arithmetic.from_region = ESS_REGION_INPUT;
    return true;
}

bool ess_executor_pump(struct ess_executor *executor, struct ess_actions *actions) {
    while (executor->dirty != 0) {
        struct ess_operation *operation = &executor->operations[lowest_bit(executor->dirty)];
        if (operation->rounds == 0 ? !pump_copy(executor, operation, actions)
                                   : !pump_operation(executor, operation, actions)) {
            return false;
        }
        executor->dirty &= ~slot_bit(executor, operation);
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
    uint32_t slot = (uint32_t)(event->token >> 25 & 0x7f);
    bool receive = event->token >> 24 & 1;
    uint32_t round = (uint32_t)(event->token & 0xffffff);
    struct ess_operation *operation;
    uint64_t bit;
    if (slot >= ESS_OPERATIONS_MAX) {
        return result;
    }
    result.mine = true;
    if (round == COPY_ROUND) {
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
