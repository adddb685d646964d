/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_VALIDATION_OUTCOME_H
#define ESS_VALIDATION_OUTCOME_H

/* What a tool said of a case: the last line that begins with `{` of its output,
 *
 *     {"tool":"ns-3","version":"3.37",…,"ring_s":1.5,"flows":[{"start":0,…,"fct_s":2.5,
 *      "goodput_bps":1000},…]}
 *
 * `ring_s` for an all-reduce, one object a transfer in the order of the case; -1 for what did not
 * end; `start` may be left out where it is that of the case. Other members are passed over. Only
 * what stands in this one form is read: it is no JSON reader. */

#include "analysis/validation/case_families.h"

struct ess_case_outcome {
    char tool[32], version[64]; /* empty where not said */
    double collective_s;        /* -1 where not said */
    uint32_t flows;
    struct {
        double start_s; /* NaN where not said */
        double seconds; /* -1 where it did not end */
        double goodput_bits_per_s;
    } flow[ESS_CASE_TRANSFERS_MAX];
};

/* Returns 0, or -1 where there is no such line or it has too many flows. O(length). */
int ess_case_outcome_parse(const char *text, struct ess_case_outcome *outcome);

/* The value of a metric; NaN where the outcome does not have it or something did not end. */
double ess_case_outcome_value(const struct ess_case *network,
    const struct ess_case_outcome *outcome, enum ess_case_metric metric);

/* A number of the outcome's line by its key ("cpu_s"); NaN where it is not there. */
double ess_case_outcome_number(const char *text, const char *key);

#endif
