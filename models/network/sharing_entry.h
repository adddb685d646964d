/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SHARING_ENTRY_H
#define ESS_MODELS_NETWORK_SHARING_ENTRY_H

/* Entries (at, bottleneck): how the links of the sharing solver know of each other (see
 * sharing_state.h), and what changes when a link becomes saturated or stops being so. */

#include "models/network/sharing_state.h"

/* The entry, found or made, with one more reference. Amortised O(1). */
int32_t ess_sharing_entry_get(struct ess_sharing *s, int32_t at, int32_t bottleneck);
void ess_sharing_entry_put(struct ess_sharing *s, int32_t entry);

/* Change the entry's weight; keeps the load of a saturated link or the guards of an unsaturated
 * one in step and marks links that must be looked at. O(log of guards). */
void ess_sharing_entry_add(struct ess_sharing *s, int32_t entry, double weight);

/* The list of classes of an entry. */
void ess_sharing_entry_link_hop(struct ess_sharing *s, int32_t entry, int32_t hop);
void ess_sharing_entry_unlink_hop(struct ess_sharing *s, int32_t hop);

/* First classes are about to have their bottleneck at the link, with this level; its entries stop
 * being guarded and are informed instead. And back. */
void ess_sharing_saturate(struct ess_sharing *s, int32_t link, double level);
void ess_sharing_unsaturate(struct ess_sharing *s, int32_t link);

/* Set all the thresholds of an unsaturated link whose row has this load: half of its slack becomes
 * thresholds above the present levels, half reserve. */
void ess_sharing_guard(struct ess_sharing *s, int32_t link, double load);

#endif
