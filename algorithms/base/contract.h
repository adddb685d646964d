/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_BASE_CONTRACT_H
#define ESS_BASE_CONTRACT_H

/* The contract between a peer (policy) and its host (simulator, test host, runtime).
 *
 * Everything that can happen to a peer enters as an event; everything it wants done leaves as an
 * action. A peer has no clock, socket, thread, file, heap or chance of its own.
 *
 * What a host promises
 *  1. Events are handed over one at a time; `now_ns` is the peer's own clock and never runs
 *     backwards. Two peers' clocks are not comparable (own offset, drift up to 50 ppm).
 *  2. The actions of a step are carried out in order. While step() says ESS_MORE the host
 *     calls again with ESS_EVENT_CONTINUE before it hands over any other event.
 *  3. Every posted send, receive, computation or arithmetic ends in exactly one event
 *     carrying its token: finished, or failed with a reason.
 *  4. A send and a receive match when (operation, epoch, chunk, step) and the two peers
 *     agree; the order in which they were posted does not matter. A receive is a grant: bytes
 *     leave the sender only once the receiver has posted. A transfer finishes at both ends or
 *     fails at both ends, unless an end is lost. A failed or cancelled receive leaves its span
 *     as it was.
 *  5. ESS_ACTION_CANCEL takes effect at once: each cancelled post ends with
 *     ESS_FAILURE_CANCELLED, and no byte of it is written or read afterwards.
 *  6. Control messages between two peers arrive in the order sent, or not at all once the
 *     connection was reset or an end was lost. ESS_EVENT_RESET says that a connection broke: it
 *     does not say that the peer is gone.
 *  7. A view stays valid until the peer receives a view of a higher epoch, or is done.
 *  8. Nothing is handed over after ESS_DONE.
 *
 * What a peer promises: it posts each transfer at most once until that post has failed; its spans
 * do not overlap those of its own posts in flight unless both only read; nothing follows
 * ESS_ACTION_DONE. */

#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

#define ESS_TIME_NEVER INT64_MAX
#define ESS_MESSAGE_BYTES_MAX 48
#define ESS_ACTIONS_CAPACITY 64

enum ess_event_kind {
    ESS_EVENT_START,
    ESS_EVENT_CONTINUE, /* only after ESS_MORE */
    ESS_EVENT_MESSAGE,  /* peer, bytes, size */
    ESS_EVENT_VIEW,     /* peer, view */
    ESS_EVENT_FINISHED, /* token: a send, receive, computation or arithmetic is finished */
    ESS_EVENT_FAILED,   /* token, peer, reason */
    ESS_EVENT_DEADLINE, /* next_deadline() was reached */
    ESS_EVENT_RESET,    /* peer: a connection to it broke */
    ESS_EVENT_STOP      /* the owner wants this peer to leave cleanly */
};

enum ess_failure {
    ESS_FAILURE_NONE,
    ESS_FAILURE_CANCELLED, /* by ESS_ACTION_CANCEL */
    ESS_FAILURE_RESET      /* the connection broke, or could not be made */
};

struct ess_event {
    int64_t now_ns;
    enum ess_event_kind kind;
    uint32_t peer;
    uint64_t token;
    enum ess_failure reason;
    uint32_t size;
    const uint8_t *bytes;
    const struct ess_view *view;
};

/* Memory that transfers and arithmetic act on, owned by the host. Input, result and scratch are
 * laid out alike: element i of the vector has the same offset in all. */
enum ess_region {
    ESS_REGION_PARAMETERS, /* the committed state: the model and what its optimiser keeps */
    ESS_REGION_INPUT,      /* this peer's contribution; kept until the step is committed */
    ESS_REGION_RESULT,     /* sums; worthless until the step is committed */
    ESS_REGION_SCRATCH,    /* partial sums of plans that cannot do without; always worthless */
    ESS_REGION_COUNT
};

struct ess_span {
    enum ess_region region;
    uint64_t offset_bytes;
    uint64_t size_bytes;
};

enum ess_combine {
    ESS_COMBINE_COPY, /* span = incoming */
    ESS_COMBINE_SUM,  /* span = operand + incoming; operand: same offset of operand_region */
    ESS_COMBINE_MAX   /* span = the larger of operand and incoming, element by element */
};

struct ess_transfer {
    uint64_t operation;
    uint32_t epoch;
    uint32_t chunk;
    uint32_t step; /* hop within the chunk */
    struct ess_span span;
    enum ess_combine combine;       /* receives only */
    enum ess_region operand_region; /* receives that combine only */
};

/* Work of the application: `work_flop` floating-point operations that fill `produces` of the input
 * region with this peer's contribution to `step` (size 0: nothing to hand over yet). */
struct ess_work {
    uint64_t step;
    double work_flop;
    struct ess_span produces;
};

enum ess_arithmetic_kind {
    ESS_ARITHMETIC_ZERO,  /* to = 0 */
    ESS_ARITHMETIC_COPY,  /* to = from, same offset and size */
    ESS_ARITHMETIC_SCALE, /* to = to / divisor */
    ESS_ARITHMETIC_APPLY  /* the optimiser's step: the committed sums in `to`, divided by `divisor`,
                             change the state of those elements */
};

struct ess_arithmetic {
    enum ess_arithmetic_kind kind;
    struct ess_span to;
    enum ess_region from_region; /* copy only */
    uint32_t divisor;            /* apply and scale only */
};

/* Facts for the owner and for whoever records the run; a host takes no decision from them. */
enum ess_report_kind {
    ESS_REPORT_STEP_BEGUN,          /* step, epoch */
    ESS_REPORT_COMPUTED,            /* step: all of this peer's own work is done */
    ESS_REPORT_OPERATION_BEGUN,     /* step, operation, epoch */
    ESS_REPORT_OPERATION_TENTATIVE, /* step, operation, epoch: values are here, not agreed */
    ESS_REPORT_OPERATION_COMMITTED, /* step, operation, epoch of the set, count: divisor */
    ESS_REPORT_STEP_COMMITTED,      /* step, epoch */
    ESS_REPORT_ATTEMPT_ABORTED, /* step, new epoch, count: operations begun that are done again */
    ESS_REPORT_PARAMETERS_FETCHED, /* step: a joiner holds the committed parameters */
    ESS_REPORT_EVICTED,            /* the group goes on without this peer */
    ESS_REPORT_MEMBER_LOST,        /* coordinator: peer, step, epoch */
    ESS_REPORT_MEMBER_ADMITTED,    /* coordinator: peer asked to join and waits, step, epoch */
    ESS_REPORT_GROUP_STEP,    /* coordinator: step committed by the group, count: contributors */
    ESS_REPORT_PAUSED,        /* coordinator: below the minimum of members, step */
    ESS_REPORT_SHARD_AVERAGED /* averaging: step: round; epoch: shard, which is also the place in
                                 the line of the member that averages it; operation: the set whose
                                 mean it is, bit i: place i; count: divisor. A set of this peer
                                 alone: the shard is as it was */
};

struct ess_report {
    enum ess_report_kind kind;
    uint64_t step;
    uint64_t operation;
    uint32_t epoch;
    uint32_t count;
};

/* How a peer ended. */
enum ess_status {
    ESS_STATUS_COMPLETE,         /* all steps committed */
    ESS_STATUS_LEFT,             /* asked to stop, and left cleanly */
    ESS_STATUS_EVICTED,          /* declared lost by the group, and not to come back */
    ESS_STATUS_COORDINATOR_LOST, /* nobody decides any more */
    ESS_STATUS_PARAMETERS_LOST   /* coordinator: the last peer that held the model is gone */
};

enum ess_action_kind {
    ESS_ACTION_MESSAGE,    /* peer, message */
    ESS_ACTION_VIEW,       /* peer, view: deliver this view there as ESS_EVENT_VIEW */
    ESS_ACTION_SEND,       /* peer, token, transfer */
    ESS_ACTION_RECEIVE,    /* peer, token, transfer */
    ESS_ACTION_CANCEL,     /* epoch: every own transfer of a lower epoch */
    ESS_ACTION_COMPUTE,    /* token, work */
    ESS_ACTION_ARITHMETIC, /* token, arithmetic */
    ESS_ACTION_REPORT,     /* peer where the kind says so, report */
    ESS_ACTION_DONE        /* status */
};

struct ess_message {
    uint32_t size_bytes;
    uint8_t bytes[ESS_MESSAGE_BYTES_MAX];
};

struct ess_action {
    enum ess_action_kind kind;
    uint32_t peer;
    uint64_t token;
    union {
        struct ess_message message;
        const struct ess_view *view;
        struct ess_transfer transfer;
        uint32_t epoch;
        struct ess_work work;
        struct ess_arithmetic arithmetic;
        struct ess_report report;
        enum ess_status status;
    };
};

/* The bounded array that a step fills. The host empties it (count = 0) before each call. */
struct ess_actions {
    uint32_t count;
    struct ess_action items[ESS_ACTIONS_CAPACITY];
};

enum ess_step_result {
    ESS_WAIT, /* nothing to do until the next event */
    ESS_MORE, /* the array was too small: carry out, empty, call again with ESS_EVENT_CONTINUE */
    ESS_DONE  /* over; the state may be freed */
};

/* Next free action, zeroed and with its kind set. The caller has checked that there is room. */
struct ess_action *ess_actions_add(struct ess_actions *actions, enum ess_action_kind kind);

/* Room left. */
uint32_t ess_actions_room(const struct ess_actions *actions);

/* Add a report. */
void ess_actions_report(
    struct ess_actions *actions, enum ess_report_kind kind, uint64_t step, uint32_t epoch);

#endif
