/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SHARING_HEAP_H
#define ESS_MODELS_NETWORK_SHARING_HEAP_H

/* A min-heap of (key, id) with four children a node. `positions[id]` is the place of an id in the
 * heap, -1 when it is in none; the caller owns that array, so that many heaps over the same ids
 * (each id in at most one of them) need only one. Equal keys never move past each other. Keys must
 * not be NaN. In the header, because these few lines are half of the solver's time. */

#include <assert.h>
#include <stdint.h>

#include "models/network/sharing_memory.h"

struct sharing_node {
    double key;
    int32_t id;
};

struct sharing_heap {
    struct sharing_node *nodes;
    int32_t count, room;
};

static inline void sharing_heap_rise(
    struct sharing_heap *heap, int32_t at, struct sharing_node node, int32_t *positions) {
    struct sharing_node *nodes = heap->nodes;
    while (at > 0) {
        int32_t parent = (at - 1) >> 2;
        if (!(node.key < nodes[parent].key))
            break;
        nodes[at] = nodes[parent];
        positions[nodes[at].id] = at;
        at = parent;
    }
    nodes[at] = node;
    positions[node.id] = at;
}

static inline void sharing_heap_sink(
    struct sharing_heap *heap, int32_t at, struct sharing_node node, int32_t *positions) {
    struct sharing_node *nodes = heap->nodes;
    for (;;) {
        int32_t child = 4 * at + 1, end = child + 4 < heap->count ? child + 4 : heap->count;
        if (child >= heap->count)
            break;
        int32_t least = child;
        double key = nodes[least].key;
        for (child++; child < end; child++) { /* without branches, which would be mispredicted */
            least = nodes[child].key < key ? child : least;
            key = nodes[child].key < key ? nodes[child].key : key;
        }
        if (!(key < node.key))
            break;
        nodes[at] = nodes[least];
        positions[nodes[at].id] = at;
        at = least;
    }
    nodes[at] = node;
    positions[node.id] = at;
}

static inline void sharing_heap_push(
    struct sharing_heap *heap, double key, int32_t id, int32_t *positions) {
    if (heap->count == heap->room) {
        heap->room = ess_sharing_more_room(heap->room);
        heap->nodes = ess_sharing_resize(heap->nodes, heap->room, sizeof *heap->nodes);
    }
    assert(key == key);
    heap->count++;
    sharing_heap_rise(heap, heap->count - 1, (struct sharing_node){key, id}, positions);
}

static inline void sharing_heap_change(
    struct sharing_heap *heap, int32_t at, double key, int32_t *positions) {
    struct sharing_node node = {key, heap->nodes[at].id};
    assert(key == key);
    if (key < heap->nodes[at].key)
        sharing_heap_rise(heap, at, node, positions);
    else
        sharing_heap_sink(heap, at, node, positions);
}

/* Enter the id, or change its key. */
static inline void sharing_heap_set(
    struct sharing_heap *heap, double key, int32_t id, int32_t *positions) {
    if (positions[id] < 0)
        sharing_heap_push(heap, key, id, positions);
    else
        sharing_heap_change(heap, positions[id], key, positions);
}

static inline void sharing_heap_remove(struct sharing_heap *heap, int32_t at, int32_t *positions) {
    positions[heap->nodes[at].id] = -1;
    struct sharing_node last = heap->nodes[--heap->count];
    if (at == heap->count)
        return;
    if (at > 0 && last.key < heap->nodes[(at - 1) >> 2].key)
        sharing_heap_rise(heap, at, last, positions);
    else
        sharing_heap_sink(heap, at, last, positions);
}

#endif
