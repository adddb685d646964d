/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SHARING_STATE_H
#define ESS_MODELS_NETWORK_SHARING_STATE_H

/* The state of a sharing solver, for its own files only (see sharing.h for the equations).
 *
 * Virtual time. A link's service is what one unit of weight of its own classes has received: it
 * grows with the link's level. A class adds its `base`, so service(bottleneck) + base is what one
 * unit of weight of the class has received, also over changes of bottleneck. A flow is finished
 * when that reaches its `finish`: nothing about a flow changes when rates do.
 *
 * Entries. (at, bottleneck) stands for all classes that cross `at` and have their bottleneck
 * elsewhere: one weight and one list. Links are told about each other's levels by entries, which is
 * why the cost of a change does not depend on the number of flows. An entry of a saturated link is
 * in its bottleneck's list `informed`: each change of level is passed on. An entry of an
 * unsaturated link has a threshold instead, in the bottleneck's heap `guards`: as long as no level
 * passes its threshold, the link is not overfull (weights times thresholds plus the reserve make up
 * its capacity) and nobody looks at it. An entry of a cap is guarded by the cap's level. */

#include <math.h>
#include <stdbool.h>

#include "models/network/sharing.h"
#include "models/network/sharing_heap.h"
#include "models/network/sharing_memory.h"
#include "models/network/sharing_table.h"

/* Levels that change by less, relatively, are not passed on, or changes of one unit in the last
 * place would travel through the whole network. */
#define SHARING_PUBLISHED 1e-13
/* Relative excess that is none. Coarser than the line above, or two links would pull a class back
 * and forth for ever. */
#define SHARING_EXCESS 1e-12
/* Virtual time left, relative to the terms of the difference, that is none. */
#define SHARING_NOTHING_LEFT 1e-14
/* Virtual time, in bytes per unit of weight, past which it starts anew: a link that is never idle
 * would lose the precision that short flows need. What counts as nothing is then at most
 * 2 x 2^34 x 1e-14 = 0.00034 bytes. */
#define SHARING_SERVICE_MOST 0x1p34
/* Slack of the rounding up to nanoseconds: an exact result on a whole nanosecond stays there. */
#define SHARING_SLACK_NS 0x1p-10
#define SHARING_SECOND_NS 1e9

/* What a scan of a row reads, side by side. */
struct sharing_cell {
    double weight;
    int32_t link;
    int32_t entry;
};

struct sharing_row {
    struct sharing_cell *cells;
    int32_t count, room;
};

/* In the order of use: what every change of weight touches, what the level of a saturated link is
 * made of, the rest. */
struct sharing_link {
    double total_weight;
    double capacity; /* infinite for a cap */
    double reserve;  /* unsaturated: the part of the capacity that is not given to guards */
    double carried_bytes;
    struct sharing_row row; /* entries (this, m) */
    int32_t updates;        /* differences since other_load or reserve was last a true sum */
    bool is_cap;
    bool saturated;
    bool touched; /* its event date is to be computed at the end of the resolution */

    double own_weight;
    double other_load;     /* saturated: sum of A(k,m) L(m), kept by differences */
    double row_level_most; /* saturated: no level in the row is higher */
    double service;
    int64_t service_date_ns;
    struct sharing_heap own; /* classes with their bottleneck here, by the service that ends one */

    struct sharing_heap guards;  /* entries (k, this), k unsaturated or a cap, by threshold */
    struct sharing_row informed; /* entries (k, this), k saturated */
    int32_t cap_classes;         /* cap: classes that use it */
    uint32_t visit;
};

struct sharing_entry {
    double weight;
    double threshold;
    int32_t at, bottleneck;
    int32_t first_hop; /* list of the classes, by the hop they have here; next free if unused */
    int32_t references;
    int32_t row_position, informed_position;
};

/* One link on the path of one class; the hops of a class lie side by side. */
struct sharing_hop {
    int32_t link;
    int32_t class;
    int32_t entry; /* -1: this is the bottleneck, or there is none yet */
    int32_t next, previous;
};

/* In the order of use, as links. */
struct sharing_class {
    double weight;
    double base;
    struct sharing_heap flows; /* by finish */
    int32_t flow_count;
    int32_t bottleneck; /* of an idle class the last one, whose entries it keeps; or -1 */
    int32_t first_hop, hop_count;
    int32_t references;
    int8_t hop_block; /* room of 2^hop_block hops; -1: the slot is free */
    int32_t refill_bottleneck;
    uint32_t visit;
    uint64_t hash;
    double cap_level; /* infinite without a cap; the cap's link is then the last hop */
};

struct sharing_flow {
    double finish;
    double size_bytes;    /* since it entered its class */
    double earlier_bytes; /* delivered in classes before that */
    uint64_t user;
    uint64_t sequence;
    int32_t class;       /* next free if unused */
    uint32_t generation; /* odd while alive */
};

struct sharing_candidate {
    double key;
    double weight;
    double load_below; /* load of what stays when this one and all above it are taken */
    int32_t id;
};

struct sharing_ended {
    uint64_t sequence;
    struct ess_sharing_finished finished;
};

#define SHARING_HOP_BLOCKS 31

struct ess_sharing {
    int64_t now_ns;
    double *levels; /* of links; apart, because scans gather from it */
    struct sharing_link *links;
    int32_t *event_position, *dirty_position;
    int32_t link_count, link_room;
    struct sharing_list free_links; /* caps that are gone */
    int32_t links_in_use, cap_count;

    struct sharing_entry *entries;
    int32_t *guard_position;
    int32_t entry_count, entry_room, free_entry;
    struct sharing_table entry_of; /* (at, bottleneck) */

    struct sharing_hop *hops;
    int32_t hop_count, hop_room;
    int32_t free_hops[SHARING_HOP_BLOCKS];

    struct sharing_class *classes;
    int32_t *class_position;
    int32_t class_slots, class_room, class_count;
    struct sharing_list free_classes;
    struct sharing_table class_of; /* hash of path, weight and cap */
    struct sharing_table cap_of;   /* bits of the level */

    struct sharing_flow *flows;
    int32_t *flow_position;
    int32_t flow_count, flow_room, free_flow;
    uint64_t sequence;

    struct sharing_heap events; /* links by the date of their next completion */
    struct sharing_heap dirty;  /* links to process, by estimated level */
    struct sharing_list touched;
    int32_t current; /* link being processed: it cannot mark itself; -1: none */
    bool refilling;  /* nobody can be marked */

    struct sharing_list pulled;
    struct sharing_candidate *candidates;
    int32_t candidate_count, candidate_room;
    struct sharing_list some_classes, component_classes, component_links;
    uint32_t visit;

    struct sharing_ended *ended, *ended_spare;
    int32_t ended_count, ended_room, ended_popped;

    uint64_t step_limit; /* 0: the default */
    struct ess_sharing_statistics statistics;
};

/* fmax would be a call into the mathematical library. */
static inline double sharing_at_least_0(double value) {
    return value > 0 ? value : 0;
}

static inline double sharing_service_now(const struct ess_sharing *s, int32_t link) {
    const struct sharing_link *l = &s->links[link];
    return l->service +
           s->levels[link] * ((double)(s->now_ns - l->service_date_ns) / SHARING_SECOND_NS);
}

static inline void sharing_touch(struct ess_sharing *s, int32_t link) {
    if (s->links[link].touched)
        return;
    s->links[link].touched = true;
    sharing_list_push(&s->touched, link);
}

/* To be processed, lowest estimated level first: a link's level depends only on links of lower
 * level, so that, as in Dijkstra's algorithm, a link whose turn comes mostly sees final values. */
static inline void sharing_mark_dirty(struct ess_sharing *s, int32_t link) {
    struct sharing_link *l = &s->links[link];
    if (l->is_cap || link == s->current || s->refilling)
        return;
    double key = 0; /* an unused link goes first: it has nothing to tell */
    if (l->own_weight > 0)
        key = (l->capacity - l->other_load) / l->own_weight;
    else if (l->saturated)
        key = s->levels[link];
    else if (l->total_weight > 0)
        key = l->capacity / l->total_weight;
    sharing_heap_set(&s->dirty, key, link, s->dirty_position);
}

static inline double sharing_row_load(const struct ess_sharing *s, const struct sharing_link *l) {
    double load = 0;
    for (int32_t i = 0; i < l->row.count; i++)
        load += l->row.cells[i].weight * s->levels[l->row.cells[i].link];
    return load;
}

#endif
