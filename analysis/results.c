/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/results.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/result_transfers.h"

static void *must(void *memory) {
    if (memory == NULL) {
        fputs("essaim: out of memory while collecting results\n", stderr);
        abort();
    }
    return memory;
}

static char *copy_text(const char *text) {
    return text == NULL ? NULL : must(strdup(text));
}

/* Arrays here hold tens of entries and grow rarely, so they grow by one. */
static void *grown(void *array, size_t count, size_t entry_bytes) {
    return must(realloc(array, (count + 1) * entry_bytes));
}

struct ess_results *ess_results_new(const char *scenario, uint64_t seed, const char *version,
    double confidence, size_t replication_count) {
    assert(scenario != NULL);
    assert(version != NULL);
    assert(replication_count >= 1);
    assert(confidence > 0);
    assert(confidence < 1);
    struct ess_results *results = must(calloc(1, sizeof *results));
    results->scenario = copy_text(scenario);
    results->version = copy_text(version);
    results->seed = seed;
    results->confidence = confidence;
    results->replication_count = replication_count;
    return results;
}

static void variant_fini(struct ess_result_variant *variant, size_t replication_count) {
    for (size_t c = 0; c < variant->choice_count; c++) {
        free(variant->choices[c].pointer);
        free(variant->choices[c].value_json);
    }
    for (size_t r = 0; r < replication_count; r++) {
        free(variant->replications[r].text);
    }
    free(variant->name);
    free(variant->choices);
    free(variant->replications);
    free(variant->values);
    ess_result_transfers_free(variant->transfers);
}

void ess_results_free(struct ess_results *results) {
    if (results == NULL) {
        return;
    }
    for (size_t m = 0; m < results->metric_count; m++) {
        free(results->metrics[m].name);
        free(results->metrics[m].unit);
    }
    for (size_t v = 0; v < results->variant_count; v++) {
        variant_fini(&results->variants[v], results->replication_count);
    }
    for (size_t e = 0; e < results->expectation_count; e++) {
        free(results->expectations[e].text);
        free(results->expectations[e].measured);
    }
    free(results->metrics);
    free(results->variants);
    free(results->expectations);
    free(results->scenario);
    free(results->version);
    free(results);
}

size_t ess_results_add_metric(
    struct ess_results *results, const char *name, const char *unit, enum ess_better better) {
    assert(results->variant_count == 0);
    assert(ess_results_find_metric(results, name) == results->metric_count);
    size_t index = results->metric_count;
    results->metrics = grown(results->metrics, index, sizeof results->metrics[0]);
    results->metrics[index] = (struct ess_result_metric){copy_text(name), copy_text(unit), better};
    results->metric_count++;
    return index;
}

size_t ess_results_add_variant(struct ess_results *results, const char *name) {
    size_t index = results->variant_count;
    size_t cells = results->metric_count * results->replication_count;
    results->variants = grown(results->variants, index, sizeof results->variants[0]);
    struct ess_result_variant *variant = &results->variants[index];
    *variant = (struct ess_result_variant){.name = copy_text(name)};
    variant->replications =
        must(calloc(results->replication_count, sizeof variant->replications[0]));
    variant->values = must(malloc((cells + 1) * sizeof variant->values[0]));
    for (size_t i = 0; i < cells; i++) {
        variant->values[i] = NAN;
    }
    results->variant_count++;
    return index;
}

void ess_results_add_choice(
    struct ess_results *results, size_t variant, const char *pointer, const char *value_json) {
    assert(variant < results->variant_count);
    struct ess_result_variant *v = &results->variants[variant];
    v->choices = grown(v->choices, v->choice_count, sizeof v->choices[0]);
    v->choices[v->choice_count++] =
        (struct ess_result_choice){copy_text(pointer), copy_text(value_json)};
}

void ess_results_set_value(
    struct ess_results *results, size_t variant, size_t metric, size_t replication, double value) {
    assert(variant < results->variant_count);
    assert(metric < results->metric_count);
    assert(replication < results->replication_count);
    struct ess_result_variant *v = &results->variants[variant];
    if (v->replications[replication].state == ESS_REPLICATION_FAILED) {
        return;
    }
    v->values[metric * results->replication_count + replication] = isfinite(value) ? value : NAN;
}

void ess_results_set_state(struct ess_results *results, size_t variant, size_t replication,
    enum ess_replication_state state, const char *text) {
    assert(variant < results->variant_count);
    assert(replication < results->replication_count);
    struct ess_result_variant *v = &results->variants[variant];
    struct ess_result_replication *entry = &v->replications[replication];
    char *copy = copy_text(text);
    free(entry->text);
    *entry = (struct ess_result_replication){copy, state};
    if (state != ESS_REPLICATION_FAILED) {
        return;
    }
    for (size_t m = 0; m < results->metric_count; m++) {
        v->values[m * results->replication_count + replication] = NAN;
    }
}

void ess_results_add_expectation(
    struct ess_results *results, const char *text, bool passed, const char *measured) {
    size_t index = results->expectation_count;
    results->expectations = grown(results->expectations, index, sizeof results->expectations[0]);
    results->expectations[index] =
        (struct ess_result_expectation){copy_text(text), copy_text(measured), passed};
    results->expectation_count++;
}

size_t ess_results_find_metric(const struct ess_results *results, const char *name) {
    size_t m = 0;
    while (m < results->metric_count && strcmp(results->metrics[m].name, name) != 0) {
        m++;
    }
    return m;
}

size_t ess_results_find_variant(const struct ess_results *results, const char *name) {
    size_t v = 0;
    while (v < results->variant_count && strcmp(results->variants[v].name, name) != 0) {
        v++;
    }
    return v;
}

const double *ess_results_values(const struct ess_results *results, size_t variant, size_t metric) {
    assert(variant < results->variant_count);
    assert(metric < results->metric_count);
    return results->variants[variant].values + metric * results->replication_count;
}

size_t ess_results_failed_count(const struct ess_results *results, size_t variant) {
    assert(variant < results->variant_count);
    size_t failed = 0;
    for (size_t r = 0; r < results->replication_count; r++) {
        enum ess_replication_state state = results->variants[variant].replications[r].state;
        failed += state == ESS_REPLICATION_FAILED || state == ESS_REPLICATION_NOT_RUN;
    }
    return failed;
}

bool ess_results_all_passed(const struct ess_results *results) {
    for (size_t v = 0; v < results->variant_count; v++) {
        if (ess_results_failed_count(results, v) > 0) {
            return false;
        }
    }
    for (size_t e = 0; e < results->expectation_count; e++) {
        if (!results->expectations[e].passed) {
            return false;
        }
    }
    return true;
}

const char *ess_replication_state_name(enum ess_replication_state state) {
    static const char *const names[] = {"not run", "ok", "bound", "failed"};
    assert((size_t)state < sizeof names / sizeof names[0]);
    return names[state];
}
