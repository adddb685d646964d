/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_SWEEP_RESULT_H
#define ESS_ANALYSIS_SWEEP_RESULT_H

/* What one point of a sweep gave, as a file of its own (points/ab/HASH.json):
 *
 *   {"format": 1, "point": HASH, "state": "ok" | "failed", "reason": text or null,
 *    "replications": [{"state": "ok" | "bound" | "failed", "text": text or null}],
 *    "metrics": {NAME: {"unit": text, "better": "lower", "values": [number or null…]}}}
 *
 * The bytes depend on the point alone, so whoever computes it again writes the same file. */

#include <stdbool.h>
#include <stdio.h>

#include "sim/scenario/diagnostics.h"
#include "sim/scenario/store.h"

struct ess_sweep_replication {
    const char *state; /* "ok", "bound", "failed" */
    const char *text;  /* which bound, why it failed; NULL: nothing to say */
};

struct ess_sweep_metric {
    const char *name, *unit, *better;
    double *values; /* [replication]; NaN: not defined */
};

struct ess_sweep_result {
    struct ess_store *store; /* owns everything here */
    const char *hash;
    const char *reason; /* NULL: the point ran to its end; else why it did not, and all is empty */
    struct ess_sweep_replication *replications;
    size_t replication_count;
    struct ess_sweep_metric *metrics;
    size_t metric_count;
};

/* An empty one with room for so many; freed by ess_sweep_result_free (NULL is allowed). */
struct ess_sweep_result *ess_sweep_result_new(
    const char *hash, size_t replication_count, size_t metric_count);
void ess_sweep_result_free(struct ess_sweep_result *result);

/* One that says why the point did not run to its end. */
struct ess_sweep_result *ess_sweep_result_failed(const char *hash, const char *reason);

void ess_sweep_result_write(const struct ess_sweep_result *result, FILE *file);

/* Read the file strictly: NULL with the reason in `diagnostics` where it is half-written, of
 * another point, or made by a newer program; then `*newer` says whether it is the last. */
struct ess_sweep_result *ess_sweep_result_read(
    const char *path, const char *hash, bool *newer, struct ess_diagnostics *diagnostics);

#endif
