/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_RUN_RESULTS_H
#define ESS_COMMANDS_RUN_RESULTS_H

/* From a loaded scenario to the runs that it asks for, and from their outcomes to results. */

#include "analysis/results.h"
#include "sim/commands/batch.h"
#include "sim/commands/loading.h"

/* Replications of each variant: what the scenario says, or one where nothing differs between them,
 * since replications of one world are one observation. */
size_t ess_run_replications(const struct ess_loaded *loaded);

/* All runs, [variant][replication]; freed by ess_batch_free and free. */
struct ess_batch_item *ess_run_items(const struct ess_loaded *loaded);

/* Results with the metrics that are about a service of the scenario, its variants, choices and
 * transfers; nothing run yet. `loaded` must outlive them. Freed by ess_results_free. */
struct ess_results *ess_run_results_declare(const struct ess_loaded *loaded);

/* Fill in how the runs went, and judge the scenario's expectations. */
void ess_run_results_take(struct ess_results *results, const struct ess_loaded *loaded,
    const struct ess_batch_item *items);

#endif
