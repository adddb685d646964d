/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sharing_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct draws {
    uint64_t state;
    uint32_t links, cap_count;
    bool ties, chain;
    uint32_t weights; /* all 1, small whole numbers, any */
    double caps[8];
};

static uint64_t draw(struct draws *d) { /* splitmix64 */
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint32_t below(struct draws *d, uint32_t bound) {
    return (uint32_t)(draw(d) % bound);
}

static double uniform(struct draws *d) {
    return (double)(draw(d) >> 11) * 0x1p-53;
}

/* Between 1/8 and 8 with equal weight on each power of two, or a small whole number of ties. */
static double magnitude(struct draws *d) {
    return d->ties ? 1 + below(d, 3) : exp2(6 * uniform(d) - 3);
}

static double capacity(struct draws *d) {
    return below(d, 30) == 0 ? 0 : 1e6 * magnitude(d);
}

static int64_t date_ns(struct draws *d, uint32_t span_s) {
    return d->ties ? (int64_t)below(d, span_s + 1) * 1000000000
                   : (int64_t)(uniform(d) * span_s * 1e9);
}

static struct reference_path draw_path(struct draws *d) {
    struct reference_path path = {.weight = 1, .cap_bytes_per_s = INFINITY};
    uint32_t hops = 1 + below(d, 5), at = below(d, d->links);
    for (uint32_t hop = 0; hop < hops; hop++) {
        uint32_t link = d->chain ? (at + hop) % d->links : below(d, d->links);
        bool seen = false;
        for (uint32_t i = 0; i < path.count; i++)
            seen = seen || path.links[i] == link;
        if (!seen)
            path.links[path.count++] = link;
    }
    if (d->weights == 1)
        path.weight = 1 + below(d, 4);
    if (d->weights == 2)
        path.weight = ldexp(floor(ldexp(0.1 + 3 * uniform(d), 20)), -20);
    if (d->cap_count > 0 && below(d, 2) == 0)
        path.cap_bytes_per_s = d->caps[below(d, d->cap_count)] * path.weight;
    if (d->cap_count > 0 && below(d, 40) == 0) {
        path.count = 0; /* nothing but a cap */
        path.cap_bytes_per_s = d->caps[0];
    }
    return path;
}

static int compare_events(const void *left, const void *right) {
    const struct script_event *a = left, *b = right;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

struct script script_new(uint64_t seed, uint32_t links_most, uint32_t flows_most) {
    struct draws d = {.state = seed * 0x2545f4914f6cdd1du};
    d.links = 1 + below(&d, links_most);
    d.ties = below(&d, 2) == 0;
    d.chain = below(&d, 3) == 0;
    d.weights = below(&d, 3);
    d.cap_count = below(&d, 3) == 0 ? 0 : 1 + below(&d, 8);
    for (uint32_t i = 0; i < d.cap_count; i++)
        d.caps[i] = d.ties ? 0.25e6 * (1 + below(&d, 4)) : 0.3e6 * exp2(4 * uniform(&d) - 2);
    struct script s = {.link_count = d.links, .flow_count = 1 + below(&d, flows_most)};
    s.pins = below(&d, 2) == 0;
    uint32_t others = below(&d, 2) == 0 ? 0 : below(&d, s.flow_count + 8),
             span_s = 1 + below(&d, 12);
    s.capacity_bytes_per_s = calloc(s.link_count, sizeof *s.capacity_bytes_per_s);
    s.paths = calloc(s.flow_count, sizeof *s.paths);
    s.size_bytes = calloc(s.flow_count, sizeof *s.size_bytes);
    s.event_count = s.flow_count + others;
    s.events = calloc(s.event_count, sizeof *s.events);
    for (uint32_t link = 0; link < s.link_count; link++)
        s.capacity_bytes_per_s[link] = capacity(&d);
    for (uint32_t flow = 0; flow < s.flow_count; flow++) {
        s.paths[flow] = flow > 0 && below(&d, 3) == 0 ? s.paths[below(&d, flow)] : draw_path(&d);
        s.size_bytes[flow] = floor(1e6 * magnitude(&d) * (d.ties ? 1 : magnitude(&d)));
        s.events[flow] = (struct script_event){
            date_ns(&d, span_s), SCRIPT_START, flow, flow, 0, 0, {.count = 0}};
    }
    for (uint32_t i = s.flow_count; i < s.event_count; i++) {
        struct script_event *e = &s.events[i];
        *e = (struct script_event){date_ns(&d, 2 * span_s), SCRIPT_CAPACITY, i,
            below(&d, s.flow_count), below(&d, d.links), capacity(&d), draw_path(&d)};
        uint32_t kind = below(&d, 4);
        e->kind = kind == 0 ? SCRIPT_CANCEL : kind == 1 ? SCRIPT_SET_PATH : SCRIPT_CAPACITY;
        if (e->kind == SCRIPT_CAPACITY && below(&d, 5) == 0)
            e->capacity_bytes_per_s = 0;
        if (e->kind == SCRIPT_SET_PATH && below(&d, 2) == 0) { /* only another cap, as TCP does */
            e->path = s.paths[e->flow];
            e->path.cap_bytes_per_s = 0.3e6 * magnitude(&d);
        }
    }
    qsort(s.events, s.event_count, sizeof *s.events, compare_events);
    return s;
}

void script_free(struct script *script) {
    free(script->capacity_bytes_per_s);
    free(script->paths);
    free(script->size_bytes);
    free(script->events);
}

static void reference_apply(const struct script *script, struct reference *r, double *capacities,
    const struct script_event *event) {
    struct reference_flow *f = &r->flows[event->flow];
    if (event->kind == SCRIPT_CAPACITY)
        capacities[event->link] = event->capacity_bytes_per_s;
    if (event->kind == SCRIPT_START)
        *f = (struct reference_flow){.path = script->paths[event->flow],
            .active = true,
            .size_bytes = script->size_bytes[event->flow],
            .remaining_bytes = script->size_bytes[event->flow]};
    if (event->kind == SCRIPT_CANCEL)
        f->active = false;
    if (event->kind == SCRIPT_SET_PATH && f->active)
        f->path = event->path;
}

void script_reference(
    const struct script *script, struct outcome *outcomes, long double *carried_bytes) {
    double *capacities = calloc(script->link_count, sizeof *capacities);
    memcpy(capacities, script->capacity_bytes_per_s, script->link_count * sizeof *capacities);
    struct reference r = {.capacity_bytes_per_s = capacities,
        .link_count = script->link_count,
        .flow_count = script->flow_count,
        .flows = calloc(script->flow_count, sizeof *r.flows),
        .carried_bytes = carried_bytes};
    for (uint32_t event = 0;;) {
        reference_fill(&r);
        int64_t next = reference_next(&r);
        if (event < script->event_count && script->events[event].at_ns < next)
            next = script->events[event].at_ns;
        if (next == INT64_MAX)
            break;
        reference_advance(&r, next);
        for (; event < script->event_count && script->events[event].at_ns == next; event++)
            reference_apply(script, &r, capacities, &script->events[event]);
    }
    for (uint32_t flow = 0; flow < script->flow_count; flow++) {
        const struct reference_flow *f = &r.flows[flow];
        outcomes[flow].done_ns = f->done ? f->done_ns : INT64_MAX;
        outcomes[flow].delivered_bytes = (double)(f->size_bytes - f->remaining_bytes);
    }
    free(r.flows);
    free(capacities);
}

struct world world_new(const struct script *script) {
    struct world w = {.script = script, .sharing = ess_sharing_new()};
    w.capacity_bytes_per_s = calloc(script->link_count, sizeof *w.capacity_bytes_per_s);
    w.flows = calloc(script->flow_count, sizeof *w.flows);
    w.ids = calloc(script->flow_count, sizeof *w.ids);
    w.outcomes = calloc(script->flow_count, sizeof *w.outcomes);
    w.pinned = calloc(script->event_count, sizeof *w.pinned);
    for (uint32_t link = 0; link < script->link_count; link++) {
        w.capacity_bytes_per_s[link] = script->capacity_bytes_per_s[link];
        ess_sharing_add_link(w.sharing, w.capacity_bytes_per_s[link]);
    }
    return w;
}

void world_free(struct world *world) {
    ess_sharing_free(world->sharing);
    free(world->capacity_bytes_per_s);
    free(world->flows);
    free(world->ids);
    free(world->outcomes);
    free(world->pinned);
}

static uint32_t class_of(struct world *w, const struct reference_path *path) {
    return ess_sharing_class(
        w->sharing, path->links, path->count, path->weight, path->cap_bytes_per_s);
}

static void release(struct world *w, uint32_t class) {
    if (w->script->pins)
        w->pinned[w->pinned_count++] = class;
    else
        ess_sharing_class_release(w->sharing, class);
}

static void cancel(struct world *w, uint32_t flow) {
    if (!w->flows[flow].active)
        return;
    w->outcomes[flow] = (struct outcome){INT64_MAX, ess_sharing_cancel(w->sharing, w->ids[flow])};
    w->flows[flow].active = false;
}

static void apply(struct world *w, const struct script_event *event) {
    struct reference_flow *f = &w->flows[event->flow];
    if (event->kind == SCRIPT_CAPACITY) {
        w->capacity_bytes_per_s[event->link] = event->capacity_bytes_per_s;
        ess_sharing_set_capacity(w->sharing, event->link, event->capacity_bytes_per_s);
    }
    if (event->kind == SCRIPT_CANCEL)
        cancel(w, event->flow);
    if (event->kind == SCRIPT_START) {
        *f = (struct reference_flow){.path = w->script->paths[event->flow], .active = true};
        uint32_t class = class_of(w, &f->path);
        w->ids[event->flow] =
            ess_sharing_start(w->sharing, class, w->script->size_bytes[event->flow], event->flow);
        release(w, class);
    }
    if (event->kind == SCRIPT_SET_PATH && f->active) {
        f->path = event->path;
        uint32_t class = class_of(w, &f->path);
        ess_sharing_set_class(w->sharing, w->ids[event->flow], class);
        release(w, class);
    }
}

bool world_step(struct world *w) {
    const struct script *script = w->script;
    int64_t next = ess_sharing_next(w->sharing);
    if (w->event < script->event_count && script->events[w->event].at_ns < next)
        next = script->events[w->event].at_ns;
    if (next == ESS_SHARING_NEVER) {
        for (uint32_t flow = 0; flow < script->flow_count; flow++)
            cancel(w, flow);
        while (w->pinned_count > 0)
            ess_sharing_class_release(w->sharing, w->pinned[--w->pinned_count]);
        return false;
    }
    w->now_ns = next;
    ess_sharing_advance(w->sharing, next);
    struct ess_sharing_finished finished;
    while (ess_sharing_pop_finished(w->sharing, &finished)) {
        w->flows[finished.user].active = false;
        w->outcomes[finished.user] = (struct outcome){next, script->size_bytes[finished.user]};
    }
    for (; w->event < script->event_count && script->events[w->event].at_ns == next; w->event++)
        apply(w, &script->events[w->event]);
    ess_sharing_resolve(w->sharing);
    return true;
}
