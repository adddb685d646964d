/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's own work of a step, piece by piece, and the application of committed results. */
#include "peer/worker_parts.h"

static uint64_t bit_of(uint32_t bucket) {
    return UINT64_C(1) << bucket;
}

void ess_worker_begin_work(struct ess_worker *worker) {
    worker->work_generation++;
    worker->zeroed = false;
    worker->piece = 0;
    worker->pieces_done = 0;
    worker->released = 0;
}

/* The span of the input that a piece completes: its buckets stand next to each other or are none.
 */
static struct ess_span produced_span(const struct ess_job *job, uint64_t releases) {
    struct ess_span span = {ESS_REGION_INPUT, 0, 0};
    for (uint32_t bucket = 0; bucket < job->buckets; bucket++) {
        struct ess_span one = ess_job_bucket(job, ESS_REGION_INPUT, bucket);
        if (!(releases & bit_of(bucket))) {
            continue;
        }
        if (span.size_bytes == 0) {
            span.offset_bytes = one.offset_bytes;
        }
        span.size_bytes = one.offset_bytes + one.size_bytes - span.offset_bytes;
    }
    return span;
}

static void compute_piece(struct ess_worker *worker, struct ess_actions *actions) {
    const struct ess_job *job = worker->config.job;
    const struct ess_policies *policies = worker->config.policies;
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_COMPUTE);
    struct ess_piece piece;
    policies->training->piece(policies->training_settings, job, worker->piece, &piece);
    action->token = ess_worker_token(worker->work_generation, ESS_TOKEN_COMPUTE, worker->piece);
    action->work.step = worker->step;
    action->work.work_flop = piece.work_flop;
    action->work.produces = produced_span(job, piece.releases);
    worker->piece++;
    worker->work_outstanding = true;
}

/* A worker that fetches contributes nothing: zeros, which leave every sum as it is. */
static void zero_input(struct ess_worker *worker, struct ess_actions *actions) {
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_ARITHMETIC);
    action->token = ess_worker_token(worker->work_generation, ESS_TOKEN_ZERO, 0);
    action->arithmetic.kind = ESS_ARITHMETIC_ZERO;
    action->arithmetic.to = ess_job_vector(worker->config.job, ESS_REGION_INPUT);
    worker->zeroed = true;
    worker->work_outstanding = true;
}

bool ess_worker_pump_work(struct ess_worker *worker, struct ess_actions *actions) {
    const struct ess_policies *policies = worker->config.policies;
    uint32_t pieces = policies->training->pieces(policies->training_settings, worker->config.job);
    bool fetching = ess_worker_is_fetching(worker);
    if (worker->work_outstanding || ess_worker_is_applying(worker) ||
        ess_executor_is_settling(&worker->executor) ||
        (fetching ? worker->zeroed : worker->piece == pieces)) {
        return true;
    }
    if (ess_actions_room(actions) == 0) {
        return false;
    }
    if (fetching) {
        zero_input(worker, actions);
        return true;
    }
    compute_piece(worker, actions);
    return true;
}

bool ess_worker_is_applying(const struct ess_worker *worker) {
    return worker->apply_pending != 0 || worker->apply_outstanding > 0;
}

static void apply_bucket(struct ess_worker *worker, uint32_t bucket, struct ess_actions *actions) {
    const struct ess_job *job = worker->config.job;
    struct ess_action *report = ess_actions_add(actions, ESS_ACTION_REPORT);
    struct ess_action *action;
    report->report = (struct ess_report){
        .kind = ESS_REPORT_OPERATION_COMMITTED,
        .step = worker->apply_step,
        .operation = bucket,
        .epoch = worker->bucket_epoch[bucket],
        .count = worker->bucket_divisor[bucket],
    };
    if (job->result_only && !job->average) {
        return;
    }
    action = ess_actions_add(actions, ESS_ACTION_ARITHMETIC);
    action->token = ess_worker_token(0, ESS_TOKEN_APPLY, bucket);
    action->arithmetic.kind = job->average ? ESS_ARITHMETIC_SCALE : ESS_ARITHMETIC_APPLY;
    action->arithmetic.to = ess_job_bucket(job, ESS_REGION_RESULT, bucket);
    action->arithmetic.divisor = worker->bucket_divisor[bucket];
    worker->apply_outstanding++;
}

bool ess_worker_pump_apply(struct ess_worker *worker, struct ess_actions *actions) {
    for (uint32_t bucket = 0; worker->apply_pending != 0; bucket++) {
        if (!(worker->apply_pending & bit_of(bucket))) {
            continue;
        }
        if (ess_actions_room(actions) < 2) {
            return false;
        }
        apply_bucket(worker, bucket, actions);
        worker->apply_pending &= ~bit_of(bucket);
    }
    return true;
}

static void piece_finished(struct ess_worker *worker, struct ess_actions *actions) {
    const struct ess_policies *policies = worker->config.policies;
    const struct ess_job *job = worker->config.job;
    struct ess_piece piece;
    policies->training->piece(policies->training_settings, job, worker->pieces_done, &piece);
    worker->released |= piece.releases;
    worker->pieces_done++;
    if (worker->pieces_done == policies->training->pieces(policies->training_settings, job)) {
        ess_actions_report(actions, ESS_REPORT_COMPUTED, worker->step, worker->view->epoch);
    }
}

void ess_worker_work_finished(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions) {
    enum ess_token_slot slot = (enum ess_token_slot)(event->token >> 25 & 0x7f);
    bool current = (uint32_t)(event->token >> 32) == worker->work_generation;
    if (slot == ESS_TOKEN_APPLY) {
        worker->apply_outstanding--;
        return;
    }
    worker->work_outstanding = false;
    if (!current) {
        return;
    }
    if (slot == ESS_TOKEN_ZERO) {
        worker->released = ess_worker_all_buckets(worker);
        return;
    }
    piece_finished(worker, actions);
}
