/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links that change by a trace. */
#include "sim/scenario/fields.h"

#include "sim/scenario/checks.h"
#include "sim/scenario/scenario.h"

/* In the order of enum ess_link_end. */
static const char *const end_names[] = {"hold", "loop", "stop", NULL};

static const struct ess_field link_trace_fields[] = {
    {.key = "host",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(link_trace, host),
        .meaning = "`site/k` or `coordinator`: its access link; either this or `between`"},
    {.key = "between",
        .kind = ESS_FIELD_TEXTS,
        .fallback = "",
        .minimum = 2,
        .maximum = 2,
        .offset = ESS_AT(link_trace, between),
        .count_offset = ESS_AT(link_trace, between_count),
        .meaning = "the two sites of a WAN link"},
    {.key = "direction",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "both",
        .choices = ess_direction_names,
        .offset = ESS_AT(link_trace, direction),
        .meaning = "of a `host`'s link `up` or `down`; between sites `forward` (from the first "
                   "named to the second) or `backward`"},
    {.key = "trace",
        .kind = ESS_FIELD_TEXT,
        .offset = ESS_AT(link_trace, trace),
        .meaning = "a file, relative to this one, or below `$ESSAIM_DATA/`"},
    {.key = "format",
        .kind = ESS_FIELD_TEXT,
        .fallback = "auto",
        .offset = ESS_AT(link_trace, format),
        .meaning = "`auto` looks at the first bytes; else a name of `essaim list link-format`"},
    {.key = "bin",
        .kind = ESS_FIELD_TIME,
        .fallback = "",
        .minimum = 1e6,
        .maximum = ESS_DELAY_MAX,
        .offset = ESS_AT(link_trace, bin_ns),
        .meaning = "time over which a format that lists packets (mahimahi) is averaged; default: "
                   "100 ms"},
    {.key = "at_end",
        .kind = ESS_FIELD_CHOICE,
        .choices = end_names,
        .offset = ESS_AT(link_trace, at_end),
        .meaning = "after the trace: its last row goes on, it begins again, or the link carries "
                   "nothing any more"},
    {.key = "offset",
        .kind = ESS_FIELD_TIME,
        .fallback = "0 s",
        .minimum = 0,
        .maximum = ESS_TIME_MAX,
        .offset = ESS_AT(link_trace, offset_ns),
        .meaning = "where in the trace the run starts"},
    {.key = "checksum",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(link_trace, checksum),
        .meaning = "of what the file says, as `essaim validate --print` shows it; another content "
                   "is then an error"},
    {.key = NULL}};
const struct ess_schema ess_link_trace_schema = {"a link trace", link_trace_fields,
    sizeof(struct ess_scenario_link_trace), ess_check_link_trace};
