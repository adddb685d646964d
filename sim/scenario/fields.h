/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_FIELDS_H
#define ESS_SCENARIO_FIELDS_H

/* The field tables of a scenario: every key, unit, default and limit that there is. A new field is
 * a member of a struct in scenario.h and a row here; scenarios/README.md is held against these
 * tables by a test. */

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

/* The parts that stand in files of their own. */
extern const struct ess_schema ess_site_schema, ess_site_network_schema, ess_host_kind_schema,
    ess_wan_schema, ess_wan_link_schema, ess_wan_template_schema, ess_matrix_schema,
    ess_graph_schema, ess_coordinator_schema, ess_network_schema, ess_availability_schema,
    ess_fault_schema, ess_training_schema;

/* "always", or an object by ess_availability_schema. */
bool ess_availability_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value);
void ess_availability_print(FILE *out, int indent, const void *value);

/* Limits that several tables share, in base units. */
#define ESS_BYTES_MAX 1125899906842624.0 /* 1 PiB */
#define ESS_RATE_MIN 0.125               /* 1 bit/s */
#define ESS_RATE_MAX 1.25e12             /* 10 Tbit/s */
#define ESS_TIME_MAX 9.151704e18         /* 290 years of 365.25 days */
#define ESS_DELAY_MAX 600e9              /* ten minutes: beyond Mars */
#define ESS_WHOLE_MAX 9007199254740992.0 /* 2^53 */

/* Where a member of struct ess_scenario_<type> stands. */
#define ESS_AT(type, member) offsetof(struct ess_scenario_##type, member)

#endif
