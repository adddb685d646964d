/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_FIELDS_H
#define ESS_SCENARIO_FIELDS_H

/* The field tables of a scenario: every key, unit, default and limit that there is. A new field is a
 * member of a struct in scenario.h and a row here; scenarios/README.md is held against these tables
 * by a test. */

#include "sim/scenario/schema.h"

/* The whole file. */
extern const struct ess_schema ess_scenario_schema;

/* Its parts, the root first, NULL at the end: for reference pages and tests. Each with the path by
 * which a reader knows it, such as "sites[].hosts[]". */
struct ess_scenario_part {
    const char *path;
    const struct ess_schema *schema;
};
extern const struct ess_scenario_part ess_scenario_parts[];

/* Choices by index of the enums in scenario.h. */
extern const char *const ess_mapping_names[];
extern const char *const ess_departure_names[];
extern const char *const ess_fault_names[];

#endif
