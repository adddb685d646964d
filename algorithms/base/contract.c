/* SPDX-License-Identifier: Apache-2.0 */
#include "base/contract.h"

#include <string.h>

struct ess_action *ess_actions_add(struct ess_actions *actions, enum ess_action_kind kind) {
    struct ess_action *action = &actions->items[actions->count++];
    memset(action, 0, sizeof *action);
    action->kind = kind;
    return action;
}

uint32_t ess_actions_room(const struct ess_actions *actions) {
    return ESS_ACTIONS_CAPACITY - actions->count;
}

void ess_actions_report(
    struct ess_actions *actions, enum ess_report_kind kind, uint64_t step, uint32_t epoch) {
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_REPORT);
    action->report.kind = kind;
    action->report.step = step;
    action->report.epoch = epoch;
}
