/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/collective_bound.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/bounds/bound.h"
#include "analysis/bounds/network.h"
#include "sim/engine/arena.h"
#include "sim/world/network.h"

static bool is_known(const struct ess_scenario *scenario) {
    const struct ess_scenario_collectives *service =
        scenario->training ? scenario->training->collectives : NULL;
    return service && service->size_bytes > 0 && service->primitive < ESS_SEND &&
           scenario->host_count <= ESS_BOUND_MACHINES_MAX && scenario->link_trace_count == 0;
}

static struct ess_bound_network *network_of(const struct ess_scenario *scenario) {
    uint32_t count = (uint32_t)scenario->host_count;
    struct ess_bound_network *network = ess_bound_allocate(1, sizeof *network);
    uint32_t *hosts = ess_bound_allocate(count, sizeof *hosts);
    struct ess_topology topology;
    struct ess_arena arena;
    for (uint32_t i = 0; i < count; i++) {
        hosts[i] = i;
    }
    ess_arena_init(&arena, 0);
    ess_world_topology(scenario, &arena, &topology);
    ess_bound_network_from_topology(&topology, hosts, count, network);
    ess_arena_fini(&arena);
    free(hosts);
    return network;
}

static bool same(const void *a, const void *b, size_t count, size_t size) {
    return memcmp(a, b, count * size) == 0;
}

static bool same_network(const struct ess_bound_network *a, const struct ess_bound_network *b) {
    size_t pairs = (size_t)a->peer_count * a->peer_count;
    return a->peer_count == b->peer_count && a->link_count == b->link_count &&
           same(a->capacity_bytes_per_s, b->capacity_bytes_per_s, a->link_count, sizeof(double)) &&
           same(a->path_first, b->path_first, pairs + 1, sizeof(uint32_t)) &&
           same(a->path_links, b->path_links, a->path_first[pairs], sizeof(uint32_t)) &&
           same(a->delay_ns, b->delay_ns, pairs, sizeof(int64_t));
}

static double compute(const struct ess_collective_bound *bound) {
    struct ess_bound_task task = {(enum ess_primitive)bound->primitive, bound->root};
    struct ess_bound result;
    bool reachable = ess_bound_compute(bound->network, &task, bound->bytes, &result);
    double seconds = reachable ? result.seconds : 0;
    ess_bound_fini(&result);
    return seconds;
}

void ess_collective_bound_fini(struct ess_collective_bound *last) {
    if (last->network) {
        ess_bound_network_fini(last->network);
        free(last->network);
    }
    *last = (struct ess_collective_bound){.network = NULL};
}

/* Of a root beyond the last machine that machine, as in the job. */
static uint32_t root_of(const struct ess_scenario *scenario) {
    const struct ess_scenario_collectives *service = scenario->training->collectives;
    bool rooted = service->primitive == ESS_BROADCAST || service->primitive == ESS_REDUCE;
    uint32_t last = (uint32_t)scenario->host_count - 1;
    if (!rooted) {
        return UINT32_MAX;
    }
    return service->root < (int64_t)last ? (uint32_t)service->root : last;
}

static void renew(struct ess_collective_bound *last, const struct ess_scenario *scenario) {
    struct ess_collective_bound asked = {
        .scenario = scenario,
        .network = network_of(scenario),
        .primitive = (uint32_t)scenario->training->collectives->primitive,
        .root = root_of(scenario),
        .bytes = (double)scenario->training->collectives->size_bytes,
    };
    if (last->network && last->primitive == asked.primitive && last->root == asked.root &&
        last->bytes == asked.bytes && same_network(last->network, asked.network)) {
        asked.seconds = last->seconds;
    } else {
        asked.seconds = compute(&asked);
    }
    ess_collective_bound_fini(last);
    *last = asked;
}

void ess_collective_bound_take(struct ess_collective_bound *last,
    const struct ess_scenario *scenario, struct ess_world_outcome *outcome) {
    outcome->bound_s = 0;
    if (!is_known(scenario)) {
        return;
    }
    if (last->scenario != scenario) {
        renew(last, scenario);
    }
    outcome->bound_s = last->seconds;
    outcome->bound_members = (uint32_t)scenario->host_count;
}
