/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends and receives that peers have posted. Two match when the peers and (operation, epoch, chunk,
 * step) agree. The receive is a grant: it reaches the sender one way later, and only then do bytes
 * leave.
 *
 * Simplifications: both ends learn of the end of a transfer when its last byte arrives; sums are
 * made while the bytes arrive (memory is faster than any access link), at no cost of their own. */
#include "sim/world/world_parts.h"

#define NO_POST UINT32_MAX

_Static_assert(sizeof(struct post) == 64, "a post is one cache line");

/* The pair over which a post's bytes travel. */
static struct pair *pair_of(struct ess_world *world, const struct post *post) {
    struct agent *agent = &world->agents[post->owner];
    bool receive = post->receive;
    if (agent->recent[receive].other != post->other) {
        uint32_t from = receive ? post->other : post->owner;
        uint32_t to = receive ? post->owner : post->other;
        agent->recent[receive].pair = ess_connections_pair(world, from, to); /* may move them */
        agent->recent[receive].other = post->other;
    }
    return &world->pairs[agent->recent[receive].pair];
}

static void add_open(struct ess_world *world, struct pair *pair, uint32_t index) {
    struct post *post = &world->posts[index];
    post->state = POST_OPEN;
    post->next_open = NO_POST;
    if (pair->open_first[post->receive] == NO_POST) {
        pair->open_first[post->receive] = index;
    } else {
        world->posts[pair->open_last[post->receive]].next_open = index;
    }
    pair->open_last[post->receive] = index;
}

static void take_open(struct ess_world *world, struct pair *pair, uint32_t index, uint32_t before) {
    const struct post *post = &world->posts[index];
    if (before == NO_POST) {
        pair->open_first[post->receive] = post->next_open;
    } else {
        world->posts[before].next_open = post->next_open;
    }
    if (pair->open_last[post->receive] == index) {
        pair->open_last[post->receive] = before;
    }
}

static void remove_open(struct ess_world *world, uint32_t index) {
    struct pair *pair = pair_of(world, &world->posts[index]);
    uint32_t before = NO_POST, at = pair->open_first[world->posts[index].receive];
    while (at != index) {
        before = at;
        at = world->posts[at].next_open;
    }
    take_open(world, pair, index, before);
}

/* The open post of the other direction that `post` matches, taken out of its list. Peers mostly
 * post in the order of their rounds, so that it is the first: O(1) then, O(open posts of the pair)
 * at worst. */
static uint32_t take_mate(struct ess_world *world, struct pair *pair, const struct post *post) {
    uint32_t before = NO_POST, at = pair->open_first[!post->receive];
    for (; at != NO_POST; before = at, at = world->posts[at].next_open) {
        const struct post *other = &world->posts[at];
        if (other->chunk == post->chunk && other->step == post->step &&
            other->operation == post->operation && other->epoch == post->epoch) {
            take_open(world, pair, at, before);
            return at;
        }
    }
    return NO_POST;
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
    post->next = world->free_post;
    world->free_post = index;
}

static void begin_transfer(
    struct ess_world *world, const struct pair *pair, uint32_t send, uint32_t receive) {
    struct post *from = &world->posts[send], *to = &world->posts[receive];
    uint32_t there = (uint32_t)(pair - world->pairs);
    int64_t granted_ns = to->posted_ns + ess_network_delay_ns(&world->network, pair->reverse);
    int64_t start_ns = granted_ns > world->engine.now_ns ? granted_ns : world->engine.now_ns;
    ESS_ENGINE_ASSERT(&world->engine, from->bytes == to->bytes);
    from->state = to->state = POST_MATCHED;
    from->mate = receive;
    to->mate = send;
    from->transfer = to->transfer =
        ess_network_begin(&world->network, there, from->bytes, start_ns, receive);
    world->outcome->transfers++;
}

/* Take a post out of whatever it takes part in; the mate, if any, is open again. */
static void detach(struct ess_world *world, uint32_t index) {
    struct post *post = &world->posts[index];
    if (post->state == POST_OPEN) {
        remove_open(world, index);
    }
    if (post->state == POST_MATCHED) {
        struct post *mate = &world->posts[post->mate];
        ess_network_cancel(&world->network, post->transfer);
        mate->posted_ns = world->engine.now_ns;
        add_open(world, pair_of(world, mate), post->mate);
    }
    if (post->state == POST_ENDING) {
        ess_engine_cancel(&world->engine, post->event);
    }
}

/* The post ends badly at `at_ns`; until then a cancellation may still change the reason. */
static void end_post(
    struct ess_world *world, uint32_t index, enum ess_failure reason, int64_t at_ns) {
    struct post *post = &world->posts[index];
    if (post->state != POST_ENDING) {
        detach(world, index);
        post->state = POST_ENDING;
        post->event =
            ess_engine_schedule(&world->engine, at_ns, CLASS_DELIVERY, EVENT_POST_END, index, 0);
    }
    post->reason = reason & 3;
}

/* The machine at the other end is up, or was seen to go down, and refuses: a round trip. */
static void refuse(struct ess_world *world, const struct pair *pair, uint32_t index) {
    int64_t delay_ns = ess_network_delay_ns(&world->network, (uint32_t)(pair - world->pairs));
    end_post(world, index, ESS_FAILURE_RESET, world->engine.now_ns + 2 * delay_ns);
}

void ess_exchange_post(struct ess_world *world, uint32_t owner, const struct ess_action *action) {
    const struct ess_transfer *transfer = &action->transfer;
    uint32_t index = take_post(world, owner), mate;
    struct post *post = &world->posts[index];
    struct pair *pair;
    ESS_ENGINE_ASSERT(&world->engine, transfer->step < 1u << 27);
    post->receive = action->kind == ESS_ACTION_RECEIVE;
    post->other = action->peer;
    post->epoch = transfer->epoch;
    post->chunk = transfer->chunk;
    post->step = transfer->step & ((1u << 27) - 1);
    post->operation = transfer->operation;
    post->token = action->token;
    post->bytes = (double)transfer->span.size_bytes;
    post->posted_ns = world->engine.now_ns;
    pair = pair_of(world, post);
    if (!pair->established) {
        ess_connections_establish(world, pair->from, pair->to);
    }
    mate = take_mate(world, pair, post);
    if (mate != NO_POST) {
        begin_transfer(world, pair, post->receive ? mate : index, post->receive ? index : mate);
        return;
    }
    add_open(world, pair, index);
    if (!world->agents[post->other].alive && !world->agents[post->other].silent) {
        refuse(world, pair, index);
    }
}

void ess_exchange_cancel(struct ess_world *world, uint32_t owner, uint32_t epoch) {
    ess_agent_cancel_held(world, owner, epoch);
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
    uint32_t sender_life = world->agents[sender].life, epoch = world->posts[receive].epoch;
    ESS_ENGINE_ASSERT(&world->engine, world->posts[receive].state == POST_MATCHED);
    free_post(world, receive);
    free_post(world, send);
    ess_agent_hand_over_end(world, receiver,
        (struct ess_event){.kind = ESS_EVENT_FINISHED, .peer = sender, .token = receive_token},
        epoch);
    if (world->agents[sender].alive && world->agents[sender].life == sender_life) {
        ess_agent_hand_over_end(world, sender,
            (struct ess_event){.kind = ESS_EVENT_FINISHED, .peer = receiver, .token = send_token},
            epoch);
    }
}

static void on_post_end(void *context, uint32_t index, uint64_t argument) {
    struct ess_world *world = context;
    struct post post = world->posts[index];
    (void)argument;
    ESS_ENGINE_ASSERT(&world->engine, post.state == POST_ENDING);
    free_post(world, index);
    ess_agent_hand_over_end(world, post.owner,
        (struct ess_event){.kind = ESS_EVENT_FAILED,
            .peer = post.other,
            .token = post.token,
            .reason = (enum ess_failure)post.reason},
        post.epoch);
}

void ess_exchange_init(struct ess_world *world) {
    world->free_post = NO_POST;
    ess_engine_register(&world->engine, EVENT_POST_END, on_post_end);
}
