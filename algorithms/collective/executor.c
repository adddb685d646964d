/* SPDX-License-Identifier: Apache-2.0 */
#include "collective/executor.h"

#include "base/assert.h"
#include "collective/executor_parts.h"

#include <stddef.h>
#include <string.h>

/* With the segments that a plan likes: filling and emptying a tree ten hops deep costs 16 % of its
 * time then, and less than that is not worth a message and a grant more for each chunk. */
#define SEGMENTS_OF_PLAN 128

/* Stands in for a plan that refuses. */
extern const struct ess_plan_type ess_plan_direct;

/* Of an operation, whatever its plan. */
static uint32_t streams_of(const struct ess_plan_type *plan, const struct ess_chooser *chooser) {
    uint32_t streams = chooser ? ess_chooser_streams_most(chooser) : 1;
    return plan->streams_most > streams ? plan->streams_most : streams;
}

static uint32_t operations_of(uint32_t streams, uint32_t in_flight) {
    uint32_t most = ESS_STREAMS_MAX / streams;
    return in_flight < most ? in_flight : most;
}

size_t ess_executor_stream_bytes(
    const struct ess_plan_type *plan, const struct ess_chooser *chooser, uint32_t in_flight) {
    uint32_t streams = streams_of(plan, chooser);
    return (size_t)operations_of(streams, in_flight) * streams * sizeof(struct ess_stream);
}

void ess_executor_init(struct ess_executor *executor, struct ess_plan_choice configured,
    const struct ess_chooser *chooser, uint32_t element_bytes,
    const struct ess_executor_limits *limits, void *streams) {
    uint32_t least;
    /* Operations and streams are cleared when they begin: a process that starts would wait for
     * their memory. */
    memset(executor, 0, offsetof(struct ess_executor, operations));
    executor->configured = configured;
    executor->chooser = chooser;
    executor->element_bytes = element_bytes;
    executor->window = limits->window;
    executor->streams_each = streams_of(configured.plan, chooser);
    ESS_ASSERT(executor->streams_each <= ESS_STREAMS_MAX);
    executor->in_flight = operations_of(executor->streams_each, limits->in_flight);
    executor->rounds_most = limits->rounds_most;
    least = ESS_WINDOW_MIN * executor->in_flight * executor->streams_each + 1;
    if (executor->rounds_most > 0 && executor->rounds_most < least) {
        executor->rounds_most = least;
    }
    executor->segment_bytes = limits->segment_bytes;
    executor->retry_delay_ns = limits->retry_delay_ns;
    executor->retry_ns = ESS_TIME_NEVER;
    executor->streams = streams;
}

void ess_executor_enter(struct ess_executor *executor, const struct ess_view *view, uint32_t rank) {
    executor->view = view;
    executor->rank = rank;
    executor->active_count = 0;
    executor->active = executor->ended = 0;
    executor->dirty = 0;
    executor->rounds_open = 0;
    executor->stale_copies = executor->copies;
    executor->retry_ns = ESS_TIME_NEVER;
}

bool ess_executor_has_room(const struct ess_executor *executor) {
    return executor->active_count < executor->in_flight;
}

/* ---- beginning --------------------------------------------------------------------------------
 */

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

/* How many segments; each has at least one element, and they are no more than a token can number
 * the rounds of: rounds of a stream are a few for each chunk and rank, on all ranks alike. */
static uint32_t segments_of(const struct ess_executor *executor,
    const struct ess_operation *operation, enum ess_primitive primitive, uint64_t size_bytes) {
    uint64_t longest =
        executor->segment_bytes ? executor->segment_bytes : operation->plan->segment_bytes;
    uint64_t segments, elements = size_bytes / executor->element_bytes;
    uint64_t most =
        ESS_COPY_FLAG / (16 * ((uint64_t)operation->chunks + operation->call.group->size));
    if (longest == 0 || size_bytes <= longest || primitive == ESS_REDUCE_SCATTER ||
        primitive == ESS_ALL_GATHER) {
        return 1;
    }
    segments = (size_bytes + longest - 1) / longest;
    if (executor->segment_bytes == 0 && segments > SEGMENTS_OF_PLAN) {
        segments = SEGMENTS_OF_PLAN;
    }
    segments = segments < elements ? segments : elements;
    segments = segments < most ? segments : most;
    return segments > 0 ? (uint32_t)segments : 1;
}

static uint64_t slot_streams(const struct ess_executor *executor, uint32_t slot, uint32_t count) {
    uint64_t mask = count == 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    return mask << (slot * executor->streams_each);
}

static void begin_streams(struct ess_executor *executor, uint32_t slot) {
    struct ess_operation *operation = &executor->operations[slot];
    const struct ess_plan_type *plan = operation->plan;
    const void *settings = operation->plan_settings;
    uint32_t rounds = plan->rounds(settings, &operation->call, executor->rank), first = 0;
    operation->streams = plan->streams ? plan->streams(settings, &operation->call) : 1;
    ESS_ASSERT(operation->streams <= executor->streams_each);
    for (uint32_t i = 0; i < operation->streams; i++) {
        struct ess_stream *stream = &executor->streams[slot * executor->streams_each + i];
        bool last = i + 1 == operation->streams;
        uint32_t end =
            last ? rounds : plan->stream_end(settings, &operation->call, executor->rank, i);
        memset(stream, 0, offsetof(struct ess_stream, after));
        stream->first = first;
        stream->segment_rounds = end - first;
        stream->rounds = stream->segment_rounds * operation->segments;
        /* What a token holds. */
        ESS_ASSERT((uint64_t)stream->segment_rounds * operation->segments < ESS_COPY_FLAG);
        operation->streams_left += stream->rounds > 0;
        first = end;
    }
}

/* The plan that was chosen, or what stands in for it where it refuses. */
static void choose_plan(const struct ess_executor *executor, struct ess_operation *operation) {
    uint64_t size_bytes = operation->vector.size_bytes;
    struct ess_plan_choice choice = ess_chooser_choose(executor->chooser, executor->configured,
        &operation->call, size_bytes, executor->element_bytes);
    operation->plan = choice.plan;
    operation->plan_settings = choice.settings;
    if (!(choice.plan->primitives & ESS_PRIMITIVE_BIT(operation->call.primitive)) ||
        (choice.plan->refuse && choice.plan->refuse(choice.settings, &operation->call))) {
        operation->plan = &ess_plan_direct;
        operation->plan_settings = NULL;
    }
}

void ess_executor_begin(struct ess_executor *executor, uint8_t bucket, uint64_t id,
    const struct ess_collective *collective, struct ess_span vector) {
    uint32_t slot = ess_lowest_bit(~executor->active);
    struct ess_operation *operation = &executor->operations[slot];
    uint64_t elements = vector.size_bytes / executor->element_bytes;
    memset(operation, 0, sizeof *operation);
    executor->active |= UINT32_C(1) << slot;
    executor->active_count++;
    operation->bucket = bucket;
    operation->id = id;
    operation->combine = collective->maximum ? ESS_COMBINE_MAX : ESS_COMBINE_SUM;
    operation->vector = vector;
    operation->call = call_of(executor, collective);
    choose_plan(executor, operation);
    operation->chunks = operation->plan->chunks(operation->plan_settings, &operation->call);
    operation->segments =
        segments_of(executor, operation, collective->primitive, vector.size_bytes);
    ESS_ASSERT((uint64_t)operation->chunks * operation->segments <= UINT32_MAX);
    operation->share = elements / operation->chunks;
    operation->longer = elements % operation->chunks;
    begin_streams(executor, slot);
    executor->dirty |= slot_streams(executor, slot, operation->streams);
    if (operation->streams_left == 0 && operation->call.group->size > 1) {
        executor->ended |= UINT32_C(1) << slot; /* this rank takes no part */
    }
}

/* ---- the window -------------------------------------------------------------------------------
 */

/* Most plans have one stream: a division less for each event. */
static uint32_t slot_of(const struct ess_executor *executor, uint32_t stream) {
    return executor->streams_each == 1 ? stream : stream / executor->streams_each;
}

static struct ess_operation *operation_of(struct ess_executor *executor, uint32_t stream) {
    return &executor->operations[slot_of(executor, stream)];
}

/* `after`: stream of the operation, and round in it. */
static bool is_complete(
    const struct ess_executor *executor, const struct ess_operation *operation, uint32_t after) {
    size_t slot = (size_t)(operation - executor->operations);
    const struct ess_stream *stream =
        &executor->streams[slot * executor->streams_each + (after >> ESS_ROUND_BITS)];
    uint32_t index = after & (ESS_COPY_FLAG - 1);
    if (index < stream->base) {
        return true;
    }
    /* Another stream may not have come so far that it opens the round. */
    return index - stream->base < ESS_WINDOW_MAX &&
           (stream->receive_done & stream->send_done) >> (index - stream->base) & 1;
}

/* A round as the plan describes it; asked for when it is first needed. */
struct asked {
    bool known;
    uint32_t segment;
    struct ess_round round;
};

static const struct ess_round *ask(struct asked *asked, const struct ess_executor *executor,
    const struct ess_operation *operation, const struct ess_stream *stream, uint32_t index) {
    if (!asked->known) {
        ess_executor_ask(executor, operation, stream, index, &asked->segment, &asked->round);
        asked->known = true;
    }
    return &asked->round;
}

/* The round that round `index` waits for. Asked of the plan once: while a round waits it is looked
 * at after every event. */
static uint32_t awaited(struct asked *asked, const struct ess_executor *executor,
    const struct ess_operation *operation, struct ess_stream *stream, uint32_t index) {
    uint64_t bit = UINT64_C(1) << (index - stream->base);
    uint32_t *after = &stream->after[index % ESS_WINDOW_MAX];
    if (!(stream->known & bit)) {
        const struct ess_round *round = ask(asked, executor, operation, stream, index);
        *after = round->after;
        stream->known |= bit;
        stream->exchange |= round->exchange ? bit : 0;
    }
    return *after;
}

/* One round less is open; where others had to wait for that, they are looked at again. */
static void close_if_complete(
    struct ess_executor *executor, const struct ess_stream *stream, uint64_t bit) {
    if (!(stream->receive_done & stream->send_done & bit)) {
        return;
    }
    executor->rounds_open--;
    if (executor->at_most) {
        executor->at_most = false;
        for (uint32_t slot = 0; slot < executor->in_flight; slot++) {
            if (executor->active >> slot & 1) {
                executor->dirty |= slot_streams(executor, slot, executor->operations[slot].streams);
            }
        }
    }
}

/* Whether round base + i may be opened. The first rounds of each stream always may, so that the
 * oldest operation gets on whatever the others hold: the bound leaves room for them. */
static bool may_open(struct ess_executor *executor, const struct ess_stream *stream, uint32_t i) {
    uint32_t reserve = ESS_WINDOW_MIN * executor->in_flight * executor->streams_each;
    if (executor->rounds_most == 0 || i < ESS_WINDOW_MIN || stream->opened >> i & 1 ||
        executor->rounds_open + reserve < executor->rounds_most) {
        return true;
    }
    executor->at_most = true;
    return false;
}

/* Post what round base + i allows; a missing receive or send counts as done. */
static void post_round(struct ess_executor *executor, uint32_t number, uint32_t i,
    struct asked *asked, struct ess_actions *actions) {
    const struct ess_operation *operation = operation_of(executor, number);
    struct ess_stream *stream = &executor->streams[number];
    uint64_t bit = UINT64_C(1) << i;
    uint32_t index = stream->base + i;
    const struct ess_round *round = ask(asked, executor, operation, stream, index);
    if (!(stream->receive_posted & bit)) {
        stream->receive_posted |= bit;
        executor->rounds_open += !(stream->opened & bit);
        stream->opened |= bit;
        if (round->receive_from == ESS_NONE) {
            stream->receive_done |= bit;
        } else {
            ess_executor_post_receive(
                executor, operation, number, index, asked->segment, round, actions);
        }
    }
    if (stream->send_posted & bit || !((stream->receive_done | stream->exchange) & bit)) {
        return;
    }
    stream->send_posted |= bit;
    if (round->send_to == ESS_NONE) {
        stream->send_done |= bit;
        close_if_complete(executor, stream, bit);
    } else {
        ess_executor_post_send(executor, operation, number, index, asked->segment, round, actions);
    }
}

/* Rounds among the first `open` that have something to post and are not held: their receive, or
 * their send once it need not wait for the receive. */
static uint64_t idle_rounds(const struct ess_stream *stream, uint32_t open) {
    uint64_t sendable = stream->receive_done | stream->exchange;
    uint64_t mask = open == ESS_WINDOW_MAX ? UINT64_MAX : (UINT64_C(1) << open) - 1;
    return mask & ~stream->held & (~stream->receive_posted | (sendable & ~stream->send_posted));
}

static uint64_t drop_bits(uint64_t mask, uint32_t count) {
    return count < 64 ? mask >> count : 0;
}

/* Drop the rounds at the front that are complete. */
static void slide(struct ess_executor *executor, uint32_t number) {
    struct ess_stream *stream = &executor->streams[number];
    struct ess_operation *operation = operation_of(executor, number);
    uint64_t open = ~(stream->receive_done & stream->send_done);
    uint32_t count = open ? ess_lowest_bit(open) : ESS_WINDOW_MAX;
    if (count == 0) {
        return;
    }
    stream->base += count;
    stream->receive_posted = drop_bits(stream->receive_posted, count);
    stream->receive_done = drop_bits(stream->receive_done, count);
    stream->send_posted = drop_bits(stream->send_posted, count);
    stream->send_done = drop_bits(stream->send_done, count);
    stream->opened = drop_bits(stream->opened, count);
    stream->held = drop_bits(stream->held, count);
    stream->known = drop_bits(stream->known, count);
    stream->exchange = drop_bits(stream->exchange, count);
    if (stream->base == stream->rounds && --operation->streams_left == 0) {
        executor->ended |= UINT32_C(1) << (operation - executor->operations);
    }
}

/* What waits for a round of one stream may stand in another. */
static void wake_siblings(struct ess_executor *executor, uint32_t number) {
    const struct ess_operation *operation = operation_of(executor, number);
    if (operation->streams > 1) {
        executor->dirty |= slot_streams(
            executor, (uint32_t)(operation - executor->operations), operation->streams);
    }
}

static bool pump_stream(
    struct ess_executor *executor, uint32_t number, struct ess_actions *actions) {
    const struct ess_operation *operation = operation_of(executor, number);
    struct ess_stream *stream = &executor->streams[number];
    uint32_t base;
    do {
        uint32_t open = stream->rounds - stream->base;
        uint64_t idle;
        if (open > executor->window) {
            open = executor->window;
        }
        idle = idle_rounds(stream, open);
        for (; idle != 0; idle &= idle - 1) {
            uint32_t i = ess_lowest_bit(idle);
            struct asked asked = {.known = false};
            uint32_t after = awaited(&asked, executor, operation, stream, stream->base + i);
            if ((after != ESS_NONE && !is_complete(executor, operation, after)) ||
                !may_open(executor, stream, i)) {
                continue;
            }
            if (ess_actions_room(actions) < 2) {
                return false;
            }
            post_round(executor, number, i, &asked, actions);
        }
        /* Empty rounds complete while we look, which opens others. */
        base = stream->base;
        slide(executor, number);
        if (base != stream->base) {
            wake_siblings(executor, number);
        }
    } while (base != stream->base);
    return true;
}

/* A group of one: the result is the input. */
static bool pump_copy(struct ess_executor *executor, uint32_t number, struct ess_actions *actions) {
    struct ess_operation *operation = operation_of(executor, number);
    struct ess_span span = operation->vector;
    if (operation->copying || operation->call.group->size > 1) {
        return true;
    }
    if (ess_actions_room(actions) == 0) {
        return false;
    }
    operation->copying = true;
    span.region = ESS_REGION_RESULT;
    ess_executor_post_copy(executor, number, 0, span, actions);
    return true;
}

bool ess_executor_pump(struct ess_executor *executor, struct ess_actions *actions) {
    while (executor->dirty != 0) {
        uint32_t number = ess_lowest_bit(executor->dirty);
        uint64_t bit = UINT64_C(1) << number;
        executor->dirty &= ~bit;
        if (executor->streams[number].rounds == 0 ? !pump_copy(executor, number, actions)
                                                  : !pump_stream(executor, number, actions)) {
            executor->dirty |= bit;
            return false;
        }
    }
    return true;
}

/* ---- events -----------------------------------------------------------------------------------
 */

static void hold(struct ess_executor *executor, struct ess_stream *stream, bool receive,
    uint64_t bit, int64_t now_ns) {
    if (receive) {
        stream->receive_posted &= ~bit;
    } else {
        stream->send_posted &= ~bit;
    }
    stream->held |= bit;
    if (executor->retry_ns == ESS_TIME_NEVER) {
        executor->retry_ns = now_ns + executor->retry_delay_ns;
    }
}

static void take_in(struct ess_executor *executor, const struct ess_event *event, uint32_t number,
    struct ess_executor_result *result) {
    struct ess_stream *stream = &executor->streams[number];
    bool receive = (event->token & ESS_RECEIVE_FLAG) != 0;
    uint32_t round = (uint32_t)(event->token & (ESS_COPY_FLAG - 1));
    uint64_t bit;
    executor->dirty |= UINT64_C(1) << number;
    if (stream->rounds == 0) {
        executor->ended |= UINT32_C(1) << (operation_of(executor, number) - executor->operations);
        return;
    }
    bit = UINT64_C(1) << (round - stream->base);
    if (event->kind == ESS_EVENT_FAILED) {
        hold(executor, stream, receive, bit, event->now_ns);
        result->suspect = event->peer;
        return;
    }
    *(receive ? &stream->receive_done : &stream->send_done) |= bit;
    wake_siblings(executor, number);
    close_if_complete(executor, stream, bit);
    slide(executor, number);
}

struct ess_executor_result ess_executor_event(
    struct ess_executor *executor, const struct ess_event *event) {
    struct ess_executor_result result = {.suspect = ESS_NONE};
    uint32_t number = (uint32_t)(event->token >> ESS_STREAM_SHIFT & 0x7f);
    if (number >= ESS_STREAMS_MAX) {
        return result;
    }
    result.mine = true;
    if (event->token & ESS_COPY_FLAG) {
        executor->copies--;
        executor->stale_copies -= executor->stale_copies > 0;
    }
    if (executor->view && (uint32_t)(event->token >> 32) == executor->view->epoch &&
        executor->active >> slot_of(executor, number) & 1 &&
        event->reason != ESS_FAILURE_CANCELLED) {
        take_in(executor, event, number, &result);
    }
    return result;
}

bool ess_executor_next_complete(struct ess_executor *executor, uint8_t *bucket) {
    uint32_t slot;
    if (executor->ended == 0) {
        return false;
    }
    slot = ess_lowest_bit(executor->ended);
    executor->active &= ~(UINT32_C(1) << slot);
    executor->ended &= ~(UINT32_C(1) << slot);
    executor->dirty &= ~slot_streams(executor, slot, executor->streams_each);
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
        if (executor->active >> slot & 1) {
            uint32_t count = executor->operations[slot].streams;
            for (uint32_t i = 0; i < count; i++) {
                executor->streams[slot * executor->streams_each + i].held = 0;
            }
            executor->dirty |= slot_streams(executor, slot, count);
        }
    }
}
