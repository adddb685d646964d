/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/worker.h"

#include "base/assert.h"
#include "peer/worker_parts.h"

#include <stddef.h>
#include <string.h>

size_t ess_worker_bytes(const struct ess_peer_config *config) {
    const struct ess_policies *policies = config->policies;
    return sizeof(struct ess_worker) + ess_executor_stream_bytes(policies->plan, policies->chooser,
                                           (uint32_t)policies->peer.operations);
}

void ess_worker_init(struct ess_worker *worker, const struct ess_peer_config *config) {
    const struct ess_policies *policies = config->policies;
    const struct ess_executor_limits limits = {
        .window = (uint32_t)policies->peer.window,
        .in_flight = (uint32_t)policies->peer.operations,
        .rounds_most = (uint32_t)policies->peer.open_rounds,
        .segment_bytes = (uint64_t)policies->peer.segment_bytes,
        .retry_delay_ns = policies->peer.retry_delay_ns,
    };
    memset(worker, 0, offsetof(struct ess_worker, executor)); /* which clears itself */
    worker->config = *config;
    worker->incarnation = config->incarnation << 16;
    worker->phase = ESS_WORKER_SEEKING;
    worker->suspect = ESS_NONE;
    worker->next_beat_ns = ESS_TIME_NEVER;
    ess_executor_init(&worker->executor,
        (struct ess_plan_choice){policies->plan, policies->plan_settings}, policies->chooser,
        config->job->element_bytes, &limits, worker + 1);
    ess_transfer_slots_reset(&worker->fetch);
    ess_transfer_slots_reset(&worker->serve);
    ess_worker_note_retry(worker);
}

/* ---- steps ------------------------------------------------------------------------------------
 */

static void begin_step(struct ess_worker *worker, uint64_t step, struct ess_actions *actions) {
    worker->step = step;
    worker->phase = ESS_WORKER_MEMBER;
    worker->begun = 0;
    worker->complete = 0;
    worker->step_done = false;
    ess_worker_begin_work(worker);
    ess_worker_begin_state(worker);
    ess_actions_report(actions, ESS_REPORT_STEP_BEGUN, step, worker->view->epoch);
}

/* The group has agreed on this step: its results may change the parameters. */
static void commit_step(struct ess_worker *worker, struct ess_actions *actions) {
    ESS_ASSERT(worker->view);
    ESS_ASSERT(worker->complete == ess_worker_all_buckets(worker));
    ESS_ASSERT(!ess_worker_is_applying(worker));
    worker->apply_step = worker->step;
    worker->apply_pending = ess_worker_all_buckets(worker);
    ess_actions_report(actions, ESS_REPORT_STEP_COMMITTED, worker->step, worker->view->epoch);
}

static void take_complete(struct ess_worker *worker, uint8_t bucket, struct ess_actions *actions) {
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_REPORT);
    worker->complete |= UINT64_C(1) << bucket;
    worker->bucket_epoch[bucket] = worker->view->epoch;
    worker->bucket_divisor[bucket] = ess_view_contributors(worker->view, worker->step);
    action->report = (struct ess_report){
        .kind = ESS_REPORT_OPERATION_TENTATIVE,
        .step = worker->step,
        .operation = bucket,
        .epoch = worker->view->epoch,
    };
}

static void begin_operation(
    struct ess_worker *worker, uint32_t bucket, struct ess_actions *actions) {
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_REPORT);
    worker->begun |= UINT64_C(1) << bucket;
    ess_executor_begin(&worker->executor, (uint8_t)bucket, worker->step << 6 | bucket,
        &worker->config.job->collective,
        ess_job_bucket(worker->config.job, ESS_REGION_INPUT, bucket));
    action->report = (struct ess_report){
        .kind = ESS_REPORT_OPERATION_BEGUN,
        .step = worker->step,
        .operation = bucket,
        .epoch = worker->view->epoch,
    };
}

/* Operations begin in the same order on every peer, which with a bound on those in flight is what
 * keeps peers from waiting for each other in a circle. */
static bool begin_operations(struct ess_worker *worker, struct ess_actions *actions) {
    uint64_t left = ess_worker_all_buckets(worker) & ~worker->begun;
    for (uint32_t bucket = 0; left != 0 && ess_executor_has_room(&worker->executor); bucket++) {
        if (!(left >> bucket & 1)) {
            continue;
        }
        if (!(worker->released >> bucket & 1)) {
            return true;
        }
        if (ess_actions_room(actions) == 0) {
            return false;
        }
        left &= ~(UINT64_C(1) << bucket);
        begin_operation(worker, bucket, actions);
    }
    return true;
}

static bool pump_operations(struct ess_worker *worker, struct ess_actions *actions) {
    bool again = true;
    if (worker->phase != ESS_WORKER_MEMBER || ess_worker_is_applying(worker) ||
        ess_executor_is_settling(&worker->executor)) {
        return true; /* surveyed; or the results are still being read, or written */
    }
    while (again) {
        uint8_t bucket;
        again = false;
        if (!begin_operations(worker, actions) || !ess_executor_pump(&worker->executor, actions)) {
            return false;
        }
        if (ess_actions_room(actions) == 0) {
            return false;
        }
        if (ess_executor_next_complete(&worker->executor, &bucket)) {
            take_complete(worker, bucket, actions);
            again = true;
        }
    }
    return true;
}

static void check_step_done(struct ess_worker *worker) {
    const struct ess_policies *policies = ess_worker_policies(worker);
    uint32_t pieces = policies->training->pieces(policies->training_settings, worker->config.job);
    bool worked = ess_worker_is_fetching(worker) || worker->pieces_done == pieces;
    if (worker->phase != ESS_WORKER_MEMBER || worker->step_done || !worked ||
        worker->complete != ess_worker_all_buckets(worker) || !ess_worker_holds_state(worker)) {
        return;
    }
    worker->step_done = true;
    worker->beat = true;
}

/* ---- what the coordinator says ----------------------------------------------------------------
 */

/* Seek the group again, as a new life. */
static void leave_group(struct ess_worker *worker, int64_t now_ns) {
    worker->phase = ESS_WORKER_SEEKING;
    worker->cancel = true;
    worker->incarnation++;
    worker->beat = true;
    worker->work_generation++;
    worker->coordinator_heard_ns = now_ns;
}

static void report_aborted(
    struct ess_worker *worker, uint64_t redone, struct ess_actions *actions) {
    uint32_t count = 0;
    for (; redone != 0; redone &= redone - 1) {
        count++;
    }
    ess_actions_report(actions, ESS_REPORT_ATTEMPT_ABORTED, worker->step, worker->view->epoch);
    actions->items[actions->count - 1].report.count = count;
}

static void recover_step(struct ess_worker *worker, struct ess_actions *actions) {
    const struct ess_view *view = worker->view;
    worker->step_done = false;
    ess_worker_begin_state(worker);
    if (worker->zeroed && !ess_worker_is_fetching(worker)) {
        ess_worker_begin_work(worker); /* the group has formed anew: this one contributes now */
    }
    if (view->mode == ESS_VIEW_SURVEY) {
        worker->phase = ESS_WORKER_SURVEYED;
        worker->beat = true;
        return;
    }
    worker->phase = ESS_WORKER_MEMBER;
    report_aborted(worker, worker->begun, actions);
    worker->complete = 0;
    worker->begun = 0;
}

static void on_view(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions) {
    const struct ess_view *view = event->view;
    bool member = worker->phase != ESS_WORKER_SEEKING;
    worker->coordinator_heard_ns = event->now_ns;
    if (worker->view && view->epoch <= worker->view->epoch) {
        return;
    }
    if (member && view->committed == worker->step) {
        commit_step(worker, actions);
    }
    worker->view = view;
    worker->rank = ess_view_rank(view, worker->config.self, worker->incarnation);
    if (worker->rank == ESS_NONE) {
        if (member) {
            leave_group(worker, event->now_ns);
        }
        return; /* else it is meant for an earlier life of this peer */
    }
    worker->cancel = true;
    ess_executor_enter(&worker->executor, view, worker->rank);
    if (!member || view->step != worker->step) {
        begin_step(worker, view->step, actions);
        if (view->mode != ESS_VIEW_SURVEY) {
            return;
        }
    }
    recover_step(worker, actions);
}

static void on_step(
    struct ess_worker *worker, const struct ess_control *control, struct ess_actions *actions) {
    bool next = worker->phase == ESS_WORKER_MEMBER && control->epoch == worker->view->epoch &&
                control->step == worker->step + 1;
    if (!next) {
        return;
    }
    commit_step(worker, actions);
    begin_step(worker, control->step, actions);
}

static void on_resume(
    struct ess_worker *worker, const struct ess_control *control, struct ess_actions *actions) {
    if (worker->phase != ESS_WORKER_SURVEYED || control->epoch != worker->view->epoch) {
        return;
    }
    worker->phase = ESS_WORKER_MEMBER;
    worker->complete &= control->bits;
    report_aborted(worker, worker->begun & ~worker->complete, actions);
    worker->begun = worker->complete;
}

static void on_finish(
    struct ess_worker *worker, const struct ess_control *control, struct ess_actions *actions) {
    if (worker->phase != ESS_WORKER_MEMBER || control->epoch != worker->view->epoch ||
        control->step != worker->step || !worker->step_done) {
        return;
    }
    commit_step(worker, actions);
    worker->phase = ESS_WORKER_FINISHING;
}

static enum ess_step_result finish(
    struct ess_worker *worker, enum ess_status status, struct ess_actions *actions) {
    struct ess_control leave = {
        .kind = ESS_CONTROL_LEAVE,
        .incarnation = worker->incarnation,
    };
    ess_actions_add(actions, ESS_ACTION_CANCEL)->epoch = UINT32_MAX;
    ess_control_add(actions, worker->config.coordinator, &leave);
    ess_actions_add(actions, ESS_ACTION_DONE)->status = status;
    return ESS_DONE;
}

static enum ess_step_result on_evicted(struct ess_worker *worker, const struct ess_event *event,
    const struct ess_control *control, struct ess_actions *actions) {
    if (control->incarnation != worker->incarnation || worker->phase == ESS_WORKER_FINISHING) {
        return ESS_WAIT;
    }
    if (worker->phase == ESS_WORKER_SEEKING) {
        leave_group(worker, event->now_ns);
        return ESS_WAIT;
    }
    ess_actions_report(actions, ESS_REPORT_EVICTED, worker->step, worker->view->epoch);
    if (!worker->config.rejoin) {
        return finish(worker, ESS_STATUS_EVICTED, actions);
    }
    leave_group(worker, event->now_ns);
    return ESS_WAIT;
}

/* A coordinator that lost its memory cannot go on with the job: for its workers it is gone. */
static bool is_other_life(struct ess_worker *worker, uint32_t life) {
    if (worker->coordinator_life == 0) {
        worker->coordinator_life = life;
    }
    return worker->coordinator_life != life;
}

static enum ess_step_result on_message(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions) {
    struct ess_control control;
    if (event->peer != worker->config.coordinator ||
        !ess_control_decode(event->bytes, event->size, &control)) {
        return ESS_WAIT;
    }
    if (is_other_life(worker, control.other)) {
        return finish(worker, ESS_STATUS_COORDINATOR_LOST, actions);
    }
    worker->coordinator_heard_ns = event->now_ns;
    switch (control.kind) {
    case ESS_CONTROL_STEP:
        on_step(worker, &control, actions);
        return ESS_WAIT;
    case ESS_CONTROL_RESUME:
        on_resume(worker, &control, actions);
        return ESS_WAIT;
    case ESS_CONTROL_FINISH:
        on_finish(worker, &control, actions);
        return ESS_WAIT;
    case ESS_CONTROL_EVICTED:
        return on_evicted(worker, event, &control, actions);
    default:
        return ESS_WAIT;
    }
}

/* ---- time -------------------------------------------------------------------------------------
 */

/* Patience, and no detector: without the coordinator a member can do nothing, so it loses nothing
 * by staying what it is until it is told otherwise. */
static int64_t coordinator_lost_at(const struct ess_worker *worker) {
    return worker->coordinator_heard_ns + ess_worker_policies(worker)->peer.patience_ns;
}

static enum ess_step_result on_deadline(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions) {
    int64_t now_ns = event->now_ns;
    ess_executor_deadline(&worker->executor, now_ns);
    if (now_ns >= worker->state_retry_ns) {
        ess_transfer_slots_deadline(&worker->fetch, now_ns);
        ess_transfer_slots_deadline(&worker->serve, now_ns);
        ess_worker_note_retry(worker);
    }
    if (now_ns >= worker->next_beat_ns) {
        worker->beat = true;
    }
    if (now_ns < coordinator_lost_at(worker)) {
        return ESS_WAIT;
    }
    if (worker->phase == ESS_WORKER_FINISHING) {
        return ESS_WAIT; /* nothing is needed of it any more */
    }
    return finish(worker, ESS_STATUS_COORDINATOR_LOST, actions);
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

int64_t ess_worker_next_deadline(const struct ess_worker *worker) {
    int64_t at = earlier(worker->next_beat_ns, worker->executor.retry_ns);
    at = earlier(at, worker->state_retry_ns);
    if (worker->phase == ESS_WORKER_FINISHING) {
        return at;
    }
    return earlier(at, coordinator_lost_at(worker));
}

/* ---- the step ---------------------------------------------------------------------------------
 */

static bool pump_cancel(struct ess_worker *worker, struct ess_actions *actions) {
    if (!worker->cancel) {
        return true;
    }
    if (ess_actions_room(actions) == 0) {
        return false;
    }
    worker->cancel = false;
    ess_actions_add(actions, ESS_ACTION_CANCEL)->epoch =
        worker->view ? worker->view->epoch + (worker->phase == ESS_WORKER_SEEKING) : UINT32_MAX;
    return true;
}

static enum ess_step_result pump(
    struct ess_worker *worker, int64_t now_ns, struct ess_actions *actions) {
    bool member = worker->phase != ESS_WORKER_SEEKING;
    bool all = pump_cancel(worker, actions) && ess_worker_pump_apply(worker, actions);
    if (member && worker->phase != ESS_WORKER_FINISHING) {
        all = all && ess_worker_pump_work(worker, actions) &&
              ess_worker_pump_state(worker, actions) && pump_operations(worker, actions);
        if (all) {
            check_step_done(worker);
        }
    }
    all = all && ess_worker_pump_messages(worker, now_ns, actions);
    if (!all || ess_actions_room(actions) < 3) {
        return all && worker->phase != ESS_WORKER_FINISHING ? ESS_WAIT : ESS_MORE;
    }
    if (worker->phase == ESS_WORKER_FINISHING && !ess_worker_is_applying(worker)) {
        return finish(worker, ESS_STATUS_COMPLETE, actions);
    }
    return ESS_WAIT;
}

/* The end of a transfer of an all-reduce, which is nearly all that happens to a worker in a large
 * group: unless it fails, or completes the operation, only the executor can have anything to do. */
static enum ess_step_result on_transfer(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions) {
    uint64_t complete = worker->complete;
    bool settling = ess_executor_is_settling(&worker->executor);
    struct ess_executor_result result = ess_executor_event(&worker->executor, event);
    if (result.suspect != ESS_NONE) {
        worker->suspect = result.suspect;
    }
    if (result.suspect != ESS_NONE || settling) {
        return pump(worker, event->now_ns, actions);
    }
    if (!pump_operations(worker, actions)) {
        return ESS_MORE;
    }
    return worker->complete == complete ? ESS_WAIT : pump(worker, event->now_ns, actions);
}

static void on_other_end(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions) {
    uint32_t slot = (uint32_t)(event->token >> 25 & 0x7f);
    if (slot == ESS_TOKEN_FETCH || slot == ESS_TOKEN_SERVE) {
        ess_worker_state_event(worker, event, actions);
        return;
    }
    ess_worker_work_finished(worker, event, actions);
}

enum ess_step_result ess_worker_step(
    struct ess_worker *worker, const struct ess_event *event, struct ess_actions *actions) {
    enum ess_step_result result = ESS_WAIT;
    switch (event->kind) {
    case ESS_EVENT_START:
        worker->coordinator_heard_ns = event->now_ns;
        worker->beat = true;
        break;
    case ESS_EVENT_CONTINUE:
        break;
    case ESS_EVENT_MESSAGE:
        result = on_message(worker, event, actions);
        break;
    case ESS_EVENT_VIEW:
        if (is_other_life(worker, event->view->life)) {
            result = finish(worker, ESS_STATUS_COORDINATOR_LOST, actions);
            break;
        }
        on_view(worker, event, actions);
        break;
    case ESS_EVENT_FINISHED:
    case ESS_EVENT_FAILED:
        if ((event->token >> 25 & 0x7f) < ESS_STREAMS_MAX) {
            return on_transfer(worker, event, actions);
        }
        on_other_end(worker, event, actions);
        break;
    case ESS_EVENT_DEADLINE:
        result = on_deadline(worker, event, actions);
        break;
    case ESS_EVENT_RESET:
        /* What it cost comes as failed transfers; the coordinator is waited for in any case. */
        break;
    case ESS_EVENT_STOP:
        result = finish(worker, ESS_STATUS_LEFT, actions);
        break;
    }
    return result == ESS_DONE ? ESS_DONE : pump(worker, event->now_ns, actions);
}
