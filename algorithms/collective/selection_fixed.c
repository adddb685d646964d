/* SPDX-License-Identifier: Apache-2.0 */
/* The plan that the scenario names, for every call. */
#include "collective/selection.h"

static const char *select(const void *settings, const struct ess_selection_query *query) {
    (void)settings;
    return query->configured;
}

const struct ess_selection_type ess_selection_fixed = {
    .name = "fixed",
    .summary = "the plan that the scenario names, whatever the call",
    .source = "the owner's choice",
    .select = select,
};
