/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP in the fluid network: a single connection against closed forms. */
#include "fluid_tcp_rig.h"

/* ---- slow start: rounds by hand ---------------------------------------------------------------
 */

/* 0.04 s of handshake and 0.02 s of way; full round trips of 14,480 x 2^k bytes; the rest at
 * 12.5 MB/s x 1448 / 1500. A window of 926,720 bytes in a round trip is more than the link has. */
static void slow_start_by_hand(void) {
    static const struct {
        double bytes;
        int rounds;
        double carried; /* by the rounds */
    } rows[] = {
        {1e4, 0, 0},
        {14480, 0, 0},
        {14500, 1, 14480},
        {1e5, 2, 43440},
        {1e6, 6, 912240},
        {1e7, 6, 912240},
        {1e8, 6, 912240},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *rig;
        double rest_s = (rows[i].bytes - rows[i].carried) / (12.5e6 * SHARE);
        reset_tcp();
        rig = open_tcp();
        begin(rig, 0, 0, 1, rows[i].bytes, 1);
        run(rig);
        CU_ASSERT(ends_near(rig, 1, 0.06 + rows[i].rounds * ROUND_S + rest_s));
        close_rig(rig);
    }
    ess_test_note("%zu sizes", sizeof rows / sizeof *rows);
}

static void delayed_acknowledgements_counted(void) {
    struct rig *rig;
    reset_tcp();
    tcp.growth = 1.5;
    rig = open_tcp();
    begin(rig, 0, 0, 1, 1e5, 1); /* 14,480 x (1 + 1.5 + 2.25 + 3.375 / ...): three full rounds */
    run(rig);
    CU_ASSERT(ends_near(rig, 1, 0.06 + 3 * ROUND_S + (1e5 - 4.75 * INITIAL) / (12.5e6 * SHARE)));
    close_rig(rig);
}

static void switched_off_it_is_the_link(void) {
    struct rig *rig;
    reset_tcp();
    tcp.slow_start = tcp.header_bytes = 0;
    rig = open_tcp();
    begin(rig, 0, 0, 1, 10e6, 1);
    run(rig);
    CU_ASSERT(ends_at(rig, 1, 0.86));
    close_rig(rig);
}

static void handshakes_and_tls(void) {
    struct rig *rig;
    reset_tcp();
    tcp.slow_start = 0;
    tcp.handshake_round_trips = 3;
    tcp.tls_record_bytes = 16384;
    rig = open_tcp();
    begin(rig, 0, 0, 1, 10e6, 1);
    run(rig);
    CU_ASSERT(ends_at(rig, 1, 0.14 + 10e6 / (12.5e6 * SHARE * 16384 / 16406)));
    close_rig(rig);
}

/* ---- warm connections -------------------------------------------------------------------------
 */

/* 100 kB leave a window of 57,920 + 56,560 bytes, at most twice what was under way: 113,120. After
 * 0.1 s another 100 kB leave at once; after more than the time-out of 240.24 ms the window halves,
 * and after a second (four of them) it is the initial one. */
static void warm_and_idle(void) {
    double first_s = 0.06 + 2 * ROUND_S + 56560 / (12.5e6 * SHARE);
    for (int restart = 0; restart <= 1; restart++) {
        struct rig *rig;
        reset_tcp();
        tcp.idle_restart = restart;
        rig = open_tcp();
        begin(rig, 0, 0, 1, 1e5, 1);
        begin(rig, 250 * MS, 0, 1, 1e5, 2);
        begin(rig, 2 * SECOND, 0, 1, 1e5, 3);
        begin(rig, 3 * SECOND, 0, 1, 1e4, 4);
        run(rig);
        CU_ASSERT(ends_near(rig, 1, first_s));
        CU_ASSERT(ends_near(rig, 2, 0.27 + 1e5 / (12.5e6 * SHARE)));
        CU_ASSERT(ends_near(rig, 3, restart ? 2 + first_s - 0.04 : 2.02 + 1e5 / (12.5e6 * SHARE)));
        CU_ASSERT(ends_near(rig, 4, 3.02 + 1e4 / (12.5e6 * SHARE)));
        close_rig(rig);
    }
}

static void a_broken_connection_starts_anew(void) {
    double first_s = 0.06 + 2 * ROUND_S + 56560 / (12.5e6 * SHARE);
    struct rig *rig;
    reset_tcp();
    rig = open_tcp();
    begin(rig, 0, 0, 1, 1e5, 1);
    add(rig, (struct deed){.at_ns = 240 * MS, .kind = BREAK, .a = 0, .b = 1});
    begin(rig, 250 * MS, 0, 1, 1e5, 2);
    run(rig);
    CU_ASSERT(ends_near(rig, 1, first_s));
    CU_ASSERT(ends_near(rig, 2, 0.25 + first_s));
    close_rig(rig);
}

/* Many small transfers in a row are not faster than their window: what has left is under way for a
 * round trip. A window of 64 KiB and 100 transfers of 40,000 bytes: 4 MB in 61 round trips less
 * what the first and the last window save. */
static void small_ones_share_a_window(void) {
    struct rig *rig;
    double end_s, expected_s = 0.02 + (4e6 - 65536) / (65536 / ROUND_S);
    reset_tcp();
    tcp.slow_start = 0;
    tcp.send_buffer_bytes = 65536;
    rig = open_tcp();
    warm(rig, 0, 1);
    for (uint64_t user = 1; user <= 100; user++) {
        begin(rig, SECOND, 0, 1, 40000, user);
    }
    run(rig);
    end_s = 1e-9 * (double)end_of(rig, 100) - 1;
    CU_ASSERT(end_s > 0.97 * expected_s);
    CU_ASSERT(end_s < 1.03 * expected_s);
    close_rig(rig);
}

/* ---- windows ----------------------------------------------------------------------------------
 */

/* 1 MB over a window of 64 KiB: 15 full round trips, and 16,960 bytes at the speed of the link. */
static void buffers_cap_the_rate(void) {
    static const double host_buffer[HOSTS] = {65536, 1e9, 1e9, 1e9, 1e9, 1e9};
    double expected_s = 0.06 + 15 * ROUND_S + 16960 / (12.5e6 * SHARE);
    for (int way = 0; way < 4; way++) {
        struct ess_fluid_settings settings = tcp_settings(&ess_transport_cubic);
        struct rig *rig;
        reset_tcp();
        tcp.slow_start = 0;
        tcp.send_buffer_bytes = way == 0 ? 65536 : 1000000000;
        tcp.receive_buffer_bytes = way == 1 ? 131072 : 1000000000; /* half of it is window */
        settings.window_bytes = way == 2 ? 65536 : INFINITY;
        settings.send_buffer_bytes = way == 3 ? host_buffer : NULL;
        rig = open_rig_with(settings);
        begin(rig, 0, 0, 1, 1e6, 1);
        begin(rig, 0, 3, 4, 1e6, 2);
        run(rig);
        CU_ASSERT(ends_near(rig, 1, expected_s));
        CU_ASSERT(ends_near(rig, 2, way == 3 ? 0.06 + 1e6 / (12.5e6 * SHARE) : expected_s));
        close_rig(rig);
    }
}

/* Four connections start with four initial windows, and have four send buffers. */
static void parallel_connections(void) {
    struct rig *rig;
    reset_tcp();
    tcp.connections = 4;
    rig = open_tcp();
    begin(rig, 0, 0, 1, 1e5, 1);
    run(rig);
    CU_ASSERT(ends_near(rig, 1, 0.06 + ROUND_S + (1e5 - 4 * INITIAL) / (12.5e6 * SHARE)));
    close_rig(rig);
    tcp.slow_start = 0;
    tcp.send_buffer_bytes = 16384;
    rig = open_tcp();
    begin(rig, 0, 0, 1, 1e6, 1);
    run(rig);
    CU_ASSERT(ends_near(rig, 1, 0.06 + 15 * ROUND_S + 16960 / (12.5e6 * SHARE)));
    close_rig(rig);
}

/* From host 5 to 3 and back by WAN 1: 8 MB/s from 3 to 5, 2 MB/s from 5 to 3. With segments of 100
 * bytes, headers of 100 and one acknowledgement each, the way back allows 2 MB/s of payload where
 * the link allows 4. */
static void acknowledgements_need_room(void) {
    for (int limit = 0; limit <= 1; limit++) {
        struct rig *rig;
        reset_tcp();
        tcp.slow_start = 0;
        tcp.segment_bytes = tcp.header_bytes = 100;
        tcp.segments_per_ack = 1;
        tcp.ack_limit = limit;
        rig = open_tcp();
        warm(rig, 3, 5);
        begin(rig, SECOND, 3, 5, 4e6, 1);
        run(rig);
        CU_ASSERT(ends_at(rig, 1, 1.07 + (limit ? 2 : 1)));
        close_rig(rig);
    }
}

/* ---- loss -------------------------------------------------------------------------------------
 */

/* In the long run a window of sqrt(3 / 2 p) segments a round trip; the first 1 / p go at the speed
 * of slow start. Over two links of loss p / 2 each it is the same to a per mille. */
static void loss_limits_the_rate(void) {
    double loss = 0.01, window = 1448 * sqrt(1.5 / loss);
    struct rig *rig;
    double seconds;
    reset_tcp();
    traits[0].loss = traits[3].loss = loss / 2;
    rig = open_tcp();
    begin(rig, 0, 0, 1, 1e7, 1);
    begin(rig, 0, 4, 3, 1e7, 2); /* a way without loss */
    begin(rig, 100 * SECOND, 0, 1, 1e7, 3);
    begin(rig, 200 * SECOND, 0, 1, 2e7, 4);
    run(rig);
    CU_ASSERT(end_of(rig, 1) < end_of(rig, 3) - 100 * SECOND);
    seconds = 1e-9 * (double)(end_of(rig, 4) - end_of(rig, 3)) - 100;
    CU_ASSERT(fabs(seconds - 1e7 / (window / ROUND_S)) < 0.01 * seconds);
    CU_ASSERT(end_of(rig, 2) < 2 * SECOND);
    close_rig(rig);
}

/* 10,000 bytes are too short to meet a loss of 1 %. */
static void short_ones_meet_no_loss(void) {
    struct rig *rig;
    reset_tcp();
    traits[0].loss = 0.01;
    rig = open_tcp();
    begin(rig, 0, 0, 1, 1e5, 1);
    run(rig);
    CU_ASSERT(ends_near(rig, 1, 0.06 + 2 * ROUND_S + 56560 / (12.5e6 * SHARE)));
    close_rig(rig);
}

static void bbr_does_not_mind(void) {
    struct rig *rig;
    reset_tcp();
    tcp.slow_start = 0;
    traits[0].loss = 0.05;
    rig = open_rig_with(tcp_settings(&ess_transport_bbr));
    begin(rig, 0, 0, 1, 1e7, 1);
    run(rig);
    CU_ASSERT(ends_near(rig, 1, 0.06 + 1e7 / (12.5e6 * SHARE)));
    close_rig(rig);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"slow start by hand", slow_start_by_hand},
        {"growth of a half", delayed_acknowledgements_counted},
        {"all switched off", switched_off_it_is_the_link},
        {"handshakes and TLS", handshakes_and_tls},
        {"warm and idle connections", warm_and_idle},
        {"a broken connection starts anew", a_broken_connection_starts_anew},
        {"small transfers share a window", small_ones_share_a_window},
        {"buffers cap the rate", buffers_cap_the_rate},
        {"parallel connections", parallel_connections},
        {"acknowledgements need room", acknowledgements_need_room},
        {"loss limits the rate", loss_limits_the_rate},
        {"short transfers meet no loss", short_ones_meet_no_loss},
        {"BBR does not mind loss", bbr_does_not_mind},
        {NULL, NULL},
    };
    return ess_test_main("fluid network, TCP", tests);
}
