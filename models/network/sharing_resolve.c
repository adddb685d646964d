/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "models/network/sharing_bottleneck.h"
#include "models/network/sharing_entry.h"
#include "models/network/sharing_refill.h"
#include "models/network/sharing_state.h"

#define SHORT_ROW 12     /* summed anew each time: as cheap as it is exact */
#define UPDATES_MOST 256 /* differences after which a longer one is */
#define SHORT_SORT 24

static int compare_candidates(const void *left, const void *right) {
    const struct sharing_candidate *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static void sort_candidates(struct sharing_candidate *candidates, int32_t count) {
    if (count > SHORT_SORT) {
        qsort(candidates, (size_t)count, sizeof *candidates, compare_candidates);
        return;
    }
    for (int32_t i = 1; i < count; i++) {
        struct sharing_candidate one = candidates[i];
        int32_t at = i;
        for (; at > 0 && compare_candidates(&one, &candidates[at - 1]) < 0; at--)
            candidates[at] = candidates[at - 1];
        candidates[at] = one;
    }
}

static void push_candidate(struct ess_sharing *s, double key, double weight, int32_t id) {
    if (s->candidate_count == s->candidate_room) {
        s->candidate_room = ess_sharing_more_room(s->candidate_room);
        s->candidates = ess_sharing_resize(s->candidates, s->candidate_room, sizeof *s->candidates);
    }
    s->candidates[s->candidate_count++] =
        (struct sharing_candidate){.key = key, .weight = weight, .id = id};
}

/* Of the groups that run above the level the link can give, take the highest, until what stays is
 * at or below the level of what was taken. Lists them in s->pulled; sets the load of what stays, as
 * a sum, because a difference would leave a residue, which is a rate where the capacity is 0. */
static double pull(struct ess_sharing *s, int32_t link, double level) {
    struct sharing_link *l = &s->links[link];
    double weight = l->own_weight, total = weight, load = 0;
    for (int32_t i = 0; i < l->row.count; i++)
        total += l->row.cells[i].weight;
    double least = l->capacity / total; /* if all were taken; only what is faster can be */
    if (level > least)
        least = level;
    s->candidate_count = 0;
    for (int32_t i = 0; i < l->row.count; i++) {
        struct sharing_cell cell = l->row.cells[i];
        double other = s->levels[cell.link];
        if (other > least)
            push_candidate(s, other, cell.weight, cell.entry);
        else
            load += cell.weight * other;
    }
    int32_t count = s->candidate_count;
    struct sharing_candidate *candidates = s->candidates;
    sort_candidates(candidates, count);
    for (int32_t i = 0; i < count; i++) {
        candidates[i].load_below = load;
        load += candidates[i].weight * candidates[i].key;
    }
    while (count > 0 && (weight == 0 || candidates[count - 1].key >
                                            (l->capacity - load) / weight * (1 + SHARING_EXCESS))) {
        count--;
        sharing_list_push(&s->pulled, candidates[count].id);
        weight += candidates[count].weight;
        load = candidates[count].load_below;
    }
    l->other_load = load;
    l->row_level_most = count > 0 ? candidates[count - 1].key : least;
    return weight > 0 ? sharing_at_least_0((l->capacity - load) / weight) : INFINITY;
}

static void publish(struct ess_sharing *s, int32_t link, double level) {
    struct sharing_link *l = &s->links[link];
    double before = s->levels[link];
    if (fabs(level - before) <= SHARING_PUBLISHED * before)
        return;
    s->statistics.levels_published++;
    l->service = sharing_service_now(s, link);
    l->service_date_ns = s->now_ns;
    s->levels[link] = level;
    sharing_touch(s, link);
    for (int32_t i = 0; i < l->informed.count; i++) {
        struct sharing_cell cell = l->informed.cells[i];
        struct sharing_link *other = &s->links[cell.link];
        other->other_load += cell.weight * (level - before);
        other->updates++;
        if (level > other->row_level_most)
            other->row_level_most = level;
        sharing_mark_dirty(s, cell.link);
    }
}

/* A level has passed the threshold of an unsaturated link: raise it out of half of what is left of
 * the reserve, or, when that is gone, have the link looked at. */
static void extend_guard(struct ess_sharing *s, int32_t link, int32_t entry, double level) {
    struct sharing_entry *e = &s->entries[entry];
    struct sharing_link *guarded = &s->links[e->at];
    double left = guarded->reserve - e->weight * (level - e->threshold);
    if (left > SHARING_EXCESS * guarded->capacity && s->dirty_position[e->at] < 0) {
        guarded->reserve = 0.5 * left;
        e->threshold = level + 0.5 * left / e->weight;
        sharing_heap_change(&s->links[link].guards, 0, e->threshold, s->guard_position);
        return;
    }
    sharing_heap_remove(&s->links[link].guards, 0, s->guard_position);
    sharing_mark_dirty(s, e->at);
}

/* Act on the guards the link's level has passed. True if a group has left for its cap, which
 * leaves more for the others. */
static bool pass_guards(struct ess_sharing *s, int32_t link, double level) {
    struct sharing_heap *guards = &s->links[link].guards;
    bool left = false;
    while (guards->count > 0 && guards->nodes[0].key * (1 + SHARING_PUBLISHED) < level) {
        int32_t entry = guards->nodes[0].id, at = s->entries[entry].at;
        if (s->links[at].is_cap) {
            ess_sharing_move_group(s, entry, at);
            left = true;
        } else {
            extend_guard(s, link, entry, level);
        }
    }
    return left;
}

/* The level of a saturated link by what its row takes, from the sum itself where that is cheap,
 * due, or where a residue would be fatal. */
static double level_left(const struct ess_sharing *s, struct sharing_link *l) {
    if (l->row.count <= SHORT_ROW || l->updates > UPDATES_MOST || l->capacity == 0) {
        l->other_load = sharing_row_load(s, l);
        l->updates = 0;
    }
    return sharing_at_least_0((l->capacity - l->other_load) / l->own_weight);
}

/* The new level of the link, with the groups to pull listed; infinite if it needs none. */
static double new_level(struct ess_sharing *s, int32_t link) {
    struct sharing_link *l = &s->links[link];
    if (l->saturated && l->own_weight == 0)
        ess_sharing_unsaturate(s, link);
    s->pulled.count = 0;
    if (l->saturated) {
        double level = level_left(s, l);
        return l->row_level_most > level * (1 + SHARING_EXCESS) ? pull(s, link, level) : level;
    }
    double load = sharing_row_load(s, l);
    if (load > l->capacity * (1 + SHARING_EXCESS)) {
        double level = pull(s, link, -1);
        if (level < INFINITY)
            return level;
    }
    ess_sharing_guard(s, link, load);
    return INFINITY;
}

/* Give one link its level and tell those who depend on it. */
static void process(struct ess_sharing *s, int32_t link) {
    struct sharing_link *l = &s->links[link];
    s->statistics.links_processed++;
    double level = new_level(s, link);
    if (level == INFINITY)
        return;
    double load = l->other_load, row_level_most = l->row_level_most;
    if (!l->saturated)
        ess_sharing_saturate(s, link, level);
    s->current = link;
    publish(s, link, level);
    if (s->pulled.count > 0) {
        for (int32_t i = 0; i < s->pulled.count; i++)
            ess_sharing_move_group(s, s->pulled.items[i], link);
        l->other_load = load; /* the sum of what stays; the moves have left differences */
        l->row_level_most = row_level_most;
        l->updates = 0;
    }
    while (pass_guards(s, link, level) && l->own_weight > 0) {
        level = sharing_at_least_0((l->capacity - l->other_load) / l->own_weight);
        publish(s, link, level);
    }
    s->current = -1;
    if (l->own_weight == 0)
        sharing_mark_dirty(s, link);
}

/* When the link's first class has its first completion, seen from now. */
static int64_t due_ns(const struct ess_sharing *s, int32_t link) {
    const struct sharing_link *l = &s->links[link];
    if (l->own.count == 0)
        return ESS_SHARING_NEVER;
    double service = sharing_service_now(s, link), base = s->classes[l->own.nodes[0].id].base;
    double left = l->own.nodes[0].key - service - SHARING_NOTHING_LEFT * (service + fabs(base));
    if (left <= 0)
        return s->now_ns;
    double wait_ns = left / s->levels[link] * SHARING_SECOND_NS - SHARING_SLACK_NS;
    if (!(wait_ns < (double)(ESS_SHARING_NEVER - s->now_ns) * 0.99)) /* also at level 0 */
        return ESS_SHARING_NEVER;
    int64_t whole = (int64_t)wait_ns;
    if ((double)whole < wait_ns || whole < 1)
        whole++;
    double key = (double)(s->now_ns + whole); /* past 2^53 ns not every date is a double */
    if ((int64_t)key < s->now_ns + whole)
        key = nextafter(key, INFINITY);
    return (int64_t)key;
}

static void date_events(struct ess_sharing *s) {
    for (int32_t i = 0; i < s->touched.count; i++) {
        int32_t link = s->touched.items[i];
        s->links[link].touched = false;
        if (sharing_service_now(s, link) > SHARING_SERVICE_MOST && s->links[link].own.count > 0)
            ess_sharing_rebase(s, link);
        int64_t due = due_ns(s, link);
        if (due < ESS_SHARING_NEVER)
            sharing_heap_set(&s->events, (double)due, link, s->event_position);
        else if (s->event_position[link] >= 0)
            sharing_heap_remove(&s->events, s->event_position[link], s->event_position);
    }
    s->touched.count = 0;
}

void ess_sharing_resolve(struct ess_sharing *s) {
    uint64_t steps = 0;
    uint64_t limit = s->step_limit > 0 ? s->step_limit : 64 + 64 * (uint64_t)s->links_in_use;
    if (s->dirty.count > 0)
        s->statistics.resolutions++;
    while (s->dirty.count > 0) {
        if (steps == limit) {
            s->statistics.fallbacks++;
            ess_sharing_refill(s);
            break;
        }
        int32_t link = s->dirty.nodes[0].id;
        sharing_heap_remove(&s->dirty, 0, s->dirty_position);
        process(s, link);
        steps++;
    }
    if (steps > s->statistics.steps_most)
        s->statistics.steps_most = steps;
    date_events(s);
}
