/* SPDX-License-Identifier: Apache-2.0 */
#include "base/view.h"

#include <string.h>

/* On the wire: peer, incarnation, site, first step, stripes. */
#define MEMBER_WIRE_BYTES 28
#define HEAD_WIRE_BYTES 32

uint32_t ess_view_rank(const struct ess_view *view, uint32_t peer, uint32_t incarnation) {
    for (uint32_t rank = 0; rank < view->group.size; rank++) {
        const struct ess_member *member = &view->group.members[rank];
        if (member->peer == peer) {
            return member->incarnation == incarnation ? rank : ESS_NONE;
        }
    }
    return ESS_NONE;
}

bool ess_view_contributes(const struct ess_view *view, uint32_t rank, uint64_t step) {
    return view->group.members[rank].first_step <= step;
}

uint32_t ess_view_contributors_among(
    const struct ess_view *view, uint64_t step, uint32_t first, uint32_t end) {
    uint32_t count = 0;
    for (uint32_t rank = first; rank < end; rank++) {
        count += ess_view_contributes(view, rank, step);
    }
    return count;
}

uint32_t ess_view_contributors(const struct ess_view *view, uint64_t step) {
    return ess_view_contributors_among(view, step, 0, view->group.size);
}

uint32_t ess_view_contributor_among(
    const struct ess_view *view, uint64_t step, uint32_t first, uint32_t end, uint32_t index) {
    for (uint32_t rank = first; rank < end; rank++) {
        if (ess_view_contributes(view, rank, step) && index-- == 0) {
            return rank;
        }
    }
    return ESS_NONE;
}

/* Memory handed out piece by piece; without memory it only counts. */
struct tail {
    unsigned char *memory;
    size_t used;
};

/* A copy of `bytes` bytes, or NULL for none. Pieces are kept aligned for 64-bit words. */
static void *keep(struct tail *tail, const void *from, size_t bytes) {
    void *to = NULL;
    if (from && bytes > 0 && tail->memory) {
        to = memcpy(tail->memory + tail->used, from, bytes);
    }
    tail->used += from ? (bytes + 7) & ~(size_t)7 : 0;
    return to;
}

static void keep_trees(
    struct tail *tail, const struct ess_layout *layout, uint32_t size, struct ess_layout *to) {
    struct ess_tree *trees = keep(tail, layout->trees, layout->tree_count * sizeof *layout->trees);
    for (uint32_t i = 0; i < layout->tree_count; i++) {
        const struct ess_tree *from = &layout->trees[i];
        struct ess_tree copy = *from;
        copy.parent = keep(tail, from->parent, size * sizeof *from->parent);
        copy.child_first = keep(tail, from->child_first, (size + 1) * sizeof *from->child_first);
        copy.children = keep(tail, from->children, (size - 1) * sizeof *from->children);
        if (trees) {
            trees[i] = copy;
        }
    }
    to->trees = trees;
}

static void keep_levels(struct tail *tail, const struct ess_layout *layout, struct ess_layout *to) {
    struct ess_level *levels =
        keep(tail, layout->levels, layout->level_count * sizeof *layout->levels);
    for (uint32_t i = 0; i < layout->level_count; i++) {
        const struct ess_level *from = &layout->levels[i];
        const struct ess_site_span *spans =
            keep(tail, from->spans, from->count * sizeof *from->spans);
        if (levels) {
            levels[i] = (struct ess_level){from->count, spans};
        }
    }
    to->levels = levels;
}

static const struct ess_layout *keep_layout(
    struct tail *tail, const struct ess_layout *layout, uint32_t size) {
    struct ess_layout to = *layout;
    struct ess_layout *copy = keep(tail, layout, sizeof *layout);
    to.order = keep(tail, layout->order, size * sizeof *layout->order);
    to.position = keep(tail, layout->position, size * sizeof *layout->position);
    to.shares = keep(tail, layout->shares, size * sizeof *layout->shares);
    keep_trees(tail, layout, size, &to);
    keep_levels(tail, layout, &to);
    if (copy) {
        *copy = to;
    }
    return copy;
}

static void keep_view(struct tail *tail, const struct ess_view *view, struct ess_view *to) {
    const struct ess_group *group = &view->group;
    *to = *view;
    to->group.members = keep(tail, group->members, group->size * sizeof *group->members);
    to->group.sites = keep(tail, group->sites, group->site_count * sizeof *group->sites);
    to->group.layout = group->layout ? keep_layout(tail, group->layout, group->size) : NULL;
}

size_t ess_view_tail_bytes(const struct ess_view *view) {
    struct tail tail = {NULL, 0};
    struct ess_view counted;
    keep_view(&tail, view, &counted);
    return tail.used;
}

void ess_view_copy(const struct ess_view *view, struct ess_view *to, void *tail) {
    struct tail kept = {tail, 0};
    keep_view(&kept, view, to);
}

uint64_t ess_view_wire_bytes(const struct ess_view *view) {
    const struct ess_layout *layout = view->group.layout;
    uint64_t size = view->group.size;
    uint64_t bytes = HEAD_WIRE_BYTES + MEMBER_WIRE_BYTES * size;
    if (!layout) {
        return bytes;
    }
    bytes += (layout->order ? 4 * size : 0) + (layout->shares ? 4 * size : 0);
    bytes += layout->tree_count * (8 + 4 * size); /* a tree is its parents */
    for (uint32_t i = 0; i < layout->level_count; i++) {
        bytes += 4 + 4 * (uint64_t)layout->levels[i].count;
    }
    return bytes;
}
