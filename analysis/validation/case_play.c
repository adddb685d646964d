/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/validation/case_play.h"

#include <stdlib.h>
#include <string.h>

/* Rooms are counted before: no list grows. */
static uint32_t open_connection(
    struct ess_case_play *play, uint32_t from, uint32_t to, int64_t open_ns) {
    play->connections[play->connection_count] =
        (struct ess_case_connection){from, to, open_ns, play->message_count, 0};
    return play->connection_count++;
}

static int32_t add_message(struct ess_case_play *play, struct ess_case_message message) {
    play->messages[play->message_count] = message;
    play->connections[message.connection].message_count++;
    return (int32_t)play->message_count++;
}

static void add_transfer(
    struct ess_case_play *play, const struct ess_case_transfer *transfer, int32_t index) {
    uint64_t share = transfer->bytes / transfer->connections;
    uint64_t rest = transfer->bytes % transfer->connections;
    for (uint32_t c = 0; c < transfer->connections; c++) {
        struct ess_case_message message = {.after = ESS_CASE_NO_MESSAGE, .transfer = index};
        message.connection =
            open_connection(play, transfer->from, transfer->to, transfer->start_ns);
        if (transfer->warm_bytes > 0) {
            message.bytes = transfer->warm_bytes;
            message.after = add_message(play, message);
            message.gap_ns = transfer->gap_ns;
        }
        message.bytes = share + (c < rest ? 1 : 0);
        message.measured = true;
        add_message(play, message);
    }
}

/* One ring of the hosts first, first + stride, …: each sends `steps` messages of `bytes` to its
 * right neighbour, a message after the one received before it. The first one of host i comes after
 * entry[i], and exit[i] becomes the last one received by it. */
struct ring {
    uint32_t first, stride, size, steps;
    uint64_t bytes;
};

static void add_ring(
    struct ess_case_play *play, const struct ring *ring, const int32_t *entry, int32_t *exit) {
    uint32_t base = play->message_count;
    for (uint32_t i = 0; i < ring->size; i++) {
        uint32_t left = (i + ring->size - 1) % ring->size;
        uint32_t right = (i + 1) % ring->size;
        struct ess_case_message message = {.bytes = ring->bytes,
            .transfer = ESS_CASE_COLLECTIVE,
            .after = entry ? entry[i] : ESS_CASE_NO_MESSAGE,
            .measured = true};
        message.connection = open_connection(
            play, ring->first + i * ring->stride, ring->first + right * ring->stride, 0);
        for (uint32_t step = 0; step < ring->steps; step++) {
            if (step > 0) {
                message.after = (int32_t)(base + left * ring->steps + step - 1);
            }
            add_message(play, message);
        }
        exit[i] = (int32_t)(base + left * ring->steps + ring->steps - 1);
    }
}

static void add_whole_ring(struct ess_case_play *play, const struct ess_case *network) {
    int32_t last[ESS_CASE_HOSTS_MAX];
    struct ring ring = {0, 1, network->host_count, 2 * (network->host_count - 1),
        network->ring_bytes / network->host_count};
    add_ring(play, &ring, NULL, last);
}

static void add_hierarchy(struct ess_case_play *play, const struct ess_case *network) {
    uint32_t sites = network->site_count, hosts = network->site_hosts[0];
    uint64_t shard = network->hierarchical_bytes / hosts;
    int32_t last[ESS_CASE_HOSTS_MAX], column[ESS_CASE_SITES_MAX], exit[ESS_CASE_SITES_MAX];
    bool within = hosts > 1, across = sites > 1;
    for (uint32_t h = 0; h < ESS_CASE_HOSTS_MAX; h++) {
        last[h] = ESS_CASE_NO_MESSAGE;
    }
    for (uint32_t s = 0; within && s < sites; s++) {
        struct ring scatter = {s * hosts, 1, hosts, hosts - 1, shard};
        add_ring(play, &scatter, NULL, last + s * hosts);
    }
    for (uint32_t k = 0; across && k < hosts; k++) {
        struct ring over = {k, hosts, sites, 2 * (sites - 1), shard / sites};
        for (uint32_t s = 0; s < sites; s++) {
            column[s] = last[s * hosts + k];
        }
        add_ring(play, &over, column, exit);
        for (uint32_t s = 0; s < sites; s++) {
            last[s * hosts + k] = exit[s];
        }
    }
    for (uint32_t s = 0; within && s < sites; s++) {
        struct ring gather = {s * hosts, 1, hosts, hosts - 1, shard};
        int32_t after[ESS_CASE_HOSTS_MAX];
        memcpy(after, last + s * hosts, hosts * sizeof *after);
        add_ring(play, &gather, after, last + s * hosts);
    }
}

/* An upper bound for both lists. */
static void count_rooms(struct ess_case_play *play, const struct ess_case *network) {
    uint32_t hosts = network->host_count;
    for (uint32_t i = 0; i < network->transfer_count; i++) {
        play->connection_room += network->transfers[i].connections;
        play->message_room += 2 * network->transfers[i].connections;
    }
    if (network->ring_bytes > 0) {
        play->connection_room += hosts;
        play->message_room += hosts * 2 * hosts;
    }
    if (network->hierarchical_bytes > 0) {
        play->connection_room += 3 * hosts;
        play->message_room += hosts * 4 * hosts;
    }
}

int ess_case_play_init(struct ess_case_play *play, const struct ess_case *network) {
    memset(play, 0, sizeof *play);
    count_rooms(play, network);
    play->connections = calloc(play->connection_room + 1, sizeof *play->connections);
    play->messages = calloc(play->message_room + 1, sizeof *play->messages);
    if (!play->connections || !play->messages) {
        return -1;
    }
    for (uint32_t i = 0; i < network->transfer_count; i++) {
        add_transfer(play, &network->transfers[i], (int32_t)i);
    }
    if (network->ring_bytes > 0) {
        add_whole_ring(play, network);
    }
    if (network->hierarchical_bytes > 0) {
        add_hierarchy(play, network);
    }
    return 0;
}

void ess_case_play_fini(struct ess_case_play *play) {
    free(play->connections);
    free(play->messages);
    memset(play, 0, sizeof *play);
}
