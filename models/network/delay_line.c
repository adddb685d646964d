/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/delay_line.h"

#include "sim/engine/arena.h"

static struct ess_delay_item *item_at(const struct ess_delay_line *line, size_t index) {
    return &line->items[(line->first + index) & (line->capacity - 1)];
}

static void grow(struct ess_delay_line *line, struct ess_arena *arena) {
    size_t old = line->capacity, capacity = old ? 2 * old : 16;
    line->items = ess_arena_resize(arena, line->items, old, capacity, sizeof *line->items);
    line->capacity = capacity;
    /* What had wrapped round stands at the beginning: it follows the old end now. */
    for (size_t i = 0; old > 0 && i < line->first; i++) {
        line->items[old + i] = line->items[i];
    }
}

bool ess_delay_line_push(
    struct ess_delay_line *line, struct ess_arena *arena, int64_t at_ns, uint64_t what) {
    if (line->count > 0 && item_at(line, line->count - 1)->at_ns > at_ns) {
        return false;
    }
    if (line->count == line->capacity) {
        grow(line, arena);
    }
    *item_at(line, line->count++) = (struct ess_delay_item){at_ns, what};
    return true;
}

bool ess_delay_line_pop(struct ess_delay_line *line, int64_t now_ns, uint64_t *what) {
    if (line->count == 0 || item_at(line, 0)->at_ns > now_ns) {
        return false;
    }
    *what = item_at(line, 0)->what;
    line->first = (line->first + 1) & (line->capacity - 1);
    line->count--;
    return true;
}

int64_t ess_delay_line_next_ns(const struct ess_delay_line *line) {
    return line->count > 0 ? item_at(line, 0)->at_ns : INT64_MAX;
}
