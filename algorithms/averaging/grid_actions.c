/* SPDX-License-Identifier: Apache-2.0 */
#include "averaging/grid.h"
#include "collective/plan.h"

void ess_grid_line_of_round(
    const struct ess_grid_averaging *grid, uint32_t round, struct ess_line *line) {
    uint32_t shuffle = (uint32_t)grid->settings.shuffle;
    uint32_t draw = shuffle > 0 ? 1 + round / shuffle : 0;
    ess_grid_line(&grid->grid, draw, round % grid->grid.dimensions, grid->config.rank,
        grid->config.ranks, line);
}

static uint32_t peer_at(const struct ess_grid_averaging *grid, uint32_t place) {
    return grid->config.peers[grid->line.ranks[place]];
}

static uint64_t token_of(
    const struct ess_grid_averaging *grid, enum ess_grid_token kind, uint32_t place) {
    return (uint64_t)grid->round << 32 | (uint64_t)kind << 8 | place;
}

static struct ess_span shard_span(
    const struct ess_grid_averaging *grid, uint32_t shard, enum ess_region region) {
    uint64_t first, count;
    ess_plan_range(grid->config.elements, ess_grid_count(grid->owners), shard, 1, &first, &count);
    return (struct ess_span){
        region, first * grid->config.element_bytes, count * grid->config.element_bytes};
}

static void say(const struct ess_grid_averaging *grid, uint32_t place,
    enum ess_grid_message_kind kind, struct ess_actions *actions) {
    struct ess_grid_message message = {
        .kind = kind, .round = grid->round, .place = grid->line.self, .set = grid->set};
    ess_grid_message_add(grid, peer_at(grid, place), &message, actions);
}

/* A transfer with the member at `place`: of that member's contribution or mean, or of the own. */
static struct ess_transfer *post(const struct ess_grid_averaging *grid, enum ess_grid_token kind,
    uint32_t place, struct ess_actions *actions) {
    bool sends = kind == ESS_GRID_TOKEN_OFFER || kind == ESS_GRID_TOKEN_GIVE;
    bool gather = kind == ESS_GRID_TOKEN_OFFER || kind == ESS_GRID_TOKEN_TAKE;
    bool own_shard = kind == ESS_GRID_TOKEN_TAKE || kind == ESS_GRID_TOKEN_GIVE;
    struct ess_action *action =
        ess_actions_add(actions, sends ? ESS_ACTION_SEND : ESS_ACTION_RECEIVE);
    action->peer = peer_at(grid, place);
    action->token = token_of(grid, kind, place);
    action->transfer.operation = grid->config.operation;
    action->transfer.epoch = ess_grid_gather_epoch(grid) + (gather ? 0 : 1);
    action->transfer.chunk = own_shard ? grid->line.self : place;
    action->transfer.span = shard_span(grid, action->transfer.chunk,
        kind == ESS_GRID_TOKEN_OFFER ? ESS_REGION_INPUT : ESS_REGION_RESULT);
    return &action->transfer;
}

static void post_take(
    struct ess_grid_averaging *grid, uint32_t place, struct ess_actions *actions) {
    struct ess_transfer *transfer = post(grid, ESS_GRID_TOKEN_TAKE, place, actions);
    transfer->combine = ESS_COMBINE_SUM;
    transfer->step = place;
    transfer->operand_region = grid->set == grid->self ? ESS_REGION_INPUT : ESS_REGION_RESULT;
    grid->receiving = place;
}

static void post_arithmetic(const struct ess_grid_averaging *grid, enum ess_grid_token kind,
    uint32_t shard, struct ess_actions *actions) {
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_ARITHMETIC);
    bool divide = kind == ESS_GRID_TOKEN_DIVIDE;
    action->token = token_of(grid, kind, shard);
    action->arithmetic.kind = divide ? ESS_ARITHMETIC_SCALE : ESS_ARITHMETIC_COPY;
    action->arithmetic.to = shard_span(grid, shard, divide ? ESS_REGION_RESULT : ESS_REGION_INPUT);
    if (divide) {
        action->arithmetic.divisor = ess_grid_count(grid->set);
    } else {
        action->arithmetic.from_region = ESS_REGION_RESULT;
    }
}

static void report_shard(
    const struct ess_grid_averaging *grid, uint32_t shard, struct ess_actions *actions) {
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_REPORT);
    bool got = grid->got >> shard & 1;
    action->report.kind = ESS_REPORT_SHARD_AVERAGED;
    action->report.step = grid->round;
    action->report.epoch = shard;
    action->report.operation = got ? grid->sets[shard] : grid->self;
    action->report.count = ess_grid_count(action->report.operation);
}

/* Take the lowest member out of *mask, which must not be empty. */
static uint32_t next_of(uint64_t *mask) {
    uint32_t place = ess_grid_lowest(*mask);
    *mask &= *mask - 1;
    return place;
}

/* Contributions that may be taken now. */
static uint64_t takeable(const struct ess_grid_averaging *grid) {
    bool may = grid->phase == ESS_GRID_GATHER && grid->receiving == ESS_NONE &&
               (grid->owners & grid->self);
    return may ? grid->ready & grid->everybody & ~grid->set & ~grid->out : 0;
}

static uint64_t gettable(const struct ess_grid_averaging *grid) {
    return grid->phase == ESS_GRID_SETTLE
               ? 0
               : grid->announced & ~grid->get_open & ~grid->got & ~grid->left;
}

static void say_answer(const struct ess_grid_averaging *grid, struct ess_actions *actions) {
    struct ess_grid_message message = {.kind = ESS_GRID_ANSWER,
        .round = grid->answer.round,
        .offers = grid->answer.offers,
        .takes = grid->answer.takes};
    struct ess_line line;
    ess_grid_line_of_round(grid, message.round, &line);
    message.place = line.self;
    ess_grid_message_add(grid, grid->answer.peer, &message, actions);
}

static bool act_for_others(struct ess_grid_averaging *grid, struct ess_actions *actions) {
    uint32_t place;
    if (grid->answer_due) {
        say_answer(grid, actions);
        grid->answer_due = false;
    } else if (grid->offer_due) {
        place = next_of(&grid->offer_due);
        say(grid, place, ESS_GRID_READY, actions);
        post(grid, ESS_GRID_TOKEN_OFFER, place, actions)->step = grid->line.self;
        grid->offer_open |= UINT64_C(1) << place;
    } else if (gettable(grid)) {
        place = ess_grid_lowest(gettable(grid));
        post(grid, ESS_GRID_TOKEN_GET, place, actions)->step = grid->line.self;
        grid->get_open |= UINT64_C(1) << place;
    } else if (grid->ask_due) {
        say(grid, next_of(&grid->ask_due), ESS_GRID_ASK, actions);
    } else {
        return false;
    }
    return true;
}

static bool act_for_own_shard(struct ess_grid_averaging *grid, struct ess_actions *actions) {
    uint32_t place;
    if (takeable(grid)) {
        post_take(grid, ess_grid_lowest(takeable(grid)), actions);
    } else if (grid->divide_due) {
        post_arithmetic(grid, ESS_GRID_TOKEN_DIVIDE, grid->line.self, actions);
        grid->divide_due = false;
        grid->dividing = true;
    } else if (grid->leave_due) {
        say(grid, next_of(&grid->leave_due), ESS_GRID_LEAVE, actions);
    } else if (grid->give_due) {
        place = next_of(&grid->give_due);
        say(grid, place, ESS_GRID_MEAN, actions);
        post(grid, ESS_GRID_TOKEN_GIVE, place, actions)->step = place;
        grid->give_open |= UINT64_C(1) << place;
    } else {
        return false;
    }
    return true;
}

bool ess_grid_act(struct ess_grid_averaging *grid, struct ess_actions *actions) {
    if (grid->cancel_due && grid->phase != ESS_GRID_GATHER) {
        ess_actions_add(actions, ESS_ACTION_CANCEL)->epoch = grid->cancel_epoch;
        grid->cancel_due = false;
        return true;
    }
    if (act_for_others(grid, actions) || act_for_own_shard(grid, actions)) {
        return true;
    }
    if (grid->settle_due) {
        uint32_t shard = next_of(&grid->settle_due);
        post_arithmetic(grid, ESS_GRID_TOKEN_SETTLE, shard, actions);
        grid->settle_open |= UINT64_C(1) << shard;
        return true;
    }
    /* What is reported is in the vector. */
    if (grid->report_due && grid->settle_open == 0) {
        report_shard(grid, next_of(&grid->report_due), actions);
        return true;
    }
    return false;
}
