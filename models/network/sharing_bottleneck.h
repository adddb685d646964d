/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SHARING_BOTTLENECK_H
#define ESS_MODELS_NETWORK_SHARING_BOTTLENECK_H

/* A class of the sharing solver and its bottleneck: choosing one, changing it. Flows are never
 * touched, except when virtual time has grown so far that its rounding would show. */

#include "models/network/sharing_state.h"

/* Choose a bottleneck for a class whose first flow is about to start, by estimate: a wrong guess
 * costs a move, never exactness. The class enters the lists of its entries without weight. */
void ess_sharing_attach(struct ess_sharing *s, int32_t class);

/* Add weight to (or take it from) all the links on the path. */
void ess_sharing_reweigh(struct ess_sharing *s, int32_t class, double weight);

/* The class leaves its bottleneck for `link`, which is on its path. O(hops + log classes). */
void ess_sharing_move(struct ess_sharing *s, int32_t class, int32_t link);

/* All the classes of an entry move. */
void ess_sharing_move_group(struct ess_sharing *s, int32_t entry, int32_t link);

/* Start the virtual time of the link and of its classes anew at 0. O(flows), but needed only once
 * in SHARING_SERVICE_MOST bytes. */
void ess_sharing_rebase(struct ess_sharing *s, int32_t link);

#endif
