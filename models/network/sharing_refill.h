/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SHARING_REFILL_H
#define ESS_MODELS_NETWORK_SHARING_REFILL_H

/* The sharing solver's way out when a resolution takes too many steps: progressive filling
 * (Bertsekas and Gallager, section 6.5.2) over the classes of every component of links and classes
 * that contains a dirty link. O(hops log links), ends for certain, leaves nothing dirty. */

#include "models/network/sharing_state.h"

void ess_sharing_refill(struct ess_sharing *s);

#endif
