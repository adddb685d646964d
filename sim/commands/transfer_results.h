/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_TRANSFER_RESULTS_H
#define ESS_COMMANDS_TRANSFER_RESULTS_H

/* From the plain transfers of a scenario and of a world's outcome to those of the results. */

#include "analysis/results.h"
#include "sim/world/world.h"

/* Say which transfers a variant has; nothing where it has none. The scenario must outlive the
 * results. */
void ess_transfer_results_declare(
    struct ess_results *results, size_t variant, const struct ess_scenario *scenario);

/* How they went in one replication. */
void ess_transfer_results_take(const struct ess_results *results, size_t variant,
    size_t replication, const struct ess_world_outcome *outcome);

#endif
