/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Posts of the test host: transfers that carry real bytes, computations and arithmetic. */
#include "test_host_parts.h"

#include <stdlib.h>

void ess_host_end_post(
    struct ess_host *host, size_t index, enum ess_failure reason, int64_t at_ns) {
    struct ess_host_post *post = &host->posts[index];
    post->reason = reason;
    if (post->ending) {
        return;
    }
    post->ending = true;
    ess_host_push(host, (struct ess_host_item){.at_ns = at_ns,
                            .kind = ESS_ITEM_END,
                            .peer = post->peer,
                            .from = post->other,
                            .life = host->peers[post->peer].life,
                            .number = post->token});
}

static size_t add_post(struct ess_host *host, struct ess_host_post post) {
    for (size_t i = 0; i < host->post_count; i++) {
        if (!host->posts[i].open) {
            host->posts[i] = post;
            return i;
        }
    }
    if (host->post_count == host->post_capacity) {
        host->post_capacity = 2 * host->post_capacity + 64;
        host->posts = realloc(host->posts, host->post_capacity * sizeof *host->posts);
    }
    host->posts[host->post_count] = post;
    return host->post_count++;
}

static bool same_transfer(const struct ess_transfer *a, const struct ess_transfer *b) {
    return a->operation == b->operation && a->epoch == b->epoch && a->chunk == b->chunk &&
           a->step == b->step;
}

static void schedule_transfer(struct ess_host *host, size_t receive) {
    struct ess_host_post *post = &host->posts[receive];
    ess_host_push(host, (struct ess_host_item){.at_ns = host->now_ns + ess_host_random_delay(host),
                            .kind = ESS_ITEM_TRANSFER,
                            .peer = post->peer,
                            .from = post->other,
                            .life = host->peers[post->peer].life,
                            .from_life = host->peers[post->other].life,
                            .channel = host->channel[post->other][post->peer],
                            .number = post->token});
}

static size_t find_post(const struct ess_host *host, uint32_t peer, uint64_t token) {
    for (size_t i = 0; i < host->post_count; i++) {
        if (host->posts[i].open && host->posts[i].peer == peer && host->posts[i].token == token) {
            return i;
        }
    }
    return SIZE_MAX;
}

static size_t find_match(const struct ess_host *host, const struct ess_host_post *post) {
    for (size_t i = 0; i < host->post_count; i++) {
        const struct ess_host_post *other = &host->posts[i];
        if (other->open && !other->ending && !other->matched && !other->arithmetic &&
            !other->compute && other->receive != post->receive && other->peer == post->other &&
            other->other == post->peer && same_transfer(&other->transfer, &post->transfer)) {
            return i;
        }
    }
    return SIZE_MAX;
}

void ess_host_post_transfer(struct ess_host *host, uint32_t id, const struct ess_action *action) {
    struct ess_host_post post = {
        .open = true,
        .peer = id,
        .other = action->peer,
        .receive = action->kind == ESS_ACTION_RECEIVE,
        .token = action->token,
        .transfer = action->transfer,
    };
    size_t index = add_post(host, post), match, send, receive;
    host->peers[id].connected[action->peer] = true;
    host->peers[action->peer].connected[id] = true;
    if (!host->peers[action->peer].alive && !host->peers[action->peer].silent) {
        ess_host_end_post(
            host, index, ESS_FAILURE_RESET, host->now_ns + ess_host_random_delay(host));
        return;
    }
    match = find_match(host, &post);
    if (match == SIZE_MAX) {
        return;
    }
    host->posts[index].matched = host->posts[match].matched = true;
    send = post.receive ? match : index;
    receive = post.receive ? index : match;
    if (host->posts[send].transfer.span.size_bytes !=
        host->posts[receive].transfer.span.size_bytes) {
        ess_host_violate(host, "peers %u and %u disagree on a transfer's size", id, action->peer);
    }
    host->posts[send].fingerprint = ess_host_fingerprint(
        ess_host_bytes(&host->peers[host->posts[send].peer], &host->posts[send].transfer.span),
        host->posts[send].transfer.span.size_bytes);
    schedule_transfer(host, receive);
}

void ess_host_post_work(struct ess_host *host, uint32_t id, const struct ess_action *action) {
    struct ess_host_post post = {
        .open = true,
        .peer = id,
        .other = id,
        .compute = action->kind == ESS_ACTION_COMPUTE,
        .arithmetic = action->kind == ESS_ACTION_ARITHMETIC,
        .token = action->token,
    };
    if (post.compute) {
        post.work = action->work;
    } else {
        post.sum = action->arithmetic;
    }
    add_post(host, post);
    ess_host_push(host, (struct ess_host_item){.at_ns = host->now_ns + ess_host_random_delay(host),
                            .kind = ESS_ITEM_WORK,
                            .peer = id,
                            .life = host->peers[id].life,
                            .number = action->token});
}

void ess_host_cancel_posts(struct ess_host *host, uint32_t id, uint32_t epoch) {
    for (size_t i = 0; i < host->post_count; i++) {
        struct ess_host_post *post = &host->posts[i];
        if (!post->open || post->peer != id || post->arithmetic || post->compute ||
            post->transfer.epoch >= epoch) {
            continue;
        }
        ess_host_end_post(
            host, i, ESS_FAILURE_CANCELLED, host->now_ns + ess_host_random_delay(host));
    }
}

void ess_host_drop_posts(struct ess_host *host, uint32_t id) {
    for (size_t i = 0; i < host->post_count; i++) {
        if (host->posts[i].open && host->posts[i].peer == id) {
            host->posts[i].open = false;
        }
    }
}

enum ess_failure ess_host_take_end(struct ess_host *host, const struct ess_host_item *item) {
    struct ess_host_post *post = &host->posts[find_post(host, item->peer, item->number)];
    post->open = false;
    if (host->world->breach == ESS_BREACH_CANCEL_FINISHED) {
        return ESS_FAILURE_NONE;
    }
    return post->reason;
}

static float combined(enum ess_combine combine, float operand, float incoming) {
    switch (combine) {
    case ESS_COMBINE_SUM:
        return operand + incoming;
    case ESS_COMBINE_MAX:
        return operand > incoming ? operand : incoming;
    default:
        return incoming;
    }
}

void ess_host_transfer(struct ess_host *host, const struct ess_host_item *item) {
    size_t receive = find_post(host, item->peer, item->number), send;
    struct ess_host_post *to, *from;
    float *target;
    const float *source, *operand;
    if (receive == SIZE_MAX || !host->posts[receive].matched || host->posts[receive].ending ||
        host->peers[item->from].life != item->from_life ||
        host->channel[item->from][item->peer] != item->channel) {
        return;
    }
    to = &host->posts[receive];
    for (send = 0; send < host->post_count; send++) {
        from = &host->posts[send];
        if (from->open && !from->ending && from->matched && !from->receive &&
            from->peer == item->from && from->other == item->peer &&
            same_transfer(&from->transfer, &to->transfer)) {
            break;
        }
    }
    if (send == host->post_count) {
        return; /* the sender has cancelled: the receiver's post stays, as in the contract */
    }
    if (ess_host_is_cut(host, item->from, item->peer)) {
        ess_host_put_off(host, item, host->now_ns + 5 * ESS_HOST_MS);
        return;
    }
    from = &host->posts[send];
    source = ess_host_bytes(&host->peers[item->from], &from->transfer.span);
    if (ess_host_fingerprint(source, from->transfer.span.size_bytes) != from->fingerprint) {
        ess_host_violate(host, "peer %u changed bytes that it had posted to be sent", item->from);
    }
    target = ess_host_bytes(&host->peers[item->peer], &to->transfer.span);
    operand = host->peers[item->peer].regions[to->transfer.operand_region] +
              to->transfer.span.offset_bytes / sizeof(float);
    for (uint64_t i = 0; i < to->transfer.span.size_bytes / sizeof(float); i++) {
        target[i] = combined(to->transfer.combine, operand[i], source[i]);
    }
    to->open = false;
    /* The sender learns of it later than the receiver. */
    ess_host_end_post(host, send, ESS_FAILURE_NONE, host->now_ns + ess_host_random_delay(host));
    ess_host_hand_over(host, item->peer,
        (struct ess_event){.kind = ESS_EVENT_FINISHED, .peer = item->from, .token = item->number});
    if (host->world->breach == ESS_BREACH_END_TWICE && host->peers[item->peer].alive) {
        ess_host_hand_over(host, item->peer,
            (struct ess_event){
                .kind = ESS_EVENT_FINISHED, .peer = item->from, .token = item->number});
    }
}

void ess_host_work(struct ess_host *host, const struct ess_host_item *item) {
    size_t index = find_post(host, item->peer, item->number);
    struct ess_host_peer *peer = &host->peers[item->peer];
    struct ess_host_post post;
    uint64_t first, count;
    float *values;
    if (index == SIZE_MAX) {
        return;
    }
    if (host->world->breach == ESS_BREACH_END_MISSING && item->peer == 1) {
        return;
    }
    post = host->posts[index];
    host->posts[index].open = false;
    values = ess_host_bytes(peer, post.compute ? &post.work.produces : &post.sum.to);
    first = (post.compute ? post.work.produces : post.sum.to).offset_bytes / sizeof(float);
    count = (post.compute ? post.work.produces : post.sum.to).size_bytes / sizeof(float);
    for (uint64_t i = 0; i < count; i++) {
        if (post.compute) {
            values[i] = ess_host_contribution(item->peer, post.work.step, first + i);
        } else if (post.sum.kind == ESS_ARITHMETIC_ZERO) {
            values[i] = 0;
        } else if (post.sum.kind == ESS_ARITHMETIC_COPY) {
            values[i] = peer->regions[post.sum.from_region][first + i];
        } else if (post.sum.kind == ESS_ARITHMETIC_SCALE) {
            values[i] /= (float)post.sum.divisor;
        } else {
            peer->regions[ESS_REGION_PARAMETERS][first + i] += values[i] / (float)post.sum.divisor;
        }
    }
    ess_host_hand_over(host, item->peer,
        (struct ess_event){.kind = ESS_EVENT_FINISHED, .peer = item->peer, .token = item->number});
}
