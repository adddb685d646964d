/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_WORLD_CHOSEN_H
#define ESS_WORLD_CHOSEN_H

/* What a scenario chooses, in the form in which peers take it. */

#include "peer/config.h"
#include "sim/scenario/scenario.h"

/* Its policies with their settings, which stay the scenario's. `chooser` is filled in; they refer
 * to it. */
struct ess_policies ess_world_policies(
    const struct ess_scenario *scenario, struct ess_chooser *chooser);

/* The operation of a service of collectives. A barrier is an all-reduce of nothing. */
struct ess_collective ess_world_collective(const struct ess_scenario_collectives *collectives);

#endif
