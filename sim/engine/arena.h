/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_ARENA_H
#define ESS_SIM_ENGINE_ARENA_H

/* The memory of one world: taken piece by piece, given back all at once.
 *
 * Small pieces are cut from chunks; arrays that grow are blocks of their own, which the arena knows
 * and frees too, so growing leaves no dead copies behind. All memory handed out is zeroed. Out of
 * memory is not an error that callers handle: it is reported in one place (ess_out_of_memory),
 * which ends the program with status 3. An arena belongs to one thread. */

#include <stddef.h>
#include <stdint.h>

enum { ESS_ARENA_ALIGNMENT = 16, ESS_ARENA_BLOCK_ALIGNMENT = 64 };

struct ess_arena_chunk;

struct ess_arena {
    struct ess_arena_chunk *chunks; /* newest first; small pieces come from `open` */
    struct ess_arena_chunk *open;
    size_t open_used;    /* bytes of the open chunk already cut */
    size_t chunk_bytes;  /* payload of a new chunk */
    uint64_t held_bytes; /* taken from the system, headers included */
};

/* `chunk_bytes` is how much is taken from the system at a time; 0 means 64 KiB. */
void ess_arena_init(struct ess_arena *arena, size_t chunk_bytes);

/* Give back everything. The arena may be used again afterwards as though just initialised. */
void ess_arena_fini(struct ess_arena *arena);

/* `count` zeroed items of `size` bytes, aligned to 16 bytes, valid until the arena's end. Never
 * NULL, not even for 0 bytes. O(bytes). */
void *ess_arena_allocate(struct ess_arena *arena, size_t count, size_t size);

/* A copy of a string, valid until the arena's end. */
char *ess_arena_copy_string(struct ess_arena *arena, const char *text);

/* Make an array of `old_count` items hold `new_count` (more, or fewer), keeping what fits and
 * zeroing what is new. `block` is NULL (then old_count is 0) or came from this function on the same
 * arena. Returns the array, aligned to 64 bytes; the old address is dead. O(bytes). */
void *ess_arena_resize(
    struct ess_arena *arena, void *block, size_t old_count, size_t new_count, size_t size);

/* The next capacity of an array that must hold `needed` items: `capacity` itself while it
 * suffices, otherwise at least twice as much (at least 16), so that growth costs O(1) an item. */
size_t ess_arena_next_capacity(size_t capacity, size_t needed);

/* Room for `needed` items: grows `block` as above if *capacity is less, and updates it. */
void *ess_arena_reserve(
    struct ess_arena *arena, void *block, size_t *capacity, size_t needed, size_t size);

/* Bytes taken from the system, headers included. */
uint64_t ess_arena_bytes(const struct ess_arena *arena);

/* The single place that reports lack of memory: a line on stderr, exit status 3. */
_Noreturn void ess_out_of_memory(size_t count, size_t size);

#endif
