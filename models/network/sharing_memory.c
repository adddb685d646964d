/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/sharing_memory.h"

#include <stdio.h>
#include <stdlib.h>

int32_t ess_sharing_more_room(int32_t room) {
    if (room > INT32_MAX / 2) {
        fprintf(stderr, "sharing: more than 2^30 items of one kind\n");
        abort();
    }
    return room < 4 ? 4 : 2 * room;
}

void *ess_sharing_resize(void *array, int32_t room, size_t item_bytes) {
    void *resized = realloc(array, (size_t)room * item_bytes);
    if (resized == NULL) {
        fprintf(stderr, "sharing: out of memory\n");
        abort();
    }
    return resized;
}
