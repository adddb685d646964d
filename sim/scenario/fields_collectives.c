/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collective operations by themselves. */
#include "sim/scenario/fields.h"

#include "sim/scenario/checks.h"
#include "sim/scenario/scenario.h"

static const char *const kind_names[] = {"collectives", NULL};
/* As enum ess_primitive counts them. A barrier is an all-reduce of nothing. */
static const char *const primitive_names[] = {
    "all_reduce", "reduce_scatter", "all_gather", "broadcast", "reduce", "send", "barrier", NULL};
/* As enum ess_element_kind counts them. */
static const char *const element_names[] = {"float32", "float16", "bfloat16", NULL};
static const char *const reduction_names[] = {"sum", "max", "average", NULL};

static const struct ess_field collectives_fields[] = {
    {.key = "kind",
        .kind = ESS_FIELD_CHOICE,
        .choices = kind_names,
        .offset = ESS_AT(collectives, kind),
        .meaning = "collective operations by themselves"},
    {.key = "name",
        .kind = ESS_FIELD_TEXT,
        .fallback = "collectives",
        .offset = ESS_AT(collectives, name),
        .meaning = "label in reports"},
    {.key = "primitive",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "all_reduce",
        .choices = primitive_names,
        .offset = ESS_AT(collectives, primitive),
        .meaning = "what the machines do with the vector; the policy `collective` says how"},
    {.key = "size",
        .kind = ESS_FIELD_SIZE,
        .fallback = "",
        .minimum = 1,
        .maximum = ESS_BYTES_MAX,
        .offset = ESS_AT(collectives, size_bytes),
        .meaning = "of each machine's vector; a barrier has none"},
    {.key = "element",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "float32",
        .choices = element_names,
        .offset = ESS_AT(collectives, element),
        .meaning = "of the vector: `size` is a multiple of its bytes"},
    {.key = "reduction",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "sum",
        .choices = reduction_names,
        .offset = ESS_AT(collectives, reduction),
        .meaning =
            "how elements are combined; an average is the sum over the contributors' number"},
    {.key = "root",
        .kind = ESS_FIELD_INTEGER,
        .fallback = "0",
        .minimum = 0,
        .maximum = ESS_SCENARIO_HOSTS_MAX,
        .offset = ESS_AT(collectives, root),
        .meaning = "of a broadcast, reduce or send: a rank (machines in the order of their sites); "
                   "in a group too small for it the last"},
    {.key = "target",
        .kind = ESS_FIELD_INTEGER,
        .fallback = "1",
        .minimum = 0,
        .maximum = ESS_SCENARIO_HOSTS_MAX,
        .offset = ESS_AT(collectives, target),
        .meaning = "of a send: the rank that receives"},
    {.key = "concurrent",
        .kind = ESS_FIELD_INTEGER,
        .fallback = "1",
        .minimum = 1,
        .maximum = 64,
        .offset = ESS_AT(collectives, concurrent),
        .meaning = "operations at once, each on an equal part of the vector; in flight together "
                   "are as many as the policy `peer` allows"},
    {.key = "repeats",
        .kind = ESS_FIELD_INTEGER,
        .fallback = "3",
        .minimum = 1,
        .maximum = ESS_WHOLE_MAX,
        .offset = ESS_AT(collectives, repeats),
        .meaning = "one after another: the steps of the results"},
    {.key = "minimum_workers",
        .kind = ESS_FIELD_INTEGER,
        .fallback = "2",
        .minimum = 2,
        .maximum = ESS_SCENARIO_HOSTS_MAX,
        .offset = ESS_AT(collectives, minimum_workers),
        .meaning = "with fewer machines it waits for others to join"},
    {.key = "founders",
        .kind = ESS_FIELD_INTEGER,
        .fallback = "",
        .minimum = 2,
        .maximum = ESS_SCENARIO_HOSTS_MAX,
        .offset = ESS_AT(collectives, founders),
        .meaning = "machines waited for before the first; default: all hosts"},
    {.key = "formation",
        .kind = ESS_FIELD_TIME,
        .fallback = "1 min",
        .minimum = 1,
        .maximum = ESS_TIME_MAX,
        .offset = ESS_AT(collectives, formation_ns),
        .meaning = "but no longer than this after the first has come"},
    {.key = NULL}};
const struct ess_schema ess_collectives_schema = {"collective operations", collectives_fields,
    sizeof(struct ess_scenario_collectives), ess_check_collectives};
