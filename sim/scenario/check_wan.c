/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/checks.h"

#include <stdlib.h>
#include <string.h>

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
    return true;
}

/* ---- Ends ---- */

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
static void check_parallel(struct ess_reader *reader, const struct ess_scenario *scenario,
    struct pair *pairs, size_t count) {
    qsort(pairs, count, sizeof *pairs, compare_pairs);
    for (size_t i = 1; i < count; i++) {
        if (pairs[i - 1].low != pairs[i].low || pairs[i - 1].high != pairs[i].high)
            continue;
        const struct ess_scenario_wan_link *link = &scenario->wan.links[pairs[i].link];
        ess_reader_complain_at(reader,
            ess_store_print(reader->store, "/wan/links/%zu", pairs[i].link),
            ess_store_print(
                reader->store, "another between \"%s\" and \"%s\"", link->from, link->to),
            NULL, "one link between two sites");
    }
}

static void resolve_ends(struct ess_reader *reader, struct ess_scenario *scenario) {
    struct pair *pairs =
        ess_store_take_array(reader->store, scenario->wan.link_count, sizeof *pairs);
    size_t count = 0;
    for (size_t i = 0; i < scenario->wan.link_count; i++) {
        struct ess_scenario_wan_link *link = &scenario->wan.links[i];
        link->from_site = link->to_site = ESS_INDEX_NONE;
        if (link->from == NULL || link->to == NULL)
            continue;
        link->from_site = ess_find_site(
            reader, scenario, ess_store_print(reader->store, "/wan/links/%zu/from", i), link->from);
        link->to_site = ess_find_site(
            reader, scenario, ess_store_print(reader->store, "/wan/links/%zu/to", i), link->to);
        if (link->from_site == ESS_INDEX_NONE || link->to_site == ESS_INDEX_NONE)
            continue;
        bool ordered = link->from_site < link->to_site;
        pairs[count++] = (struct pair){ordered ? link->from_site : link->to_site,
            ordered ? link->to_site : link->from_site, i};
    }
    check_parallel(reader, scenario, pairs, count);
}

/* ---- Connection ---- */

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

static void check_connected(struct ess_reader *reader, const struct ess_scenario *scenario) {
    uint32_t count = (uint32_t)scenario->site_count;
    uint32_t *parents = ess_store_take_array(reader->store, count, sizeof *parents);
    for (uint32_t site = 0; site < count; site++)
        parents[site] = site;
    for (size_t i = 0; i < scenario->wan.link_count; i++) {
        uint32_t from = part_of(parents, scenario->wan.links[i].from_site);
        uint32_t to = part_of(parents, scenario->wan.links[i].to_site);
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
        ess_reader_complain_at(reader, "/wan/links",
            ess_store_print(reader->store, "%zu parts that no link joins: %s%s", parts, list,
                parts > SHOWN_PARTS ? ", ..." : ""),
            NULL, "links by which every site reaches every other");
}

void ess_check_wan(struct ess_reader *reader, struct ess_scenario *scenario) {
    size_t before = reader->errors;
    resolve_ends(reader, scenario);
    bool whole = reader->errors == before && scenario->site_count > 0;
    for (size_t i = 0; i < scenario->site_count; i++)
        whole &= scenario->sites[i].name != NULL;
    for (size_t i = 0; i < scenario->wan.link_count; i++)
        whole &= scenario->wan.links[i].from_site != ESS_INDEX_NONE &&
                 scenario->wan.links[i].from_site != scenario->wan.links[i].to_site;
    if (whole)
        check_connected(reader, scenario);
    struct ess_scenario_coordinator *coordinator = &scenario->coordinator;
    if (scenario->site_count == 0 || scenario->sites[0].name == NULL)
        return;
    if (coordinator->site == NULL)
        coordinator->site = scenario->sites[0].name;
    coordinator->site_index =
        ess_find_site(reader, scenario, "/coordinator/site", coordinator->site);
}
