/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/origins.h"

#include <string.h>

#include "sim/scenario/place.h"

void ess_origins_init(struct ess_origins *origins, struct ess_store *store) {
    *origins = (struct ess_origins){.store = store};
}

void ess_origins_copy(
    const struct ess_origins *from, struct ess_store *store, struct ess_origins *to) {
    *to = (struct ess_origins){.store = store, .count = from->count, .capacity = from->count};
    if (from->count == 0)
        return;
    to->entries = ess_store_take_array(store, from->count, sizeof *to->entries);
    memcpy(to->entries, from->entries, from->count * sizeof *to->entries);
}

void ess_origins_add(
    struct ess_origins *origins, const char *pointer, const char *file, const char *shown) {
    if (origins->count == origins->capacity) {
        size_t capacity = origins->capacity == 0 ? 16 : 2 * origins->capacity;
        struct ess_origin *entries =
            ess_store_take_array(origins->store, capacity, sizeof *entries);
        if (origins->count > 0)
            memcpy(entries, origins->entries, origins->count * sizeof *entries);
        origins->entries = entries;
        origins->capacity = capacity;
    }
    origins->entries[origins->count++] = (struct ess_origin){pointer, file, shown};
}

void ess_origins_find(const struct ess_origins *origins, const char *pointer,
    struct ess_store *store, const char **file, const char **shown) {
    *file = "scenario";
    *shown = pointer;
    for (size_t i = origins->count; i > 0; i--) {
        const struct ess_origin *origin = &origins->entries[i - 1];
        if (!ess_pointer_covers(origin->pointer, pointer))
            continue;
        *file = origin->file;
        *shown = ess_store_print(store, "%s%s", origin->shown, pointer + strlen(origin->pointer));
        return;
    }
}
