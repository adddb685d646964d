/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links that are cut in one direction: what TCP still carries in the other one, by flows and packet
 * by packet. Acknowledgements are missing, so that it is a window of data at most, and messages
 * until the first of them has timed out. */
#include "tests/world/transfer_case.h"

#include "tests/world/world_case.h"

#define D_AB 0.020
#define CUT(direction, duration)                                                                   \
    ",\"faults\":[{\"at\":\"1 s\",\"kind\":\"link_cut\",\"between\":[\"a\",\"b\"],"                \
    "\"direction\":\"" direction "\",\"for\":\"" duration "\"}]"
#define BOTH_WAYS                                                                                  \
    "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"20 MB\",\"state\":\"warm\"},"                   \
    "{\"from\":\"b/1\",\"to\":\"a/1\",\"bytes\":\"20 MB\",\"state\":\"warm\"}]"

/* Of a - b: a round trip at its rate, and the packet model's queue before it. */
#define WINDOW_MOST (10e6 * 0.040 + 10e6 * 0.1)

static const char *const models[] = {",\"transport\":\"ideal\"", ",\"transport\":\"cubic\"",
    ",\"model\":\"packet\"", ",\"model\":\"packet\",\"profile\":\"ns3\""};
enum { MODELS = sizeof models / sizeof *models, PACKET = 2 };

/* Longer than the transport's 5 s: both directions are given up then, whichever was cut, and
 * nothing but a window has come through. */
static void given_up(void) {
    static const char *const cuts[] = {
        CUT("both", "7 s"), CUT("forward", "7 s"), CUT("backward", "7 s")};
    for (size_t m = 0; m < MODELS; m++) {
        double bytes[3][2];
        for (size_t i = 0; i < 3; i++) {
            struct transfer_case c = {
                .transfers = BOTH_WAYS, .network = models[m], .window = "4 MiB", .more = cuts[i]};
            struct ess_world_outcome outcome;
            run_case(&c, &outcome);
            for (int k = 0; k < 2; k++) {
                CU_ASSERT_EQUAL(outcome.plain[k].state, ESS_WORLD_TRANSFER_TIMED_OUT);
                CU_ASSERT_TRUE(about(outcome.plain[k].ended_s, 6));
                bytes[i][k] = outcome.plain[k].delivered_bytes;
            }
            ess_world_outcome_fini(&outcome);
        }
        ess_test_note("%s: %.0f and %.0f B past the cut in the open direction", models[m],
            bytes[2][0] - bytes[0][0], bytes[1][1] - bytes[0][1]);
        for (size_t i = 1; i < 3; i++) {
            for (int k = 0; k < 2; k++) {
                bool open = (i == 1) == (k == 1);
                double past = bytes[i][k] - bytes[0][k];
                CU_ASSERT_TRUE(
                    m >= PACKET && open ? past > 1448 && past <= WINDOW_MOST : past == 0);
            }
        }
    }
}

/* 3 s are waited out. By flows they are lost exactly; packets go on when a timer of theirs fires,
 * which has doubled meanwhile: up to as much again later, and its least (1 s in ns-3). */
static void waited_out(void) {
    static const char *const cuts[] = {CUT("forward", "3 s"), CUT("backward", "3 s")};
    for (size_t m = 0; m < MODELS; m++) {
        struct transfer_case c = {.transfers = BOTH_WAYS, .network = models[m], .window = "4 MiB"};
        struct ess_world_outcome plain, late;
        run_case(&c, &plain);
        for (size_t i = 0; i < 2; i++) {
            c.more = cuts[i];
            run_case(&c, &late);
            for (int k = 0; k < 2; k++) {
                double lost_s = late.plain[k].completion_s - plain.plain[k].completion_s;
                CU_ASSERT_EQUAL(late.plain[k].state, ESS_WORLD_TRANSFER_DONE);
                ess_test_note("%s, %s cut, from %s: %.3f s lost", models[m],
                    i ? "backward" : "forward", k ? "b" : "a", lost_s);
                CU_ASSERT_TRUE(
                    m == 0 ? fabs(lost_s - 3) < 1e-6 : lost_s > 2.8 && lost_s < 2 * 3 + 1 + 0.5);
            }
            ess_world_outcome_fini(&late);
        }
        ess_world_outcome_fini(&plain);
    }
}

/* What is small enough for a window arrives by packets and waits for the end by flows; a connection
 * that is not open yet cannot be opened in either. */
static void small_ones(void) {
    for (size_t m = 0; m < MODELS; m++) {
        struct transfer_case c = {
            .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"10 kB\",\"start\":"
                         "\"2 s\",\"state\":\"warm\"},{\"from\":\"a/1\",\"to\":\"b/1\","
                         "\"bytes\":\"10 kB\",\"start\":\"2 s\"}]",
            .network = models[m],
            .more = CUT("backward", "3 s")};
        struct ess_world_outcome outcome;
        run_case(&c, &outcome);
        CU_ASSERT_TRUE((outcome.plain[0].completion_s < 0.1) == (m >= PACKET));
        CU_ASSERT_TRUE(m >= PACKET || outcome.plain[0].completion_s >= 2);
        CU_ASSERT_TRUE(outcome.plain[1].completion_s >= 2);
        ess_world_outcome_fini(&outcome);
    }
}

/* A trace that says that nothing goes through from a to b is a cut from a to b. */
static void outage_of_a_trace(void) {
    for (size_t m = 0; m < MODELS; m++) {
        struct transfer_case c = {.transfers = BOTH_WAYS,
            .network = models[m],
            .window = "4 MiB",
            .csv = "time_s,rate_B_s\n0,10000000\n1,0\n4,10000000\n5,10000000\n",
            .more = ",\"link_traces\":[{\"between\":[\"a\",\"b\"],\"direction\":\"forward\","
                    "\"trace\":\"link.csv\",\"at_end\":\"hold\"}]"};
        struct ess_world_outcome outcome;
        run_case(&c, &outcome);
        for (int k = 0; k < 2; k++) {
            double wanted_s = 3 + D_AB + 2;
            ess_test_note(
                "%s, from %s: %.3f s", models[m], k ? "b" : "a", outcome.plain[k].completion_s);
            CU_ASSERT_TRUE(
                m == 0 ? about(outcome.plain[k].completion_s, wanted_s)
                       : outcome.plain[k].completion_s > 5 && outcome.plain[k].completion_s < 9);
        }
        ess_world_outcome_fini(&outcome);
    }
}

/* ---- messages ---------------------------------------------------------------------------------
 */

enum { ARRIVALS_MOST = 4096 };

/* When messages of host 1 reached the coordinator, on the coordinator's clock, which began with its
 * first event at 0 (and drifts by 50 ppm at most). */
struct listener {
    uint32_t coordinator, host;
    bool begun;
    int64_t begun_ns;
    double at_s[ARRIVALS_MOST];
    size_t count;
};

static void listen(void *context, uint32_t peer, int64_t deadline_ns, const struct ess_event *event,
    const struct ess_actions *actions, enum ess_step_result result) {
    struct listener *listener = context;
    (void)deadline_ns;
    (void)actions;
    (void)result;
    if (!event || peer != listener->coordinator) {
        return;
    }
    if (!listener->begun) {
        listener->begun = true;
        listener->begun_ns = event->now_ns;
    }
    if (event->kind == ESS_EVENT_MESSAGE && event->peer == listener->host &&
        listener->count < ARRIVALS_MOST) {
        listener->at_s[listener->count++] = 1e-9 * (double)(event->now_ns - listener->begun_ns);
    }
}

static size_t arrivals(const struct listener *listener, double from_s, double to_s) {
    size_t count = 0;
    for (size_t i = 0; i < listener->count; i++) {
        count += listener->at_s[i] >= from_s && listener->at_s[i] < to_s;
    }
    return count;
}

/* A worker that computes for a minute beats its heart every 0.5 s, over 10 ms to the coordinator.
 * From 10.2 to 12.2 s a direction of its link is cut. Up: nothing comes until 12.2 s, then all.
 * Down: the first beat comes, at most 0.5 s after the cut, and times out after 0.22 s; the rest
 * waits. */
static void heartbeats(void) {
    static const char *const directions[] = {"up", "down"};
    for (size_t m = 0; m < MODELS; m++) {
        for (int i = 0; i < 2; i++) {
            char faults[160];
            struct world_case c = {.hosts = {2},
                .work = "2000 TFLOP",
                .steps = 1,
                .duration = "20 s",
                .network = models[m],
                .faults = faults};
            struct listener listener = {.coordinator = 2, .host = 1};
            struct ess_world_outcome outcome;
            snprintf(faults, sizeof faults,
                "[{\"at\":\"10.2 s\",\"kind\":\"link_cut\",\"host\":\"s0/1\",\"direction\":\"%s\","
                "\"for\":\"2 s\"}]",
                directions[i]);
            run_world(&c, 0, listen, &listener, &outcome);
            ess_test_note(
                "%s, %s cut: %zu beats in 4 s before, %zu in the cut, %zu as it ends, %zu "
                "in 4 s after",
                models[m], directions[i], arrivals(&listener, 6, 10),
                arrivals(&listener, 10.22, 12.2), arrivals(&listener, 12.2, 12.25),
                arrivals(&listener, 12.25, 16.25));
            CU_ASSERT_EQUAL(arrivals(&listener, 6, 10), 8);
            CU_ASSERT_EQUAL(arrivals(&listener, 10.22, 12.2), (size_t)i);
            CU_ASSERT_EQUAL(arrivals(&listener, 12.2, 12.25), 4 - (size_t)i);
            CU_ASSERT_EQUAL(arrivals(&listener, 12.25, 16.25), 8);
            ess_world_outcome_fini(&outcome);
        }
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"given up together", given_up},
        {"waited out", waited_out},
        {"small transfers", small_ones},
        {"an outage in a trace", outage_of_a_trace},
        {"heartbeats", heartbeats},
        {NULL, NULL},
    };
    return ess_test_main("one-way cuts", tests);
}
