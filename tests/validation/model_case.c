/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays a case with a network model of ours, through the same table of functions as a world does.
 *
 *     model_case fluid|packet linux|ns3|ideal CASE [RUN] [SETTING=VALUE ...]
 *
 * The line it prints is that of the other drivers (outcome.h), with its processor seconds.
 *
 * RUN picks the jitter of the case (case_families.h; 0: none). A SETTING is one of the fluid
 * model's transport, in base units. The socket buffer of the case bounds the window as it is.
 *
 * linux: defaults of transport or profile. ns3: what that simulator does otherwise, with the least
 * time-out that its driver sets; of the fluid model that is 54 bytes of headers, no restart after
 * idling, time-outs of 1 s (what its rings wait for with 200 ms too, doubled by repeated losses),
 * and a NewReno that counts acknowledgements. ideal: the fluid model's transport of that name, with
 * a window of the case's socket buffer, else of 4 MiB as in scenarios.
 *
 * Simplification: a connection of an all-reduce that is opened long before its first message is
 * opened by a transfer of no bytes, which the packet model sends as one byte. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/validation/case_families.h"
#include "analysis/validation/case_log.h"
#include "analysis/validation/case_play.h"
#include "models/network/network.h"
#include "models/network/transport.h"
#include "models/packet/congestion.h"
#include "models/packet/profile.h"
#include "sim/engine/arena.h"

enum { KIND_NETWORK, KIND_OPEN = KIND_NETWORK + ESS_NETWORK_EVENT_KINDS, KIND_MESSAGE };
enum { CLASS_TRAFFIC, CLASS_NETWORK };
enum { LINKS_MAX = 2 * ESS_CASE_HOSTS_MAX + 2 * ESS_CASE_WANS_MAX };
#define ENDLESS_BYTES 1e15
#define IDEAL_WINDOW_BYTES 4194304
#define MINIMUM_TIMEOUT_NS 200000000 /* what the ns-3 driver sets too, as Linux has it */
#define OPENING UINT64_MAX           /* `user` of a transfer that only opens its connection */

struct run {
    struct ess_network network; /* first: the network's handlers find it here */
    struct ess_engine engine;
    struct ess_arena arena;
    struct ess_topology topology;
    struct ess_topology_host hosts[ESS_CASE_HOSTS_MAX];
    struct ess_topology_wan_link wans[ESS_CASE_WANS_MAX];
    struct ess_link_traits traits[LINKS_MAX];
    double buffers[ESS_CASE_HOSTS_MAX];
    struct ess_case the_case;
    struct ess_case_play play;
    struct ess_case_log log;
    uint32_t *connections; /* [connection of the play] */
    uint64_t *transfers;   /* [message]: id, 0: not begun */
    /* [message]: the first message that waits for it, and the next that waits for the same as it;
     * message_count: none. */
    uint32_t *first_follower, *next_follower;
};

_Noreturn static void fail(const char *what, const char *found) {
    fprintf(stderr, "model_case: %s: \"%s\"\n", what, found);
    exit(2);
}

/* ---- building ---------------------------------------------------------------------------------
 */

static struct ess_link_traits link_of(uint64_t queue_bytes, double loss) {
    return (struct ess_link_traits){
        .queue_bytes = (int64_t)queue_bytes, .loss = loss, .mtu_bytes = ESS_LINK_MTU_BYTES};
}

static void build_topology(struct run *run) {
    const struct ess_case *c = &run->the_case;
    struct ess_topology_plan plan = {.hosts = run->hosts,
        .host_count = c->host_count,
        .site_count = c->site_count,
        .wan_links = run->wans,
        .wan_link_count = c->wan_count,
        .routes = ESS_ROUTES_DIRECT};
    for (uint32_t h = 0; h < c->host_count; h++) {
        double rate = (double)c->access_bits_per_s / 8;
        run->hosts[h] =
            (struct ess_topology_host){ess_case_site_of(c, h), rate, rate, c->access_delay_ns};
        run->traits[2 * h] = link_of(c->up_queue_bytes, 0);
        run->traits[2 * h + 1] = link_of(c->down_queue_bytes, 0);
    }
    for (uint32_t w = 0; w < c->wan_count; w++) {
        const struct ess_case_wan *wan = &c->wans[w];
        struct ess_link_traits *both = &run->traits[2 * (c->host_count + w)];
        double rate = (double)wan->rate_bits_per_s / 8;
        run->wans[w] =
            (struct ess_topology_wan_link){wan->site[0], wan->site[1], rate, rate, wan->delay_ns};
        both[0] = both[1] = link_of(wan->queue_bytes, 1e-9 * wan->loss_ppb);
    }
    if (!ess_topology_init_plan(&run->topology, &run->arena, &plan)) {
        fail("no sound topology", "wan");
    }
}

static const char *congestion_of(const struct ess_case *c) {
    static const char *const names[] = {
        [ESS_CASE_CUBIC] = "cubic", [ESS_CASE_NEWRENO] = "reno", [ESS_CASE_BBR] = "bbr"};
    return names[c->congestion];
}

static const struct ess_network_type *find_model(const char *name) {
    size_t i = 0;
    while (ess_network_registry[i] && strcmp(ess_network_registry[i]->name, name) != 0) {
        i++;
    }
    return ess_network_registry[i] ? ess_network_registry[i] : (fail("no such model", name), NULL);
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

/* What stands for TCP in the run; an ideal transport has no settings. */
static void take_transport(const struct run *run, const char *profile, bool packets,
    struct ess_network_settings *settings) {
    double buffer = (double)run->the_case.buffer_bytes;
    settings->window_bytes = packets ? buffer : 0;
    settings->transport = ess_transport_find(congestion_of(&run->the_case));
    settings->congestion = ess_congestion_find(congestion_of(&run->the_case));
    if (strcmp(profile, "ideal") == 0) {
        settings->transport = &ess_transport_ideal;
        settings->window_bytes = buffer > 0 ? buffer : IDEAL_WINDOW_BYTES;
    }
}

static void take_settings(const struct ess_case *c, const struct ess_transport_type *type, bool ns3,
    struct ess_transport_settings *settings) {
    if (!type->parameters) {
        return;
    }
    ess_parameters_set_defaults(type->parameters, settings);
    if (ns3) {
        settings->header_bytes = 54;
        settings->idle_restart = 0;
        settings->minimum_rto_ns = 1000000000;
        settings->timeouts = 1;
        settings->growth = c->congestion == ESS_CASE_NEWRENO ? 1.5 : 2;
    }
    if (c->buffer_bytes > 0) {
        settings->send_buffer_bytes = settings->receive_buffer_bytes = (int64_t)c->buffer_bytes;
        settings->receive_share = 1;
    }
}

/* ---- playing ----------------------------------------------------------------------------------
 */

static void begin(struct run *run, uint32_t index) {
    const struct ess_case_message *message = &run->play.messages[index];
    run->log.begun_ns[index] = run->engine.now_ns;
    run->transfers[index] = ess_network_begin(&run->network, run->connections[message->connection],
        message->bytes > 0 ? (double)message->bytes : ENDLESS_BYTES, run->engine.now_ns, index);
}

static void on_message(void *context, uint32_t index, uint64_t argument) {
    (void)argument;
    begin(context, index);
}

/* The connection's first message begins now, or it is opened for one that comes later. */
static void on_open(void *context, uint32_t index, uint64_t argument) {
    struct run *run = context;
    const struct ess_case_connection *connection = &run->play.connections[index];
    (void)argument;
    run->connections[index] = ess_network_open(&run->network, connection->from, connection->to);
    if (run->play.messages[connection->first_message].after == ESS_CASE_NO_MESSAGE) {
        begin(run, connection->first_message);
    } else {
        ess_network_begin(&run->network, run->connections[index], 0, run->engine.now_ns, OPENING);
    }
}

static void on_finished(void *context, uint64_t user) {
    struct run *run = context;
    const struct ess_case_message *messages = run->play.messages;
    if (user == OPENING) {
        return;
    }
    ess_case_log_receive(&run->log, (uint32_t)user, run->engine.now_ns);
    if (messages[user].measured) {
        run->log.got_bytes[messages[user].connection] += messages[user].bytes;
    }
    for (uint32_t m = run->first_follower[user]; m < run->play.message_count;
         m = run->next_follower[m]) {
        ess_engine_schedule(&run->engine, run->engine.now_ns + messages[m].gap_ns, CLASS_TRAFFIC,
            KIND_MESSAGE, m, 0);
    }
    if (ess_case_log_finished(&run->log)) {
        ess_engine_stop(&run->engine);
    }
}

static void play(struct run *run) {
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    ess_engine_register(&run->engine, KIND_OPEN, on_open);
    ess_engine_register(&run->engine, KIND_MESSAGE, on_message);
    for (uint32_t i = 0; i < run->play.connection_count; i++) {
        ess_engine_schedule(
            &run->engine, run->play.connections[i].open_ns, CLASS_TRAFFIC, KIND_OPEN, i, 0);
    }
    bounds.time_ns = run->the_case.stop_ns;
    ess_engine_run(&run->engine, &bounds);
    for (uint32_t m = 0; m < run->play.message_count; m++) {
        if (run->play.messages[m].measured && run->log.received_ns[m] < 0 && run->transfers[m]) {
            run->log.got_bytes[run->play.messages[m].connection] +=
                (uint64_t)ess_network_delivered(&run->network, run->transfers[m]);
        }
    }
}

static double cpu_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* In the order of the messages, which is that of equal instants. */
static void list_followers(struct run *run) {
    uint32_t count = run->play.message_count;
    run->first_follower = ess_arena_allocate(&run->arena, count + 1, sizeof *run->first_follower);
    run->next_follower = ess_arena_allocate(&run->arena, count + 1, sizeof *run->next_follower);
    for (uint32_t m = 0; m < count; m++) {
        run->first_follower[m] = run->next_follower[m] = count;
    }
    for (uint32_t m = count; m-- > 0;) {
        if (run->play.messages[m].after != ESS_CASE_NO_MESSAGE) {
            run->next_follower[m] = run->first_follower[run->play.messages[m].after];
            run->first_follower[run->play.messages[m].after] = m;
        }
    }
}

static bool is_profile(const char *name) {
    return strcmp(name, "linux") == 0 || strcmp(name, "ns3") == 0 || strcmp(name, "ideal") == 0;
}

static void prepare(struct run *run, const char *path, const char *number) {
    struct ess_case_error error;
    if (ess_case_read(path, &run->the_case, &error) != 0) {
        fprintf(stderr, "model_case: %s:%u: found %s, expected %s\n", path, error.line, error.found,
            error.expected);
        exit(2);
    }
    ess_case_jitter(&run->the_case, (uint32_t)strtoul(number, NULL, 10));
    if (ess_case_play_init(&run->play, &run->the_case) != 0 ||
        ess_case_log_init(&run->log, &run->the_case, &run->play) != 0) {
        fail("no memory", path);
    }
    ess_arena_init(&run->arena, 0);
    ess_engine_init(&run->engine, &run->arena, run, "model_case", run->the_case.seed);
    run->connections =
        ess_arena_allocate(&run->arena, run->play.connection_count + 1, sizeof *run->connections);
    run->transfers =
        ess_arena_allocate(&run->arena, run->play.message_count + 1, sizeof *run->transfers);
    list_followers(run);
    build_topology(run);
}

int main(int argc, char **argv) {
    static struct run run; /* too much for a stack */
    struct ess_transport_settings tcp;
    struct ess_profile_type profile;
    struct ess_network_settings settings = {.tcp = &tcp,
        .traits = run.traits,
        .send_buffer_bytes = run.buffers,
        .receive_buffer_bytes = run.buffers,
        .event_kind = KIND_NETWORK,
        .event_class = CLASS_NETWORK,
        .finished = on_finished};
    bool numbered = argc > 4 && !strchr(argv[4], '=');
    double begun_s = cpu_s(), spent_s;
    if (argc < 4 || !is_profile(argv[2])) {
        fprintf(stderr,
            "usage: model_case fluid|packet linux|ns3|ideal CASE [RUN] [SETTING=VALUE ...]\n");
        return 2;
    }
    prepare(&run, argv[3], numbered ? argv[4] : "0");
    run.network.type = find_model(argv[1]);
    take_transport(&run, argv[2], run.network.type->has_packets, &settings);
    profile = *ess_profile_find(strcmp(argv[2], "ns3") == 0 ? "ns3" : "linux");
    profile.timeout_min_ns = MINIMUM_TIMEOUT_NS;
    settings.profile = &profile;
    settings.seed = run.the_case.seed;
    take_settings(&run.the_case, settings.transport, strcmp(argv[2], "ns3") == 0, &tcp);
    for (int i = numbered ? 5 : 4; i < argc; i++) {
        set(settings.transport, &tcp, argv[i]);
    }
    for (uint32_t h = 0; h < run.the_case.host_count; h++) {
        run.buffers[h] = (double)tcp.send_buffer_bytes;
    }
    run.network.state = run.network.type->open(&run.engine, &run.arena, &run.topology, &settings);
    play(&run);
    spent_s = cpu_s() - begun_s;
    printf("{\"tool\":\"essaim %s\",\"version\":\"%s\",\"simulated_s\":%.9f,\"events\":%" PRIu64
           ",\"cpu_s\":%.3f,\"value\":%.6f,",
        argv[1], argv[2], 1e-9 * (double)run.engine.now_ns, run.engine.events, spent_s, spent_s);
    ess_case_log_print(&run.log, run.engine.now_ns, stdout);
    puts("}");
    run.network.type->close(run.network.state);
    ess_case_log_fini(&run.log);
    ess_case_play_fini(&run.play);
    ess_arena_fini(&run.arena);
    return 0;
}
