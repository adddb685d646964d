/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/results_json.h"

#include <math.h>

#include "analysis/compare.h"
#include "analysis/json_writer.h"
#include "analysis/number_text.h"
#include "analysis/result_transfers.h"

struct document {
    struct ess_json_writer json;
    const struct ess_results *results;
    char interval_key[ESS_NUMBER_TEXT_BYTES + 2]; /* "ci95" */
};

/* 100 x 0.999 is 99.9 only after rounding, here to the fourth decimal. */
static void name_interval(struct document *document) {
    char text[ESS_NUMBER_TEXT_BYTES];
    double percent = round(document->results->confidence * 1e6) / 1e4;
    snprintf(document->interval_key, sizeof document->interval_key, "ci%s",
        ess_number_text(percent, text));
}

static void write_statistics(struct document *document, const struct ess_statistics *statistics) {
    struct ess_json_writer *json = &document->json;
    ess_json_key(json, "mean");
    ess_json_number(json, statistics->mean);
    ess_json_key(json, document->interval_key);
    if (!statistics->has_interval) {
        ess_json_null(json);
        return;
    }
    ess_json_open(json, '[', true);
    ess_json_number(json, statistics->low);
    ess_json_number(json, statistics->high);
    ess_json_close(json);
}

static void write_choices(struct document *document, const struct ess_result_variant *variant) {
    struct ess_json_writer *json = &document->json;
    ess_json_key(json, "choices");
    ess_json_open(json, '{', true);
    for (size_t c = 0; c < variant->choice_count; c++) {
        ess_json_key(json, variant->choices[c].pointer);
        ess_json_raw(json, variant->choices[c].value_json);
    }
    ess_json_close(json);
}

static void write_metric(struct document *document, size_t variant, size_t metric) {
    static const char *const better[] = {"neutral", "lower", "higher"};
    struct ess_json_writer *json = &document->json;
    const struct ess_results *results = document->results;
    struct ess_statistics statistics = ess_compare_statistics(results, variant, metric);
    const double *values = ess_results_values(results, variant, metric);
    ess_json_key(json, results->metrics[metric].name);
    ess_json_open(json, '{', false);
    ess_json_key(json, "unit");
    ess_json_string(json, results->metrics[metric].unit);
    write_statistics(document, &statistics);
    ess_json_key(json, "values");
    ess_json_open(json, '[', true);
    for (size_t r = 0; r < results->replication_count; r++) {
        ess_json_number(json, values[r]);
    }
    ess_json_close(json);
    ess_json_key(json, "deviation");
    ess_json_number(json, statistics.deviation);
    ess_json_key(json, "n");
    ess_json_unsigned(json, statistics.count);
    ess_json_key(json, "better");
    ess_json_string(json, better[results->metrics[metric].better]);
    ess_json_close(json);
}

static void write_failures(struct document *document, const struct ess_result_variant *variant) {
    struct ess_json_writer *json = &document->json;
    ess_json_key(json, "failures");
    ess_json_open(json, '[', false);
    for (size_t r = 0; r < document->results->replication_count; r++) {
        const struct ess_result_replication *replication = &variant->replications[r];
        if (replication->state == ESS_REPLICATION_OK) {
            continue;
        }
        ess_json_open(json, '{', true);
        ess_json_key(json, "replication");
        ess_json_unsigned(json, r);
        ess_json_key(json, "state");
        ess_json_string(json, ess_replication_state_name(replication->state));
        ess_json_key(json, "text");
        ess_json_string(json, replication->text);
        ess_json_close(json);
    }
    ess_json_close(json);
}

static void write_variants(struct document *document) {
    struct ess_json_writer *json = &document->json;
    ess_json_key(json, "variants");
    ess_json_open(json, '[', false);
    for (size_t v = 0; v < document->results->variant_count; v++) {
        const struct ess_result_variant *variant = &document->results->variants[v];
        ess_json_open(json, '{', false);
        ess_json_key(json, "name");
        ess_json_string(json, variant->name);
        write_choices(document, variant);
        ess_json_key(json, "metrics");
        ess_json_open(json, '{', false);
        for (size_t m = 0; m < document->results->metric_count; m++) {
            write_metric(document, v, m);
        }
        ess_json_close(json);
        if (variant->transfers) {
            ess_result_transfers_write_json(document->results, v, document->interval_key, json);
        }
        write_failures(document, variant);
        ess_json_close(json);
    }
    ess_json_close(json);
}

static void write_pair(struct document *document, size_t variant, size_t metric) {
    struct ess_json_writer *json = &document->json;
    const struct ess_results *results = document->results;
    struct ess_paired paired = ess_compare_paired(results, variant, 0, metric);
    ess_json_open(json, '{', true);
    ess_json_key(json, "metric");
    ess_json_string(json, results->metrics[metric].name);
    ess_json_key(json, "unit");
    ess_json_string(json, results->metrics[metric].unit);
    ess_json_key(json, "variant");
    ess_json_string(json, results->variants[variant].name);
    ess_json_key(json, "reference");
    ess_json_string(json, results->variants[0].name);
    ess_json_key(json, "n");
    ess_json_unsigned(json, paired.difference.count);
    write_statistics(document, &paired.difference);
    ess_json_key(json, "reference_mean");
    ess_json_number(json, paired.reference_mean);
    ess_json_key(json, "significant");
    ess_json_boolean(json, paired.significant);
    ess_json_close(json);
}

static void write_paired(struct document *document) {
    ess_json_key(&document->json, "paired");
    ess_json_open(&document->json, '[', false);
    for (size_t v = 1; v < document->results->variant_count; v++) {
        for (size_t m = 0; m < document->results->metric_count; m++) {
            write_pair(document, v, m);
        }
    }
    ess_json_close(&document->json);
}

static void write_expectations(struct document *document) {
    struct ess_json_writer *json = &document->json;
    ess_json_key(json, "expectations");
    ess_json_open(json, '[', false);
    for (size_t e = 0; e < document->results->expectation_count; e++) {
        const struct ess_result_expectation *expectation = &document->results->expectations[e];
        ess_json_open(json, '{', true);
        ess_json_key(json, "text");
        ess_json_string(json, expectation->text);
        ess_json_key(json, "passed");
        ess_json_boolean(json, expectation->passed);
        ess_json_key(json, "measured");
        ess_json_string(json, expectation->measured);
        ess_json_close(json);
    }
    ess_json_close(json);
}

bool ess_results_write_json(const struct ess_results *results, FILE *file) {
    struct document document = {.results = results};
    struct ess_json_writer *json = &document.json;
    name_interval(&document);
    ess_json_begin(json, file);
    ess_json_open(json, '{', false);
    ess_json_key(json, "scenario");
    ess_json_string(json, results->scenario);
    ess_json_key(json, "seed");
    ess_json_unsigned(json, results->seed);
    ess_json_key(json, "version");
    ess_json_string(json, results->version);
    ess_json_key(json, "confidence");
    ess_json_number(json, results->confidence);
    write_variants(&document);
    write_paired(&document);
    write_expectations(&document);
    ess_json_close(json);
    ess_json_end(json);
    return fflush(file) == 0 && ferror(file) == 0;
}
