/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SHARING_MEMORY_H
#define ESS_MODELS_NETWORK_SHARING_MEMORY_H

/* Growing arrays of the sharing solver: geometric, so that a steady load allocates nothing. */

#include <stddef.h>
#include <stdint.h>

/* The room to take when `room` items are not enough: never less than 4. */
int32_t ess_sharing_more_room(int32_t room);

/* The array with room for `room` items of item_bytes each; aborts when there is no memory. */
void *ess_sharing_resize(void *array, int32_t room, size_t item_bytes);

struct sharing_list {
    int32_t *items;
    int32_t count, room;
};

static inline void sharing_list_push(struct sharing_list *list, int32_t item) {
    if (list->count == list->room) {
        list->room = ess_sharing_more_room(list->room);
        list->items = ess_sharing_resize(list->items, list->room, sizeof *list->items);
    }
    list->items[list->count++] = item;
}

#endif
