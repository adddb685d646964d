/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loss formulas against the values of the papers and of RFC 9438. */
#include <math.h>
#include <stdbool.h>

#include "ess_test.h"
#include "models/network/tcp_loss.h"
#include "models/network/transport.h"

extern const struct ess_transport_type ess_transport_bbr, ess_transport_cubic, ess_transport_reno;

static bool near(double value, double expected, double relative) {
    bool good = fabs(value - expected) <= relative * expected;
    if (!good) {
        ess_test_note("%.6g, expected %.6g", value, expected);
    }
    return good;
}

static struct ess_transport_settings defaults_of(const struct ess_transport_type *type) {
    struct ess_transport_settings settings;
    ess_parameters_set_defaults(type->parameters, &settings);
    return settings;
}

static void mathis(void) {
    CU_ASSERT(near(ess_tcp_window_mathis(0.01, 1), 12.2474, 1e-5));
    CU_ASSERT(near(ess_tcp_window_mathis(0.0001, 1), 122.474, 1e-5));
    CU_ASSERT(near(ess_tcp_window_mathis(0.01, 2), 8.66025, 1e-5));
}

/* By hand, p = 0.01, b = 2, RTT 100 ms, T = 1 s: 0.1 sqrt(0.04 / 3) = 0.0115470; 3 sqrt(0.0075) =
 * 0.259808, times 0.01 (1 + 0.0032) = 0.00260639; 1 / 0.0141534 = 70.654. */
static void pftk(void) {
    CU_ASSERT(near(ess_tcp_rate_pftk(0.1, 1, 0.01, 2), 70.654, 1e-4));
    /* Heavy loss: the time-out probability is 1 at most. */
    CU_ASSERT(near(ess_tcp_rate_pftk(0.1, 1, 0.5, 1), 1 / (0.1 * sqrt(1.0 / 3) + 0.5 * 9), 1e-9));
    /* Without time-outs it is Mathis. */
    CU_ASSERT(near(ess_tcp_rate_pftk(0.1, 0, 0.01, 1), 122.474, 1e-5));
}

/* RFC 9438, section 5.1, tables 1 and 2: average windows of CUBIC (its Reno-friendly region
 * included) and of Reno, in segments, for RTT 0.1 s and 0.01 s. */
static void cubic_by_the_rfc(void) {
    static const struct {
        double round_trip_s, loss, reno, cubic;
    } rows[] = {
        {0.1, 1e-2, 12, 12},
        {0.1, 1e-3, 38, 38},
        {0.1, 1e-4, 120, 187},
        {0.1, 1e-5, 379, 1054},
        {0.1, 1e-6, 1200, 5926},
        {0.1, 1e-7, 3795, 33325},
        {0.1, 1e-8, 12000, 187402},
        {0.01, 1e-4, 120, 120},
        {0.01, 1e-5, 379, 379},
        {0.01, 1e-6, 1200, 1200},
        {0.01, 1e-7, 3795, 5926},
        {0.01, 1e-8, 12000, 33325},
    };
    struct ess_transport_settings settings = defaults_of(&ess_transport_cubic);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double rtt = rows[i].round_trip_s;
        double rate = ess_transport_cubic.loss_rate(&settings, rtt, rows[i].loss);
        double window = rate * rtt / (double)settings.segment_bytes;
        /* The RFC's Reno is 1.2 / sqrt(p); that of Mathis is sqrt(3 / 2) = 1.2247 / sqrt(p). */
        CU_ASSERT(near(ess_tcp_window_mathis(rows[i].loss, 1), rows[i].reno, 0.04));
        CU_ASSERT(near(window, rows[i].cubic, 0.04));
    }
    CU_ASSERT(near(ess_tcp_window_cubic(0.1, 1e-8), 187402, 1e-3));
    ess_test_note("%zu rows of tables 1 and 2", sizeof rows / sizeof *rows);
}

/* Linux over an emulator of 100 Mbit/s and 20 ms, loss 0.001 and 0.01: Reno 21.6 and 7.7 Mbit/s,
 * CUBIC 21.4 and 7.5, BBR 96 and 95 (which is the link). */
static void linux_measured(void) {
    struct ess_transport_settings reno = defaults_of(&ess_transport_reno);
    struct ess_transport_settings cubic = defaults_of(&ess_transport_cubic);
    struct ess_transport_settings bbr = defaults_of(&ess_transport_bbr);
    CU_ASSERT(near(8 * ess_transport_reno.loss_rate(&reno, 0.02, 0.001), 21.6e6, 0.1));
    CU_ASSERT(near(8 * ess_transport_reno.loss_rate(&reno, 0.02, 0.01), 7.7e6, 0.1));
    CU_ASSERT(near(8 * ess_transport_cubic.loss_rate(&cubic, 0.02, 0.001), 21.4e6, 0.1));
    CU_ASSERT(near(8 * ess_transport_cubic.loss_rate(&cubic, 0.02, 0.01), 7.5e6, 0.1));
    CU_ASSERT_EQUAL(ess_transport_bbr.loss_rate(&bbr, 0.02, 0.19), INFINITY);
    CU_ASSERT(ess_transport_bbr.loss_rate(&bbr, 0.02, 0.2) < 1e6);
}

static void more_loss_is_never_faster(void) {
    for (size_t i = 0; ess_transport_registry[i]; i++) {
        const struct ess_transport_type *type = ess_transport_registry[i];
        struct ess_transport_settings settings;
        if (!type->parameters) {
            continue;
        }
        settings = defaults_of(type);
        for (int64_t timeouts = 0; timeouts < 2; timeouts++) {
            double before = INFINITY;
            settings.timeouts = timeouts;
            for (double loss = 1e-7; loss < 0.9; loss *= 1.3) {
                double rate = type->loss_rate(&settings, 0.05, loss);
                CU_ASSERT(rate > 0);
                CU_ASSERT(rate <= before);
                before = rate;
            }
        }
    }
}

/* K = cbrt(W_max 0.3 / 0.4): a window of 70 segments comes from 100, and is back after 4.217 s. */
static void growth(void) {
    struct ess_transport_settings reno = defaults_of(&ess_transport_reno);
    struct ess_transport_settings cubic = defaults_of(&ess_transport_cubic);
    CU_ASSERT_EQUAL(ess_transport_reno.growth_bytes(&reno, 0.1, 1e6), 1448);
    CU_ASSERT(near(
        ess_transport_cubic.growth_bytes(&cubic, 0.1, 70 * 1448), 1448 * 30 * 0.1 / 4.21716, 1e-3));
    /* At short round trips it grows as Reno of the same mean would: 0.53 segments. */
    CU_ASSERT(
        near(ess_transport_cubic.growth_bytes(&cubic, 0.001, 70 * 1448), 1448 * 9.0 / 17, 1e-3));
}

static void payload(void) {
    struct ess_transport_settings settings = defaults_of(&ess_transport_cubic);
    CU_ASSERT(near(ess_transport_payload_share(&settings), 1448.0 / 1500, 1e-12));
    settings.tls_record_bytes = 16384;
    CU_ASSERT(near(ess_transport_payload_share(&settings), 1448.0 / 1500 * 16384 / 16406, 1e-12));
    settings.tls_record_bytes = settings.header_bytes = 0;
    CU_ASSERT_EQUAL(ess_transport_payload_share(&settings), 1);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"Mathis", mathis},
        {"PFTK", pftk},
        {"CUBIC, RFC 9438, tables 1 and 2", cubic_by_the_rfc},
        {"Linux as measured", linux_measured},
        {"more loss is never faster", more_loss_is_never_faster},
        {"growth after a loss", growth},
        {"payload of a link", payload},
        {NULL, NULL},
    };
    return ess_test_main("TCP under loss", tests);
}
