/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/run_results.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "analysis/expectations.h"
#include "analysis/json_writer.h"
#include "sim/commands/collective_bound.h"
#include "sim/commands/metrics.h"
#include "sim/commands/transfer_results.h"
#include "sim/engine/arena.h"
#include "sim/version.h"

static const struct ess_scenario *first_scenario(const struct ess_loaded *loaded) {
    return loaded->variants[0].scenario;
}

size_t ess_run_replications(const struct ess_loaded *loaded) {
    for (size_t i = 0; i < loaded->count; i++) {
        if (ess_world_varies(loaded->variants[i].scenario, ess_loaded_trace(loaded, i))) {
            return (size_t)first_scenario(loaded)->measure.replications;
        }
    }
    return 1;
}

struct ess_batch_item *ess_run_items(const struct ess_loaded *loaded) {
    size_t replications = ess_run_replications(loaded), count = loaded->count * replications;
    struct ess_batch_item *items = calloc(count, sizeof *items);
    assert(count > 0);
    if (!items) {
        ess_out_of_memory(count, sizeof *items);
    }
    for (size_t i = 0; i < count; i++) {
        size_t variant = i / replications;
        items[i].scenario = loaded->variants[variant].scenario;
        items[i].trace = ess_loaded_trace(loaded, variant);
        items[i].replication = (uint32_t)(i % replications);
    }
    return items;
}

/* Whether a variant has a service that the metric is about. */
static bool applies(const struct ess_loaded *loaded, const struct ess_metric *metric) {
    for (size_t i = 0; i < loaded->count; i++) {
        if (ess_metric_applies(metric, loaded->variants[i].scenario)) {
            return true;
        }
    }
    return false;
}

struct ess_results *ess_run_results_declare(const struct ess_loaded *loaded) {
    const struct ess_scenario *scenario = first_scenario(loaded);
    struct ess_results *results = ess_results_new(scenario->name, scenario->seed, ESS_VERSION,
        scenario->measure.confidence, ess_run_replications(loaded));
    for (const struct ess_metric *metric = ess_metrics; metric->name; metric++) {
        if (applies(loaded, metric)) {
            ess_results_add_metric(results, metric->name, metric->unit, metric->better);
        }
    }
    for (size_t i = 0; i < loaded->count; i++) {
        const struct ess_scenario *variant = loaded->variants[i].scenario;
        size_t index = ess_results_add_variant(results, variant->variant_name);
        for (size_t c = 0; c < variant->choice_count; c++) {
            char *quoted = ess_json_quote(variant->choices[c].value);
            ess_results_add_choice(results, index, variant->choices[c].pointer, quoted);
            free(quoted);
        }
        ess_transfer_results_declare(results, index, variant);
    }
    return results;
}

/* How a replication ended, where that is worth a line: not for the two ways it should. */
static void take_state(struct ess_results *results, size_t variant, size_t replication,
    const struct ess_batch_item *item) {
    enum ess_world_end end = item->outcome.end;
    bool bound = end == ESS_WORLD_EVENT_BOUND || end == ESS_WORLD_WALL_BOUND;
    bool usual = end == ESS_WORLD_JOB_COMPLETE || end == ESS_WORLD_DURATION;
    char text[160];
    if (item->failure[0]) {
        ess_results_set_state(results, variant, replication, ESS_REPLICATION_FAILED, item->failure);
        return;
    }
    snprintf(text, sizeof text, "%s after %.6g s and %" PRIu64 " steps", ess_world_end_text(end),
        item->outcome.ended_s, item->outcome.steps);
    ess_results_set_state(results, variant, replication,
        bound || !usual ? ESS_REPLICATION_BOUND : ESS_REPLICATION_OK, usual ? NULL : text);
}

static void take_values(struct ess_results *results, size_t variant, size_t replication,
    const struct ess_world_outcome *outcome) {
    for (size_t m = 0; ess_metrics[m].name; m++) {
        size_t metric = ess_results_find_metric(results, ess_metrics[m].name);
        if (metric < results->metric_count) {
            ess_results_set_value(
                results, variant, metric, replication, ess_metrics[m].value(outcome));
        }
    }
    ess_transfer_results_take(results, variant, replication, outcome);
}

void ess_run_results_take(struct ess_results *results, const struct ess_loaded *loaded,
    const struct ess_batch_item *items) {
    const struct ess_scenario *scenario = first_scenario(loaded);
    struct ess_collective_bound bound = {.scenario = NULL};
    for (size_t i = 0; i < loaded->count * results->replication_count; i++) {
        size_t variant = i / results->replication_count;
        size_t replication = i % results->replication_count;
        if (!items[i].failure[0]) {
            struct ess_world_outcome outcome = items[i].outcome; /* what it points to stays there */
            ess_collective_bound_take(&bound, loaded->variants[variant].scenario, &outcome);
            take_values(results, variant, replication, &outcome);
        }
        take_state(results, variant, replication, &items[i]);
    }
    ess_collective_bound_fini(&bound);
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        ess_expectation_judge(results, &scenario->expectations[i]);
    }
}
