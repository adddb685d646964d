/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain transfers with congestion controls of their own over one bottleneck, by the means of TCP
 * and packet by packet: how they share it, and what a scenario may not ask for. */
#include "ess_test.h"
#include "sim/scenario/document.h"
#include "sim/world/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two sites joined by 10 Mbit/s and 40 ms there and back: a product of 50 kB. */
static const char text_format[] =
    "{\"name\":\"mix\",\"duration\":\"%d s\",\"sites\":["
    "{\"name\":\"a\",\"hosts\":[{\"count\":2,\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\","
    "\"delay\":\"1 ms\"}]},"
    "{\"name\":\"b\",\"hosts\":[{\"count\":2,\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\","
    "\"delay\":\"1 ms\"}]}],"
    "\"wan\":{\"links\":[{\"from\":\"a\",\"to\":\"b\",\"rate\":\"10 Mbit/s\",\"delay\":\"18 ms\","
    "\"queue_bytes\":\"%d kB\"}]},"
    "\"services\":[{\"kind\":\"transfers\",\"transfers\":["
    "{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"bulk\",\"measure_from\":\"%d s\","
    "\"connections\":%d,\"congestion_control\":\"%s\"},"
    "{\"from\":\"a/1\",\"to\":\"b/1\",\"bytes\":\"bulk\",\"measure_from\":\"%d s\","
    "\"connections\":%d}]}],\"network\":{%s}}";

struct mix {
    int queue_kB, first, second; /* connections of each */
    const char *law;             /* of the first transfer; the second has the network's, CUBIC */
    const char *network;
};

static struct ess_scenario *load(const struct mix *mix, int duration_s, char **messages) {
    struct ess_scenario_document *document = NULL;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    char text[4096];
    size_t bytes;
    FILE *out = open_memstream(messages, &bytes);
    snprintf(text, sizeof text, text_format, duration_s, mix->queue_kB, duration_s / 4, mix->first,
        mix->law, duration_s / 4, mix->second, mix->network);
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(text, strlen(text), "s.json", NULL, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, out);
    fclose(out);
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    return scenario;
}

/* Goodputs of the two, bytes/s. */
static void play(const struct mix *mix, int duration_s, double goodputs[2]) {
    struct ess_world_options options = {.replication = 0};
    struct ess_world_outcome outcome;
    struct ess_trace_error error = {.line = 0};
    char *messages = NULL;
    struct ess_scenario *scenario = load(mix, duration_s, &messages);
    ESS_CHECK(scenario != NULL, "%s", messages);
    CU_ASSERT_FATAL(ess_world_run(scenario, &options, &outcome, &error));
    goodputs[0] = outcome.plain[0].goodput_bytes_per_s;
    goodputs[1] = outcome.plain[1].goodput_bytes_per_s;
    ess_world_outcome_fini(&outcome);
    ess_scenario_free(scenario);
    free(messages);
}

static double share(const struct mix *mix, int duration_s) {
    double goodputs[2] = {0, 0};
    play(mix, duration_s, goodputs);
    return goodputs[0] / (goodputs[0] + goodputs[1]);
}

/* Together they have the link, and BBR its 0.4 of it, whatever the others are. */
static void fluid_share(void) {
    const int others[] = {1, 4, 16};
    for (int i = 0; i < 3; i++) {
        struct mix mix = {200, 1, others[i], "bbr", ""};
        double goodputs[2] = {0, 0}, sum;
        play(&mix, 240, goodputs);
        sum = goodputs[0] + goodputs[1];
        ESS_CHECK(fabs(sum / 1206667 - 1) < 0.01, "%.0f B/s", sum);
        ESS_CHECK(fabs(goodputs[0] / sum - 0.4) < 0.01, "%.3f", goodputs[0] / sum);
    }
    struct mix several = {200, 4, 4, "bbr", ""}, same = {200, 1, 4, "cubic", ""};
    struct mix alone = {200, 3, 1, "bbr", "\"transport\":\"bbr\""};
    ESS_CHECK(fabs(share(&several, 240) - 0.4) < 0.01, "%.3f", share(&several, 240));
    ESS_CHECK(fabs(share(&same, 240) - 0.2) < 0.01, "%.3f", share(&same, 240));
    ESS_CHECK(fabs(share(&alone, 240) - 0.75) < 0.01, "%.3f", share(&alone, 240));
}

/* Within half as much again of what packets do, in queues of 2 to 8 products. */
static void as_packets(void) {
    double worst = 1, sum = 0;
    int count = 0;
    for (int queue = 100; queue <= 400; queue *= 2) {
        for (int others = 1; others <= 16; others *= 4) {
            struct mix fluid = {queue, 1, others, "bbr", ""};
            struct mix packet = {queue, 1, others, "bbr", "\"model\":\"packet\""};
            double factor = fabs(log(share(&fluid, 320) / share(&packet, 320)));
            worst = fmax(worst, exp(factor));
            sum += factor;
            count++;
        }
    }
    ess_test_note("BBR beside CUBIC, fluid by packet: factor %.2f over %d cases, worst %.2f",
        exp(sum / count), count, worst);
    CU_ASSERT(worst < 1.5);
    CU_ASSERT(exp(sum / count) < 1.2);
}

/* A BBR transfer that comes and goes leaves the others what they had. */
static void comes_and_goes(void) {
    struct mix mix = {200, 1, 2, "bbr", ""};
    double goodputs[2] = {0, 0};
    char *messages = NULL;
    struct ess_scenario *scenario = load(&mix, 100, &messages);
    struct ess_world_options options = {.replication = 0};
    struct ess_world_outcome outcome;
    struct ess_trace_error error = {.line = 0};
    CU_ASSERT_FATAL(scenario != NULL);
    scenario->transfers[0].stop_ns = INT64_C(50000000000);
    CU_ASSERT_FATAL(ess_world_run(scenario, &options, &outcome, &error));
    goodputs[0] = outcome.plain[0].goodput_bytes_per_s;
    goodputs[1] = outcome.plain[1].goodput_bytes_per_s;
    /* Measured from 25 s: a third of the time beside it. */
    ESS_CHECK(fabs(goodputs[0] / 1206667 - 0.4) < 0.01, "%.0f", goodputs[0]);
    ESS_CHECK(fabs(goodputs[1] / 1206667 - (0.6 / 3 + 2 / 3.0)) < 0.01, "%.0f", goodputs[1]);
    ess_world_outcome_fini(&outcome);
    ess_scenario_free(scenario);
    free(messages);
}

static void refused(void) {
    static const struct {
        struct mix mix;
        const char *said;
    } cases[] = {
        {{200, 1, 1, "bbrr", ""},
            "s.json:/services/0/transfers/0/congestion_control: expected a congestion control "
            "(`essaim list congestion`), found \"bbrr\"; did you mean \"bbr\"?\n"},
        {{200, 1, 1, "ideal", "\"model\":\"packet\""},
            "s.json:/services/0/transfers/0/congestion_control: expected a congestion control "
            "(`essaim list congestion`), found \"ideal\"\n"},
        {{200, 1, 1, "bbr", "\"transport\":\"ideal\""},
            "s.json:/services/0/transfers/0/congestion_control: expected it only where connections "
            "have a congestion control, found this key with the transport \"ideal\"\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *messages = NULL;
        struct ess_scenario *scenario = load(&cases[i].mix, 100, &messages);
        CU_ASSERT_PTR_NULL(scenario);
        ESS_CHECK(strcmp(messages, cases[i].said) == 0, "%s", messages);
        ess_scenario_free(scenario);
        free(messages);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"BBR's share by means", fluid_share},
        {"as packets share it", as_packets},
        {"one that comes and goes", comes_and_goes},
        {"what is refused", refused},
        {NULL, NULL},
    };
    return ess_test_main("congestion mix", tests);
}
