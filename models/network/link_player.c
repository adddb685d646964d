/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Playing a link trace: the changes one after another, and what follows the end. */
#include "models/network/link_trace.h"

enum { NONE = -1 };

/* The step that holds at `time_ns`, 0 <= time_ns < length. */
static int64_t step_at(const struct ess_link_trace *trace, int64_t time_ns) {
    int64_t low = 0, high = trace->step_count - 1;
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (trace->steps[middle].start_ns <= time_ns) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

void ess_link_player_init(struct ess_link_player *player, const struct ess_link_trace *trace,
    enum ess_link_end end, int64_t offset_ns) {
    if (end == ESS_LINK_LOOP) {
        offset_ns %= trace->length_ns;
    }
    *player = (struct ess_link_player){.trace = trace, .end = end, .zero_ns = -offset_ns};
    player->next = offset_ns >= trace->length_ns ? trace->step_count : step_at(trace, offset_ns);
}

/* The step at the end is played only where no new turn begins. */
static struct ess_link_step step_of(const struct ess_link_player *player, int64_t index) {
    struct ess_link_step step = player->trace->steps[index];
    if (index == player->trace->step_count && player->end == ESS_LINK_STOP) {
        step.bytes_per_s = 0;
    }
    return step;
}

bool ess_link_player_next(
    struct ess_link_player *player, int64_t *at_ns, struct ess_link_step *step) {
    const struct ess_link_trace *trace = player->trace;
    if (player->next == NONE) {
        return false;
    }
    if (player->next == trace->step_count && player->end == ESS_LINK_LOOP) {
        if (player->zero_ns > INT64_MAX - 2 * trace->length_ns) {
            player->next = NONE; /* past the end of time */
            return false;
        }
        player->zero_ns += trace->length_ns;
        player->next = 0;
    }
    *step = step_of(player, player->next);
    *at_ns = player->zero_ns + step->start_ns;
    if (*at_ns < player->floor_ns) {
        *at_ns = player->floor_ns;
    }
    player->next = player->next == trace->step_count ? NONE : player->next + 1;
    return true;
}

int64_t ess_link_player_carries_ns(const struct ess_link_player *player) {
    struct ess_link_player ahead = *player;
    struct ess_link_step step;
    int64_t at_ns;
    for (int64_t i = 0; i <= player->trace->step_count; i++) {
        if (!ess_link_player_next(&ahead, &at_ns, &step)) {
            return INT64_MAX;
        }
        if (step.bytes_per_s > 0) {
            return at_ns;
        }
    }
    return INT64_MAX;
}
