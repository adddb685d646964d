/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_WORLD_NETWORK_H
#define ESS_WORLD_NETWORK_H

/* From a scenario's sites and WAN to the topology that the models run on. */

#include "models/network/topology.h"
#include "sim/scenario/scenario.h"

struct ess_arena;

/* Hosts in the scenario's order, then the coordinator; WAN links in the order of wan.all_links.
 * Everything lives in `arena`. O(hosts + links); ways are found when they are asked for. */
void ess_world_topology(
    const struct ess_scenario *scenario, struct ess_arena *arena, struct ess_topology *topology);

#endif
