/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SHARING_CLASS_H
#define ESS_MODELS_NETWORK_SHARING_CLASS_H

/* Life of the sharing solver's classes and caps (the public functions are in sharing.h). */

#include "models/network/sharing_state.h"

/* Free the class if it has neither references nor flows left. */
void ess_sharing_class_collect(struct ess_sharing *s, int32_t class);

/* A link slot, new or used again. */
int32_t ess_sharing_take_link(struct ess_sharing *s, double capacity_bytes_per_s);

#endif
