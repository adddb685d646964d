/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_TRANSFER_SLOTS_H
#define ESS_PEER_TRANSFER_SLOTS_H

/* A bounded set of parameter stripes on their way, in one direction. A transfer that fails on a
 * broken connection is posted again after a while. */

#include "base/contract.h"

#define ESS_TRANSFER_SLOTS 16

struct ess_transfer_slot {
    uint32_t peer; /* at the other end */
    uint32_t rank; /* of the member that fetches */
    uint32_t stripe;
};

/* Bit i: slot i, which is in one of the three states, or free. */
struct ess_transfer_slots {
    uint32_t due, posted, held;
    int64_t retry_ns; /* ESS_TIME_NEVER: nothing is held */
    struct ess_transfer_slot slots[ESS_TRANSFER_SLOTS];
};

/* The slots that are not free. */
static inline uint32_t ess_transfer_slots_used(const struct ess_transfer_slots *set) {
    return set->due | set->posted | set->held;
}

void ess_transfer_slots_reset(struct ess_transfer_slots *set);

bool ess_transfer_slots_full(const struct ess_transfer_slots *set);

/* Take a free slot; it is due to be posted. The caller has checked that there is one. */
void ess_transfer_slots_add(
    struct ess_transfer_slots *set, uint32_t peer, uint32_t rank, uint32_t stripe);

/* Take in the end of the transfer in slot `index`. Returns true when it finished; `*stripe` then
 * tells which. A failure holds it until now + retry_delay_ns. */
bool ess_transfer_slots_event(struct ess_transfer_slots *set, uint32_t index,
    const struct ess_event *event, int64_t retry_delay_ns, uint32_t *stripe);

/* What is held becomes due when its time has come. */
void ess_transfer_slots_deadline(struct ess_transfer_slots *set, int64_t now_ns);

#endif
