/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_FLUID_RIG_H
#define ESS_TEST_FLUID_RIG_H

/* Six hosts at three sites, a fluid network between them, and deeds done at given times. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"
#include "models/network/fluid.h"
#include "sim/engine/arena.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

enum { CLASS_EARLY, CLASS_FLUID, CLASS_SETTLE, CLASS_LATE };
enum { KIND_FLUID, KIND_DEED = KIND_FLUID + ESS_FLUID_EVENT_KINDS };
enum { ENDS_MOST = 4096, DEEDS_MOST = 8192 };

enum deed_kind { BEGIN, CANCEL, CUT, HEAL, BREAK };

/* Something the test does at a time. BEGIN: a, b, bytes, user; CANCEL: user; CUT, HEAL: link a. */
struct deed {
    int64_t at_ns;
    uint8_t class;
    enum deed_kind kind;
    uint32_t a, b;
    double bytes;
    uint64_t user;
};

struct end {
    uint64_t user;
    int64_t at_ns;
};

struct rig {
    struct ess_fluid *fluid; /* first, as its header asks */
    struct ess_engine engine;
    struct ess_arena arena;
    struct ess_topology topology;
    struct deed deeds[DEEDS_MOST];
    uint32_t deed_count;
    uint64_t transfers[DEEDS_MOST]; /* by user */
    struct end ends[ENDS_MOST];
    uint32_t end_count;
    uint64_t on_end, then_cancel; /* when user on_end ends, cancel then_cancel; 0: nothing */
};

/* Site 0: hosts 0, 1, 2; site 1: 3, 4; site 2: 5. WAN 0: 0 - 1, WAN 1: 1 - 2. One way takes 20 ms
 * within a site, 120 ms over one WAN link and 170 ms over two. */
static const struct ess_topology_host hosts[] = {{0, 12.5e6, 50e6, 10 * MS},
    {0, 12.5e6, 50e6, 10 * MS}, {0, 25e6, 10e6, 10 * MS}, {1, 12.5e6, 50e6, 10 * MS},
    {1, 12.5e6, 50e6, 10 * MS}, {2, 12.5e6, 50e6, 10 * MS}};
static const struct ess_topology_wan_link wan[] = {
    {0, 1, 5e6, 4e6, 100 * MS}, {1, 2, 8e6, 2e6, 50 * MS}};
enum { HOSTS = sizeof hosts / sizeof *hosts, WAN_LINKS = sizeof wan / sizeof *wan };

static inline void finished(void *world, uint64_t user) {
    struct rig *rig = world;
    if (user == 0) {
        return; /* a handshake, see warm() */
    }
    CU_ASSERT_FATAL(rig->end_count < ENDS_MOST);
    rig->ends[rig->end_count++] = (struct end){user, rig->engine.now_ns};
    if (rig->on_end && rig->on_end == user) {
        ess_fluid_cancel(rig->fluid, rig->transfers[rig->then_cancel]);
    }
}

static inline void on_deed(void *world, uint32_t index, uint64_t argument) {
    struct rig *rig = world;
    const struct deed *deed = &rig->deeds[index];
    (void)argument;
    switch (deed->kind) {
    case BEGIN:
        rig->transfers[deed->user] =
            ess_fluid_begin(rig->fluid, ess_fluid_connection(rig->fluid, deed->a, deed->b),
                deed->bytes, rig->engine.now_ns, deed->user);
        CU_ASSERT_NOT_EQUAL(rig->transfers[deed->user], 0);
        break;
    case CANCEL:
        ess_fluid_cancel(rig->fluid, rig->transfers[deed->user]);
        break;
    case CUT:
    case HEAL:
        ess_fluid_cut(rig->fluid, deed->a, deed->kind == CUT);
        break;
    case BREAK:
        ess_fluid_break(rig->fluid, deed->a, deed->b);
        break;
    }
}

/* With the kinds, class and callback of the rig set in `settings`; the rest is the caller's. */
static inline struct rig *open_rig_with(struct ess_fluid_settings settings) {
    struct rig *rig = calloc(1, sizeof *rig);
    settings.event_kind = KIND_FLUID;
    settings.event_class = CLASS_FLUID;
    settings.finished = finished;
    CU_ASSERT_FATAL(rig != NULL);
    ess_arena_init(&rig->arena, 0);
    ess_engine_init(&rig->engine, &rig->arena, rig, "test", 0);
    CU_ASSERT_FATAL(
        ess_topology_init(&rig->topology, &rig->arena, hosts, HOSTS, 3, wan, WAN_LINKS));
    rig->fluid = ess_fluid_new(&rig->engine, &rig->arena, &rig->topology, &settings);
    ess_engine_register(&rig->engine, KIND_DEED, on_deed);
    return rig;
}

static inline struct rig *open_rig(double window_bytes) {
    return open_rig_with((struct ess_fluid_settings){.window_bytes = window_bytes});
}

static inline void close_rig(struct rig *rig) {
    ess_fluid_free(rig->fluid);
    ess_arena_fini(&rig->arena);
    free(rig);
}

static inline void add(struct rig *rig, struct deed deed) {
    CU_ASSERT_FATAL(rig->deed_count < DEEDS_MOST);
    rig->deeds[rig->deed_count] = deed;
    ess_engine_schedule(
        &rig->engine, deed.at_ns, deed.class, KIND_DEED, rig->deed_count++, deed.user);
}

static inline void begin(
    struct rig *rig, int64_t at_ns, uint32_t a, uint32_t b, double bytes, uint64_t user) {
    add(rig, (struct deed){at_ns, CLASS_LATE, BEGIN, a, b, bytes, user});
}

static inline void cancel(struct rig *rig, int64_t at_ns, uint8_t class, uint64_t user) {
    add(rig, (struct deed){.at_ns = at_ns, .class = class, .kind = CANCEL, .user = user});
}

static inline void cut(struct rig *rig, int64_t at_ns, uint32_t link, bool is_cut) {
    add(rig, (struct deed){.at_ns = at_ns, .kind = is_cut ? CUT : HEAL, .a = link});
}

/* A handshake long ago, so that transfers from one second on find a warm connection. */
static inline void warm(struct rig *rig, uint32_t a, uint32_t b) {
    begin(rig, 0, a, b, 0, 0);
}

static inline void run(struct rig *rig) {
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    CU_ASSERT_EQUAL(ess_engine_run(&rig->engine, &bounds), ESS_ENGINE_EMPTY);
}

/* When `user` ended, or -1; a second end of it fails. */
static inline int64_t end_of(const struct rig *rig, uint64_t user) {
    int64_t at_ns = -1;
    for (uint32_t i = 0; i < rig->end_count; i++) {
        if (rig->ends[i].user == user) {
            CU_ASSERT_EQUAL(at_ns, -1);
            at_ns = rig->ends[i].at_ns;
        }
    }
    return at_ns;
}

/* A completion is at most 1 ns late (sharing.h); a change of rates may add one. */
static inline bool ends_at(const struct rig *rig, uint64_t user, double expected_s) {
    int64_t at_ns = end_of(rig, user);
    bool good = at_ns >= 0 && fabs((double)at_ns - 1e9 * expected_s) <= 2;
    if (!good) {
        ess_test_note("user %llu ended at %.9f s, expected %.9f s", (unsigned long long)user,
            1e-9 * (double)at_ns, expected_s);
    }
    return good;
}

#endif
