/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_ENTRY_H
#define ESS_SIM_ENGINE_ENTRY_H

/* What the parts of the event queue sort: when, in which order, and whose. Orders are unique, so
 * no two entries compare equal. 24 bytes. */

#include <stdbool.h>
#include <stdint.h>

struct ess_entry {
    int64_t time_ns;
    uint64_t order; /* class in the upper 8 bits, sequence below */
    uint32_t slot;  /* of what the event carries, see slots.h */
};

static inline uint8_t ess_order_class(uint64_t order) {
    return (uint8_t)(order >> 56);
}

/* Written without a branch, which could not be predicted. */
static inline bool ess_entry_before(const struct ess_entry *a, const struct ess_entry *b) {
    return (a->time_ns < b->time_ns) | ((a->time_ns == b->time_ns) & (a->order < b->order));
}

#endif
