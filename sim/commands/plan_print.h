/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_PLAN_PRINT_H
#define ESS_COMMANDS_PLAN_PRINT_H

/* What `essaim plan` prints: ring, trees, shares, sites, predictions, selections. Long lists are
 * cut, and say so. */

#include <stdio.h>

#include "sim/commands/plan_view.h"

void ess_plan_print(const struct ess_plan_view *view, FILE *out);

#endif
