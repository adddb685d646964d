/* SPDX-License-Identifier: Apache-2.0 */
/* Who is with the group: joining, leaving, being lost to silence or to others' complaints. */
#include "peer/coordinator_parts.h"

void ess_coordinator_lose(
    struct ess_coordinator *coordinator, uint32_t peer, struct ess_actions *actions) {
    struct ess_candidate *candidate = &coordinator->candidates[peer];
    ess_coordinator_forget_outbox(coordinator, candidate);
    if (candidate->standing == ESS_WAITING) {
        coordinator->waiting--;
    }
    if (candidate->standing == ESS_MEMBER) {
        coordinator->members--;
        coordinator->done -= candidate->done;
        coordinator->surveyed -= candidate->surveyed;
        coordinator->lost_pending = true;
        coordinator->view_outdated = true;
        if (coordinator->phase != ESS_COORDINATOR_FINISHED) {
            ess_coordinator_report(actions, ESS_REPORT_MEMBER_LOST, peer, coordinator);
        }
    }
    candidate->standing = ESS_ABSENT;
    candidate->suspicions = 0; /* else a later life, waiting, would be due for judgement for ever */
    candidate->done = false;
    candidate->surveyed = false;
}

void ess_coordinator_on_join(struct ess_coordinator *coordinator, const struct ess_event *event,
    const struct ess_control *control, struct ess_actions *actions) {
    struct ess_candidate *candidate = &coordinator->candidates[event->peer];
    if (candidate->standing != ESS_ABSENT && candidate->incarnation != control->incarnation) {
        ess_coordinator_lose(coordinator, event->peer, actions);
    }
    if (candidate->standing == ESS_ABSENT && control->incarnation > candidate->incarnation) {
        candidate->standing = ESS_WAITING;
        candidate->incarnation = control->incarnation;
        candidate->site = control->site;
        candidate->lag = 0;
        coordinator->waiting++;
        ess_coordinator_report(actions, ESS_REPORT_MEMBER_ADMITTED, event->peer, coordinator);
    }
    if (candidate->standing == ESS_ABSENT) {
        return; /* a life that was declared lost stays lost: it must come as a new one */
    }
    ess_watch_heard(&candidate->watch, event->now_ns);
    coordinator->check_ns = ess_coordinator_earlier(
        coordinator->check_ns, ess_coordinator_lost_at(coordinator, candidate));
    if (coordinator->formation_ns == ESS_TIME_NEVER) {
        coordinator->formation_ns = event->now_ns + coordinator->config.job->formation_ns;
    }
}

void ess_coordinator_on_suspect(struct ess_coordinator *coordinator, const struct ess_event *event,
    const struct ess_control *control) {
    struct ess_candidate *suspect;
    if (control->other >= coordinator->config.peer_capacity ||
        control->epoch != coordinator->view.epoch) {
        return;
    }
    suspect = &coordinator->candidates[control->other];
    if (suspect->standing != ESS_MEMBER) {
        return;
    }
    if (suspect->suspicions == 0) {
        suspect->suspected_first_ns = event->now_ns;
    }
    suspect->suspicions++;
    suspect->suspected_last_ns = event->now_ns;
    coordinator->check_ns = ess_coordinator_earlier(
        coordinator->check_ns, suspect->suspected_first_ns +
                                   ess_coordinator_policies(coordinator)->peer.suspicion_limit_ns);
}

/* Of the members that others cannot reach although they speak to us, the one that most complain of;
 * among equals the one that came later in the order of ids. ESS_NONE when all is well. */
static uint32_t unreachable_member(struct ess_coordinator *coordinator, int64_t now_ns) {
    const struct ess_peer_settings *settings = &ess_coordinator_policies(coordinator)->peer;
    int64_t recent_ns = 3 * settings->retry_delay_ns;
    uint32_t worst = ESS_NONE;
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        struct ess_candidate *candidate = &coordinator->candidates[peer];
        if (candidate->standing != ESS_MEMBER || candidate->suspicions == 0) {
            continue;
        }
        if (now_ns - candidate->suspected_last_ns > recent_ns) {
            candidate->suspicions = 0;
            continue;
        }
        if (now_ns - candidate->suspected_first_ns < settings->suspicion_limit_ns) {
            continue;
        }
        if (worst == ESS_NONE ||
            candidate->suspicions >= coordinator->candidates[worst].suspicions) {
            worst = peer;
        }
    }
    return worst;
}

static void next_check(struct ess_coordinator *coordinator) {
    const struct ess_peer_settings *settings = &ess_coordinator_policies(coordinator)->peer;
    coordinator->check_ns = ESS_TIME_NEVER;
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        const struct ess_candidate *candidate = &coordinator->candidates[peer];
        if (candidate->standing == ESS_ABSENT) {
            continue;
        }
        coordinator->check_ns = ess_coordinator_earlier(
            coordinator->check_ns, ess_coordinator_lost_at(coordinator, candidate));
        if (candidate->suspicions > 0) {
            coordinator->check_ns = ess_coordinator_earlier(coordinator->check_ns,
                candidate->suspected_first_ns + settings->suspicion_limit_ns);
        }
    }
}

/* The deadline itself came late: it was this machine that stood still, and what the others said
 * meanwhile is still to be read. Everybody is given the whole time anew. */
static bool was_held_up(const struct ess_coordinator *coordinator, int64_t now_ns) {
    const struct ess_policies *policies = ess_coordinator_policies(coordinator);
    return now_ns - coordinator->check_ns >
           policies->detector->period_ns(policies->detector_settings);
}

static void forgive(struct ess_coordinator *coordinator, int64_t now_ns) {
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        struct ess_candidate *candidate = &coordinator->candidates[peer];
        candidate->suspicions = 0;
        if (candidate->standing != ESS_ABSENT) {
            ess_watch_heard(&candidate->watch, now_ns);
        }
    }
}

/* At most one member is lost a call, so that its reports fit; the next deadline is then at once. */
void ess_coordinator_on_deadline(struct ess_coordinator *coordinator, const struct ess_event *event,
    struct ess_actions *actions) {
    uint32_t unreachable;
    uint32_t lost = 0;
    if (event->now_ns < coordinator->check_ns) {
        return;
    }
    if (was_held_up(coordinator, event->now_ns)) {
        forgive(coordinator, event->now_ns);
    }
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        const struct ess_candidate *candidate = &coordinator->candidates[peer];
        if (candidate->standing == ESS_ABSENT ||
            event->now_ns < ess_coordinator_lost_at(coordinator, candidate)) {
            continue;
        }
        ess_coordinator_lose(coordinator, peer, actions);
        if (++lost == ESS_ACTIONS_CAPACITY / 2) {
            return; /* check_ns has passed: the host calls again */
        }
    }
    unreachable = unreachable_member(coordinator, event->now_ns);
    if (unreachable != ESS_NONE) {
        ess_coordinator_lose(coordinator, unreachable, actions);
    }
    next_check(coordinator);
}

void ess_coordinator_on_reset(struct ess_coordinator *coordinator, const struct ess_event *event) {
    struct ess_candidate *candidate = &coordinator->candidates[event->peer];
    if (candidate->standing == ESS_ABSENT) {
        return;
    }
    ess_watch_reset(&candidate->watch, event->now_ns);
    coordinator->check_ns = ess_coordinator_earlier(
        coordinator->check_ns, ess_coordinator_lost_at(coordinator, candidate));
}
