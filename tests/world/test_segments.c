/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What segments of another length than Ethernet's do to a transfer: closed forms of the fluid
 * network, and the packets beside them. */
#include "ess_test.h"
#include "sim/scenario/document.h"
#include "sim/scenario/unused.h"
#include "sim/world/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 100 Mbit/s and 20 ms one way; the MTU is that of the link between the sites. */
static const char text_format[] =
    "{\"name\":\"segments\",\"duration\":\"1 h\",\"sites\":["
    "{\"name\":\"a\",\"hosts\":[{\"count\":2,\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\","
    "\"delay\":\"1 ms\",\"mtu\":\"9000 B\"}]},"
    "{\"name\":\"b\",\"hosts\":[{\"count\":2,\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\","
    "\"delay\":\"1 ms\",\"mtu\":\"9000 B\"}]}],"
    "\"wan\":{\"links\":[{\"from\":\"a\",\"to\":\"b\",\"rate\":\"100 Mbit/s\",\"delay\":\"18 ms\","
    "\"queue_bytes\":\"500 kB\",\"mtu\":\"%d B\"}]},"
    "\"services\":[{\"kind\":\"transfers\",\"transfers\":["
    "{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"%s\",\"state\":\"%s\"%s}]}],"
    "\"network\":{%s}}";

static struct ess_world_transfer play(
    int mtu, const char *bytes, const char *state, const char *more, const char *network) {
    struct ess_world_options options = {.replication = 0};
    struct ess_scenario_document *document = NULL;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    struct ess_world_transfer transfer;
    struct ess_world_outcome outcome;
    struct ess_trace_error error = {.line = 0};
    char text[4096];
    snprintf(text, sizeof text, text_format, mtu, bytes, state, more, network);
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(text, strlen(text), "s.json", NULL, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, stdout);
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    CU_ASSERT_FATAL(scenario != NULL);
    CU_ASSERT_EQUAL(ess_scenario_warn_unused(scenario, stdout), 0);
    CU_ASSERT_FATAL(ess_world_run(scenario, &options, &outcome, &error));
    transfer = outcome.plain[0];
    ess_world_outcome_fini(&outcome);
    ess_scenario_free(scenario);
    return transfer;
}

static const int mtus[] = {576, 1280, 1500, 4000, 9000};
enum { MTUS = sizeof mtus / sizeof *mtus };

/* In the long run a link carries (m - 52) / m of its rate. */
static void rate(void) {
    for (int i = 0; i < MTUS; i++) {
        struct ess_world_transfer got =
            play(mtus[i], "bulk", "warm", ",\"measure_from\":\"2 s\",\"stop\":\"12 s\"", "");
        double wanted = 12.5e6 * (mtus[i] - 52) / mtus[i];
        /* Segments are whole bytes in units of Ethernet's. */
        ESS_CHECK(fabs(got.goodput_bytes_per_s / wanted - 1) < 1e-6,
            "MTU %d: %.1f in place of %.1f", mtus[i], got.goodput_bytes_per_s, wanted);
        ESS_CHECK(fabs(got.delivered_bytes / (12 * wanted) - 1) < 0.01, "MTU %d: %.0f bytes",
            mtus[i], got.delivered_bytes);
    }
}

/* A window that opens with ten segments: 100 kB in 9,000-byte packets are ten and some, which take
 * one round trip fewer than 1,500-byte packets, 14,480 + 28,960 and the rest. */
static void slow_start(void) {
    struct ess_world_transfer large = play(9000, "100 kB", "cold", "", "");
    struct ess_world_transfer usual = play(1500, "100 kB", "cold", "", "");
    CU_ASSERT_EQUAL(large.delivered_bytes, 100000);
    CU_ASSERT_EQUAL(usual.delivered_bytes, 100000);
    ess_test_note("100 kB, cold: %.1f ms in packets of 9,000 bytes, %.1f ms of 1,500",
        1e3 * large.completion_s, 1e3 * usual.completion_s);
    CU_ASSERT(usual.completion_s - large.completion_s > 0.035);
    CU_ASSERT(usual.completion_s - large.completion_s < 0.045);
}

static void as_packets(void) {
    static const char *const sizes[] = {"20 kB", "300 kB", "20 MB"};
    double worst = 1, sum = 0;
    int count = 0;
    for (int i = 0; i < MTUS; i++) {
        for (int k = 0; k < 3; k++) {
            double fluid = play(mtus[i], sizes[k], "cold", "", "").completion_s;
            double packet =
                play(mtus[i], sizes[k], "cold", "", "\"model\":\"packet\"").completion_s;
            double factor = fabs(log(fluid / packet));
            worst = fmax(worst, exp(factor));
            sum += factor;
            count++;
        }
    }
    ess_test_note("cold transfers at MTUs of 576 to 9,000 bytes, fluid by packet: factor %.3f over "
                  "%d cases, worst %.2f",
        exp(sum / count), count, worst);
    CU_ASSERT(exp(sum / count) < 1.08);
    CU_ASSERT(worst < 1.3);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"long-run rate", rate},
        {"slow start in larger segments", slow_start},
        {"as packets", as_packets},
        {NULL, NULL},
    };
    return ess_test_main("segments", tests);
}
