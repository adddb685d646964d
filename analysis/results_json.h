/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_RESULTS_JSON_H
#define ESS_ANALYSIS_RESULTS_JSON_H

#include <stdio.h>

#include "analysis/results.h"

/* Write what results.json holds; other programs rely on it:
 *
 *   {"scenario": text, "seed": integer, "version": text, "confidence": number,
 *    "variants": [{
 *      "name": text, "choices": {JSON POINTER: value},
 *      "metrics": {NAME: {"unit": text, "mean": number, "ci95": [low, high], "values": [number…],
 *                         "deviation": number, "n": integer, "better": "lower|higher|neutral"}},
 *      "transfers": […],    where the variant has plain transfers: see result_transfers.h
 *      "failures": [{"replication": integer, "state": "failed|bound|not run", "text": text}]}],
 *    "paired": [{"metric": NAME, "unit": text, "variant": text, "reference": text, "n": integer,
 *                "mean": number, "ci95": [low, high], "reference_mean": number,
 *                "significant": boolean}],
 *    "expectations": [{"text": text, "passed": boolean, "measured": text}]}
 *
 * "values" has one entry per replication, null where the metric was not defined; the number of
 * non-null ones is "n". "mean", "deviation" and "ci95" are null where they do not exist (one
 * replication has no interval). The key of the interval names its confidence: "ci95" at 0.95,
 * "ci90" at 0.90, "ci99.9" at 0.999, so no reader takes one for another. "failures" is empty where
 * every replication ended well; "paired" holds each variant after the first minus the first.
 * Replications are counted from 0, as in records.csv.
 *
 * Equal results give equal bytes: numbers in their shortest exact form, order of the declarations,
 * no time, host or path. False where the stream reports an error (errno says which). */
bool ess_results_write_json(const struct ess_results *results, FILE *file);

#endif
