/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/sharing_flow.h"

#include "models/network/sharing_bottleneck.h"
#include "models/network/sharing_class.h"
#include "models/network/sharing_entry.h"

static int32_t slot_of(ess_sharing_flow_id flow) {
    return (int32_t)(flow & UINT32_MAX);
}

ess_sharing_flow_id ess_sharing_flow_id_of(const struct ess_sharing *s, int32_t flow) {
    return (uint64_t)s->flows[flow].generation << 32 | (uint32_t)flow;
}

bool ess_sharing_alive(const struct ess_sharing *s, ess_sharing_flow_id flow) {
    uint32_t slot = (uint32_t)flow, generation = (uint32_t)(flow >> 32);
    return slot < (uint32_t)s->flow_count && generation % 2 == 1 &&
           s->flows[slot].generation == generation;
}

static int32_t take_flow(struct ess_sharing *s) {
    int32_t flow = s->free_flow;
    if (flow >= 0) {
        s->free_flow = s->flows[flow].class;
    } else {
        if (s->flow_count == s->flow_room) {
            int32_t room = s->flow_room = ess_sharing_more_room(s->flow_room);
            s->flows = ess_sharing_resize(s->flows, room, sizeof *s->flows);
            s->flow_position = ess_sharing_resize(s->flow_position, room, sizeof *s->flow_position);
        }
        flow = s->flow_count++;
        s->flows[flow].generation = 0;
        s->flow_position[flow] = -1;
    }
    s->flows[flow].generation++;
    return flow;
}

/* What one unit of weight of the class has received so far. */
static double class_service(const struct ess_sharing *s, const struct sharing_class *c) {
    return sharing_service_now(s, c->bottleneck) + c->base;
}

static double remaining_bytes(const struct ess_sharing *s, const struct sharing_flow *f) {
    const struct sharing_class *c = &s->classes[f->class];
    double left = (f->finish - class_service(s, c)) * c->weight;
    return fmin(fmax(left, 0), f->size_bytes);
}

static void enter_class(struct ess_sharing *s, int32_t flow, int32_t class, double size_bytes) {
    struct sharing_class *c = &s->classes[class];
    struct sharing_flow *f = &s->flows[flow];
    if (c->flow_count == 0)
        ess_sharing_attach(s, class);
    c->flow_count++;
    ess_sharing_reweigh(s, class, c->weight);
    f->class = class;
    f->size_bytes = size_bytes;
    double service = sharing_service_now(s, c->bottleneck);
    if (service + c->base > SHARING_SERVICE_MOST || service > SHARING_SERVICE_MOST) {
        ess_sharing_rebase(s, c->bottleneck);
        service = sharing_service_now(s, c->bottleneck);
    }
    f->finish = service + c->base + size_bytes / c->weight;
    sharing_heap_push(&c->flows, f->finish, flow, s->flow_position);
    if (s->flow_position[flow] > 0)
        return;
    sharing_heap_set(&s->links[c->bottleneck].own, f->finish - c->base, class, s->class_position);
    if (s->class_position[class] == 0)
        sharing_touch(s, c->bottleneck);
}

static void leave_class(struct ess_sharing *s, int32_t flow, double bytes) {
    int32_t class = s->flows[flow].class;
    struct sharing_class *c = &s->classes[class];
    struct sharing_heap *own = &s->links[c->bottleneck].own;
    bool was_first = s->flow_position[flow] == 0;
    sharing_heap_remove(&c->flows, s->flow_position[flow], s->flow_position);
    c->flow_count--;
    ess_sharing_reweigh(s, class, -c->weight);
    for (int32_t hop = c->first_hop; hop < c->first_hop + c->hop_count; hop++)
        s->links[s->hops[hop].link].carried_bytes += bytes;
    int32_t at = s->class_position[class];
    if (at == 0)
        sharing_touch(s, c->bottleneck);
    if (c->flow_count > 0) {
        if (was_first)
            sharing_heap_change(own, at, c->flows.nodes[0].key - c->base, s->class_position);
        return;
    }
    sharing_heap_remove(own, at, s->class_position);
    for (int32_t hop = c->first_hop; hop < c->first_hop + c->hop_count; hop++)
        if (s->hops[hop].link != c->bottleneck)
            ess_sharing_entry_unlink_hop(s, hop);
    ess_sharing_class_collect(s, class);
}

ess_sharing_flow_id ess_sharing_start(
    struct ess_sharing *s, uint32_t class, double size_bytes, uint64_t user) {
    assert(size_bytes > 0);
    assert(size_bytes < 0x1p53);
    assert(class < (uint32_t)s->class_slots);
    assert(s->classes[class].hop_block >= 0);
    int32_t flow = take_flow(s);
    struct sharing_flow *f = &s->flows[flow];
    f->user = user;
    f->sequence = s->sequence++;
    f->earlier_bytes = 0;
    enter_class(s, flow, (int32_t) class, size_bytes);
    s->statistics.starts++;
    return ess_sharing_flow_id_of(s, flow);
}

void ess_sharing_end_flow(struct ess_sharing *s, int32_t flow, double bytes) {
    leave_class(s, flow, bytes);
    s->flows[flow].generation++;
    s->flows[flow].class = s->free_flow;
    s->free_flow = flow;
    s->statistics.ends++;
}

double ess_sharing_cancel(struct ess_sharing *s, ess_sharing_flow_id flow) {
    assert(ess_sharing_alive(s, flow));
    const struct sharing_flow *f = &s->flows[slot_of(flow)];
    double bytes = f->size_bytes - remaining_bytes(s, f), earlier = f->earlier_bytes;
    ess_sharing_end_flow(s, slot_of(flow), bytes);
    return earlier + bytes;
}

double ess_sharing_remaining(const struct ess_sharing *s, ess_sharing_flow_id flow) {
    assert(ess_sharing_alive(s, flow));
    return remaining_bytes(s, &s->flows[slot_of(flow)]);
}

double ess_sharing_rate(const struct ess_sharing *s, ess_sharing_flow_id flow) {
    assert(ess_sharing_alive(s, flow));
    const struct sharing_class *c = &s->classes[s->flows[slot_of(flow)].class];
    return c->weight * s->levels[c->bottleneck];
}

void ess_sharing_set_class(struct ess_sharing *s, ess_sharing_flow_id flow, uint32_t class) {
    assert(ess_sharing_alive(s, flow));
    assert(class < (uint32_t)s->class_slots);
    assert(s->classes[class].hop_block >= 0);
    struct sharing_flow *f = &s->flows[slot_of(flow)];
    if (f->class == (int32_t) class)
        return;
    double remaining = remaining_bytes(s, f), bytes = f->size_bytes - remaining;
    f->earlier_bytes += bytes;
    leave_class(s, slot_of(flow), bytes);
    enter_class(s, slot_of(flow), (int32_t) class, remaining);
}
