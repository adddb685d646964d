/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/due_heap.h"

#include "base/assert.h"

#include <stddef.h>

void ess_due_heap_init(struct ess_due_heap *heap, struct ess_due *items) {
    heap->items = items;
    heap->count = 0;
}

static bool before(const struct ess_due_heap *heap, uint32_t a, uint32_t b) {
    const struct ess_due *of_a = &heap->items[a], *of_b = &heap->items[b];
    return of_a->at_ns < of_b->at_ns || (of_a->at_ns == of_b->at_ns && of_a->peer < of_b->peer);
}

static void put(struct ess_due_heap *heap, uint32_t place, uint32_t peer, int64_t at_ns) {
    heap->items[place].at_ns = at_ns;
    heap->items[place].peer = peer;
    heap->items[peer].place = place + 1;
}

static void swap(struct ess_due_heap *heap, uint32_t a, uint32_t b) {
    struct ess_due of_a = heap->items[a];
    put(heap, a, heap->items[b].peer, heap->items[b].at_ns);
    put(heap, b, of_a.peer, of_a.at_ns);
}

static void rise(struct ess_due_heap *heap, uint32_t place) {
    while (place > 0 && before(heap, place, (place - 1) / 2)) {
        swap(heap, place, (place - 1) / 2);
        place = (place - 1) / 2;
    }
}

static void sink_first(struct ess_due_heap *heap) {
    uint32_t place = 0;
    for (uint32_t child = 1; child < heap->count; child = 2 * place + 1) {
        if (child + 1 < heap->count && before(heap, child + 1, child)) {
            child++;
        }
        if (before(heap, place, child)) {
            return;
        }
        swap(heap, place, child);
        place = child;
    }
}

void ess_due_heap_bring_forward(struct ess_due_heap *heap, uint32_t peer, int64_t at_ns) {
    uint32_t place = heap->items[peer].place;
    if (place == 0) {
        put(heap, heap->count++, peer, at_ns);
        rise(heap, heap->count - 1);
        return;
    }
    if (at_ns < heap->items[place - 1].at_ns) {
        heap->items[place - 1].at_ns = at_ns;
        rise(heap, place - 1);
    }
}

const struct ess_due *ess_due_heap_first(const struct ess_due_heap *heap) {
    return heap->count > 0 ? &heap->items[0] : NULL;
}

void ess_due_heap_put_off_first(struct ess_due_heap *heap, int64_t at_ns) {
    ESS_ASSERT(heap->count > 0);
    heap->items[0].at_ns = at_ns;
    sink_first(heap);
}

void ess_due_heap_drop_first(struct ess_due_heap *heap) {
    ESS_ASSERT(heap->count > 0);
    heap->count--;
    heap->items[heap->items[0].peer].place = 0;
    if (heap->count > 0) {
        put(heap, 0, heap->items[heap->count].peer, heap->items[heap->count].at_ns);
        sink_first(heap);
    }
}

void ess_due_heap_clear(struct ess_due_heap *heap) {
    for (uint32_t i = 0; i < heap->count; i++) {
        heap->items[heap->items[i].peer].place = 0;
    }
    heap->count = 0;
}
