/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways by igraph, which aborts on errors by default: turned off here. The other file that includes
 * it is graph_file.c. */
#include "models/network/routes.h"

#include <math.h>
#include <stdlib.h>

#include "sim/engine/arena.h"

#include <igraph/igraph.h>

/* One search: igraph's graph of all sites, and what is known of the row being made. Edge e of the
 * graph is the directed WAN link 2 hosts + e. */
struct search {
    const struct ess_topology *topology;
    igraph_t graph;
    igraph_vector_t weights;  /* delay in ns + 1, so that ties go to fewer links */
    igraph_vector_t allowed;  /* the same, infinite for links that are too narrow */
    igraph_vector_t capacity; /* bytes per second */
    igraph_vector_int_t parents, inbound;
    int64_t least_delay_ns;
    uint32_t *node_of;         /* [site] in the present tree, or ESS_ROUTE_NONE */
    struct ess_route *reached; /* [site] in the present tree */
    uint32_t *chain;           /* [site] */
    double *sorted;            /* [site] widths */
    struct ess_route_row *row;
    size_t node_capacity;
    uint32_t node_count;
    uint32_t from;
};

/* igraph's vectors and graphs fail only for lack of memory here: the graph is well formed. */
static void must(igraph_error_t error) {
    if (error) {
        ess_out_of_memory(1, 0);
    }
}

/* ---- the graph ------------------------------------------------------------------------------- */

static void open_graph(struct search *search) {
    const struct ess_topology *topology = search->topology;
    igraph_integer_t edges = 2 * (igraph_integer_t)topology->wan_link_count;
    igraph_vector_int_t ends;
    must(igraph_vector_int_init(&ends, 2 * edges));
    must(igraph_vector_init(&search->weights, edges));
    must(igraph_vector_init(&search->capacity, edges));
    search->least_delay_ns = INT64_MAX;
    for (igraph_integer_t e = 0; e < edges; e++) {
        const struct ess_topology_wan_link *link = &topology->wan_links[e / 2];
        uint32_t number = 2 * topology->host_count + (uint32_t)e;
        int64_t delay_ns = ess_topology_link_delay_ns(topology, number);
        VECTOR(ends)[2 * e] = e % 2 == 0 ? link->from_site : link->to_site;
        VECTOR(ends)[2 * e + 1] = e % 2 == 0 ? link->to_site : link->from_site;
        VECTOR(search->weights)[e] = (double)delay_ns + 1;
        VECTOR(search->capacity)[e] = ess_topology_capacity(topology, number);
        if (delay_ns < search->least_delay_ns) {
            search->least_delay_ns = delay_ns;
        }
    }
    must(igraph_create(
        &search->graph, &ends, (igraph_integer_t)topology->site_count, IGRAPH_DIRECTED));
    igraph_vector_int_destroy(&ends);
    must(igraph_vector_init(&search->allowed, edges));
    must(igraph_vector_int_init(&search->parents, 0));
    must(igraph_vector_int_init(&search->inbound, 0));
}

static void close_graph(struct search *search) {
    igraph_destroy(&search->graph);
    igraph_vector_destroy(&search->weights);
    igraph_vector_destroy(&search->allowed);
    igraph_vector_destroy(&search->capacity);
    igraph_vector_int_destroy(&search->parents);
    igraph_vector_int_destroy(&search->inbound);
}

/* ---- sites with one link --------------------------------------------------------------------- */

/* Count a link out of a site: the first is the only one until there is a second. */
static void note_link(
    struct ess_topology *topology, uint32_t *counts, uint32_t site, uint32_t link) {
    topology->only_link[site] = counts[site] == 0 ? link : ESS_ROUTE_NONE;
    counts[site]++;
}

void ess_routes_init(struct ess_topology *topology) {
    uint32_t sites = topology->site_count, first = 2 * topology->host_count;
    struct ess_arena scratch;
    uint32_t *counts;
    ess_arena_init(&scratch, 0);
    counts = ess_arena_allocate(&scratch, sites, sizeof *counts);
    topology->rows = ess_arena_allocate(topology->arena, sites, sizeof(struct ess_route_row *));
    topology->only_link = ess_arena_allocate(topology->arena, sites, sizeof *topology->only_link);
    for (uint32_t site = 0; site < sites; site++) {
        topology->only_link[site] = ESS_ROUTE_NONE;
    }
    for (uint32_t i = 0; i < topology->wan_link_count; i++) {
        note_link(topology, counts, topology->wan_links[i].from_site, first + 2 * i);
        note_link(topology, counts, topology->wan_links[i].to_site, first + 2 * i + 1);
    }
    ess_arena_fini(&scratch);
}

/* The link by which all ways from the site begin, or ESS_ROUTE_NONE; see routes.h. */
static uint32_t common_link(const struct ess_topology *topology, uint32_t site) {
    bool lowest_delay = topology->routes == ESS_ROUTES_LOWEST_DELAY;
    return lowest_delay ? topology->only_link[site] : ESS_ROUTE_NONE;
}

static uint32_t far_end(const struct ess_topology *topology, uint32_t link) {
    uint32_t number = link - 2 * topology->host_count;
    const struct ess_topology_wan_link *wan = &topology->wan_links[number / 2];
    return number % 2 == 0 ? wan->to_site : wan->from_site;
}

/* ---- one row --------------------------------------------------------------------------------- */

static uint32_t add_node(struct search *search, uint32_t link, uint32_t parent) {
    struct ess_arena *arena = search->topology->arena;
    search->row->nodes = ess_arena_reserve(arena, search->row->nodes, &search->node_capacity,
        search->node_count + 1, sizeof *search->row->nodes);
    search->row->nodes[search->node_count] = (struct ess_route_node){link, parent};
    return search->node_count++;
}

static uint32_t link_of(const struct search *search, igraph_integer_t edge) {
    return 2 * search->topology->host_count + (uint32_t)edge;
}

/* A tree of ways begins at the source alone. */
static void begin_tree(struct search *search) {
    for (uint32_t site = 0; site < search->topology->site_count; site++) {
        search->node_of[site] = ESS_ROUTE_NONE;
    }
    search->reached[search->from] = (struct ess_route){ESS_ROUTE_NONE, 0, 0};
}

/* Give `to` the way that the search found, if it found one. */
static void take_way(struct search *search, uint32_t to) {
    uint32_t site = to, length = 0;
    while (site != search->from && search->node_of[site] == ESS_ROUTE_NONE) {
        if (VECTOR(search->inbound)[site] < 0) {
            return;
        }
        search->chain[length++] = site;
        site = (uint32_t)VECTOR(search->parents)[site];
    }
    while (length-- > 0) {
        uint32_t next = search->chain[length];
        uint32_t link = link_of(search, VECTOR(search->inbound)[next]);
        struct ess_route before = search->reached[site];
        uint32_t node = add_node(search, link, before.node);
        search->node_of[next] = node;
        search->reached[next] = (struct ess_route){node, before.link_count + 1,
            before.delay_ns + ess_topology_link_delay_ns(search->topology, link)};
        site = next;
    }
    search->row->to[to] = search->reached[to];
}

static void search_ways(struct search *search, const igraph_vector_t *weights) {
    must(igraph_get_shortest_paths_dijkstra(&search->graph, NULL, NULL,
        (igraph_integer_t)search->from, igraph_vss_all(), weights, IGRAPH_OUT, &search->parents,
        &search->inbound));
    begin_tree(search);
}

/* Take the source's own links as ways: all of them, or those that no detour can beat, since any
 * detour has two links. Returns how many sites they reach; of parallel links the quickest. */
static uint32_t take_own_links(struct search *search, bool all) {
    igraph_vector_int_t edges;
    uint32_t reached = 0;
    must(igraph_vector_int_init(&edges, 0));
    must(igraph_incident(&search->graph, &edges, (igraph_integer_t)search->from, IGRAPH_OUT));
    for (igraph_integer_t i = 0; i < igraph_vector_int_size(&edges); i++) {
        igraph_integer_t edge = VECTOR(edges)[i];
        uint32_t link = link_of(search, edge);
        uint32_t to = (uint32_t)IGRAPH_TO(&search->graph, edge);
        int64_t delay_ns = ess_topology_link_delay_ns(search->topology, link);
        struct ess_route *route = &search->row->to[to];
        bool good = all || delay_ns - search->least_delay_ns <= search->least_delay_ns;
        if (to == search->from || !good ||
            (route->node != ESS_ROUTE_NONE && route->delay_ns <= delay_ns)) {
            continue;
        }
        reached += route->node == ESS_ROUTE_NONE;
        *route = (struct ess_route){add_node(search, link, ESS_ROUTE_NONE), 1, delay_ns};
    }
    igraph_vector_int_destroy(&edges);
    return reached;
}

static void ways_of_lowest_delay(struct search *search) {
    uint32_t sites = search->topology->site_count;
    bool direct = search->topology->routes == ESS_ROUTES_DIRECT;
    if (take_own_links(search, direct) == sites - 1) {
        return;
    }
    search_ways(search, &search->weights);
    for (uint32_t to = 0; to < sites; to++) {
        if (search->row->to[to].node == ESS_ROUTE_NONE) {
            take_way(search, to);
        }
    }
}

static int descending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a < b) - (a > b);
}

/* For each width that some site is reached with: the ways of lowest delay over links at least that
 * wide, for the sites whose width it is. */
static void widest_ways(struct search *search) {
    uint32_t sites = search->topology->site_count;
    igraph_integer_t edges = igraph_vector_size(&search->capacity);
    double *sorted = search->sorted;
    igraph_matrix_t widths;
    must(igraph_matrix_init(&widths, 0, 0));
    must(igraph_widest_path_widths_dijkstra(&search->graph, &widths,
        igraph_vss_1((igraph_integer_t)search->from), igraph_vss_all(), &search->capacity,
        IGRAPH_OUT));
    for (uint32_t to = 0; to < sites; to++) {
        sorted[to] = MATRIX(widths, 0, to);
    }
    qsort(sorted, sites, sizeof *sorted, descending);
    for (uint32_t i = 0; i < sites; i++) {
        if (!isfinite(sorted[i]) || (i > 0 && sorted[i] == sorted[i - 1])) {
            continue; /* the source itself, sites without a way, and widths done already */
        }
        for (igraph_integer_t e = 0; e < edges; e++) {
            bool wide = VECTOR(search->capacity)[e] >= sorted[i];
            VECTOR(search->allowed)[e] = wide ? VECTOR(search->weights)[e] : IGRAPH_INFINITY;
        }
        search_ways(search, &search->allowed);
        for (uint32_t to = 0; to < sites; to++) {
            if (to != search->from && MATRIX(widths, 0, to) == sorted[i]) {
                take_way(search, to);
            }
        }
    }
    igraph_matrix_destroy(&widths);
}

static void make_row(struct search *search, uint32_t from) {
    struct ess_arena *arena = search->topology->arena;
    uint32_t sites = search->topology->site_count;
    search->from = from;
    search->row = ess_arena_allocate(arena, 1, sizeof *search->row);
    search->row->to = ess_arena_allocate(arena, sites, sizeof *search->row->to);
    search->node_capacity = search->node_count = 0;
    for (uint32_t to = 0; to < sites; to++) {
        search->row->to[to] = (struct ess_route){ESS_ROUTE_NONE, 0, INT64_MAX};
    }
    if (search->topology->routes == ESS_ROUTES_WIDEST) {
        widest_ways(search);
    } else {
        ways_of_lowest_delay(search);
    }
    search->topology->rows[from] = search->row;
}

static void make_block(const struct ess_topology *topology, uint32_t site) {
    struct search search = {.topology = topology};
    uint32_t sites = topology->site_count;
    uint32_t first = site / ESS_ROUTES_BLOCK * ESS_ROUTES_BLOCK;
    struct ess_arena scratch;
    igraph_set_error_handler(igraph_error_handler_ignore);
    igraph_set_warning_handler(igraph_warning_handler_ignore);
    ess_arena_init(&scratch, 0);
    search.node_of = ess_arena_allocate(&scratch, sites, sizeof *search.node_of);
    search.reached = ess_arena_allocate(&scratch, sites, sizeof *search.reached);
    search.chain = ess_arena_allocate(&scratch, sites, sizeof *search.chain);
    search.sorted = ess_arena_allocate(&scratch, sites, sizeof *search.sorted);
    open_graph(&search);
    for (uint32_t i = first; i < first + ESS_ROUTES_BLOCK && i < sites; i++) {
        if (i == site || common_link(topology, i) == ESS_ROUTE_NONE) {
            make_row(&search, i);
        }
    }
    close_graph(&search);
    ess_arena_fini(&scratch);
}

const struct ess_route_row *ess_routes_from(const struct ess_topology *topology, uint32_t site) {
    if (!topology->rows[site]) {
        make_block(topology, site);
    }
    return topology->rows[site];
}

uint32_t ess_routes_way(const struct ess_topology *topology, uint32_t from, uint32_t to,
    uint32_t most, uint32_t *links, int64_t *delay_ns) {
    uint32_t common = common_link(topology, from), count = 0, node;
    const struct ess_route_row *row;
    struct ess_route route;
    *delay_ns = 0;
    if (common != ESS_ROUTE_NONE) {
        links[count++] = common;
        *delay_ns = ess_topology_link_delay_ns(topology, common);
        from = far_end(topology, common);
    }
    if (from == to) {
        return count;
    }
    row = ess_routes_from(topology, from);
    route = row->to[to];
    if (route.node == ESS_ROUTE_NONE || count + route.link_count > most) {
        return 0;
    }
    node = route.node;
    for (uint32_t at = count + route.link_count; at-- > count;) {
        links[at] = row->nodes[node].link;
        node = row->nodes[node].parent;
    }
    *delay_ns += route.delay_ns;
    return count + route.link_count;
}
