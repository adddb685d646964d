/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/expectations.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare.h"
#include "analysis/human_units.h"
#include "sim/scenario/nearest.h"

enum { VALUE_BYTES = 192, PLACE_BYTES = 256 };

/* The base unit in which results give a dimension. Numbers without one are everything else: shares,
 * counts, steps per hour. */
static const char *unit_of(enum ess_dimension dimension) {
    static const char *const units[] = {NULL, "s", "B", "B/s", "FLOP", "FLOP/s", "W", "J"};
    assert((size_t)dimension < sizeof units / sizeof units[0]);
    return units[dimension];
}

static bool has_dimension(const char *unit, enum ess_dimension dimension) {
    if (dimension != ESS_DIMENSION_NUMBER) {
        return strcmp(unit, unit_of(dimension)) == 0;
    }
    for (int d = ESS_DIMENSION_TIME; d <= ESS_DIMENSION_ENERGY; d++) {
        if (strcmp(unit, unit_of((enum ess_dimension)d)) == 0) {
            return false;
        }
    }
    return true;
}

static const struct ess_quantity *bound_of(const struct ess_scenario_expectation *expectation) {
    return expectation->kind == ESS_EXPECT_BELOW ? &expectation->below : &expectation->above;
}

/* Scenarios count time in nanoseconds, results in seconds; all else is in the same unit. */
static double bound_in_metric_unit(const struct ess_scenario_expectation *expectation) {
    const struct ess_quantity *bound = bound_of(expectation);
    return bound->dimension == ESS_DIMENSION_TIME ? bound->value / 1e9 : bound->value;
}

/* What a check needs to report an error: the results, the expectation, where errors go. */
struct check {
    const struct ess_results *results;
    const struct ess_scenario_expectation *expectation;
    const char *file;
    struct ess_diagnostics *diagnostics;
};

/* Report the member `key` of the expectation; always false. */
static bool wrong(const struct check *check, const char *key, const char *expected,
    const char *found, const char *nearest) {
    char place[PLACE_BYTES];
    char quoted[PLACE_BYTES];
    snprintf(place, sizeof place, "%s/%s", check->expectation->pointer, key);
    snprintf(quoted, sizeof quoted, "\"%s\"", found);
    ess_diagnostics_add(check->diagnostics, check->file, place, expected, quoted, nearest, NULL);
    return false;
}

static bool check_variant(const struct check *check, const char *key, const char *name) {
    const struct ess_results *results = check->results;
    if (name == NULL || ess_results_find_variant(results, name) < results->variant_count) {
        return true;
    }
    const char *nearest = NULL;
    const char **names = calloc(results->variant_count + 1, sizeof names[0]);
    for (size_t v = 0; names != NULL && v < results->variant_count; v++) {
        names[v] = results->variants[v].name;
    }
    if (names != NULL) {
        nearest = ess_name_nearest(name, names, results->variant_count);
    }
    free(names);
    return wrong(check, key, "the name of a variant", name, nearest);
}

static bool check_metric(const struct check *check) {
    const struct ess_results *results = check->results;
    const char *name = check->expectation->metric;
    if (ess_results_find_metric(results, name) < results->metric_count) {
        return true;
    }
    const char *nearest = NULL;
    const char **names = calloc(results->metric_count + 1, sizeof names[0]);
    for (size_t m = 0; names != NULL && m < results->metric_count; m++) {
        names[m] = results->metrics[m].name;
    }
    if (names != NULL) {
        nearest = ess_name_nearest(name, names, results->metric_count);
    }
    free(names);
    return wrong(check, "metric", "the name of a metric", name, nearest);
}

static bool check_bound(const struct check *check) {
    const struct ess_scenario_expectation *expectation = check->expectation;
    size_t metric = ess_results_find_metric(check->results, expectation->metric);
    if (metric == check->results->metric_count) {
        return true; /* reported already, and without a metric there is no dimension to compare */
    }
    const struct ess_result_metric *known = &check->results->metrics[metric];
    if (has_dimension(known->unit, bound_of(expectation)->dimension)) {
        return true;
    }
    char expected[PLACE_BYTES];
    bool bare = has_dimension(known->unit, ESS_DIMENSION_NUMBER);
    snprintf(expected, sizeof expected, "a %s for %s, whose unit is %s",
        bare ? "bare number" : "bound", known->name, known->unit);
    return wrong(check, expectation->kind == ESS_EXPECT_BELOW ? "below" : "above", expected,
        bound_of(expectation)->text, NULL);
}

bool ess_expectation_check(const struct ess_results *results,
    const struct ess_scenario_expectation *expectation, const char *file,
    struct ess_diagnostics *diagnostics) {
    struct check check = {results, expectation, file, diagnostics};
    bool good = check_metric(&check);
    if (expectation->kind == ESS_EXPECT_LOWER) {
        good = check_variant(&check, "lower", expectation->lower) && good;
        return check_variant(&check, "than", expectation->than) && good;
    }
    good = check_bound(&check) && good;
    return check_variant(&check, "variant", expectation->variant) && good;
}

/* "41.2 s (95 % interval 40.1 s..42.3 s, n = 8)" */
static void describe(const struct ess_results *results, size_t variant, size_t metric, char *text,
    size_t text_bytes) {
    struct ess_statistics statistics = ess_compare_statistics(results, variant, metric);
    const char *unit = results->metrics[metric].unit;
    char mean[32] = "not defined";
    char low[32];
    char high[32];
    if (statistics.count > 0) {
        ess_human_text(unit, statistics.mean, mean, sizeof mean);
    }
    if (!statistics.has_interval) {
        snprintf(text, text_bytes, "%s (n = %zu)", mean, statistics.count);
        return;
    }
    ess_human_text(unit, statistics.low, low, sizeof low);
    ess_human_text(unit, statistics.high, high, sizeof high);
    snprintf(text, text_bytes, "%s (%.4g %% interval %s..%s, n = %zu)", mean,
        100 * results->confidence, low, high, statistics.count);
}

/* Text that grows; the results copy it, so it lives only while judging. */
struct sentence {
    FILE *stream;
    char *text;
    size_t bytes;
};

static void sentence_begin(struct sentence *sentence) {
    *sentence = (struct sentence){0};
    sentence->stream = open_memstream(&sentence->text, &sentence->bytes);
    if (sentence->stream == NULL) {
        fputs("essaim: out of memory while judging expectations\n", stderr);
        abort();
    }
}

static void mention(
    struct sentence *sentence, const struct ess_results *results, size_t variant, size_t metric) {
    char value[VALUE_BYTES];
    describe(results, variant, metric, value, sizeof value);
    size_t failed = ess_results_failed_count(results, variant);
    fprintf(sentence->stream, "%s%s: %s", ftell(sentence->stream) > 0 ? "; " : "",
        results->variants[variant].name, value);
    if (failed > 0) {
        fprintf(sentence->stream, ", %zu replication%s failed", failed, failed == 1 ? "" : "s");
    }
}

/* The mean, or NaN where a failed replication makes it no statement about the variant; comparisons
 * with NaN do not hold. */
static double mean_of(const struct ess_results *results, size_t variant, size_t metric) {
    if (ess_results_failed_count(results, variant) > 0) {
        return NAN;
    }
    return ess_compare_statistics(results, variant, metric).mean;
}

static bool judge_bound(const struct ess_results *results,
    const struct ess_scenario_expectation *expectation, size_t metric, struct sentence *measured) {
    bool every = expectation->variant == NULL;
    size_t first = every ? 0 : ess_results_find_variant(results, expectation->variant);
    size_t end = every ? results->variant_count : first + 1;
    double bound = bound_in_metric_unit(expectation);
    bool passed = end > first;
    for (size_t v = first; v < end; v++) {
        double mean = mean_of(results, v, metric);
        bool holds = expectation->kind == ESS_EXPECT_BELOW ? mean < bound : mean > bound;
        passed = passed && holds;
        mention(measured, results, v, metric);
    }
    return passed;
}

static bool judge_lower(const struct ess_results *results,
    const struct ess_scenario_expectation *expectation, size_t metric, struct sentence *measured) {
    size_t lower = ess_results_find_variant(results, expectation->lower);
    size_t than = ess_results_find_variant(results, expectation->than);
    struct ess_statistics low = ess_compare_statistics(results, lower, metric);
    struct ess_statistics high = ess_compare_statistics(results, than, metric);
    bool disjoint = ess_intervals_disjoint(&low, &high);
    mention(measured, results, lower, metric);
    mention(measured, results, than, metric);
    fprintf(measured->stream, "; intervals %s",
        disjoint                                ? "disjoint"
        : low.has_interval && high.has_interval ? "overlap"
                                                : "not defined");
    return mean_of(results, lower, metric) < mean_of(results, than, metric) &&
           (disjoint || expectation->disjoint == 0);
}

static void state(const struct ess_scenario_expectation *expectation, struct sentence *text) {
    if (expectation->kind == ESS_EXPECT_LOWER) {
        fprintf(text->stream, "%s of '%s' is lower than of '%s'%s", expectation->metric,
            expectation->lower, expectation->than,
            expectation->disjoint != 0 ? ", with disjoint intervals" : "");
        return;
    }
    const char *open = expectation->variant == NULL ? "every variant" : "'";
    fprintf(text->stream, "%s of %s%s%s is %s %s", expectation->metric, open,
        expectation->variant == NULL ? "" : expectation->variant,
        expectation->variant == NULL ? "" : "'",
        expectation->kind == ESS_EXPECT_BELOW ? "below" : "above", bound_of(expectation)->text);
}

bool ess_expectation_judge(
    struct ess_results *results, const struct ess_scenario_expectation *expectation) {
    size_t metric = ess_results_find_metric(results, expectation->metric);
    assert(metric < results->metric_count);
    struct sentence text;
    struct sentence measured;
    sentence_begin(&text);
    sentence_begin(&measured);
    state(expectation, &text);
    bool passed = expectation->kind == ESS_EXPECT_LOWER
                      ? judge_lower(results, expectation, metric, &measured)
                      : judge_bound(results, expectation, metric, &measured);
    fclose(text.stream);
    fclose(measured.stream);
    ess_results_add_expectation(results, text.text, passed, measured.text);
    free(text.text);
    free(measured.text);
    return passed;
}
