/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window of a connection, by itself: growth, limits, loss, idle times, bursts. */
#include <math.h>
#include <stdbool.h>

#include "ess_test.h"
#include "models/network/tcp_window.h"
#include "models/network/transport.h"

#define MS INT64_C(1000000)
#define INITIAL 14480.0

extern const struct ess_transport_type ess_transport_cubic;

static struct ess_transport_settings defaults(void) {
    struct ess_transport_settings settings;
    ess_parameters_set_defaults(ess_transport_cubic.parameters, &settings);
    return settings;
}

/* A round trip that carried the whole window. */
static void round_trip(
    struct ess_tcp_window *window, const struct ess_transport_settings *settings) {
    struct ess_tcp_progress progress = {
        .acked_bytes = window->bytes, .flight_bytes = window->bytes, .full = true};
    ess_tcp_window_acked(window, settings, &progress);
}

static void doubles(void) {
    struct ess_transport_settings settings = defaults();
    struct ess_tcp_window window;
    ess_tcp_window_open(&window, &settings, 1e6, 1e6, 0);
    for (int k = 0; k < 6; k++) {
        CU_ASSERT_EQUAL(window.bytes, INITIAL * (1 << k));
        CU_ASSERT_TRUE(window.slow_start);
        round_trip(&window, &settings);
    }
    round_trip(&window, &settings); /* 926,720 would be 1,853,440 */
    CU_ASSERT_FALSE(window.slow_start);
    CU_ASSERT_EQUAL(window.bytes, 1e6);
}

static void grows_by_half_where_acknowledgements_count(void) {
    struct ess_transport_settings settings = defaults();
    struct ess_tcp_window window;
    settings.growth = 1.5;
    ess_tcp_window_open(&window, &settings, 1e6, 1e6, 0);
    round_trip(&window, &settings);
    round_trip(&window, &settings);
    CU_ASSERT_EQUAL(window.bytes, INITIAL * 2.25);
}

static void full_at_once(void) {
    struct ess_transport_settings settings = defaults();
    struct ess_tcp_window window;
    ess_tcp_window_open(&window, &settings, 10000, 10000, 0);
    CU_ASSERT_EQUAL(window.bytes, 10000); /* the most is less than the initial window */
    CU_ASSERT_FALSE(window.slow_start);
    settings.slow_start = 0;
    ess_tcp_window_open(&window, &settings, 1e6, 1e6, 0);
    CU_ASSERT_EQUAL(window.bytes, 1e6);
}

/* A sender that has little to say keeps its window. */
static void does_not_grow_without_need(void) {
    struct ess_transport_settings settings = defaults();
    struct ess_tcp_progress little = {.acked_bytes = 5000, .flight_bytes = 5000, .full = true};
    struct ess_tcp_window window;
    ess_tcp_window_open(&window, &settings, 1e6, 1e6, 0);
    for (int i = 0; i < 10; i++) {
        ess_tcp_window_acked(&window, &settings, &little);
    }
    CU_ASSERT_EQUAL(window.bytes, INITIAL);
    little.flight_bytes = 10000;
    for (int i = 0; i < 10; i++) {
        ess_tcp_window_acked(&window, &settings, &little);
    }
    CU_ASSERT_EQUAL(window.bytes, 20000);
    CU_ASSERT_TRUE(window.slow_start);
}

static void links_end_slow_start(void) {
    struct ess_transport_settings settings = defaults();
    struct ess_tcp_progress held = {.acked_bytes = 10000, .flight_bytes = 14480, .full = false};
    struct ess_tcp_window window;
    ess_tcp_window_open(&window, &settings, 1e6, 1e6, 0);
    ess_tcp_window_acked(&window, &settings, &held);
    CU_ASSERT_FALSE(window.slow_start);
    CU_ASSERT_EQUAL(window.bytes, 1e6);
}

/* Loss 0.01: the first one is due after 100 segments, 144,800 bytes: in the fourth round trip
 * (14,480 + 28,960 + 57,920 = 101,360 came before). */
static void loss_ends_slow_start(void) {
    struct ess_transport_settings settings = defaults();
    struct ess_tcp_window window;
    ess_tcp_window_open(&window, &settings, 1e6, 20000, 0.01);
    for (int k = 0; k < 3; k++) {
        round_trip(&window, &settings);
        CU_ASSERT_TRUE(window.slow_start);
    }
    round_trip(&window, &settings);
    CU_ASSERT_FALSE(window.slow_start);
    CU_ASSERT_EQUAL(window.bytes, 20000);
}

/* Time-out of 200 ms and a round trip of 50 ms: 250 ms. */
static void idle(void) {
    static const struct {
        int64_t idle_ns;
        double bytes;
    } rows[] = {{0, 160000}, {250 * MS, 160000}, {251 * MS, 80000}, {501 * MS, 40000},
        {751 * MS, 20000}, {1001 * MS, INITIAL}, {3600000 * MS, INITIAL}};
    struct ess_transport_settings settings = defaults();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ess_tcp_window window = {.bytes = 160000,
            .most_bytes = 160000,
            .steady_bytes = 160000,
            .threshold_bytes = INFINITY,
            .until_loss_bytes = INFINITY};
        ess_tcp_window_idle(&window, &settings, rows[i].idle_ns, 50 * MS);
        CU_ASSERT_EQUAL(window.bytes, rows[i].bytes);
        CU_ASSERT_EQUAL(window.slow_start, rows[i].bytes < 160000);
        if (window.slow_start) {
            CU_ASSERT_EQUAL(window.threshold_bytes, 120000);
            while (window.slow_start) {
                round_trip(&window, &settings);
            }
            CU_ASSERT_EQUAL(window.bytes, 160000);
        }
    }
    ess_test_note("%zu idle times", sizeof rows / sizeof *rows);
}

static void idle_switched_off(void) {
    struct ess_transport_settings settings = defaults();
    struct ess_tcp_window window = {.bytes = 160000};
    settings.idle_restart = 0;
    ess_tcp_window_idle(&window, &settings, 3600000 * MS, 50 * MS);
    CU_ASSERT_EQUAL(window.bytes, 160000);
}

/* A burst is cut only where slow start is over, never below the initial window, and grows back by
 * what the congestion control gives a round trip. */
static void bursts(void) {
    struct ess_transport_settings settings = defaults();
    struct ess_tcp_window window = {.bytes = 160000,
        .most_bytes = 160000,
        .steady_bytes = 160000,
        .until_loss_bytes = INFINITY};
    struct ess_tcp_progress three = {.acked_bytes = 300000, .growth_bytes = 1448, .full = true};
    ess_tcp_window_restart(&window, &settings, 100000);
    CU_ASSERT_EQUAL(window.bytes, 100000);
    ess_tcp_window_acked(&window, &settings, &three);
    CU_ASSERT_EQUAL(window.bytes, 100000 + 3 * 1448);
    three.acked_bytes = 1e9;
    ess_tcp_window_acked(&window, &settings, &three);
    CU_ASSERT_EQUAL(window.bytes, 160000);
    ess_tcp_window_restart(&window, &settings, 5);
    CU_ASSERT_EQUAL(window.bytes, INITIAL);
    ess_tcp_window_open(&window, &settings, 160000, 160000, 0);
    round_trip(&window, &settings);
    ess_tcp_window_restart(&window, &settings, 5);
    CU_ASSERT_EQUAL(window.bytes, 2 * INITIAL);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"slow start doubles", doubles},
        {"slow start by halves", grows_by_half_where_acknowledgements_count},
        {"full at once", full_at_once},
        {"no growth without need", does_not_grow_without_need},
        {"links end slow start", links_end_slow_start},
        {"loss ends slow start", loss_ends_slow_start},
        {"idle times", idle},
        {"idle times switched off", idle_switched_off},
        {"bursts", bursts},
        {NULL, NULL},
    };
    return ess_test_main("TCP windows", tests);
}
