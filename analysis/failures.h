/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_FAILURES_H
#define ESS_ANALYSIS_FAILURES_H

#include <stddef.h>
#include <stdio.h>

#include "analysis/results.h"

/* One line for each replication that failed, did not run, or was ended by a bound; after five of a
 * variant, one line that counts the others (results.json names them all). Nothing where all is
 * well. */
void ess_failures_write(const struct ess_results *results, size_t width, FILE *file);

#endif
