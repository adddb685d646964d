/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_WORKER_PARTS_H
#define ESS_PEER_WORKER_PARTS_H

/* The parts of a worker, each in its own file; only worker*.c include this. A pump_ function posts
 * what is due and returns false where the actions were too small for all of it. */

#include "peer/worker.h"

/* Tokens: epoch or generation (32) | slot (7) | direction (1) | number (24); slots below
 * ESS_STREAMS_MAX are the executor's. */
enum ess_token_slot {
    ESS_TOKEN_COMPUTE = ESS_STREAMS_MAX, /* generation, piece */
    ESS_TOKEN_ZERO,                      /* generation */
    ESS_TOKEN_APPLY,                     /* bucket */
    ESS_TOKEN_FETCH,                     /* epoch, slot index */
    ESS_TOKEN_SERVE                      /* epoch, slot index */
};

static inline uint64_t ess_worker_token(uint32_t high, enum ess_token_slot slot, uint32_t number) {
    return (uint64_t)high << 32 | (uint64_t)slot << 25 | number;
}

static inline const struct ess_policies *ess_worker_policies(const struct ess_worker *worker) {
    return worker->config.policies;
}

/* One bit for each bucket of the job. */
static inline uint64_t ess_worker_all_buckets(const struct ess_worker *worker) {
    uint32_t buckets = worker->config.job->buckets;
    return buckets == 64 ? UINT64_MAX : (UINT64_C(1) << buckets) - 1;
}

/* Whether this worker fetches the parameters in this step instead of contributing. */
bool ess_worker_is_fetching(const struct ess_worker *worker);

/* worker_messages.c: heartbeats, answers and suspicions, to the coordinator. */
bool ess_worker_pump_messages(
    struct ess_worker *worker, int64_t now_ns, struct ess_actions *actions);

/* worker_compute.c: own work, and applying what is committed. */
void ess_worker_begin_work(struct ess_worker *worker);
bool ess_worker_pump_work(struct ess_worker *worker, struct ess_actions *actions);
bool ess_worker_pump_apply(struct ess_worker *worker, struct ess_actions *actions);
bool ess_worker_is_applying(const struct ess_worker *worker);
void ess_worker_work_finished(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions);

/* worker_state.c: the parameters from peers to a joiner. */
void ess_worker_begin_state(struct ess_worker *worker);
void ess_worker_note_retry(struct ess_worker *worker); /* when stripes that failed are due */
bool ess_worker_pump_state(struct ess_worker *worker, struct ess_actions *actions);
void ess_worker_state_event(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions);
bool ess_worker_holds_state(const struct ess_worker *worker);

#endif
