/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packet network on a case in the text form of the drivers for ns-3 and SimGrid, with the same
 * fields in its answer, so that the three compare line by line.
 *
 *     measure_packet CASE.txt [linux|ns3] [cubic|reno|bbr]
 *
 * Lines of a case:
 *     hosts n0 n1 ...                        hosts of site 0, 1, ... numbered consecutively
 *     access <bit/s> <one way s> <queue of the host, bytes> <queue towards it, bytes>
 *     wan <i> <j> <bit/s> <one way s> <queue bytes> <loss rate>
 *     tcp <TcpCubic|TcpNewReno|TcpBbr> <buffer bytes>
 *     flow <start s> <from> <to> <bytes>     0 bytes: until stop
 *     ring <bytes>                           ring all-reduce over the hosts in order
 *     stop <s>        seed <n> */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "models/packet/congestion.h"
#include "models/packet/packet.h"
#include "models/packet/profile.h"
#include "sim/engine/arena.h"

enum { SITES_MOST = 64, HOSTS_MOST = 4096, LINKS_MOST = 2048, FLOWS_MOST = 4096 };
enum { EVENT_NETWORK, EVENT_START = EVENT_NETWORK + ESS_PACKET_EVENT_KINDS };
#define ENDLESS 1e15

struct flow {
    double start_s, bytes;
    unsigned from, to;
    uint32_t connection;
    double took_s; /* below 0: not done */
};

struct world {
    struct ess_packet *packet; /* first: the network's handlers find it here */
    struct ess_engine engine;
    struct ess_arena arena;
    struct ess_topology topology;
    struct ess_topology_host hosts[HOSTS_MOST];
    struct ess_topology_wan_link wan[LINKS_MOST];
    struct ess_link_traits links[2 * HOSTS_MOST + 2 * LINKS_MOST];
    struct flow flows[FLOWS_MOST];
    double wan_queue[LINKS_MOST], wan_loss[LINKS_MOST];
    unsigned per_site[SITES_MOST], sites, host_count, wan_count, flow_count, flows_left;
    double access_bit_per_s, access_s, host_queue, down_queue, ring_bytes, stop_s, buffer;
    uint32_t ring_connection[HOSTS_MOST], ring_step[HOSTS_MOST], ring_done;
    double ring_s;
    char law[32];
    unsigned long seed;
};

static double now_s(const struct world *world) {
    return 1e-9 * (double)world->engine.now_ns;
}

static void start_chunk(struct world *world, uint32_t rank) {
    uint32_t to = (rank + 1) % world->host_count;
    ess_packet_begin(world->packet, world->ring_connection[rank],
        (double)(uint64_t)(world->ring_bytes / world->host_count), world->engine.now_ns, to);
}

/* Rank `user` of the ring, or flow number - hosts, has its bytes. */
static void on_finished(void *context, uint64_t user) {
    struct world *world = context;
    uint32_t rank = (uint32_t)user;
    if (user >= world->host_count) {
        struct flow *flow = &world->flows[user - world->host_count];
        flow->took_s = now_s(world) - flow->start_s;
        if (--world->flows_left == 0 && world->ring_bytes <= 0) {
            ess_engine_stop(&world->engine);
        }
        return;
    }
    if (++world->ring_step[rank] < 2 * (world->host_count - 1)) {
        start_chunk(world, rank);
    } else if (++world->ring_done == world->host_count) {
        world->ring_s = now_s(world);
        ess_engine_stop(&world->engine);
    }
}

static void on_start(void *context, uint32_t index, uint64_t argument) {
    struct world *world = context;
    const struct flow *flow = &world->flows[index];
    (void)argument;
    ess_packet_begin(world->packet, flow->connection, flow->bytes, world->engine.now_ns,
        world->host_count + index);
}

static void read_line(struct world *world, const char *line) {
    char word[32], law[32];
    int used = 0;
    struct flow *flow = &world->flows[world->flow_count];
    struct ess_topology_wan_link *wan = &world->wan[world->wan_count];
    double bit_per_s, delay_s;
    if (sscanf(line, "%31s%n", word, &used) != 1) {
        return;
    }
    line += used;
    if (strcmp(word, "hosts") == 0) {
        while (sscanf(line, "%u%n", &world->per_site[world->sites], &used) == 1) {
            world->sites++;
            line += used;
        }
    } else if (strcmp(word, "access") == 0) {
        sscanf(line, "%lf %lf %lf %lf", &world->access_bit_per_s, &world->access_s,
            &world->host_queue, &world->down_queue);
    } else if (strcmp(word, "wan") == 0) {
        sscanf(line, "%u %u %lf %lf %lf %lf", &wan->from_site, &wan->to_site, &bit_per_s, &delay_s,
            &world->wan_queue[world->wan_count], &world->wan_loss[world->wan_count]);
        wan->forward_bytes_per_s = wan->backward_bytes_per_s = bit_per_s / 8;
        wan->delay_ns = (int64_t)(delay_s * 1e9 + 0.5);
        world->wan_count++;
    } else if (strcmp(word, "tcp") == 0) {
        sscanf(line, "%31s %lf", law, &world->buffer);
        strcpy(world->law, strcmp(law, "TcpCubic") == 0 ? "cubic"
                           : strcmp(law, "TcpBbr") == 0 ? "bbr"
                                                        : "reno");
    } else if (strcmp(word, "flow") == 0) {
        sscanf(line, "%lf %u %u %lf", &flow->start_s, &flow->from, &flow->to, &flow->bytes);
        flow->bytes = flow->bytes > 0 ? flow->bytes : ENDLESS;
        flow->took_s = -1;
        world->flow_count++;
    } else if (strcmp(word, "ring") == 0) {
        sscanf(line, "%lf", &world->ring_bytes);
    } else if (strcmp(word, "stop") == 0) {
        sscanf(line, "%lf", &world->stop_s);
    } else if (strcmp(word, "seed") == 0) {
        sscanf(line, "%lu", &world->seed);
    }
}

static bool read_case(struct world *world, const char *path) {
    char line[512];
    FILE *file = fopen(path, "r");
    if (!file) {
        return false;
    }
    while (fgets(line, sizeof line, file)) {
        read_line(world, line);
    }
    fclose(file);
    return world->sites > 0;
}

static void build(struct world *world, const char *profile, const char *law) {
    struct ess_packet_settings settings = {.profile = ess_profile_find(profile),
        .congestion = ess_congestion_find(law),
        .traits = world->links,
        .window_bytes = strcmp(profile, "ns3") == 0 ? world->buffer : 0,
        .seed = world->seed,
        .event_kind = EVENT_NETWORK,
        .event_class = 1,
        .finished = on_finished};
    uint32_t hosts;
    for (unsigned site = 0; site < world->sites; site++) {
        for (unsigned i = 0; i < world->per_site[site]; i++) {
            struct ess_link_traits *up = &world->links[2 * world->host_count];
            world->hosts[world->host_count++] =
                (struct ess_topology_host){site, world->access_bit_per_s / 8,
                    world->access_bit_per_s / 8, (int64_t)(world->access_s * 1e9 + 0.5)};
            up[0] = (struct ess_link_traits){(int64_t)world->host_queue, 0, ESS_LINK_MTU_BYTES};
            up[1] = (struct ess_link_traits){(int64_t)world->down_queue, 0, ESS_LINK_MTU_BYTES};
        }
    }
    hosts = world->host_count;
    for (unsigned w = 0; w < 2 * world->wan_count; w++) {
        world->links[2 * hosts + w] = (struct ess_link_traits){
            (int64_t)world->wan_queue[w / 2], world->wan_loss[w / 2], ESS_LINK_MTU_BYTES};
    }
    ess_arena_init(&world->arena, 0);
    ess_engine_init(&world->engine, &world->arena, world, "measure_packet", world->seed);
    ess_topology_init(&world->topology, &world->arena, world->hosts, hosts, world->sites,
        world->wan, world->wan_count);
    world->packet = ess_packet_new(&world->engine, &world->arena, &world->topology, &settings);
    ess_engine_register(&world->engine, EVENT_START, on_start);
}

static void start(struct world *world) {
    for (uint32_t i = 0; i < world->flow_count; i++) {
        struct flow *flow = &world->flows[i];
        uint32_t channel = 0;
        for (uint32_t j = 0; j < i; j++) {
            channel += world->flows[j].from == flow->from && world->flows[j].to == flow->to;
        }
        flow->connection = ess_packet_connection(world->packet, flow->from, flow->to, channel);
        ess_engine_schedule(
            &world->engine, (int64_t)(flow->start_s * 1e9 + 0.5), 1, EVENT_START, i, 0);
    }
    world->flows_left = world->flow_count;
    for (uint32_t rank = 0; rank < world->host_count && world->ring_bytes > 0; rank++) {
        world->ring_connection[rank] =
            ess_packet_connection(world->packet, rank, (rank + 1) % world->host_count, 1);
        start_chunk(world, rank);
    }
}

static void print(const struct world *world, double setup_s, double cpu_s) {
    struct ess_packet_counts counts = ess_packet_count(world->packet);
    printf("{\"sim_s\":%.9f,\"setup_s\":%.3f,\"wall_s\":%.3f,\"events\":%llu,\"events_per_s\":%.0f,"
           "\"link_pkts\":%llu,\"link_pkts_per_s\":%.0f,\"dropped\":%llu,\"lost\":%llu,"
           "\"retransmitted\":%llu,\"timeouts\":%llu",
        now_s(world), setup_s, cpu_s, (unsigned long long)world->engine.events,
        (double)world->engine.events / cpu_s, (unsigned long long)counts.hops,
        (double)counts.hops / cpu_s, (unsigned long long)counts.dropped,
        (unsigned long long)counts.lost, (unsigned long long)counts.retransmitted,
        (unsigned long long)counts.timeouts);
    if (world->ring_bytes > 0) {
        printf(",\"ring_s\":%.9f", world->ring_s);
    }
    for (uint32_t i = 0; i < world->flow_count; i++) {
        const struct flow *flow = &world->flows[i];
        double took_s = flow->took_s < 0 ? now_s(world) - flow->start_s : flow->took_s;
        double bytes = (double)ess_packet_delivered_bytes(world->packet, flow->connection);
        printf("%s{\"start\":%g,\"src\":%u,\"dst\":%u,\"bytes\":%.0f,\"fct_s\":%.9f,"
               "\"goodput_bps\":%.0f}",
            i ? "," : ",\"flows\":[", flow->start_s, flow->from, flow->to,
            flow->bytes < ENDLESS ? flow->bytes : 0, flow->took_s, 8 * bytes / took_s);
    }
    printf("%s}\n", world->flow_count ? "]" : "");
}

int main(int argc, char **argv) {
    static struct world world = {.access_bit_per_s = 1e9,
        .access_s = 50e-6,
        .host_queue = 16 << 20,
        .down_queue = 1 << 20,
        .buffer = 32 << 20,
        .stop_s = 1e5,
        .seed = 1,
        .law = "cubic"};
    const char *profile = argc > 2 ? argv[2] : "ns3";
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    double begin_s = bench_now_s(), built_s;
    if (argc < 2 || !read_case(&world, argv[1]) || !ess_profile_find(profile) ||
        !ess_congestion_find(argc > 3 ? argv[3] : world.law)) {
        fprintf(stderr, "usage: measure_packet CASE.txt [linux|ns3] [cubic|reno|bbr]\n");
        return 2;
    }
    build(&world, profile, argc > 3 ? argv[3] : world.law);
    start(&world);
    built_s = bench_now_s();
    bounds.time_ns = (int64_t)(world.stop_s * 1e9);
    ess_engine_run(&world.engine, &bounds);
    print(&world, built_s - begin_s, bench_now_s() - built_s);
    ess_arena_fini(&world.arena);
    return 0;
}
