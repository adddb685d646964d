/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_VALIDATION_SCORE_H
#define ESS_VALIDATION_SCORE_H

/* How far a model is from a reference, by family and half.
 *
 *     factor of a case   f = exp |ln(model / reference)| >= 1, of medians
 *     of a group         the geometric mean of f; the 95th percentile and the largest f beside it
 *     floor              the geometric mean of upper / lower quartile of the reference's own runs:
 *                        a factor below it means nothing
 *
 * A case that the model has no value for is counted as missing, never as good.
 * Check value: models 2 and 1/2 times their references have a factor of 2. */

#include "analysis/validation/reference_table.h"

#include <stdbool.h>

/* Families that are judged together, by one metric. */
struct ess_score_group {
    const char *name;
    const char *families[3]; /* ends with NULL */
    const char *metrics[3];
};

/* Ends with a NULL name. Random loss is kept apart from all others. */
extern const struct ess_score_group ess_score_groups[];

/* A model, what it is judged by, and the goals of the groups (0: none), in their order. */
struct ess_score_pair {
    const char *model, *reference;
    double goals[9];
};

/* Ends with a NULL model. */
extern const struct ess_score_pair ess_score_pairs[];

enum ess_score_half { ESS_SCORE_CHOSEN, ESS_SCORE_REPORTED };

struct ess_score {
    uint32_t cases, missing;
    double factor, p95, worst, floor; /* NaN where there are no cases */
    char worst_hash[16];
};

/* The factor of two positive values. */
double ess_score_factor(double model, double reference);

/* Whether a row of a reference belongs to the group and half. */
bool ess_score_belongs(
    const struct ess_score_group *group, enum ess_score_half half, const struct ess_reference *row);

/* `models` holds the results of models as rows of the same form, `tool` being the model. The two
 * tables may be one. Returns 0, or -1 when out of memory. O(rows^2). */
int ess_score_of(const struct ess_reference_table *references,
    const struct ess_reference_table *models, const struct ess_score_group *group,
    const struct ess_score_pair *pair, enum ess_score_half half, struct ess_score *score);

#endif
