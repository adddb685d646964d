/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packet network against times computed by hand. */
#include "packet_rig.h"

/* Up 12.5 MB/s (80 ns a byte), down 125 MB/s (8 ns a byte), 10 ms each: one way takes 20 ms and 88
 * ns a byte, a full packet of 1,500 bytes leaves in 120 us. */
static struct rig *open_pair(void) {
    return open_rig(1, 2, 12.5e6, 125e6, 10 * MS, 0, 0);
}

static int64_t one_way_ns(int64_t bytes) {
    return 20 * MS + 88 * bytes;
}

/* ---- single transfers
 * ----------------------------------------------------------------------------
 */

/* Seven packets within the initial window: handshake, its third packet, then one after another. */
static void within_the_initial_window(void) {
    struct rig *rig = open_pair();
    start(rig, "linux", "cubic");
    begin(rig, 0, 0, 1, 10000, 1);
    run(rig);
    CU_ASSERT_EQUAL(rig->ends[1],
        2 * one_way_ns(60) + 80 * 52 + 80 * (6 * 1500) + one_way_ns(10000 - 6 * 1448 + 52));
    CU_ASSERT(is_conserved(rig));
    close_rig(rig);
}

static void framing_of_ns3(void) {
    struct rig *rig = open_pair();
    start(rig, "ns3", "reno");
    begin(rig, 0, 0, 1, 10000, 1);
    run(rig);
    CU_ASSERT_EQUAL(rig->ends[1],
        2 * one_way_ns(58) + 80 * 54 + 80 * (6 * 1502) + one_way_ns(10000 - 6 * 1448 + 54));
    close_rig(rig);
}

/* Thirty segments. The first ten leave at once and are acknowledged one by one; each of these
 * acknowledgements lets two more go, which is more than the link carries meanwhile: so twenty leave
 * without a gap from the first acknowledgement on. */
static void slow_start(void) {
    struct rig *rig = open_pair();
    int64_t first_ack_ns = 2 * one_way_ns(60) + 80 * 52 + one_way_ns(1500) + one_way_ns(52);
    start(rig, "linux", "reno");
    begin(rig, 0, 0, 1, 30 * 1448, 1);
    run(rig);
    CU_ASSERT_EQUAL(rig->ends[1], first_ack_ns + 80 * (19 * 1500) + one_way_ns(1500));
    CU_ASSERT_EQUAL(ess_packet_count(rig->packet).sent, 3 + 30 + 16 + 7);
    close_rig(rig);
}

/* The second transfer finds the window that the first left: no handshake, and 20 segments at once.
 */
static void warm(void) {
    struct rig *rig = open_pair();
    start(rig, "ns3", "cubic");
    begin(rig, 0, 0, 1, 30 * 1448, 1);
    begin(rig, SECOND, 0, 1, 20 * 1448, 2);
    begin(rig, 2 * SECOND, 1, 0, 1, 3); /* the other way is a connection of its own */
    run(rig);
    CU_ASSERT_EQUAL(rig->ends[2], SECOND + 80 * (19 * 1502) + one_way_ns(1502));
    CU_ASSERT_EQUAL(rig->ends[3], 2 * SECOND + 2 * one_way_ns(58) + 80 * 54 + one_way_ns(55));
    close_rig(rig);
}

/* After more than a timeout of idleness Linux is back at ten segments: the last two of twelve wait
 * for the first acknowledgement. ns-3 keeps its window. */
static void idle_restart(void) {
    for (int linux_like = 0; linux_like < 2; linux_like++) {
        struct rig *rig = open_pair();
        int64_t header = linux_like ? 52 : 54, packet = 1448 + header;
        int64_t took_ns = 80 * (11 * packet) + one_way_ns(packet);
        if (linux_like) {
            took_ns = 80 * packet + 2 * one_way_ns(packet) + one_way_ns(header) +
                      /* the quick acknowledgements are used up: the first is for two */
                      80 * packet;
        }
        start(rig, linux_like ? "linux" : "ns3", "reno");
        begin(rig, 0, 0, 1, 300 * 1448, 1);
        begin(rig, 100 * SECOND, 0, 1, 12 * 1448, 2);
        run(rig);
        CU_ASSERT_EQUAL(rig->ends[2] - 100 * SECOND, took_ns);
        close_rig(rig);
    }
}

/* Messages follow each other in one stream. */
static void in_order(void) {
    struct rig *rig = open_pair();
    start(rig, "linux", "cubic");
    begin(rig, 0, 0, 1, 1000, 1);
    begin(rig, 0, 0, 1, 448, 2);
    begin(rig, 0, 0, 1, 1448, 3);
    run(rig);
    /* They were written before the handshake was over: two full packets. */
    CU_ASSERT_EQUAL(rig->ends[1], 2 * one_way_ns(60) + 80 * 52 + one_way_ns(1500));
    CU_ASSERT_EQUAL(rig->ends[2], rig->ends[1]);
    CU_ASSERT_EQUAL(rig->ends[3], rig->ends[1] + 120000);
    close_rig(rig);
}

static void starts_later(void) {
    struct rig *rig = open_pair();
    uint32_t connection;
    start(rig, "linux", "cubic");
    connection = ess_packet_connection(rig->packet, 0, 1, 0);
    ess_packet_begin(rig->packet, connection, 100, SECOND, 1);
    ess_packet_begin(rig->packet, connection, 100, 0, 2); /* waits for the one begun before */
    CU_ASSERT_EQUAL(ess_packet_delay_ns(rig->packet, connection), 20 * MS);
    CU_ASSERT_EQUAL(ess_packet_message_ns(rig->packet, connection, 100), one_way_ns(100));
    CU_ASSERT_EQUAL(ess_packet_connection(rig->packet, 0, 0, 0), UINT32_MAX);
    run(rig);
    CU_ASSERT_EQUAL(rig->ends[1], SECOND + 2 * one_way_ns(60) + 80 * 52 + one_way_ns(252));
    CU_ASSERT_EQUAL(rig->ends[2], rig->ends[1]);
    close_rig(rig);
}

/* ---- rates
 * ---------------------------------------------------------------------------------------
 */

/* 1,448 of 1,500 bytes are payload; in the steady state packets arrive 120 us apart. */
static void line_rate(void) {
    struct rig *rig = open_pair();
    double before;
    int64_t last_ns = 0, gap_ns = 0;
    uint32_t arrivals = 0, uneven = 0;
    rig->settings.window_bytes = 1 << 20;
    start(rig, "linux", "reno");
    begin(rig, 0, 0, 1, 1e12, 1);
    run_until(rig, 5 * SECOND);
    before = delivered(rig, 0, 1, 0);
    run_until(rig, 6 * SECOND);
    CU_ASSERT(fabs(delivered(rig, 0, 1, 0) - before - 12.5e6 * 1448 / 1500) <= 1448);
    before = delivered(rig, 0, 1, 0);
    while (rig->engine.now_ns < 6 * SECOND + 100 * MS) {
        struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
        bounds.events = rig->engine.events + 1;
        ess_engine_run(&rig->engine, &bounds);
        if (delivered(rig, 0, 1, 0) > before) {
            before = delivered(rig, 0, 1, 0);
            gap_ns = rig->engine.now_ns - last_ns;
            uneven += arrivals++ > 0 && gap_ns != 120000;
            last_ns = rig->engine.now_ns;
        }
    }
    CU_ASSERT(arrivals > 800);
    CU_ASSERT_EQUAL(uneven, 0);
    close_rig(rig);
}

/* A window smaller than the way holds: window a round trip. */
static void window_limited(void) {
    struct rig *rig = open_pair();
    double before, round_trip_s = 1e-9 * (double)(one_way_ns(1500) + one_way_ns(52));
    rig->settings.window_bytes = 40 * 1448;
    start(rig, "linux", "cubic");
    begin(rig, 0, 0, 1, 1e12, 1);
    run_until(rig, 5 * SECOND);
    before = delivered(rig, 0, 1, 0);
    run_until(rig, 15 * SECOND);
    before = (delivered(rig, 0, 1, 0) - before) / 10 / (40 * 1448 / round_trip_s);
    ess_test_note("a window of 40 segments: %.4f of window / round trip", before);
    CU_ASSERT(before > 0.98 && before <= 1);
    close_rig(rig);
}

/* Linux's receive window grows to 3 MiB, which is what a long fat way then carries a round trip. */
static void tuned_window(void) {
    struct rig *rig = open_rig(1, 2, 1.25e9, 1.25e9, 50 * MS, 0, 0);
    double before;
    start(rig, "linux", "cubic");
    begin(rig, 0, 0, 1, 1e12, 1);
    run_until(rig, 20 * SECOND);
    before = delivered(rig, 0, 1, 0);
    run_until(rig, 40 * SECOND);
    before = (delivered(rig, 0, 1, 0) - before) / 20 / ((3 << 20) / 0.2);
    ess_test_note("tuned window: %.4f of 3 MiB / round trip", before);
    CU_ASSERT(before > 0.97 && before <= 1);
    close_rig(rig);
}

/* The rate doubles while packets wait: what waited leaves at the new rate. */
static void rate_changes(void) {
    struct rig *rig = open_pair();
    int64_t sent_ns = 2 * one_way_ns(60) + 80 * 52, at_ns = sent_ns + 80 * 2250;
    start(rig, "linux", "cubic");
    begin(rig, 0, 0, 1, 10 * 1448, 1);
    add(rig, (struct deed){.at_ns = at_ns, .kind = RATE, .a = 0, .amount = 25e6});
    run(rig);
    CU_ASSERT_EQUAL(rig->ends[1], at_ns + 40 * (750 + 8 * 1500) + 20 * MS + 8 * 1500);
    CU_ASSERT(is_conserved(rig));
    close_rig(rig);
}

/* ---- loss of everything
 * --------------------------------------------------------------------------
 */

/* Opening is tried again after 1 s, then 2 s: the link is back in between. */
static void opening_is_repeated(void) {
    struct rig *rig = open_pair();
    start(rig, "linux", "cubic");
    add(rig, (struct deed){.at_ns = 0, .kind = CUT, .a = 1 * 2 + 1});
    begin(rig, 0, 0, 1, 100, 1);
    add(rig, (struct deed){.at_ns = 2 * SECOND, .kind = HEAL, .a = 1 * 2 + 1});
    run(rig);
    CU_ASSERT_EQUAL(rig->ends[1], 3 * SECOND + 2 * one_way_ns(60) + 80 * 52 + one_way_ns(152));
    CU_ASSERT_EQUAL(ess_packet_count(rig->packet).lost, 2);
    close_rig(rig);
}

/* While a link is cut the timer runs out after T, 2 T, 4 T...: in C seconds log2(C / T + 1) times,
 * and once more after healing. */
static void timer_backs_off(void) {
    const char *const profiles[] = {"linux", "ns3"};
    for (int i = 0; i < 2; i++) {
        struct rig *rig = open_pair();
        double least_s = i == 0 ? 0.2 : 1, most_s = i == 0 ? 0.35 : 1.1;
        double timeouts;
        rig->settings.window_bytes = 400000;
        start(rig, profiles[i], "reno");
        begin(rig, 0, 0, 1, 40e6, 1);
        add(rig, (struct deed){.at_ns = 2 * SECOND, .kind = CUT, .a = 0});
        add(rig, (struct deed){.at_ns = 22 * SECOND, .kind = HEAL, .a = 0});
        run_until(rig, 22 * SECOND);
        timeouts = (double)ess_packet_count(rig->packet).timeouts;
        CU_ASSERT(timeouts >= floor(log2(20 / most_s + 1)));
        CU_ASSERT(timeouts <= ceil(log2(20 / least_s + 1)));
        run(rig);
        ess_test_note("%s: %.0f timeouts in 20 s, the transfer ended after %.2f s", profiles[i],
            timeouts, 1e-9 * (double)rig->ends[1]);
        CU_ASSERT(rig->ends[1] > 22 * SECOND);
        CU_ASSERT(is_conserved(rig));
        close_rig(rig);
    }
}

/* A lost tail: Linux probes for it two round trips later, ns-3 waits for its timeout of 1 s. */
static void lost_tail(void) {
    for (int linux_like = 0; linux_like < 2; linux_like++) {
        struct rig *rig = open_pair();
        struct ess_packet_counts counts;
        start(rig, linux_like ? "linux" : "ns3", "reno");
        begin(rig, 0, 0, 1, 10 * 1448, 1);
        /* The tenth packet leaves some 1.2 ms after the handshake. */
        add(rig, (struct deed){.at_ns = 41 * MS + 50000, .kind = CUT, .a = 0});
        add(rig, (struct deed){.at_ns = 60 * MS, .kind = HEAL, .a = 0});
        run(rig);
        counts = ess_packet_count(rig->packet);
        CU_ASSERT(counts.lost > 0);
        CU_ASSERT(rig->ends[1] > 0);
        ess_test_note("%s: lost tail repaired after %.0f ms, %llu timeouts",
            linux_like ? "linux" : "ns3", 1e-6 * (double)rig->ends[1],
            (unsigned long long)counts.timeouts);
        if (linux_like) {
            CU_ASSERT_EQUAL(counts.timeouts, 0);
            CU_ASSERT(rig->ends[1] < 400 * MS);
        } else {
            CU_ASSERT(counts.timeouts >= 1);
            CU_ASSERT(rig->ends[1] > SECOND);
        }
        close_rig(rig);
    }
}

/* ---- breaking
 * ------------------------------------------------------------------------------------
 */

static void broken(void) {
    struct rig *rig = open_pair();
    start(rig, "linux", "cubic");
    begin(rig, 0, 0, 1, 1e6, 1);
    add(rig, (struct deed){.at_ns = 100 * MS, .kind = BREAK, .a = 0, .b = 1});
    begin(rig, 3 * SECOND, 0, 1, 100, 2);
    add(rig, (struct deed){.at_ns = 4 * SECOND, .kind = BREAK, .a = 1, .b = 0});
    begin(rig, 5 * SECOND, 0, 1, 100, 3);
    run(rig);
    CU_ASSERT(rig->ends[1] > 140 * MS);
    CU_ASSERT_EQUAL(rig->ends[2], 3 * SECOND + one_way_ns(152));
    CU_ASSERT_EQUAL(rig->ends[3], 5 * SECOND + 2 * one_way_ns(60) + 80 * 52 + one_way_ns(152));
    CU_ASSERT_EQUAL(rig->end_count, 3);
    close_rig(rig);
}

/* What was not sent is taken out of the stream: the next transfer follows at once. */
static void cancelled(void) {
    struct rig *rig = open_pair();
    start(rig, "linux", "cubic");
    begin(rig, 0, 0, 1, 1000, 1);
    begin(rig, 0, 0, 1, 1e9, 2);
    begin(rig, 0, 0, 1, 448, 3);
    add(rig, (struct deed){.at_ns = 10 * MS, .kind = CANCEL, .user = 2});
    add(rig, (struct deed){.at_ns = 10 * MS, .kind = CANCEL, .user = 2}); /* stale: nothing */
    run(rig);
    CU_ASSERT_EQUAL(rig->ends[1], 2 * one_way_ns(60) + 80 * 52 + one_way_ns(1500));
    CU_ASSERT_EQUAL(rig->ends[2], 0);
    CU_ASSERT_EQUAL(rig->ends[3], rig->ends[1]);
    close_rig(rig);
}

/* The narrowest MTU of the way decides: 576 - 52 = 524 bytes of payload. */
static void mtu(void) {
    struct rig *rig = open_pair();
    rig->links[3].mtu_bytes = 576;
    start(rig, "linux", "cubic");
    begin(rig, 0, 0, 1, 1048, 1);
    run(rig);
    CU_ASSERT_EQUAL(rig->ends[1], 2 * one_way_ns(60) + 80 * 52 + 80 * 576 + one_way_ns(576));
    close_rig(rig);
}

/* A further connection waits for nobody; a warm one has no handshake and a window of one product:
 * 40 ms at 12.5 MB/s are 345 segments, which leave at once. */
static void further_and_warm(void) {
    struct rig *rig = open_pair();
    uint32_t first, second;
    uint64_t id;
    start(rig, "ns3", "reno");
    first = ess_packet_connection(rig->packet, 0, 1, 0);
    second = ess_packet_open(rig->packet, 0, 1);
    CU_ASSERT_NOT_EQUAL(first, second);
    CU_ASSERT_EQUAL(second, ess_packet_connection(rig->packet, 0, 1, 1));
    CU_ASSERT_NOT_EQUAL(ess_packet_open(rig->packet, 0, 1), second);
    ess_packet_warm(rig->packet, second);
    id = ess_packet_begin(rig->packet, second, 345 * 1448, 0, 1);
    run_until(rig, 80 * (100 * 1502) + one_way_ns(0) + 8 * 1502);
    CU_ASSERT_EQUAL(ess_packet_delivered(rig->packet, id), 100 * 1448);
    run(rig);
    CU_ASSERT_EQUAL(rig->ends[1], 80 * (344 * 1502) + one_way_ns(1502));
    CU_ASSERT(isnan(ess_packet_delivered(rig->packet, id)));
    close_rig(rig);
}

static void names(void) {
    CU_ASSERT_PTR_NULL(ess_profile_find("windows"));
    CU_ASSERT_PTR_NULL(ess_congestion_find("vegas"));
    for (const struct ess_congestion_type *const *law = ess_congestion_registry; *law; law++) {
        CU_ASSERT_PTR_EQUAL(ess_congestion_find((*law)->name), *law);
        CU_ASSERT((*law)->summary[0] && (*law)->source[0]);
        CU_ASSERT((*law)->open && (*law)->increase && (*law)->reduced);
    }
    for (const struct ess_profile_type *const *profile = ess_profile_registry; *profile;
         profile++) {
        CU_ASSERT_PTR_EQUAL(ess_profile_find((*profile)->name), *profile);
        CU_ASSERT((*profile)->summary[0] && (*profile)->source[0]);
        CU_ASSERT((*profile)->segment_bytes > 0 && (*profile)->clock_ns > 0);
        CU_ASSERT_PTR_NOT_NULL((*profile)->acknowledged);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"within the initial window", within_the_initial_window},
        {"framing of ns-3", framing_of_ns3},
        {"slow start", slow_start},
        {"warm", warm},
        {"idle restart", idle_restart},
        {"in order", in_order},
        {"starts later", starts_later},
        {"line rate", line_rate},
        {"window limited", window_limited},
        {"tuned window", tuned_window},
        {"rate changes", rate_changes},
        {"opening is repeated", opening_is_repeated},
        {"timer backs off", timer_backs_off},
        {"lost tail", lost_tail},
        {"broken", broken},
        {"cancelled", cancelled},
        {"MTU", mtu},
        {"further and warm connections", further_and_warm},
        {"names", names},
        {NULL, NULL},
    };
    return ess_test_main("packet network", tests);
}
