/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers through fat trees and pipes: who shares what, to the closed form. */
#include "ess_test.h"
#include "models/network/fluid.h"
#include "sim/engine/arena.h"

#include <math.h>

#define MS INT64_C(1000000)

enum { HOSTS = 16, TRANSFERS = 8 };

struct rig {
    struct ess_fluid *fluid; /* first, as its header asks */
    struct ess_engine engine;
    struct ess_arena arena;
    struct ess_topology topology;
    double ended_s[TRANSFERS];
};

static void on_finished(void *world, uint64_t user) {
    struct rig *rig = world;
    rig->ended_s[user] = 1e-9 * (double)rig->engine.now_ns;
}

static void open_rig(struct rig *rig, const struct ess_topology_plan *plan) {
    struct ess_fluid_settings settings = {
        .window_bytes = 1e12, .event_class = 1, .finished = on_finished};
    *rig = (struct rig){.fluid = NULL};
    ess_arena_init(&rig->arena, 0);
    ess_engine_init(&rig->engine, &rig->arena, rig, "topology", 1);
    CU_ASSERT_FATAL(ess_topology_init_plan(&rig->topology, &rig->arena, plan));
    rig->fluid = ess_fluid_new(&rig->engine, &rig->arena, &rig->topology, &settings);
}

static void close_rig(struct rig *rig) {
    ess_fluid_free(rig->fluid);
    ess_arena_fini(&rig->arena);
}

/* Send 100 MB over each pair of hosts at once; the times are in rig->ended_s. Delays are so short
 * that they do not show. */
static void send_all(
    struct rig *rig, const struct ess_topology_plan *plan, const uint32_t (*pairs)[2], int count) {
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    open_rig(rig, plan);
    for (int i = 0; i < count; i++) {
        ess_fluid_begin(rig->fluid, ess_fluid_connection(rig->fluid, pairs[i][0], pairs[i][1]), 1e8,
            0, (uint64_t)i);
    }
    ess_engine_run(&rig->engine, &bounds);
}

static bool takes(const struct rig *rig, int transfer, double seconds) {
    bool ok = fabs(rig->ended_s[transfer] - seconds) < 1e-3;
    if (!ok) {
        ess_test_note(
            "transfer %d: %.6f s, expected %.6f", transfer, rig->ended_s[transfer], seconds);
    }
    return ok;
}

/* 16 hosts of 1 GB/s under 4 leaves with 2 tops, cables of 100 MB/s: a flow alone takes 1 s. */
static void cables_are_shared(void) {
    static const uint32_t same_plane[][2] = {{0, 4}, {1, 6}};
    static const uint32_t other_plane[][2] = {{0, 4}, {1, 7}};
    static const uint32_t down[][2] = {{0, 4}, {8, 6}, {12, 5}};
    static const uint32_t leaf[][2] = {{0, 1}, {2, 3}};
    struct ess_topology_host hosts[HOSTS];
    struct ess_topology_tree tree = {.host_count = HOSTS,
        .shape = {.levels = 2, .children = {4, 4}, .parents = {1, 2}},
        .rate_bytes_per_s = 1e8,
        .delay_ns = 1000};
    struct ess_topology_plan plan = {
        .hosts = hosts, .host_count = HOSTS, .site_count = 1, .trees = &tree, .tree_count = 1};
    struct rig rig;
    for (int i = 0; i < HOSTS; i++) {
        hosts[i] = (struct ess_topology_host){0, 1e9, 1e9, 1000};
    }
    send_all(&rig, &plan, same_plane, 2); /* 4 and 6 are even: both climb to top 0 */
    CU_ASSERT(takes(&rig, 0, 2) && takes(&rig, 1, 2));
    close_rig(&rig);
    send_all(&rig, &plan, other_plane, 2);
    CU_ASSERT(takes(&rig, 0, 1) && takes(&rig, 1, 1));
    close_rig(&rig);
    send_all(&rig, &plan, down, 3); /* two come down from top 0 to the leaf of 4 to 7 */
    CU_ASSERT(takes(&rig, 0, 2) && takes(&rig, 1, 2) && takes(&rig, 2, 1));
    CU_ASSERT_EQUAL(ess_fluid_wan_bytes(rig.fluid), 0);
    close_rig(&rig);
    send_all(&rig, &plan, leaf, 2); /* under one leaf no cable is used */
    CU_ASSERT(takes(&rig, 0, 0.1) && takes(&rig, 1, 0.1));
    close_rig(&rig);
}

/* Two hosts at each of two sites, 100 MB/s from one site to the other. */
static void caps_and_simultaneous_rates(void) {
    static const double caps[] = {0, 1e8, 1e8, 0};
    static const uint32_t two_senders[][2] = {{0, 2}, {1, 3}};
    static const uint32_t one_sender[][2] = {{0, 2}, {0, 3}};
    static const uint32_t one_receiver[][2] = {{0, 2}, {1, 2}};
    static const struct ess_topology_host hosts[] = {
        {0, 1e9, 1e9, 0}, {0, 1e9, 1e9, 0}, {1, 1e9, 1.5e8, 0}, {1, 1e9, 1.5e8, 0}};
    struct ess_topology_wan_link link = {0, 1, 1e8, 1e8, 1000};
    struct ess_topology_plan plan = {
        .hosts = hosts, .host_count = 4, .site_count = 2, .wan_links = &link, .wan_link_count = 1};
    struct rig rig;
    send_all(&rig, &plan, two_senders, 2); /* they share the pair's link */
    CU_ASSERT(takes(&rig, 0, 2) && takes(&rig, 1, 2));
    CU_ASSERT_EQUAL(ess_fluid_wan_bytes(rig.fluid), 2e8);
    close_rig(&rig);
    plan.caps_bytes_per_s = caps;
    link.forward_bytes_per_s = link.backward_bytes_per_s = ESS_TOPOLOGY_UNLIMITED_BYTES_PER_S;
    send_all(&rig, &plan, two_senders, 2); /* each has a pipe of its own */
    CU_ASSERT(takes(&rig, 0, 1) && takes(&rig, 1, 1));
    CU_ASSERT_EQUAL(ess_fluid_wan_bytes(rig.fluid), 2e8);
    close_rig(&rig);
    send_all(&rig, &plan, one_sender, 2); /* one pipe */
    CU_ASSERT(takes(&rig, 0, 2) && takes(&rig, 1, 2));
    close_rig(&rig);
    send_all(&rig, &plan, one_receiver, 2); /* two pipes, but 150 MB/s of access */
    CU_ASSERT(takes(&rig, 0, 4.0 / 3) && takes(&rig, 1, 4.0 / 3));
    close_rig(&rig);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"cables are shared by plane", cables_are_shared},
        {"caps of hosts and simultaneous rates", caps_and_simultaneous_rates},
        {NULL, NULL},
    };
    return ess_test_main("topology under the fluid network", tests);
}
