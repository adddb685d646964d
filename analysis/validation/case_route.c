/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/validation/case_route.h"

#include <string.h>

uint32_t ess_case_link_count(const struct ess_case *network) {
    return 2 * (network->host_count + network->wan_count);
}

struct ess_case_link ess_case_link(const struct ess_case *network, uint32_t link) {
    uint32_t hosts = network->host_count;
    if (link >= 2 * hosts) {
        const struct ess_case_wan *wan = &network->wans[(link - 2 * hosts) / 2];
        return (struct ess_case_link){
            wan->rate_bits_per_s, wan->delay_ns, wan->queue_bytes, wan->loss_ppb};
    }
    return (struct ess_case_link){network->access_bits_per_s, network->access_delay_ns,
        link < hosts ? network->up_queue_bytes : network->down_queue_bytes, 0};
}

static void append(const struct ess_case *network, uint32_t number, struct ess_case_route *route) {
    struct ess_case_link link = ess_case_link(network, number);
    route->link[route->count++] = number;
    route->delay_ns += link.delay_ns;
    if (route->count == 1 || link.rate_bits_per_s < route->rate_bits_per_s) {
        route->rate_bits_per_s = link.rate_bits_per_s;
    }
    if (link.loss_ppb > route->loss_ppb) {
        route->loss_ppb = link.loss_ppb;
    }
}

/* Breadth first from the goal, so that following `via` from the start walks forwards. */
static void search(const struct ess_case *network, uint32_t goal, uint32_t *via) {
    uint32_t queue[ESS_CASE_SITES_MAX], count = 0;
    bool seen[ESS_CASE_SITES_MAX] = {false};
    queue[count++] = goal;
    seen[goal] = true;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t w = 0; w < network->wan_count; w++) {
            for (uint32_t end = 0; end < 2; end++) {
                uint32_t next = network->wans[w].site[end];
                if (network->wans[w].site[1 - end] == queue[i] && !seen[next]) {
                    seen[next] = true;
                    via[next] = 2 * w + end;
                    queue[count++] = next;
                }
            }
        }
    }
}

bool ess_case_route(
    const struct ess_case *network, uint32_t from, uint32_t to, struct ess_case_route *route) {
    uint32_t via[ESS_CASE_SITES_MAX];
    uint32_t site = ess_case_site_of(network, from), goal = ess_case_site_of(network, to);
    memset(route, 0, sizeof *route);
    memset(via, 0xff, sizeof via);
    search(network, goal, via);
    append(network, from, route);
    while (site != goal) {
        if (via[site] == UINT32_MAX) {
            return false;
        }
        append(network, 2 * network->host_count + via[site], route);
        site = network->wans[via[site] / 2].site[1 - via[site] % 2];
    }
    append(network, network->host_count + to, route);
    return true;
}
