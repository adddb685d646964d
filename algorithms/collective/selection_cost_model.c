/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of least predicted seconds (collective/cost.h: model, range of validity, known bias). Of
 * equals the first of ess_cost_candidates. NULL where every candidate needs a pair that does not
 * reach.
 *
 * Over measured pairs where the query has them: O(candidates x p^2). The peers of a run do not ask
 * so: all must choose the same plan, and what was measured only the coordinator knows. They tell
 * neither a delay nor a time per byte, and the policy's own settings, alike between all, are taken:
 * O(candidates x p). Simplification: one slow pair, or a site far away, is not seen then. */
#include "collective/cost.h"

static const struct ess_parameter parameters[] = {
    {"segment", ESS_PARAMETER_SIZE, 524288, 1, 1e12,
        "bytes of a segment of the chain; the same as the executor's",
        offsetof(struct ess_cost_settings, segment_bytes)},
    {"delay", ESS_PARAMETER_TIME, 20e6, 0, 1e12,
        "between any two peers of a run, one way; grants and software included",
        offsetof(struct ess_cost_settings, delay_ns)},
    {"rate", ESS_PARAMETER_RATE, 12.5e6, 1, 1e15, "of any peer's line, up and down",
        offsetof(struct ess_cost_settings, rate_bytes_s)},
    ESS_PARAMETER_END,
};

static const char *const plans[] = {"ring", "recursive_doubling", "halving_doubling",
    "rabenseifner", "binomial", "chain", "butterfly", "direct", NULL};

static bool is_told(const struct ess_selection_query *query) {
    return query->delays_s || query->byte_s || query->delay_s != 0 || query->byte_s_uniform != 0;
}

static const char *select(const void *settings, const struct ess_selection_query *query) {
    const struct ess_cost_settings *own = settings;
    struct ess_selection_query filled = *query;
    const char *best = NULL;
    double least = __builtin_inf();
    if (!is_told(query)) {
        filled.delay_s = (double)own->delay_ns * 1e-9;
        filled.byte_s_uniform = 1 / own->rate_bytes_s;
    }
    for (const struct ess_cost_candidate *c = ess_cost_candidates; c->plan; c++) {
        double seconds = ess_cost_predict(c->plan, own, &filled);
        if (seconds < least) {
            least = seconds;
            best = c->plan;
        }
    }
    return best;
}

const struct ess_selection_type ess_selection_cost_model = {
    .name = "cost_model",
    .summary =
        "least predicted time; in a run with one delay and rate for all, no shared links, no trees",
    .source = "Hockney, Parallel Computing 20(3), 1994; Thakur, Rabenseifner, Gropp, IJHPCA 2005",
    .parameters = parameters,
    .settings_bytes = sizeof(struct ess_cost_settings),
    .plans = plans,
    .select = select,
};
