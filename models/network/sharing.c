/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/sharing.h"

#include <stdlib.h>

#include "models/network/sharing_class.h"
#include "models/network/sharing_flow.h"
#include "models/network/sharing_state.h"

struct ess_sharing *ess_sharing_new(void) {
    struct ess_sharing *s = ess_sharing_resize(NULL, 1, sizeof *s);
    *s = (struct ess_sharing){.free_entry = -1, .free_flow = -1, .current = -1};
    for (int32_t i = 0; i < SHARING_HOP_BLOCKS; i++)
        s->free_hops[i] = -1;
    return s;
}

static void free_links(struct ess_sharing *s) {
    for (int32_t i = 0; i < s->link_count; i++) {
        free(s->links[i].own.nodes);
        free(s->links[i].guards.nodes);
        free(s->links[i].informed.cells);
        free(s->links[i].row.cells);
    }
    free(s->links);
    free(s->levels);
    free(s->event_position);
    free(s->dirty_position);
    free(s->free_links.items);
}

static void free_classes(struct ess_sharing *s) {
    for (int32_t i = 0; i < s->class_slots; i++)
        free(s->classes[i].flows.nodes);
    free(s->classes);
    free(s->class_position);
    free(s->free_classes.items);
    free(s->hops);
    ess_sharing_table_fini(&s->class_of);
    ess_sharing_table_fini(&s->cap_of);
}

void ess_sharing_free(struct ess_sharing *s) {
    if (s == NULL)
        return;
    free_links(s);
    free_classes(s);
    free(s->entries);
    free(s->guard_position);
    ess_sharing_table_fini(&s->entry_of);
    free(s->flows);
    free(s->flow_position);
    free(s->events.nodes);
    free(s->dirty.nodes);
    free(s->touched.items);
    free(s->pulled.items);
    free(s->candidates);
    free(s->some_classes.items);
    free(s->component_classes.items);
    free(s->component_links.items);
    free(s->ended);
    free(s->ended_spare);
    free(s);
}

static const struct sharing_link *user_link(const struct ess_sharing *s, uint32_t link) {
    assert(link < (uint32_t)s->link_count);
    assert(!s->links[link].is_cap);
    return &s->links[link];
}

uint32_t ess_sharing_add_link(struct ess_sharing *s, double capacity_bytes_per_s) {
    assert(capacity_bytes_per_s >= 0);
    assert(capacity_bytes_per_s < INFINITY);
    return (uint32_t)ess_sharing_take_link(s, capacity_bytes_per_s);
}

void ess_sharing_set_capacity(struct ess_sharing *s, uint32_t link, double capacity_bytes_per_s) {
    assert(capacity_bytes_per_s >= 0);
    assert(capacity_bytes_per_s < INFINITY);
    assert(link < (uint32_t)s->link_count);
    assert(!s->links[link].is_cap);
    s->links[link].capacity = capacity_bytes_per_s;
    sharing_mark_dirty(s, (int32_t)link);
}

double ess_sharing_capacity(const struct ess_sharing *s, uint32_t link) {
    return user_link(s, link)->capacity;
}

double ess_sharing_link_bytes(const struct ess_sharing *s, uint32_t link) {
    return user_link(s, link)->carried_bytes;
}

double ess_sharing_link_rate(const struct ess_sharing *s, uint32_t link) {
    const struct sharing_link *l = user_link(s, link);
    double rate = 0;
    for (int32_t i = 0; i < l->own.count; i++) {
        const struct sharing_class *c = &s->classes[l->own.nodes[i].id];
        rate += c->flow_count * c->weight * s->levels[link];
    }
    for (int32_t i = 0; i < l->row.count; i++) {
        const struct sharing_entry *e = &s->entries[l->row.cells[i].entry];
        for (int32_t hop = e->first_hop; hop >= 0; hop = s->hops[hop].next) {
            const struct sharing_class *c = &s->classes[s->hops[hop].class];
            rate += c->flow_count * c->weight * s->levels[e->bottleneck];
        }
    }
    return rate;
}

void ess_sharing_set_step_limit(struct ess_sharing *s, uint64_t steps) {
    s->step_limit = steps;
}

struct ess_sharing_statistics ess_sharing_statistics(const struct ess_sharing *s) {
    return s->statistics;
}

int64_t ess_sharing_next(const struct ess_sharing *s) {
    return s->events.count > 0 ? (int64_t)s->events.nodes[0].key : ESS_SHARING_NEVER;
}
