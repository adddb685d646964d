/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_WORLD_POST_BOX_H
#define ESS_WORLD_POST_BOX_H

/* The open posts of one connection and one kind (sends, or receives): posted, and not matched yet.
 *
 * They stand in a ring in the order of posting, which is nearly always the order in which they are
 * taken: a large world has dozens of them a host, spends its time on fetching them from memory, and
 * fetches two with each line or so this way. */

#include <stdbool.h>
#include <stdint.h>

struct ess_arena;

struct post {
    uint64_t token;
    uint64_t operation;
    double bytes;
    int64_t posted_ns;
    uint32_t order; /* counts all posts of the world, from 0 again after 2^32 */
    uint32_t epoch, chunk, step;
};

struct post_box {
    struct post *posts; /* ring of `capacity`, a power of two or 0 */
    uint16_t capacity, first, count;
};

/* Add one behind all others. O(1) amortised; memory from the arena. */
void ess_post_box_put(struct post_box *box, struct ess_arena *arena, const struct post *post);

/* Take out the post with the operation, epoch, chunk and step of `post`; false where there is none.
 * Peers mostly post in the order of their rounds, so that it is the first: O(1) then, O(count) at
 * worst. */
bool ess_post_box_take_mate(struct post_box *box, const struct post *post, struct post *mate);

/* Take out the post of this order, which is there. O(1) for the last, O(count) at worst. */
struct post ess_post_box_take(struct post_box *box, uint32_t order);

/* The i-th, i < count, in the order in which they were put. */
static inline struct post *ess_post_box_at(const struct post_box *box, uint32_t i) {
    return &box->posts[(box->first + i) & (box->capacity - 1u)];
}

#endif
