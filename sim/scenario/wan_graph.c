/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links of an operator's network, from a graph file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/network/graph_file.h"
#include "models/network/graph_reader.h"
#include "models/network/great_circle.h"
#include "sim/scenario/checks.h"
#include "sim/scenario/fields.h"
#include "sim/scenario/file_unit.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/wan_builder.h"

enum { NAMES_MAX = 64 };

bool ess_check_graph(struct ess_reader *reader, const struct ess_place *place, void *value) {
    const struct ess_scenario_graph *graph = value;
    const char *names[NAMES_MAX];
    struct ess_place below = {place, "format", 0};
    size_t count = 0;
    bool ok = true;
    if (graph->rate_unit != NULL)
        ok &= ess_check_file_unit(reader, place, "rate_unit", graph->rate_unit, ESS_DIMENSION_RATE);
    if (graph->delay_unit != NULL)
        ok &=
            ess_check_file_unit(reader, place, "delay_unit", graph->delay_unit, ESS_DIMENSION_TIME);
    if (graph->format == NULL || strcmp(graph->format, "auto") == 0 ||
        ess_graph_reader_find(graph->format) != NULL)
        return ok;
    for (; count < NAMES_MAX && ess_graph_reader_registry[count] != NULL; count++)
        names[count] = ess_graph_reader_registry[count]->name;
    ess_reader_complain(reader, &below, ess_store_print(reader->store, "\"%s\"", graph->format),
        ess_name_nearest(graph->format, names, count),
        "\"auto\" or a graph format (`essaim list graph-format`)");
    return false;
}

struct map {
    struct ess_wan_builder *builder;
    struct ess_graph graph;
    uint32_t *node_of; /* [node of the graph] its number among the WAN's nodes */
    uint32_t missing_rates, missing_delays;
    uint32_t first_rate, first_delay; /* the first edges that miss them */
};

static const char *name_edge(struct map *map, uint32_t index) {
    const struct ess_graph_edge *edge = &map->graph.edges[index];
    const struct ess_graph_node *from = &map->graph.nodes[edge->from];
    const struct ess_graph_node *to = &map->graph.nodes[edge->to];
    return ess_store_print(map->builder->reader->store, "between node %s \"%s\" and %s \"%s\"",
        from->id, from->label, to->id, to->label);
}

/* A site stands at the node that has its name; one that is not there may be joined otherwise,
 * unless the scenario says at which node it stands. */
static void place_site(struct map *map, size_t site, bool matrix) {
    struct ess_wan_builder *builder = map->builder;
    struct ess_reader *reader = builder->reader;
    const struct ess_scenario_site *written = &builder->scenario->sites[site];
    const char *name = ess_wan_node_name(written);
    const char *pointer = ess_store_print(
        reader->store, "/sites/%zu/%s", site, written->node != NULL ? "node" : "name");
    bool several;
    uint32_t node = ess_graph_find(&map->graph, name, &several);
    if (several) {
        ess_reader_complain_at(reader, pointer,
            ess_store_print(reader->store, "\"%s\", the label of several nodes", name), NULL,
            "the id of one of them as \"node\"");
    } else if (node != UINT32_MAX && map->node_of[node] != UINT32_MAX) {
        ess_reader_complain_at(reader, pointer, ess_store_print(reader->store, "\"%s\"", name),
            NULL, "a node where \"%s\" does not stand already",
            ess_wan_site_name(builder->scenario, map->node_of[node]));
    } else if (node != UINT32_MAX) {
        map->node_of[node] = (uint32_t)site;
        builder->joined[site] = true;
    } else if (written->node != NULL && !matrix) {
        builder->joined[site] = false; /* whatever else joins it: said with the nearest name */
    }
}

/* Ids and labels, for suggestions. */
static void keep_names(struct map *map) {
    struct ess_store *store = map->builder->reader->store;
    const char **names =
        ess_store_take_array(store, 2 * (size_t)map->graph.node_count, sizeof *names);
    for (uint32_t i = 0; i < map->graph.node_count; i++) {
        names[2 * i] = ess_store_text(store, map->graph.nodes[i].label);
        names[2 * i + 1] = ess_store_text(store, map->graph.nodes[i].id);
    }
    map->builder->last_names = names;
    map->builder->last_name_count = 2 * (size_t)map->graph.node_count;
}

static void place_sites(struct map *map) {
    struct ess_wan_builder *builder = map->builder;
    const struct ess_scenario *scenario = builder->scenario;
    map->node_of =
        ess_store_take_array(builder->reader->store, map->graph.node_count, sizeof *map->node_of);
    for (uint32_t i = 0; i < map->graph.node_count; i++)
        map->node_of[i] = UINT32_MAX;
    for (size_t s = 0; s < scenario->site_count; s++)
        place_site(map, s, scenario->wan.matrix != NULL);
    for (uint32_t i = 0; i < map->graph.node_count; i++)
        if (map->node_of[i] == UINT32_MAX)
            map->node_of[i] = builder->node_count++;
    keep_names(map);
}

/* Of the edge, or the default; counts what is missing. */
static void find_delay(struct map *map, uint32_t index, struct ess_scenario_wan_link *link) {
    const struct ess_scenario_graph *written = map->builder->scenario->wan.graph;
    const struct ess_graph_edge *edge = &map->graph.edges[index];
    const struct ess_graph_node *from = &map->graph.nodes[edge->from];
    const struct ess_graph_node *to = &map->graph.nodes[edge->to];
    bool placed =
        from->placed && to->placed && written->coordinates == (int64_t)ESS_GRAPH_COORDINATES_USED;
    if (edge->forward_delay_ns >= 0) {
        link->delay_ns = edge->forward_delay_ns;
        link->delay_backward_ns = edge->backward_delay_ns;
        return;
    }
    if (placed) {
        double km =
            ess_great_circle_km(from->latitude, from->longitude, to->latitude, to->longitude);
        link->delay_ns = ess_fibre_delay_ns(km, written->delay_factor);
    } else if (written->default_delay_ns != INT64_MAX) {
        link->delay_ns = written->default_delay_ns;
    } else if (map->missing_delays++ == 0) {
        map->first_delay = index;
    }
    link->delay_backward_ns = link->delay_ns;
}

static double find_rate(struct map *map, uint32_t index, double bits_per_s) {
    const struct ess_scenario_graph *written = map->builder->scenario->wan.graph;
    double rate = bits_per_s / 8;
    char text[ESS_QUANTITY_TEXT_BYTES];
    if (bits_per_s <= 0) {
        if (written->default_rate_bytes_per_s <= 0 && map->missing_rates++ == 0)
            map->first_rate = index;
        return written->default_rate_bytes_per_s;
    }
    if (rate >= ESS_RATE_MIN && rate <= ESS_RATE_MAX)
        return rate;
    ess_units_describe(rate, ESS_DIMENSION_RATE, text);
    ess_reader_complain_at(map->builder->reader, "/wan/graph/file",
        ess_store_print(
            map->builder->reader->store, "a link of %s %s", text, name_edge(map, index)),
        NULL, "links from 1 bit/s to 10 Tbit/s");
    return 0;
}

static void complain_of_gaps(struct map *map) {
    struct ess_wan_builder *builder = map->builder;
    if (map->missing_rates > 0)
        ess_reader_complain_at(builder->reader, "/wan/graph",
            ess_store_print(builder->reader->store, "%u link%s without a speed, the first %s",
                map->graph.speedless, map->graph.speedless == 1 ? "" : "s",
                name_edge(map, map->first_rate)),
            NULL, "the key \"default_rate\" (such as \"10 Gbit/s\")");
    if (map->missing_delays > 0)
        ess_reader_complain_at(builder->reader, "/wan/graph",
            ess_store_print(builder->reader->store,
                "%u link%s with neither a delay nor coordinates at both ends, the first %s",
                map->missing_delays, map->missing_delays == 1 ? "" : "s",
                name_edge(map, map->first_delay)),
            NULL, "the key \"default_delay\" (such as \"2 ms\")");
}

/* What is missing otherwise is of no interest before this is mended. */
static void complain_of_units(struct map *map) {
    struct ess_reader *reader = map->builder->reader;
    uint32_t rates = map->graph.unitless_rates, delays = map->graph.unitless_delays;
    if (rates > 0)
        ess_reader_complain_at(reader, "/wan/graph",
            ess_store_print(reader->store, "%u capacit%s in a unit that the file does not say",
                rates, rates == 1 ? "y" : "ies"),
            NULL, "the key \"rate_unit\" (such as \"Mbit/s\")");
    if (delays > 0)
        ess_reader_complain_at(reader, "/wan/graph",
            ess_store_print(reader->store, "%u delay%s in a unit that the file does not say",
                delays, delays == 1 ? "" : "s"),
            NULL, "the key \"delay_unit\" (such as \"ms\")");
}

/* A unit that is named for nothing is a misunderstanding. */
static void check_use(struct map *map) {
    const struct ess_scenario_graph *written = map->builder->scenario->wan.graph;
    struct ess_reader *reader = map->builder->reader;
    bool rate = written->rate_unit != NULL && !map->graph.took_rate_unit;
    bool delay = written->delay_unit != NULL && !map->graph.took_delay_unit;
    if (rate || delay)
        ess_reader_complain_at(reader, rate ? "/wan/graph/rate_unit" : "/wan/graph/delay_unit",
            ess_store_print(reader->store, "a unit for a file of format %s", map->graph.format),
            NULL, "no such key, since that file has no %s without a unit",
            rate ? "capacities" : "delays");
}

static void add_edges(struct map *map) {
    struct ess_wan_builder *builder = map->builder;
    for (uint32_t i = 0; i < map->graph.edge_count; i++) {
        const struct ess_graph_edge *edge = &map->graph.edges[i];
        struct ess_scenario_wan_link link = {
            .from_site = map->node_of[edge->from],
            .to_site = map->node_of[edge->to],
            .rate_forward_bytes_per_s = find_rate(map, i, edge->forward_bits_per_s),
            .rate_backward_bytes_per_s = find_rate(map, i, edge->backward_bits_per_s),
            .origin = "/wan/graph",
        };
        find_delay(map, i, &link);
        if (!ess_wan_add(builder, &link))
            return;
    }
    if (map->graph.unitless_rates > 0 || map->graph.unitless_delays > 0)
        complain_of_units(map);
    else
        complain_of_gaps(map);
}

static struct ess_graph_form form_of(
    struct ess_store *store, const struct ess_scenario_graph *written) {
    const char *nearest;
    return (struct ess_graph_form){
        .rate_unit_bits_per_s =
            8 * ess_file_unit(store, written->rate_unit, ESS_DIMENSION_RATE, &nearest),
        .delay_unit_ns = ess_file_unit(store, written->delay_unit, ESS_DIMENSION_TIME, &nearest)};
}

/* False where the tables have complained of a member. */
static bool is_whole(struct ess_store *store, const struct ess_scenario_graph *written) {
    struct ess_graph_form form = form_of(store, written);
    return written->file != NULL && written->format != NULL &&
           (strcmp(written->format, "auto") == 0 ||
               ess_graph_reader_find(written->format) != NULL) &&
           (written->rate_unit == NULL || form.rate_unit_bits_per_s > 0) &&
           (written->delay_unit == NULL || form.delay_unit_ns > 0);
}

void ess_wan_add_graph(struct ess_wan_builder *builder) {
    const struct ess_scenario_graph *written = builder->scenario->wan.graph;
    struct map map = {.builder = builder};
    struct ess_file_error error = {.found = ""};
    struct ess_graph_form form;
    const char *path, *format;
    size_t count;
    char *bytes;
    if (written == NULL)
        return;
    if (!is_whole(builder->reader->store, written)) {
        builder->partial = true;
        return;
    }
    bytes = ess_wan_read_file(builder, "/wan/graph/file", written->file, &path, &count);
    if (bytes == NULL)
        return;
    form = form_of(builder->reader->store, written);
    format = strcmp(written->format, "auto") == 0 ? NULL : written->format;
    if (!ess_graph_read(bytes, count, format, &form, &map.graph, &error)) {
        ess_wan_complain(builder, path, &error);
    } else {
        builder->last_file = path;
        place_sites(&map);
        add_edges(&map);
        check_use(&map);
        ess_graph_fini(&map.graph);
    }
    free(bytes);
}
