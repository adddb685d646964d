/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fluid network against closed forms, and what happens when things meet in one instant. */
#include "fluid_rig.h"

/* ---- one transfer -----------------------------------------------------------------------------
 */

static void check_value_of_the_header(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 1);
    begin(rig, SECOND, 0, 1, 10e6, 1);
    run(rig);
    CU_ASSERT_EQUAL(end_of(rig, 1), SECOND + 820 * MS);
    close_rig(rig);
}

static void cold_pays_a_round_trip(void) {
    struct rig *rig = open_rig(1e9);
    begin(rig, 0, 0, 1, 10e6, 1);
    begin(rig, 2 * SECOND, 0, 1, 10e6, 2);
    begin(rig, 4 * SECOND, 1, 0, 10e6, 3); /* the other direction is a connection of its own */
    add(rig, (struct deed){.at_ns = 5 * SECOND, .kind = BREAK, .a = 0, .b = 1});
    begin(rig, 6 * SECOND, 0, 1, 10e6, 4);
    begin(rig, 8 * SECOND, 1, 0, 10e6, 5);
    run(rig);
    CU_ASSERT_EQUAL(end_of(rig, 1), 860 * MS);
    CU_ASSERT_EQUAL(end_of(rig, 2), 2 * SECOND + 820 * MS);
    CU_ASSERT_EQUAL(end_of(rig, 3), 4 * SECOND + 860 * MS);
    CU_ASSERT_EQUAL(end_of(rig, 4), 6 * SECOND + 860 * MS);
    CU_ASSERT_EQUAL(end_of(rig, 5), 8 * SECOND + 860 * MS);
    close_rig(rig);
}

static void the_narrowest_link_counts(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 2, 3);
    warm(rig, 3, 2);
    warm(rig, 0, 5);
    warm(rig, 5, 0);
    begin(rig, SECOND, 2, 3, 5e6, 1);      /* WAN 0 forward: 5 MB/s */
    begin(rig, 10 * SECOND, 3, 2, 4e6, 2); /* backward: 4 MB/s */
    begin(rig, 20 * SECOND, 0, 5, 5e6, 3); /* WAN 0 forward, WAN 1 forward: 5 MB/s */
    begin(rig, 30 * SECOND, 5, 0, 4e6, 4); /* WAN 1 backward: 2 MB/s */
    run(rig);
    CU_ASSERT(ends_at(rig, 1, 1 + 0.12 + 1));
    CU_ASSERT(ends_at(rig, 2, 10 + 0.12 + 1));
    CU_ASSERT(ends_at(rig, 3, 20 + 0.17 + 1));
    CU_ASSERT(ends_at(rig, 4, 30 + 0.17 + 2));
    close_rig(rig);
}

static void the_window_caps_the_rate(void) {
    struct rig *rig = open_rig(65536);
    warm(rig, 0, 1);
    warm(rig, 0, 5);
    begin(rig, SECOND, 0, 1, 10e6, 1);
    begin(rig, 100 * SECOND, 0, 5, 1e6, 2);
    run(rig);
    CU_ASSERT(ends_at(rig, 1, 1 + 0.02 + 10e6 / (65536 / 0.04)));
    CU_ASSERT(ends_at(rig, 2, 100 + 0.17 + 1e6 / (65536 / 0.34)));
    close_rig(rig);
}

static void nothing_takes_its_delay(void) {
    struct rig *rig = open_rig(1e9);
    begin(rig, 0, 0, 3, 0, 1);
    begin(rig, SECOND, 0, 3, 0, 2);
    run(rig);
    CU_ASSERT_EQUAL(end_of(rig, 1), 3 * 120 * MS);
    CU_ASSERT_EQUAL(end_of(rig, 2), SECOND + 120 * MS);
    CU_ASSERT_EQUAL(ess_fluid_wan_bytes(rig->fluid), 0);
    close_rig(rig);
}

static void messages(void) {
    struct rig *rig = open_rig(1e9);
    uint32_t near_by = ess_fluid_connection(rig->fluid, 0, 1);
    uint32_t far = ess_fluid_connection(rig->fluid, 5, 0);
    CU_ASSERT_EQUAL(ess_fluid_connection(rig->fluid, 0, 1), near_by);
    CU_ASSERT_EQUAL(ess_fluid_connection(rig->fluid, 0, 0), UINT32_MAX);
    CU_ASSERT_EQUAL(ess_fluid_delay_ns(rig->fluid, near_by), 20 * MS);
    CU_ASSERT_EQUAL(ess_fluid_delay_ns(rig->fluid, far), 170 * MS);
    CU_ASSERT_FALSE(ess_fluid_is_wan(rig->fluid, near_by));
    CU_ASSERT_TRUE(ess_fluid_is_wan(rig->fluid, far));
    CU_ASSERT_EQUAL(ess_fluid_message_ns(rig->fluid, near_by, 0), 20 * MS);
    CU_ASSERT_EQUAL(ess_fluid_message_ns(rig->fluid, near_by, 100), 20 * MS + 8000);
    CU_ASSERT_EQUAL(ess_fluid_message_ns(rig->fluid, far, 100), 170 * MS + 50000);
    CU_ASSERT_EQUAL(ess_fluid_message_ns(rig->fluid, far, 0.001), 170 * MS + 1);
    close_rig(rig);
}

/* ---- sharing ----------------------------------------------------------------------------------
 */

/* Hosts 0 and 1 to host 2, whose down link of 10 MB/s is shared: 5 MB/s each until the shorter is
 * done after 1 s, then the other takes its 10 MB/s: 5 MB left, half a second. */
static void two_share_a_link(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 2);
    warm(rig, 1, 2);
    begin(rig, SECOND, 0, 2, 5e6, 1);
    begin(rig, SECOND, 1, 2, 10e6, 2);
    run(rig);
    CU_ASSERT(ends_at(rig, 1, 1 + 0.02 + 1));
    CU_ASSERT(ends_at(rig, 2, 1 + 0.02 + 1 + 0.5));
    close_rig(rig);
}

/* The second comes half a second later: 5 MB are gone, the other 5 MB share. */
static void a_newcomer_takes_its_share(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 2);
    warm(rig, 1, 2);
    begin(rig, SECOND, 0, 2, 10e6, 1);
    begin(rig, SECOND + 500 * MS, 1, 2, 10e6, 2);
    run(rig);
    CU_ASSERT(ends_at(rig, 1, 1 + 0.02 + 0.5 + 1));
    CU_ASSERT(ends_at(rig, 2, 1 + 0.02 + 0.5 + 1 + 0.5));
    close_rig(rig);
}

/* One connection has one flow: three transfers of it share with one of another as two, and follow
 * each other without a gap. */
static void a_connection_is_one_flow(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 2);
    warm(rig, 1, 2);
    begin(rig, SECOND, 0, 2, 1e6, 1);
    begin(rig, SECOND, 0, 2, 2e6, 2);
    begin(rig, SECOND + 1, 0, 2, 3e6, 3);
    begin(rig, SECOND, 1, 2, 20e6, 4);
    run(rig);
    CU_ASSERT(ends_at(rig, 1, 1 + 0.02 + 0.2));
    CU_ASSERT(ends_at(rig, 2, 1 + 0.02 + 0.6));
    CU_ASSERT(ends_at(rig, 3, 1 + 0.02 + 1.2));
    CU_ASSERT(ends_at(rig, 4, 1 + 0.02 + 1.2 + 1.4));
    close_rig(rig);
}

static void those_during_the_handshake_wait(void) {
    struct rig *rig = open_rig(1e9);
    begin(rig, 0, 0, 1, 1.25e6, 1);
    begin(rig, 10 * MS, 0, 1, 1.25e6, 2);
    run(rig);
    CU_ASSERT_EQUAL(end_of(rig, 1), 60 * MS + 100 * MS);
    CU_ASSERT_EQUAL(end_of(rig, 2), 60 * MS + 200 * MS);
    close_rig(rig);
}

/* ---- cuts -------------------------------------------------------------------------------------
 */

static void a_cut_stops_what_is_in_flight(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 1);
    begin(rig, SECOND, 0, 1, 10e6, 1);
    cut(rig, SECOND + 300 * MS, 0, true);
    cut(rig, SECOND + 800 * MS, 0, false);
    run(rig);
    CU_ASSERT(ends_at(rig, 1, 1 + 0.82 + 0.5));
    close_rig(rig);
}

static void a_cut_in_the_latency_phase(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 1);
    begin(rig, SECOND, 0, 1, 10e6, 1);
    cut(rig, SECOND + 10 * MS, 3, true);
    cut(rig, SECOND + 220 * MS, 3, false);
    run(rig);
    CU_ASSERT(ends_at(rig, 1, 1 + 0.82 + 0.2));
    close_rig(rig);
}

static void cuts_are_counted(void) {
    struct rig *rig = open_rig(1e9);
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    uint32_t connection = ess_fluid_connection(rig->fluid, 0, 1);
    warm(rig, 0, 1);
    begin(rig, SECOND, 0, 1, 10e6, 1);
    cut(rig, SECOND + 100 * MS, 0, true);
    cut(rig, SECOND + 200 * MS, 0, true);
    cut(rig, SECOND + 300 * MS, 0, false);
    cut(rig, SECOND + 1100 * MS, 0, false);
    bounds.time_ns = SECOND + 400 * MS;
    ess_engine_run(&rig->engine, &bounds);
    CU_ASSERT_TRUE(ess_fluid_is_cut(rig->fluid, connection));
    run(rig);
    CU_ASSERT_FALSE(ess_fluid_is_cut(rig->fluid, connection));
    CU_ASSERT(ends_at(rig, 1, 1 + 0.82 + 1));
    close_rig(rig);
}

/* A way that stays cut holds its own transfers and nobody else's; nothing hangs. */
static void a_cut_for_ever(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 3);
    warm(rig, 0, 1);
    begin(rig, SECOND, 0, 3, 10e6, 1);
    begin(rig, SECOND, 0, 1, 12.5e6, 2);
    cut(rig, SECOND + 120 * MS, 2 * HOSTS, true); /* when its first byte would load the link */
    run(rig);
    CU_ASSERT_EQUAL(end_of(rig, 1), -1);
    CU_ASSERT(ends_at(rig, 2, 1 + 0.02 + 1));
    close_rig(rig);
}

/* ---- cancelling -------------------------------------------------------------------------------
 */

static void cancel_in_the_latency_phase(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 3);
    begin(rig, SECOND, 0, 3, 10e6, 1);
    cancel(rig, SECOND + 100 * MS, CLASS_LATE, 1);
    run(rig);
    CU_ASSERT_EQUAL(rig->end_count, 0);
    CU_ASSERT_EQUAL(ess_fluid_wan_bytes(rig->fluid), 0);
    close_rig(rig);
}

/* What was carried before counts; the one that stays takes the room. */
static void cancel_in_flight(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 3);
    warm(rig, 1, 3);
    begin(rig, SECOND, 0, 3, 10e6, 1);
    begin(rig, SECOND, 1, 3, 5e6, 2);
    cancel(rig, SECOND + 1120 * MS, CLASS_LATE, 1); /* after 2.5 MB of each */
    run(rig);
    CU_ASSERT_EQUAL(end_of(rig, 1), -1);
    CU_ASSERT(ends_at(rig, 2, 1 + 0.12 + 1 + 0.5));
    CU_ASSERT(fabs(ess_fluid_wan_bytes(rig->fluid) - 7.5e6) < 0.01);
    close_rig(rig);
}

static void cancel_one_that_waits(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 1);
    begin(rig, SECOND, 0, 1, 12.5e6, 1);
    begin(rig, SECOND, 0, 1, 12.5e6, 2);
    begin(rig, SECOND, 0, 1, 12.5e6, 3);
    begin(rig, SECOND, 0, 1, 12.5e6, 4);
    cancel(rig, SECOND + 520 * MS, CLASS_LATE, 2);
    cancel(rig, SECOND + 520 * MS, CLASS_LATE, 4);
    run(rig);
    CU_ASSERT_EQUAL(rig->end_count, 2);
    CU_ASSERT(ends_at(rig, 1, 1 + 0.02 + 1));
    CU_ASSERT(ends_at(rig, 3, 1 + 0.02 + 2));
    close_rig(rig);
}

static void cancel_the_one_before(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 1);
    begin(rig, SECOND, 0, 1, 12.5e6, 1);
    begin(rig, SECOND, 0, 1, 12.5e6, 2);
    cancel(rig, SECOND + 520 * MS, CLASS_EARLY, 1);
    run(rig);
    CU_ASSERT_EQUAL(rig->end_count, 1);
    CU_ASSERT(ends_at(rig, 2, 1 + 0.02 + 0.5 + 1));
    close_rig(rig);
}

/* Before the network has its say in that instant, the cancellation wins; after, the transfer has
 * ended and cancelling it is nothing. Another that ends in the same instant ends all the same. */
static void cancel_at_the_instant_of_the_end(void) {
    for (int late = 0; late <= 1; late++) {
        uint8_t class = late ? CLASS_LATE : CLASS_EARLY;
        struct rig *rig = open_rig(1e9);
        warm(rig, 0, 1);
        warm(rig, 3, 4);
        begin(rig, SECOND, 0, 1, 10e6, 1);
        begin(rig, SECOND, 3, 4, 10e6, 2);
        begin(rig, SECOND, 0, 1, 12.5e6, 3); /* behind it: begins in this instant either way */
        cancel(rig, SECOND + 820 * MS, class, 1);
        run(rig);
        CU_ASSERT_EQUAL(end_of(rig, 1), class == CLASS_EARLY ? -1 : SECOND + 820 * MS);
        CU_ASSERT_EQUAL(end_of(rig, 2), SECOND + 820 * MS);
        CU_ASSERT_EQUAL(end_of(rig, 3), SECOND + 1820 * MS);
        close_rig(rig);
    }
}

static void cancel_twice_is_nothing(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 1);
    begin(rig, SECOND, 0, 1, 10e6, 1);
    cancel(rig, SECOND + 100 * MS, CLASS_LATE, 1);
    begin(rig, SECOND + 200 * MS, 0, 1, 10e6, 2); /* has the slot that the first left */
    cancel(rig, SECOND + 300 * MS, CLASS_LATE, 1);
    cancel(rig, 5 * SECOND, CLASS_LATE, 2);
    run(rig);
    CU_ASSERT_EQUAL(rig->end_count, 1);
    CU_ASSERT(ends_at(rig, 2, 1 + 0.2 + 0.82));
    close_rig(rig);
}

/* ---- instants ---------------------------------------------------------------------------------
 */

/* A transfer without bytes behind one with bytes ends right after it, not before it. */
static void nothing_keeps_its_place(void) {
    struct rig *rig = open_rig(1e9);
    warm(rig, 0, 1);
    begin(rig, SECOND, 0, 1, 10e6, 1);
    begin(rig, SECOND, 0, 1, 0, 2);
    begin(rig, SECOND, 0, 1, 0, 3);
    begin(rig, SECOND, 0, 1, 12.5e6, 4);
    run(rig);
    CU_ASSERT_EQUAL(rig->end_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(rig->ends[i].user, i + 1);
        CU_ASSERT_EQUAL(rig->ends[i].at_ns, SECOND + (i < 3 ? 820 : 1820) * MS);
    }
    close_rig(rig);
}

/* The end of one transfer makes its peer cancel others of the same connection. */
static void cancel_from_within_an_end(void) {
    for (uint64_t other = 1; other <= 4; other++) {
        for (uint64_t at = 1; at <= 4; at++) {
            struct rig *rig = open_rig(1e9);
            warm(rig, 0, 1);
            begin(rig, SECOND, 0, 1, 10e6, 1);
            begin(rig, SECOND, 0, 1, 0, 2);
            begin(rig, SECOND, 0, 1, 12.5e6, 3);
            begin(rig, SECOND, 0, 1, 12.5e6, 4);
            rig->on_end = at;
            rig->then_cancel = other;
            run(rig);
            CU_ASSERT_EQUAL(rig->end_count, other > at ? 3 : 4);
            CU_ASSERT_EQUAL(end_of(rig, other) == -1, other > at);
            close_rig(rig);
        }
    }
}

/* Five transfers without bytes between each two hosts, and four with: three instants see all the
 * ends, none is lost, and those of a connection come in the order of their begins. */
static void equal_instants(void) {
    struct rig *rig = open_rig(1e12);
    uint32_t count = 0;
    for (uint32_t i = 0; i < 2; i++) {
        warm(rig, 2 * i + i, 2 * i + 1 + i);
        warm(rig, 2 * i + 1 + i, 2 * i + i);
    }
    for (uint32_t a = 0; a < HOSTS; a++) {
        for (uint32_t b = 0; b < HOSTS; b++) {
            for (int i = 0; a != b && i < 5; i++) {
                begin(rig, SECOND, a, b, 0, ++count);
            }
        }
    }
    for (uint32_t i = 0; i < 2; i++) {
        begin(rig, 2 * SECOND, 3 * i, 3 * i + 1, 12.5e6, ++count);
        begin(rig, 2 * SECOND, 3 * i + 1, 3 * i, 12.5e6, ++count);
    }
    run(rig);
    CU_ASSERT_EQUAL(rig->end_count, count);
    for (uint64_t user = 1; user <= count; user++) {
        int64_t at_ns = end_of(rig, user);
        CU_ASSERT(user <= count - 4 ? at_ns > SECOND : at_ns == 3 * SECOND + 20 * MS);
    }
    /* Users 5 k + 1 .. 5 k + 5 are those of one connection. */
    for (uint32_t i = 0; i < rig->end_count; i++) {
        for (uint32_t j = i + 1; rig->ends[i].user <= count - 4 && j < rig->end_count; j++) {
            CU_ASSERT((rig->ends[i].user - 1) / 5 != (rig->ends[j].user - 1) / 5 ||
                      rig->ends[i].user < rig->ends[j].user);
        }
    }
    ess_test_note("%u ends", rig->end_count);
    close_rig(rig);
}

/* ---- bytes over the WAN -----------------------------------------------------------------------
 */

static void wan_bytes_count_crossings(void) {
    struct rig *rig = open_rig(1e9);
    begin(rig, 0, 0, 1, 1e6, 1); /* within a site: none */
    begin(rig, 0, 0, 3, 2e6, 2); /* one link */
    begin(rig, 0, 5, 1, 4e6, 3); /* two links */
    begin(rig, 0, 4, 5, 8e6, 4); /* one link */
    run(rig);
    CU_ASSERT_EQUAL(rig->end_count, 4);
    CU_ASSERT_EQUAL(ess_fluid_wan_bytes(rig->fluid), 2e6 + 2 * 4e6 + 8e6);
    close_rig(rig);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"check value of the header", check_value_of_the_header},
        {"a cold connection pays a round trip", cold_pays_a_round_trip},
        {"the narrowest link counts", the_narrowest_link_counts},
        {"the window caps the rate", the_window_caps_the_rate},
        {"zero bytes take their delay", nothing_takes_its_delay},
        {"messages", messages},
        {"two share a link", two_share_a_link},
        {"a newcomer takes its share", a_newcomer_takes_its_share},
        {"a connection is one flow", a_connection_is_one_flow},
        {"those during the handshake wait", those_during_the_handshake_wait},
        {"a cut stops what is in flight", a_cut_stops_what_is_in_flight},
        {"a cut in the latency phase", a_cut_in_the_latency_phase},
        {"cuts are counted", cuts_are_counted},
        {"a cut for ever", a_cut_for_ever},
        {"cancel in the latency phase", cancel_in_the_latency_phase},
        {"cancel in flight", cancel_in_flight},
        {"cancel one that waits", cancel_one_that_waits},
        {"cancel the one before", cancel_the_one_before},
        {"cancel at the instant of the end", cancel_at_the_instant_of_the_end},
        {"cancel twice is nothing", cancel_twice_is_nothing},
        {"zero bytes keep their place", nothing_keeps_its_place},
        {"cancel from within an end", cancel_from_within_an_end},
        {"equal instants", equal_instants},
        {"WAN bytes count crossings", wan_bytes_count_crossings},
        {NULL, NULL},
    };
    return ess_test_main("fluid network", tests);
}
