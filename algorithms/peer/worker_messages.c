/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker says to the coordinator. */
#include "peer/worker_parts.h"

/* What this worker has to say depends on its phase alone; repeating it is harmless. */
static struct ess_control current_message(const struct ess_worker *worker) {
    struct ess_control control = {
        .answer = true,
        .incarnation = worker->incarnation,
        .site = worker->config.site,
        .step = worker->step,
        .epoch = worker->view ? worker->view->epoch : 0,
    };
    if (worker->phase == ESS_WORKER_SEEKING) {
        control.kind = ESS_CONTROL_JOIN;
        return control;
    }
    if (worker->phase == ESS_WORKER_SURVEYED) {
        control.kind = ESS_CONTROL_SURVEYED;
        control.bits = worker->complete;
        return control;
    }
    control.kind = worker->step_done ? ESS_CONTROL_STEP_DONE : ESS_CONTROL_HEARTBEAT;
    control.bits = worker->fetched;
    return control;
}

bool ess_worker_pump_messages(
    struct ess_worker *worker, int64_t now_ns, struct ess_actions *actions) {
    const struct ess_policies *policies = worker->config.policies;
    if (ess_actions_room(actions) < 2) {
        return !worker->beat && worker->suspect == ESS_NONE;
    }
    if (worker->beat) {
        struct ess_control control = current_message(worker);
        ess_control_add(actions, worker->config.coordinator, &control);
        worker->beat = false;
        worker->next_beat_ns = now_ns + policies->detector->period_ns(policies->detector_settings);
    }
    if (worker->suspect != ESS_NONE) {
        struct ess_control control = {
            .kind = ESS_CONTROL_SUSPECT,
            .incarnation = worker->incarnation,
            .epoch = worker->view ? worker->view->epoch : 0,
            .other = worker->suspect,
        };
        ess_control_add(actions, worker->config.coordinator, &control);
        worker->suspect = ESS_NONE;
    }
    return true;
}
