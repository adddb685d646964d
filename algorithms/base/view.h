/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_BASE_VIEW_H
#define ESS_BASE_VIEW_H

/* A view: who takes part in which step, as one immutable span.
 *
 * The coordinator composes it, the host copies it once and shares it among all ranks it hosts.
 * Nobody keeps a copy of the member list, so a group of N costs O(N), not O(N^2). A view is
 * replaced by one of a higher epoch, never changed. */

#include <stdbool.h>
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

/* What a plan needs to know of a group. Ranks are positions in the member order. */
struct ess_group {
    uint32_t size;
    uint32_t site_count;
    uint32_t largest_site;            /* members of the largest site */
    const struct ess_member *members; /* size entries, sorted by (site, peer) */
    const struct ess_site_span *sites;
};

struct ess_view {
    uint32_t life; /* incarnation of the coordinator that made it: epochs compare within one life */
    uint32_t epoch;
    enum ess_view_mode mode;
    uint64_t step;      /* the step to be done under this view, from 1 */
    uint64_t committed; /* the last committed step, 0 before the first */
    struct ess_group group;
};

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
