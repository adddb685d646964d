/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/network/topology.h"

void *ess_bound_allocate(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL) {
        fputs("essaim: out of memory for a lower bound\n", stderr);
        abort();
    }
    return memory;
}

/* Paths while they are collected, in the topology's numbers. */
struct collector {
    const struct ess_topology *topology;
    uint32_t *links;
    size_t count, capacity;
};

static void append(struct collector *collector, const uint32_t *links, uint32_t count) {
    if (collector->count + count > collector->capacity) {
        size_t capacity = 2 * (collector->count + count) + 64;
        uint32_t *more = ess_bound_allocate(capacity, sizeof *more);
        memcpy(more, collector->links, collector->count * sizeof *more);
        free(collector->links);
        collector->links = more;
        collector->capacity = capacity;
    }
    memcpy(collector->links + collector->count, links, count * sizeof *links);
    collector->count += count;
}

static void collect_paths(
    struct collector *collector, const uint32_t *hosts, struct ess_bound_network *network) {
    uint32_t links[ESS_PATH_LINKS_MAX];
    size_t pair = 0;
    for (uint32_t a = 0; a < network->peer_count; a++) {
        for (uint32_t b = 0; b < network->peer_count; b++, pair++) {
            int64_t delay_ns = 0;
            uint32_t count =
                ess_topology_path(collector->topology, hosts[a], hosts[b], links, &delay_ns);
            network->path_first[pair] = (uint32_t)collector->count;
            network->delay_ns[pair] = delay_ns;
            append(collector, links, count);
        }
    }
    network->path_first[pair] = (uint32_t)collector->count;
}

/* Number the links that are in use from 0, in the topology's order. */
static void number_links(const struct collector *collector, struct ess_bound_network *network) {
    uint32_t link_count = collector->topology->link_count, next = 0;
    uint32_t *number = ess_bound_allocate(link_count, sizeof *number);
    for (size_t i = 0; i < collector->count; i++) {
        number[collector->links[i]] = 1;
    }
    network->capacity_bytes_per_s = ess_bound_allocate(link_count, sizeof(double));
    network->link_ids = ess_bound_allocate(link_count, sizeof *network->link_ids);
    for (uint32_t link = 0; link < link_count; link++) {
        if (number[link]) {
            network->link_ids[next] = link;
            network->capacity_bytes_per_s[next] = ess_topology_capacity(collector->topology, link);
            number[link] = next++;
        }
    }
    for (size_t i = 0; i < collector->count; i++) {
        network->path_links[i] = number[collector->links[i]];
    }
    network->link_count = next;
    free(number);
}

void ess_bound_network_from_topology(const struct ess_topology *topology, const uint32_t *hosts,
    uint32_t host_count, struct ess_bound_network *network) {
    struct collector collector = {.topology = topology};
    size_t pairs = (size_t)host_count * host_count;
    collector.links = ess_bound_allocate(0, sizeof *collector.links);
    *network = (struct ess_bound_network){.peer_count = host_count};
    network->path_first = ess_bound_allocate(pairs + 1, sizeof *network->path_first);
    network->delay_ns = ess_bound_allocate(pairs, sizeof *network->delay_ns);
    collect_paths(&collector, hosts, network);
    network->path_links = ess_bound_allocate(collector.count, sizeof *network->path_links);
    number_links(&collector, network);
    free(collector.links);
}

void ess_bound_network_fini(struct ess_bound_network *network) {
    free(network->capacity_bytes_per_s);
    free(network->path_first);
    free(network->path_links);
    free(network->delay_ns);
    free(network->link_ids);
    *network = (struct ess_bound_network){.peer_count = 0};
}

void ess_bound_distances(const struct ess_bound_network *network, int64_t *distance_ns) {
    uint32_t p = network->peer_count;
    for (uint32_t a = 0; a < p; a++) {
        for (uint32_t b = 0; b < p; b++) {
            size_t pair = (size_t)a * p + b;
            bool direct = network->path_first[pair] != network->path_first[pair + 1];
            distance_ns[pair] = a == b ? 0 : direct ? network->delay_ns[pair] : INT64_MAX;
        }
    }
    for (uint32_t by = 0; by < p; by++) {
        for (uint32_t a = 0; a < p; a++) {
            const int64_t *second = distance_ns + (size_t)by * p;
            int64_t first = distance_ns[(size_t)a * p + by], *to = distance_ns + (size_t)a * p;
            for (uint32_t b = 0; first != INT64_MAX && b < p; b++) {
                if (second[b] != INT64_MAX && first + second[b] < to[b]) {
                    to[b] = first + second[b];
                }
            }
        }
    }
}
