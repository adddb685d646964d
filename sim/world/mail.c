/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control messages and views: in order per connection, lost with it. A message waits out a cut of
 * its way (TCP repeats it) unless the connection is given up before. Where the way back is cut, no
 * acknowledgement comes: messages still arrive until TCP times out, a retransmission timeout after
 * the first of them; from then on it repeats that one alone and holds all others back until the cut
 * is over (RFC 6298, 5.4 to 5.6; RFC 5681, 3.1: a loss window of one segment).
 *
 * Simplifications: messages pay delay and their own bytes at the narrowest link, but take no share
 * of it; after a cut they go on at once, where TCP waits for its next repetition, which may be as
 * far away again as the cut was long. */
#include <stdlib.h>
#include <string.h>

#include "sim/world/world_parts.h"

/* TCP/IP headers of a small segment with time stamps: 20 + 20 + 12. */
#define HEADER_BYTES 52
/* The least retransmission timeout of Linux (TCP_RTO_MIN); a round trip is added to it. */
#define TIMEOUT_NS INT64_C(200000000)

void ess_view_release(struct view_copy *copy) {
    if (copy && --copy->references == 0) {
        free(copy);
    }
}

static uint32_t take_letter(struct ess_world *world) {
    uint32_t index = world->free_letter;
    if (index != UINT32_MAX) {
        world->free_letter = world->letters[index].next_free;
        return index;
    }
    world->letters = ess_arena_reserve(&world->arena, world->letters, &world->letter_capacity,
        world->letter_count + 1, sizeof *world->letters);
    return world->letter_count++;
}

static void free_letter(struct ess_world *world, uint32_t index) {
    world->letters[index].next_free = world->free_letter;
    world->free_letter = index;
}

static struct unanswered *unanswered_of(struct ess_world *world, uint32_t pair) {
    size_t before = world->unanswered_capacity;
    world->unanswered = ess_arena_reserve(&world->arena, world->unanswered,
        &world->unanswered_capacity, (size_t)pair + 1, sizeof *world->unanswered);
    for (size_t i = before; i < world->unanswered_capacity; i++) {
        world->unanswered[i] = (struct unanswered){0, 0};
    }
    return &world->unanswered[pair];
}

/* Until when TCP holds a message back for want of acknowledgements. A connection that has to be
 * opened first cannot be. */
static int64_t held_until_ns(struct ess_world *world, uint32_t pair_index, bool opens) {
    const struct pair *pair = &world->pairs[pair_index];
    struct unanswered *unanswered;
    int64_t now_ns = world->engine.now_ns;
    int64_t back_ns = ess_connections_cut_until(world, pair->to, pair->from);
    int64_t timeout_ns;
    if (back_ns <= now_ns) {
        return now_ns;
    }
    timeout_ns = TIMEOUT_NS + ess_network_delay_ns(&world->network, pair_index) +
                 ess_network_delay_ns(&world->network, pair->reverse);
    unanswered = unanswered_of(world, pair_index);
    if (unanswered->until_ns <= now_ns) {
        unanswered->first_ns = now_ns;
    }
    unanswered->until_ns = back_ns;
    return opens || now_ns - unanswered->first_ns >= timeout_ns ? back_ns : now_ns;
}

static int64_t arrival_ns(struct ess_world *world, uint32_t pair_index, bool opens, double bytes) {
    struct pair *pair = &world->pairs[pair_index];
    int64_t leaves_ns = held_until_ns(world, pair_index, opens);
    int64_t cut_until_ns = ess_connections_cut_until(world, pair->from, pair->to);
    int64_t at_ns;
    if (cut_until_ns > leaves_ns) {
        leaves_ns = cut_until_ns;
    }
    if (leaves_ns == INT64_MAX) {
        return INT64_MAX;
    }
    at_ns = leaves_ns + ess_network_message_ns(&world->network, pair_index, bytes);
    if (at_ns < pair->arrives_ns) {
        at_ns = pair->arrives_ns;
    }
    pair->arrives_ns = at_ns;
    return at_ns;
}

/* The pair over which it goes. Nearly all control messages go to the coordinator or come from it,
 * so that these pairs are not looked up. */
static uint32_t pair_of(struct ess_world *world, uint32_t from, uint32_t to) {
    bool out = from == world->coordinator;
    uint32_t *known = &world->agents[out ? to : from].coordinator_pair;
    if (!out && to != world->coordinator) {
        return ess_connections_pair(world, from, to);
    }
    if (*known == UINT32_MAX) {
        *known = ess_connections_pair(world, out ? to : from, world->coordinator);
    }
    return out ? world->pairs[*known].reverse : *known;
}

static void dispatch(struct ess_world *world, uint32_t from, uint32_t to, double payload_bytes,
    const struct ess_message *message, struct view_copy *view) {
    uint32_t pair = pair_of(world, from, to);
    bool opens = !world->pairs[pair].established;
    double bytes = payload_bytes + HEADER_BYTES;
    int64_t at_ns;
    struct letter *letter;
    uint32_t index;
    ess_connections_establish(world, pair);
    at_ns = arrival_ns(world, pair, opens, bytes);
    world->outcome->messages++;
    if (ess_network_is_wan(&world->network, pair)) {
        world->message_wan_bytes += bytes;
    }
    if (at_ns == INT64_MAX || world->agents[to].silent) {
        return; /* nothing answers, and nothing says so */
    }
    if (!world->agents[to].alive) {
        ess_connections_break(world, from, to); /* the machine is up and refuses */
        return;
    }
    index = take_letter(world);
    letter = &world->letters[index];
    letter->pair = pair;
    letter->to_life = world->agents[to].life;
    letter->channel = world->pairs[pair].generation;
    letter->view = view;
    if (view) {
        view->references++;
    } else {
        letter->message = *message;
    }
    ess_engine_schedule(&world->engine, at_ns, CLASS_DELIVERY, EVENT_LETTER, index, 0);
}

void ess_mail_message(
    struct ess_world *world, uint32_t from, uint32_t to, const struct ess_message *message) {
    dispatch(world, from, to, message->size_bytes, message, NULL);
}

static struct view_copy *copy_view(const struct ess_view *view) {
    size_t size = sizeof(struct view_copy) + ess_view_tail_bytes(view);
    struct view_copy *copy = malloc(size);
    if (!copy) {
        ess_out_of_memory(1, size);
    }
    copy->references = 1;
    ess_view_copy(view, &copy->view, copy + 1);
    return copy;
}

void ess_mail_view(
    struct ess_world *world, uint32_t from, uint32_t to, const struct ess_view *view) {
    struct view_copy *newest = world->newest_view;
    if (!newest || newest->view.epoch != view->epoch || newest->view.life != view->life) {
        ess_view_release(newest);
        newest = world->newest_view = copy_view(view);
        world->step_attempts += view->mode != ESS_VIEW_FRESH;
    }
    dispatch(world, from, to, (double)ess_view_wire_bytes(view), NULL, newest);
}

static void on_letter(void *context, uint32_t index, uint64_t argument) {
    struct ess_world *world = context;
    struct letter letter = world->letters[index];
    const struct pair *pair = &world->pairs[letter.pair];
    uint32_t to = pair->to;
    const struct agent *agent = &world->agents[to];
    (void)argument;
    free_letter(world, index);
    if (agent->alive && agent->life == letter.to_life && pair->generation == letter.channel) {
        struct ess_event event = {.peer = pair->from};
        event.kind = letter.view ? ESS_EVENT_VIEW : ESS_EVENT_MESSAGE;
        event.bytes = letter.message.bytes;
        event.size = letter.view ? 0 : letter.message.size_bytes;
        ess_agent_hand_over(world, to, event, letter.view);
    }
    ess_view_release(letter.view);
}

void ess_mail_dispose(struct ess_world *world) {
    /* Letters still on their way: those on the free list carry nothing. */
    for (uint32_t i = world->free_letter; i != UINT32_MAX; i = world->letters[i].next_free) {
        world->letters[i].view = NULL;
    }
    for (uint32_t i = 0; i < world->letter_count; i++) {
        ess_view_release(world->letters[i].view);
    }
    ess_view_release(world->newest_view);
}

void ess_mail_register(struct ess_world *world) {
    world->free_letter = UINT32_MAX;
    ess_engine_register(&world->engine, EVENT_LETTER, on_letter);
}
