/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/fields.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/checks.h"
#include "sim/scenario/choice.h"
#include "sim/scenario/scenario.h"

#define BYTES_MAX 1125899906842624.0        /* 1 PiB */
#define RATE_MIN 0.125                      /* 1 bit/s */
#define RATE_MAX 1.25e12                    /* 10 Tbit/s */
#define TIME_MAX 9.151704e18                /* 290 years of 365.25 days */
#define DELAY_MAX 600e9                     /* ten minutes: beyond Mars */
#define WHOLE_MAX 9007199254740992.0        /* 2^53 */
#define AT(type, member) offsetof(struct ess_scenario_##type, member)
#define END_OF_FIELDS {0}

const char *const ess_mapping_names[] = {"random", "in_order", NULL};
const char *const ess_departure_names[] = {"crash", "silence", NULL};
const char *const ess_fault_names[] = {"crash", "silence", "pause", "link_cut", "reset", NULL};
static const char *const service_names[] = {"training", NULL};
static const char *const network_names[] = {"fluid", NULL};

/* ---- Sites ------------------------------------------------------------------------------------ */

static const struct ess_field host_kind_fields[] = {
    {.key = "count", .kind = ESS_FIELD_INTEGER, .fallback = "1", .minimum = 1,
        .maximum = ESS_SCENARIO_HOSTS_MAX, .offset = AT(host_kind, count),
        .meaning = "how many such machines"},
    {.key = "name", .kind = ESS_FIELD_TEXT, .fallback = "", .offset = AT(host_kind, name),
        .meaning = "label in reports; default: the name of the gpu or cpu"},
    {.key = "gpu", .kind = ESS_FIELD_TEXT, .fallback = "", .offset = AT(host_kind, gpu),
        .meaning = "a GPU of `essaim list gpu`; either this or `cpu`"},
    {.key = "cpu", .kind = ESS_FIELD_TEXT, .fallback = "", .offset = AT(host_kind, cpu),
        .meaning = "a CPU of `essaim list cpu`, for machines that train without a GPU"},
    {.key = "efficiency", .kind = ESS_FIELD_REAL, .fallback = "0.4", .minimum = 0.001,
        .maximum = 1, .offset = AT(host_kind, efficiency),
        .meaning = "share of the peak rate that training reaches"},
    {.key = "memory", .kind = ESS_FIELD_SIZE, .fallback = "", .minimum = 1048576,
        .maximum = BYTES_MAX, .offset = AT(host_kind, memory_bytes),
        .meaning = "that the job may use; default: all of the GPU's; needed with `cpu`"},
    {.key = "up", .kind = ESS_FIELD_RATE, .minimum = RATE_MIN, .maximum = RATE_MAX,
        .offset = AT(host_kind, up_rate_bytes_per_s), .meaning = "rate of the access link, sending"},
    {.key = "down", .kind = ESS_FIELD_RATE, .minimum = RATE_MIN, .maximum = RATE_MAX,
        .offset = AT(host_kind, down_rate_bytes_per_s),
        .meaning = "rate of the access link, receiving"},
    {.key = "delay", .kind = ESS_FIELD_TIME, .fallback = "5 ms", .minimum = 0,
        .maximum = DELAY_MAX, .offset = AT(host_kind, delay_ns),
        .meaning = "one-way delay of the access link, in each direction"},
    {.key = "base_power", .kind = ESS_FIELD_POWER, .fallback = "60 W", .minimum = 0,
        .maximum = 1e6, .offset = AT(host_kind, base_power_w),
        .meaning = "drawn by the machine around its GPU or CPU while it is up"},
    END_OF_FIELDS};
static const struct ess_schema host_kind_schema = {"a kind of host", host_kind_fields,
    sizeof(struct ess_scenario_host_kind), ess_check_host_kind};

static const struct ess_field site_fields[] = {
    {.key = "name", .kind = ESS_FIELD_TEXT, .offset = AT(site, name),
        .meaning = "unique; its hosts are called `name/0`, `name/1` …"},
    {.key = "hosts", .kind = ESS_FIELD_OBJECTS, .minimum = 1, .maximum = 10000,
        .child = &host_kind_schema, .offset = AT(site, kinds),
        .count_offset = AT(site, kind_count), .meaning = "kinds of machine, numbered in this order"},
    END_OF_FIELDS};
static const struct ess_schema site_schema = {
    "a site", site_fields, sizeof(struct ess_scenario_site), ess_check_site};

/* ---- The network between them ----------------------------------------------------------------- */

static const struct ess_field wan_link_fields[] = {
    {.key = "from", .kind = ESS_FIELD_TEXT, .offset = AT(wan_link, from), .meaning = "a site"},
    {.key = "to", .kind = ESS_FIELD_TEXT, .offset = AT(wan_link, to), .meaning = "another site"},
    {.key = "rate", .kind = ESS_FIELD_RATE, .fallback = "", .minimum = RATE_MIN,
        .maximum = RATE_MAX, .offset = AT(wan_link, rate_bytes_per_s),
        .meaning = "in each direction; either this or the two below"},
    {.key = "rate_forward", .kind = ESS_FIELD_RATE, .fallback = "", .minimum = RATE_MIN,
        .maximum = RATE_MAX, .offset = AT(wan_link, rate_forward_bytes_per_s),
        .meaning = "from `from` to `to`"},
    {.key = "rate_backward", .kind = ESS_FIELD_RATE, .fallback = "", .minimum = RATE_MIN,
        .maximum = RATE_MAX, .offset = AT(wan_link, rate_backward_bytes_per_s),
        .meaning = "from `to` to `from`"},
    {.key = "delay", .kind = ESS_FIELD_TIME, .minimum = 0, .maximum = DELAY_MAX,
        .offset = AT(wan_link, delay_ns), .meaning = "one way, in each direction"},
    END_OF_FIELDS};
static const struct ess_schema wan_link_schema = {"a WAN link", wan_link_fields,
    sizeof(struct ess_scenario_wan_link), ess_check_wan_link};

static const struct ess_field wan_fields[] = {
    {.key = "links", .kind = ESS_FIELD_OBJECTS, .fallback = "", .maximum = 100000,
        .child = &wan_link_schema, .offset = AT(wan, links), .count_offset = AT(wan, link_count),
        .meaning = "at most one between two sites; together they must connect all sites"},
    END_OF_FIELDS};
static const struct ess_schema wan_schema = {
    "the WAN", wan_fields, sizeof(struct ess_scenario_wan), NULL};

static const struct ess_field coordinator_fields[] = {
    {.key = "site", .kind = ESS_FIELD_TEXT, .fallback = "", .offset = AT(coordinator, site),
        .meaning = "where it stands; default: the first site"},
    {.key = "up", .kind = ESS_FIELD_RATE, .fallback = "1 Gbit/s", .minimum = RATE_MIN,
        .maximum = RATE_MAX, .offset = AT(coordinator, up_rate_bytes_per_s),
        .meaning = "rate of its access link, sending"},
    {.key = "down", .kind = ESS_FIELD_RATE, .fallback = "1 Gbit/s", .minimum = RATE_MIN,
        .maximum = RATE_MAX, .offset = AT(coordinator, down_rate_bytes_per_s),
        .meaning = "rate of its access link, receiving"},
    {.key = "delay", .kind = ESS_FIELD_TIME, .fallback = "1 ms", .minimum = 0,
        .maximum = DELAY_MAX, .offset = AT(coordinator, delay_ns),
        .meaning = "one-way delay of its access link"},
    END_OF_FIELDS};
static const struct ess_schema coordinator_schema = {"the coordinator", coordinator_fields,
    sizeof(struct ess_scenario_coordinator), NULL};

static const struct ess_field network_fields[] = {
    {.key = "model", .kind = ESS_FIELD_CHOICE, .fallback = "fluid", .choices = network_names,
        .offset = AT(network, model), .meaning = "how transfers share links"},
    {.key = "window", .kind = ESS_FIELD_SIZE, .fallback = "4 MiB", .minimum = 1024,
        .maximum = 17179869184.0, .offset = AT(network, window_bytes),
        .meaning = "of a connection: it carries at most this much per round trip"},
    END_OF_FIELDS};
static const struct ess_schema network_schema = {
    "the network", network_fields, sizeof(struct ess_scenario_network), NULL};

/* ---- Comings and goings ----------------------------------------------------------------------- */

static const struct ess_field availability_fields[] = {
    {.key = "trace", .kind = ESS_FIELD_TEXT, .offset = AT(availability, trace),
        .meaning = "a file, relative to this one, or below `$ESSAIM_DATA/`"},
    {.key = "format", .kind = ESS_FIELD_TEXT, .fallback = "auto",
        .offset = AT(availability, format),
        .meaning = "`auto` looks at the first bytes; else a reader of `essaim list reader`"},
    {.key = "mapping", .kind = ESS_FIELD_CHOICE, .fallback = "random",
        .choices = ess_mapping_names, .offset = AT(availability, mapping),
        .meaning = "which trace host each host replays: drawn anew in each replication, or in order"},
    {.key = "offset", .kind = ESS_FIELD_TEXT, .fallback = "random",
        .offset = AT(availability, offset),
        .meaning = "where in the trace the run starts: `random` (drawn anew in each replication) "
                   "or a time such as `36 h`"},
    {.key = "scale", .kind = ESS_FIELD_REAL, .fallback = "1", .minimum = 1e-6, .maximum = 1e6,
        .offset = AT(availability, scale), .meaning = "2 plays the trace twice as slowly"},
    {.key = "wrap", .kind = ESS_FIELD_BOOLEAN, .fallback = "true",
        .offset = AT(availability, wrap), .meaning = "whether the trace begins again at its end"},
    {.key = "departure", .kind = ESS_FIELD_CHOICE, .fallback = "crash",
        .choices = ess_departure_names, .offset = AT(availability, departure),
        .meaning = "how a host goes: its connections are reset, or it vanishes without a word"},
    END_OF_FIELDS};
static const struct ess_schema availability_schema = {"the availability", availability_fields,
    sizeof(struct ess_scenario_availability), ess_check_availability};

static bool read_availability(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value) {
    struct ess_scenario_availability *availability = value;
    if (node != NULL && ess_tree_kind(node) == ESS_TREE_OBJECT)
        return ess_schema_read(reader, &availability_schema, place, node, value);
    availability->always = true;
    if (node == NULL || (ess_tree_kind(node) == ESS_TREE_STRING &&
                            strcmp(ess_tree_string(node), "always") == 0))
        return true;
    ess_reader_complain(reader, place, ess_reader_describe(reader, node), NULL,
        "\"always\" or an object with a \"trace\"");
    return false;
}

static void print_availability(FILE *out, int indent, const void *value) {
    const struct ess_scenario_availability *availability = value;
    if (availability->always)
        ess_print_json_text(out, "always");
    else
        ess_schema_print(&availability_schema, value, out, indent);
}

static const struct ess_field fault_fields[] = {
    {.key = "at", .kind = ESS_FIELD_TIME, .minimum = 0, .maximum = TIME_MAX,
        .offset = AT(fault, at_ns), .meaning = "simulated time, within the duration"},
    {.key = "kind", .kind = ESS_FIELD_CHOICE, .choices = ess_fault_names,
        .offset = AT(fault, kind), .meaning = "what happens"},
    {.key = "host", .kind = ESS_FIELD_TEXT, .fallback = "", .offset = AT(fault, host),
        .meaning = "`site/k` or `coordinator`; with `link_cut`: that host's access link"},
    {.key = "between", .kind = ESS_FIELD_TEXTS, .fallback = "", .minimum = 2, .maximum = 2,
        .offset = AT(fault, between), .count_offset = AT(fault, between_count),
        .meaning = "with `link_cut`: the two sites of a WAN link, in place of `host`"},
    {.key = "for", .kind = ESS_FIELD_TIME, .fallback = "", .minimum = 1, .maximum = TIME_MAX,
        .offset = AT(fault, for_ns),
        .meaning = "until it is over; needed with `pause`, refused with `reset`; default: for ever"},
    END_OF_FIELDS};
static const struct ess_schema fault_schema = {
    "a fault", fault_fields, sizeof(struct ess_scenario_fault), ess_check_fault};

/* ---- The job ---------------------------------------------------------------------------------- */

static const struct ess_field training_fields[] = {
    {.key = "kind", .kind = ESS_FIELD_CHOICE, .choices = service_names,
        .offset = AT(training, kind), .meaning = "what the machines do"},
    {.key = "name", .kind = ESS_FIELD_TEXT, .fallback = "training", .offset = AT(training, name),
        .meaning = "label in reports"},
    {.key = "parameters", .kind = ESS_FIELD_INTEGER, .minimum = 1, .maximum = WHOLE_MAX,
        .offset = AT(training, parameters), .meaning = "of the model; 1.3e9 may be written so"},
    {.key = "tokens_per_step", .kind = ESS_FIELD_INTEGER, .minimum = 1, .maximum = 1e12,
        .offset = AT(training, tokens_per_step), .meaning = "that each worker computes in a step"},
    {.key = "work_per_token", .kind = ESS_FIELD_WORK, .fallback = "", .minimum = 1,
        .maximum = 1e24, .offset = AT(training, work_per_token_flop),
        .meaning = "forward and backward; default: 6 FLOP for each parameter"},
    {.key = "buckets", .kind = ESS_FIELD_INTEGER, .fallback = "16", .minimum = 1, .maximum = 64,
        .offset = AT(training, buckets),
        .meaning = "of gradients, each reduced as soon as the backward pass has filled it"},
    {.key = "gradient_bytes_per_parameter", .kind = ESS_FIELD_INTEGER, .fallback = "2",
        .minimum = 1, .maximum = 8, .offset = AT(training, gradient_bytes_per_parameter),
        .meaning = "on the wire"},
    {.key = "state_bytes_per_parameter", .kind = ESS_FIELD_INTEGER, .fallback = "12",
        .minimum = 1, .maximum = 256, .offset = AT(training, state_bytes_per_parameter),
        .meaning = "fetched by a machine that joins: fp32 weights 4, two moments of Adam 8"},
    {.key = "memory_bytes_per_parameter", .kind = ESS_FIELD_INTEGER, .fallback = "20",
        .minimum = 1, .maximum = 256, .offset = AT(training, memory_bytes_per_parameter),
        .meaning = "held by a worker: 16-bit weights 2, own gradients kept until the commit 2, "
                   "reduced gradients 2, optimiser 12, receive buffers 2"},
    {.key = "activation_memory", .kind = ESS_FIELD_SIZE, .fallback = "1 GiB", .minimum = 0,
        .maximum = BYTES_MAX, .offset = AT(training, activation_memory_bytes),
        .meaning = "held on top of that"},
    {.key = "steps", .kind = ESS_FIELD_INTEGER, .fallback = "", .minimum = 1,
        .maximum = WHOLE_MAX, .offset = AT(training, steps),
        .meaning = "after which the job is done; default: it runs until the duration ends"},
    {.key = "minimum_workers", .kind = ESS_FIELD_INTEGER, .fallback = "2", .minimum = 2,
        .maximum = ESS_SCENARIO_HOSTS_MAX, .offset = AT(training, minimum_workers),
        .meaning = "with fewer the job waits for machines to join"},
    {.key = "founders", .kind = ESS_FIELD_INTEGER, .fallback = "", .minimum = 2,
        .maximum = ESS_SCENARIO_HOSTS_MAX, .offset = AT(training, founders),
        .meaning = "workers waited for before the first step; default: all hosts"},
    {.key = "formation", .kind = ESS_FIELD_TIME, .fallback = "1 min", .minimum = 1,
        .maximum = TIME_MAX, .offset = AT(training, formation_ns),
        .meaning = "but no longer than this after the first has come"},
    {.key = "stripes", .kind = ESS_FIELD_INTEGER, .fallback = "4", .minimum = 1, .maximum = 64,
        .offset = AT(training, stripes),
        .meaning = "parts in which a machine that joins fetches the state from its peers"},
    END_OF_FIELDS};
static const struct ess_schema training_schema = {"a training job", training_fields,
    sizeof(struct ess_scenario_training), ess_check_training};

/* ---- Measuring -------------------------------------------------------------------------------- */

static const struct ess_field measure_fields[] = {
    {.key = "replications", .kind = ESS_FIELD_INTEGER, .fallback = "5", .minimum = 1,
        .maximum = 1000, .offset = AT(measure, replications),
        .meaning = "runs of each variant, on worlds that differ by the seed's draws"},
    {.key = "confidence", .kind = ESS_FIELD_REAL, .fallback = "0.95", .minimum = 0.5,
        .maximum = 0.9999, .offset = AT(measure, confidence), .meaning = "of the intervals"},
    END_OF_FIELDS};
static const struct ess_schema measure_schema = {
    "the measurement", measure_fields, sizeof(struct ess_scenario_measure), NULL};

static const struct ess_field bounds_fields[] = {
    {.key = "events", .kind = ESS_FIELD_INTEGER, .fallback = "1000000000", .minimum = 1,
        .maximum = WHOLE_MAX, .offset = AT(bounds, events), .meaning = "of one replication"},
    {.key = "wall", .kind = ESS_FIELD_TIME, .fallback = "10 min", .minimum = 1e6,
        .maximum = TIME_MAX, .offset = AT(bounds, wall_ns),
        .meaning = "real time that one replication may take"},
    END_OF_FIELDS};
static const struct ess_schema bounds_schema = {
    "the bounds", bounds_fields, sizeof(struct ess_scenario_bounds), NULL};

static const struct ess_field expectation_fields[] = {
    {.key = "metric", .kind = ESS_FIELD_TEXT, .offset = AT(expectation, metric),
        .meaning = "a metric of the results"},
    {.key = "variant", .kind = ESS_FIELD_TEXT, .fallback = "",
        .offset = AT(expectation, variant), .meaning = "default: each of them"},
    {.key = "below", .kind = ESS_FIELD_QUANTITY, .fallback = "",
        .offset = AT(expectation, below), .meaning = "the mean must be below this"},
    {.key = "above", .kind = ESS_FIELD_QUANTITY, .fallback = "",
        .offset = AT(expectation, above), .meaning = "the mean must be above this"},
    {.key = "lower", .kind = ESS_FIELD_TEXT, .fallback = "", .offset = AT(expectation, lower),
        .meaning = "the variant whose mean must be the lower one"},
    {.key = "than", .kind = ESS_FIELD_TEXT, .fallback = "", .offset = AT(expectation, than),
        .meaning = "the variant it is compared with"},
    {.key = "disjoint", .kind = ESS_FIELD_BOOLEAN, .fallback = "false",
        .offset = AT(expectation, disjoint),
        .meaning = "with `lower`: and the confidence intervals must not touch"},
    END_OF_FIELDS};
static const struct ess_schema expectation_schema = {"an expectation", expectation_fields,
    sizeof(struct ess_scenario_expectation), ess_check_expectation};

/* ---- The file --------------------------------------------------------------------------------- */

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
    {.key = "description", .kind = ESS_FIELD_TEXT, .fallback = "", .offset = ROOT(description),
        .meaning = "what it shows, in a sentence or two"},
    {.key = "include", .kind = ESS_FIELD_ELSEWHERE, .fallback = "",
        .meaning = "files, relative to this one, whose fields this one overrides; see below"},
    {.key = "seed", .kind = ESS_FIELD_CUSTOM, .fallback = "1", .read = read_seed,
        .print = print_seed, .offset = ROOT(seed_text),
        .meaning = "whole number from 0 to 2^64 - 1, in quotes above 2^53; equal seeds, equal results"},
    {.key = "duration", .kind = ESS_FIELD_TIME, .minimum = 1, .maximum = TIME_MAX,
        .offset = ROOT(duration_ns), .meaning = "of simulated time; a job may end it sooner"},
    {.key = "sites", .kind = ESS_FIELD_OBJECTS, .minimum = 1, .maximum = 10000,
        .child = &site_schema, .offset = ROOT(sites), .count_offset = ROOT(site_count),
        .meaning = "places with machines"},
    {.key = "wan", .kind = ESS_FIELD_OBJECT, .fallback = "", .child = &wan_schema,
        .offset = ROOT(wan), .meaning = "the links between sites"},
    {.key = "coordinator", .kind = ESS_FIELD_OBJECT, .fallback = "", .child = &coordinator_schema,
        .offset = ROOT(coordinator),
        .meaning = "a small machine, not in `sites`, that is up unless a fault says otherwise"},
    {.key = "availability", .kind = ESS_FIELD_CUSTOM, .fallback = "always",
        .read = read_availability, .print = print_availability, .offset = ROOT(availability),
        .meaning = "`\"always\"`, or an object: when hosts come and go"},
    {.key = "faults", .kind = ESS_FIELD_OBJECTS, .fallback = "", .maximum = 100000,
        .child = &fault_schema, .offset = ROOT(faults), .count_offset = ROOT(fault_count),
        .meaning = "scripted, on top of the availability"},
    {.key = "services", .kind = ESS_FIELD_OBJECTS, .minimum = 1, .maximum = 1,
        .child = &training_schema, .offset = ROOT(services), .count_offset = ROOT(service_count),
        .meaning = "what runs: one training job"},
    {.key = "policies", .kind = ESS_FIELD_CUSTOM, .fallback = "", .read = ess_policies_read,
        .print = ess_policies_print, .offset = ROOT(policies),
        .meaning = "which algorithm decides what; see below"},
    {.key = "network", .kind = ESS_FIELD_OBJECT, .fallback = "", .child = &network_schema,
        .offset = ROOT(network), .meaning = "how the network is simulated"},
    {.key = "measure", .kind = ESS_FIELD_OBJECT, .fallback = "", .child = &measure_schema,
        .offset = ROOT(measure), .meaning = "how much is measured"},
    {.key = "bounds", .kind = ESS_FIELD_OBJECT, .fallback = "", .child = &bounds_schema,
        .offset = ROOT(bounds), .meaning = "where a run stops at the latest; hitting one is reported"},
    {.key = "compare", .kind = ESS_FIELD_ELSEWHERE, .fallback = "",
        .meaning = "fields to vary, by JSON pointer; see below"},
    {.key = "expect", .kind = ESS_FIELD_OBJECTS, .fallback = "", .maximum = 10000,
        .child = &expectation_schema, .offset = ROOT(expectations),
        .count_offset = ROOT(expectation_count),
        .meaning = "what must be true of the results, else exit status 1"},
    END_OF_FIELDS};

const struct ess_schema ess_scenario_schema = {
    "a scenario", scenario_fields, sizeof(struct ess_scenario), NULL};

const struct ess_scenario_part ess_scenario_parts[] = {{"the file", &ess_scenario_schema},
    {"sites[]", &site_schema}, {"sites[].hosts[]", &host_kind_schema}, {"wan", &wan_schema},
    {"wan.links[]", &wan_link_schema}, {"coordinator", &coordinator_schema},
    {"availability", &availability_schema}, {"faults[]", &fault_schema},
    {"services[]", &training_schema}, {"network", &network_schema}, {"measure", &measure_schema},
    {"bounds", &bounds_schema}, {"expect[]", &expectation_schema}, {NULL, NULL}};
