/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_PLAN_VIEW_H
#define ESS_COMMANDS_PLAN_VIEW_H

/* What the policies would build for the machines of a scenario, if all of them were members: made
 * by the coordinator's own code (peer/layout.h) from the matrix that it would be told
 * (sim/world/declared.h). What the scenario's plan does not follow is made all the same, so that
 * the alternatives can be looked at.
 *
 * What it does not know: links that several pairs share, other traffic, losses and the transport's
 * behaviour, links that change, machines that are away. Nothing is run. */

#include "collective/cost.h"
#include "models/network/topology.h"
#include "peer/config.h"
#include "sim/engine/arena.h"
#include "sim/scenario/scenario.h"

/* The matrix, and with it time and memory, grow with the square. */
#define ESS_PLAN_VIEW_HOSTS_MAX 1024

/* One way to order a ring. */
struct ess_plan_ring {
    const struct ess_order_type *type;
    double slowest_bytes_per_s; /* hop, in its direction; negative: nothing is known */
    int64_t around_ns;          /* sum of the hops' delays */
};

struct ess_plan_view {
    const struct ess_scenario *scenario;
    struct ess_policies policies; /* as the scenario chooses them */
    struct ess_chooser chooser;   /* of these */
    struct ess_job job;
    uint64_t size_bytes; /* of the vector of one operation */
    struct ess_topology topology;
    const struct ess_pair_matrix *matrix; /* by host */
    struct ess_group group;        /* in the run's order of ranks; layout: ring, shares, trees */
    struct ess_group levels;       /* ordered as for plans that follow levels; layout: those */
    const uint32_t *ring;          /* [size] place -> rank */
    uint32_t slowest_hop;          /* place from which it leaves */
    double trees_rate_bytes_per_s; /* of the vector over all trees; negative: nothing limits */
    struct ess_plan_ring *rings;   /* [ring_count] of all kinds of order */
    uint32_t ring_count;
    /* For predictions: pairs by rank, and by place in the ring. */
    struct ess_selection_query by_rank, by_place;
    struct ess_cost_settings cost;
};

/* Build all of it in `arena`. The scenario has a job, and 2 to ESS_PLAN_VIEW_HOSTS_MAX hosts; it
 * must outlive the view. O(hosts^2), and what the orders and the packing of trees take. */
void ess_plan_view_init(
    struct ess_plan_view *view, const struct ess_scenario *scenario, struct ess_arena *arena);

/* Name of the machine of a rank of `group`. */
const char *ess_plan_view_name(
    const struct ess_plan_view *view, const struct ess_group *group, uint32_t rank);

/* Rate and one-way delay of the hop between two ranks of the run's order. */
double ess_plan_view_rate(const struct ess_plan_view *view, uint32_t from, uint32_t to);
int64_t ess_plan_view_delay_ns(const struct ess_plan_view *view, uint32_t from, uint32_t to);

/* The rank behind that of a place of the ring, and the rate of the hop between them. */
uint32_t ess_plan_view_next(const struct ess_plan_view *view, uint32_t place);
double ess_plan_view_hop_rate(const struct ess_plan_view *view, uint32_t place);

/* Predicted seconds of a candidate: over the ring's order where the plan follows it. Infinite where
 * it cannot do the operation or somebody is not reached. */
double ess_plan_view_predict(const struct ess_plan_view *view, const char *plan);

/* Whether the scenario's plan follows that part of a layout (enum ess_layout_part). */
bool ess_plan_view_follows(const struct ess_plan_view *view, uint32_t part);

#endif
