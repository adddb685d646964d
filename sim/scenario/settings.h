/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_SETTINGS_H
#define ESS_SCENARIO_SETTINGS_H

/* `--set /json/pointer=value`: the value is JSON where it is valid JSON, else text ("--set
 * /duration=2 h"); what begins with { [ or " must be JSON. Objects on the way are made where they
 * are missing, so a misspelt key is reported by the reader as it would be in a file. */

#include "sim/scenario/reader.h"

/* How messages call the command line. */
#define ESS_SETTINGS_FILE "--set"

/* Apply the settings to `root` in order, and note their origin; pointers of those that were well
 * are kept in `pointers` (room for `count`). Returns how many; fewer than `count` after a
 * complaint. */
size_t ess_settings_apply(struct ess_reader *reader, const char *const *settings, size_t count,
    struct ess_tree *root, struct ess_origins *origins, const char **pointers);

/* Put `value` at `pointer` below `root`, the tree's from then on. False where that cannot be: then
 * `value` is freed and `*expected` and `*found` say why. */
bool ess_tree_put_at(struct ess_tree *root, const char *pointer, struct ess_tree *value,
    struct ess_store *store, const char **expected, const char **found);

#endif
