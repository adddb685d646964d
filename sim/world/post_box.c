/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/world/post_box.h"

#include <assert.h>

#include "sim/engine/arena.h"

enum { LEAST_CAPACITY = 4, MOST_CAPACITY = 32768 };

/* Double the full ring: what had come round to its beginning goes on behind its old end. */
static void grow(struct post_box *box, struct ess_arena *arena) {
    uint32_t before = box->capacity, capacity = before ? 2 * before : LEAST_CAPACITY;
    assert(capacity <= MOST_CAPACITY); /* a peer has at most its window of rounds an operation */
    box->posts = ess_arena_resize(arena, box->posts, before, capacity, sizeof *box->posts);
    for (uint32_t i = 0; i < box->first; i++) {
        box->posts[before + i] = box->posts[i];
    }
    box->capacity = (uint16_t)capacity;
}

void ess_post_box_put(struct post_box *box, struct ess_arena *arena, const struct post *post) {
    if (box->count == box->capacity) {
        grow(box, arena);
    }
    *ess_post_box_at(box, box->count++) = *post;
}

/* Close the gap at place i from the nearer end. */
static void remove_at(struct post_box *box, uint32_t i) {
    box->count--;
    if (i <= box->count / 2u) {
        for (; i > 0; i--) {
            *ess_post_box_at(box, i) = *ess_post_box_at(box, i - 1);
        }
        box->first = (uint16_t)((box->first + 1u) & (box->capacity - 1u));
        return;
    }
    for (; i < box->count; i++) {
        *ess_post_box_at(box, i) = *ess_post_box_at(box, i + 1);
    }
}

bool ess_post_box_take_mate(struct post_box *box, const struct post *post, struct post *mate) {
    for (uint32_t i = 0; i < box->count; i++) {
        const struct post *other = ess_post_box_at(box, i);
        if (other->chunk == post->chunk && other->step == post->step &&
            other->operation == post->operation && other->epoch == post->epoch) {
            *mate = *other;
            remove_at(box, i);
            return true;
        }
    }
    return false;
}

struct post ess_post_box_take(struct post_box *box, uint32_t order) {
    uint32_t i = box->count;
    struct post post;
    do {
        assert(i > 0);
        post = *ess_post_box_at(box, --i);
    } while (post.order != order);
    remove_at(box, i);
    return post;
}
