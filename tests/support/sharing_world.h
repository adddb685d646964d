/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_SHARING_WORLD_H
#define ESS_TEST_SHARING_WORLD_H

/* A random network with a random script (starts, cancellations, changes of class and of capacity),
 * drawn from a seed, played on the sharing solver instant by instant or on the reference. */

#include "models/network/sharing.h"
#include "sharing_reference.h"

enum script_kind { SCRIPT_START, SCRIPT_CANCEL, SCRIPT_SET_PATH, SCRIPT_CAPACITY };

struct script_event {
    int64_t at_ns;
    enum script_kind kind;
    uint32_t sequence; /* of equal dates; starts are numbered as flows are */
    uint32_t flow, link;
    double capacity_bytes_per_s;
    struct reference_path path;
};

struct script {
    uint32_t link_count, flow_count, event_count;
    bool pins; /* every class is kept to the end, as connections do, and is idle at times */
    double *capacity_bytes_per_s;
    struct reference_path *paths; /* first path of each flow */
    double *size_bytes;
    struct script_event *events;
};

/* What came of each flow. */
struct outcome {
    int64_t done_ns; /* INT64_MAX: cancelled, or never done */
    double delivered_bytes;
};

struct world {
    const struct script *script;
    struct ess_sharing *sharing;
    uint32_t event;
    int64_t now_ns;
    double *capacity_bytes_per_s;
    struct reference_flow *flows; /* paths, and who is active; the rest is the reference's */
    ess_sharing_flow_id *ids;
    uint32_t *pinned; /* classes to release at the end */
    uint32_t pinned_count;
    struct outcome *outcomes;
};

struct script script_new(uint64_t seed, uint32_t links_most, uint32_t flows_most);
void script_free(struct script *script);

/* Play the script on the reference. The arrays hold an item per flow and per link. */
void script_reference(
    const struct script *script, struct outcome *outcomes, long double *carried_bytes);

struct world world_new(const struct script *script);
void world_free(struct world *world);

/* One instant: false when nothing is left to happen; what still waits then (for capacity) is
 * cancelled. */
bool world_step(struct world *world);

#endif
