/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one file that includes igraph. igraph aborts on errors by default: turned off here. */
#include "models/network/routes.h"

#include "sim/engine/arena.h"

#include <igraph/igraph.h>

struct site_graph {
    igraph_t graph;
    igraph_vector_t weights; /* delay in ns + 1, so that ties go to fewer links */
};

static bool build_graph(const struct ess_topology *topology, struct site_graph *sites) {
    igraph_vector_int_t edges;
    igraph_error_t failed;
    uint32_t count = topology->wan_link_count;
    if (igraph_vector_int_init(&edges, 4 * (igraph_integer_t)count)) {
        return false;
    }
    if (igraph_vector_init(&sites->weights, 2 * (igraph_integer_t)count)) {
        igraph_vector_int_destroy(&edges);
        return false;
    }
    for (uint32_t w = 0; w < count; w++) {
        const struct ess_topology_wan_link *link = &topology->wan_links[w];
        VECTOR(edges)[4 * w] = VECTOR(edges)[4 * w + 3] = link->from_site;
        VECTOR(edges)[4 * w + 1] = VECTOR(edges)[4 * w + 2] = link->to_site;
        VECTOR(sites->weights)[2 * w] = (double)link->delay_ns + 1;
        VECTOR(sites->weights)[2 * w + 1] = (double)link->delay_ns + 1;
    }
    failed = igraph_create(
        &sites->graph, &edges, (igraph_integer_t)topology->site_count, IGRAPH_DIRECTED);
    igraph_vector_int_destroy(&edges);
    if (failed) {
        igraph_vector_destroy(&sites->weights);
        return false;
    }
    return true;
}

/* Append the way from -> to; edge e of the graph is the directed WAN link 2 hosts + e. */
static void append_way(struct ess_topology *topology, struct ess_arena *arena, uint32_t pair,
    const igraph_vector_int_t *edges, bool same_site, size_t *capacity) {
    igraph_integer_t length = same_site ? 0 : igraph_vector_int_size(edges);
    uint32_t first = topology->route_first[pair];
    int64_t delay_ns = 0;
    topology->route_links = ess_arena_reserve(arena, topology->route_links, capacity,
        first + (size_t)length, sizeof *topology->route_links);
    for (igraph_integer_t i = 0; i < length; i++) {
        uint32_t edge = (uint32_t)VECTOR(*edges)[i];
        topology->route_links[first + (uint32_t)i] = 2 * topology->host_count + edge;
        delay_ns += topology->wan_links[edge / 2].delay_ns;
    }
    topology->route_delay_ns[pair] = length == 0 && !same_site ? INT64_MAX : delay_ns;
    topology->route_first[pair + 1] = first + (uint32_t)length;
}

static bool ways_from(struct ess_topology *topology, struct ess_arena *arena,
    const struct site_graph *sites, uint32_t from, size_t *capacity) {
    igraph_vector_int_list_t ways;
    igraph_error_t failed;
    if (igraph_vector_int_list_init(&ways, 0)) {
        return false;
    }
    failed = igraph_get_shortest_paths_dijkstra(&sites->graph, NULL, &ways, (igraph_integer_t)from,
        igraph_vss_all(), &sites->weights, IGRAPH_OUT, NULL, NULL);
    for (uint32_t to = 0; !failed && to < topology->site_count; to++) {
        append_way(topology, arena, from * topology->site_count + to,
            igraph_vector_int_list_get_ptr(&ways, (igraph_integer_t)to), from == to, capacity);
    }
    igraph_vector_int_list_destroy(&ways);
    return !failed;
}

bool ess_routes_compute(struct ess_topology *topology, struct ess_arena *arena) {
    size_t pairs = (size_t)topology->site_count * topology->site_count, capacity = 0;
    struct site_graph sites;
    bool ok;
    igraph_set_error_handler(igraph_error_handler_ignore);
    igraph_set_warning_handler(igraph_warning_handler_ignore);
    topology->route_first = ess_arena_allocate(arena, pairs + 1, sizeof *topology->route_first);
    topology->route_delay_ns = ess_arena_allocate(arena, pairs, sizeof *topology->route_delay_ns);
    if (!build_graph(topology, &sites)) {
        return false;
    }
    ok = true;
    for (uint32_t from = 0; ok && from < topology->site_count; from++) {
        ok = ways_from(topology, arena, &sites, from, &capacity);
    }
    igraph_destroy(&sites.graph);
    igraph_vector_destroy(&sites.weights);
    return ok;
}
