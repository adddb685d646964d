/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_WORLD_DECLARED_H
#define ESS_WORLD_DECLARED_H

/* What owners know of the network beforehand, told to the coordinator where its policies ask for
 * it: for each pair what one transfer gets alone (the narrowest link of its way) and the one-way
 * delay, and each machine's access line. Simplification: they know the truth, as it is at the start
 * of the run; links that change later, and links that several pairs share, are not told. */

#include "models/network/topology.h"
#include "routing/matrix.h"
#include "sim/scenario/scenario.h"

struct ess_arena;

/* By host, the coordinator last; 0 for pairs without a way. `topology` is the scenario's
 * (ess_world_topology), which keeps the ways that are found; all else is in `arena`.
 * O(hosts^2 x links of a way). */
const struct ess_pair_matrix *ess_declare_matrix(
    const struct ess_scenario *scenario, struct ess_topology *topology, struct ess_arena *arena);

#endif
