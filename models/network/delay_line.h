/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_DELAY_LINE_H
#define ESS_MODELS_NETWORK_DELAY_LINE_H

/* What is under way with one and the same delay arrives in the order in which it left. A queue of
 * such things costs O(1) each, where the event queue would cost a sift through all that is pending;
 * only the first of a line needs an event. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ess_arena;

struct ess_delay_item {
    int64_t at_ns;
    uint64_t what;
};

struct ess_delay_line {
    struct ess_delay_item *items; /* ring of `capacity`, a power of two */
    size_t capacity, first, count;
};

/* Append; false, and nothing is done, where it would arrive before the last one in the line. */
bool ess_delay_line_push(
    struct ess_delay_line *line, struct ess_arena *arena, int64_t at_ns, uint64_t what);

/* Take the first one if it is due by `now_ns`. */
bool ess_delay_line_pop(struct ess_delay_line *line, int64_t now_ns, uint64_t *what);

/* When the first one is due; INT64_MAX when the line is empty. */
int64_t ess_delay_line_next_ns(const struct ess_delay_line *line);

#endif
