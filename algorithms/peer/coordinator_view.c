/* SPDX-License-Identifier: Apache-2.0 */
/* Composing a view: members sorted by (site, peer), sites numbered densely in that order. */
#include "base/sort.h"
#include "peer/coordinator_parts.h"

/* Sorted keys site << 32 | peer of all members. */
static uint32_t sort_members(struct ess_coordinator *coordinator) {
    uint32_t count = 0;
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        const struct ess_candidate *candidate = &coordinator->candidates[peer];
        if (candidate->standing == ESS_MEMBER) {
            coordinator->order[count++] = (uint64_t)candidate->site << 32 | peer;
        }
    }
    ess_sort_u64(coordinator->order, count);
    return count;
}

static void append_member(
    struct ess_coordinator *coordinator, struct ess_group *group, uint32_t rank) {
    uint32_t peer = (uint32_t)coordinator->order[rank];
    uint32_t site = (uint32_t)(coordinator->order[rank] >> 32);
    const struct ess_candidate *candidate = &coordinator->candidates[peer];
    struct ess_site_span *span;
    if (rank == 0 || (uint32_t)(coordinator->order[rank - 1] >> 32) != site) {
        coordinator->view_sites[group->site_count++] = (struct ess_site_span){rank, 0};
    }
    span = &coordinator->view_sites[group->site_count - 1];
    span->count++;
    if (span->count > group->largest_site) {
        group->largest_site = span->count;
    }
    coordinator->view_members[rank] = (struct ess_member){
        .peer = peer,
        .incarnation = candidate->incarnation,
        .site = group->site_count - 1,
        .first_step = candidate->first_step,
        .fetched = candidate->fetched,
    };
}

void ess_coordinator_compose(struct ess_coordinator *coordinator, enum ess_view_mode mode) {
    struct ess_group *group = &coordinator->view.group;
    group->size = sort_members(coordinator);
    if (coordinator->layout) {
        ess_layout_maker_sort(coordinator->layout, coordinator->order, group->size);
    }
    group->site_count = 0;
    group->largest_site = 0;
    group->members = coordinator->view_members;
    group->sites = coordinator->view_sites;
    for (uint32_t rank = 0; rank < group->size; rank++) {
        append_member(coordinator, group, rank);
    }
    group->layout = coordinator->layout ? ess_layout_maker_make(coordinator->layout, group) : NULL;
    coordinator->view_outdated = false;
    coordinator->view.life = coordinator->config.incarnation;
    coordinator->view.epoch++;
    coordinator->view.mode = mode;
    coordinator->view.step = coordinator->step;
    coordinator->view.committed = coordinator->committed;
}
