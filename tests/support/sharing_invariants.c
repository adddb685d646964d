/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sharing_invariants.h"

#include <math.h>

#include "models/network/sharing_state.h"

#define SMALL 1e-11

static double class_weight(const struct ess_sharing *s, int32_t class) {
    return s->classes[class].flow_count * s->classes[class].weight;
}

static const char *broken_entry(
    const struct ess_sharing *s, int32_t link, const struct sharing_cell *cell) {
    const struct sharing_link *l = &s->links[link];
    const struct sharing_entry *e = &s->entries[cell->entry];
    bool guarded = s->guard_position[cell->entry] >= 0, informed = e->informed_position >= 0;
    double weight = 0;
    for (int32_t hop = e->first_hop; hop >= 0; hop = s->hops[hop].next)
        weight += class_weight(s, s->hops[hop].class);
    if (e->at != link || e->bottleneck != cell->link || weight != e->weight ||
        weight != cell->weight || weight == 0)
        return "an entry's weight is that of its classes";
    if (l->is_cap)
        return guarded && e->threshold == s->levels[link] ? NULL : "a cap guards its entries";
    if (s->links[e->bottleneck].is_cap)
        return guarded || informed ? "an entry below a cap needs no news" : NULL;
    if (l->saturated)
        return informed && !guarded ? NULL : "an entry of a saturated link is informed";
    if (!guarded || informed)
        return "an entry of an unsaturated link is guarded";
    if (s->links[e->bottleneck].guards.nodes[s->guard_position[cell->entry]].key != e->threshold)
        return "a guard stands under its threshold";
    return s->levels[e->bottleneck] <= e->threshold * (1 + SMALL) ? NULL
                                                                  : "no level is past a guard";
}

static const char *broken_level(const struct ess_sharing *s, int32_t link) {
    const struct sharing_link *l = &s->links[link];
    double load = 0, guarded = l->reserve, most = 0, level = s->levels[link];
    for (int32_t i = 0; i < l->row.count; i++) {
        struct sharing_cell cell = l->row.cells[i];
        load += cell.weight * s->levels[cell.link];
        guarded += cell.weight * s->entries[cell.entry].threshold;
        most = fmax(most, s->levels[cell.link]);
    }
    if (l->saturated != (l->own_weight > 0))
        return "a link is saturated if it has classes of its own";
    if (!l->saturated && level != INFINITY)
        return "an unsaturated link has no level";
    if (!l->saturated && load > l->capacity * (1 + SMALL))
        return "(3): an unsaturated link is not overfull";
    if (!l->saturated && fabs(guarded - l->capacity) > SMALL * l->capacity)
        return "thresholds and reserve make up the capacity";
    if (l->saturated && fabs(level * l->own_weight + load - l->capacity) > SMALL * l->capacity)
        return "(1): a saturated link is full";
    if (l->saturated && most > level * (1 + SMALL))
        return "(2): no class on a link is faster than its own classes";
    if (l->saturated && fabs(load - l->other_load) > SMALL * l->capacity)
        return "the load kept by differences is the load";
    if (l->saturated && l->row_level_most < most * (1 - SMALL))
        return "no level in the row is above its bound";
    return NULL;
}

static const char *broken_event(const struct ess_sharing *s, int32_t link) {
    const struct sharing_link *l = &s->links[link];
    int32_t at = s->event_position[link];
    double level = s->levels[link];
    if (l->own.count == 0 || level == 0)
        return at < 0 ? NULL : "a link without completions has no event";
    double left = l->own.nodes[0].key - sharing_service_now(s, link);
    double wait_ns = left / level * SHARING_SECOND_NS;
    if (at < 0)
        return wait_ns < 1e17 ? "a link with completions has an event" : NULL;
    double date = s->events.nodes[at].key - (double)s->now_ns;
    return fabs(date - wait_ns) <= 2 + SMALL * wait_ns ? NULL : "an event has the date of its flow";
}

static const char *broken_link(const struct ess_sharing *s, int32_t link) {
    const struct sharing_link *l = &s->links[link];
    double own = 0, total;
    for (int32_t i = 0; i < l->own.count; i++) {
        int32_t class = l->own.nodes[i].id;
        const struct sharing_class *c = &s->classes[class];
        own += class_weight(s, class);
        if (c->bottleneck != link || s->class_position[class] != i)
            return "a class stands in its bottleneck's heap";
        if (fabs(c->flows.nodes[0].key - c->base - l->own.nodes[i].key) > 1e-3)
            return "a class stands under its first finish";
    }
    total = own;
    for (int32_t i = 0; i < l->row.count; i++) {
        const char *broken = broken_entry(s, link, &l->row.cells[i]);
        total += l->row.cells[i].weight;
        if (broken != NULL)
            return broken;
    }
    if (own != l->own_weight || total != l->total_weight)
        return "a link's weight is that of its classes";
    const char *broken = l->is_cap ? NULL : broken_level(s, link);
    return broken != NULL ? broken : broken_event(s, link);
}

const char *sharing_broken_invariant(const struct ess_sharing *s) {
    for (int32_t link = 0; link < s->link_count; link++) {
        const char *broken = broken_link(s, link);
        if (broken != NULL)
            return broken;
    }
    return s->dirty.count > 0 || s->touched.count > 0 ? "nothing is left to do" : NULL;
}
