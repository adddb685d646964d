/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/sharing_class.h"

#include <string.h>

#include "models/network/sharing_entry.h"

/* Multiples of this are added and subtracted without rounding, so "no weight left" is == 0. */
#define WEIGHT_UNIT 0x1p-20

static double rounded_weight(double weight) {
    double rounded = round(weight / WEIGHT_UNIT) * WEIGHT_UNIT;
    return rounded < WEIGHT_UNIT ? WEIGHT_UNIT : rounded;
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t path_hash(const uint32_t *links, uint32_t count, double weight, double cap_level) {
    uint64_t hash = sharing_table_mix(bits_of(weight) ^ (uint64_t)count << 32);
    hash = sharing_table_mix(hash ^ bits_of(cap_level));
    for (uint32_t i = 0; i < count; i++)
        hash = sharing_table_mix(hash + links[i] + 1);
    return hash;
}

int32_t ess_sharing_take_link(struct ess_sharing *s, double capacity_bytes_per_s) {
    int32_t link;
    struct sharing_link fresh = {.capacity = capacity_bytes_per_s, .reserve = capacity_bytes_per_s};
    if (s->free_links.count > 0) {
        link = s->free_links.items[--s->free_links.count];
        const struct sharing_link *old = &s->links[link];
        fresh.own = old->own; /* empty, but with room */
        fresh.guards = old->guards;
        fresh.informed = old->informed;
        fresh.row = old->row;
        fresh.touched = old->touched;
    } else {
        if (s->link_count == s->link_room) {
            int32_t room = s->link_room = ess_sharing_more_room(s->link_room);
            s->links = ess_sharing_resize(s->links, room, sizeof *s->links);
            s->levels = ess_sharing_resize(s->levels, room, sizeof *s->levels);
            s->event_position =
                ess_sharing_resize(s->event_position, room, sizeof *s->event_position);
            s->dirty_position =
                ess_sharing_resize(s->dirty_position, room, sizeof *s->dirty_position);
        }
        link = s->link_count++;
        s->event_position[link] = s->dirty_position[link] = -1;
    }
    s->links[link] = fresh;
    s->levels[link] = INFINITY;
    s->links_in_use++;
    return link;
}

static int32_t retain_cap(struct ess_sharing *s, double level) {
    int32_t cap = sharing_table_find(&s->cap_of, bits_of(level));
    if (cap < 0) {
        cap = ess_sharing_take_link(s, INFINITY);
        s->links[cap].is_cap = true;
        s->links[cap].saturated = true;
        s->levels[cap] = level;
        s->cap_count++;
        ess_sharing_table_add(&s->cap_of, bits_of(level), cap);
    }
    s->links[cap].cap_classes++;
    return cap;
}

static void release_cap(struct ess_sharing *s, int32_t cap) {
    struct sharing_link *l = &s->links[cap];
    if (--l->cap_classes > 0)
        return;
    assert(l->total_weight == 0);
    assert(l->own_weight == 0);
    assert(l->own.count == 0);
    ess_sharing_table_remove(&s->cap_of, bits_of(s->levels[cap]), cap);
    if (s->event_position[cap] >= 0)
        sharing_heap_remove(&s->events, s->event_position[cap], s->event_position);
    s->levels[cap] = INFINITY;
    s->cap_count--;
    s->links_in_use--;
    sharing_list_push(&s->free_links, cap);
}

/* Hops come in blocks of powers of two, each power with its own free list. */
static int32_t take_hops(struct ess_sharing *s, int32_t count, int8_t *block) {
    int8_t power = 0;
    while (((int32_t)1 << power) < count)
        power++;
    *block = power;
    int32_t first = s->free_hops[power];
    if (first >= 0) {
        s->free_hops[power] = s->hops[first].next;
        return first;
    }
    while (s->hop_room - s->hop_count < (int32_t)1 << power) {
        s->hop_room = ess_sharing_more_room(s->hop_room);
        s->hops = ess_sharing_resize(s->hops, s->hop_room, sizeof *s->hops);
    }
    first = s->hop_count;
    s->hop_count += (int32_t)1 << power;
    return first;
}

static int32_t take_class(struct ess_sharing *s) {
    if (s->free_classes.count > 0)
        return s->free_classes.items[--s->free_classes.count];
    if (s->class_slots == s->class_room) {
        int32_t room = s->class_room = ess_sharing_more_room(s->class_room);
        s->classes = ess_sharing_resize(s->classes, room, sizeof *s->classes);
        s->class_position = ess_sharing_resize(s->class_position, room, sizeof *s->class_position);
    }
    s->classes[s->class_slots].flows = (struct sharing_heap){0};
    return s->class_slots++;
}

static bool same_path(const struct ess_sharing *s, const struct sharing_class *class,
    const uint32_t *links, uint32_t count, double weight, double cap_level) {
    int32_t hops = (int32_t)count + (cap_level < INFINITY ? 1 : 0);
    if (class->hop_count != hops || class->weight != weight || class->cap_level != cap_level)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (s->hops[class->first_hop + (int32_t)i].link != (int32_t)links[i])
            return false;
    return true;
}

static int32_t find_class(const struct ess_sharing *s, uint64_t hash, const uint32_t *links,
    uint32_t count, double weight, double cap_level) {
    const struct sharing_table *table = &s->class_of;
    if (table->slots == NULL)
        return -1;
    for (uint64_t at = sharing_table_mix(hash) & table->mask; table->slots[at].value >= 0;
         at = (at + 1) & table->mask)
        if (table->slots[at].key == hash &&
            same_path(s, &s->classes[table->slots[at].value], links, count, weight, cap_level))
            return table->slots[at].value;
    return -1;
}

static void check_path(const struct ess_sharing *s, const uint32_t *links, uint32_t count) {
    assert(count < 1u << 20);
    for (uint32_t i = 0; i < count; i++) {
        assert(links[i] < (uint32_t)s->link_count);
        assert(!s->links[links[i]].is_cap);
        for (uint32_t j = 0; j < i; j++)
            assert(links[i] != links[j]);
    }
    (void)s;
    (void)links;
}

uint32_t ess_sharing_class(struct ess_sharing *s, const uint32_t *links, uint32_t count,
    double weight, double cap_bytes_per_s) {
    assert(weight > 0);
    assert(weight <= 0x1p31);
    assert(cap_bytes_per_s > 0);
    assert(count > 0 || cap_bytes_per_s < INFINITY);
    weight = rounded_weight(weight);
    double cap_level = cap_bytes_per_s / weight;
    uint64_t hash = path_hash(links, count, weight, cap_level);
    int32_t class = find_class(s, hash, links, count, weight, cap_level);
    if (class >= 0) {
        s->classes[class].references++;
        return (uint32_t) class;
    }
    check_path(s, links, count);
    class = take_class(s);
    struct sharing_class *c = &s->classes[class];
    *c = (struct sharing_class){.weight = weight,
        .bottleneck = -1,
        .hop_count = (int32_t)count,
        .references = 1,
        .hash = hash,
        .cap_level = cap_level,
        .flows = c->flows};
    int32_t cap = cap_level < INFINITY ? retain_cap(s, cap_level) : -1;
    if (cap >= 0)
        c->hop_count++;
    c->first_hop = take_hops(s, c->hop_count, &c->hop_block);
    for (int32_t i = 0; i < c->hop_count; i++)
        s->hops[c->first_hop + i] =
            (struct sharing_hop){.link = i < (int32_t)count ? (int32_t)links[i] : cap,
                .class = class,
                .entry = -1,
                .next = -1,
                .previous = -1};
    s->class_position[class] = -1;
    s->class_count++;
    ess_sharing_table_add(&s->class_of, hash, class);
    return (uint32_t) class;
}

void ess_sharing_class_collect(struct ess_sharing *s, int32_t class) {
    struct sharing_class *c = &s->classes[class];
    if (c->references > 0 || c->flow_count > 0)
        return;
    for (int32_t hop = c->first_hop; hop < c->first_hop + c->hop_count; hop++)
        if (s->hops[hop].entry >= 0)
            ess_sharing_entry_put(s, s->hops[hop].entry);
    if (c->cap_level < INFINITY)
        release_cap(s, s->hops[c->first_hop + c->hop_count - 1].link);
    ess_sharing_table_remove(&s->class_of, c->hash, class);
    s->hops[c->first_hop].next = s->free_hops[c->hop_block];
    s->free_hops[c->hop_block] = c->first_hop;
    c->hop_block = -1;
    s->class_count--;
    sharing_list_push(&s->free_classes, class);
}

static struct sharing_class *live_class(struct ess_sharing *s, uint32_t class) {
    assert(class < (uint32_t)s->class_slots);
    assert(s->classes[class].hop_block >= 0);
    return &s->classes[class];
}

void ess_sharing_class_retain(struct ess_sharing *s, uint32_t class) {
    live_class(s, class)->references++;
}

void ess_sharing_class_release(struct ess_sharing *s, uint32_t class) {
    struct sharing_class *c = live_class(s, class);
    assert(c->references > 0);
    c->references--;
    ess_sharing_class_collect(s, (int32_t) class);
}

uint32_t ess_sharing_class_count(const struct ess_sharing *s) {
    return (uint32_t)s->class_count;
}

uint32_t ess_sharing_cap_count(const struct ess_sharing *s) {
    return (uint32_t)s->cap_count;
}
