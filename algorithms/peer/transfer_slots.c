/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/transfer_slots.h"

#include <string.h>

void ess_transfer_slots_reset(struct ess_transfer_slots *set) {
    memset(set, 0, sizeof *set);
    set->retry_ns = ESS_TIME_NEVER;
}

bool ess_transfer_slots_full(const struct ess_transfer_slots *set) {
    return set->used == ESS_TRANSFER_SLOTS;
}

void ess_transfer_slots_add(
    struct ess_transfer_slots *set, uint32_t peer, uint32_t rank, uint32_t stripe) {
    struct ess_transfer_slot *slot = set->slots;
    while (slot->state != ESS_SLOT_FREE) {
        slot++;
    }
    *slot = (struct ess_transfer_slot){ESS_SLOT_DUE, peer, rank, stripe};
    set->used++;
}

bool ess_transfer_slots_event(struct ess_transfer_slots *set, uint32_t index,
    const struct ess_event *event, int64_t retry_delay_ns, uint32_t *stripe) {
    struct ess_transfer_slot *slot = &set->slots[index];
    if (slot->state != ESS_SLOT_POSTED) {
        return false;
    }
    if (event->kind == ESS_EVENT_FAILED) {
        slot->state = ESS_SLOT_HELD;
        if (set->retry_ns == ESS_TIME_NEVER) {
            set->retry_ns = event->now_ns + retry_delay_ns;
        }
        return false;
    }
    slot->state = ESS_SLOT_FREE;
    set->used--;
    *stripe = slot->stripe;
    return true;
}

void ess_transfer_slots_deadline(struct ess_transfer_slots *set, int64_t now_ns) {
    if (now_ns < set->retry_ns) {
        return;
    }
    set->retry_ns = ESS_TIME_NEVER;
    for (uint32_t i = 0; i < ESS_TRANSFER_SLOTS; i++) {
        if (set->slots[i].state == ESS_SLOT_HELD) {
            set->slots[i].state = ESS_SLOT_DUE;
        }
    }
}
