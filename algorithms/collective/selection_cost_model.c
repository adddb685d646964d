/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of least predicted seconds over measured pairs (collective/cost.h: model, range of
 * validity, known bias). Of equals the first of ess_cost_candidates. NULL where every candidate
 * needs a pair that does not reach. O(candidates x p^2) a query. */
#include "collective/cost.h"

static const struct ess_parameter parameters[] = {
    {"segment", ESS_PARAMETER_SIZE, 524288, 1, 1e12,
        "bytes of a segment of the chain; the same as the executor's",
        offsetof(struct ess_cost_settings, segment_bytes)},
    ESS_PARAMETER_END,
};

static const char *select(const void *settings, const struct ess_selection_query *query) {
    const char *best = NULL;
    double least = __builtin_inf();
    for (const struct ess_cost_candidate *c = ess_cost_candidates; c->plan; c++) {
        double seconds = ess_cost_predict(c->plan, settings, query);
        if (seconds < least) {
            least = seconds;
            best = c->plan;
        }
    }
    return best;
}

const struct ess_selection_type ess_selection_cost_model = {
    .name = "cost_model",
    .summary = "least predicted time over measured pairs; knows no shared links and no tree plans",
    .source = "Hockney, Parallel Computing 20(3), 1994; Thakur, Rabenseifner, Gropp, IJHPCA 2005",
    .parameters = parameters,
    .settings_bytes = sizeof(struct ess_cost_settings),
    .select = select,
};
