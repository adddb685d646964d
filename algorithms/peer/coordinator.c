/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "peer/coordinator_parts.h"

#include <string.h>

#define LAG_LIMIT 3 /* a message that crosses ours on the way may lag once or twice */

/* Of the coordinator and its tables, so that a double may follow. */
static size_t tables_bytes(size_t tables) {
    return (sizeof(struct ess_coordinator) + tables + 7) & ~(size_t)7;
}

size_t ess_coordinator_bytes(const struct ess_peer_config *config) {
    size_t each = sizeof(struct ess_candidate) + sizeof(struct ess_member) +
                  sizeof(struct ess_due) + sizeof(struct ess_site_span) + sizeof(uint64_t);
    return tables_bytes(each * config->peer_capacity) + ess_layout_maker_bytes(config);
}

struct ess_coordinator *ess_coordinator_init(void *memory, const struct ess_peer_config *config) {
    struct ess_coordinator *coordinator = memory;
    size_t capacity = config->peer_capacity;
    size_t layout = ess_layout_maker_bytes(config);
    memset(memory, 0, ess_coordinator_bytes(config) - layout);
    coordinator->config = *config;
    coordinator->formation_ns = ESS_TIME_NEVER;
    coordinator->check_ns = ESS_TIME_NEVER;
    coordinator->sweep_ns = ESS_TIME_NEVER;
    coordinator->judge_ns = ESS_TIME_NEVER;
    coordinator->candidates = (struct ess_candidate *)(void *)(coordinator + 1);
    coordinator->view_members = (struct ess_member *)(void *)(coordinator->candidates + capacity);
    coordinator->order = (uint64_t *)(void *)(coordinator->view_members + capacity);
    ess_due_heap_init(&coordinator->due, (struct ess_due *)(void *)(coordinator->order + capacity));
    coordinator->view_sites = (struct ess_site_span *)(void *)(coordinator->due.items + capacity);
    coordinator->layout = ess_layout_maker_init(
        (unsigned char *)memory + ess_coordinator_bytes(config) - layout, config);
    return coordinator;
}

/* ---- sending ----------------------------------------------------------------------------------
 */

static void tell(struct ess_coordinator *coordinator, uint32_t peer, uint8_t what) {
    struct ess_candidate *candidate = &coordinator->candidates[peer];
    coordinator->outboxes += candidate->outbox == 0;
    candidate->outbox |= what;
}

static void tell_members(struct ess_coordinator *coordinator, uint8_t what) {
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        if (coordinator->candidates[peer].standing == ESS_MEMBER) {
            tell(coordinator, peer, what);
        }
    }
}

void ess_coordinator_forget_outbox(
    struct ess_coordinator *coordinator, struct ess_candidate *candidate) {
    coordinator->outboxes -= candidate->outbox != 0;
    candidate->outbox = 0;
}

static void answer(struct ess_coordinator *coordinator, uint32_t peer, enum ess_control_kind kind,
    uint32_t incarnation, struct ess_actions *actions) {
    struct ess_control control = {
        .kind = kind,
        .incarnation = incarnation,
        .other = coordinator->config.incarnation,
        .epoch = coordinator->view.epoch,
        .step = coordinator->step,
    };
    ess_control_add(actions, peer, &control);
}

static void send_one(
    struct ess_coordinator *coordinator, uint32_t peer, struct ess_actions *actions) {
    struct ess_candidate *candidate = &coordinator->candidates[peer];
    struct ess_control control = {
        .incarnation = candidate->incarnation,
        .other = coordinator->config.incarnation,
        .epoch = coordinator->view.epoch,
        .step = coordinator->step,
        .bits = coordinator->keep,
    };
    if (candidate->outbox & ESS_OUT_VIEW) {
        struct ess_action *action = ess_actions_add(actions, ESS_ACTION_VIEW);
        action->peer = peer;
        action->view = &coordinator->view;
    }
    if (candidate->outbox & ESS_OUT_STEP) {
        control.kind = ESS_CONTROL_STEP;
        ess_control_add(actions, peer, &control);
    }
    if (candidate->outbox & ESS_OUT_RESUME) {
        control.kind = ESS_CONTROL_RESUME;
        ess_control_add(actions, peer, &control);
    }
    if (candidate->outbox & ESS_OUT_FINISH) {
        control.kind = ESS_CONTROL_FINISH;
        ess_control_add(actions, peer, &control);
    }
    ess_coordinator_forget_outbox(coordinator, candidate);
}

/* Goes round all peers only while something is to be sent. */
static bool pump(struct ess_coordinator *coordinator, struct ess_actions *actions) {
    while (coordinator->outboxes > 0) {
        if (ess_actions_room(actions) < 4) {
            return false;
        }
        if (coordinator->cursor == coordinator->config.peer_capacity) {
            coordinator->cursor = 0;
        }
        if (coordinator->candidates[coordinator->cursor].outbox) {
            send_one(coordinator, coordinator->cursor, actions);
        }
        coordinator->cursor++;
    }
    coordinator->cursor = 0;
    return true;
}

/* ---- views and steps --------------------------------------------------------------------------
 */

void ess_coordinator_report(struct ess_actions *actions, enum ess_report_kind kind, uint32_t peer,
    const struct ess_coordinator *coordinator) {
    ess_actions_report(actions, kind, coordinator->step, coordinator->view.epoch);
    actions->items[actions->count - 1].peer = peer;
}

static void clear_answers(struct ess_coordinator *coordinator) {
    coordinator->done = 0;
    coordinator->surveyed = 0;
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        struct ess_candidate *candidate = &coordinator->candidates[peer];
        candidate->done = false;
        candidate->surveyed = false;
        candidate->lag = 0;
        candidate->suspicions = 0;
    }
}

static void new_view(struct ess_coordinator *coordinator, enum ess_view_mode mode) {
    clear_answers(coordinator);
    ess_coordinator_compose(coordinator, mode);
    coordinator->phase =
        mode == ESS_VIEW_SURVEY ? ESS_COORDINATOR_SURVEYING : ESS_COORDINATOR_RUNNING;
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        ess_coordinator_forget_outbox(coordinator, &coordinator->candidates[peer]);
    }
    tell_members(coordinator, ESS_OUT_VIEW);
}

/* Joiners enter: they contribute from `first_step` on. */
static void admit_waiting(struct ess_coordinator *coordinator, uint64_t first_step) {
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        struct ess_candidate *candidate = &coordinator->candidates[peer];
        if (candidate->standing != ESS_WAITING) {
            continue;
        }
        candidate->standing = ESS_MEMBER;
        candidate->first_step = first_step;
        candidate->fetched = 0;
    }
    coordinator->members += coordinator->waiting;
    coordinator->waiting = 0;
}

static void begin_next_step(struct ess_coordinator *coordinator) {
    coordinator->step = coordinator->committed + 1;
    if (coordinator->waiting > 0 || coordinator->view_outdated) {
        admit_waiting(coordinator, coordinator->step + 1);
        new_view(coordinator, ESS_VIEW_FRESH);
        return;
    }
    clear_answers(coordinator);
    coordinator->phase = ESS_COORDINATOR_RUNNING;
    tell_members(coordinator, ESS_OUT_STEP);
}

static void commit(struct ess_coordinator *coordinator, struct ess_actions *actions) {
    coordinator->committed = coordinator->step;
    ess_coordinator_report(actions, ESS_REPORT_GROUP_STEP, coordinator->config.self, coordinator);
    actions->items[actions->count - 1].report.count =
        ess_view_contributors(&coordinator->view, coordinator->step);
    if (coordinator->step == coordinator->config.job->steps) {
        coordinator->phase = ESS_COORDINATOR_FINISHED;
        tell_members(coordinator, ESS_OUT_FINISH);
        return;
    }
    if (coordinator->members < coordinator->config.job->minimum_workers) {
        coordinator->step = coordinator->committed + 1;
        coordinator->phase = ESS_COORDINATOR_PAUSED;
        ess_coordinator_report(actions, ESS_REPORT_PAUSED, coordinator->config.self, coordinator);
        return;
    }
    begin_next_step(coordinator);
}

/* A member that has never contributed holds no parameters for sure. */
static bool state_is_held(const struct ess_coordinator *coordinator) {
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        const struct ess_candidate *candidate = &coordinator->candidates[peer];
        if (candidate->standing == ESS_MEMBER && candidate->first_step <= coordinator->step) {
            return true;
        }
    }
    return false;
}

/* Nothing is committed yet: the initial parameters are known to all, so form anew. */
static void form_again(struct ess_coordinator *coordinator) {
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        struct ess_candidate *candidate = &coordinator->candidates[peer];
        if (candidate->standing == ESS_MEMBER) {
            candidate->standing = ESS_WAITING;
            ess_coordinator_forget_outbox(coordinator, candidate);
        }
    }
    coordinator->waiting += coordinator->members;
    coordinator->members = 0;
    coordinator->phase = ESS_COORDINATOR_FORMING;
}

static void respond_to_loss(struct ess_coordinator *coordinator, struct ess_actions *actions) {
    const struct ess_policies *policies = ess_coordinator_policies(coordinator);
    coordinator->lost_pending = false;
    if (coordinator->phase == ESS_COORDINATOR_FORMING ||
        coordinator->phase == ESS_COORDINATOR_FINISHED) {
        return;
    }
    if (!state_is_held(coordinator)) {
        if (coordinator->committed == 0) {
            form_again(coordinator);
            return;
        }
        coordinator->state_lost = true;
        return;
    }
    if (coordinator->phase == ESS_COORDINATOR_RUNNING &&
        coordinator->done == coordinator->members) {
        return; /* all who are left have everything: committed with the lost contribution */
    }
    if (coordinator->members < coordinator->config.job->minimum_workers) {
        if (coordinator->phase != ESS_COORDINATOR_PAUSED) {
            coordinator->phase = ESS_COORDINATOR_PAUSED;
            ess_coordinator_report(
                actions, ESS_REPORT_PAUSED, coordinator->config.self, coordinator);
        }
        return;
    }
    if (coordinator->phase != ESS_COORDINATOR_PAUSED) {
        new_view(coordinator, policies->recovery->respond(policies->recovery_settings));
    }
}

static void resume_from_survey(struct ess_coordinator *coordinator) {
    const struct ess_policies *policies = ess_coordinator_policies(coordinator);
    uint64_t everywhere = UINT64_MAX;
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        if (coordinator->candidates[peer].standing == ESS_MEMBER) {
            everywhere &= coordinator->candidates[peer].complete;
        }
    }
    coordinator->keep = policies->recovery->keep(policies->recovery_settings, everywhere);
    ESS_ASSERT((coordinator->keep & ~everywhere) == 0);
    coordinator->phase = ESS_COORDINATOR_RUNNING;
    tell_members(coordinator, ESS_OUT_RESUME);
}

static bool may_form(const struct ess_coordinator *coordinator, int64_t now_ns) {
    const struct ess_job *job = coordinator->config.job;
    return coordinator->waiting >= job->founders ||
           (now_ns >= coordinator->formation_ns && coordinator->waiting >= job->minimum_workers);
}

/* What follows from the standings and answers as they are now. */
static void settle(
    struct ess_coordinator *coordinator, int64_t now_ns, struct ess_actions *actions) {
    if (coordinator->lost_pending) {
        respond_to_loss(coordinator, actions);
    }
    if (coordinator->phase == ESS_COORDINATOR_FORMING && may_form(coordinator, now_ns)) {
        coordinator->step = 1;
        admit_waiting(coordinator, 1);
        new_view(coordinator, ESS_VIEW_FRESH);
    }
    if (coordinator->phase == ESS_COORDINATOR_PAUSED && !coordinator->state_lost &&
        coordinator->members + coordinator->waiting >= coordinator->config.job->minimum_workers) {
        admit_waiting(coordinator, coordinator->step + 1);
        new_view(coordinator, ESS_VIEW_RESTART);
    }
    if (coordinator->phase == ESS_COORDINATOR_SURVEYING &&
        coordinator->surveyed == coordinator->members) {
        resume_from_survey(coordinator);
    }
    if (coordinator->phase == ESS_COORDINATOR_RUNNING && coordinator->members > 0 &&
        coordinator->done == coordinator->members) {
        commit(coordinator, actions);
    }
}

/* A member that keeps showing an old epoch or step has missed what it was sent (its connection
 * broke): say it again. Saying it twice is harmless. */
static void mind_lag(
    struct ess_coordinator *coordinator, uint32_t peer, const struct ess_control *control) {
    struct ess_candidate *candidate = &coordinator->candidates[peer];
    bool old_epoch = control->epoch != coordinator->view.epoch;
    bool old_step = control->step != coordinator->step;
    bool unresumed =
        coordinator->phase == ESS_COORDINATOR_RUNNING && control->kind == ESS_CONTROL_SURVEYED;
    bool unfinished = coordinator->phase == ESS_COORDINATOR_FINISHED;
    if (!old_epoch && !old_step && !unresumed && !unfinished) {
        candidate->lag = 0;
        return;
    }
    if (++candidate->lag < LAG_LIMIT) {
        return;
    }
    candidate->lag = 0;
    if (old_epoch) {
        tell(coordinator, peer, ESS_OUT_VIEW);
        return;
    }
    if (old_step) {
        tell(coordinator, peer, ESS_OUT_STEP);
        return;
    }
    tell(coordinator, peer, unfinished ? ESS_OUT_FINISH : ESS_OUT_RESUME);
}

static void on_answer(struct ess_coordinator *coordinator, struct ess_candidate *candidate,
    const struct ess_control *control) {
    bool current = control->epoch == coordinator->view.epoch && control->step == coordinator->step;
    if (!current) {
        return;
    }
    if (control->kind == ESS_CONTROL_HEARTBEAT || control->kind == ESS_CONTROL_STEP_DONE) {
        candidate->fetched = control->bits;
    }
    if (control->kind == ESS_CONTROL_STEP_DONE && !candidate->done &&
        coordinator->phase != ESS_COORDINATOR_SURVEYING) {
        candidate->done = true;
        coordinator->done++;
    }
    if (control->kind == ESS_CONTROL_SURVEYED && !candidate->surveyed &&
        coordinator->phase == ESS_COORDINATOR_SURVEYING) {
        candidate->surveyed = true;
        candidate->complete = control->bits;
        coordinator->surveyed++;
    }
}

static void on_message(struct ess_coordinator *coordinator, const struct ess_event *event,
    struct ess_actions *actions) {
    struct ess_control control;
    struct ess_candidate *candidate;
    if (event->peer >= coordinator->config.peer_capacity ||
        !ess_control_decode(event->bytes, event->size, &control)) {
        return;
    }
    candidate = &coordinator->candidates[event->peer];
    if (control.kind == ESS_CONTROL_JOIN && control.incarnation >= candidate->incarnation) {
        ess_coordinator_on_join(coordinator, event, &control, actions);
    }
    if (candidate->standing == ESS_ABSENT || control.incarnation != candidate->incarnation) {
        if (control.answer) {
            answer(coordinator, event->peer, ESS_CONTROL_EVICTED, control.incarnation, actions);
        }
        return;
    }
    ess_watch_heard(&candidate->watch, event->now_ns);
    if (control.kind == ESS_CONTROL_LEAVE) {
        ess_coordinator_lose(coordinator, event->peer, actions);
        return;
    }
    if (control.kind == ESS_CONTROL_SUSPECT) {
        ess_coordinator_on_suspect(coordinator, event, &control);
        return;
    }
    if (control.answer) {
        answer(coordinator, event->peer, ESS_CONTROL_ALIVE, control.incarnation, actions);
    }
    if (candidate->standing == ESS_MEMBER && coordinator->phase != ESS_COORDINATOR_PAUSED) {
        mind_lag(coordinator, event->peer, &control);
        on_answer(coordinator, candidate, &control);
    }
}

int64_t ess_coordinator_next_deadline(const struct ess_coordinator *coordinator) {
    if (coordinator->phase == ESS_COORDINATOR_FORMING && coordinator->members == 0) {
        bool enough = coordinator->waiting >= coordinator->config.job->minimum_workers;
        return enough ? ess_coordinator_earlier(coordinator->formation_ns, coordinator->check_ns)
                      : coordinator->check_ns;
    }
    return coordinator->check_ns;
}

enum ess_step_result ess_coordinator_step(struct ess_coordinator *coordinator,
    const struct ess_event *event, struct ess_actions *actions) {
    switch (event->kind) {
    case ESS_EVENT_MESSAGE:
        on_message(coordinator, event, actions);
        break;
    case ESS_EVENT_DEADLINE:
        ess_coordinator_on_deadline(coordinator, event, actions);
        break;
    case ESS_EVENT_RESET:
        if (event->peer < coordinator->config.peer_capacity) {
            ess_coordinator_on_reset(coordinator, event);
        }
        break;
    case ESS_EVENT_STOP:
        ess_actions_add(actions, ESS_ACTION_DONE)->status = ESS_STATUS_LEFT;
        return ESS_DONE;
    default:
        break;
    }
    settle(coordinator, event->now_ns, actions);
    if (coordinator->state_lost) {
        ess_actions_add(actions, ESS_ACTION_DONE)->status = ESS_STATUS_PARAMETERS_LOST;
        return ESS_DONE;
    }
    if (!pump(coordinator, actions) || ess_actions_room(actions) == 0) {
        return ESS_MORE;
    }
    if (coordinator->phase == ESS_COORDINATOR_FINISHED && coordinator->members == 0) {
        ess_actions_add(actions, ESS_ACTION_DONE)->status = ESS_STATUS_COMPLETE;
        return ESS_DONE;
    }
    return ESS_WAIT;
}
