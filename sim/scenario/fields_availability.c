/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When hosts come and go: a trace, and scripted faults. */
#include "sim/scenario/fields.h"

#include <string.h>

#include "sim/scenario/checks.h"
#include "sim/scenario/scenario.h"

static const char *const mapping_names[] = {"random", "in_order", NULL};
static const char *const departure_names[] = {"crash", "silence", NULL};
static const char *const fault_names[] = {
    "crash", "silence", "pause", "link_cut", "reset", "partition", NULL};
const char *const ess_direction_names[] = {
    "both", "up", "down", "forward", "backward", "out", "in", NULL};

static const struct ess_field availability_fields[] = {
    {.key = "trace",
        .kind = ESS_FIELD_TEXT,
        .offset = ESS_AT(availability, trace),
        .meaning = "a file, relative to this one, or below `$ESSAIM_DATA/`"},
    {.key = "format",
        .kind = ESS_FIELD_TEXT,
        .fallback = "auto",
        .offset = ESS_AT(availability, format),
        .meaning = "`auto` looks at the first bytes; else a name of `essaim list trace-format`"},
    {.key = "mapping",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "random",
        .choices = mapping_names,
        .offset = ESS_AT(availability, mapping),
        .meaning =
            "which trace host each host replays: drawn anew in each replication, or in order"},
    {.key = "offset",
        .kind = ESS_FIELD_TEXT,
        .fallback = "random",
        .offset = ESS_AT(availability, offset),
        .meaning = "where in the trace the run starts: `random` (drawn anew in each replication) "
                   "or a time such as `36 h`"},
    {.key = "scale",
        .kind = ESS_FIELD_REAL,
        .fallback = "1",
        .minimum = 1e-6,
        .maximum = 1e6,
        .offset = ESS_AT(availability, scale),
        .meaning = "2 plays the trace twice as slowly"},
    {.key = "wrap",
        .kind = ESS_FIELD_BOOLEAN,
        .fallback = "true",
        .offset = ESS_AT(availability, wrap),
        .meaning = "whether the trace begins again at its end"},
    {.key = "departure",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "crash",
        .choices = departure_names,
        .offset = ESS_AT(availability, departure),
        .meaning = "how a host goes: its connections are reset, or it vanishes without a word"},
    {.key = NULL}};
const struct ess_schema ess_availability_schema = {"the availability", availability_fields,
    sizeof(struct ess_scenario_availability), ess_check_availability};

bool ess_availability_read(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value) {
    struct ess_scenario_availability *availability = value;
    if (node != NULL && ess_tree_kind(node) == ESS_TREE_OBJECT)
        return ess_schema_read(reader, &ess_availability_schema, place, node, value);
    availability->always = true;
    if (node == NULL ||
        (ess_tree_kind(node) == ESS_TREE_STRING && strcmp(ess_tree_string(node), "always") == 0))
        return true;
    ess_reader_complain(reader, place, ess_reader_describe(reader, node), NULL,
        "\"always\" or an object with a \"trace\"");
    return false;
}

void ess_availability_print(FILE *out, int indent, const void *value) {
    const struct ess_scenario_availability *availability = value;
    if (availability->always)
        ess_print_json_text(out, "always");
    else
        ess_schema_print(&ess_availability_schema, value, out, indent);
}

static const struct ess_field fault_fields[] = {
    {.key = "at",
        .kind = ESS_FIELD_TIME,
        .minimum = 0,
        .maximum = ESS_TIME_MAX,
        .offset = ESS_AT(fault, at_ns),
        .meaning = "simulated time, within the duration"},
    {.key = "kind",
        .kind = ESS_FIELD_CHOICE,
        .choices = fault_names,
        .offset = ESS_AT(fault, kind),
        .meaning = "what happens"},
    {.key = "host",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(fault, host),
        .meaning = "`site/k` or `coordinator`; with `link_cut`: that host's access link"},
    {.key = "between",
        .kind = ESS_FIELD_TEXTS,
        .fallback = "",
        .minimum = 2,
        .maximum = 2,
        .offset = ESS_AT(fault, between),
        .count_offset = ESS_AT(fault, between_count),
        .meaning = "with `link_cut`: the two sites of a WAN link, in place of `host`"},
    {.key = "sites",
        .kind = ESS_FIELD_TEXTS,
        .fallback = "",
        .minimum = 1,
        .maximum = 10000,
        .offset = ESS_AT(fault, sites),
        .count_offset = ESS_AT(fault, site_count),
        .meaning = "with `partition`: cut off from all other sites, not from each other"},
    {.key = "direction",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "both",
        .choices = ess_direction_names,
        .offset = ESS_AT(fault, direction),
        .meaning = "what is cut: of a `host`'s link `up` or `down`; between sites `forward` (from "
                   "the first named to the second) or `backward`; of a partition what goes `out` "
                   "or comes `in`"},
    {.key = "for",
        .kind = ESS_FIELD_TIME,
        .fallback = "",
        .minimum = 1,
        .maximum = ESS_TIME_MAX,
        .offset = ESS_AT(fault, for_ns),
        .meaning =
            "until it is over; needed with `pause`, refused with `reset`; default: for ever"},
    {.key = NULL}};
const struct ess_schema ess_fault_schema = {
    "a fault", fault_fields, sizeof(struct ess_scenario_fault), ess_check_fault};
