/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/sharing_entry.h"

/* Differences after which the sums of a link are taken anew: bounds their rounding error by
 * 256 units in the last place. */
#define UPDATES_MOST 256

static int32_t row_push(struct sharing_row *row, struct sharing_cell cell) {
    if (row->count == row->room) {
        row->room = ess_sharing_more_room(row->room);
        row->cells = ess_sharing_resize(row->cells, row->room, sizeof *row->cells);
    }
    row->cells[row->count] = cell;
    return row->count++;
}

static void row_remove(struct ess_sharing *s, int32_t entry) {
    struct sharing_entry *e = &s->entries[entry];
    struct sharing_row *row = &s->links[e->at].row;
    struct sharing_cell last = row->cells[--row->count];
    row->cells[e->row_position] = last;
    s->entries[last.entry].row_position = e->row_position;
    e->row_position = -1;
}

static void informed_remove(struct ess_sharing *s, int32_t entry) {
    struct sharing_entry *e = &s->entries[entry];
    struct sharing_row *informed = &s->links[e->bottleneck].informed;
    struct sharing_cell last = informed->cells[--informed->count];
    informed->cells[e->informed_position] = last;
    s->entries[last.entry].informed_position = e->informed_position;
    e->informed_position = -1;
}

static void guard_remove(struct ess_sharing *s, int32_t entry) {
    int32_t at = s->guard_position[entry];
    if (at >= 0)
        sharing_heap_remove(&s->links[s->entries[entry].bottleneck].guards, at, s->guard_position);
}

static uint64_t entry_key(int32_t at, int32_t bottleneck) {
    return (uint64_t)(uint32_t)at << 32 | (uint32_t)bottleneck;
}

static int32_t take_slot(struct ess_sharing *s) {
    int32_t entry = s->free_entry;
    if (entry >= 0) {
        s->free_entry = s->entries[entry].first_hop;
        return entry;
    }
    if (s->entry_count == s->entry_room) {
        int32_t room = s->entry_room = ess_sharing_more_room(s->entry_room);
        s->entries = ess_sharing_resize(s->entries, room, sizeof *s->entries);
        s->guard_position = ess_sharing_resize(s->guard_position, room, sizeof *s->guard_position);
    }
    return s->entry_count++;
}

int32_t ess_sharing_entry_get(struct ess_sharing *s, int32_t at, int32_t bottleneck) {
    uint64_t key = entry_key(at, bottleneck);
    int32_t entry = sharing_table_find(&s->entry_of, key);
    if (entry < 0) {
        entry = take_slot(s);
        s->entries[entry] = (struct sharing_entry){.at = at,
            .bottleneck = bottleneck,
            .first_hop = -1,
            .row_position = -1,
            .informed_position = -1};
        s->guard_position[entry] = -1;
        ess_sharing_table_add(&s->entry_of, key, entry);
    }
    s->entries[entry].references++;
    return entry;
}

void ess_sharing_entry_put(struct ess_sharing *s, int32_t entry) {
    struct sharing_entry *e = &s->entries[entry];
    if (--e->references > 0)
        return;
    assert(e->weight == 0);
    ess_sharing_table_remove(&s->entry_of, entry_key(e->at, e->bottleneck), entry);
    e->first_hop = s->free_entry;
    s->free_entry = entry;
}

/* The group moves to the cap when its level would pass the cap's. */
static void add_at_cap(struct ess_sharing *s, int32_t entry, double before) {
    struct sharing_entry *e = &s->entries[entry];
    if (before == 0) {
        e->threshold = s->levels[e->at];
        sharing_heap_push(&s->links[e->bottleneck].guards, e->threshold, entry, s->guard_position);
    } else if (e->weight == 0) {
        guard_remove(s, entry);
    }
}

static void add_at_saturated(struct ess_sharing *s, int32_t entry, double before, double weight) {
    struct sharing_entry *e = &s->entries[entry];
    struct sharing_link *at = &s->links[e->at], *bottleneck = &s->links[e->bottleneck];
    double level = s->levels[e->bottleneck];
    at->other_load += weight * level;
    at->updates++;
    if (weight > 0 && level > at->row_level_most)
        at->row_level_most = level;
    if (!bottleneck->is_cap) { /* a cap's level never changes */
        if (e->weight == 0)
            informed_remove(s, entry);
        else if (before == 0)
            e->informed_position =
                row_push(&bottleneck->informed, (struct sharing_cell){e->weight, e->at, entry});
        else
            bottleneck->informed.cells[e->informed_position].weight = e->weight;
    }
    sharing_mark_dirty(s, e->at);
}

/* A new or heavier entry takes its threshold out of the reserve, a lighter one gives it back. */
static void add_at_unsaturated(struct ess_sharing *s, int32_t entry, double before, double weight) {
    struct sharing_entry *e = &s->entries[entry];
    struct sharing_link *at = &s->links[e->at], *bottleneck = &s->links[e->bottleneck];
    if (before == 0) {
        double level = s->levels[e->bottleneck], affordable = at->reserve / weight;
        e->threshold =
            bottleneck->is_cap || affordable < level ? level : level + 0.5 * (affordable - level);
        if (!bottleneck->is_cap)
            sharing_heap_push(&bottleneck->guards, e->threshold, entry, s->guard_position);
    }
    at->reserve -= weight * e->threshold;
    at->updates++;
    if (e->weight == 0)
        guard_remove(s, entry);
    if (at->reserve < -SHARING_EXCESS * at->capacity || at->updates > UPDATES_MOST)
        sharing_mark_dirty(s, e->at);
}

void ess_sharing_entry_add(struct ess_sharing *s, int32_t entry, double weight) {
    struct sharing_entry *e = &s->entries[entry];
    struct sharing_link *at = &s->links[e->at];
    double before = e->weight;
    e->weight += weight;
    if (before == 0)
        e->row_position =
            row_push(&at->row, (struct sharing_cell){e->weight, e->bottleneck, entry});
    else if (e->weight == 0)
        row_remove(s, entry);
    else
        at->row.cells[e->row_position].weight = e->weight;
    if (at->is_cap)
        add_at_cap(s, entry, before);
    else if (at->saturated)
        add_at_saturated(s, entry, before, weight);
    else
        add_at_unsaturated(s, entry, before, weight);
}

void ess_sharing_entry_link_hop(struct ess_sharing *s, int32_t entry, int32_t hop) {
    int32_t next = s->entries[entry].first_hop;
    s->hops[hop].entry = entry;
    s->hops[hop].next = next;
    s->hops[hop].previous = -1;
    if (next >= 0)
        s->hops[next].previous = hop;
    s->entries[entry].first_hop = hop;
}

void ess_sharing_entry_unlink_hop(struct ess_sharing *s, int32_t hop) {
    int32_t next = s->hops[hop].next, previous = s->hops[hop].previous;
    if (previous >= 0)
        s->hops[previous].next = next;
    else
        s->entries[s->hops[hop].entry].first_hop = next;
    if (next >= 0)
        s->hops[next].previous = previous;
}

void ess_sharing_saturate(struct ess_sharing *s, int32_t link, double level) {
    struct sharing_link *l = &s->links[link];
    l->saturated = true;
    s->levels[link] = level;
    l->service = 0;
    l->service_date_ns = s->now_ns;
    l->other_load = 0;
    l->row_level_most = 0;
    l->updates = 0;
    for (int32_t i = 0; i < l->row.count; i++) {
        struct sharing_cell cell = l->row.cells[i];
        double other = s->levels[cell.link];
        l->other_load += cell.weight * other;
        if (other > l->row_level_most)
            l->row_level_most = other;
        if (s->links[cell.link].is_cap)
            continue;
        guard_remove(s, cell.entry);
        s->entries[cell.entry].informed_position = row_push(
            &s->links[cell.link].informed, (struct sharing_cell){cell.weight, link, cell.entry});
    }
}

void ess_sharing_unsaturate(struct ess_sharing *s, int32_t link) {
    struct sharing_link *l = &s->links[link];
    l->saturated = false;
    s->levels[link] = INFINITY;
    l->service = 0;
    l->service_date_ns = s->now_ns;
    sharing_touch(s, link);
    for (int32_t i = 0; i < l->row.count; i++)
        if (s->entries[l->row.cells[i].entry].informed_position >= 0)
            informed_remove(s, l->row.cells[i].entry);
}

void ess_sharing_guard(struct ess_sharing *s, int32_t link, double load) {
    struct sharing_link *l = &s->links[link];
    double slack = sharing_at_least_0(l->capacity - load), weight = 0;
    for (int32_t i = 0; i < l->row.count; i++)
        if (!s->links[l->row.cells[i].link].is_cap)
            weight += l->row.cells[i].weight;
    double margin = weight > 0 ? 0.5 * slack / weight : 0;
    for (int32_t i = 0; i < l->row.count; i++) {
        struct sharing_cell cell = l->row.cells[i];
        bool constant = s->links[cell.link].is_cap;
        double threshold = s->levels[cell.link] + (constant ? 0 : margin);
        s->entries[cell.entry].threshold = threshold;
        if (!constant)
            sharing_heap_set(&s->links[cell.link].guards, threshold, cell.entry, s->guard_position);
    }
    l->reserve = slack - margin * weight;
    l->updates = 0;
}
