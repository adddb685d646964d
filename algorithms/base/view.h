/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_BASE_VIEW_H
#define ESS_BASE_VIEW_H

/* A view: who takes part in which step, as one immutable span.
 *
 * The coordinator composes it, the host copies it once and shares it among all ranks it hosts.
 * Nobody keeps a copy of the member list, so a group of N costs O(N), not O(N^2). A view is
 * replaced by one of a higher epoch, never changed. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESS_NONE UINT32_MAX

/* Why a view was made, which is what its members must do about their work in hand. */
enum ess_view_mode {
    ESS_VIEW_FRESH,   /* a step begins; the step before it is committed */
    ESS_VIEW_RESTART, /* the same step: every operation is done again, inputs are kept */
    ESS_VIEW_SURVEY   /* the same step: stop, tell which operations are complete, wait */
};

struct ess_member {
    uint32_t peer;
    uint32_t incarnation; /* which life of that peer is meant */
    uint32_t site;        /* dense index into the view's sites */
    uint64_t first_step;  /* first step it contributes to; before that it fetches the parameters */
    uint64_t fetched;     /* parameter stripes it is known to hold already, one bit a stripe */
};

/* Members of one site stand next to each other: ranks first .. first + count - 1. */
struct ess_site_span {
    uint32_t first;
    uint32_t count;
};

/* Shares of a vector are whole numbers that sum to this. */
#define ESS_SHARE_WHOLE (UINT32_C(1) << 20)

/* A tree over all ranks of a group, and the share of the vector that it carries. The children of
 * rank r are children[child_first[r]] .. children[child_first[r + 1] - 1]. */
struct ess_tree {
    uint32_t root;
    uint32_t share;              /* of ESS_SHARE_WHOLE */
    const uint32_t *parent;      /* [size], ESS_NONE at the root */
    const uint32_t *child_first; /* [size + 1] */
    const uint32_t *children;    /* [size - 1] */
};

/* One level of a hierarchy: consecutive spans of what the level below consists of. */
struct ess_level {
    uint32_t count;                    /* of spans */
    const struct ess_site_span *spans; /* level 0 spans sites, level k spans of level k - 1 */
};

/* What one peer has computed for a group and all its members need to know alike: it is sent with
 * the view and never computed anew, since it may come from measured, rounded numbers. A part that
 * is NULL or 0 was not asked for, and whoever needs it takes the plain form: ranks in their order,
 * equal shares, no tree, sites as the only level. */
struct ess_layout {
    const uint32_t *order;    /* [size] place in the ring -> rank */
    const uint32_t *position; /* [size] rank -> place in the ring */
    const uint32_t *shares;   /* [size] of ESS_SHARE_WHOLE, by rank */
    uint32_t tree_count;
    const struct ess_tree *trees;
    uint32_t level_count; /* above the sites */
    const struct ess_level *levels;
};

/* Which parts of a layout a plan follows; a mask. */
enum ess_layout_part {
    ESS_LAYOUT_ORDER = 1,
    ESS_LAYOUT_SHARES = 2,
    ESS_LAYOUT_TREES = 4,
    ESS_LAYOUT_LEVELS = 8
};

/* What a plan needs to know of a group. Ranks are positions in the member order. */
struct ess_group {
    uint32_t size;
    uint32_t site_count;
    uint32_t largest_site;            /* members of the largest site */
    const struct ess_member *members; /* size entries, sorted by (site, peer) */
    const struct ess_site_span *sites;
    const struct ess_layout *layout; /* NULL: none was computed */
};

struct ess_view {
    uint32_t life; /* incarnation of the coordinator that made it: epochs compare within one life */
    uint32_t epoch;
    enum ess_view_mode mode;
    uint64_t step;      /* the step to be done under this view, from 1 */
    uint64_t committed; /* the last committed step, 0 before the first */
    struct ess_group group;
};

/* Bytes of all that hangs on a view: what ess_view_copy() needs behind it. O(trees + levels). */
size_t ess_view_tail_bytes(const struct ess_view *view);

/* Copy a view to `to`, and all that hangs on it to `tail`, of ess_view_tail_bytes() bytes, aligned
 * as for uint64_t. What hosts do to give a view to its members. O(bytes). */
void ess_view_copy(const struct ess_view *view, struct ess_view *to, void *tail);

/* Bytes of what one peer sends to another to tell it a view. */
uint64_t ess_view_wire_bytes(const struct ess_view *view);

/* Rank of this life of `peer`, or ESS_NONE. O(members): asked once a view. */
uint32_t ess_view_rank(const struct ess_view *view, uint32_t peer, uint32_t incarnation);

/* Whether the member of `rank` contributes to the view's step (else it is fetching the parameters).
 */
bool ess_view_contributes(const struct ess_view *view, uint32_t rank, uint64_t step);

/* Number of members that contribute to `step`. O(members). */
uint32_t ess_view_contributors(const struct ess_view *view, uint64_t step);

/* Contributors to `step` among the ranks first .. end - 1, and the `index`-th of them (from 0;
 * ESS_NONE where there are fewer). O(end - first). */
uint32_t ess_view_contributors_among(
    const struct ess_view *view, uint64_t step, uint32_t first, uint32_t end);
uint32_t ess_view_contributor_among(
    const struct ess_view *view, uint64_t step, uint32_t first, uint32_t end, uint32_t index);

#endif
