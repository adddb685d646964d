/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain transfers from host to host. */
#include "sim/scenario/fields.h"

#include <string.h>

#include "sim/scenario/checks.h"
#include "sim/scenario/scenario.h"

static const char *const kind_names[] = {"transfers", NULL};
static const char *const state_names[] = {"cold", "warm", NULL};

static bool read_bytes(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value) {
    int64_t *bytes = value;
    double number;
    if (ess_tree_kind(node) == ESS_TREE_STRING && strcmp(ess_tree_string(node), "bulk") == 0) {
        *bytes = ESS_TRANSFER_BULK;
        return true;
    }
    if (!ess_read_number(reader, place, node, ESS_DIMENSION_SIZE, false, 1, ESS_BYTES_MAX, &number))
        return false;
    *bytes = (int64_t)number;
    return true;
}

static void print_bytes(FILE *out, int indent, const void *value) {
    int64_t bytes = *(const int64_t *)value;
    (void)indent;
    if (bytes == ESS_TRANSFER_BULK)
        ess_print_json_text(out, "bulk");
    else
        ess_print_quantity(out, (double)bytes, ESS_DIMENSION_SIZE);
}

static const struct ess_field transfer_fields[] = {
    {.key = "name",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(transfer, name),
        .meaning = "unique in its service; default: its place in the list, from 0"},
    {.key = "start",
        .kind = ESS_FIELD_TIME,
        .fallback = "0 s",
        .minimum = 0,
        .maximum = ESS_TIME_MAX,
        .offset = ESS_AT(transfer, start_ns),
        .meaning = "simulated time, within the duration"},
    {.key = "from",
        .kind = ESS_FIELD_TEXT,
        .offset = ESS_AT(transfer, from),
        .meaning = "the host that sends: `site/k` or `coordinator`"},
    {.key = "to",
        .kind = ESS_FIELD_TEXT,
        .offset = ESS_AT(transfer, to),
        .meaning = "the host that receives"},
    {.key = "bytes",
        .kind = ESS_FIELD_CUSTOM,
        .read = read_bytes,
        .print = print_bytes,
        .offset = ESS_AT(transfer, bytes),
        .meaning =
            "a size such as `\"100 MB\"`, or `\"bulk\"`: as much as goes through until `stop`"},
    {.key = "stop",
        .kind = ESS_FIELD_TIME,
        .fallback = "",
        .minimum = 1,
        .maximum = ESS_TIME_MAX,
        .offset = ESS_AT(transfer, stop_ns),
        .meaning = "of a bulk transfer; default: the scenario's duration"},
    {.key = "measure_from",
        .kind = ESS_FIELD_TIME,
        .fallback = "",
        .minimum = 0,
        .maximum = ESS_TIME_MAX,
        .offset = ESS_AT(transfer, measure_from_ns),
        .meaning = "of a bulk transfer: its goodput counts from here to `stop`; default: `start`"},
    {.key = "connections",
        .kind = ESS_FIELD_INTEGER,
        .fallback = "1",
        .minimum = 1,
        .maximum = 4096,
        .offset = ESS_AT(transfer, connections),
        .meaning = "side by side, an equal part of the bytes on each; it is done when all are"},
    {.key = "state",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "cold",
        .choices = state_names,
        .offset = ESS_AT(transfer, state),
        .meaning = "of the connections, which are this transfer's own: opened at `start`, or used "
                   "just before and still open"},
    {.key = "congestion_control",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(transfer, congestion_control),
        .meaning =
            "of its connections: a name of `essaim list congestion`; default: the network's"},
    {.key = NULL}};
const struct ess_schema ess_transfer_schema = {
    "a transfer", transfer_fields, sizeof(struct ess_scenario_transfer), ess_check_transfer};

static const struct ess_field transfers_fields[] = {{.key = "kind",
                                                        .kind = ESS_FIELD_CHOICE,
                                                        .choices = kind_names,
                                                        .offset = ESS_AT(transfers, kind),
                                                        .meaning = "plain transfers"},
    {.key = "name",
        .kind = ESS_FIELD_TEXT,
        .fallback = "transfers",
        .offset = ESS_AT(transfers, name),
        .meaning = "label in reports"},
    {.key = "transfers",
        .kind = ESS_FIELD_OBJECTS,
        .fallback = "",
        .maximum = ESS_TRANSFERS_MAX,
        .child = &ess_transfer_schema,
        .offset = ESS_AT(transfers, list),
        .count_offset = ESS_AT(transfers, list_count),
        .meaning = "a list; this, or `file`, or both"},
    {.key = "file",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(transfers, file),
        .meaning = "a CSV file of further ones, relative to this one, or below `$ESSAIM_DATA/`; "
                   "see below"},
    {.key = NULL}};
const struct ess_schema ess_transfers_schema = {
    "a list of transfers", transfers_fields, sizeof(struct ess_scenario_transfers), NULL};
