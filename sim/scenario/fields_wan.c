/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network between sites, and within one. */
#include "sim/scenario/fields.h"

#include "sim/scenario/checks.h"
#include "sim/scenario/scenario.h"

/* ---- Within a site ---- */

static bool read_levels(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_tree *node, void *value) {
    struct ess_scenario_levels *levels = value;
    bool ok = true;
    if (node == NULL)
        return true;
    if (!ess_read_kind(reader, place, node, ESS_TREE_ARRAY))
        return false;
    if (ess_tree_size(node) < 1 || ess_tree_size(node) > ESS_FAT_TREE_LEVELS_MAX) {
        ess_reader_complain(reader, place,
            ess_store_print(reader->store, "%zu levels", ess_tree_size(node)), NULL,
            "from 1 to %d levels, the lowest first", ESS_FAT_TREE_LEVELS_MAX);
        return false;
    }
    struct ess_place below = {place, NULL, 0};
    for (const struct ess_tree *item = ess_tree_first(node); item != NULL;
         item = ess_tree_next(item), below.index++) {
        double number = 0;
        ok &= ess_read_number(
            reader, &below, item, ESS_DIMENSION_NUMBER, true, 1, ESS_SCENARIO_HOSTS_MAX, &number);
        levels->values[below.index] = (int64_t)number;
    }
    levels->count = ess_tree_size(node);
    return ok;
}

static void print_levels(FILE *out, int indent, const void *value) {
    const struct ess_scenario_levels *levels = value;
    (void)indent;
    fputc('[', out);
    for (size_t i = 0; i < levels->count; i++)
        fprintf(out, "%s%lld", i == 0 ? "" : ", ", (long long)levels->values[i]);
    fputc(']', out);
}

static bool levels_absent(const void *value) {
    return ((const struct ess_scenario_levels *)value)->count == 0;
}

static const char *const site_template_names[] = {"switch", "fat_tree", NULL};

static const struct ess_field site_network_fields[] = {
    {.key = "template",
        .kind = ESS_FIELD_CHOICE,
        .choices = site_template_names,
        .offset = ESS_AT(site_network, kind),
        .meaning = "one switch that is never the bottleneck, or a fat tree of switches"},
    {.key = "k",
        .kind = ESS_FIELD_INTEGER,
        .fallback = "",
        .minimum = 2,
        .maximum = 128,
        .offset = ESS_AT(site_network, k),
        .meaning = "even: the k-ary fat tree of k^3/4 hosts; either this or the two below"},
    {.key = "children",
        .kind = ESS_FIELD_CUSTOM,
        .fallback = "",
        .read = read_levels,
        .print = print_levels,
        .absent = levels_absent,
        .offset = ESS_AT(site_network, children),
        .meaning = "of a switch of each level, the lowest first: `[16, 8, 8]` has 1,024 hosts"},
    {.key = "parents",
        .kind = ESS_FIELD_CUSTOM,
        .fallback = "",
        .read = read_levels,
        .print = print_levels,
        .absent = levels_absent,
        .offset = ESS_AT(site_network, parents),
        .meaning = "of a host, then of a switch of each level but the last: `[1, 16, 8]`"},
    {.key = "rate",
        .kind = ESS_FIELD_RATE,
        .fallback = "",
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(site_network, rate_bytes_per_s),
        .meaning = "of each cable between switches, in each direction; needed with `fat_tree`"},
    {.key = "delay",
        .kind = ESS_FIELD_TIME,
        .fallback = "1 us",
        .minimum = 0,
        .maximum = ESS_DELAY_MAX,
        .offset = ESS_AT(site_network, delay_ns),
        .meaning = "one way, of each cable between switches"},
    {.key = NULL}};
const struct ess_schema ess_site_network_schema = {"a site's network", site_network_fields,
    sizeof(struct ess_scenario_site_network), ess_check_site_network};

/* ---- Links one by one, and by templates ---- */

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
        .meaning = "one way, from `from` to `to`"},
    {.key = "delay_backward",
        .kind = ESS_FIELD_TIME,
        .fallback = "",
        .minimum = 0,
        .maximum = ESS_DELAY_MAX,
        .offset = ESS_AT(wan_link, delay_backward_ns),
        .meaning = "one way, from `to` to `from`; default: as `delay`"},
    ESS_LINK_TRAIT_FIELDS(wan_link), {.key = NULL}};
const struct ess_schema ess_wan_link_schema = {
    "a WAN link", wan_link_fields, sizeof(struct ess_scenario_wan_link), ess_check_wan_link};

static const char *const shape_names[] = {"full_mesh", "star", "ring", "line", NULL};

static const struct ess_field wan_template_fields[] = {
    {.key = "shape",
        .kind = ESS_FIELD_CHOICE,
        .choices = shape_names,
        .offset = ESS_AT(wan_template, shape),
        .meaning = "a link between any two, from the centre to each, from each to the next and "
                   "round, or without the last"},
    {.key = "sites",
        .kind = ESS_FIELD_TEXTS,
        .fallback = "",
        .minimum = 2,
        .maximum = 10000,
        .offset = ESS_AT(wan_template, sites),
        .count_offset = ESS_AT(wan_template, site_count),
        .meaning = "which, in this order; default: all sites"},
    {.key = "centre",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(wan_template, centre),
        .meaning = "with `star`: the site in the middle; default: the first"},
    {.key = "rate",
        .kind = ESS_FIELD_RATE,
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(wan_template, rate_bytes_per_s),
        .meaning = "of each link, in each direction"},
    {.key = "delay",
        .kind = ESS_FIELD_TIME,
        .minimum = 0,
        .maximum = ESS_DELAY_MAX,
        .offset = ESS_AT(wan_template, delay_ns),
        .meaning = "of each link, one way"},
    {.key = NULL}};
const struct ess_schema ess_wan_template_schema = {"a WAN template", wan_template_fields,
    sizeof(struct ess_scenario_wan_template), ess_check_wan_template};

/* ---- Links from files ---- */

static const char *const delay_meanings[] = {"round_trip", "one_way", NULL};
static const char *const rate_meanings[] = {"simultaneous", "host_caps", NULL};

static const struct ess_field matrix_fields[] = {
    {.key = "delay",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(matrix, delay),
        .meaning = "a CSV file, relative to this one or below `$ESSAIM_DATA/`; see below"},
    {.key = "delay_unit",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(matrix, delay_unit),
        .meaning = "of its numbers: a unit of time; needed with `delay`"},
    {.key = "delay_is",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "round_trip",
        .choices = delay_meanings,
        .offset = ESS_AT(matrix, delay_is),
        .meaning = "what was measured; one way is half a round trip"},
    {.key = "rate",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(matrix, rate),
        .meaning = "a CSV file too, perhaps the same"},
    {.key = "rate_unit",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(matrix, rate_unit),
        .meaning = "of its numbers: a unit of rate; needed with `rate`"},
    {.key = "rates_are",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "simultaneous",
        .choices = rate_meanings,
        .offset = ESS_AT(matrix, rates_are),
        .meaning = "a link for each pair of sites, which all of their hosts share; or what one "
                   "host reaches, under the limit of its access link"},
    {.key = "columns",
        .kind = ESS_FIELD_TEXTS,
        .fallback = "",
        .minimum = 3,
        .maximum = 4,
        .offset = ESS_AT(matrix, columns),
        .count_offset = ESS_AT(matrix, column_count),
        .meaning = "for tables of pairs: the columns of from, to, and of the delay, the rate, or "
                   "both in this order; default: square matrices"},
    {.key = "default_delay",
        .kind = ESS_FIELD_TIME,
        .fallback = "",
        .minimum = 0,
        .maximum = ESS_DELAY_MAX,
        .offset = ESS_AT(matrix, default_delay_ns),
        .meaning = "one way, of pairs that have a rate alone"},
    {.key = "default_rate",
        .kind = ESS_FIELD_RATE,
        .fallback = "",
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(matrix, default_rate_bytes_per_s),
        .meaning = "of pairs that have a delay alone"},
    {.key = NULL}};
const struct ess_schema ess_matrix_schema = {
    "a matrix", matrix_fields, sizeof(struct ess_scenario_matrix), ess_check_matrix};

static const char *const graph_coordinates[] = {"degrees", "ignore", NULL};

static const struct ess_field graph_fields[] = {
    {.key = "file",
        .kind = ESS_FIELD_TEXT,
        .offset = ESS_AT(graph, file),
        .meaning = "relative to this one or below `$ESSAIM_DATA/`; see below"},
    {.key = "format",
        .kind = ESS_FIELD_TEXT,
        .fallback = "auto",
        .offset = ESS_AT(graph, format),
        .meaning = "`auto` looks at the first bytes; else a name of `essaim list graph-format`"},
    {.key = "rate_unit",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(graph, rate_unit),
        .meaning = "of capacities whose unit the file does not say; needed where it does not"},
    {.key = "delay_unit",
        .kind = ESS_FIELD_TEXT,
        .fallback = "",
        .offset = ESS_AT(graph, delay_unit),
        .meaning = "the same of delays"},
    {.key = "coordinates",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "degrees",
        .choices = graph_coordinates,
        .offset = ESS_AT(graph, coordinates),
        .meaning = "`ignore` where they are those of a drawing"},
    {.key = "delay_factor",
        .kind = ESS_FIELD_REAL,
        .fallback = "1",
        .minimum = 0.1,
        .maximum = 100,
        .offset = ESS_AT(graph, delay_factor),
        .meaning = "a link's delay is this times that of light in glass (2/3 c) along the great "
                   "circle"},
    {.key = "default_delay",
        .kind = ESS_FIELD_TIME,
        .fallback = "",
        .minimum = 0,
        .maximum = ESS_DELAY_MAX,
        .offset = ESS_AT(graph, default_delay_ns),
        .meaning = "one way, of links with an end whose coordinates are not given"},
    {.key = "default_rate",
        .kind = ESS_FIELD_RATE,
        .fallback = "",
        .minimum = ESS_RATE_MIN,
        .maximum = ESS_RATE_MAX,
        .offset = ESS_AT(graph, default_rate_bytes_per_s),
        .meaning = "of links whose speed is not given"},
    {.key = NULL}};
const struct ess_schema ess_graph_schema = {
    "a graph", graph_fields, sizeof(struct ess_scenario_graph), ess_check_graph};

/* ---- The WAN ---- */

static const char *const routes_names[] = {"lowest_delay", "widest", "direct", "auto", NULL};

static const struct ess_field wan_fields[] = {
    {.key = "links",
        .kind = ESS_FIELD_OBJECTS,
        .fallback = "",
        .maximum = 100000,
        .child = &ess_wan_link_schema,
        .offset = ESS_AT(wan, links),
        .count_offset = ESS_AT(wan, link_count),
        .meaning = "one by one; at most one between two sites, whatever it comes from; together "
                   "all links must connect all sites"},
    {.key = "templates",
        .kind = ESS_FIELD_OBJECTS,
        .fallback = "",
        .maximum = 1000,
        .child = &ess_wan_template_schema,
        .offset = ESS_AT(wan, templates),
        .count_offset = ESS_AT(wan, template_count),
        .meaning = "many links alike"},
    {.key = "matrix",
        .kind = ESS_FIELD_OPTIONAL,
        .fallback = "",
        .child = &ess_matrix_schema,
        .offset = ESS_AT(wan, matrix),
        .meaning = "links between all sites by measured delays and rates"},
    {.key = "graph",
        .kind = ESS_FIELD_OPTIONAL,
        .fallback = "",
        .child = &ess_graph_schema,
        .offset = ESS_AT(wan, graph),
        .meaning = "links of an operator's network, at whose nodes the sites stand"},
    {.key = "routes",
        .kind = ESS_FIELD_CHOICE,
        .fallback = "auto",
        .choices = routes_names,
        .offset = ESS_AT(wan, routes),
        .meaning = "which way traffic takes; `auto`: `direct` with a matrix, else `lowest_delay`"},
    {.key = NULL}};
const struct ess_schema ess_wan_schema = {
    "the WAN", wan_fields, sizeof(struct ess_scenario_wan), NULL};
