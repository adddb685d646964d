/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_PLACE_H
#define ESS_SCENARIO_PLACE_H

/* Where in a JSON document: a chain on the stack of the reader, written out as a JSON pointer
 * (RFC 6901) only when something is to be said about it. NULL is the whole document. */

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/store.h"

struct ess_place {
    const struct ess_place *parent;
    const char *key; /* of an object's member; NULL: element `index` of an array */
    size_t index;
};

/* "/sites/0/a~1b" in memory of `store`. */
char *ess_place_pointer(const struct ess_place *place, struct ess_store *store);

/* Take the next segment off a pointer: `*cursor` stands at a "/" and moves behind the segment,
 * `*segment` is its text with ~1 and ~0 resolved. False where `*cursor` is at the end, or the
 * segment has a "~" before anything but 0 or 1. */
bool ess_pointer_next(const char **cursor, struct ess_store *store, char **segment);

/* `pointer` with `segment` (unescaped) below it. */
char *ess_pointer_below(const char *pointer, const char *segment, struct ess_store *store);

/* Whether `ancestor` is `pointer` itself or above it. Pointers are compared as written. */
bool ess_pointer_covers(const char *ancestor, const char *pointer);

#endif
