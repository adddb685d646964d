/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_PACKET_RIG_H
#define ESS_TEST_PACKET_RIG_H

/* A packet network and deeds done at given times. Hosts are given by the test; two sites joined by
 * one WAN link, or one site. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"
#include "models/packet/congestion.h"
#include "models/packet/packet.h"
#include "models/packet/profile.h"
#include "sim/engine/arena.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

enum { KIND_PACKET, KIND_DEED = KIND_PACKET + ESS_PACKET_EVENT_KINDS };
enum { USERS_MOST = 4096, HOSTS_MOST = 64 };

enum deed_kind { BEGIN, CANCEL, CUT, HEAL, BREAK, RATE };

struct deed {
    int64_t at_ns;
    enum deed_kind kind;
    uint32_t a, b, channel;
    double amount;    /* bytes, or bytes a second */
    int64_t extra_ns; /* RATE: of delay */
    uint64_t user;
};

struct rig {
    struct ess_packet *packet; /* first, as its header asks */
    struct ess_engine engine;
    struct ess_arena arena;
    struct ess_topology topology;
    struct ess_topology_host hosts[HOSTS_MOST];
    struct ess_topology_wan_link wan;
    struct ess_link_traits links[2 * HOSTS_MOST + 2];
    struct ess_packet_settings settings;
    struct deed deeds[USERS_MOST];
    uint32_t deed_count;
    uint64_t ids[USERS_MOST];
    int64_t ends[USERS_MOST]; /* 0: not yet */
    uint32_t end_count, twice;
};

static inline void on_finished(void *world, uint64_t user) {
    struct rig *rig = world;
    rig->twice += rig->ends[user] != 0;
    rig->ends[user] = rig->engine.now_ns;
    rig->end_count++;
}

static inline void on_deed(void *world, uint32_t index, uint64_t argument) {
    struct rig *rig = world;
    const struct deed *deed = &rig->deeds[index];
    (void)argument;
    switch (deed->kind) {
    case BEGIN:
        rig->ids[deed->user] = ess_packet_begin(rig->packet,
            ess_packet_connection(rig->packet, deed->a, deed->b, deed->channel), deed->amount,
            rig->engine.now_ns, deed->user);
        break;
    case CANCEL:
        ess_packet_cancel(rig->packet, rig->ids[deed->user]);
        break;
    case CUT:
    case HEAL:
        ess_packet_cut(rig->packet, deed->a, deed->kind == CUT);
        break;
    case BREAK:
        ess_packet_break(rig->packet, deed->a, deed->b);
        break;
    case RATE:
        ess_packet_set_link(rig->packet, deed->a, deed->amount, deed->extra_ns);
        break;
    }
}

/* `per_site` hosts at each of `sites` (1 or 2) sites; set rig->hosts, wan and links before
 * start(). Queues are wide, nothing is lost. */
static inline struct rig *open_rig(uint32_t sites, uint32_t per_site, double up, double down,
    int64_t access_ns, double wan, int64_t wan_ns) {
    struct rig *rig = calloc(1, sizeof *rig);
    CU_ASSERT_FATAL(rig != NULL && sites * per_site <= HOSTS_MOST);
    for (uint32_t i = 0; i < sites * per_site; i++) {
        rig->hosts[i] = (struct ess_topology_host){i / per_site, up, down, access_ns};
    }
    rig->wan = (struct ess_topology_wan_link){0, 1, wan, wan, wan_ns};
    for (uint32_t i = 0; i < 2 * sites * per_site + 2; i++) {
        rig->links[i] = (struct ess_link_traits){
            .queue_bytes = INT64_C(1) << 30, .mtu_bytes = ESS_LINK_MTU_BYTES};
    }
    ess_arena_init(&rig->arena, 0);
    ess_engine_init(&rig->engine, &rig->arena, rig, "test", 0);
    CU_ASSERT_FATAL(ess_topology_init(
        &rig->topology, &rig->arena, rig->hosts, sites * per_site, sites, &rig->wan, sites - 1));
    rig->settings = (struct ess_packet_settings){
        .traits = rig->links, .event_kind = KIND_PACKET, .event_class = 1, .finished = on_finished};
    ess_engine_register(&rig->engine, KIND_DEED, on_deed);
    return rig;
}

static inline void start(struct rig *rig, const char *profile, const char *law) {
    rig->settings.profile = ess_profile_find(profile);
    rig->settings.congestion = ess_congestion_find(law);
    CU_ASSERT_FATAL(rig->settings.profile && rig->settings.congestion);
    rig->packet = ess_packet_new(&rig->engine, &rig->arena, &rig->topology, &rig->settings);
}

static inline void close_rig(struct rig *rig) {
    ess_arena_fini(&rig->arena);
    free(rig);
}

static inline void add(struct rig *rig, struct deed deed) {
    CU_ASSERT_FATAL(rig->deed_count < USERS_MOST);
    rig->deeds[rig->deed_count] = deed;
    ess_engine_schedule(&rig->engine, deed.at_ns, 0, KIND_DEED, rig->deed_count++, 0);
}

static inline void begin(
    struct rig *rig, int64_t at_ns, uint32_t a, uint32_t b, double bytes, uint64_t user) {
    add(rig, (struct deed){
                 .at_ns = at_ns, .kind = BEGIN, .a = a, .b = b, .amount = bytes, .user = user});
}

static inline enum ess_engine_end run_until(struct rig *rig, int64_t time_ns) {
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    bounds.time_ns = time_ns;
    return ess_engine_run(&rig->engine, &bounds);
}

static inline void run(struct rig *rig) {
    CU_ASSERT_EQUAL(run_until(rig, INT64_MAX), ESS_ENGINE_EMPTY);
}

/* Every packet is delivered, dropped, lost or still under way; no queue is longer than its limit.
 */
static inline bool is_conserved(struct rig *rig) {
    struct ess_packet_counts counts = ess_packet_count(rig->packet);
    bool good = counts.sent == counts.delivered + counts.dropped + counts.lost + counts.under_way;
    for (uint32_t link = 0; link < rig->topology.link_count; link++) {
        uint64_t limit, waiting = ess_packet_queue_bytes(rig->packet, link, &limit);
        good &= waiting <= limit;
    }
    return good;
}

static inline double delivered(struct rig *rig, uint32_t a, uint32_t b, uint32_t channel) {
    return (double)ess_packet_delivered_bytes(
        rig->packet, ess_packet_connection(rig->packet, a, b, channel));
}

#endif
