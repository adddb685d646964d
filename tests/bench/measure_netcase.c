/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One network case through the fluid model, in the text form and with the output of the ns-3 driver
 * for the same cases, so that results compare line by line.
 *
 *     measure_netcase linux|ns3 CASE.txt [SETTING=VALUE ...]
 *
 * CASE.txt, one word and its values a line:
 *     hosts N0 N1 ...                       hosts of site 0, 1, ...; numbered consecutively
 *     access BIT/S ONE_WAY_S UP_QUEUE_BYTES DOWN_QUEUE_BYTES
 *     wan SITE SITE BIT/S ONE_WAY_S QUEUE_BYTES LOSS
 *     tcp TcpCubic|TcpNewReno|TcpBbr BUFFER_BYTES
 *     flow START_S FROM TO BYTES            0 bytes: until the stop
 *     ring BYTES                            ring all-reduce over the hosts in order
 *     stop S
 *
 * linux: defaults of the transports. ns3: what that simulator does otherwise (54 bytes of headers,
 * no restart after idling, time-out of 1 s, NewReno counts acknowledgements). BUFFER_BYTES bounds
 * the window as it is; 0 leaves the transport's buffers. SETTING is a parameter of the transport in
 * base units. Every flow has a connection of its own. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/network/fluid.h"
#include "models/network/transport.h"
#include "sim/engine/arena.h"

enum { SITES_MOST = 64, HOSTS_MOST = 1024, WAN_MOST = 512, FLOWS_MOST = 512 };
enum { KIND_NETWORK, KIND_FLOW = KIND_NETWORK + ESS_FLUID_EVENT_KINDS, KIND_RING };
enum { CLASS_FLOW, CLASS_NETWORK };
#define BULK_BYTES 1e15
#define RING_USER 1000000

struct flow {
    int64_t start_ns, done_ns;
    uint32_t from, to;
    double bytes;
    uint64_t transfer;
};

struct world {
    struct ess_fluid *fluid; /* first, as its header asks */
    struct ess_engine engine;
    struct ess_arena arena;
    struct ess_topology topology;
    struct ess_topology_host hosts[HOSTS_MOST];
    struct ess_topology_wan_link wan[WAN_MOST];
    struct ess_link_traits *traits;
    int64_t wan_queue[WAN_MOST], up_queue, down_queue;
    double wan_loss[WAN_MOST];
    uint32_t host_count, case_hosts, site_count, wan_count;
    double access_bytes_per_s;
    int64_t access_delay_ns;
    char congestion[32];
    double buffer_bytes;
    struct flow flows[FLOWS_MOST];
    uint32_t flow_count;
    double ring_bytes;
    uint32_t steps[HOSTS_MOST], ring_done;
    int64_t ring_done_ns, stop_ns;
};

static void fail(const char *what, const char *found) {
    fprintf(stderr, "measure_netcase: %s: \"%s\"\n", what, found);
    exit(2);
}

static int64_t nanoseconds(double seconds) {
    return (int64_t)llround(1e9 * seconds);
}

/* ---- reading ----------------------------------------------------------------------------------
 */

static uint32_t numbers(const char *text, double *values, uint32_t most) {
    uint32_t count = 0;
    char *end;
    for (;; text = end) {
        double value = strtod(text, &end);
        if (end == text || count == most) {
            return count;
        }
        values[count++] = value;
    }
}

static void need(uint32_t count, uint32_t wanted, const char *line) {
    if (count < wanted) {
        fail("too few values", line);
    }
}

static void read_hosts(struct world *world, const double *values, uint32_t count) {
    world->site_count = count;
    for (uint32_t site = 0; site < count; site++) {
        for (uint32_t i = 0; i < (uint32_t)values[site] && world->host_count < HOSTS_MOST; i++) {
            world->hosts[world->host_count++].site = site;
        }
    }
    world->case_hosts = world->host_count;
}

static void read_wan(struct world *world, const double *values) {
    uint32_t index = world->wan_count++;
    if (index == WAN_MOST) {
        fail("too many lines", "wan");
    }
    world->wan[index] = (struct ess_topology_wan_link){(uint32_t)values[0], (uint32_t)values[1],
        values[2] / 8, values[2] / 8, nanoseconds(values[3])};
    world->wan_queue[index] = (int64_t)values[4];
    world->wan_loss[index] = values[5];
}

static void read_flow(struct world *world, const double *values) {
    struct flow *flow = &world->flows[world->flow_count++];
    if (world->flow_count > FLOWS_MOST) {
        fail("too many lines", "flow");
    }
    *flow = (struct flow){.start_ns = nanoseconds(values[0]),
        .done_ns = -1,
        .from = (uint32_t)values[1],
        .to = (uint32_t)values[2],
        .bytes = values[3]};
}

static void read_line(struct world *world, const char *line) {
    char word[32];
    double values[SITES_MOST];
    int at = 0;
    uint32_t count;
    if (sscanf(line, "%31s %n", word, &at) != 1 || word[0] == '#') {
        return;
    }
    if (strcmp(word, "tcp") == 0) {
        if (sscanf(line + at, "%31s %lf", world->congestion, &world->buffer_bytes) != 2) {
            fail("too few values", line);
        }
        return;
    }
    count = numbers(line + at, values, SITES_MOST);
    if (strcmp(word, "hosts") == 0) {
        read_hosts(world, values, count);
    } else if (strcmp(word, "access") == 0) {
        need(count, 4, line);
        world->access_bytes_per_s = values[0] / 8;
        world->access_delay_ns = nanoseconds(values[1]);
        world->up_queue = (int64_t)values[2];
        world->down_queue = (int64_t)values[3];
    } else if (strcmp(word, "wan") == 0) {
        need(count, 6, line);
        read_wan(world, values);
    } else if (strcmp(word, "flow") == 0) {
        need(count, 4, line);
        read_flow(world, values);
    } else if (strcmp(word, "ring") == 0) {
        need(count, 1, line);
        world->ring_bytes = values[0];
    } else if (strcmp(word, "stop") == 0) {
        need(count, 1, line);
        world->stop_ns = nanoseconds(values[0]);
    } else if (strcmp(word, "seed") != 0) {
        fail("no such word", line);
    }
}

static void read_case(struct world *world, const char *name) {
    char line[4096];
    FILE *in = fopen(name, "r");
    if (!in) {
        fail(strerror(errno), name);
    }
    while (fgets(line, sizeof line, in)) {
        read_line(world, line);
    }
    fclose(in);
}

/* ---- building ---------------------------------------------------------------------------------
 */

static void build_topology(struct world *world) {
    uint32_t access_links = 2 * world->host_count;
    for (uint32_t i = 0; i < world->host_count; i++) {
        world->hosts[i].up_bytes_per_s = world->hosts[i].down_bytes_per_s =
            world->access_bytes_per_s;
        world->hosts[i].delay_ns = world->access_delay_ns;
    }
    if (!ess_topology_init(&world->topology, &world->arena, world->hosts, world->host_count,
            world->site_count, world->wan, world->wan_count)) {
        fail("no memory", "routes");
    }
    world->traits =
        ess_arena_allocate(&world->arena, world->topology.link_count, sizeof *world->traits);
    for (uint32_t link = 0; link < world->topology.link_count; link++) {
        bool access = link < access_links;
        uint32_t wan = access ? 0 : (link - access_links) / 2;
        world->traits[link].queue_bytes = !access         ? world->wan_queue[wan]
                                          : link % 2 == 0 ? world->up_queue
                                                          : world->down_queue;
        world->traits[link].loss = access ? 0 : world->wan_loss[wan];
    }
}

static const struct ess_transport_type *find_transport(const char *congestion) {
    static const struct {
        const char *theirs, *ours;
    } names[] = {{"TcpCubic", "cubic"}, {"TcpNewReno", "reno"}, {"TcpBbr", "bbr"}};
    const char *name = congestion;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        name = strcmp(congestion, names[i].theirs) == 0 ? names[i].ours : name;
    }
    for (size_t i = 0; ess_transport_registry[i]; i++) {
        if (strcmp(ess_transport_registry[i]->name, name) == 0) {
            return ess_transport_registry[i];
        }
    }
    fail("no such congestion control", congestion);
    return NULL;
}

static void set(const struct ess_transport_type *type, struct ess_transport_settings *settings,
    const char *text) {
    const char *equals = strchr(text, '=');
    const struct ess_parameter *parameter = type->parameters;
    for (; equals && parameter && parameter->key; parameter++) {
        if (strlen(parameter->key) == (size_t)(equals - text) &&
            strncmp(parameter->key, text, (size_t)(equals - text)) == 0) {
            ess_parameter_set(parameter, strtod(equals + 1, NULL), settings);
            return;
        }
    }
    fail("no such setting", text);
}

static void take_settings(const struct world *world, const struct ess_transport_type *type,
    const char *profile, struct ess_transport_settings *settings) {
    ess_parameters_set_defaults(type->parameters, settings);
    if (strcmp(profile, "ns3") == 0) {
        settings->header_bytes = 54;
        settings->idle_restart = 0;
        settings->minimum_rto_ns = 1000000000;
        settings->timeouts = 1;
        settings->growth = strcmp(type->name, "reno") == 0 ? 1.5 : 2;
    } else if (strcmp(profile, "linux") != 0) {
        fail("no such profile", profile);
    }
    if (world->buffer_bytes > 0) {
        settings->send_buffer_bytes = settings->receive_buffer_bytes = (int64_t)world->buffer_bytes;
        settings->receive_share = 1;
    }
}

/* ---- running ----------------------------------------------------------------------------------
 */

static void send_chunk(struct world *world, uint32_t rank) {
    uint32_t next = (rank + 1) % world->case_hosts;
    double chunk = floor(world->ring_bytes / world->case_hosts);
    ess_fluid_begin(world->fluid, ess_fluid_connection(world->fluid, rank, next), chunk,
        world->engine.now_ns, RING_USER + next);
}

static void on_chunk(struct world *world, uint32_t rank) {
    if (++world->steps[rank] < 2 * (world->case_hosts - 1)) {
        send_chunk(world, rank);
    } else if (++world->ring_done == world->case_hosts) {
        world->ring_done_ns = world->engine.now_ns;
    }
}

static void on_finished(void *context, uint64_t user) {
    struct world *world = context;
    if (user >= RING_USER) {
        on_chunk(world, (uint32_t)(user - RING_USER));
    } else {
        world->flows[user].done_ns = world->engine.now_ns;
    }
}

static void on_flow(void *context, uint32_t index, uint64_t argument) {
    struct world *world = context;
    struct flow *flow = &world->flows[index];
    (void)argument;
    flow->transfer =
        ess_fluid_begin(world->fluid, ess_fluid_open(world->fluid, flow->from, flow->to),
            flow->bytes > 0 ? flow->bytes : BULK_BYTES, flow->start_ns, index);
}

static void on_ring(void *context, uint32_t rank, uint64_t argument) {
    (void)argument;
    send_chunk(context, rank);
}

static void run(struct world *world) {
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    ess_engine_register(&world->engine, KIND_FLOW, on_flow);
    ess_engine_register(&world->engine, KIND_RING, on_ring);
    for (uint32_t i = 0; i < world->flow_count; i++) {
        ess_engine_schedule(&world->engine, world->flows[i].start_ns, CLASS_FLOW, KIND_FLOW, i, 0);
    }
    for (uint32_t rank = 0; world->ring_bytes > 0 && rank < world->case_hosts; rank++) {
        ess_engine_schedule(&world->engine, 0, CLASS_FLOW, KIND_RING, rank, 0);
    }
    bounds.time_ns = world->stop_ns;
    ess_engine_run(&world->engine, &bounds);
}

static void print_results(struct world *world) {
    printf("{\"sim_s\":%.9f,\"events\":%" PRIu64, 1e-9 * (double)world->engine.now_ns,
        world->engine.events);
    if (world->ring_bytes > 0) {
        printf(
            ",\"ring_s\":%.9f", world->ring_done_ns > 0 ? 1e-9 * (double)world->ring_done_ns : -1);
    }
    printf(world->flow_count > 0 ? ",\"flows\":[" : "");
    for (uint32_t i = 0; i < world->flow_count; i++) {
        const struct flow *flow = &world->flows[i];
        bool done = flow->done_ns >= 0;
        int64_t end_ns = done ? flow->done_ns : world->stop_ns;
        double got = done ? flow->bytes : ess_fluid_delivered(world->fluid, flow->transfer);
        double seconds = 1e-9 * (double)(end_ns - flow->start_ns);
        printf("%s{\"start\":%g,\"src\":%" PRIu32 ",\"dst\":%" PRIu32
               ",\"bytes\":%.0f,\"fct_s\":%.9f,\"goodput_bps\":%.0f}",
            i > 0 ? "," : "", 1e-9 * (double)flow->start_ns, flow->from, flow->to, flow->bytes,
            done ? seconds : -1, 8 * got / seconds);
    }
    printf(world->flow_count > 0 ? "]}\n" : "}\n");
}

int main(int argc, char **argv) {
    static struct world world; /* too much for a stack */
    struct ess_transport_settings tcp;
    struct ess_fluid_settings settings = {.window_bytes = INFINITY,
        .tcp = &tcp,
        .event_kind = KIND_NETWORK,
        .event_class = CLASS_NETWORK,
        .finished = on_finished};
    if (argc < 3) {
        fprintf(stderr, "usage: measure_netcase linux|ns3 CASE.txt [SETTING=VALUE ...]\n");
        return 2;
    }
    world.stop_ns = nanoseconds(1e5);
    world.access_bytes_per_s = 125e6;
    world.access_delay_ns = 50000;
    world.up_queue = world.down_queue = ESS_LINK_QUEUE_UNSET;
    strcpy(world.congestion, "TcpCubic");
    read_case(&world, argv[2]);
    settings.transport = find_transport(world.congestion);
    take_settings(&world, settings.transport, argv[1], &tcp);
    for (int i = 3; i < argc; i++) {
        set(settings.transport, &tcp, argv[i]);
    }
    ess_arena_init(&world.arena, 0);
    ess_engine_init(&world.engine, &world.arena, &world, "measure_netcase", 1);
    build_topology(&world);
    settings.traits = world.traits;
    world.fluid = ess_fluid_new(&world.engine, &world.arena, &world.topology, &settings);
    run(&world);
    print_results(&world);
    ess_fluid_free(world.fluid);
    ess_arena_fini(&world.arena);
    return 0;
}
