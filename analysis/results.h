/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_RESULTS_H
#define ESS_ANALYSIS_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known after the runs of one scenario: for each variant (one combination of the compared
 * choices), each metric and each replication one number. Every variant has the same metrics and the
 * same replications, and replication r of every variant saw the same world (common random numbers),
 * which is what makes paired differences meaningful (analysis/compare.h).
 *
 * How it is built:
 *
 *     struct ess_results *results = ess_results_new("flagship", seed, version, 0.95, replications);
 *     size_t step = ess_results_add_metric(results, "step_time", "s", ESS_BETTER_LOWER);
 *     size_t ring = ess_results_add_variant(results, "ring, retry");
 *     ess_results_add_choice(results, ring, "/policies/collective", "\"ring\"");
 *     ess_results_set_value(results, ring, step, 0, 12.5);
 *     ess_results_set_state(results, ring, 0, ESS_REPLICATION_OK, NULL);
 *     …
 *     ess_results_free(results);
 *
 * All metrics are declared before the first variant (asserted). The results own everything they
 * hold: all texts given are copied, all pointers read from the struct live until ess_results_free.
 * Reading the fields is open to everyone; writing goes through the functions below.
 *
 * Threads: once metrics and variants are declared, set_value and set_state touch only the cell
 * (variant, metric, replication) they name, so workers may fill different replications at once.
 *
 * Memory: 8 bytes a value and 16 bytes a replication. Running out of memory here prints a message
 * and aborts: a few kilobytes that cannot be had leave nothing sensible to report. */

enum ess_better { ESS_BETTER_NEUTRAL, ESS_BETTER_LOWER, ESS_BETTER_HIGHER };

/* NOT_RUN is where every replication starts, so one that was forgotten shows as such.
 * BOUND: ended by a bound (events, simulated time, wall time); its values count and it is listed.
 * FAILED: its values do not count (they read as NaN), and it is listed with its text. */
enum ess_replication_state {
    ESS_REPLICATION_NOT_RUN,
    ESS_REPLICATION_OK,
    ESS_REPLICATION_BOUND,
    ESS_REPLICATION_FAILED
};

struct ess_result_metric {
    char *name; /* as in results.json, e.g. "step_time" */
    char *unit; /* base unit: "s", "B", "J", "1/h", "1" (a share 0..1), "count" */
    enum ess_better better;
};

struct ess_result_choice {
    char *pointer;    /* JSON pointer into the scenario, e.g. "/policies/collective" */
    char *value_json; /* the value chosen, as JSON text: "\"ring\"", "8", "true" */
};

struct ess_result_replication {
    char *text; /* which bound, or why it failed; NULL where there is nothing to say */
    enum ess_replication_state state;
};

struct ess_result_transfers; /* analysis/result_transfers.h */

struct ess_result_variant {
    char *name;
    struct ess_result_choice *choices;
    size_t choice_count;
    struct ess_result_replication *replications; /* [results->replication_count] */
    double *values; /* [metric][replication]; NaN: not defined in that replication */
    struct ess_result_transfers *transfers; /* each plain transfer; NULL where there are none */
};

/* How an `expect` entry of the scenario came out; made by analysis/expectations.h. */
struct ess_result_expectation {
    char *text;     /* the expectation in words */
    char *measured; /* what was found, in words */
    bool passed;
};

struct ess_results {
    char *scenario;
    char *version; /* of the program */
    uint64_t seed;
    double confidence; /* 0.95 by default; strictly between 0 and 1 */
    size_t replication_count;
    struct ess_result_metric *metrics;
    size_t metric_count;
    struct ess_result_variant *variants;
    size_t variant_count;
    struct ess_result_expectation *expectations;
    size_t expectation_count;
};

/* New, empty results; freed by ess_results_free. replication_count >= 1, 0 < confidence < 1. */
struct ess_results *ess_results_new(const char *scenario, uint64_t seed, const char *version,
    double confidence, size_t replication_count);
void ess_results_free(struct ess_results *results); /* NULL is allowed */

/* Declare a metric; its index. Names are unique (asserted). */
size_t ess_results_add_metric(
    struct ess_results *results, const char *name, const char *unit, enum ess_better better);

/* Add a variant with all values NaN and all replications not run; its index. */
size_t ess_results_add_variant(struct ess_results *results, const char *name);

/* Record what the variant chose: value_json is JSON text (see ess_json_quote in json_writer.h to
 * make it of a plain string). It is printed as it stands. */
void ess_results_add_choice(
    struct ess_results *results, size_t variant, const char *pointer, const char *value_json);

/* Set one number. Infinite values are kept out: they are stored as NaN. */
void ess_results_set_value(
    struct ess_results *results, size_t variant, size_t metric, size_t replication, double value);

/* Say how a replication ended; text (copied) may be NULL. FAILED also clears its values to NaN,
 * whichever of set_value and set_state is called first. */
void ess_results_set_state(struct ess_results *results, size_t variant, size_t replication,
    enum ess_replication_state state, const char *text);

/* Add the outcome of an expectation. */
void ess_results_add_expectation(
    struct ess_results *results, const char *text, bool passed, const char *measured);

/* The metric of that name, or metric_count where there is none. O(metrics). */
size_t ess_results_find_metric(const struct ess_results *results, const char *name);
/* The variant of that name, or variant_count where there is none. O(variants). */
size_t ess_results_find_variant(const struct ess_results *results, const char *name);

/* The values of a metric in a variant, one per replication, NaN where not defined. */
const double *ess_results_values(const struct ess_results *results, size_t variant, size_t metric);

/* Replications of a variant that are neither OK nor ended by a bound: failed or not run. */
size_t ess_results_failed_count(const struct ess_results *results, size_t variant);

/* True where no replication failed or is missing and every expectation passed (exit status 0). */
bool ess_results_all_passed(const struct ess_results *results);

/* "ok", "bound", "failed", "not run": the words used in results.json and the table. */
const char *ess_replication_state_name(enum ess_replication_state state);

#endif
