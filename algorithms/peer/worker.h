/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_WORKER_H
#define ESS_PEER_WORKER_H

/* A worker: computes its share of a step, reduces it with the others, and applies what is
 * committed.
 *
 *   seeking --view--> member --(all operations complete)--> at the barrier --step or view--> member
 *      ^                 |  loss: a view of a higher epoch restarts or surveys the step
 *      +----evicted------+
 *
 * A step is committed when the coordinator says that the next one begins (no round trip of its
 * own): only then do results change the parameters, so these only ever reflect committed results.
 */

#include "collective/executor.h"
#include "peer/config.h"
#include "peer/control.h"
#include "peer/transfer_slots.h"

enum ess_worker_phase {
    ESS_WORKER_SEEKING,  /* not a member */
    ESS_WORKER_MEMBER,   /* working on a step */
    ESS_WORKER_SURVEYED, /* stopped after a loss, until the coordinator says what stays */
    ESS_WORKER_FINISHING /* the last step is committed; being applied */
};

/* What the end of a transfer looks at, which is nearly all that happens in a large group, stands
 * first and with the executor behind it; what is large or seldom looked at stands last. */
struct ess_worker {
    struct ess_peer_config config;
    enum ess_worker_phase phase;
    uint32_t rank;
    const struct ess_view *view;
    uint64_t step; /* being worked on; 0 before the first */
    int64_t coordinator_heard_ns;
    int64_t next_beat_ns;
    int64_t state_retry_ns; /* the earlier one of fetch.retry_ns and serve.retry_ns */

    /* Operations of the step, bit b: bucket b. */
    uint64_t begun;
    uint64_t complete;
    uint64_t released; /* buckets whose input is complete */

    /* Committed results on their way into the parameters. */
    uint64_t apply_pending;
    uint64_t apply_step;
    uint32_t apply_outstanding;

    uint32_t incarnation;      /* starts of the process (16 bits), returns after an eviction (16) */
    uint32_t coordinator_life; /* 0: not heard yet */

    /* Outgoing, in the order in which pump() sends them. */
    bool cancel;
    bool beat; /* the message of the current phase */
    uint32_t suspect;

    /* Own work of the step. */
    bool step_done;        /* said so under this epoch */
    bool work_outstanding; /* also work of a step that was left */
    bool zeroed;           /* a fetching worker's contribution: nothing */
    uint32_t work_generation;
    uint32_t piece; /* next to compute */
    uint32_t pieces_done;

    /* Parameters from peers, and to peers. */
    uint64_t fetched;
    uint32_t serve_rank; /* next to look at; view->group.size: all served */
    uint32_t serve_stripe;

    struct ess_executor executor; /* clears itself; what follows is set before it is read */
    struct ess_transfer_slots fetch;
    struct ess_transfer_slots serve;
    uint32_t bucket_epoch[ESS_BUCKETS_MAX];
    uint32_t bucket_divisor[ESS_BUCKETS_MAX];
};

/* Bytes of struct ess_worker and of what stands behind it. */
size_t ess_worker_bytes(const struct ess_peer_config *config);

/* `worker` has ess_worker_bytes() bytes. */
void ess_worker_init(struct ess_worker *worker, const struct ess_peer_config *config);

enum ess_step_result ess_worker_step(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions);

int64_t ess_worker_next_deadline(const struct ess_worker *worker);

#endif
