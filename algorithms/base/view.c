/* SPDX-License-Identifier: Apache-2.0 */
#include "base/view.h"

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
