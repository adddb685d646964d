/* SPDX-License-Identifier: Apache-2.0 */
/* Two-level hierarchical all-reduce: sum within each site, all-reduce across sites, copy within
 * each site. Striped: every machine of a site takes a share of the traffic between sites, none is a
 * leader.
 *
 * g sites of m_i ranks (site i). The vector is cut into a multiple of g chunks, about min(g, 4) max
 * m_i: for up to four sites as many as make owners equal in the largest one, and never many more
 * than the ranks or sites. In site i chunk c is owned by local rank c mod m_i. Per chunk: (A) a
 * chain through the site ends at the owner, as in a ring; (B) the owners of the chunk in the g
 * sites form a ring of sites, on which the chunk starts at site f + 1 and is complete at site f = c
 * mod g, then is copied on; (C) a chain through the site copies it.
 *
 * Rounds of a rank with local index l in a site of m ranks; K = ceil(chunks / m) groups of m:
 *   A(k, d)  index k m + d             chunk k m + o, o = (l - d - 1) mod m, d = 0 .. m - 1
 *   B1(k)    index K m + k             chunk k m + l, owned by this rank: summed across sites
 *   B2(k)    index K m + K + k         the same chunk: complete, copied across sites
 *   C(k, e)  index K m + 2 K + k m + e chunk k m + o, o = (l - e) mod m; e = 0: owner
 * Rounds of chunks past the last are empty.
 *
 * Check: 2 n (p - 1) bytes in all, of which 2 n (g - 1) cross between sites (each datum once a
 * direction and site: 2 n (g - 1) / g a site when g divides the chunks evenly). With one site it is
 * the ring; with sites of one rank each it is the ring of sites. Limit: when the m_i differ, owners
 * in smaller sites carry up to one chunk more than the mean. */
#include "collective/plan.h"

struct place {
    uint32_t sites, site, first, size, local, chunks, groups;
};

static uint32_t chunks_of(const struct ess_group *group) {
    uint32_t sites = group->site_count;
    uint32_t wanted = (sites < 4 ? sites : 4) * group->largest_site;
    return (wanted + sites - 1) / sites * sites;
}

static uint32_t hierarchical_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    return chunks_of(call->group);
}

static struct place place_of(const struct ess_group *group, uint32_t rank) {
    struct place place = {.sites = group->site_count, .site = group->members[rank].site};
    place.first = group->sites[place.site].first;
    place.size = group->sites[place.site].count;
    place.local = rank - place.first;
    place.chunks = chunks_of(group);
    place.groups = (place.chunks + place.size - 1) / place.size;
    return place;
}

static uint32_t hierarchical_rounds(
    const void *settings, const struct ess_call *call, uint32_t rank) {
    struct place place = place_of(call->group, rank);
    (void)settings;
    return call->group->size > 1 ? 2 * place.groups * (place.size + 1) : 0;
}

static uint32_t neighbour(const struct place *place, uint32_t local) {
    return place->first + local % place->size;
}

static uint32_t owner_at(const struct ess_group *group, uint32_t site, uint32_t chunk) {
    const struct ess_site_span *span = &group->sites[site % group->site_count];
    return span->first + chunk % span->count;
}

/* Hops of a chunk are numbered through its whole way: A in its site, B between sites, C in its
 * site. The two ends of a transfer agree because both stand in the same site (A, C) or count sites
 * (B). */
static uint32_t step_base_b(const struct place *place) {
    return place->chunks;
}

static uint32_t step_base_c(const struct place *place) {
    return place->chunks + 2 * place->sites;
}

static void reduce_in_site(
    const struct place *place, uint32_t group_index, uint32_t distance, struct ess_round *round) {
    uint32_t owner = (place->local + 2 * place->size - distance - 1) % place->size;
    round->chunk = group_index * place->size + owner;
    if (round->chunk >= place->chunks || place->size == 1) {
        return;
    }
    if (distance > 0) {
        round->receive_from = neighbour(place, place->local + place->size - 1);
        round->receive_step = distance - 1;
        round->sum = true;
        round->operand = ESS_REGION_INPUT;
    }
    if (distance < place->size - 1) {
        round->send_to = neighbour(place, place->local + 1);
        round->send_step = distance;
        round->send_source = distance > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
    }
}

/* What this rank holds of a chunk it owns once its site has been summed. */
static enum ess_region site_sum(const struct place *place) {
    return place->size > 1 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
}

static uint32_t site_distance(const struct place *place, uint32_t chunk) {
    uint32_t last = chunk % place->sites;
    return (place->site + 2 * place->sites - last - 1) % place->sites;
}

static void reduce_between_sites(const struct place *place, const struct ess_group *group,
    uint32_t group_index, struct ess_round *round) {
    uint32_t distance;
    round->chunk = group_index * place->size + place->local;
    if (round->chunk >= place->chunks || place->sites == 1) {
        return;
    }
    distance = site_distance(place, round->chunk);
    round->after = group_index * place->size + place->size - 1;
    if (distance > 0) {
        round->receive_from = owner_at(group, place->site + place->sites - 1, round->chunk);
        round->receive_step = step_base_b(place) + distance - 1;
        round->sum = true;
        round->operand = site_sum(place);
    }
    if (distance < place->sites - 1) {
        round->send_to = owner_at(group, place->site + 1, round->chunk);
        round->send_step = step_base_b(place) + distance;
        round->send_source = distance > 0 ? ESS_REGION_RESULT : site_sum(place);
    }
}

static void copy_between_sites(const struct place *place, const struct ess_group *group,
    uint32_t group_index, struct ess_round *round) {
    uint32_t distance;
    uint32_t base = step_base_b(place) + place->sites;
    round->chunk = group_index * place->size + place->local;
    if (round->chunk >= place->chunks || place->sites == 1) {
        return;
    }
    distance = site_distance(place, round->chunk);
    round->after = place->groups * place->size + group_index;
    if (distance < place->sites - 1) {
        round->receive_from = owner_at(group, place->site + place->sites - 1, round->chunk);
        round->receive_step = base + distance;
    }
    if (distance == place->sites - 1 || distance + 2 < place->sites) {
        round->send_to = owner_at(group, place->site + 1, round->chunk);
        round->send_step = distance == place->sites - 1 ? base : base + distance + 1;
        round->send_source = ESS_REGION_RESULT;
    }
}

static void copy_in_site(
    const struct place *place, uint32_t group_index, uint32_t hop, struct ess_round *round) {
    uint32_t owner = (place->local + place->size - hop) % place->size;
    uint32_t sums = place->groups * place->size;
    round->chunk = group_index * place->size + owner;
    if (round->chunk >= place->chunks || place->size == 1) {
        return;
    }
    if (hop > 0) {
        round->receive_from = neighbour(place, place->local + place->size - 1);
        round->receive_step = step_base_c(place) + hop - 1;
        round->after = group_index * place->size + hop - 1;
    } else {
        round->after = place->sites > 1 ? sums + place->groups + group_index
                                        : group_index * place->size + place->size - 1;
    }
    if (hop < place->size - 1) {
        round->send_to = neighbour(place, place->local + 1);
        round->send_step = step_base_c(place) + hop;
        round->send_source = ESS_REGION_RESULT;
    }
}

static void hierarchical_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    struct place place = place_of(call->group, rank);
    uint32_t sums = place.groups * place.size;
    (void)settings;
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = ESS_NONE,
    };
    if (index < sums) {
        reduce_in_site(&place, index / place.size, index % place.size, round);
        return;
    }
    index -= sums;
    if (index < place.groups) {
        reduce_between_sites(&place, call->group, index, round);
        return;
    }
    index -= place.groups;
    if (index < place.groups) {
        copy_between_sites(&place, call->group, index, round);
        return;
    }
    index -= place.groups;
    copy_in_site(&place, index / place.size, index % place.size, round);
}

const struct ess_plan_type ess_plan_hierarchical = {
    .name = "hierarchical",
    .summary = "sum within each site, striped ring across sites, copy within; two levels only",
    .source = "Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005 (reduce-scatter and all-gather); "
              "two-level form after Jia et al., arXiv 1807.11205",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE),
    .identical = true,
    .chunks = hierarchical_chunks,
    .rounds = hierarchical_rounds,
    .round = hierarchical_round,
};
