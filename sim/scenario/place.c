/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/place.h"

#include <string.h>

char *ess_pointer_below(const char *pointer, const char *segment, struct ess_store *store) {
    size_t length = strlen(pointer);
    char *text = ess_store_take(store, length + 2 * strlen(segment) + 2);
    memcpy(text, pointer, length);
    text[length++] = '/';
    for (; *segment != '\0'; segment++) {
        bool special = *segment == '~' || *segment == '/';
        text[length++] = special ? '~' : *segment;
        if (special)
            text[length++] = *segment == '~' ? '0' : '1';
    }
    text[length] = '\0';
    return text;
}

char *ess_place_pointer(const struct ess_place *place, struct ess_store *store) {
    if (place == NULL)
        return ess_store_text(store, "");
    const char *above = ess_place_pointer(place->parent, store);
    if (place->key == NULL)
        return ess_store_print(store, "%s/%zu", above, place->index);
    return ess_pointer_below(above, place->key, store);
}

bool ess_pointer_next(const char **cursor, struct ess_store *store, char **segment) {
    const char *from = *cursor;
    if (*from != '/')
        return false;
    from++;
    size_t length = strcspn(from, "/"), used = 0;
    char *text = ess_store_take(store, length + 1);
    for (size_t i = 0; i < length; i++) {
        if (from[i] != '~') {
            text[used++] = from[i];
            continue;
        }
        i++;
        if (i == length || (from[i] != '0' && from[i] != '1'))
            return false;
        text[used++] = from[i] == '0' ? '~' : '/';
    }
    *segment = text;
    *cursor = from + length;
    return true;
}

bool ess_pointer_covers(const char *ancestor, const char *pointer) {
    size_t length = strlen(ancestor);
    return strncmp(ancestor, pointer, length) == 0 &&
           (pointer[length] == '\0' || pointer[length] == '/');
}
