/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends and receives that peers have posted. Two match when the peers and (operation, epoch, chunk,
 * step) agree. The receive is a grant: it reaches the sender one way later, and only then do bytes
 * leave.
 *
 * A post stands in a box of its connection until it is matched, then as one end of a flight, and
 * where it fails, among the failing ones of its peer until that is told.
 *
 * Simplifications: both ends learn of the end of a transfer when its last byte arrives; sums are
 * made while the bytes arrive (memory is faster than any access link), at no cost of their own. */
#include <stdlib.h>

#include "sim/world/world_parts.h"

#define NONE UINT32_MAX

_Static_assert(sizeof(struct flight) == 32, "half a cache line");
_Static_assert(sizeof(struct pair) == 64, "a cache line");

static uint32_t owner_of(const struct pair *pair, bool receive) {
    return receive ? pair->to : pair->from;
}

/* ---- flights ----------------------------------------------------------------------------------
 */

static uint32_t take_flight(struct ess_world *world, uint32_t pair) {
    uint32_t index = world->free_flight;
    struct flight *flight;
    if (index != NONE) {
        world->free_flight = world->flights[index].next;
    } else {
        index = world->flight_count++;
        world->flights = ess_arena_reserve(&world->arena, world->flights, &world->flight_capacity,
            world->flight_count, sizeof *world->flights);
        world->flight_terms = ess_arena_reserve(&world->arena, world->flight_terms,
            &world->flight_terms_capacity, world->flight_count, sizeof *world->flight_terms);
    }
    flight = &world->flights[index];
    flight->pair = pair;
    flight->previous = NONE;
    flight->next = world->pairs[pair].first_flight;
    if (flight->next != NONE) {
        world->flights[flight->next].previous = index;
    }
    world->pairs[pair].first_flight = index;
    return index;
}

static void free_flight(struct ess_world *world, uint32_t index) {
    struct flight *flight = &world->flights[index];
    if (flight->previous != NONE) {
        world->flights[flight->previous].next = flight->next;
    } else {
        world->pairs[flight->pair].first_flight = flight->next;
    }
    if (flight->next != NONE) {
        world->flights[flight->next].previous = flight->previous;
    }
    flight->next = world->free_flight;
    world->free_flight = index;
}

static void begin_flight(
    struct ess_world *world, uint32_t there, const struct post *send, const struct post *receive) {
    uint32_t back = world->pairs[there].reverse;
    int64_t granted_ns = receive->posted_ns + ess_network_delay_ns(&world->network, back);
    int64_t start_ns = granted_ns > world->engine.now_ns ? granted_ns : world->engine.now_ns;
    uint32_t index = take_flight(world, there);
    struct flight *flight = &world->flights[index];
    ESS_ENGINE_ASSERT(&world->engine, send->bytes == receive->bytes);
    flight->token[0] = send->token;
    flight->token[1] = receive->token;
    flight->epoch = send->epoch;
    world->flight_terms[index] = (struct flight_terms){
        .transfer = ess_network_begin(&world->network, there, send->bytes, start_ns, index),
        .operation = send->operation,
        .bytes = send->bytes,
        .order = {send->order, receive->order},
        .chunk = send->chunk,
        .step = send->step,
    };
    world->outcome->transfers++;
}

/* What was posted at one end of a flight, as though posted now. */
static struct post end_of_flight(const struct ess_world *world, uint32_t index, bool receive) {
    const struct flight *flight = &world->flights[index];
    const struct flight_terms *terms = &world->flight_terms[index];
    return (struct post){.token = flight->token[receive],
        .operation = terms->operation,
        .bytes = terms->bytes,
        .posted_ns = world->engine.now_ns,
        .order = terms->order[receive],
        .epoch = flight->epoch,
        .chunk = terms->chunk,
        .step = terms->step};
}

/* ---- failing posts ----------------------------------------------------------------------------
 */

static void add_failing(struct ess_world *world, uint32_t owner, uint32_t other,
    const struct post *post, enum ess_failure reason, int64_t at_ns) {
    struct agent *agent = &world->agents[owner];
    uint32_t index = world->free_failing;
    if (index != NONE) {
        world->free_failing = world->failing[index].next;
    } else {
        index = world->failing_count++;
        world->failing = ess_arena_reserve(&world->arena, world->failing, &world->failing_capacity,
            world->failing_count, sizeof *world->failing);
    }
    world->failing[index] = (struct failing){
        .token = post->token,
        .event =
            ess_engine_schedule(&world->engine, at_ns, CLASS_DELIVERY, EVENT_POST_END, index, 0),
        .owner = owner,
        .other = other,
        .epoch = post->epoch,
        .reason = reason,
        .next = agent->first_failing,
        .previous = NONE,
    };
    if (agent->first_failing != NONE) {
        world->failing[agent->first_failing].previous = index;
    }
    agent->first_failing = index;
}

static void free_failing(struct ess_world *world, uint32_t index) {
    struct failing *failing = &world->failing[index];
    if (failing->previous != NONE) {
        world->failing[failing->previous].next = failing->next;
    } else {
        world->agents[failing->owner].first_failing = failing->next;
    }
    if (failing->next != NONE) {
        world->failing[failing->next].previous = failing->previous;
    }
    failing->next = world->free_failing;
    world->free_failing = index;
}

static void on_post_end(void *context, uint32_t index, uint64_t argument) {
    struct ess_world *world = context;
    struct failing failing = world->failing[index];
    (void)argument;
    free_failing(world, index);
    ess_agent_hand_over_end(world, failing.owner,
        (struct ess_event){.kind = ESS_EVENT_FAILED,
            .peer = failing.other,
            .token = failing.token,
            .reason = failing.reason},
        failing.epoch);
}

/* ---- taking posts back ------------------------------------------------------------------------
 */

static void note_posted(struct ess_world *world, uint32_t pair, bool receive, uint32_t flight,
    uint32_t order, uint32_t *count) {
    world->posted = ess_arena_reserve(
        &world->arena, world->posted, &world->posted_capacity, *count + 1, sizeof *world->posted);
    world->posted[(*count)++] = (struct posted){order, pair, flight, receive};
}

/* The sends over a pair, or the receives, whose epoch is below the limit. */
static void find_posted(
    struct ess_world *world, uint32_t pair, bool receive, uint32_t below, uint32_t *count) {
    const struct post_box *box = &world->pairs[pair].boxes[receive];
    uint32_t flight = world->pairs[pair].first_flight;
    for (uint32_t i = 0; i < box->count; i++) {
        const struct post *post = ess_post_box_at(box, i);
        if (post->epoch < below) {
            note_posted(world, pair, receive, NONE, post->order, count);
        }
    }
    for (; flight != NONE; flight = world->flights[flight].next) {
        if (world->flights[flight].epoch < below) {
            uint32_t order = world->flight_terms[flight].order[receive];
            note_posted(world, pair, receive, flight, order, count);
        }
    }
}

/* Newest first. The count of posts may have come round: what is posted at a time is far less. */
static int by_order(const void *a, const void *b) {
    uint32_t age = ((const struct posted *)b)->order - ((const struct posted *)a)->order;
    return age == 0 ? 0 : age < UINT32_C(1) << 31 ? 1 : -1;
}

/* What `owner` has posted, of all its pairs and epochs below the limit: world->posted, newest
 * first. */
static uint32_t find_all_posted(struct ess_world *world, uint32_t owner, uint32_t below) {
    uint32_t count = 0;
    if (world->agents[owner].posts == 0) {
        return 0;
    }
    for (uint32_t pair = world->agents[owner].first_pair; pair != NONE;
         pair = world->pairs[pair].next_of_from) {
        find_posted(world, pair, false, below, &count);
        find_posted(world, world->pairs[pair].reverse, true, below, &count);
    }
    if (count > 0) {
        qsort(world->posted, count, sizeof *world->posted, by_order);
    }
    return count;
}

/* Take a post out of whatever it takes part in; its mate, if any, is open again. */
static struct post take_back(struct ess_world *world, const struct posted *posted) {
    struct pair *pair = &world->pairs[posted->pair];
    bool receive = posted->receive;
    struct post post, mate;
    world->agents[owner_of(pair, receive)].posts--;
    if (posted->flight == NONE) {
        return ess_post_box_take(&pair->boxes[receive], posted->order);
    }
    post = end_of_flight(world, posted->flight, receive);
    mate = end_of_flight(world, posted->flight, !receive);
    ess_network_cancel(&world->network, world->flight_terms[posted->flight].transfer);
    free_flight(world, posted->flight);
    ess_post_box_put(&pair->boxes[!receive], &world->arena, &mate);
    return post;
}

/* The first `count` of world->posted end badly at `at_ns`. */
static void fail_posted(
    struct ess_world *world, uint32_t count, enum ess_failure reason, int64_t at_ns) {
    for (uint32_t i = 0; i < count; i++) {
        struct posted posted = world->posted[i];
        struct post post = take_back(world, &posted);
        const struct pair *pair = &world->pairs[posted.pair];
        add_failing(world, owner_of(pair, posted.receive), owner_of(pair, !posted.receive), &post,
            reason, at_ns);
    }
}

void ess_exchange_cancel(struct ess_world *world, uint32_t owner, uint32_t epoch) {
    uint32_t index = world->agents[owner].first_failing;
    ess_agent_cancel_held(world, owner, epoch);
    for (; index != NONE; index = world->failing[index].next) {
        if (world->failing[index].epoch < epoch) {
            world->failing[index].reason = ESS_FAILURE_CANCELLED;
        }
    }
    fail_posted(
        world, find_all_posted(world, owner, epoch), ESS_FAILURE_CANCELLED, world->engine.now_ns);
}

void ess_exchange_drop_all(struct ess_world *world, uint32_t owner) {
    uint32_t count = find_all_posted(world, owner, NONE);
    for (uint32_t i = 0; i < count; i++) {
        take_back(world, &world->posted[i]);
    }
    while (world->agents[owner].first_failing != NONE) {
        uint32_t index = world->agents[owner].first_failing;
        ess_engine_cancel(&world->engine, world->failing[index].event);
        free_failing(world, index);
    }
}

void ess_exchange_fail_with(
    struct ess_world *world, uint32_t owner, uint32_t other, int64_t at_ns) {
    uint32_t there, count = 0;
    if (world->agents[owner].posts == 0) {
        return;
    }
    there = ess_connections_pair(world, owner, other);
    find_posted(world, there, false, NONE, &count);
    find_posted(world, world->pairs[there].reverse, true, NONE, &count);
    if (count > 0) {
        qsort(world->posted, count, sizeof *world->posted, by_order);
    }
    fail_posted(world, count, ESS_FAILURE_RESET, at_ns);
}

/* ---- posting ----------------------------------------------------------------------------------
 */

/* The pair over which a post's bytes travel; something has travelled over it, if only the post. */
static uint32_t pair_of(struct ess_world *world, uint32_t owner, uint32_t other, bool receive) {
    struct agent *agent = &world->agents[owner];
    uint32_t pair = agent->recent[receive].pair;
    if (agent->recent[receive].other != other) {
        pair = receive ? ess_connections_pair(world, other, owner)
                       : ess_connections_pair(world, owner, other);
        agent->recent[receive].pair = pair;
        agent->recent[receive].other = other;
    }
    if (!world->pairs[pair].established) {
        ess_connections_establish(world, pair);
    }
    return pair;
}

void ess_exchange_post(struct ess_world *world, uint32_t owner, const struct ess_action *action) {
    const struct ess_transfer *transfer = &action->transfer;
    bool receive = action->kind == ESS_ACTION_RECEIVE;
    const struct agent *other = &world->agents[action->peer];
    uint32_t there = pair_of(world, owner, action->peer, receive);
    struct pair *pair = &world->pairs[there];
    struct post post = {.token = action->token,
        .operation = transfer->operation,
        .bytes = (double)transfer->span.size_bytes,
        .posted_ns = world->engine.now_ns,
        .order = world->posts_made++,
        .epoch = transfer->epoch,
        .chunk = transfer->chunk,
        .step = transfer->step};
    struct post mate;
    if (ess_post_box_take_mate(&pair->boxes[!receive], &post, &mate)) {
        world->agents[owner].posts++;
        begin_flight(world, there, receive ? &mate : &post, receive ? &post : &mate);
        return;
    }
    if (!other->alive && !other->silent) {
        /* The machine there is up, or was seen to go down, and refuses: a round trip. */
        int64_t delay_ns = ess_network_delay_ns(&world->network, there);
        add_failing(world, owner, action->peer, &post, ESS_FAILURE_RESET,
            world->engine.now_ns + 2 * delay_ns);
        return;
    }
    world->agents[owner].posts++;
    ess_post_box_put(&pair->boxes[receive], &world->arena, &post);
}

void ess_exchange_finished(void *context, uint64_t user) {
    struct ess_world *world = context;
    struct flight flight = world->flights[user];
    uint32_t sender = world->pairs[flight.pair].from, receiver = world->pairs[flight.pair].to;
    uint32_t sender_life = world->agents[sender].life;
    free_flight(world, (uint32_t)user);
    world->agents[receiver].posts--;
    world->agents[sender].posts--;
    ess_agent_hand_over_end(world, receiver,
        (struct ess_event){.kind = ESS_EVENT_FINISHED, .peer = sender, .token = flight.token[1]},
        flight.epoch);
    if (world->agents[sender].alive && world->agents[sender].life == sender_life) {
        ess_agent_hand_over_end(world, sender,
            (struct ess_event){
                .kind = ESS_EVENT_FINISHED, .peer = receiver, .token = flight.token[0]},
            flight.epoch);
    }
}

void ess_exchange_init(struct ess_world *world) {
    world->free_flight = world->free_failing = NONE;
    ess_engine_register(&world->engine, EVENT_POST_END, on_post_end);
}
