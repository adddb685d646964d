/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data both ways over an asymmetric access link, by the means of TCP and packet by packet: the slow
 * direction loses what the acknowledgements of the fast one need, the fast one waits for its
 * acknowledgements in the slow one's queue. */
#include "ess_test.h"
#include "sim/scenario/document.h"
#include "sim/world/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 40 ms there and back; down 100 Mbit/s. */
static const char text_format[] =
    "{\"name\":\"asymmetric\",\"duration\":\"61 s\",\"sites\":["
    "{\"name\":\"home\",\"hosts\":[{\"count\":1,\"up\":\"%d Mbit/s\",\"down\":\"100 Mbit/s\","
    "\"delay\":\"5 ms\"%s}]},"
    "{\"name\":\"a\",\"hosts\":[{\"count\":2,\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\","
    "\"delay\":\"1 ms\"}]}],"
    "\"wan\":{\"links\":[{\"from\":\"home\",\"to\":\"a\",\"rate\":\"10 Gbit/s\",\"delay\":"
    "\"14 ms\"}]},"
    "\"services\":[{\"kind\":\"transfers\",\"transfers\":["
    "{\"from\":\"a/0\",\"to\":\"home/0\",\"bytes\":\"bulk\",\"measure_from\":\"10 s\",\"stop\":"
    "\"60 s\"},"
    "{\"from\":\"home/0\",\"to\":\"a/1\",\"bytes\":\"bulk\",\"start\":\"%d s\",\"measure_from\":"
    "\"%d s\",\"stop\":\"60 s\"}]}],\"network\":{%s}}";

struct goodputs {
    double down, up; /* bytes/s */
};

/* The upload starts with the download, or when that has ended. */
static struct goodputs play(int up_Mbit, int queue_kB, bool beside, const char *network) {
    struct ess_world_options options = {.replication = 0};
    struct ess_scenario_document *document = NULL;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    struct ess_world_outcome outcome;
    struct ess_trace_error error = {.line = 0};
    struct goodputs got;
    char text[4096], queue[64] = "";
    if (queue_kB > 0) {
        snprintf(queue, sizeof queue, ",\"queue_bytes\":\"%d kB\"", queue_kB);
    }
    snprintf(
        text, sizeof text, text_format, up_Mbit, queue, beside ? 0 : 59, beside ? 10 : 59, network);
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(text, strlen(text), "s.json", NULL, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, stdout);
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    CU_ASSERT_FATAL(scenario != NULL);
    CU_ASSERT_FATAL(ess_world_run(scenario, &options, &outcome, &error));
    got = (struct goodputs){
        outcome.plain[0].goodput_bytes_per_s, outcome.plain[1].goodput_bytes_per_s};
    ess_world_outcome_fini(&outcome);
    ess_scenario_free(scenario);
    return got;
}

/* Up 10 Mbit/s, queue of 400 kB: the fast direction has a window of 0.85 x 1448 / 1500 x (500 +
 * 400) kB in 40 ms and 0.6 x 400 kB / 1.25 MB/s = 232 ms: 3.183 MB/s, whose acknowledgements take
 * 52 / 3000 of 3.297 MB/s of packets from 1.25 MB/s. */
static void closed_form(void) {
    struct goodputs got = play(10, 400, true, "");
    double window = 0.85 * 1448 / 1500 * 900e3, down = window / (0.04 + 0.6 * 400e3 / 1.25e6);
    double up = (1.25e6 - down * 1500 / 1448 * 52 / 3000) * 1448 / 1500;
    ESS_CHECK(fabs(got.down / down - 1) < 1e-3, "%.0f B/s in place of %.0f", got.down, down);
    ESS_CHECK(fabs(got.up / up - 1) < 1e-3, "%.0f B/s in place of %.0f", got.up, up);
}

/* Alone, without a word of queues, or where it is turned off, each direction has its link. */
static void unaffected(void) {
    struct goodputs alone = play(10, 100, false, ""), unknown = play(10, 0, true, "");
    struct goodputs off = play(10, 100, true, "\"transport\":{\"name\":\"cubic\",\"two_way\":1}");
    double down = 12.5e6 * 1448 / 1500;
    ESS_CHECK(fabs(alone.down / down - 1) < 0.05, "%.0f B/s", alone.down);
    ESS_CHECK(fabs(off.down / down - 1) < 1e-3, "%.0f B/s", off.down);
    ESS_CHECK(fabs(off.up / (down / 10) - 1) < 1e-3, "%.0f B/s", off.up);
    ESS_CHECK(fabs(unknown.down / down - 1) < 1e-3, "%.0f B/s", unknown.down);
    /* Its acknowledgements still take their part: 1.73 of 10 Mbit/s. */
    ESS_CHECK(
        fabs(unknown.up / (down / 10 * (1 - 10 * 52 / 3000.0)) - 1) < 1e-3, "%.0f B/s", unknown.up);
}

static void as_packets(void) {
    static const int ups[] = {2, 5, 10, 20, 50}, queues[] = {50, 100, 400};
    double down = 0, up = 0, worst_down = 1, worst_up = 1;
    int count = 0;
    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < 3; k++) {
            struct goodputs fluid = play(ups[i], queues[k], true, "");
            struct goodputs packet = play(ups[i], queues[k], true, "\"model\":\"packet\"");
            double of_down = fabs(log(fluid.down / packet.down));
            double of_up = fabs(log(fluid.up / packet.up));
            down += of_down;
            up += of_up;
            worst_down = fmax(worst_down, exp(of_down));
            worst_up = fmax(worst_up, exp(of_up));
            count++;
        }
    }
    ess_test_note(
        "both ways, up 2 to 50 of 100 Mbit/s, fluid by packet: fast direction %.2f (worst "
        "%.2f), slow %.3f (worst %.2f), %d cases",
        exp(down / count), worst_down, exp(up / count), worst_up, count);
    CU_ASSERT(exp(down / count) < 1.8);
    CU_ASSERT(worst_down < 3.5);
    CU_ASSERT(exp(up / count) < 1.06);
    CU_ASSERT(worst_up < 1.2);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"closed forms of both directions", closed_form},
        {"what is not affected", unaffected},
        {"as packets", as_packets},
        {NULL, NULL},
    };
    return ess_test_main("asymmetric", tests);
}
