/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends and receives that peers have posted. Two match when the peers and (operation, epoch, chunk,
 * step) agree. The receive is a grant: it reaches the sender one way later, and only then do bytes
 * leave.
 *
 * Simplifications: both ends learn of the end of a transfer when its last byte arrives; sums are
 * made while the bytes arrive (memory is faster than any access link), at no cost of their own. */
#include "sim/world/world_parts.h"

#define NO_POST UINT32_MAX

static uint32_t bucket_of(const struct ess_world *world, const struct post *post) {
    uint64_t sender = post->receive ? post->other : post->owner;
    uint64_t receiver = post->receive ? post->owner : post->other;
    uint64_t key = (sender << 32 | receiver) * UINT64_C(0x9e3779b97f4a7c15);
    key ^= (post->operation << 40) ^ ((uint64_t)post->epoch << 20);
    key = (key ^ (key >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
    key += ((uint64_t)post->chunk << 32 | post->step);
    key = (key ^ (key >> 32)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(key >> 32) & (uint32_t)(world->bucket_count - 1);
}

static void put_in_bucket(struct ess_world *world, uint32_t index) {
    uint32_t bucket = bucket_of(world, &world->posts[index]);
    world->posts[index].next_in_bucket = world->buckets[bucket];
    world->buckets[bucket] = index;
    world->open_posts++;
}

static void take_from_bucket(struct ess_world *world, uint32_t index) {
    uint32_t *at = &world->buckets[bucket_of(world, &world->posts[index])];
    while (*at != index) {
        at = &world->posts[*at].next_in_bucket;
    }
    *at = world->posts[index].next_in_bucket;
    world->open_posts--;
}

static void grow_buckets(struct ess_world *world) {
    size_t count = world->bucket_count ? 2 * world->bucket_count : 256;
    world->buckets = ess_arena_resize(
        &world->arena, world->buckets, world->bucket_count, count, sizeof *world->buckets);
    world->bucket_count = count;
    world->open_posts = 0;
    for (size_t i = 0; i < count; i++) {
        world->buckets[i] = NO_POST;
    }
    for (uint32_t i = 0; i < world->post_count; i++) {
        if (world->posts[i].state == POST_OPEN) {
            put_in_bucket(world, i);
        }
    }
}

static bool match(const struct post *a, const struct post *b) {
    return a->receive != b->receive && a->owner == b->other && a->other == b->owner &&
           a->operation == b->operation && a->epoch == b->epoch && a->chunk == b->chunk &&
           a->step == b->step;
}

static uint32_t find_mate(const struct ess_world *world, const struct post *post) {
    uint32_t index = world->buckets[bucket_of(world, post)];
    while (index != NO_POST && !match(&world->posts[index], post)) {
        index = world->posts[index].next_in_bucket;
    }
    return index;
}

static uint32_t take_post(struct ess_world *world, uint32_t owner) {
    uint32_t index = world->free_post;
    struct post *post;
    if (index != NO_POST) {
        world->free_post = world->posts[index].next;
    } else {
        world->posts = ess_arena_reserve(&world->arena, world->posts, &world->post_capacity,
            world->post_count + 1, sizeof *world->posts);
        index = world->post_count++;
    }
    post = &world->posts[index];
    post->owner = owner;
    post->previous = NO_POST;
    post->next = world->agents[owner].first_post;
    if (post->next != NO_POST) {
        world->posts[post->next].previous = index;
    }
    world->agents[owner].first_post = index;
    return index;
}

static void free_post(struct ess_world *world, uint32_t index) {
    struct post *post = &world->posts[index];
    if (post->previous != NO_POST) {
        world->posts[post->previous].next = post->next;
    } else {
        world->agents[post->owner].first_post = post->next;
    }
    if (post->next != NO_POST) {
        world->posts[post->next].previous = post->previous;
    }
    post->state = POST_FREE;
    post->generation++;
    post->next = world->free_post;
    world->free_post = index;
}

static void begin_transfer(struct ess_world *world, uint32_t send, uint32_t receive) {
    struct post *from = &world->posts[send], *to = &world->posts[receive];
    uint32_t there = ess_connections_pair(world, from->owner, to->owner);
    uint32_t back = world->pairs[there].reverse;
    int64_t granted_ns = to->posted_ns + ess_fluid_delay_ns(world->fluid, back);
    int64_t start_ns = granted_ns > world->engine.now_ns ? granted_ns : world->engine.now_ns;
    ESS_ENGINE_ASSERT(&world->engine, from->bytes == to->bytes);
    from->state = to->state = POST_MATCHED;
    from->mate = receive;
    to->mate = send;
    from->transfer = to->transfer = ess_fluid_begin(
        world->fluid, there, from->bytes, start_ns, (uint64_t)to->generation << 32 | receive);
    world->outcome->transfers++;
}

/* Take a post out of whatever it takes part in; the mate, if any, is open again. */
static void detach(struct ess_world *world, uint32_t index) {
    struct post *post = &world->posts[index];
    if (post->state == POST_OPEN) {
        take_from_bucket(world, index);
    }
    if (post->state == POST_MATCHED) {
        uint32_t mate = post->mate;
        ess_fluid_cancel(world->fluid, post->transfer);
        world->posts[mate].state = POST_OPEN;
        put_in_bucket(world, mate);
    }
}

/* The post ends badly at `at_ns`; until then a cancellation may still change the reason. */
static void end_post(
    struct ess_world *world, uint32_t index, enum ess_failure reason, int64_t at_ns) {
    struct post *post = &world->posts[index];
    if (post->state == POST_ENDING) {
        post->reason = reason;
        return;
    }
    detach(world, index);
    post->state = POST_ENDING;
    post->reason = reason;
    ess_engine_schedule(
        &world->engine, at_ns, CLASS_DELIVERY, EVENT_POST_END, index, post->generation);
}

void ess_exchange_post(struct ess_world *world, uint32_t owner, const struct ess_action *action) {
    const struct ess_transfer *transfer = &action->transfer;
    uint32_t index, mate, pair;
    struct post *post;
    if (2 * (size_t)world->open_posts + 2 > world->bucket_count) {
        grow_buckets(world);
    }
    index = take_post(world, owner);
    post = &world->posts[index];
    post->state = POST_OPEN;
    post->receive = action->kind == ESS_ACTION_RECEIVE;
    post->other = action->peer;
    post->epoch = transfer->epoch;
    post->chunk = transfer->chunk;
    post->step = transfer->step;
    post->operation = transfer->operation;
    post->token = action->token;
    post->bytes = (double)transfer->span.size_bytes;
    post->posted_ns = world->engine.now_ns;
    mate = find_mate(world, post);
    if (mate == NO_POST) {
        const struct agent *other = &world->agents[post->other];
        put_in_bucket(world, index);
        if (!other->alive && !other->silent) {
            /* The machine is up, or was seen to go down, and refuses: a round trip. */
            pair = ess_connections_pair(world, owner, post->other);
            end_post(world, index, ESS_FAILURE_RESET,
                world->engine.now_ns + 2 * ess_fluid_delay_ns(world->fluid, pair));
        }
        return;
    }
    take_from_bucket(world, mate);
    begin_transfer(world, post->receive ? mate : index, post->receive ? index : mate);
}

void ess_exchange_cancel(struct ess_world *world, uint32_t owner, uint32_t epoch) {
    for (uint32_t index = world->agents[owner].first_post; index != NO_POST;
         index = world->posts[index].next) {
        if (world->posts[index].epoch < epoch) {
            end_post(world, index, ESS_FAILURE_CANCELLED, world->engine.now_ns);
        }
    }
}

void ess_exchange_drop_all(struct ess_world *world, uint32_t owner) {
    while (world->agents[owner].first_post != NO_POST) {
        uint32_t index = world->agents[owner].first_post;
        detach(world, index);
        free_post(world, index);
    }
}

void ess_exchange_fail_with(
    struct ess_world *world, uint32_t owner, uint32_t other, int64_t at_ns) {
    for (uint32_t index = world->agents[owner].first_post; index != NO_POST;
         index = world->posts[index].next) {
        if (world->posts[index].other == other && world->posts[index].state != POST_ENDING) {
            end_post(world, index, ESS_FAILURE_RESET, at_ns);
        }
    }
}

void ess_exchange_finished(void *context, uint64_t user) {
    struct ess_world *world = context;
    uint32_t receive = (uint32_t)user;
    uint32_t send = world->posts[receive].mate;
    uint32_t receiver = world->posts[receive].owner, sender = world->posts[send].owner;
    uint64_t receive_token = world->posts[receive].token, send_token = world->posts[send].token;
    uint32_t sender_life = world->agents[sender].life;
    ESS_ENGINE_ASSERT(&world->engine, world->posts[receive].state == POST_MATCHED);
    ESS_ENGINE_ASSERT(&world->engine, world->posts[receive].generation == (uint32_t)(user >> 32));
    free_post(world, receive);
    free_post(world, send);
    ess_agent_hand_over(world, receiver,
        (struct ess_event){.kind = ESS_EVENT_FINISHED, .peer = sender, .token = receive_token},
        NULL);
    if (world->agents[sender].alive && world->agents[sender].life == sender_life) {
        ess_agent_hand_over(world, sender,
            (struct ess_event){.kind = ESS_EVENT_FINISHED, .peer = receiver, .token = send_token},
            NULL);
    }
}

static void on_post_end(void *context, uint32_t index, uint64_t generation) {
    struct ess_world *world = context;
    struct post post = world->posts[index];
    if (post.state != POST_ENDING || post.generation != (uint32_t)generation) {
        return;
    }
    free_post(world, index);
    ess_agent_hand_over(world, post.owner,
        (struct ess_event){.kind = ESS_EVENT_FAILED,
            .peer = post.other,
            .token = post.token,
            .reason = post.reason},
        NULL);
}

void ess_exchange_init(struct ess_world *world) {
    world->free_post = NO_POST;
    grow_buckets(world);
    ess_engine_register(&world->engine, EVENT_POST_END, on_post_end);
}
