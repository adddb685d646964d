/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/headline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare.h"
#include "analysis/human_units.h"
#include "analysis/text_width.h"

struct comparison {
    const struct ess_results *results;
    const char *title;
    const char *better_name;
    const char *other_name;
    const char *unit;
    struct ess_paired paired;
};

static const char *direction(const struct comparison *comparison) {
    if (comparison->paired.difference.mean > 0) {
        return strcmp(comparison->unit, "s") == 0 ? "longer" : "higher";
    }
    return strcmp(comparison->unit, "s") == 0 ? "shorter" : "lower";
}

/* "34", of a hundred, with two significant digits where it is small; an absolute amount with its
 * unit where there is no mean to divide by. */
static void amount(
    const struct comparison *comparison, double difference, char *text, size_t bytes) {
    double reference = fabs(comparison->paired.reference_mean);
    if (!(reference > 0)) {
        ess_human_text(comparison->unit, difference, text, bytes);
        return;
    }
    double percent = 100 * difference / reference;
    int decimals = fabs(percent) >= 9.95 ? 0 : fabs(percent) >= 0.995 ? 1 : 2;
    if (fabs(percent) < 0.005) {
        percent = 0; /* or it might print as -0.00 */
        decimals = 0;
    }
    snprintf(text, bytes, "%.*f", decimals, percent);
}

static const char *suffix(const struct comparison *comparison) {
    return fabs(comparison->paired.reference_mean) > 0 ? " %" : "";
}

static void write_certain(const struct comparison *comparison, FILE *stream) {
    const struct ess_statistics *difference = &comparison->paired.difference;
    double sign = difference->mean < 0 ? -1 : 1;
    char mean[64];
    char low[64];
    char high[64];
    amount(comparison, fabs(difference->mean), mean, sizeof mean);
    amount(comparison, sign * (sign > 0 ? difference->low : difference->high), low, sizeof low);
    amount(comparison, sign * (sign > 0 ? difference->high : difference->low), high, sizeof high);
    fprintf(stream,
        "%s: %s%s %s %s than %s (%.4g %% interval of the difference %s..%s%s, %zu replications, "
        "same "
        "worlds)",
        comparison->better_name, mean, suffix(comparison), direction(comparison), comparison->title,
        comparison->other_name, 100 * comparison->results->confidence, low, high,
        suffix(comparison), difference->count);
}

static void write_uncertain(const struct comparison *comparison, FILE *stream) {
    const struct ess_statistics *difference = &comparison->paired.difference;
    char low[64];
    char high[64];
    amount(comparison, difference->low, low, sizeof low);
    amount(comparison, difference->high, high, sizeof high);
    fprintf(stream,
        "%s: best mean %s, but not distinguishable from %s (%.4g %% interval of the difference "
        "%s..%s%s includes zero, %zu replications, same worlds)",
        comparison->better_name, comparison->title, comparison->other_name,
        100 * comparison->results->confidence, low, high, suffix(comparison), difference->count);
}

static void write_single(const struct comparison *comparison, FILE *stream) {
    const struct ess_statistics *difference = &comparison->paired.difference;
    char mean[64];
    if (difference->count == 0) {
        fprintf(stream, "%s and %s: no world in which both have a %s, so they are not compared",
            comparison->better_name, comparison->other_name, comparison->title);
        return;
    }
    amount(comparison, fabs(difference->mean), mean, sizeof mean);
    fprintf(stream, "%s: %s%s %s %s than %s (one world in common: no interval)",
        comparison->better_name, mean, suffix(comparison), direction(comparison), comparison->title,
        comparison->other_name);
}

void ess_headline_write(
    const struct ess_results *results, size_t metric, const char *title, size_t width, FILE *file) {
    char *text = NULL;
    size_t bytes = 0;
    struct ess_mark mark = ess_compare_mark(results, metric);
    if (mark.best == results->variant_count) {
        return;
    }
    size_t other = mark.best == 0 ? mark.runner_up : 0;
    if (ess_compare_statistics(results, other, metric).count == 0) {
        other = mark.runner_up;
    }
    struct comparison comparison = {results, title, results->variants[mark.best].name,
        results->variants[other].name, results->metrics[metric].unit,
        ess_compare_paired(results, mark.best, other, metric)};
    FILE *stream = open_memstream(&text, &bytes);
    if (stream == NULL) {
        return;
    }
    if (!comparison.paired.difference.has_interval) {
        write_single(&comparison, stream);
    } else if (comparison.paired.significant) {
        write_certain(&comparison, stream);
    } else {
        write_uncertain(&comparison, stream);
    }
    if (fclose(stream) == 0) {
        ess_text_wrapped(file, text, width, 2);
    }
    free(text);
}
