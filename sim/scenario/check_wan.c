/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/checks.h"

#include <stdlib.h>
#include <string.h>

#include "models/network/topology.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/wan_builder.h"

#define SHOWN_SITES 6 /* of each part of a WAN that falls apart */
#define SHOWN_PARTS 4

bool ess_check_wan_link(struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_wan_link *link = value;
    bool one = link->rate_bytes_per_s != 0;
    bool forward = link->rate_forward_bytes_per_s != 0;
    bool backward = link->rate_backward_bytes_per_s != 0;
    if (one ? forward || backward : !forward || !backward) {
        ess_reader_complain(reader, place, one ? "both" : "neither in full", NULL,
            "either \"rate\", or \"rate_forward\" and \"rate_backward\"");
        return false;
    }
    if (strcmp(link->from, link->to) == 0) {
        struct ess_place below = {place, "to", 0};
        ess_reader_complain(reader, &below, ess_store_print(reader->store, "\"%s\"", link->to),
            NULL, "another site than \"from\"");
        return false;
    }
    if (one) {
        link->rate_forward_bytes_per_s = link->rate_bytes_per_s;
        link->rate_backward_bytes_per_s = link->rate_bytes_per_s;
        link->rate_bytes_per_s = 0;
    }
    if (link->delay_backward_ns == INT64_MAX)
        link->delay_backward_ns = link->delay_ns;
    return true;
}

/* ---- Links one by one ---- */

static void add_links(struct ess_wan_builder *builder) {
    struct ess_reader *reader = builder->reader;
    struct ess_scenario *scenario = builder->scenario;
    for (size_t i = 0; i < scenario->wan.link_count; i++) {
        struct ess_scenario_wan_link *link = &scenario->wan.links[i];
        const char *pointer = ess_store_print(reader->store, "/wan/links/%zu", i);
        link->origin = pointer;
        link->from_site = link->to_site = ESS_INDEX_NONE;
        builder->partial |= link->from == NULL || link->to == NULL ||
                            link->rate_forward_bytes_per_s <= 0 ||
                            link->rate_backward_bytes_per_s <= 0;
        if (link->from == NULL || link->to == NULL)
            continue;
        link->from_site = ess_find_site(
            reader, scenario, ess_pointer_below(pointer, "from", reader->store), link->from);
        link->to_site = ess_find_site(
            reader, scenario, ess_pointer_below(pointer, "to", reader->store), link->to);
        if (link->from_site == link->to_site)
            builder->partial = true;
        else if (link->from_site != ESS_INDEX_NONE && link->to_site != ESS_INDEX_NONE)
            ess_wan_add(builder, link);
    }
}

/* ---- Parallel links ---- */

struct pair {
    uint32_t low, high;
    size_t link;
};

static int compare_pairs(const void *left, const void *right) {
    const struct pair *a = left, *b = right;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    return (a->link > b->link) - (a->link < b->link);
}

/* Parallel links would leave open which of them a route takes. */
static void check_parallel(struct ess_wan_builder *builder) {
    struct ess_reader *reader = builder->reader;
    struct pair *pairs = ess_store_take_array(reader->store, builder->link_count, sizeof *pairs);
    for (size_t i = 0; i < builder->link_count; i++) {
        const struct ess_scenario_wan_link *link = &builder->links[i];
        bool ordered = link->from_site < link->to_site;
        pairs[i] = (struct pair){ordered ? link->from_site : link->to_site,
            ordered ? link->to_site : link->from_site, i};
    }
    qsort(pairs, builder->link_count, sizeof *pairs, compare_pairs);
    for (size_t i = 1; i < builder->link_count; i++) {
        if (pairs[i - 1].low != pairs[i].low || pairs[i - 1].high != pairs[i].high)
            continue;
        const struct ess_scenario_wan_link *link = &builder->links[pairs[i].link];
        ess_reader_complain_at(reader, link->origin,
            ess_store_print(reader->store, "another between \"%s\" and \"%s\"",
                ess_wan_site_name(builder->scenario, link->from_site),
                ess_wan_site_name(builder->scenario, link->to_site)),
            NULL, "one link between two sites");
    }
}

/* ---- Connection ---- */

static bool is_known(const struct ess_wan_builder *builder, const char *name) {
    for (size_t i = 0; i < builder->last_name_count; i++)
        if (strcmp(builder->last_names[i], name) == 0)
            return true;
    return false;
}

/* A site that is in none of the WAN's files, and that no link joins, is probably misspelt. */
static void check_named(struct ess_wan_builder *builder) {
    struct ess_reader *reader = builder->reader;
    const struct ess_scenario *scenario = builder->scenario;
    if (builder->last_file == NULL)
        return; /* whatever is not joined shows as a part of its own */
    for (size_t i = 0; i < scenario->site_count; i++) {
        const struct ess_scenario_site *site = &scenario->sites[i];
        if (builder->joined[i] || is_known(builder, ess_wan_node_name(site)))
            continue;
        ess_reader_complain_at(reader,
            ess_store_print(
                reader->store, "/sites/%zu/%s", i, site->node != NULL ? "node" : "name"),
            ess_store_print(reader->store, "\"%s\"", ess_wan_node_name(site)),
            ess_name_nearest(
                ess_wan_node_name(site), builder->last_names, builder->last_name_count),
            "a name in \"%s\", or a link to it", builder->last_file);
    }
}

/* Union-find with path halving; a part is called after its first site. */
static uint32_t part_of(uint32_t *parents, uint32_t site) {
    while (parents[site] != site) {
        parents[site] = parents[parents[site]];
        site = parents[site];
    }
    return site;
}

/* "{lyon, paris}" */
static const char *describe_part(struct ess_reader *reader, const struct ess_scenario *scenario,
    uint32_t *parents, uint32_t part) {
    const char *list = "{";
    size_t shown = 0;
    for (uint32_t site = 0; site < scenario->site_count; site++) {
        if (part_of(parents, site) != part)
            continue;
        if (shown == SHOWN_SITES)
            return ess_store_print(reader->store, "%s, ...}", list);
        list = ess_store_print(
            reader->store, "%s%s%s", list, shown == 0 ? "" : ", ", scenario->sites[site].name);
        shown++;
    }
    return ess_store_print(reader->store, "%s}", list);
}

/* Parts without a site, of which a graph may have some, matter to nobody. */
static void check_connected(struct ess_reader *reader, const struct ess_scenario *scenario) {
    uint32_t count = (uint32_t)scenario->site_count;
    uint32_t *parents =
        ess_store_take_array(reader->store, scenario->wan.node_count, sizeof *parents);
    for (uint32_t site = 0; site < scenario->wan.node_count; site++)
        parents[site] = site;
    for (size_t i = 0; i < scenario->wan.all_link_count; i++) {
        uint32_t from = part_of(parents, scenario->wan.all_links[i].from_site);
        uint32_t to = part_of(parents, scenario->wan.all_links[i].to_site);
        parents[from > to ? from : to] = from > to ? to : from;
    }
    size_t parts = 0;
    const char *list = "";
    for (uint32_t site = 0; site < count; site++) {
        if (part_of(parents, site) != site)
            continue;
        parts++;
        if (parts <= SHOWN_PARTS)
            list = ess_store_print(reader->store, "%s%s%s", list, parts == 1 ? "" : ", ",
                describe_part(reader, scenario, parents, site));
    }
    if (parts > 1)
        ess_reader_complain_at(reader,
            scenario->wan.graph != NULL    ? "/wan/graph"
            : scenario->wan.matrix != NULL ? "/wan/matrix"
                                           : "/wan/links",
            ess_store_print(reader->store, "%zu parts that no link joins: %s%s", parts, list,
                parts > SHOWN_PARTS ? ", ..." : ""),
            NULL, "links by which every site reaches every other");
}

/* ---- Length ---- */

struct breadth {
    uint32_t *first;      /* [node + 1] into neighbours */
    uint32_t *neighbours; /* [2 links] */
    uint32_t *depth;      /* [node] */
    uint32_t *queue;      /* [node] */
};

static void list_neighbours(const struct ess_scenario_wan *wan, struct breadth *breadth) {
    for (size_t i = 0; i < wan->all_link_count; i++) {
        breadth->first[wan->all_links[i].from_site + 1]++;
        breadth->first[wan->all_links[i].to_site + 1]++;
    }
    for (uint32_t node = 0; node < wan->node_count; node++)
        breadth->first[node + 1] += breadth->first[node];
    for (size_t i = wan->all_link_count; i-- > 0;) {
        uint32_t from = wan->all_links[i].from_site, to = wan->all_links[i].to_site;
        breadth->neighbours[breadth->first[from] + breadth->depth[from]++] = to;
        breadth->neighbours[breadth->first[to] + breadth->depth[to]++] = from;
    }
}

/* Links from the first site to the one that is farthest. */
static uint32_t greatest_depth(struct ess_store *store, const struct ess_scenario_wan *wan) {
    struct breadth breadth = {
        .first = ess_store_take_array(store, wan->node_count + 1, sizeof(uint32_t)),
        .neighbours = ess_store_take_array(store, 2 * wan->all_link_count, sizeof(uint32_t)),
        .depth = ess_store_take_array(store, wan->node_count, sizeof(uint32_t)),
        .queue = ess_store_take_array(store, wan->node_count, sizeof(uint32_t)),
    };
    uint32_t head = 0, tail = 1, deepest = 0;
    list_neighbours(wan, &breadth);
    for (uint32_t node = 0; node < wan->node_count; node++)
        breadth.depth[node] = UINT32_MAX;
    breadth.depth[0] = 0;
    while (head < tail) {
        uint32_t node = breadth.queue[head++];
        deepest = breadth.depth[node];
        for (uint32_t i = breadth.first[node]; i < breadth.first[node + 1]; i++) {
            uint32_t next = breadth.neighbours[i];
            if (breadth.depth[next] != UINT32_MAX)
                continue;
            breadth.depth[next] = deepest + 1;
            breadth.queue[tail++] = next;
        }
    }
    return deepest;
}

/* A way has at most so many links; through the first site any two are joined by at most twice the
 * greatest depth. Small networks cannot have longer ways at all. */
static void check_length(struct ess_reader *reader, const struct ess_scenario *scenario) {
    uint32_t most = ESS_PATH_LINKS_MAX - 2 * ESS_FAT_TREE_LEVELS_MAX - 3;
    if (scenario->wan.node_count <= most)
        return;
    uint32_t depth = greatest_depth(reader->store, &scenario->wan);
    if (2 * depth > most)
        ess_reader_complain_at(reader, "/wan",
            ess_store_print(reader->store, "a site %u links away from the first", depth), NULL,
            "a network in which every site is within %u links of the first", most / 2);
}

/* ---- All of it ---- */

static void gather(struct ess_wan_builder *builder) {
    struct ess_scenario *scenario = builder->scenario;
    size_t before = builder->reader->errors;
    add_links(builder);
    ess_wan_add_templates(builder);
    ess_wan_add_matrix(builder);
    ess_wan_add_graph(builder);
    if (builder->reader->errors == before && !builder->partial)
        check_named(builder);
    check_parallel(builder);
    scenario->wan.all_links = builder->links;
    scenario->wan.all_link_count = builder->link_count;
    scenario->wan.node_count = builder->node_count;
    if (scenario->wan.routes == ESS_WAN_AUTO && scenario->wan.matrix == NULL)
        scenario->wan.routes = ESS_WAN_LOWEST_DELAY;
    else if (scenario->wan.routes == ESS_WAN_AUTO)
        scenario->wan.routes = ESS_WAN_DIRECT;
}

static void find_coordinator(struct ess_reader *reader, struct ess_scenario *scenario) {
    struct ess_scenario_coordinator *coordinator = &scenario->coordinator;
    if (scenario->site_count == 0 || scenario->sites[0].name == NULL)
        return;
    if (coordinator->site == NULL)
        coordinator->site = scenario->sites[0].name;
    coordinator->site_index =
        ess_find_site(reader, scenario, "/coordinator/site", coordinator->site);
}

void ess_check_wan(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *data_folder, bool look, size_t *data_missing) {
    size_t before = reader->errors;
    struct ess_wan_builder builder = {
        .reader = reader,
        .scenario = scenario,
        .files = {data_folder, look, data_missing},
        .node_count = (uint32_t)scenario->site_count,
        .joined = ess_store_take_array(reader->store, scenario->site_count, sizeof(bool)),
    };
    bool named = scenario->site_count > 0;
    for (size_t i = 0; i < scenario->site_count; i++)
        named &= scenario->sites[i].name != NULL;
    if (named)
        gather(&builder);
    if (named && !builder.partial && reader->errors == before) {
        check_connected(reader, scenario);
        check_length(reader, scenario);
    }
    find_coordinator(reader, scenario);
}
