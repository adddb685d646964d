/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_SWEEP_RANGE_H
#define ESS_ANALYSIS_SWEEP_RANGE_H

/* {"from": A, "to": B, "steps": N, "scale": "linear" | "log"} as the N values it stands for. A and
 * B are both numbers, or both quantities of one dimension; the values between are written in A's
 * unit, on a logarithmic scale rounded to 6 significant digits, on a linear one to 12, so that they
 * read as a person would write them. First and last value are A and B as written. */

#include <stddef.h>

#include "sim/scenario/json.h"
#include "sim/scenario/store.h"

enum { ESS_SWEEP_STEPS_MAX = 1000000 };

/* The values as JSON texts, `*count` of them, in `store`. NULL where the range is wrong: then
 * `*member` names the member at fault ("" for the range itself), `*expected` and `*found` say why,
 * `*nearest` (may be NULL) which name was meant. A range of one step has A equal to B. */
const char **ess_sweep_range_values(const struct ess_tree *tree, struct ess_store *store,
    size_t *count, const char **member, const char **expected, const char **found,
    const char **nearest);

#endif
