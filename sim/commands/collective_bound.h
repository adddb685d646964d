/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_COLLECTIVE_BOUND_H
#define ESS_COMMANDS_COLLECTIVE_BOUND_H

/* The least time that a scenario's collective could take between all its machines, by the bounds of
 * analysis/bounds. It holds for the fluid network and for packets, which never carry more than
 * their links. */

#include "sim/world/world.h"

/* The last bound that was computed: variants mostly differ in policies, which change nothing of it.
 * Zeroed at first; freed by ess_collective_bound_fini. */
struct ess_collective_bound {
    const struct ess_scenario *scenario; /* whose bound it is: the same one is not asked again */
    struct ess_bound_network *network;
    uint32_t primitive, root;
    double bytes, seconds;
};

/* Fill outcome->bound_s and bound_members. Left 0 (not known) where the scenario has no
 * collectives, or a send or barrier, more than ESS_BOUND_MACHINES_MAX machines, or links that
 * change. */
#define ESS_BOUND_MACHINES_MAX 256
void ess_collective_bound_take(struct ess_collective_bound *last,
    const struct ess_scenario *scenario, struct ess_world_outcome *outcome);
void ess_collective_bound_fini(struct ess_collective_bound *last);

#endif
