/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/bound.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/bounds/bandwidth.h"
#include "analysis/bounds/delays.h"
#include "models/network/topology.h"

#define NS_PER_S 1e9

/* The heaviest inequality, by weight times demand; the first of those alike. */
static void name_cut(
    const struct ess_bandwidth *found, uint32_t peer_count, struct ess_bound *bound) {
    const struct ess_bound_cut *heaviest = NULL;
    double all = 0, most = 0;
    for (uint32_t c = 0; c < found->weight_count; c++) {
        double weight = found->weights[c] * found->cuts.items[c].demand;
        all += weight;
        if (weight > most) {
            most = weight;
            heaviest = &found->cuts.items[c];
        }
    }
    if (heaviest != NULL) {
        bound->is_partition = heaviest->is_partition;
        bound->part_count = heaviest->part_count;
        memcpy(bound->part, heaviest->part, peer_count * sizeof *bound->part);
        bound->demand = heaviest->demand;
        bound->cut_share = most / all;
    }
}

/* A row's share is divided among the links that hold it down. */
static void name_links(const struct ess_bound_network *network, const struct ess_bound_links *links,
    const struct ess_bandwidth *found, double *share) {
    uint32_t *sharing = ess_bound_allocate(links->count, sizeof *sharing);
    double all = 0;
    for (uint32_t row = 0; row < links->count; row++) {
        all += found->prices[row] * links->capacity_bytes_per_s[row];
    }
    for (uint32_t link = 0; all > 0 && link < network->link_count; link++) {
        uint32_t row = links->row_of_link[link];
        if (row != ESS_BOUND_NO_ROW &&
            network->capacity_bytes_per_s[link] == links->capacity_bytes_per_s[row]) {
            share[link] = found->prices[row] * links->capacity_bytes_per_s[row] / all;
            sharing[row]++;
        }
    }
    for (uint32_t link = 0; link < network->link_count; link++) {
        if (share[link] > 0) {
            share[link] /= sharing[links->row_of_link[link]];
        }
    }
    free(sharing);
}

static void compute_bandwidth(const struct ess_bound_network *network,
    const struct ess_bound_task *task, double bytes, const int64_t *distance_ns,
    struct ess_bound *bound) {
    struct ess_bound_columns columns;
    struct ess_bound_links links;
    struct ess_bandwidth found = {.s_per_byte = 0};
    ess_bound_columns_init(network, task->root, &columns);
    ess_bound_links_init(network, &columns, &links);
    ess_bandwidth_solve(task, &columns, &links, distance_ns, &found);
    bound->bandwidth_s = bytes * found.s_per_byte;
    bound->head_s = (double)found.head_ns / NS_PER_S;
    bound->rounds = found.rounds;
    bound->cut_count = found.cuts.count;
    bound->gap = INFINITY;
    if (found.s_per_byte > 0) { /* else no program could be solved: delays alone are left */
        bound->gap = found.s_per_byte_reached / found.s_per_byte - 1;
        name_cut(&found, network->peer_count, bound);
        name_links(network, &links, &found, bound->link_share);
    }
    ess_bandwidth_fini(&found);
    ess_bound_links_fini(&links);
    ess_bound_columns_fini(&columns);
}

bool ess_bound_compute(const struct ess_bound_network *network, const struct ess_bound_task *task,
    double bytes, struct ess_bound *bound) {
    uint32_t p = network->peer_count;
    int64_t *distance_ns, latency_ns;
    assert(bytes >= 0 && isfinite(bytes));
    *bound = (struct ess_bound){.seconds = 0};
    bound->part = ess_bound_allocate(p, sizeof *bound->part);
    bound->link_share = ess_bound_allocate(network->link_count, sizeof *bound->link_share);
    if (p < 2 || bytes == 0) {
        return true;
    }
    distance_ns = ess_bound_allocate((size_t)p * p, sizeof *distance_ns);
    ess_bound_distances(network, distance_ns);
    latency_ns = ess_bound_latency(task, p, distance_ns, &bound->latency_from, &bound->latency_to);
    if (latency_ns == INT64_MAX) {
        bound->seconds = bound->bandwidth_s = bound->latency_s = INFINITY;
        free(distance_ns);
        return false;
    }
    compute_bandwidth(network, task, bytes, distance_ns, bound);
    bound->latency_s = (double)latency_ns / NS_PER_S;
    bound->seconds = fmax(bound->latency_s, bound->bandwidth_s + bound->head_s);
    free(distance_ns);
    return true;
}

void ess_bound_fini(struct ess_bound *bound) {
    free(bound->part);
    free(bound->link_share);
}

bool ess_bound_of_hosts(const struct ess_topology *topology, const uint32_t *hosts,
    uint32_t host_count, const struct ess_bound_task *task, double bytes, struct ess_bound *bound) {
    struct ess_bound_network network;
    double *share = ess_bound_allocate(topology->link_count, sizeof *share);
    bool good;
    ess_bound_network_from_topology(topology, hosts, host_count, &network);
    good = ess_bound_compute(&network, task, bytes, bound);
    for (uint32_t link = 0; link < network.link_count; link++) {
        share[network.link_ids[link]] = bound->link_share[link];
    }
    free(bound->link_share);
    bound->link_share = share;
    ess_bound_network_fini(&network);
    return good;
}
