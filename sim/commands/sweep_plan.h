/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_SWEEP_PLAN_H
#define ESS_COMMANDS_SWEEP_PLAN_H

/* Before anything runs: every point is built and checked as a scenario, and its identity taken. */

#include "sim/commands/sweep_point.h"

/* Hashes of all points of `sweep`, by up to `jobs` processes; the caller frees them. NULL with
 * messages on stderr where a value is refused by the scenario; one point for each value of each
 * field is checked first, so that this is told soon. The first of these that sets a field which its
 * network model does not look at says so on stderr, and no other. Traces are in `program`
 * afterwards. */
char (*ess_sweep_plan(struct ess_point_program *program, const struct ess_sweep *sweep,
    int64_t jobs))[ESS_SHA256_TEXT_BYTES];

#endif
