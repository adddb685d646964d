/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_COORDINATOR_H
#define ESS_PEER_COORDINATOR_H

/* The coordinator: who is a member, and which step is committed. It carries no data.
 *
 *   forming --founders--> running --all done--> running (next step; joiners enter here)
 *                           |  loss, by the recovery policy: a view that restarts the step, or
 *                           +--> surveying --all answered--> running
 *   below the minimum of workers: paused, until others join.
 *
 * It alone decides what is committed, so agreement among survivors is what it has told them: a step
 * is committed when every member of the current view has all operations. Its own loss ends the job.
 */

#include "peer/config.h"
#include "peer/control.h"
#include "peer/due_heap.h"
#include "peer/layout.h"

enum ess_coordinator_phase {
    ESS_COORDINATOR_FORMING,
    ESS_COORDINATOR_RUNNING,
    ESS_COORDINATOR_SURVEYING,
    ESS_COORDINATOR_PAUSED,
    ESS_COORDINATOR_FINISHED
};

enum ess_standing { ESS_ABSENT, ESS_WAITING, ESS_MEMBER };

/* What is still to be sent to a member, one bit each. */
enum ess_outbox { ESS_OUT_VIEW = 1, ESS_OUT_STEP = 2, ESS_OUT_RESUME = 4, ESS_OUT_FINISH = 8 };

struct ess_candidate {
    enum ess_standing standing;
    uint32_t incarnation;
    uint32_t site;
    bool done;     /* with the step, under the current epoch */
    bool surveyed; /* under the current epoch */
    uint8_t outbox;
    uint8_t lag; /* messages in a row that show an older epoch or step */
    uint32_t suspicions;
    int64_t suspected_first_ns;
    int64_t suspected_last_ns;
    uint64_t first_step;
    uint64_t fetched;
    uint64_t complete; /* as surveyed */
    struct ess_watch watch;
};

struct ess_coordinator {
    struct ess_peer_config config;
    enum ess_coordinator_phase phase;
    uint64_t step;
    uint64_t committed;
    uint64_t keep; /* of the last survey */
    bool lost_pending;
    bool view_outdated; /* a member of the view is lost */
    bool state_lost;
    uint32_t members, waiting;
    uint32_t done, surveyed;
    uint32_t outboxes;
    uint32_t cursor;
    int64_t
        formation_ns; /* when to stop waiting for founders; ESS_TIME_NEVER before the first joins */
    int64_t check_ns; /* nobody can be judged lost before */
    /* The detector's time of each candidate is looked at in two ways. Most are heard long before it
     * comes: only the earliest of their times is kept, and when it comes all are looked through.
     * Those whose time comes within a heartbeat's period then, or is brought forward, stand in a
     * heap, so that a death does not cost a look at everybody. */
    int64_t sweep_ns;        /* no candidate that is not in `due` can be lost before */
    int64_t judge_ns;        /* when complaints about a member may be old enough to judge */
    bool suspected;          /* there may be complaints */
    struct ess_due_heap due; /* times in it may be earlier than those that hold by now */
    struct ess_view view;
    struct ess_candidate *candidates; /* [peer_capacity] */
    struct ess_member *view_members;  /* [peer_capacity] */
    struct ess_site_span *view_sites; /* [peer_capacity] */
    uint64_t *order;                  /* [peer_capacity], scratch */
    struct ess_layout_maker *layout;  /* NULL: no layout is made */
};

/* Bytes of state behind struct ess_coordinator. */
size_t ess_coordinator_bytes(const struct ess_peer_config *config);

/* `memory` has ess_coordinator_bytes() bytes, aligned as for uint64_t. */
struct ess_coordinator *ess_coordinator_init(void *memory, const struct ess_peer_config *config);

enum ess_step_result ess_coordinator_step(struct ess_coordinator *coordinator,
    const struct ess_event *event, struct ess_actions *actions);

int64_t ess_coordinator_next_deadline(const struct ess_coordinator *coordinator);

#endif
