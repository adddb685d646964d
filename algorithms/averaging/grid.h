/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_AVERAGING_GRID_H
#define ESS_AVERAGING_GRID_H

/* State and messages of the grid averaging machine (averaging_grid.c says what it does). Only
 * files of this folder include this. A mask has bit i for the member at place i of the line. */

#include "averaging/averaging.h"
#include "averaging/placement.h"

#include <stdbool.h>

#define ESS_GRID_ROUNDS_MAX 64

struct ess_grid_settings {
    int64_t side, dimensions, rounds, shuffle;
    int64_t timeout_ns;
    int64_t patience;
};

enum ess_grid_phase {
    ESS_GRID_GATHER, /* contributions are given and taken */
    ESS_GRID_SPREAD, /* means are given and taken */
    ESS_GRID_SETTLE  /* means are copied into the vector */
};

struct ess_grid_averaging {
    struct ess_averaging_config config;
    struct ess_grid_settings settings;
    struct ess_grid grid;
    uint32_t round, rounds;
    enum ess_grid_phase phase;
    bool over;

    /* The line of this round. */
    struct ess_line line;
    uint64_t everybody;
    uint64_t self;   /* own bit */
    uint64_t owners; /* members whose shard has an element */

    /* Of the own shard. */
    uint64_t ready;     /* their contributions may be taken */
    uint64_t out;       /* will not contribute */
    uint64_t set;       /* counted, this peer included */
    uint32_t receiving; /* place of the one being taken, or ESS_NONE */
    bool divide_due, dividing;
    uint64_t leave_due; /* to be told that they are not counted */
    uint64_t give_due, give_open, give_held;

    /* Of the shards of others. */
    uint64_t offer_due, offer_open, offer_held;
    uint64_t announced; /* means that may be taken */
    uint64_t get_open, got;
    uint64_t left; /* will not come, or not to this peer */
    uint64_t sets[ESS_LINE_MAX];

    uint64_t settle_due, settle_open, report_due;

    /* Patience: every half timeout those who are missing are asked. */
    uint64_t ask_due;
    uint64_t heard; /* since they were asked */
    bool asked;
    int64_t ticks;
    int64_t tick_ns;
    int64_t retry_ns; /* when what is held may be posted again */
    bool cancel_due;
    uint32_t cancel_epoch;

    /* One answer is owed at a time: a step begins with an empty array. */
    bool answer_due;
    struct ess_grid_answer {
        uint32_t peer, round;
        bool offers, takes;
    } answer;

    /* Of rounds that others have begun and this peer has not. */
    uint64_t ready_ahead[ESS_GRID_ROUNDS_MAX];
    uint64_t left_ahead[ESS_GRID_ROUNDS_MAX];
};

enum ess_grid_message_kind {
    ESS_GRID_READY = 1, /* the sender's contribution to the receiver's shard is posted */
    ESS_GRID_MEAN,      /* the sender's shard is averaged over `set`, and posted */
    ESS_GRID_LEAVE,     /* the receiver is not counted in the sender's shard */
    ESS_GRID_ASK,       /* is the sender to wait for the receiver? */
    ESS_GRID_ANSWER     /* offers: a contribution will come; takes: a mean may come */
};

struct ess_grid_message {
    enum ess_grid_message_kind kind;
    uint32_t round;
    uint32_t place; /* of the sender */
    bool offers, takes;
    uint64_t set;
};

void ess_grid_message_add(const struct ess_grid_averaging *grid, uint32_t peer,
    const struct ess_grid_message *message, struct ess_actions *actions);

/* Take in a message; one that is not of this operation, or from nobody of the line, is passed
 * over. */
void ess_grid_message_take(struct ess_grid_averaging *grid, const struct ess_event *event);

/* Transfers and arithmetic by what they are for; the low byte of a token is a place. */
enum ess_grid_token {
    ESS_GRID_TOKEN_OFFER = 1, /* own contribution to the shard of another */
    ESS_GRID_TOKEN_TAKE,      /* another's contribution to the own shard */
    ESS_GRID_TOKEN_GIVE,      /* own mean */
    ESS_GRID_TOKEN_GET,       /* another's mean */
    ESS_GRID_TOKEN_DIVIDE,
    ESS_GRID_TOKEN_SETTLE
};

/* Epoch of the transfers of the gather; those of the spread have the next one. */
static inline uint32_t ess_grid_gather_epoch(const struct ess_grid_averaging *grid) {
    return 2 * grid->round + 1;
}

/* Number of bits that are set, and the lowest of them. */
static inline uint32_t ess_grid_count(uint64_t mask) {
    uint32_t count = 0;
    for (; mask != 0; mask &= mask - 1) {
        count++;
    }
    return count;
}

static inline uint32_t ess_grid_lowest(uint64_t mask) {
    return (uint32_t)__builtin_ctzll(mask);
}

/* The line of this peer in any round. */
void ess_grid_line_of_round(
    const struct ess_grid_averaging *grid, uint32_t round, struct ess_line *line);

/* One thing of those that are due, two actions at most; false when there is none. */
bool ess_grid_act(struct ess_grid_averaging *grid, struct ess_actions *actions);

/* Members for whom this phase waits. */
uint64_t ess_grid_missing(const struct ess_grid_averaging *grid);

#endif
