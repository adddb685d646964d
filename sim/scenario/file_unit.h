/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_FILE_UNIT_H
#define ESS_SCENARIO_FILE_UNIT_H

/* Units that a scenario names for the numbers of a file which does not say them. */

#include "sim/scenario/reader.h"
#include "sim/scenario/units.h"

/* The factor from a unit's numbers to base units; 0 where `unit` is NULL or there is no such unit;
 * `*nearest` is then one that is close, or NULL. */
double ess_file_unit(
    struct ess_store *store, const char *unit, enum ess_dimension dimension, const char **nearest);

/* Complain at the object in `place` where `unit`, its member `key`, is missing or no unit. */
bool ess_check_file_unit(struct ess_reader *reader, const struct ess_place *place, const char *key,
    const char *unit, enum ess_dimension dimension);

#endif
