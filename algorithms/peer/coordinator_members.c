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

/* The candidate's time may have come nearer. */
static void note_due(struct ess_coordinator *coordinator, uint32_t peer) {
    int64_t lost_ns = ess_coordinator_lost_at(coordinator, &coordinator->candidates[peer]);
    if (coordinator->sweep_ns == ESS_TIME_NEVER) {
        coordinator->sweep_ns = lost_ns; /* nobody was there */
    } else if (lost_ns < coordinator->sweep_ns) {
        ess_due_heap_bring_forward(&coordinator->due, peer, lost_ns);
    }
    coordinator->check_ns = ess_coordinator_earlier(coordinator->check_ns, lost_ns);
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
    note_due(coordinator, event->peer);
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
    coordinator->suspected = true;
    coordinator->judge_ns = ess_coordinator_earlier(
        coordinator->judge_ns, suspect->suspected_first_ns +
                                   ess_coordinator_policies(coordinator)->peer.suspicion_limit_ns);
    coordinator->check_ns = ess_coordinator_earlier(coordinator->check_ns, coordinator->judge_ns);
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

/* When the next complaints may be judged, after some were. */
static void next_judgement(struct ess_coordinator *coordinator) {
    const struct ess_peer_settings *settings = &ess_coordinator_policies(coordinator)->peer;
    coordinator->judge_ns = ESS_TIME_NEVER;
    coordinator->suspected = false;
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        const struct ess_candidate *candidate = &coordinator->candidates[peer];
        if (candidate->standing != ESS_ABSENT && candidate->suspicions > 0) {
            coordinator->suspected = true;
            coordinator->judge_ns = ess_coordinator_earlier(coordinator->judge_ns,
                candidate->suspected_first_ns + settings->suspicion_limit_ns);
        }
    }
}

static void next_check(struct ess_coordinator *coordinator) {
    const struct ess_due *due = ess_due_heap_first(&coordinator->due);
    coordinator->check_ns = ess_coordinator_earlier(coordinator->sweep_ns, coordinator->judge_ns);
    if (due) {
        coordinator->check_ns = ess_coordinator_earlier(coordinator->check_ns, due->at_ns);
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

/* Look through all: lose those whose time has come, at most `most`, and put those whose time comes
 * soon into the heap. Returns how many are lost. O(candidates), but once in about the detector's
 * time less a period, in which each candidate is heard at least once. */
static uint32_t sweep(struct ess_coordinator *coordinator, int64_t now_ns, uint32_t most,
    struct ess_actions *actions) {
    const struct ess_policies *policies = ess_coordinator_policies(coordinator);
    int64_t soon_ns = now_ns + policies->detector->period_ns(policies->detector_settings);
    uint32_t lost = 0;
    int64_t sweep_ns = ESS_TIME_NEVER;
    ess_due_heap_clear(&coordinator->due);
    for (uint32_t peer = 0; peer < coordinator->config.peer_capacity; peer++) {
        const struct ess_candidate *candidate = &coordinator->candidates[peer];
        int64_t lost_ns;
        if (candidate->standing == ESS_ABSENT) {
            continue;
        }
        lost_ns = ess_coordinator_lost_at(coordinator, candidate);
        if (lost_ns <= now_ns) {
            ess_coordinator_lose(coordinator, peer, actions);
            if (++lost == most) {
                return lost; /* sweep_ns has passed: all are looked through again */
            }
        } else if (lost_ns < soon_ns) {
            ess_due_heap_bring_forward(&coordinator->due, peer, lost_ns);
        } else {
            sweep_ns = ess_coordinator_earlier(sweep_ns, lost_ns);
        }
    }
    /* If all are in the heap, they are not to stay there once they are heard again. */
    coordinator->sweep_ns =
        sweep_ns == ESS_TIME_NEVER && coordinator->due.count > 0 ? soon_ns : sweep_ns;
    return lost;
}

/* The same for those in the heap whose time had come when they were put there. */
static uint32_t lose_due(struct ess_coordinator *coordinator, int64_t now_ns, uint32_t most,
    struct ess_actions *actions) {
    const struct ess_due *due = ess_due_heap_first(&coordinator->due);
    uint32_t lost = 0;
    for (; due && due->at_ns <= now_ns && lost < most;
         due = ess_due_heap_first(&coordinator->due)) {
        const struct ess_candidate *candidate = &coordinator->candidates[due->peer];
        int64_t lost_ns = ess_coordinator_lost_at(coordinator, candidate);
        bool absent = candidate->standing == ESS_ABSENT;
        if (!absent && lost_ns <= now_ns) {
            ess_coordinator_lose(coordinator, due->peer, actions);
            ess_due_heap_drop_first(&coordinator->due);
            lost++;
        } else if (absent || lost_ns >= coordinator->sweep_ns) {
            ess_due_heap_drop_first(&coordinator->due);
        } else {
            ess_due_heap_put_off_first(&coordinator->due, lost_ns);
        }
    }
    return lost;
}

/* As many are lost a call as have room for their reports; the next deadline is then at once. */
void ess_coordinator_on_deadline(struct ess_coordinator *coordinator, const struct ess_event *event,
    struct ess_actions *actions) {
    const uint32_t most = ESS_ACTIONS_CAPACITY / 2;
    int64_t now_ns = event->now_ns;
    uint32_t lost, unreachable;
    if (now_ns < coordinator->check_ns) {
        return;
    }
    if (was_held_up(coordinator, now_ns)) {
        forgive(coordinator, now_ns);
    }
    lost = now_ns >= coordinator->sweep_ns ? sweep(coordinator, now_ns, most, actions)
                                           : lose_due(coordinator, now_ns, most, actions);
    if (lost == most) {
        return; /* check_ns has passed: the host calls again */
    }
    if (coordinator->suspected) {
        unreachable = unreachable_member(coordinator, now_ns);
        if (unreachable != ESS_NONE) {
            ess_coordinator_lose(coordinator, unreachable, actions);
        }
        next_judgement(coordinator);
    }
    next_check(coordinator);
}

void ess_coordinator_on_reset(struct ess_coordinator *coordinator, const struct ess_event *event) {
    struct ess_candidate *candidate = &coordinator->candidates[event->peer];
    if (candidate->standing == ESS_ABSENT) {
        return;
    }
    ess_watch_reset(&candidate->watch, event->now_ns);
    note_due(coordinator, event->peer);
}
