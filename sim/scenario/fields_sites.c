/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machines, and the network between them. */
#include "sim/scenario/fields.h"

#include "sim/scenario/checks.h"
#include "sim/scenario/scenario.h"

static const char *const network_names[] = {"fluid", NULL};

/* ---- Sites ---- */

static const struct ess_field host_kind_fields[] = {{.key = "count",
                                                        .kind = ESS_FIELD_INTEGER,
                                                        .fallback = "1",
                                                        .minimum = 1,
                                                        .maximum = ESS_SCENARIO_HOSTS_MAX,
                                                        .offset = ESS_AT(host_kind, count),
                                                        .meaning = "how many such machines"},
    {.key = "name",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(host_kind, name),
        .meaning = "label in reports; default: the name of the gpu or cpu"},
    {.key = "gpu",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(host_kind, gpu),
        .meaning = "a GPU of `essaim list gpu`; either this or `cpu`"},
    {.key = "cpu",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(host_kind, cpu),
        .meaning = "a CPU of `essaim list cpu`, for machines that train without a GPU"},
    {.key = "efficiency",
        .kind = ESS_FIELD_REAL,
        .fallback = "0.4",
        .minimum = 0.001,
        .maximum = 1,
        .offset = ESS_AT(host_kind, efficiency),
        .meaning = "share of the peak rate that training reaches"},
    {.key = "memory",
        .kind = ESS_FIELD_SIZE,
        .fallback = "",
        .minimum = 1048576,
        .maximum = ESS_BYTES_MAX,
        .offset = ESS_AT(host_kind, memory_bytes),
        .meaning = "that the job may use; default: all of the GPU's; needed with `cpu`"},
    {.key = "up",
        .kind = ESS_FIELD_RATE,
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(host_kind, up_rate_bytes_per_s),
        .meaning = "rate of the access link, sending"},
    {.key = "down",
        .kind = ESS_FIELD_RATE,
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(host_kind, down_rate_bytes_per_s),
        .meaning = "rate of the access link, receiving"},
    {.key = "delay",
        .kind = ESS_FIELD_TIME,
        .fallback = "5 ms",
        .minimum = 0,
        .maximum = ESS_DELAY_MAX,
        .offset = ESS_AT(host_kind, delay_ns),
        .meaning = "one-way delay of the access link, in each direction"},
    {.key = "base_power",
        .kind = ESS_FIELD_POWER,
        .fallback = "60 W",
        .minimum = 0,
        .maximum = 1e6,
        .offset = ESS_AT(host_kind, base_power_w),
        .meaning = "drawn by the machine around its GPU or CPU while it is up"},
    {.key = NULL}};
const struct ess_schema ess_host_kind_schema = {
    "a kind of host", host_kind_fields, sizeof(struct ess_scenario_host_kind), ess_check_host_kind};

static const struct ess_field site_fields[] = {
    {.key = "name",
        .kind = ESS_FIELD_TEXT,
        .offset = ESS_AT(site, name),
        .meaning = "unique; its hosts are called `name/0`, `name/1` …"},
    {.key = "hosts",
        .kind = ESS_FIELD_OBJECTS,
        .minimum = 1,
        .maximum = 10000,
        .child = &ess_host_kind_schema,
        .offset = ESS_AT(site, kinds),
        .count_offset = ESS_AT(site, kind_count),
        .meaning = "kinds of machine, numbered in this order"},
    {.key = NULL}};
const struct ess_schema ess_site_schema = {
    "a site", site_fields, sizeof(struct ess_scenario_site), ess_check_site};

/* ---- The network between them ---- */

static const struct ess_field wan_link_fields[] = {
    {.key = "from", .kind = ESS_FIELD_TEXT, .offset = ESS_AT(wan_link, from), .meaning = "a site"},
    {.key = "to",
        .kind = ESS_FIELD_TEXT,
        .offset = ESS_AT(wan_link, to),
        .meaning = "another site"},
    {.key = "rate",
        .kind = ESS_FIELD_RATE,
        .fallback = "",
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(wan_link, rate_bytes_per_s),
        .meaning = "in each direction; either this or the two below"},
    {.key = "rate_forward",
        .kind = ESS_FIELD_RATE,
        .fallback = "",
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(wan_link, rate_forward_bytes_per_s),
        .meaning = "from `from` to `to`"},
    {.key = "rate_backward",
        .kind = ESS_FIELD_RATE,
        .fallback = "",
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(wan_link, rate_backward_bytes_per_s),
        .meaning = "from `to` to `from`"},
    {.key = "delay",
        .kind = ESS_FIELD_TIME,
        .minimum = 0,
        .maximum = ESS_DELAY_MAX,
        .offset = ESS_AT(wan_link, delay_ns),
        .meaning = "one way, in each direction"},
    {.key = NULL}};
const struct ess_schema ess_wan_link_schema = {
    "a WAN link", wan_link_fields, sizeof(struct ess_scenario_wan_link), ess_check_wan_link};

static const struct ess_field wan_fields[] = {
    {.key = "links",
        .kind = ESS_FIELD_OBJECTS,
        .fallback = "",
        .maximum = 100000,
        .child = &ess_wan_link_schema,
        .offset = ESS_AT(wan, links),
        .count_offset = ESS_AT(wan, link_count),
        .meaning = "at most one between two sites; together they must connect all sites"},
    {.key = NULL}};
const struct ess_schema ess_wan_schema = {
    "the WAN", wan_fields, sizeof(struct ess_scenario_wan), NULL};

static const struct ess_field coordinator_fields[] = {
    {.key = "site",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(coordinator, site),
        .meaning = "where it stands; default: the first site"},
    {.key = "up",
        .kind = ESS_FIELD_RATE,
        .fallback = "1 Gbit/s",
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(coordinator, up_rate_bytes_per_s),
        .meaning = "rate of its access link, sending"},
    {.key = "down",
        .kind = ESS_FIELD_RATE,
        .fallback = "1 Gbit/s",
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(coordinator, down_rate_bytes_per_s),
        .meaning = "rate of its access link, receiving"},
    {.key = "delay",
        .kind = ESS_FIELD_TIME,
        .fallback = "1 ms",
        .minimum = 0,
        .maximum = ESS_DELAY_MAX,
        .offset = ESS_AT(coordinator, delay_ns),
        .meaning = "one-way delay of its access link"},
    {.key = NULL}};
const struct ess_schema ess_coordinator_schema = {
    "the coordinator", coordinator_fields, sizeof(struct ess_scenario_coordinator), NULL};

static const struct ess_field network_fields[] = {{.key = "model",
                                                      .kind = ESS_FIELD_CHOICE,
                                                      .fallback = "fluid",
                                                      .choices = network_names,
                                                      .offset = ESS_AT(network, model),
                                                      .meaning = "how transfers share links"},
    {.key = "window",
        .kind = ESS_FIELD_SIZE,
        .fallback = "4 MiB",
        .minimum = 1024,
        .maximum = 17179869184.0,
        .offset = ESS_AT(network, window_bytes),
        .meaning = "of a connection: it carries at most this much per round trip"},
    {.key = "transport_timeout",
        .kind = ESS_FIELD_TIME,
        .fallback = "30 s",
        .minimum = 1e6,
        .maximum = 8.64e13,
        .offset = ESS_AT(network, transport_timeout_ns),
        .meaning = "a connection that is cut for longer breaks"},
    {.key = NULL}};
const struct ess_schema ess_network_schema = {
    "the network", network_fields, sizeof(struct ess_scenario_network), NULL};
