/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/store.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 16384

struct block {
    struct block *next;
    size_t used_bytes;
    size_t size_bytes;
    _Alignas(max_align_t) unsigned char bytes[];
};

struct ess_store {
    struct block *blocks;
};

static void *allocate(size_t bytes) {
    void *memory = calloc(1, bytes);
    if (memory == NULL) {
        fprintf(stderr, "essaim: out of memory (%zu bytes) while reading a scenario\n", bytes);
        exit(1);
    }
    return memory;
}

struct ess_store *ess_store_new(void) {
    return allocate(sizeof(struct ess_store));
}

void ess_store_free(struct ess_store *store) {
    if (store == NULL)
        return;
    while (store->blocks != NULL) {
        struct block *next = store->blocks->next;
        free(store->blocks);
        store->blocks = next;
    }
    free(store);
}

void *ess_store_take(struct ess_store *store, size_t bytes) {
    const size_t alignment = _Alignof(max_align_t);
    if (bytes > SIZE_MAX / 2)
        bytes = SIZE_MAX / 2; /* refused by allocate */
    bytes = (bytes + alignment - 1) / alignment * alignment;
    struct block *block = store->blocks;
    if (block == NULL || block->size_bytes - block->used_bytes < bytes) {
        size_t size_bytes = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        block = allocate(sizeof(struct block) + size_bytes);
        block->size_bytes = size_bytes;
        block->next = store->blocks;
        store->blocks = block;
    }
    void *memory = block->bytes + block->used_bytes;
    block->used_bytes += bytes;
    return memory;
}

void *ess_store_take_array(struct ess_store *store, size_t count, size_t element_bytes) {
    if (element_bytes != 0 && count > SIZE_MAX / element_bytes)
        return ess_store_take(store, SIZE_MAX);
    return ess_store_take(store, count * element_bytes);
}

char *ess_store_text(struct ess_store *store, const char *text) {
    size_t bytes = strlen(text) + 1;
    return memcpy(ess_store_take(store, bytes), text, bytes);
}

char *ess_store_print(struct ess_store *store, const char *format, ...) {
    char short_text[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(short_text, sizeof short_text, format, arguments);
    va_end(arguments);
    size_t bytes = length < 0 ? 1 : (size_t)length + 1;
    char *text = ess_store_take(store, bytes);
    if (bytes <= sizeof short_text)
        return length < 0 ? text : memcpy(text, short_text, bytes);
    va_start(arguments, format);
    vsnprintf(text, bytes, format, arguments);
    va_end(arguments);
    return text;
}
