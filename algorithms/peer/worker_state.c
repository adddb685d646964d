/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters on their way to a joiner. In its first step a joiner takes part in the all-reduces
 * without a contribution while it fetches the committed parameters in stripes: from the
 * contributors of its own site, which are near, or from all where its site has none. Stripe q of
 * the member at rank r comes from the (r + q)-th of them, counted round. Both ends read that off
 * the view, which also says which stripes the joiner holds already, so nothing is asked for. */
#include "peer/worker_parts.h"

static uint64_t all_stripes(const struct ess_worker *worker) {
    uint32_t stripes = worker->config.job->stripes;
    return stripes == 64 ? UINT64_MAX : (UINT64_C(1) << stripes) - 1;
}

bool ess_worker_is_fetching(const struct ess_worker *worker) {
    return !ess_view_contributes(worker->view, worker->rank, worker->step);
}

bool ess_worker_holds_state(const struct ess_worker *worker) {
    return worker->fetched == all_stripes(worker);
}

void ess_worker_note_retry(struct ess_worker *worker) {
    int64_t fetch_ns = worker->fetch.retry_ns, serve_ns = worker->serve.retry_ns;
    worker->state_retry_ns = fetch_ns < serve_ns ? fetch_ns : serve_ns;
}

void ess_worker_begin_state(struct ess_worker *worker) {
    ess_transfer_slots_reset(&worker->fetch);
    ess_transfer_slots_reset(&worker->serve);
    ess_worker_note_retry(worker);
    worker->serve_stripe = 0;
    worker->serve_rank = 0;
    if (ess_worker_is_fetching(worker)) {
        /* What arrived since the view was composed is fetched again: both ends go by the view. */
        worker->fetched = worker->view->group.members[worker->rank].fetched;
        worker->serve_rank = worker->view->group.size;
        return;
    }
    worker->fetched = all_stripes(worker);
}

/* The contributor that serves `stripe` to the joiner at `rank`. O(members). */
static uint32_t source_rank(const struct ess_worker *worker, uint32_t rank, uint32_t stripe) {
    const struct ess_view *view = worker->view;
    const struct ess_site_span *site = &view->group.sites[view->group.members[rank].site];
    uint32_t first = site->first, end = site->first + site->count;
    uint32_t sources = ess_view_contributors_among(view, worker->step, first, end);
    if (sources == 0) {
        first = 0;
        end = view->group.size;
        sources = ess_view_contributors_among(view, worker->step, first, end);
    }
    return ess_view_contributor_among(view, worker->step, first, end, (rank + stripe) % sources);
}

static void fill_fetch(struct ess_worker *worker) {
    uint64_t wanted = all_stripes(worker) & ~worker->fetched;
    for (uint32_t used = ess_transfer_slots_used(&worker->fetch); used != 0; used &= used - 1) {
        wanted &= ~(UINT64_C(1) << worker->fetch.slots[__builtin_ctz(used)].stripe);
    }
    for (uint32_t stripe = 0; wanted != 0 && !ess_transfer_slots_full(&worker->fetch); stripe++) {
        uint32_t source;
        if (!(wanted >> stripe & 1)) {
            continue;
        }
        wanted &= ~(UINT64_C(1) << stripe);
        source = source_rank(worker, worker->rank, stripe);
        ess_transfer_slots_add(
            &worker->fetch, worker->view->group.members[source].peer, worker->rank, stripe);
    }
}

static bool is_mine_to_serve(const struct ess_worker *worker) {
    const struct ess_member *member = &worker->view->group.members[worker->serve_rank];
    return !(member->fetched >> worker->serve_stripe & 1) &&
           source_rank(worker, worker->serve_rank, worker->serve_stripe) == worker->rank;
}

static void fill_serve(struct ess_worker *worker) {
    const struct ess_group *group = &worker->view->group;
    while (worker->serve_rank < group->size && !ess_transfer_slots_full(&worker->serve)) {
        bool joiner = !ess_view_contributes(worker->view, worker->serve_rank, worker->step);
        if (joiner && is_mine_to_serve(worker)) {
            ess_transfer_slots_add(&worker->serve, group->members[worker->serve_rank].peer,
                worker->serve_rank, worker->serve_stripe);
        }
        worker->serve_stripe++;
        if (!joiner || worker->serve_stripe == worker->config.job->stripes) {
            worker->serve_stripe = 0;
            worker->serve_rank++;
        }
    }
}

static void post(struct ess_worker *worker, const struct ess_transfer_slot *slot, uint32_t index,
    bool serving, struct ess_actions *actions) {
    uint32_t epoch = worker->view->epoch;
    struct ess_action *action =
        ess_actions_add(actions, serving ? ESS_ACTION_SEND : ESS_ACTION_RECEIVE);
    action->peer = slot->peer;
    action->token = ess_worker_token(epoch, serving ? ESS_TOKEN_SERVE : ESS_TOKEN_FETCH, index);
    /* Operations of the collective are numbered from 1 << 6 on: 0 names the state. */
    action->transfer.operation = 0;
    action->transfer.epoch = epoch;
    action->transfer.chunk = slot->stripe;
    action->transfer.step = slot->rank;
    action->transfer.span = ess_job_stripe(worker->config.job, slot->stripe);
    action->transfer.combine = ESS_COMBINE_COPY;
}

static bool post_due(struct ess_worker *worker, struct ess_transfer_slots *set, bool serving,
    struct ess_actions *actions) {
    while (set->due != 0) {
        uint32_t index = (uint32_t)__builtin_ctz(set->due);
        if (ess_actions_room(actions) == 0) {
            return false;
        }
        post(worker, &set->slots[index], index, serving, actions);
        set->due &= ~(UINT32_C(1) << index);
        set->posted |= UINT32_C(1) << index;
    }
    return true;
}

bool ess_worker_pump_state(struct ess_worker *worker, struct ess_actions *actions) {
    if (ess_worker_is_applying(worker)) {
        return true; /* the parameters are changing */
    }
    if (!ess_worker_holds_state(worker)) {
        fill_fetch(worker);
    }
    fill_serve(worker);
    return post_due(worker, &worker->fetch, false, actions) &&
           post_due(worker, &worker->serve, true, actions);
}

void ess_worker_state_event(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions) {
    bool serving = (event->token >> 25 & 0x7f) == ESS_TOKEN_SERVE;
    struct ess_transfer_slots *set = serving ? &worker->serve : &worker->fetch;
    uint32_t index = (uint32_t)(event->token & 0xffffff);
    uint32_t stripe;
    if (!worker->view || (uint32_t)(event->token >> 32) != worker->view->epoch ||
        event->reason == ESS_FAILURE_CANCELLED) {
        return;
    }
    if (event->kind == ESS_EVENT_FAILED) {
        worker->suspect = event->peer;
    }
    if (!ess_transfer_slots_event(
            set, index, event, worker->config.policies->peer.retry_delay_ns, &stripe)) {
        ess_worker_note_retry(worker);
        return;
    }
    if (serving) {
        return;
    }
    worker->fetched |= UINT64_C(1) << stripe;
    if (ess_worker_holds_state(worker)) {
        ess_actions_report(
            actions, ESS_REPORT_PARAMETERS_FETCHED, worker->step, worker->view->epoch);
    }
}
