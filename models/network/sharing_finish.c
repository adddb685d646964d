/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/sharing_flow.h"
#include "models/network/sharing_state.h"

/* The clock, and the batch of flows that it completes. */

#define RADIX_BITS 11
#define SHORT_SORT 24

static void push_ended(struct ess_sharing *s, int32_t flow) {
    if (s->ended_count == s->ended_room) {
        int32_t room = s->ended_room = ess_sharing_more_room(s->ended_room);
        s->ended = ess_sharing_resize(s->ended, room, sizeof *s->ended);
        s->ended_spare = ess_sharing_resize(s->ended_spare, room, sizeof *s->ended_spare);
    }
    const struct sharing_flow *f = &s->flows[flow];
    s->ended[s->ended_count++] =
        (struct sharing_ended){f->sequence, {f->user, ess_sharing_flow_id_of(s, flow)}};
}

/* Complete what the link has due now. The first one is due by the event's date; the others with it
 * within the slack of rounding. */
static void finish_due(struct ess_sharing *s, int32_t link) {
    struct sharing_link *l = &s->links[link];
    double service = l->service = sharing_service_now(s, link);
    l->service_date_ns = s->now_ns;
    double slack = s->levels[link] * (SHARING_SLACK_NS / SHARING_SECOND_NS);
    sharing_touch(s, link);
    bool first = true;
    while (l->own.count > 0) {
        const struct sharing_class *c = &s->classes[l->own.nodes[0].id];
        double rounding = SHARING_NOTHING_LEFT * (service + fabs(c->base));
        double early = l->own.nodes[0].key - (service + slack + rounding);
        if (!first && early > 0)
            break;
        assert(early <= s->levels[link] / SHARING_SECOND_NS + rounding); /* the date is not stale */
        first = false;
        int32_t flow = c->flows.nodes[0].id;
        push_ended(s, flow);
        ess_sharing_end_flow(s, flow, s->flows[flow].size_bytes);
    }
}

static void insertion_sort(struct sharing_ended *ended, int32_t count) {
    for (int32_t i = 1; i < count; i++) {
        struct sharing_ended one = ended[i];
        int32_t at = i;
        for (; at > 0 && one.sequence < ended[at - 1].sequence; at--)
            ended[at] = ended[at - 1];
        ended[at] = one;
    }
}

/* By start. Sequence numbers of flows that end together lie close together, so a radix sort on
 * their distance from the least needs one or two passes. */
static void sort_ended(struct ess_sharing *s) {
    int32_t count = s->ended_count;
    if (count <= SHORT_SORT) {
        insertion_sort(s->ended, count);
        return;
    }
    uint64_t least = UINT64_MAX, most = 0;
    bool sorted = true;
    for (int32_t i = 0; i < count; i++) {
        uint64_t sequence = s->ended[i].sequence;
        sorted &= i == 0 || sequence > s->ended[i - 1].sequence;
        least = sequence < least ? sequence : least;
        most = sequence > most ? sequence : most;
    }
    if (sorted)
        return;
    for (uint32_t shift = 0; shift < 64 && (most - least) >> shift > 0; shift += RADIX_BITS) {
        int32_t places[1 << RADIX_BITS] = {0}, place = 0;
        for (int32_t i = 0; i < count; i++)
            places[(s->ended[i].sequence - least) >> shift & ((1u << RADIX_BITS) - 1)]++;
        for (int32_t digit = 0; digit < 1 << RADIX_BITS; digit++) {
            int32_t here = places[digit];
            places[digit] = place;
            place += here;
        }
        for (int32_t i = 0; i < count; i++) {
            uint64_t digit = (s->ended[i].sequence - least) >> shift & ((1u << RADIX_BITS) - 1);
            s->ended_spare[places[digit]++] = s->ended[i];
        }
        struct sharing_ended *spare = s->ended_spare;
        s->ended_spare = s->ended;
        s->ended = spare;
    }
}

void ess_sharing_advance(struct ess_sharing *s, int64_t now_ns) {
    assert(now_ns >= s->now_ns);
    assert(now_ns == s->now_ns || (s->dirty.count == 0 && s->touched.count == 0));
    assert(now_ns <= ess_sharing_next(s));
    assert(s->ended_popped == s->ended_count);
    s->now_ns = now_ns;
    s->ended_count = s->ended_popped = 0;
    while (s->events.count > 0 && s->events.nodes[0].key <= (double)now_ns) {
        int32_t link = s->events.nodes[0].id;
        sharing_heap_remove(&s->events, 0, s->event_position);
        finish_due(s, link);
    }
    if (s->ended_count > 1)
        sort_ended(s);
}

bool ess_sharing_pop_finished(struct ess_sharing *s, struct ess_sharing_finished *finished) {
    if (s->ended_popped == s->ended_count)
        return false;
    *finished = s->ended[s->ended_popped++].finished;
    return true;
}
