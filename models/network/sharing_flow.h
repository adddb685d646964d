/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SHARING_FLOW_H
#define ESS_MODELS_NETWORK_SHARING_FLOW_H

/* Life of the sharing solver's single flows (the public functions are in sharing.h). */

#include "models/network/sharing_state.h"

ess_sharing_flow_id ess_sharing_flow_id_of(const struct ess_sharing *s, int32_t flow);

/* Take the flow out of its class, which may be freed by it, and out of the solver. `bytes` is what
 * it delivered while it was in that class. */
void ess_sharing_end_flow(struct ess_sharing *s, int32_t flow, double bytes);

#endif
