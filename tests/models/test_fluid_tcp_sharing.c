/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP connections that meet in the fluid network: bias, queues, data both ways, bursts; and random
 * lives of all transports. */
#include "fluid_tcp_rig.h"

#include "base/random.h"

/* To host 2, whose down link of 10 MB/s is full: from host 0 (40 ms) and from host 3 (240 ms).
 * Weights 256 / 1024 and 43 / 1024 (42.67 rounded). Each starts anew what it has not got. */
static void short_round_trips_get_more(void) {
    double near_share = 256.0 / (256 + 43), far_share = 43.0 / (256 + 43);
    struct rig *rig;
    reset_tcp();
    tcp.slow_start = 0;
    rig = open_tcp();
    warm(rig, 0, 2);
    warm(rig, 3, 2);
    begin(rig, SECOND + 100 * MS, 0, 2, 10e6 * SHARE * near_share, 1); /* ends after a second */
    begin(rig, SECOND, 3, 2, 10e6 * SHARE * far_share, 2);
    run(rig);
    CU_ASSERT(ends_near(rig, 1, 2.12));
    CU_ASSERT(ends_near(rig, 2, 2.12));
    close_rig(rig);
}

/* Weighted, a transfer of four connections counts as four; all have four here, so that a link is
 * still shared in equal parts. */
static void equal_ones_get_equal_parts(void) {
    struct rig *rig;
    reset_tcp();
    tcp.slow_start = 0;
    tcp.connections = 4;
    rig = open_tcp();
    begin(rig, 0, 0, 2, 5e6 * SHARE, 1);
    begin(rig, 0, 1, 2, 5e6 * SHARE, 2);
    run(rig);
    CU_ASSERT(ends_near(rig, 1, 1.06));
    CU_ASSERT(ends_near(rig, 2, 1.06));
    close_rig(rig);
}

/* WAN 0 forward: 5 MB/s, 120 ms. Its queue of 1.2 MB stands at six tenths: 144 ms, which a message
 * and the first byte of others wait, handshakes too. */
static void queues_stand(void) {
    struct rig *rig;
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    reset_tcp();
    tcp.slow_start = 0;
    traits[WAN_0].queue_bytes = 1200000;
    rig = open_tcp();
    begin(rig, 0, 0, 3, 50e6, 1);
    begin(rig, 4 * SECOND, 1, 3, 0, 2);
    bounds.time_ns = 5 * SECOND;
    ess_engine_run(&rig->engine, &bounds);
    CU_ASSERT_EQUAL(end_of(rig, 2), 4 * SECOND + (3 * 120 + 2 * 144) * MS);
    CU_ASSERT_EQUAL(
        ess_fluid_message_ns(rig->fluid, ess_fluid_connection(rig->fluid, 1, 3), 0), 264 * MS);
    CU_ASSERT_EQUAL(
        ess_fluid_message_ns(rig->fluid, ess_fluid_connection(rig->fluid, 3, 1), 0), 120 * MS);
    run(rig);
    CU_ASSERT_EQUAL(
        ess_fluid_message_ns(rig->fluid, ess_fluid_connection(rig->fluid, 1, 3), 0), 120 * MS);
    close_rig(rig);
}

/* Queues of one rate times round trip: with data both ways each direction of WAN 0 carries 0.7 of
 * its rate, also where it was cut and healed in between. */
static void data_both_ways(void) {
    for (int with_cut = 0; with_cut <= 1; with_cut++) {
        double forward = 0.7 * 5e6 * SHARE, backward = 0.7 * 4e6 * SHARE;
        struct rig *rig;
        reset_tcp();
        tcp.slow_start = 0;
        traits[WAN_0].queue_bytes = 1200000;
        traits[WAN_0 + 1].queue_bytes = 960000;
        rig = open_tcp();
        begin(rig, 0, 0, 3, forward, 1);
        begin(rig, 0, 4, 1, backward + 4e6 * SHARE, 2);
        if (with_cut) {
            cut(rig, 500 * MS, WAN_0, true);
            cut(rig, 500 * MS, WAN_0 + 1, true);
            cut(rig, 700 * MS, WAN_0, false);
            cut(rig, 700 * MS, WAN_0 + 1, false);
        }
        run(rig);
        CU_ASSERT(ends_near(rig, 1, 1.36 + 0.2 * with_cut));
        CU_ASSERT(ends_near(rig, 2, 2.36 + 0.2 * with_cut));
        close_rig(rig);
    }
}

/* A queue of 100 kB at WAN 0 (5 MB/s after 12.5 MB/s) takes a burst of 100 / (1 - 0.4) kB. A warm
 * connection starts with 0.65 of that in payload, 104,578 bytes, less than the 1.2 MB of its way. A
 * paced one does not. */
static void bursts_overflow_short_queues(void) {
    double window = 0.65 * SHARE * 1e5 / 0.6, link = 5e6 * SHARE, round_s = 0.24 + 3000 / 5e6;
    for (int paced = 0; paced <= 1; paced++) {
        struct rig *rig;
        reset_tcp();
        tcp.slow_start = 0;
        tcp.burst_share = paced ? 0 : tcp.burst_share;
        traits[WAN_0].queue_bytes = 100000;
        rig = open_tcp();
        begin(rig, 0, 0, 3, 1e4, 1);
        begin(rig, SECOND, 0, 3, 3 * window, 2); /* two round trips, then the rest at once */
        run(rig);
        CU_ASSERT(ends_near(
            rig, 2, paced ? 1.12 + 3 * window / link : 1.12 + 2 * round_s + window / link));
        close_rig(rig);
    }
}

/* A cancelled transfer leaves its window to the next, and a cut only holds it up. */
static void cancelled_and_cut(void) {
    struct rig *rig;
    reset_tcp();
    rig = open_tcp();
    begin(rig, 0, 0, 1, 1e6, 1);
    cancel(rig, 150 * MS, CLASS_LATE, 1);
    begin(rig, 200 * MS, 0, 1, 1e4, 2);
    begin(rig, SECOND, 3, 4, 1e7, 3);
    cut(rig, SECOND + 500 * MS, 6, true);
    cut(rig, SECOND + 900 * MS, 6, false);
    run(rig);
    CU_ASSERT_EQUAL(end_of(rig, 1), -1);
    CU_ASSERT(ends_near(rig, 2, 0.22 + 1e4 / (12.5e6 * SHARE)));
    CU_ASSERT(ends_near(rig, 3, 1.46 + 6 * ROUND_S + (1e7 - 912240) / (12.5e6 * SHARE)));
    close_rig(rig);
}

/* A connection that was in use has its window: 64 KiB, not ten segments. */
static void a_warm_start(void) {
    double window = 65536;
    struct rig *rig;
    reset_tcp();
    tcp.send_buffer_bytes = (int64_t)window;
    rig = open_tcp();
    ess_fluid_warm(rig->fluid, ess_fluid_connection(rig->fluid, 0, 1));
    begin(rig, 0, 0, 1, 3 * window, 1);
    run(rig);
    CU_ASSERT(ends_near(rig, 1, 0.02 + 2 * ROUND_S + window / (12.5e6 * SHARE)));
    close_rig(rig);
}

/* The delay of the link to host 1 grows by 20 ms each way while 64 KiB windows go there: round
 * trips are 80 ms from the look that the change makes. */
static void delays_change(void) {
    double window = 65536;
    struct rig *rig;
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    reset_tcp();
    tcp.slow_start = 0;
    tcp.send_buffer_bytes = (int64_t)window;
    rig = open_tcp();
    begin(rig, 0, 0, 1, 21 * window, 1);
    begin(rig, 10 * SECOND, 0, 1, 3 * window, 2);
    bounds.time_ns = 60 * MS + (int64_t)(1e9 * 10 * ROUND_S);
    ess_engine_run(&rig->engine, &bounds);
    ess_fluid_set_link(rig->fluid, 3, 50e6, 20 * MS);
    ess_fluid_set_link(rig->fluid, 2, 12.5e6, 20 * MS);
    run(rig);
    CU_ASSERT(
        ends_near(rig, 1, 0.06 + 10 * ROUND_S + 10 * (ROUND_S + 0.04) + window / (12.5e6 * SHARE)));
    CU_ASSERT(ends_near(rig, 2, 10.04 + 2 * (ROUND_S + 0.04) + window / (12.5e6 * SHARE)));
    close_rig(rig);
}

/* ---- random lives -----------------------------------------------------------------------------
 */

static uint64_t below(struct ess_random *random, uint64_t limit) {
    return ess_random_below(random, limit);
}

static void plan_life(struct rig *rig, struct ess_random *random, double *bytes, uint32_t count) {
    for (uint32_t user = 1; user <= count; user++) {
        uint32_t a = (uint32_t)below(random, HOSTS), b = (uint32_t)below(random, HOSTS - 1);
        int64_t at_ns = (int64_t)below(random, 20) * SECOND / 4 + (int64_t)below(random, 3);
        bytes[user] = (double)(1 + below(random, 1000)) * (double)below(random, 3000);
        b += b >= a;
        begin(rig, at_ns, a, b, bytes[user], user);
        if (below(random, 8) == 0) {
            cancel(rig, at_ns + (int64_t)below(random, 2000) * MS, CLASS_LATE, user);
            bytes[user] = -1;
        }
        if (below(random, 16) == 0) {
            uint32_t link = (uint32_t)below(random, LINKS);
            cut(rig, at_ns, link, true);
            cut(rig, at_ns + (int64_t)below(random, 500) * MS, link, false);
        }
        if (below(random, 16) == 0) {
            add(rig, (struct deed){.at_ns = at_ns, .kind = BREAK, .a = a, .b = b});
        }
    }
}

/* All that is not cancelled ends, none before its bytes could have come; a second run of the same
 * life is the same to the nanosecond. */
static void random_lives(void) {
    uint32_t ends = 0, lives = 0;
    for (size_t kind = 0; ess_transport_registry[kind]; kind++) {
        for (uint64_t seed = 1; seed <= 12 && ess_transport_registry[kind]->parameters; seed++) {
            double bytes[201];
            struct rig *first = NULL;
            for (int again = 0; again <= 1; again++) {
                struct ess_random random;
                struct rig *rig;
                ess_random_init(&random, seed, 0, "TCP lives");
                reset_tcp();
                ess_parameters_set_defaults(ess_transport_registry[kind]->parameters, &tcp);
                tcp.connections = 1 + (int64_t)below(&random, 3);
                for (uint32_t link = 0; link < LINKS; link++) {
                    traits[link].loss = below(&random, 2) ? 0 : 0.001;
                    traits[link].queue_bytes = below(&random, 2)
                                                   ? ESS_LINK_QUEUE_UNSET
                                                   : 1 + (int64_t)below(&random, 1 << 20);
                }
                rig = open_rig_with(tcp_settings(ess_transport_registry[kind]));
                plan_life(rig, &random, bytes, 200);
                run(rig);
                if (again) {
                    CU_ASSERT_EQUAL(first->end_count, rig->end_count);
                    CU_ASSERT_EQUAL(
                        memcmp(first->ends, rig->ends, sizeof *rig->ends * rig->end_count), 0);
                    close_rig(first);
                    close_rig(rig);
                    continue;
                }
                first = rig;
                for (uint64_t user = 1; user <= 200; user++) {
                    CU_ASSERT(bytes[user] < 0 || end_of(rig, user) >= 0);
                }
                ends += rig->end_count;
                lives++;
            }
        }
    }
    ess_test_note("%u lives, %u ends", lives, ends);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"short round trips get more", short_round_trips_get_more},
        {"equal ones get equal parts", equal_ones_get_equal_parts},
        {"queues stand", queues_stand},
        {"data both ways", data_both_ways},
        {"bursts overflow short queues", bursts_overflow_short_queues},
        {"cancelled and cut", cancelled_and_cut},
        {"a warm start", a_warm_start},
        {"delays change", delays_change},
        {"random lives", random_lives},
        {NULL, NULL},
    };
    return ess_test_main("fluid network, TCP that meets", tests);
}
