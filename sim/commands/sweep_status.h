/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_SWEEP_STATUS_H
#define ESS_COMMANDS_SWEEP_STATUS_H

#include <stdio.h>

#include "analysis/sweep_folder.h"

/* Print how many points are done, failed and missing, each reason with the command that replays it,
 * and files that are no results. Changes nothing, so it may be asked while others write. Returns an
 * exit status. */
int ess_sweep_print_status(const struct ess_sweep_folder *folder, FILE *out);

#endif
