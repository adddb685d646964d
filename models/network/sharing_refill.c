/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/sharing_refill.h"

#include <stdlib.h>

#include "models/network/sharing_entry.h"

/* All classes that cross the link, in s->some_classes. */
static void list_classes(struct ess_sharing *s, int32_t link) {
    const struct sharing_link *l = &s->links[link];
    s->some_classes.count = 0;
    for (int32_t i = 0; i < l->own.count; i++)
        sharing_list_push(&s->some_classes, l->own.nodes[i].id);
    for (int32_t i = 0; i < l->row.count; i++)
        for (int32_t hop = s->entries[l->row.cells[i].entry].first_hop; hop >= 0;
             hop = s->hops[hop].next)
            sharing_list_push(&s->some_classes, s->hops[hop].class);
}

static void visit_link(struct ess_sharing *s, int32_t link) {
    struct sharing_link *l = &s->links[link];
    if (l->is_cap || l->visit == s->visit) /* a cap is shared without coupling its classes */
        return;
    l->visit = s->visit;
    sharing_list_push(&s->component_links, link);
}

/* Lists the component's links and classes, and frees the classes from their bottleneck's virtual
 * time: their base becomes what they have received. */
static void collect(struct ess_sharing *s) {
    s->visit++;
    s->component_links.count = 0;
    s->component_classes.count = 0;
    for (int32_t i = 0; i < s->dirty.count; i++)
        visit_link(s, s->dirty.nodes[i].id);
    for (int32_t i = 0; i < s->component_links.count; i++) {
        list_classes(s, s->component_links.items[i]);
        for (int32_t j = 0; j < s->some_classes.count; j++) {
            int32_t class = s->some_classes.items[j];
            struct sharing_class *c = &s->classes[class];
            if (c->visit == s->visit)
                continue;
            c->visit = s->visit;
            c->refill_bottleneck = -1;
            c->base += sharing_service_now(s, c->bottleneck);
            sharing_list_push(&s->component_classes, class);
            for (int32_t hop = c->first_hop; hop < c->first_hop + c->hop_count; hop++)
                visit_link(s, s->hops[hop].link);
        }
    }
}

static int compare_caps(const void *left, const void *right) {
    const struct sharing_candidate *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static void list_caps(struct ess_sharing *s) {
    s->candidate_count = 0;
    for (int32_t i = 0; i < s->component_classes.count; i++) {
        int32_t class = s->component_classes.items[i];
        double level = s->classes[class].cap_level;
        if (level == INFINITY)
            continue;
        if (s->candidate_count == s->candidate_room) {
            s->candidate_room = ess_sharing_more_room(s->candidate_room);
            s->candidates =
                ess_sharing_resize(s->candidates, s->candidate_room, sizeof *s->candidates);
        }
        s->candidates[s->candidate_count++] = (struct sharing_candidate){.key = level, .id = class};
    }
    if (s->candidate_count > 1)
        qsort(s->candidates, (size_t)s->candidate_count, sizeof *s->candidates, compare_caps);
}

/* While filling, a link's own_weight is the weight that has no bottleneck yet, its other_load the
 * rate of what has one, and the heap of dirty links holds those that still fill, by level. */
static void fix(struct ess_sharing *s, int32_t class, int32_t bottleneck, double level) {
    struct sharing_class *c = &s->classes[class];
    double weight = c->flow_count * c->weight;
    c->refill_bottleneck = bottleneck;
    for (int32_t hop = c->first_hop; hop < c->first_hop + c->hop_count; hop++) {
        int32_t link = s->hops[hop].link;
        struct sharing_link *l = &s->links[link];
        if (l->is_cap)
            continue;
        l->own_weight -= weight;
        l->other_load += weight * level;
        int32_t at = s->dirty_position[link];
        if (at < 0)
            continue;
        if (l->own_weight == 0)
            sharing_heap_remove(&s->dirty, at, s->dirty_position);
        else
            sharing_heap_change(
                &s->dirty, at, (l->capacity - l->other_load) / l->own_weight, s->dirty_position);
    }
}

static void begin_filling(struct ess_sharing *s) {
    while (s->dirty.count > 0)
        sharing_heap_remove(&s->dirty, s->dirty.count - 1, s->dirty_position);
    for (int32_t i = 0; i < s->component_links.count; i++) {
        int32_t link = s->component_links.items[i];
        struct sharing_link *l = &s->links[link];
        s->levels[link] = INFINITY;
        l->own_weight = l->total_weight;
        l->other_load = 0;
        if (l->own_weight > 0)
            sharing_heap_push(&s->dirty, l->capacity / l->own_weight, link, s->dirty_position);
    }
}

static void fill(struct ess_sharing *s) {
    int32_t next_cap = 0;
    while (s->dirty.count > 0) {
        int32_t link = s->dirty.nodes[0].id;
        double level = fmax(s->dirty.nodes[0].key, 0);
        if (next_cap < s->candidate_count && s->candidates[next_cap].key < level) {
            int32_t class = s->candidates[next_cap].id;
            const struct sharing_class *c = &s->classes[class];
            int32_t cap = s->hops[c->first_hop + c->hop_count - 1].link;
            if (c->refill_bottleneck < 0)
                fix(s, class, cap, c->cap_level);
            next_cap++;
            continue;
        }
        sharing_heap_remove(&s->dirty, 0, s->dirty_position);
        s->levels[link] = level;
        list_classes(s, link);
        for (int32_t i = 0; i < s->some_classes.count; i++)
            if (s->classes[s->some_classes.items[i]].refill_bottleneck < 0)
                fix(s, s->some_classes.items[i], link, level);
    }
}

static void detach(struct ess_sharing *s, int32_t class) {
    struct sharing_class *c = &s->classes[class];
    double weight = c->flow_count * c->weight;
    sharing_touch(s, c->bottleneck);
    sharing_heap_remove(&s->links[c->bottleneck].own, s->class_position[class], s->class_position);
    for (int32_t hop = c->first_hop; hop < c->first_hop + c->hop_count; hop++) {
        int32_t link = s->hops[hop].link, entry = s->hops[hop].entry;
        if (link == c->bottleneck) {
            if (s->links[link].is_cap)
                s->links[link].own_weight -= weight;
            continue;
        }
        ess_sharing_entry_unlink_hop(s, hop);
        ess_sharing_entry_add(s, entry, -weight);
        ess_sharing_entry_put(s, entry);
        s->hops[hop].entry = -1;
    }
}

/* A link whose classes are all detached, at the level that filling has found. */
static void clear_link(struct ess_sharing *s, int32_t link) {
    struct sharing_link *l = &s->links[link];
    l->saturated = s->levels[link] < INFINITY;
    l->service = 0;
    l->service_date_ns = s->now_ns;
    l->own_weight = 0;
    l->other_load = 0;
    l->row_level_most = 0;
    l->reserve = l->capacity;
    sharing_touch(s, link);
}

static void reattach(struct ess_sharing *s, int32_t class) {
    struct sharing_class *c = &s->classes[class];
    int32_t bottleneck = c->bottleneck = c->refill_bottleneck;
    struct sharing_link *b = &s->links[bottleneck];
    double weight = c->flow_count * c->weight;
    if (b->own.count == 0) {
        b->service = 0;
        b->service_date_ns = s->now_ns;
    }
    c->base -= sharing_service_now(s, bottleneck);
    sharing_heap_push(&b->own, c->flows.nodes[0].key - c->base, class, s->class_position);
    sharing_touch(s, bottleneck);
    for (int32_t hop = c->first_hop; hop < c->first_hop + c->hop_count; hop++) {
        int32_t link = s->hops[hop].link;
        if (link == bottleneck) {
            s->links[link].own_weight += weight;
            continue;
        }
        int32_t entry = ess_sharing_entry_get(s, link, bottleneck);
        ess_sharing_entry_link_hop(s, entry, hop);
        ess_sharing_entry_add(s, entry, weight);
    }
}

static void finish_link(struct ess_sharing *s, int32_t link) {
    struct sharing_link *l = &s->links[link];
    double load = sharing_row_load(s, l);
    l->updates = 0;
    if (l->saturated)
        l->other_load = load;
    else
        ess_sharing_guard(s, link, load);
}

void ess_sharing_refill(struct ess_sharing *s) {
    s->refilling = true;
    collect(s);
    list_caps(s);
    begin_filling(s);
    fill(s);
    for (int32_t i = 0; i < s->component_classes.count; i++)
        detach(s, s->component_classes.items[i]);
    for (int32_t i = 0; i < s->component_links.count; i++)
        clear_link(s, s->component_links.items[i]);
    for (int32_t i = 0; i < s->component_classes.count; i++)
        reattach(s, s->component_classes.items[i]);
    for (int32_t i = 0; i < s->component_links.count; i++)
        finish_link(s, s->component_links.items[i]);
    s->refilling = false;
}
