/* SPDX-License-Identifier: Apache-2.0 */
#include "averaging/grid.h"

#include "base/codec.h"

void ess_grid_message_add(const struct ess_grid_averaging *grid, uint32_t peer,
    const struct ess_grid_message *message, struct ess_actions *actions) {
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_MESSAGE);
    struct ess_writer writer = {action->message.bytes, ESS_MESSAGE_BYTES_MAX, 0, false};
    action->peer = peer;
    ess_write_integer(&writer, message->kind, 1);
    ess_write_integer(&writer, (message->offers ? 1U : 0U) | (message->takes ? 2U : 0U), 1);
    ess_write_integer(&writer, message->place, 1);
    ess_write_integer(&writer, message->round, 1);
    ess_write_integer(&writer, grid->config.operation, 8);
    ess_write_integer(&writer, message->set, 8);
    action->message.size_bytes = writer.size;
}

static bool decode(const struct ess_grid_averaging *grid, const struct ess_event *event,
    struct ess_grid_message *message) {
    struct ess_reader reader = {event->bytes, event->size, 0, false};
    uint64_t kind = ess_read_integer(&reader, 1);
    uint64_t flags = ess_read_integer(&reader, 1);
    uint64_t operation;
    message->place = (uint32_t)ess_read_integer(&reader, 1);
    message->round = (uint32_t)ess_read_integer(&reader, 1);
    operation = ess_read_integer(&reader, 8);
    message->set = ess_read_integer(&reader, 8);
    message->kind = (enum ess_grid_message_kind)kind;
    message->offers = flags & 1;
    message->takes = flags >> 1 & 1;
    return !reader.failed && reader.position == event->size && kind >= ESS_GRID_READY &&
           kind <= ESS_GRID_ANSWER && flags <= 3 && message->place < ESS_LINE_MAX &&
           message->round < grid->rounds && operation == grid->config.operation;
}

static void answer(
    struct ess_grid_averaging *grid, uint32_t peer, uint32_t round, bool offers, bool takes) {
    grid->answer_due = true;
    grid->answer = (struct ess_grid_answer){peer, round, offers, takes};
}

/* The sender is in a later round than this peer: what it says of that round is kept. */
static void take_early(
    struct ess_grid_averaging *grid, uint32_t peer, const struct ess_grid_message *message) {
    uint64_t bit = UINT64_C(1) << message->place;
    if (message->kind == ESS_GRID_READY) {
        grid->ready_ahead[message->round] |= bit;
    } else if (message->kind == ESS_GRID_LEAVE) {
        grid->left_ahead[message->round] |= bit;
    } else if (message->kind == ESS_GRID_ASK) {
        answer(grid, peer, message->round, true, true);
    }
}

static void take_ask(struct ess_grid_averaging *grid, uint32_t peer, uint64_t bit) {
    bool gathering = grid->phase == ESS_GRID_GATHER;
    bool spreading = grid->phase == ESS_GRID_SPREAD;
    bool offers = gathering && (grid->offer_due | grid->offer_open | grid->offer_held) & bit;
    bool takes = (gathering && !(grid->out & bit)) ||
                 (spreading && (grid->divide_due || grid->dividing ||
                                   ((grid->give_due | grid->give_open | grid->give_held) & bit)));
    answer(grid, peer, grid->round, offers, takes && (grid->owners & grid->self));
}

/* The owner does not count this peer: neither is its contribution taken nor will a mean come. */
static void leave(struct ess_grid_averaging *grid, uint64_t bit) {
    grid->left |= bit & ~grid->got;
    grid->cancel_due |= (grid->offer_open & bit) != 0;
    grid->offer_due &= ~bit;
    grid->offer_open &= ~bit;
    grid->offer_held &= ~bit;
}

/* A transfer in flight cannot be taken back alone; where the other end has given it up this peer
 * counts as silent, so that the next tick ends the phase. */
static void take_answer(
    struct ess_grid_averaging *grid, const struct ess_grid_message *message, uint64_t bit) {
    if ((!message->offers && grid->receiving == message->place) ||
        (!message->takes && grid->get_open & bit)) {
        grid->heard &= ~bit;
        return;
    }
    if (!message->offers) {
        grid->out |= bit & ~grid->set;
    }
    if (!message->takes) {
        leave(grid, bit);
    }
}

void ess_grid_message_take(struct ess_grid_averaging *grid, const struct ess_event *event) {
    struct ess_grid_message message;
    uint64_t bit;
    if (!decode(grid, event, &message)) {
        return;
    }
    if (message.round > grid->round) {
        take_early(grid, event->peer, &message);
        return;
    }
    if (message.round < grid->round) {
        if (message.kind == ESS_GRID_ASK) {
            answer(grid, event->peer, message.round, false, false);
        }
        return;
    }
    bit = UINT64_C(1) << message.place;
    if (message.place >= grid->line.count || bit == grid->self ||
        grid->config.peers[grid->line.ranks[message.place]] != event->peer) {
        return;
    }
    grid->heard |= bit;
    if (message.kind == ESS_GRID_READY) {
        grid->ready |= bit;
    } else if (message.kind == ESS_GRID_MEAN) {
        grid->announced |= bit & grid->owners;
        grid->sets[message.place] = message.set;
    } else if (message.kind == ESS_GRID_LEAVE) {
        leave(grid, bit);
    } else if (message.kind == ESS_GRID_ASK) {
        take_ask(grid, event->peer, bit);
    } else {
        take_answer(grid, &message, bit);
    }
}
