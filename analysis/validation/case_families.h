/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_VALIDATION_CASE_FAMILIES_H
#define ESS_VALIDATION_CASE_FAMILIES_H

/* Where validation cases come from: families of cases, drawn from (seed, number) alone. A value is
 * drawn evenly on a logarithmic scale in tenths of a decade, moved by up to 10 %, so that nothing
 * depends on a mathematical library and small and large cases are equally likely. */

#include "analysis/validation/case.h"

/* What is compared. A case that runs until its stop has goodputs, any other ends. */
enum ess_case_metric {
    ESS_CASE_SECONDS,   /* from the first start to the last arrival */
    ESS_CASE_AGGREGATE, /* bits a second that all flows carried together until the stop */
    ESS_CASE_RATIO,     /* goodput of the first half of the flows by that of the second half */
    ESS_CASE_METRICS
};

struct ess_case_family {
    const char *name;
    const char *summary;
    uint32_t cases; /* of the standard set */
    uint32_t runs;  /* jittered ones of a packet simulator; 16 where losses make them differ much */
};

/* The families in the order of the numbers of their cases; ends with a NULL name. */
extern const struct ess_case_family ess_case_families[];

/* Of the seeds 1 to 60 the one which halves each family most evenly; chosen before any run. */
enum { ESS_CASE_STANDARD_SEED = 20 };

/* Cases of the standard set. */
uint32_t ess_case_standard_count(void);

/* Draw case `number` (below the count above). Returns its family. */
const struct ess_case_family *ess_case_draw(
    uint64_t seed, uint32_t number, struct ess_case *network);

/* Run `run` of a case: 0 is the case itself; the others begin each transfer up to 20 ms later, have
 * up to 10 us more delay on access links, and another seed of losses. */
void ess_case_jitter(struct ess_case *network, uint32_t run);

/* Whether `metric` is one to compare for the case. */
bool ess_case_has_metric(const struct ess_case *network, enum ess_case_metric metric);

/* "seconds", "aggregate" or "ratio". */
const char *ess_case_metric_name(enum ess_case_metric metric);

#endif
