/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/fields.h"

#include <string.h>

#include "sim/scenario/checks.h"
#include "sim/scenario/choice.h"
#include "sim/scenario/scenario.h"

/* ---- Measuring ---- */

static const struct ess_field measure_fields[] = {
    {.key = "replications",
        .kind = ESS_FIELD_INTEGER,
        .fallback = "5",
        .minimum = 1,
        .maximum = 1000,
        .offset = ESS_AT(measure, replications),
        .meaning = "runs of each variant, on worlds that differ by the seed's draws"},
    {.key = "confidence",
        .kind = ESS_FIELD_REAL,
        .fallback = "0.95",
        .minimum = 0.5,
        .maximum = 0.9999,
        .offset = ESS_AT(measure, confidence),
        .meaning = "of the intervals"},
    {.key = NULL}};
static const struct ess_schema measure_schema = {
    "the measurement", measure_fields, sizeof(struct ess_scenario_measure), NULL};

static const struct ess_field bounds_fields[] = {{.key = "events",
                                                     .kind = ESS_FIELD_INTEGER,
                                                     .fallback = "1000000000",
                                                     .minimum = 1,
                                                     .maximum = ESS_WHOLE_MAX,
                                                     .offset = ESS_AT(bounds, events),
                                                     .meaning = "of one replication"},
    {.key = "wall",
        .kind = ESS_FIELD_TIME,
        .fallback = "10 min",
        .minimum = 1e6,
        .maximum = ESS_TIME_MAX,
        .offset = ESS_AT(bounds, wall_ns),
        .meaning = "real time that one replication may take"},
    {.key = NULL}};
static const struct ess_schema bounds_schema = {
    "the bounds", bounds_fields, sizeof(struct ess_scenario_bounds), NULL};

static const struct ess_field expectation_fields[] = {{.key = "metric",
                                                          .kind = ESS_FIELD_TEXT,
                                                          .offset = ESS_AT(expectation, metric),
                                                          .meaning = "a metric of the results"},
    {.key = "variant",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(expectation, variant),
        .meaning = "default: each of them"},
    {.key = "below",
        .kind = ESS_FIELD_QUANTITY,
        .fallback = "",
        .offset = ESS_AT(expectation, below),
        .meaning = "the mean must be below this"},
    {.key = "above",
        .kind = ESS_FIELD_QUANTITY,
        .fallback = "",
        .offset = ESS_AT(expectation, above),
        .meaning = "the mean must be above this"},
    {.key = "lower",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(expectation, lower),
        .meaning = "the variant whose mean must be the lower one"},
    {.key = "than",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(expectation, than),
        .meaning = "the variant it is compared with"},
    {.key = "disjoint",
        .kind = ESS_FIELD_BOOLEAN,
        .fallback = "false",
        .offset = ESS_AT(expectation, disjoint),
        .meaning = "with `lower`: and the confidence intervals must not touch"},
    {.key = NULL}};
static const struct ess_schema expectation_schema = {"an expectation", expectation_fields,
    sizeof(struct ess_scenario_expectation), ess_check_expectation};

/* ---- The file ---- */

/* A seed may use all of 64 bits, which a JSON number cannot carry: then it is text. */
static bool read_seed(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value) {
    const char **text = value;
    char digits[ESS_QUANTITY_TEXT_BYTES];
    if (node == NULL) {
        *text = "1";
        return true;
    }
    if (ess_tree_kind(node) == ESS_TREE_STRING) {
        const char *written = ess_tree_string(node);
        size_t length = strlen(written);
        bool fits = length < 20 || (length == 20 && strcmp(written, "18446744073709551615") <= 0);
        *text = ess_store_text(reader->store, written);
        if (length > 0 && strspn(written, "0123456789") == length && fits)
            return true;
    } else if (ess_tree_kind(node) == ESS_TREE_NUMBER) {
        double number = ess_tree_number(node);
        ess_units_format_number(number, digits);
        *text = ess_store_text(reader->store, digits);
        if (number >= 0 && strspn(digits, "0123456789") == strlen(digits))
            return true;
    }
    ess_reader_complain(reader, place, ess_reader_describe(reader, node), NULL,
        "a whole number from 0 to 18446744073709551615, as a string where it is above 2^53");
    return false;
}

static void print_seed(FILE *out, int indent, const void *value) {
    (void)indent;
    ess_print_json_text(out, *(const char *const *)value);
}

#define ROOT(member) offsetof(struct ess_scenario, member)
static const struct ess_field scenario_fields[] = {
    {.key = "name", .kind = ESS_FIELD_TEXT, .offset = ROOT(name), .meaning = "of the scenario"},
    {.key = "description",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ROOT(description),
        .meaning = "what it shows, in a sentence or two"},
    {.key = "include",
        .kind = ESS_FIELD_ELSEWHERE,
        .fallback = "",
        .meaning = "files, relative to this one, whose fields this one overrides; see below"},
    {.key = "seed",
        .kind = ESS_FIELD_CUSTOM,
        .fallback = "1",
        .read = read_seed,
        .print = print_seed,
        .offset = ROOT(seed_text),
        .meaning =
            "whole number from 0 to 2^64 - 1, in quotes above 2^53; equal seeds, equal results"},
    {.key = "duration",
        .kind = ESS_FIELD_TIME,
        .minimum = 1,
        .maximum = ESS_TIME_MAX,
        .offset = ROOT(duration_ns),
        .meaning = "of simulated time; a job may end it sooner"},
    {.key = "sites",
        .kind = ESS_FIELD_OBJECTS,
        .minimum = 1,
        .maximum = 10000,
        .child = &ess_site_schema,
        .offset = ROOT(sites),
        .count_offset = ROOT(site_count),
        .meaning = "places with machines"},
    {.key = "wan",
        .kind = ESS_FIELD_OBJECT,
        .fallback = "",
        .child = &ess_wan_schema,
        .offset = ROOT(wan),
        .meaning = "the links between sites"},
    {.key = "coordinator",
        .kind = ESS_FIELD_OBJECT,
        .fallback = "",
        .child = &ess_coordinator_schema,
        .offset = ROOT(coordinator),
        .meaning = "a small machine, not in `sites`, that is up unless a fault says otherwise"},
    {.key = "availability",
        .kind = ESS_FIELD_CUSTOM,
        .fallback = "always",
        .read = ess_availability_read,
        .print = ess_availability_print,
        .offset = ROOT(availability),
        .meaning = "`\"always\"`, or an object: when hosts come and go"},
    {.key = "faults",
        .kind = ESS_FIELD_OBJECTS,
        .fallback = "",
        .maximum = 100000,
        .child = &ess_fault_schema,
        .offset = ROOT(faults),
        .count_offset = ROOT(fault_count),
        .meaning = "scripted, on top of the availability"},
    {.key = "link_traces",
        .kind = ESS_FIELD_OBJECTS,
        .fallback = "",
        .maximum = 100000,
        .child = &ess_link_trace_schema,
        .offset = ROOT(link_traces),
        .count_offset = ROOT(link_trace_count),
        .meaning = "links whose capacity and delay follow a recorded or written trace"},
    {.key = "services",
        .kind = ESS_FIELD_CUSTOM,
        .read = ess_services_read,
        .print = ess_services_print,
        .offset = ROOT(services),
        .meaning = "an array of what runs: at most one training job or service of "
                   "collectives, any number of lists of plain "
                   "transfers; each has a `kind`, and the keys of one of the tables below"},
    {.key = "policies",
        .kind = ESS_FIELD_CUSTOM,
        .fallback = "",
        .read = ess_policies_read,
        .print = ess_policies_print,
        .offset = ROOT(policies),
        .meaning = "which algorithm decides what; see below"},
    {.key = "network",
        .kind = ESS_FIELD_OBJECT,
        .fallback = "",
        .child = &ess_network_schema,
        .offset = ROOT(network),
        .meaning = "how the network is simulated"},
    {.key = "measure",
        .kind = ESS_FIELD_OBJECT,
        .fallback = "",
        .child = &measure_schema,
        .offset = ROOT(measure),
        .meaning = "how much is measured"},
    {.key = "bounds",
        .kind = ESS_FIELD_OBJECT,
        .fallback = "",
        .child = &bounds_schema,
        .offset = ROOT(bounds),
        .meaning = "where a run stops at the latest; hitting one is reported"},
    {.key = "compare",
        .kind = ESS_FIELD_ELSEWHERE,
        .fallback = "",
        .meaning = "fields to vary, by JSON pointer; see below"},
    {.key = "expect",
        .kind = ESS_FIELD_OBJECTS,
        .fallback = "",
        .maximum = 10000,
        .child = &expectation_schema,
        .offset = ROOT(expectations),
        .count_offset = ROOT(expectation_count),
        .meaning = "what must be true of the results, else exit status 1"},
    {.key = NULL}};

const struct ess_schema ess_scenario_schema = {
    "a scenario", scenario_fields, sizeof(struct ess_scenario), NULL};

const struct ess_scenario_part ess_scenario_parts[] = {{"the file", &ess_scenario_schema},
    {"sites[]", &ess_site_schema}, {"sites[].network", &ess_site_network_schema},
    {"sites[].hosts[]", &ess_host_kind_schema}, {"wan", &ess_wan_schema},
    {"wan.links[]", &ess_wan_link_schema}, {"wan.templates[]", &ess_wan_template_schema},
    {"wan.matrix", &ess_matrix_schema}, {"wan.graph", &ess_graph_schema},
    {"coordinator", &ess_coordinator_schema}, {"availability", &ess_availability_schema},
    {"faults[]", &ess_fault_schema}, {"link_traces[]", &ess_link_trace_schema},
    {"services[] of kind training", &ess_training_schema},
    {"services[] of kind transfers", &ess_transfers_schema},
    {"services[] of kind collectives", &ess_collectives_schema},
    {"services[].transfers[]", &ess_transfer_schema}, {"network", &ess_network_schema},
    {"measure", &measure_schema}, {"bounds", &bounds_schema}, {"expect[]", &expectation_schema},
    {NULL, NULL}};
