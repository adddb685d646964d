/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_METRICS_H
#define ESS_COMMANDS_METRICS_H

/* From the outcome of a world to the metrics of results.json: one table. */

#include "analysis/results.h"
#include "sim/world/world.h"

struct ess_metric {
    const char *name;
    const char *unit; /* base unit */
    enum ess_better better;
    unsigned services; /* that it is about, ESS_SERVICE_BIT() of each kind */
    const char *title; /* column of the table; NULL: not shown there */
    const char *meaning;
    double (*value)(const struct ess_world_outcome *outcome); /* NaN: not defined */
};

#define ESS_SERVICE_BIT(kind) (1u << (kind))

/* Ends with an entry whose name is NULL. */
extern const struct ess_metric ess_metrics[];

/* Whether the scenario has a service that the metric is about; results hold no others. */
bool ess_metric_applies(const struct ess_metric *metric, const struct ess_scenario *scenario);

/* Their names, NULL at the end. */
const char *const *ess_metric_names(void);

#endif
