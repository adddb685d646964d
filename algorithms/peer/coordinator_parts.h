/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_COORDINATOR_PARTS_H
#define ESS_PEER_COORDINATOR_PARTS_H

/* The parts of the coordinator, each in its own file; only coordinator*.c include this. */

#include "peer/coordinator.h"

static inline const struct ess_policies *ess_coordinator_policies(
    const struct ess_coordinator *coordinator) {
    return coordinator->config.policies;
}

static inline int64_t ess_coordinator_earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* When the candidate counts as lost unless it is heard before. */
static inline int64_t ess_coordinator_lost_at(
    const struct ess_coordinator *coordinator, const struct ess_candidate *candidate) {
    const struct ess_policies *policies = ess_coordinator_policies(coordinator);
    return policies->detector->lost_at_ns(policies->detector_settings, &candidate->watch);
}

/* coordinator.c */
void ess_coordinator_report(struct ess_actions *actions, enum ess_report_kind kind, uint32_t peer,
    const struct ess_coordinator *coordinator);
void ess_coordinator_forget_outbox(
    struct ess_coordinator *coordinator, struct ess_candidate *candidate);

/* coordinator_view.c: compose the next view from the standings; `mode` tells its members what to
 * do. */
void ess_coordinator_compose(struct ess_coordinator *coordinator, enum ess_view_mode mode);

/* coordinator_members.c */
void ess_coordinator_lose(
    struct ess_coordinator *coordinator, uint32_t peer, struct ess_actions *actions);
void ess_coordinator_on_join(struct ess_coordinator *coordinator, const struct ess_event *event,
    const struct ess_control *control, struct ess_actions *actions);
void ess_coordinator_on_suspect(struct ess_coordinator *coordinator, const struct ess_event *event,
    const struct ess_control *control);
void ess_coordinator_on_deadline(struct ess_coordinator *coordinator, const struct ess_event *event,
    struct ess_actions *actions);
void ess_coordinator_on_reset(struct ess_coordinator *coordinator, const struct ess_event *event);

#endif
