/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/sharing_bottleneck.h"

#include "models/network/sharing_entry.h"

/* Rows up to this length are summed at once, longer ones only where their reserve gives no
 * answer. */
#define SHORT_ROW 12

static double unsaturated_estimate(
    const struct ess_sharing *s, const struct sharing_link *l, double weight) {
    double left = (l->capacity - sharing_row_load(s, l)) / weight;
    double fair = l->capacity / (l->total_weight + weight);
    return left > fair ? left : fair;
}

/* A lower bound of the level the class would get with its bottleneck at the link; infinite where
 * that is not known yet. */
static double estimate(const struct ess_sharing *s, int32_t link, double weight) {
    const struct sharing_link *l = &s->links[link];
    if (l->is_cap)
        return s->levels[link];
    if (l->saturated)
        return (l->capacity - l->other_load) / (l->own_weight + weight);
    if (l->row.count > SHORT_ROW)
        return INFINITY;
    return unsaturated_estimate(s, l, weight);
}

static int32_t likely_bottleneck(
    const struct ess_sharing *s, const struct sharing_class *c, double *level) {
    const struct sharing_hop *hops = &s->hops[c->first_hop];
    int32_t bottleneck = hops[0].link;
    double least = INFINITY;
    for (int32_t i = 0; i < c->hop_count; i++) {
        double guess = estimate(s, hops[i].link, c->weight);
        if (guess < least) {
            least = guess;
            bottleneck = hops[i].link;
        }
    }
    for (int32_t i = 0; i < c->hop_count; i++) {
        const struct sharing_link *l = &s->links[hops[i].link];
        if (l->is_cap || l->saturated || l->row.count <= SHORT_ROW)
            continue;
        if (c->weight * least <= l->reserve) /* the class fits in, whatever the row's sum is */
            continue;
        double guess = unsaturated_estimate(s, l, c->weight);
        if (guess < least) {
            least = guess;
            bottleneck = hops[i].link;
        }
    }
    *level = least > 0 ? least : 0;
    return bottleneck;
}

void ess_sharing_attach(struct ess_sharing *s, int32_t class) {
    struct sharing_class *c = &s->classes[class];
    double level;
    int32_t bottleneck = likely_bottleneck(s, c, &level);
    struct sharing_link *b = &s->links[bottleneck];
    if (!b->saturated) {
        ess_sharing_saturate(s, bottleneck, level);
    } else if (b->own.count == 0) {
        b->service = 0;
        b->service_date_ns = s->now_ns;
    }
    bool stays = c->bottleneck == bottleneck;
    c->bottleneck = bottleneck;
    c->base = -sharing_service_now(s, bottleneck);
    for (int32_t hop = c->first_hop; hop < c->first_hop + c->hop_count; hop++) {
        int32_t link = s->hops[hop].link, entry = s->hops[hop].entry;
        if (!stays && entry >= 0) {
            ess_sharing_entry_put(s, entry);
            entry = s->hops[hop].entry = -1;
        }
        if (link == bottleneck)
            continue;
        if (entry < 0)
            entry = ess_sharing_entry_get(s, link, bottleneck);
        ess_sharing_entry_link_hop(s, entry, hop);
    }
}

void ess_sharing_reweigh(struct ess_sharing *s, int32_t class, double weight) {
    const struct sharing_class *c = &s->classes[class];
    for (int32_t hop = c->first_hop; hop < c->first_hop + c->hop_count; hop++) {
        int32_t link = s->hops[hop].link;
        struct sharing_link *l = &s->links[link];
        l->total_weight += weight;
        if (link == c->bottleneck) {
            l->own_weight += weight;
            sharing_mark_dirty(s, link);
        } else {
            ess_sharing_entry_add(s, s->hops[hop].entry, weight);
        }
    }
}

/* Let the service of the class start at 0 now: its flows' finishes and its base change alike. */
static void rebase_class(struct ess_sharing *s, int32_t class) {
    struct sharing_class *c = &s->classes[class];
    double service = sharing_service_now(s, c->bottleneck);
    for (int32_t i = 0; i < c->flows.count; i++) {
        struct sharing_node *node = &c->flows.nodes[i];
        node->key -= service + c->base; /* keeps the order: rounding is monotone */
        s->flows[node->id].finish = node->key;
    }
    c->base = -service;
}

void ess_sharing_rebase(struct ess_sharing *s, int32_t link) {
    struct sharing_link *l = &s->links[link];
    for (int32_t i = 0; i < l->own.count; i++)
        rebase_class(s, l->own.nodes[i].id);
    l->service = 0;
    l->service_date_ns = s->now_ns;
    int32_t count = l->own.count;
    l->own.count = 0;
    for (int32_t i = 0; i < count; i++) { /* the part of the array below i is the new heap */
        int32_t class = l->own.nodes[i].id;
        s->classes[class].base = 0;
        sharing_heap_push(&l->own, s->classes[class].flows.nodes[0].key, class, s->class_position);
    }
}

void ess_sharing_move(struct ess_sharing *s, int32_t class, int32_t link) {
    struct sharing_class *c = &s->classes[class];
    int32_t left = c->bottleneck;
    double weight = c->flow_count * c->weight;
    s->statistics.class_moves++;
    if (s->links[link].own.count == 0 && s->links[link].is_cap) {
        s->links[link].service = 0;
        s->links[link].service_date_ns = s->now_ns;
    }
    c->base += sharing_service_now(s, left) - sharing_service_now(s, link);
    sharing_heap_remove(&s->links[left].own, s->class_position[class], s->class_position);
    sharing_heap_push(
        &s->links[link].own, c->flows.nodes[0].key - c->base, class, s->class_position);
    sharing_touch(s, left);
    sharing_touch(s, link);
    c->bottleneck = link;
    for (int32_t hop = c->first_hop; hop < c->first_hop + c->hop_count; hop++) {
        int32_t at = s->hops[hop].link, entry = s->hops[hop].entry;
        if (at == left) {
            s->links[left].own_weight -= weight;
            sharing_mark_dirty(s, left);
        } else {
            ess_sharing_entry_unlink_hop(s, hop);
            ess_sharing_entry_add(s, entry, -weight);
            ess_sharing_entry_put(s, entry);
        }
        if (at == link) {
            s->links[link].own_weight += weight;
            s->hops[hop].entry = -1;
        } else {
            entry = ess_sharing_entry_get(s, at, link);
            ess_sharing_entry_link_hop(s, entry, hop);
            ess_sharing_entry_add(s, entry, weight);
        }
    }
}

void ess_sharing_move_group(struct ess_sharing *s, int32_t entry, int32_t link) {
    s->entries[entry].references++; /* must outlive its last class */
    while (s->entries[entry].first_hop >= 0)
        ess_sharing_move(s, s->hops[s->entries[entry].first_hop].class, link);
    ess_sharing_entry_put(s, entry);
}
