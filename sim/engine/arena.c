/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/arena.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_CHUNK_BYTES = 65536, LEAST_CAPACITY = 16 };

/* Stands before every chunk's payload, which thereby begins at a multiple of 64. */
struct ess_arena_chunk {
    _Alignas(ESS_ARENA_BLOCK_ALIGNMENT) struct ess_arena_chunk *older;
    struct ess_arena_chunk *newer;
    size_t bytes; /* header included */
};

static unsigned char *payload(struct ess_arena_chunk *chunk) {
    return (unsigned char *)(chunk + 1);
}

_Noreturn void ess_out_of_memory(size_t count, size_t size) {
    fprintf(stderr, "essaim: out of memory for %zu x %zu bytes\n", count, size);
    exit(3);
}

/* count * size rounded up to `alignment`, or the end of the program where that overflows. */
static size_t rounded_bytes(size_t count, size_t size, size_t alignment) {
    const size_t largest = SIZE_MAX - sizeof(struct ess_arena_chunk) - alignment;
    if (size != 0 && count > largest / size) {
        ess_out_of_memory(count, size);
    }
    return (count * size + alignment - 1) / alignment * alignment;
}

static void link_chunk(struct ess_arena *arena, struct ess_arena_chunk *chunk) {
    chunk->newer = NULL;
    chunk->older = arena->chunks;
    if (chunk->older != NULL) {
        chunk->older->newer = chunk;
    }
    arena->chunks = chunk;
    arena->held_bytes += chunk->bytes;
}

static void free_chunk(struct ess_arena *arena, struct ess_arena_chunk *chunk) {
    if (chunk->older != NULL) {
        chunk->older->newer = chunk->newer;
    }
    if (chunk->newer != NULL) {
        chunk->newer->older = chunk->older;
    } else {
        arena->chunks = chunk->older;
    }
    arena->held_bytes -= chunk->bytes;
    free(chunk);
}

/* A linked chunk of `payload_bytes` (a multiple of 64), not zeroed. */
static struct ess_arena_chunk *new_chunk(struct ess_arena *arena, size_t payload_bytes) {
    size_t bytes = sizeof(struct ess_arena_chunk) + payload_bytes;
    struct ess_arena_chunk *chunk = aligned_alloc(ESS_ARENA_BLOCK_ALIGNMENT, bytes);
    if (chunk == NULL) {
        ess_out_of_memory(1, bytes);
    }
    chunk->bytes = bytes;
    link_chunk(arena, chunk);
    return chunk;
}

void ess_arena_init(struct ess_arena *arena, size_t chunk_bytes) {
    if (chunk_bytes == 0) {
        chunk_bytes = DEFAULT_CHUNK_BYTES;
    }
    *arena =
        (struct ess_arena){.chunk_bytes = rounded_bytes(1, chunk_bytes, ESS_ARENA_BLOCK_ALIGNMENT)};
}

void ess_arena_fini(struct ess_arena *arena) {
    uint64_t freed_bytes = 0;
    struct ess_arena_chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        struct ess_arena_chunk *older = chunk->older;
        freed_bytes += chunk->bytes;
        free(chunk);
        chunk = older;
    }
    assert(freed_bytes == arena->held_bytes);
    ess_arena_init(arena, arena->chunk_bytes);
}

void *ess_arena_allocate(struct ess_arena *arena, size_t count, size_t size) {
    size_t bytes = rounded_bytes(count, size, ESS_ARENA_ALIGNMENT);
    /* What would waste much of a chunk gets one of its own, and the open one stays open. */
    if (bytes > arena->chunk_bytes / 4) {
        return ess_arena_resize(arena, NULL, 0, count, size);
    }
    if (arena->open == NULL || bytes > arena->chunk_bytes - arena->open_used) {
        arena->open = new_chunk(arena, arena->chunk_bytes);
        arena->open_used = 0;
        memset(payload(arena->open), 0, arena->chunk_bytes);
    }
    void *piece = payload(arena->open) + arena->open_used;
    arena->open_used += bytes;
    return piece;
}

char *ess_arena_copy_string(struct ess_arena *arena, const char *text) {
    size_t bytes = strlen(text) + 1;
    return memcpy(ess_arena_allocate(arena, bytes, 1), text, bytes);
}

void *ess_arena_resize(
    struct ess_arena *arena, void *block, size_t old_count, size_t new_count, size_t size) {
    assert(block != NULL || old_count == 0);
    size_t bytes = rounded_bytes(new_count, size, ESS_ARENA_BLOCK_ALIGNMENT);
    unsigned char *fresh = payload(new_chunk(arena, bytes));
    size_t kept = (old_count < new_count ? old_count : new_count) * size;
    if (block != NULL) {
        memcpy(fresh, block, kept);
        free_chunk(arena, (struct ess_arena_chunk *)block - 1);
    }
    memset(fresh + kept, 0, bytes - kept);
    return fresh;
}

size_t ess_arena_next_capacity(size_t capacity, size_t needed) {
    if (needed <= capacity) {
        return capacity;
    }
    size_t doubled = capacity < LEAST_CAPACITY / 2 ? LEAST_CAPACITY : capacity * 2;
    return doubled > needed ? doubled : needed;
}

void *ess_arena_reserve(
    struct ess_arena *arena, void *block, size_t *capacity, size_t needed, size_t size) {
    if (block != NULL && needed <= *capacity) {
        return block;
    }
    size_t grown = ess_arena_next_capacity(*capacity, needed);
    block = ess_arena_resize(arena, block, *capacity, grown, size);
    *capacity = grown;
    return block;
}

uint64_t ess_arena_bytes(const struct ess_arena *arena) {
    return arena->held_bytes;
}
