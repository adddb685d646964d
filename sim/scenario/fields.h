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
    ess_fault_schema, ess_link_trace_schema, ess_training_schema, ess_transfers_schema,
    ess_transfer_schema, ess_collectives_schema;

/* Queue, loss and MTU of a link, as rows of the table of struct ess_scenario_<type>. */
#define ESS_LINK_TRAIT_FIELDS(type)                                                                \
    {.key = "queue_bytes",                                                                         \
        .kind = ESS_FIELD_SIZE,                                                                    \
        .fallback = "",                                                                            \
        .minimum = 64,                                                                             \
        .maximum = ESS_BYTES_MAX,                                                                  \
        .offset = ESS_AT(type, traits.queue_bytes),                                                \
        .meaning = "of the queue before the link; default: that of the network model"},            \
        {.key = "loss",                                                                            \
            .kind = ESS_FIELD_REAL,                                                                \
            .fallback = "0",                                                                       \
            .minimum = 0,                                                                          \
            .maximum = 0.999,                                                                      \
            .offset = ESS_AT(type, traits.loss),                                                   \
            .meaning = "share of packets lost at random, in each direction"},                      \
        {.key = "mtu",                                                                             \
            .kind = ESS_FIELD_SIZE,                                                                \
            .fallback = "1500 B",                                                                  \
            .minimum = 576,                                                                        \
            .maximum = 65535,                                                                      \
            .offset = ESS_AT(type, traits.mtu_bytes),                                              \
            .meaning = "largest packet, with its IP header"},                                      \
    {                                                                                              \
        .key = "jitter", .kind = ESS_FIELD_TIME, .fallback = "0 ns", .minimum = 0,                 \
        .maximum = ESS_DELAY_MAX, .offset = ESS_AT(type, traits.jitter_ns),                        \
        .meaning = "each packet is late by a draw from 0 to this; none overtakes another"          \
    }

/* "both", "up" and so on, as enum ess_direction counts them; NULL at the end. */
extern const char *const ess_direction_names[];

/* The array of services, each read by the table of its kind, into struct ess_scenario_services. */
bool ess_services_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value);
void ess_services_print(FILE *out, int indent, const void *value);

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
