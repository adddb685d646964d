/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_DUE_HEAP_H
#define ESS_PEER_DUE_HEAP_H

/* Which of some peers is due first: a binary heap of (time, peer), each peer in it at most once.
 * Memory is the caller's; nothing is allocated. Equal times are in order of peers. */

#include <stdbool.h>
#include <stdint.h>

struct ess_due {
    int64_t at_ns;
    uint32_t peer;
    uint32_t place; /* of the peer of this index, not of this item: where it is, plus 1; 0: not */
};

struct ess_due_heap {
    struct ess_due *items; /* [peer capacity] */
    uint32_t count;
};

/* `items` is zeroed memory for as many as there can be peers. */
void ess_due_heap_init(struct ess_due_heap *heap, struct ess_due *items);

/* Make a peer due at `at_ns` unless it is due earlier already. O(log n). */
void ess_due_heap_bring_forward(struct ess_due_heap *heap, uint32_t peer, int64_t at_ns);

/* The first; NULL when empty. O(1). */
const struct ess_due *ess_due_heap_first(const struct ess_due_heap *heap);

/* Make the first due at `at_ns`, later than it was, or take it out. O(log n). */
void ess_due_heap_put_off_first(struct ess_due_heap *heap, int64_t at_ns);
void ess_due_heap_drop_first(struct ess_due_heap *heap);

/* Take all out. O(n). */
void ess_due_heap_clear(struct ess_due_heap *heap);

#endif
