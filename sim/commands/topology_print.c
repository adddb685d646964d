/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/topology_print.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "models/network/great_circle.h"
#include "models/network/topology_info.h"
#include "sim/engine/arena.h"
#include "sim/world/network.h"

enum { SHOWN_NAMES = 6, SHOWN_PARTS = 4 };

/* Processor seconds: what a busy machine does not change much. */
static double now_s(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void print_label(const char *label, FILE *out) {
    fprintf(out, "%-22s", label);
}

static void print_quantity(double value, enum ess_dimension dimension, FILE *out) {
    char text[ESS_QUANTITY_TEXT_BYTES];
    if (dimension == ESS_DIMENSION_NUMBER) {
        snprintf(text, sizeof text, "%.6g", value);
    } else if (value == 0) {
        snprintf(text, sizeof text, "0");
    } else {
        ess_units_describe(value, dimension, text);
    }
    fputs(text, out);
}

static void print_quantiles(const char *label, const struct ess_quantiles *quantiles,
    enum ess_dimension dimension, FILE *out) {
    const double values[] = {
        quantiles->least, quantiles->low, quantiles->median, quantiles->high, quantiles->greatest};
    static const char *const names[] = {"least ", ", 5 % ", ", median ", ", 95 % ", ", greatest "};
    print_label(label, out);
    if (quantiles->count == 0) {
        fputs("none given\n", out);
        return;
    }
    for (int i = 0; i < 5; i++) {
        fputs(names[i], out);
        print_quantity(values[i], dimension, out);
    }
    fprintf(out, " (%llu values)\n", (unsigned long long)quantiles->count);
}

/* How sites are called. */
struct names {
    const char *const *values;
};

static void print_parts(
    const struct ess_topology_info *info, uint32_t sites, const struct names *names, FILE *out) {
    print_label("parts", out);
    fprintf(out, "%u%s\n", info->part_count,
        info->part_count == 1 ? ": every node reaches every other" : "");
    if (info->part_count == 1) {
        return;
    }
    for (uint32_t part = 0; part < info->part_count && part < SHOWN_PARTS; part++) {
        uint32_t shown = 0;
        fprintf(
            out, "  %u node%s: ", info->part_sizes[part], info->part_sizes[part] == 1 ? "" : "s");
        for (uint32_t site = 0; site < sites && shown < SHOWN_NAMES; site++) {
            if (info->part_of[site] == part) {
                fprintf(out, "%s%s", shown == 0 ? "" : ", ", names->values[site]);
                shown++;
            }
        }
        fputs(info->part_sizes[part] > shown ? ", ...\n" : "\n", out);
    }
    if (info->part_count > SHOWN_PARTS) {
        fprintf(out, "  and %u more\n", info->part_count - SHOWN_PARTS);
    }
}

static void print_diameter(
    const struct ess_topology_info *info, const struct names *names, FILE *out) {
    print_label("diameter", out);
    if (info->diameter_ns < 0) {
        fputs("no two sites are joined\n", out);
        return;
    }
    fprintf(out, "%.3f ms one way, from %s to %s; ways of at most %u link%s\n",
        1e-6 * (double)info->diameter_ns, names->values[info->diameter_from],
        names->values[info->diameter_to], info->most_links, info->most_links == 1 ? "" : "s");
    if (info->sources < info->ends) {
        print_label("", out);
        fprintf(out, "over the ways from the first %u of them alone: all would take too long\n",
            info->sources);
    }
}

/* ---- a scenario ------------------------------------------------------------------------------ */

static const char **site_names(const struct ess_scenario *scenario, struct ess_arena *arena) {
    const char **names = ess_arena_allocate(arena, scenario->wan.node_count, sizeof *names);
    for (uint32_t i = 0; i < scenario->wan.node_count; i++) {
        names[i] = i < scenario->site_count ? scenario->sites[i].name : "(a node without a site)";
    }
    return names;
}

static void print_inside(const struct ess_scenario *scenario, FILE *out) {
    uint64_t trees = 0, places = 0, cables = 0;
    for (size_t i = 0; i < scenario->site_count; i++) {
        const struct ess_scenario_site_network *network = scenario->sites[i].network;
        if (network && network->kind == ESS_SITE_FAT_TREE) {
            trees++;
            places += network->shape.host_count;
            cables += network->shape.cable_count;
        }
    }
    print_label("inside sites", out);
    fprintf(out, "%llu switch%s, %llu fat tree%s", (unsigned long long)scenario->site_count - trees,
        scenario->site_count - trees == 1 ? "" : "es", (unsigned long long)trees,
        trees == 1 ? "" : "s");
    if (trees > 0) {
        fprintf(out, " of %llu places and %llu cables between switches in all",
            (unsigned long long)places, (unsigned long long)cables);
    }
    fputc('\n', out);
}

/* The rate of link i in a direction; of a pair with a cap, the cap. */
static double rate_of(const struct ess_scenario *scenario, size_t i, bool back) {
    const struct ess_scenario_wan *wan = &scenario->wan;
    const struct ess_scenario_wan_link *link = &wan->all_links[i];
    size_t from = back ? link->to_site : link->from_site;
    size_t to = back ? link->from_site : link->to_site;
    if (wan->caps_bytes_per_s && wan->caps_bytes_per_s[from * wan->node_count + to] > 0) {
        return wan->caps_bytes_per_s[from * wan->node_count + to];
    }
    return back ? link->rate_backward_bytes_per_s : link->rate_forward_bytes_per_s;
}

static void print_links(const struct ess_scenario *scenario, struct ess_arena *arena, FILE *out) {
    const struct ess_scenario_wan *wan = &scenario->wan;
    double *rates = ess_arena_allocate(arena, 2 * wan->all_link_count, sizeof *rates);
    double *delays = ess_arena_allocate(arena, 2 * wan->all_link_count, sizeof *delays);
    struct ess_quantiles quantiles;
    for (size_t i = 0; i < wan->all_link_count; i++) {
        rates[2 * i] = rate_of(scenario, i, false);
        rates[2 * i + 1] = rate_of(scenario, i, true);
        delays[2 * i] = (double)wan->all_links[i].delay_ns;
        delays[2 * i + 1] = (double)wan->all_links[i].delay_backward_ns;
    }
    quantiles = ess_quantiles_of(rates, 2 * wan->all_link_count);
    print_quantiles(wan->caps_bytes_per_s ? "caps of a host" : "capacity of links", &quantiles,
        ESS_DIMENSION_RATE, out);
    quantiles = ess_quantiles_of(delays, 2 * wan->all_link_count);
    print_quantiles("delay of links", &quantiles, ESS_DIMENSION_TIME, out);
}

static void print_gaps(const struct ess_scenario *scenario, FILE *out) {
    uint64_t sites = scenario->site_count, pairs = sites * (sites - 1) / 2, joined = 0;
    for (size_t i = 0; i < scenario->wan.all_link_count; i++) {
        joined += scenario->wan.all_links[i].from_site < sites &&
                  scenario->wan.all_links[i].to_site < sites;
    }
    print_label("pairs of sites", out);
    fprintf(out, "%llu, of which %llu have no link of their own\n", (unsigned long long)pairs,
        (unsigned long long)(pairs - joined));
}

void ess_topology_print_scenario(
    const struct ess_scenario *scenario, struct ess_topology_cost *cost, FILE *out) {
    static const char *const routes[] = {"lowest delay", "widest", "direct, else lowest delay"};
    struct ess_topology topology;
    struct ess_topology_info info;
    struct ess_arena arena, scratch;
    struct names names;
    double begin_s = now_s(), built_s;
    ess_arena_init(&arena, 0);
    ess_arena_init(&scratch, 0);
    ess_world_topology(scenario, &arena, &topology);
    built_s = now_s();
    ess_topology_info(&topology, (uint32_t)scenario->site_count, &scratch, &info);
    *cost =
        (struct ess_topology_cost){built_s - begin_s, now_s() - built_s, ess_arena_bytes(&arena)};
    names.values = site_names(scenario, &scratch);
    fprintf(out, "%s: a scenario\n", scenario->path);
    print_label("sites", out);
    fprintf(out, "%zu with %zu hosts, the coordinator at %s\n", scenario->site_count,
        scenario->host_count, scenario->coordinator.site);
    print_label("nodes without a site", out);
    fprintf(out, "%zu\n", scenario->wan.node_count - scenario->site_count);
    print_inside(scenario, out);
    print_label("links between sites", out);
    fprintf(out, "%zu, each of two directions; ways: %s\n", scenario->wan.all_link_count,
        routes[scenario->wan.routes]);
    print_parts(&info, scenario->wan.node_count, &names, out);
    print_diameter(&info, &names, out);
    print_links(scenario, &scratch, out);
    print_gaps(scenario, out);
    ess_arena_fini(&scratch);
    ess_arena_fini(&arena);
}

/* ---- a graph --------------------------------------------------------------------------------- */

static const char **node_names(const struct ess_graph *graph, struct ess_arena *arena) {
    const char **names = ess_arena_allocate(arena, graph->node_count, sizeof *names);
    for (uint32_t i = 0; i < graph->node_count; i++) {
        size_t bytes = 96;
        const struct ess_graph_node *node = &graph->nodes[i];
        char *name = ess_arena_allocate(arena, bytes, 1);
        bool labelled = node->label[0] != '\0';
        snprintf(name, bytes, labelled ? "%.40s \"%.36s\"" : "%.40s%.36s", node->id, node->label);
        names[i] = name;
    }
    return names;
}

/* The links as a topology. */
struct laid {
    struct ess_topology_wan_link *links;
    int64_t *back_ns; /* [link] delay of the other direction */
    uint32_t count;
    uint32_t without; /* links whose delay nothing says: the default's, or left out */
};

static int64_t computed_ns(const struct ess_graph *graph, uint32_t index, double factor) {
    const struct ess_graph_node *from = &graph->nodes[graph->edges[index].from];
    const struct ess_graph_node *to = &graph->nodes[graph->edges[index].to];
    if (!from->placed || !to->placed) {
        return INT64_MAX;
    }
    return ess_fibre_delay_ns(
        ess_great_circle_km(from->latitude, from->longitude, to->latitude, to->longitude), factor);
}

static void lay_links(
    const struct ess_graph *graph, double factor, int64_t default_delay_ns, struct laid *laid) {
    laid->count = laid->without = 0;
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        const struct ess_graph_edge *edge = &graph->edges[i];
        int64_t delay_ns = edge->forward_delay_ns, back_ns = edge->backward_delay_ns;
        if (delay_ns < 0) {
            back_ns = delay_ns = computed_ns(graph, i, factor);
        }
        if (delay_ns == INT64_MAX) {
            laid->without++;
            back_ns = delay_ns = default_delay_ns;
        }
        /* Rates do not matter for ways of lowest delay. */
        if (delay_ns != INT64_MAX) {
            laid->back_ns[laid->count] = back_ns;
            laid->links[laid->count++] =
                (struct ess_topology_wan_link){edge->from, edge->to, 1, 1, delay_ns};
        }
    }
}

static void look(const struct ess_graph *graph, const struct laid *laid, uint32_t ends,
    struct ess_arena *arena, struct ess_topology_info *info) {
    struct ess_topology_plan plan = {.site_count = graph->node_count,
        .wan_links = laid->links,
        .wan_link_count = laid->count,
        .backward_delay_ns = laid->back_ns,
        .routes = ESS_ROUTES_LOWEST_DELAY};
    struct ess_topology topology;
    ess_topology_init_plan(&topology, arena, &plan);
    ess_topology_info(&topology, ends, arena, info);
}

static void print_graph_ways(const struct ess_graph *graph, double factor, int64_t default_delay_ns,
    struct ess_arena *arena, FILE *out) {
    struct laid laid = {.links = ess_arena_allocate(arena, graph->edge_count, sizeof *laid.links),
        .back_ns = ess_arena_allocate(arena, graph->edge_count, sizeof *laid.back_ns)};
    struct names names = {node_names(graph, arena)};
    struct ess_topology_info info;
    /* Parts are those of all links, the diameter that of links whose delay is known. */
    lay_links(graph, factor, 0, &laid);
    look(graph, &laid, 0, arena, &info);
    print_parts(&info, graph->node_count, &names, out);
    lay_links(graph, factor, default_delay_ns, &laid);
    look(graph, &laid, graph->node_count, arena, &info);
    print_diameter(&info, &names, out);
    if (laid.without > 0) {
        print_label("", out);
        fprintf(out, "%u link%s with neither a delay nor coordinates at both ends: %s\n",
            laid.without, laid.without == 1 ? "" : "s",
            default_delay_ns == INT64_MAX ? "left out of the diameter" : "the default delay");
    }
}

/* Numbers that nobody has named a unit for. */
static void print_unitless(const struct ess_graph *graph, FILE *out) {
    if (graph->unitless_rates > 0 || graph->unitless_delays > 0) {
        print_label("without a unit", out);
        fprintf(out, "%u capacities, %u delays: name it with --unit\n", graph->unitless_rates,
            graph->unitless_delays);
    }
}

static void print_failures(const struct ess_graph *graph, FILE *out) {
    if (!isnan(graph->failure_least)) {
        print_label("links are down", out);
        fprintf(out, "with a probability of %.6g to %.6g, says the file; nothing here uses it\n",
            graph->failure_least, graph->failure_greatest);
    }
}

void ess_topology_print_graph(const char *path, const struct ess_graph *graph, double delay_factor,
    int64_t default_delay_ns, FILE *out) {
    struct ess_quantiles quantiles;
    struct ess_arena arena;
    double *rates;
    uint64_t count = 0;
    ess_arena_init(&arena, 0);
    rates = ess_arena_allocate(&arena, 2 * (size_t)graph->edge_count, sizeof *rates);
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        if (graph->edges[i].forward_bits_per_s > 0) {
            rates[count++] = graph->edges[i].forward_bits_per_s / 8;
            rates[count++] = graph->edges[i].backward_bits_per_s / 8;
        }
    }
    fprintf(out, "%s: a graph (%s), %s\n", path, graph->format,
        graph->directed ? "directed" : "undirected");
    print_label("nodes", out);
    fprintf(out, "%u\n", graph->node_count);
    print_label("links", out);
    fprintf(out, "%u, from %u edges: %u parallel merged, %u from a node to itself dropped\n",
        graph->edge_count, graph->file_edges, graph->parallel, graph->loops);
    print_graph_ways(graph, delay_factor, default_delay_ns, &arena, out);
    quantiles = ess_quantiles_of(rates, count);
    print_quantiles("capacity of links", &quantiles, ESS_DIMENSION_RATE, out);
    print_label("missing values", out);
    fprintf(out,
        "%u of %u nodes without coordinates (%u given but of no use), %u of %u links "
        "without a speed (%u edges with one of no use)\n",
        graph->unplaced, graph->node_count, graph->bad_places, graph->speedless, graph->edge_count,
        graph->bad_speeds);
    print_unitless(graph, out);
    print_failures(graph, out);
    ess_arena_fini(&arena);
}

/* ---- a matrix -------------------------------------------------------------------------------- */

void ess_topology_print_matrix(const char *path, const struct ess_matrix *matrix, double factor,
    enum ess_dimension dimension, FILE *out) {
    struct ess_quantiles quantiles;
    struct ess_arena arena;
    double *values;
    uint32_t from = 0, to = 0;
    uint64_t count = 0, uneven = 0, neither = 0;
    double greatest = -1;
    ess_arena_init(&arena, 0);
    values = ess_arena_allocate(&arena, (size_t)matrix->count * matrix->count, sizeof *values);
    for (uint32_t i = 0; i < matrix->count; i++) {
        for (uint32_t j = 0; j < matrix->count; j++) {
            double there = matrix->values[(size_t)i * matrix->count + j];
            double back = matrix->values[(size_t)j * matrix->count + i];
            uneven += i < j && there != back && !isnan(there) && !isnan(back);
            neither += i < j && isnan(there) && isnan(back);
            if (i == j || isnan(there)) {
                continue;
            }
            values[count++] = there * factor;
            if (there > greatest) {
                greatest = there;
                from = i;
                to = j;
            }
        }
    }
    quantiles = ess_quantiles_of(values, count);
    fprintf(out, "%s: a matrix\n", path);
    print_label("places", out);
    fprintf(out, "%u\n", matrix->count);
    print_label("missing values", out);
    fprintf(out, "%llu of %llu; %llu pairs have neither direction\n",
        (unsigned long long)matrix->missing,
        (unsigned long long)matrix->count * (matrix->count - 1), (unsigned long long)neither);
    print_label("uneven pairs", out);
    fprintf(out, "%llu, whose two directions differ\n", (unsigned long long)uneven);
    print_label("repeated values", out);
    fprintf(out, "%llu, averaged\n", (unsigned long long)matrix->repeated);
    print_quantiles("values", &quantiles, dimension, out);
    if (count > 0) {
        print_label("greatest", out);
        print_quantity(greatest * factor, dimension, out);
        fprintf(out, " from %s to %s\n", matrix->names[from], matrix->names[to]);
    }
    ess_arena_fini(&arena);
}
