/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_SWEEP_MERGE_H
#define ESS_COMMANDS_SWEEP_MERGE_H

/* From the points' files into the database; the one way in which results come there. */

#include "analysis/sweep_store.h"

/* Put the result of one point there, within a transaction, if it has one. A file that is no result
 * is set aside, so that the point counts as missing, and told. False where the database refuses, or
 * the file is of a newer program: told on stderr. */
bool ess_sweep_merge_point(
    const struct ess_sweep_folder *folder, struct ess_sweep_store *store, size_t point);

/* Put every result on disk that is not in the store yet there, some thousand a transaction. */
bool ess_sweep_merge(const struct ess_sweep_folder *folder, struct ess_sweep_store *store);

#endif
