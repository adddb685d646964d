/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_UNUSED_H
#define ESS_SCENARIO_UNUSED_H

#include <stdio.h>

#include "sim/scenario/scenario.h"

/* Say on `out`, once for each field, which fields of links the scenario sets although its network
 * model does not look at them: the results are then those of a scenario without. Returns how many
 * lines were written. O(links). */
int ess_scenario_warn_unused(const struct ess_scenario *scenario, FILE *out);

#endif
