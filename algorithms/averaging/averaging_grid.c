/* SPDX-License-Identifier: Apache-2.0 */
/* Averaging on a virtual grid, in rounds, after Moshpit All-Reduce.
 *
 * Ranks stand on a grid of side^dimensions cells (averaging/placement.h). In round r those who
 * differ only in coordinate r mod dimensions are a *line*; they average among themselves. The
 * vector is cut into one shard a member. Every member gives each other its contribution to the
 * other's shard (gather), divides its own shard's sum by the number of those counted, and gives the
 * mean back to them (spread). A member takes one contribution at a time, of those announced the one
 * of the lowest place, since only one may be added at a time: memory is one vector beside the own.
 *
 * Equation: on a full grid all hold the mean of all after `dimensions` rounds; 2 (M - 1) d messages
 * and 2 n d (M - 1)/M bytes a rank for M = side, d = dimensions. On ranks drawn anew for a round,
 * one round multiplies the expected variance by (g - 1)/(N - 1), where g is the number of lines
 * with a member and N that of ranks, whatever the sizes of the lines (variance of the means of
 * samples drawn without replacement). The paper's theorem 3.2, cited from memory, has (g - 1)/N +
 * g/N^2, which is more by (N - g)/(N^2 (N - 1)).
 *
 * What a loss does. A contribution counts in a shard wholly or not at all, so each shard is the
 * exact mean of its own set S, with divisor |S|. Sets of shards of one round may differ: a member
 * that dies in the gather is in the shards that had taken its part, and not in the others. Each
 * shard carries its set to all who adopt it, and each reports it. The mean goes to exactly the
 * members of S; all others keep what they had, and report themselves alone. Hence
 *  - a shard whose set all adopt conserves mass: the sum over the members is what it was;
 *  - a member of S that dies takes the mean with it instead of its own value; the survivors' mean
 *    is that of S;
 *  - where the owner of a shard dies before it has given a mean to anyone, the shard is as it was;
 *  - where it dies in between, or a member of S gives up on it, the shard is *torn*: some of S hold
 *    the mean, some what they had, and mass changes by the difference. Both kinds say so.
 * Patience: who is missing is asked after half a timeout, and lost if silent for another half.
 * Who is in an earlier round says so and is waited for. One that falls silent in the middle of a
 * transfer ends the phase for the one that it sends to, who counts what it has. A broken connection
 * alone costs nothing but time.
 *
 * Limits: whoever died holds up each of its lines by one timeout a round, until the host starts the
 * next averaging without it. A timeout must be longer than the transfer of a shard. A line has at
 * most 64 cells. No member joins between rounds. Those who adopt a shard hold the same bits;
 * members of other lines add the same numbers in another order. Check: 16 ranks, 4 x 4: after two
 * rounds all hold the mean, each having sent 12 transfers and 3 n bytes. */
#include "averaging/grid.h"
#include "base/assert.h"

static const struct ess_parameter parameters[] = {
    {"side", ESS_PARAMETER_INTEGER, 0, 0, ESS_LINE_MAX,
        "cells of a line; 0: the fewest for which the grid has room",
        offsetof(struct ess_grid_settings, side)},
    {"dimensions", ESS_PARAMETER_INTEGER, 2, 1, 8, "dimensions of the grid",
        offsetof(struct ess_grid_settings, dimensions)},
    {"rounds", ESS_PARAMETER_INTEGER, 0, 0, ESS_GRID_ROUNDS_MAX,
        "rounds of one averaging; 0: as many as dimensions",
        offsetof(struct ess_grid_settings, rounds)},
    {"shuffle", ESS_PARAMETER_INTEGER, 0, 0, ESS_GRID_ROUNDS_MAX,
        "rounds after which ranks are placed anew at random; 0: rank r stays on cell r",
        offsetof(struct ess_grid_settings, shuffle)},
    {"timeout", ESS_PARAMETER_TIME, 10e9, 2e6, 8.64e13,
        "silence after which a member that is missing counts as lost for the round",
        offsetof(struct ess_grid_settings, timeout_ns)},
    {"patience", ESS_PARAMETER_INTEGER, 64, 2, 1e6,
        "half timeouts after which a half round ends, whoever is missing",
        offsetof(struct ess_grid_settings, patience)},
    ESS_PARAMETER_END,
};

static uint64_t first_bits(uint64_t count) {
    return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static uint32_t side_for(const struct ess_grid_settings *settings, uint32_t ranks) {
    uint32_t side = (uint32_t)settings->side;
    if (side > 0) {
        return side;
    }
    for (side = 2; side < ESS_LINE_MAX; side++) {
        uint32_t cells = ess_grid_cells(side, (uint32_t)settings->dimensions);
        if (cells == 0 || cells >= ranks) {
            break;
        }
    }
    return side;
}

/* ---- a round ----------------------------------------------------------------------------------
 */

static void begin_patience(struct ess_grid_averaging *grid, int64_t now_ns) {
    grid->tick_ns = now_ns + grid->settings.timeout_ns / 2;
    grid->asked = false;
    grid->ticks = 0;
    grid->ask_due = grid->heard = 0;
}

static void enter_round(struct ess_grid_averaging *grid, int64_t now_ns) {
    ess_grid_line_of_round(grid, grid->round, &grid->line);
    grid->phase = ESS_GRID_GATHER;
    grid->everybody = first_bits(grid->line.count);
    grid->self = UINT64_C(1) << grid->line.self;
    grid->owners = grid->everybody & first_bits(grid->config.elements);
    grid->ready = grid->ready_ahead[grid->round];
    grid->left = grid->left_ahead[grid->round];
    grid->set = grid->self;
    grid->receiving = ESS_NONE;
    grid->offer_due = grid->owners & ~grid->self & ~grid->left;
    grid->out = grid->announced = grid->got = 0;
    grid->offer_open = grid->offer_held = grid->get_open = 0;
    grid->give_due = grid->give_open = grid->give_held = grid->leave_due = 0;
    grid->divide_due = grid->dividing = false;
    grid->retry_ns = ESS_TIME_NEVER;
    begin_patience(grid, now_ns);
}

uint64_t ess_grid_missing(const struct ess_grid_averaging *grid) {
    if (grid->phase == ESS_GRID_GATHER) {
        uint64_t takes = grid->owners & grid->self ? grid->everybody & ~grid->set & ~grid->out : 0;
        return takes | grid->offer_due | grid->offer_open | grid->offer_held;
    }
    if (grid->phase == ESS_GRID_SPREAD) {
        return (grid->owners & ~grid->self & ~grid->got & ~grid->left) | grid->give_due |
               grid->give_open | grid->give_held;
    }
    return 0;
}

/* What is still open of this phase ends: its posts are cancelled. */
static void close_phase(struct ess_grid_averaging *grid, bool open, uint32_t below_epoch) {
    grid->cancel_due |= open;
    grid->cancel_epoch = below_epoch;
}

static void end_gather(struct ess_grid_averaging *grid, int64_t now_ns) {
    close_phase(grid, grid->receiving != ESS_NONE || grid->offer_open != 0,
        ess_grid_gather_epoch(grid) + 1);
    grid->receiving = ESS_NONE;
    grid->offer_due = grid->offer_open = grid->offer_held = 0;
    grid->phase = ESS_GRID_SPREAD;
    if (grid->owners & grid->self) {
        grid->leave_due = grid->everybody & ~grid->set;
        grid->divide_due = grid->set != grid->self;
    }
    begin_patience(grid, now_ns);
}

static void end_spread(struct ess_grid_averaging *grid) {
    close_phase(grid, grid->get_open != 0 || grid->give_open != 0, ess_grid_gather_epoch(grid) + 2);
    grid->get_open = grid->give_due = grid->give_open = grid->give_held = 0;
    grid->phase = ESS_GRID_SETTLE;
    grid->settle_due = grid->got;
    grid->report_due = grid->owners;
    grid->tick_ns = grid->retry_ns = ESS_TIME_NEVER;
    grid->ask_due = 0;
}

/* Go on as far as possible without an event; true where anything changed. */
static bool advance(struct ess_grid_averaging *grid, int64_t now_ns) {
    if (grid->phase == ESS_GRID_GATHER && ess_grid_missing(grid) == 0) {
        end_gather(grid, now_ns);
        return true;
    }
    if (grid->phase == ESS_GRID_SPREAD && !grid->divide_due && !grid->dividing &&
        grid->leave_due == 0 && ess_grid_missing(grid) == 0) {
        end_spread(grid);
        return true;
    }
    if (grid->phase == ESS_GRID_SETTLE &&
        (grid->settle_due | grid->settle_open | grid->report_due) == 0) {
        grid->round++;
        grid->over = grid->round == grid->rounds;
        if (!grid->over) {
            enter_round(grid, now_ns);
        }
        return !grid->over;
    }
    return false;
}

/* ---- events -----------------------------------------------------------------------------------
 */

static enum ess_step_result finish(struct ess_actions *actions, enum ess_status status) {
    ess_actions_add(actions, ESS_ACTION_DONE)->status = status;
    return ESS_DONE;
}

static enum ess_step_result pump(
    struct ess_grid_averaging *grid, int64_t now_ns, struct ess_actions *actions) {
    do {
        do {
            if (ess_actions_room(actions) < 2) {
                return ESS_MORE;
            }
        } while (ess_grid_act(grid, actions));
    } while (advance(grid, now_ns));
    return grid->over ? finish(actions, ESS_STATUS_COMPLETE) : ESS_WAIT;
}

static void hold(struct ess_grid_averaging *grid, int64_t now_ns) {
    if (grid->retry_ns == ESS_TIME_NEVER) {
        grid->retry_ns = now_ns + grid->settings.timeout_ns / 16;
    }
}

/* A transfer of this phase failed, so its connection broke. Those that were announced by this peer
 * are announced anew after a while; those announced by the other wait until it does so. */
static void take_failure(
    struct ess_grid_averaging *grid, enum ess_grid_token kind, uint64_t bit, int64_t now_ns) {
    if (kind == ESS_GRID_TOKEN_OFFER && grid->offer_open & bit) {
        grid->offer_open &= ~bit;
        grid->offer_held |= bit;
        hold(grid, now_ns);
    } else if (kind == ESS_GRID_TOKEN_TAKE && grid->receiving != ESS_NONE) {
        grid->receiving = ESS_NONE;
        grid->ready &= ~bit;
    } else if (kind == ESS_GRID_TOKEN_GIVE && grid->give_open & bit) {
        grid->give_open &= ~bit;
        grid->give_held |= bit;
        hold(grid, now_ns);
    } else if (kind == ESS_GRID_TOKEN_GET && grid->get_open & bit) {
        grid->get_open &= ~bit;
        grid->announced &= ~bit;
    }
}

static void take_finish(struct ess_grid_averaging *grid, enum ess_grid_token kind, uint64_t bit) {
    grid->heard |= bit;
    if (kind == ESS_GRID_TOKEN_OFFER) {
        grid->offer_open &= ~bit;
    } else if (kind == ESS_GRID_TOKEN_TAKE) {
        grid->receiving = ESS_NONE;
        grid->set |= bit;
    } else if (kind == ESS_GRID_TOKEN_GIVE) {
        grid->give_open &= ~bit;
    } else if (kind == ESS_GRID_TOKEN_GET) {
        grid->get_open &= ~bit;
        grid->got |= bit;
    } else if (kind == ESS_GRID_TOKEN_DIVIDE) {
        grid->dividing = false;
        grid->got |= bit;
        grid->sets[grid->line.self] = grid->set;
        grid->give_due = grid->set & ~grid->self;
    } else {
        grid->settle_open &= ~bit;
    }
}

/* Ends of what was cancelled come late and mean nothing any more. */
static void take_end(struct ess_grid_averaging *grid, const struct ess_event *event) {
    enum ess_grid_token kind = (enum ess_grid_token)(event->token >> 8 & 0xff);
    uint64_t bit = UINT64_C(1) << (event->token & 63);
    if (event->token >> 32 != grid->round || event->reason == ESS_FAILURE_CANCELLED) {
        return;
    }
    if (event->kind == ESS_EVENT_FAILED) {
        take_failure(grid, kind, bit, event->now_ns);
    } else {
        take_finish(grid, kind, bit);
    }
}

static void take_tick(struct ess_grid_averaging *grid, int64_t now_ns) {
    uint64_t missing = ess_grid_missing(grid);
    uint64_t silent = missing & ~grid->heard;
    bool stuck = grid->phase == ESS_GRID_GATHER && grid->receiving != ESS_NONE &&
                 silent >> grid->receiving & 1;
    grid->tick_ns = now_ns + grid->settings.timeout_ns / 2;
    grid->ticks++;
    if (missing == 0 || grid->dividing) {
        return; /* own arithmetic is what it waits for */
    }
    if ((grid->asked && (silent == missing || stuck)) || grid->ticks > grid->settings.patience) {
        if (grid->phase == ESS_GRID_GATHER) {
            end_gather(grid, now_ns);
        } else {
            end_spread(grid);
        }
        return;
    }
    grid->asked = true;
    grid->heard = 0;
    grid->ask_due = missing;
}

static void take_deadline(struct ess_grid_averaging *grid, int64_t now_ns) {
    if (now_ns >= grid->retry_ns) {
        grid->retry_ns = ESS_TIME_NEVER;
        grid->offer_due |= grid->offer_held;
        grid->give_due |= grid->give_held;
        grid->offer_held = grid->give_held = 0;
    }
    if (now_ns >= grid->tick_ns) {
        take_tick(grid, now_ns);
    }
}

static enum ess_step_result step(
    void *state, const struct ess_event *event, struct ess_actions *actions) {
    struct ess_grid_averaging *grid = state;
    switch (event->kind) {
    case ESS_EVENT_START:
        enter_round(grid, event->now_ns);
        break;
    case ESS_EVENT_MESSAGE:
        ess_grid_message_take(grid, event);
        break;
    case ESS_EVENT_FINISHED:
    case ESS_EVENT_FAILED:
        take_end(grid, event);
        break;
    case ESS_EVENT_DEADLINE:
        take_deadline(grid, event->now_ns);
        break;
    case ESS_EVENT_STOP:
        ess_actions_add(actions, ESS_ACTION_CANCEL)->epoch = UINT32_MAX;
        return finish(actions, ESS_STATUS_LEFT);
    case ESS_EVENT_CONTINUE:
    case ESS_EVENT_VIEW:
    case ESS_EVENT_RESET:
        break;
    }
    return pump(grid, event->now_ns, actions);
}

static int64_t next_deadline(const void *state) {
    const struct ess_grid_averaging *grid = state;
    return grid->tick_ns < grid->retry_ns ? grid->tick_ns : grid->retry_ns;
}

static const char *check(const void *settings) {
    const struct ess_grid_settings *s = settings;
    bool fits = s->side == 0 || ess_grid_cells((uint32_t)s->side, (uint32_t)s->dimensions) > 0;
    return s->side == 1 ? "lines of at least 2 cells"
           : fits       ? NULL
                        : "a grid of at most 2^31 cells";
}

static const char *refuse(const void *settings, uint32_t ranks) {
    const struct ess_grid_settings *s = settings;
    uint32_t cells = ess_grid_cells(side_for(s, ranks), (uint32_t)s->dimensions);
    return cells >= ranks ? NULL : "has fewer cells than ranks; raise side or dimensions";
}

static void init(void *state, const struct ess_averaging_config *config) {
    struct ess_grid_averaging *grid = state;
    const struct ess_grid_settings *settings = config->settings;
    ESS_ASSERT(!refuse(settings, config->ranks));
    ESS_ASSERT(config->rank < config->ranks);
    memset(grid, 0, sizeof *grid);
    grid->config = *config;
    grid->settings = *settings;
    grid->rounds = (uint32_t)(settings->rounds > 0 ? settings->rounds : settings->dimensions);
    grid->grid.seed = config->seed;
    grid->grid.side = side_for(settings, config->ranks);
    grid->grid.dimensions = (uint32_t)settings->dimensions;
    grid->grid.cells = ess_grid_cells(grid->grid.side, grid->grid.dimensions);
    grid->receiving = ESS_NONE;
    grid->tick_ns = grid->retry_ns = ESS_TIME_NEVER;
}

const struct ess_averaging_type ess_averaging_grid = {
    .name = "grid",
    .summary = "lines of a virtual grid in turn; exact on a full grid, a loss costs one timeout",
    .source = "Ryabinin et al., NeurIPS 2021, arXiv 2103.03239 (Moshpit All-Reduce)",
    .parameters = parameters,
    .settings_bytes = sizeof(struct ess_grid_settings),
    .check = check,
    .refuse = refuse,
    .state_bytes = sizeof(struct ess_grid_averaging),
    .init = init,
    .step = step,
    .next_deadline = next_deadline,
};
