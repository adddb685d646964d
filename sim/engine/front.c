/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/front.h"
#include "sim/engine/arena.h"
#include <assert.h>
#include <string.h>

enum { PIECE = 16 }; /* shorter pieces are sorted by insertion */

void ess_front_init(struct ess_front *front, struct ess_arena *arena) {
    *front = (struct ess_front){.arena = arena};
}

/* ---- the heap ------------------------------------------------------------------------------- */

static void rise(struct ess_entry *heap, size_t hole, struct ess_entry entry) {
    while (hole > 0 && ess_entry_before(&entry, &heap[(hole - 1) / 4])) {
        heap[hole] = heap[(hole - 1) / 4];
        hole = (hole - 1) / 4;
    }
    heap[hole] = entry;
}

/* Of the children from `first`, of which at least one exists, the earliest. */
static size_t earliest_child(const struct ess_entry *heap, size_t first, size_t size) {
    size_t end = first + 4 < size ? first + 4 : size;
    size_t earliest = first;
    for (size_t child = first + 1; child < end; child++) {
        earliest = ess_entry_before(&heap[child], &heap[earliest]) ? child : earliest;
    }
    return earliest;
}

/* The hole sinks to a leaf, where an entry from the heap's end mostly belongs, and the entry rises
 * from there. */
static void fill(struct ess_entry *heap, size_t size, size_t hole, struct ess_entry entry) {
    for (size_t first = 4 * hole + 1; first < size; first = 4 * hole + 1) {
        size_t child = earliest_child(heap, first, size);
        heap[hole] = heap[child];
        hole = child;
    }
    rise(heap, hole, entry);
}

void ess_front_add(struct ess_front *front, const struct ess_entry *entry) {
    front->heap = ess_arena_reserve(front->arena, front->heap, &front->heap_capacity,
        front->heap_size + 1, sizeof *front->heap);
    rise(front->heap, front->heap_size++, *entry);
}

void ess_front_drop_heap_first(struct ess_front *front) {
    size_t size = --front->heap_size;
    if (size > 0) {
        fill(front->heap, size, 0, front->heap[size]);
    }
}

/* ---- the run -------------------------------------------------------------------------------- */

static void sort_piece(struct ess_entry *entries, size_t count) {
    for (size_t i = 1; i < count; i++) {
        struct ess_entry entry = entries[i];
        size_t hole = i;
        while (hole > 0 && ess_entry_before(&entry, &entries[hole - 1])) {
            entries[hole] = entries[hole - 1];
            hole--;
        }
        entries[hole] = entry;
    }
}

/* Merge entries[0 .. middle) and entries[middle .. count), each in order. */
static void merge(struct ess_entry *entries, size_t middle, size_t count, struct ess_entry *spare) {
    if (middle >= count || ess_entry_before(&entries[middle - 1], &entries[middle])) {
        return;
    }
    memcpy(spare, entries, middle * sizeof *entries);
    size_t left = 0, right = middle, to = 0;
    while (left < middle && right < count) {
        bool take_right = ess_entry_before(&entries[right], &spare[left]);
        entries[to++] = take_right ? entries[right] : spare[left];
        right += take_right;
        left += !take_right;
    }
    memcpy(&entries[to], &spare[left], (middle - left) * sizeof *entries);
}

static void sort_run(struct ess_front *front, size_t count) {
    for (size_t from = 0; from < count; from += PIECE) {
        sort_piece(&front->run[from], count - from < PIECE ? count - from : PIECE);
    }
    for (size_t width = PIECE; width < count; width *= 2) {
        for (size_t from = 0; from < count; from += 2 * width) {
            size_t both = count - from < 2 * width ? count - from : 2 * width;
            merge(&front->run[from], width, both, front->spare);
        }
    }
}

/* Room for a run, and to merge in it. */
static void reserve_run(struct ess_front *front, size_t count) {
    if (count <= front->run_capacity) {
        return;
    }
    size_t spare_capacity = front->run_capacity;
    front->run = ess_arena_reserve(
        front->arena, front->run, &front->run_capacity, count, sizeof *front->run);
    front->spare = ess_arena_reserve(
        front->arena, front->spare, &spare_capacity, front->run_capacity, sizeof *front->spare);
}

void ess_front_load(struct ess_front *front, struct ess_chain *chain, struct ess_chain_pool *pool) {
    assert(front->run_at == front->run_end);
    size_t count = 0;
    reserve_run(front, chain->count);
    for (const struct ess_chain_block *block = chain->first; block != NULL; block = block->next) {
        uint32_t in_block = ess_chain_in_block(chain, block);
        for (uint32_t i = 0; i < in_block; i++) {
            front->run[count++] = block->entries[i];
        }
    }
    ess_chain_clear(chain, pool);
    sort_run(front, count);
    front->run_at = 0;
    front->run_end = count;
}

/* ---- both ----------------------------------------------------------------------------------- */

void ess_front_unload(
    struct ess_front *front, struct ess_chain *chain, struct ess_chain_pool *pool) {
    for (size_t i = 0; i < front->heap_size; i++) {
        ess_chain_add(chain, pool, &front->heap[i]);
    }
    for (size_t i = front->run_at; i < front->run_end; i++) {
        ess_chain_add(chain, pool, &front->run[i]);
    }
    front->heap_size = 0;
    front->run_at = front->run_end = 0;
}

void ess_front_sweep(struct ess_front *front, const struct ess_slots *slots) {
    size_t kept = 0;
    for (size_t i = front->run_at; i < front->run_end; i++) {
        if (ess_slots_is_live(slots, &front->run[i])) {
            front->run[kept++] = front->run[i];
        }
    }
    front->run_at = 0;
    front->run_end = kept;
    /* Each entry rises among those kept before it; they are read from behind where they are put. */
    kept = 0;
    for (size_t i = 0; i < front->heap_size; i++) {
        if (ess_slots_is_live(slots, &front->heap[i])) {
            rise(front->heap, kept++, front->heap[i]);
        }
    }
    front->heap_size = kept;
}
