/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_ROUTES_H
#define ESS_MODELS_NETWORK_ROUTES_H

#include "models/network/topology.h"

/* Fill the route tables of `topology`: for each pair of sites the way of lowest delay. False on
 * lack of memory in igraph. */
bool ess_routes_compute(struct ess_topology *topology, struct ess_arena *arena);

#endif
