/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/transfer_slots.h"

#define ALL_SLOTS ((UINT32_C(1) << ESS_TRANSFER_SLOTS) - 1)

/* What a free slot holds does not matter, so that a process which starts clears nothing else. */
void ess_transfer_slots_reset(struct ess_transfer_slots *set) {
    set->due = set->posted = set->held = 0;
    set->retry_ns = ESS_TIME_NEVER;
}

bool ess_transfer_slots_full(const struct ess_transfer_slots *set) {
    return ess_transfer_slots_used(set) == ALL_SLOTS;
}

void ess_transfer_slots_add(
    struct ess_transfer_slots *set, uint32_t peer, uint32_t rank, uint32_t stripe) {
    uint32_t index = (uint32_t)__builtin_ctz(~ess_transfer_slots_used(set));
    set->slots[index] = (struct ess_transfer_slot){peer, rank, stripe};
    set->due |= UINT32_C(1) << index;
}

bool ess_transfer_slots_event(struct ess_transfer_slots *set, uint32_t index,
    const struct ess_event *event, int64_t retry_delay_ns, uint32_t *stripe) {
    uint32_t bit = UINT32_C(1) << index;
    if (!(set->posted & bit)) {
        return false;
    }
    set->posted &= ~bit;
    if (event->kind == ESS_EVENT_FAILED) {
        set->held |= bit;
        if (set->retry_ns == ESS_TIME_NEVER) {
            set->retry_ns = event->now_ns + retry_delay_ns;
        }
        return false;
    }
    *stripe = set->slots[index].stripe;
    return true;
}

void ess_transfer_slots_deadline(struct ess_transfer_slots *set, int64_t now_ns) {
    if (now_ns < set->retry_ns) {
        return;
    }
    set->retry_ns = ESS_TIME_NEVER;
    set->due |= set->held;
    set->held = 0;
}
