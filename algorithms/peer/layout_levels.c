/* SPDX-License-Identifier: Apache-2.0 */
/* Sites and levels of sites, found from delays. A unit is a site as told, or where sites are to be
 * found a member: then the finest clusters are the sites, and the coarser ones levels above them.
 */
#include "base/sort.h"
#include "peer/layout_parts.h"

static uint32_t cluster_of(const struct ess_layout_maker *maker, uint32_t level, uint32_t unit) {
    return maker->clusters.sites[(size_t)level * maker->unit_count + unit];
}

static bool comes_before(const struct ess_layout_maker *maker, uint32_t a, uint32_t b) {
    for (uint32_t level = maker->clusters.level_count; level-- > 0;) {
        uint32_t of_a = cluster_of(maker, level, a), of_b = cluster_of(maker, level, b);
        if (of_a != of_b) {
            return of_a < of_b;
        }
    }
    return a < b;
}

/* Units by the coarsest cluster, then the next, then themselves. O(units^2), as finding the
 * clusters is. */
static void order_units(struct ess_layout_maker *maker) {
    uint32_t *order = maker->unit_order;
    for (uint32_t i = 0; i < maker->unit_count; i++) {
        uint32_t at = i;
        for (; at > 0 && comes_before(maker, i, order[at - 1]); at--) {
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

/* One member stands for each unit. Returns the unit of each key in `unit_of`. */
static void find_units(
    struct ess_layout_maker *maker, const uint64_t *keys, uint32_t count, uint32_t *unit_of) {
    maker->unit_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool same =
            i > 0 && keys[i] >> 32 == keys[i - 1] >> 32 && !maker->policies->peer.find_sites;
        if (!same) {
            maker->members[maker->unit_count++] = (uint32_t)keys[i];
        }
        unit_of[i] = maker->unit_count - 1;
    }
}

/* Number of the site that each unit is, or lies in; the clusters of each site at the levels above.
 */
static void number_sites(struct ess_layout_maker *maker, uint32_t *site_of_unit) {
    uint32_t base = maker->policies->peer.find_sites ? 1 : 0, site = 0;
    maker->level_count = maker->clusters.level_count - base;
    for (uint32_t i = 0; i < maker->unit_count; i++) {
        uint32_t unit = maker->unit_order[i];
        bool opens = base == 0 || i == 0 ||
                     cluster_of(maker, 0, unit) != cluster_of(maker, 0, maker->unit_order[i - 1]);
        site += opens && i > 0;
        site_of_unit[unit] = site;
        for (uint32_t level = 0; level < maker->level_count; level++) {
            maker->site_cluster[(size_t)level * maker->matrix->size + site] =
                cluster_of(maker, level + base, unit);
        }
    }
}

void ess_layout_maker_sort(struct ess_layout_maker *maker, uint64_t *keys, uint32_t count) {
    struct ess_cluster_settings settings = ess_cluster_defaults();
    uint32_t *unit_of = maker->rank_of;
    if (!maker->finds_levels || count < 2) {
        maker->level_count = 0;
        return;
    }
    settings.levels_max = ESS_LAYOUT_LEVELS_MAX;
    find_units(maker, keys, count, unit_of);
    ess_cluster_find(&settings, maker->matrix, maker->members, maker->unit_count, &maker->clusters,
        maker->scratch);
    order_units(maker);
    number_sites(maker, maker->members); /* whom the units stood for is not needed any more */
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = (uint64_t)maker->members[unit_of[i]] << 32 | (uint32_t)keys[i];
    }
    ess_sort_u64(keys, count);
}

/* Spans of a level over the `below` spans of the level below; `at` is the first site of each of
 * these, and becomes that of the new ones. Returns their number. */
static uint32_t span_level(
    const uint32_t *cluster, uint32_t *at, uint32_t below, struct ess_site_span *spans) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < below; i++) {
        bool opens = i == 0 || cluster[at[i]] != cluster[at[count - 1]];
        if (opens) {
            spans[count] = (struct ess_site_span){i, 0};
            at[count++] = at[i];
        }
        spans[count - 1].count++;
    }
    return count;
}

void ess_layout_make_levels(struct ess_layout_maker *maker, const struct ess_group *group) {
    uint32_t below = group->site_count, made = 0;
    uint32_t *at = maker->scratch;
    for (uint32_t site = 0; site < below; site++) {
        at[site] = site;
    }
    for (uint32_t level = 0; level < maker->level_count && below > 1; level++) {
        size_t offset = (size_t)level * maker->matrix->size;
        struct ess_site_span *spans = maker->spans + offset;
        uint32_t count = span_level(maker->site_cluster + offset, at, below, spans);
        if (count == 1 || count == below) {
            continue; /* groups nothing */
        }
        maker->levels[made++] = (struct ess_level){count, spans};
        below = count;
    }
    maker->layout.level_count = made;
    maker->layout.levels = maker->levels;
}
