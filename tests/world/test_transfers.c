/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain transfers against pencil and paper: alone, sharing, parallel, cold and warm, bulk; over
 * links that change; through cuts, partitions and deaths of hosts. */
#include "tests/world/transfer_case.h"

#define D_AB 0.020 /* one way, seconds */
#define D_AC 0.028

/* ---- times ------------------------------------------------------------------------------------
 */

static void alone(void) {
    struct transfer_case c = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"10 MB\"},"
                     "{\"from\":\"a/1\",\"to\":\"b/1\",\"bytes\":\"10 MB\",\"start\":\"100 s\","
                     "\"state\":\"warm\"},"
                     "{\"from\":\"c/1\",\"to\":\"a/1\",\"bytes\":\"1 B\",\"start\":\"200 s\"},"
                     "{\"from\":\"a/0\",\"to\":\"a/1\",\"bytes\":\"12.5 MB\",\"start\":\"300 s\"},"
                     "{\"from\":\"coordinator\",\"to\":\"a/1\",\"bytes\":\"12.5 MB\",\"start\":"
                     "\"400 s\",\"state\":\"warm\"}]"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_DONE(outcome, 0, 3 * D_AB + 1); /* the handshake, then 10 MB at 10 MB/s */
    CHECK_DONE(outcome, 1, D_AB + 1);
    CHECK_DONE(outcome, 2, 3 * D_AC + 2e-7);
    CHECK_DONE(outcome, 3, 3 * 0.002 + 1);
    CHECK_DONE(outcome, 4, 0.002 + 1);
    CU_ASSERT_TRUE(about(outcome.plain[0].goodput_bytes_per_s, 1e7 / 1.06));
    CU_ASSERT_EQUAL(outcome.plain[0].delivered_bytes, 1e7);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT_TRUE(about(outcome.ended_s, 400 + 0.002 + 1)); /* and nothing is waited for */
    CU_ASSERT_EQUAL(outcome.steps, 0);
    ess_world_outcome_fini(&outcome);
}

/* Two warm ones on a - b: 5 MB/s each until the smaller is through, then all of it. */
static void two_share(void) {
    struct transfer_case c = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"5 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"a/1\",\"to\":\"b/1\",\"bytes\":\"20 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"b/2\",\"to\":\"a/2\",\"bytes\":\"10 MB\",\"state\":\"warm\"}]"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_DONE(outcome, 0, D_AB + 1);
    CHECK_DONE(outcome, 1, D_AB + 1 + 1.5);
    CHECK_DONE(outcome, 2, D_AB + 1); /* the other direction is another link */
    ess_world_outcome_fini(&outcome);
}

/* Transfers of one pair do not wait for one another. */
static void same_pair(void) {
    struct transfer_case c = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"10 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"10 MB\",\"state\":\"warm\"}]"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_DONE(outcome, 0, D_AB + 2);
    CHECK_DONE(outcome, 1, D_AB + 2);
    ess_world_outcome_fini(&outcome);
}

/* k connections against one: k / (k + 1) of the link. With 5 MB/s on b - c for all, the first is
 * through after 4 MB at 4 MB/s, the second has had 1 MB by then. */
static void parallel(void) {
    struct transfer_case c = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"c/0\",\"bytes\":\"4 MB\",\"connections\":4,"
                     "\"state\":\"warm\"},"
                     "{\"from\":\"a/1\",\"to\":\"c/1\",\"bytes\":\"6 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"a/2\",\"to\":\"b/2\",\"bytes\":\"7 B\",\"connections\":4096,"
                     "\"start\":\"100 s\"}]"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_DONE(outcome, 0, D_AC + 1);
    CHECK_DONE(outcome, 1, D_AC + 2);
    CHECK_DONE(outcome, 2, 3 * D_AB + 7e-7); /* no more connections than bytes */
    CU_ASSERT_EQUAL(outcome.transfers, 4 + 1 + 7);
    ess_world_outcome_fini(&outcome);
}

static void bulk(void) {
    struct transfer_case c = {.duration = "40 s",
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"bulk\",\"stop\":\"20 s\"},"
                     "{\"from\":\"a/1\",\"to\":\"b/1\",\"bytes\":\"bulk\",\"start\":\"10 s\","
                     "\"connections\":3,\"measure_from\":\"12 s\",\"state\":\"warm\"}]"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    /* 10 MB/s from 0.06 to 10.02, then a quarter of it. */
    CHECK_GOODPUT(outcome, 0, (1e7 * (10.02 - 0.06) + 2.5e6 * (20 - 10.02)) / 20);
    CHECK_GOODPUT(outcome, 1, (7.5e6 * 8 + 1e7 * 20) / 28);
    CU_ASSERT_TRUE(fabs(outcome.plain[1].delivered_bytes - (7.5e6 * 9.98 + 2e8)) < 1);
    CU_ASSERT_TRUE(about(outcome.ended_s, 40));
    CU_ASSERT_TRUE(isnan(outcome.plain[0].completion_s));
    ess_world_outcome_fini(&outcome);
}

static void unfinished(void) {
    struct transfer_case c = {.duration = "2 s",
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"1 GB\",\"state\":\"warm\"}]"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_DURATION);
    CU_ASSERT_EQUAL(outcome.plain[0].state, ESS_WORLD_TRANSFER_RUNNING);
    CU_ASSERT_TRUE(fabs(outcome.plain[0].delivered_bytes - 1e7 * 1.98) < 1);
    CU_ASSERT_TRUE(isnan(outcome.plain[0].ended_s) && isnan(outcome.plain[0].goodput_bytes_per_s));
    ess_world_outcome_fini(&outcome);
}

static void from_a_file(void) {
    struct transfer_case c = {.transfers = "[]",
        .rows = "# name first\nto,from,bytes,start,connections,state,name\n"
                "b/0,a/0,10 MB,,,warm,\nb/1, a/1 ,10 MB,50 s,2,,second\n"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CU_ASSERT_EQUAL_FATAL(outcome.plain_count, 2);
    CHECK_DONE(outcome, 0, D_AB + 1);
    CHECK_DONE(outcome, 1, 3 * D_AB + 1);
    ess_world_outcome_fini(&outcome);
}

/* ---- links that change ------------------------------------------------------------------------
 */

#define ON_AB(end)                                                                                 \
    ",\"link_traces\":[{\"between\":[\"a\",\"b\"],\"trace\":\"link.csv\",\"at_end\":\"" end "\"}]"
#define WARM_20MB "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"20 MB\",\"state\":\"warm\"}]"

/* 10 MB/s until 1.02 s, when 10 MB are there, then 2.5 MB/s. */
static void step_in_mid_flow(void) {
    struct transfer_case c = {.transfers = WARM_20MB,
        .more = ON_AB("hold"),
        .csv = "time_s,rate_B_s\n0,10000000\n1.02,2500000\n2,2500000\n"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_DONE(outcome, 0, 1.02 + 4);
    ess_world_outcome_fini(&outcome);
}

/* A link that widens past what the scenario says of it: 11 MB/s is what the window allows then, of
 * a connection that was open before. */
static void widens(void) {
    struct transfer_case c = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"21 MB\",\"state\":\"warm\"}]",
        .window = "440 kB",
        .more = ON_AB("hold"),
        .csv = "time_s,rate_B_s\n0,10000000\n1.02,12500000\n9,12500000\n"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_DONE(outcome, 0, 1.02 + 1);
    ess_world_outcome_fini(&outcome);
}

/* A turn of 1 s carries 8 x 0.5 + 2 x 0.5 = 5 MB; the first 20 ms are delay. After 4 turns 20 MB
 * less 0.16 MB, which are there 20 ms into the fifth. */
static void loop(void) {
    struct transfer_case c = {.transfers = WARM_20MB,
        .more = ON_AB("loop"),
        .csv = "time_s,rate_B_s\n10,8000000\n10.5,2000000\n11,1\n"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_DONE(outcome, 0, 4.02);
    ess_world_outcome_fini(&outcome);
}

/* The link has no more to give than its trace: 8 x 0.48 + 2 x 0.5 MB. The connection is given up
 * 5 s after the end. */
static void stop(void) {
    struct transfer_case c = {.transfers = WARM_20MB,
        .more = ON_AB("stop"),
        .csv = "time_s,rate_B_s\n10,8000000\n10.5,2000000\n11,1\n"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_FAILED(outcome, 0, ESS_WORLD_TRANSFER_TIMED_OUT, 6, 4.84e6);
    ess_world_outcome_fini(&outcome);
}

/* 3 s of nothing are waited out; both directions of the link have the trace, each by itself. */
static void outage_in_trace(void) {
    struct transfer_case c = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"20 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"b/1\",\"to\":\"a/1\",\"bytes\":\"20 MB\",\"state\":\"warm\"}]",
        .more = ON_AB("hold"),
        .csv = "time_ms,rate_B_s\n0,10000000\n1020,0\n4020,10000000\n5000,5000000\n"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    /* 10 MB by 1.02 s, 9.8 MB by 5 s, the rest at 5 MB/s */
    CHECK_DONE(outcome, 0, 5 + 0.04);
    CHECK_DONE(outcome, 1, 5 + 0.04);
    ess_world_outcome_fini(&outcome);
}

/* Only what goes from b to a follows the trace, however the ends are named. */
static void one_direction(void) {
    static const char *const named[] = {
        "\"between\":[\"a\",\"b\"],\"direction\":\"backward\"",
        "\"between\":[\"b\",\"a\"],\"direction\":\"forward\"",
        "\"host\":\"a/1\",\"direction\":\"down\"",
        "\"host\":\"b/1\",\"direction\":\"up\"",
    };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        char more[256];
        struct transfer_case c = {
            .transfers =
                "[{\"from\":\"a/1\",\"to\":\"b/1\",\"bytes\":\"10 MB\",\"state\":\"warm\"},"
                "{\"from\":\"b/1\",\"to\":\"a/1\",\"bytes\":\"10 MB\",\"state\":\"warm\"}]",
            .more = more,
            .csv = "time_s,rate_Mbit_s\n0,40\n9,40\n"};
        struct ess_world_outcome outcome;
        snprintf(more, sizeof more,
            ",\"link_traces\":[{%s,\"trace\":\"link.csv\",\"at_end\":\"hold\"}]", named[i]);
        run_case(&c, &outcome);
        CHECK_DONE(outcome, 0, D_AB + 1);
        CHECK_DONE(outcome, 1, D_AB + 2);
        ess_world_outcome_fini(&outcome);
    }
}

/* The trace is entered at its third second. */
static void offset(void) {
    struct transfer_case c = {.transfers = WARM_20MB,
        .more = ",\"link_traces\":[{\"between\":[\"a\",\"b\"],\"trace\":\"link.csv\",\"at_end\":"
                "\"loop\",\"offset\":\"13 s\"}]",
        .csv = "time_s,rate_B_s\n0,1\n3,10000000\n4.02,2500000\n10,1\n"};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_DONE(outcome, 0, 1.02 + 4);
    ess_world_outcome_fini(&outcome);
}

/* One way 20 ms becomes 102 ms after 1 s: what begins later pays that, and a window of 1 MiB allows
 * window / round trip from then on, also to what is under way. */
static void delay_changes(void) {
    struct transfer_case c = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"20 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"a/1\",\"to\":\"b/1\",\"bytes\":\"1 B\",\"start\":\"2 s\"},"
                     "{\"from\":\"b/1\",\"to\":\"a/1\",\"bytes\":\"1 B\",\"start\":\"2 s\"}]",
        .window = "1 MiB",
        .more = ",\"link_traces\":[{\"between\":[\"a\",\"b\"],"
                "\"direction\":\"forward\",\"trace\":\"link.csv\",\"at_end\":\"hold\"}]",
        .csv = "time_s,rate_B_s,delay_ms\n0,10000000,18\n1,10000000,100\n9,10000000,100\n"};
    double cap = 1048576 / 0.204;
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    /* For the 200 ns of the second one's byte the cap does not count: both have 5 MB/s. */
    CHECK_DONE(outcome, 0, 1 + (20e6 - 9.8e6 + 2e-7 * (cap - 5e6)) / cap);
    CHECK_DONE(outcome, 1, 3 * 0.102 + 2e-7);
    CHECK_DONE(outcome, 2, 3 * D_AB + 1e-7);
    ess_world_outcome_fini(&outcome);
}

/* ---- cuts and deaths --------------------------------------------------------------------------
 */

#define FAULTS(list) ",\"faults\":[" list "]"

/* 3 s without a link in mid-flow, and once more on top of each other. */
static void cut_in_mid_flow(void) {
    struct transfer_case c = {.transfers = WARM_20MB,
        .more =
            FAULTS("{\"at\":\"1 s\",\"kind\":\"link_cut\",\"between\":[\"a\",\"b\"],\"for\":"
                   "\"3 s\"},{\"at\":\"2 s\",\"kind\":\"link_cut\",\"host\":\"b/0\",\"for\":\"4 "
                   "s\"}")};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_DONE(outcome, 0, 6 + (20e6 - 9.8e6) / 1e7);
    ess_world_outcome_fini(&outcome);
}

/* A cut of one direction stops transfers of both, which need their acknowledgements; it is given
 * up after the transport's 5 s. Others do not notice. */
static void one_way_cut(void) {
    static const char *const faults[] = {
        FAULTS("{\"at\":\"1 s\",\"kind\":\"link_cut\",\"between\":[\"a\",\"b\"],\"direction\":"
               "\"backward\",\"for\":\"7 s\"}"),
        FAULTS("{\"at\":\"1 s\",\"kind\":\"partition\",\"sites\":[\"a\"],\"direction\":\"in\","
               "\"for\":\"7 s\"}"),
        FAULTS(
            "{\"at\":\"1 s\",\"kind\":\"partition\",\"sites\":[\"b\",\"c\"],\"direction\":\"out\","
            "\"for\":\"7 s\"}"),
        FAULTS("{\"at\":\"1 s\",\"kind\":\"partition\",\"sites\":[\"b\",\"c\"],\"for\":\"7 s\"}"),
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct transfer_case c = {
            .transfers =
                "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"20 MB\",\"state\":\"warm\"},"
                "{\"from\":\"b/1\",\"to\":\"a/1\",\"bytes\":\"20 MB\",\"state\":\"warm\"},"
                "{\"from\":\"b/2\",\"to\":\"c/2\",\"bytes\":\"20 MB\",\"state\":\"warm\"}]",
            .more = faults[i]};
        struct ess_world_outcome outcome;
        run_case(&c, &outcome);
        CHECK_FAILED(outcome, 0, ESS_WORLD_TRANSFER_TIMED_OUT, 6, 9.8e6);
        CHECK_FAILED(outcome, 1, ESS_WORLD_TRANSFER_TIMED_OUT, 6, 9.8e6);
        CHECK_DONE(outcome, 2, 0.010 + 4);
        ess_world_outcome_fini(&outcome);
    }
}

/* A partition cuts what crosses it, and nothing within a side; it heals. */
static void partition(void) {
    struct transfer_case c = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"c/0\",\"bytes\":\"5 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"a/1\",\"to\":\"b/1\",\"bytes\":\"10 MB\",\"state\":\"warm\"}]",
        .more =
            FAULTS("{\"at\":\"500 ms\",\"kind\":\"partition\",\"sites\":[\"c\"],\"for\":\"2 s\"}")};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    /* Until 0.5 s both have 5 MB/s. The second then has the link to itself. */
    CHECK_DONE(outcome, 0, 2.5 + (5e6 - 5e6 * (0.5 - D_AC)) / 5e6);
    CHECK_DONE(outcome, 1, 0.5 + (10e6 - 1e7 * (D_AC - D_AB) - 5e6 * (0.5 - D_AC)) / 1e7);
    ess_world_outcome_fini(&outcome);
}

static void deaths(void) {
    struct transfer_case c = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"20 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"b/1\",\"to\":\"a/1\",\"bytes\":\"20 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"b/2\",\"to\":\"c/2\",\"bytes\":\"10 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"c/3\",\"to\":\"b/3\",\"bytes\":\"10 MB\",\"state\":\"warm\"},"
                     "{\"from\":\"a/0\",\"to\":\"a/2\",\"bytes\":\"1 B\",\"start\":\"3 s\"},"
                     "{\"from\":\"a/2\",\"to\":\"b/2\",\"bytes\":\"1 B\",\"start\":\"2 s\"},"
                     "{\"from\":\"a/2\",\"to\":\"a/0\",\"bytes\":\"1 B\",\"start\":\"30 s\"}]",
        .more = FAULTS("{\"at\":\"1 s\",\"kind\":\"crash\",\"host\":\"a/0\",\"for\":\"9 s\"},"
                       "{\"at\":\"1 s\",\"kind\":\"reset\",\"host\":\"b/1\"},"
                       "{\"at\":\"1 s\",\"kind\":\"silence\",\"host\":\"b/2\"},"
                       "{\"at\":\"1 s\",\"kind\":\"silence\",\"host\":\"c/3\",\"for\":\"2 s\"}")};
    struct ess_world_outcome outcome;
    run_case(&c, &outcome);
    CHECK_FAILED(outcome, 0, ESS_WORLD_TRANSFER_RESET, 1, 9.8e6);
    CHECK_FAILED(outcome, 1, ESS_WORLD_TRANSFER_RESET, 1, 9.8e6);
    CHECK_FAILED(outcome, 2, ESS_WORLD_TRANSFER_TIMED_OUT, 6, 5e6 * 0.99);
    CHECK_FAILED(
        outcome, 3, ESS_WORLD_TRANSFER_RESET, 3, 5e6 * 0.99); /* it is back and knows nothing */
    CHECK_FAILED(outcome, 4, ESS_WORLD_TRANSFER_REFUSED, 3, 0);
    CHECK_FAILED(outcome, 5, ESS_WORLD_TRANSFER_TIMED_OUT, 7, 0);
    CHECK_DONE(outcome, 6, 3 * 0.002 + 1 / 12.5e6);
    ess_world_outcome_fini(&outcome);
}

/* ---- all together -----------------------------------------------------------------------------
 */

#define TRAINING                                                                                   \
    ",{\"kind\":\"training\",\"parameters\":1e6,\"tokens_per_step\":1000,\"work_per_token\":\"1 "  \
    "GFLOP\",\"buckets\":2,\"steps\":4,\"minimum_workers\":4}"

/* A training job and traffic in its way: it takes longer, and ends the world. */
static void beside_training(void) {
    struct transfer_case c = {.transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"bulk\","
                                           "\"connections\":8}]",
        .services = TRAINING};
    struct transfer_case quiet = c;
    struct ess_world_outcome busy, alone_there;
    quiet.transfers = "[{\"from\":\"a/0\",\"to\":\"a/1\",\"bytes\":\"1 B\"}]";
    run_case(&c, &busy);
    run_case(&quiet, &alone_there);
    CU_ASSERT_EQUAL(busy.steps, 4);
    CU_ASSERT_EQUAL(alone_there.steps, 4);
    CU_ASSERT_EQUAL(busy.end, ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT_EQUAL(busy.plain[0].state, ESS_WORLD_TRANSFER_RUNNING);
    CU_ASSERT_EQUAL(alone_there.plain[0].state, ESS_WORLD_TRANSFER_DONE);
    CU_ASSERT_TRUE(busy.last_commit_s > 1.05 * alone_there.last_commit_s);
    ess_test_note("4 steps: %.3f s alone, %.3f s beside 8 connections of bulk",
        alone_there.last_commit_s, busy.last_commit_s);
    ess_world_outcome_fini(&busy);
    ess_world_outcome_fini(&alone_there);
}

static void same_bytes(void) {
    struct transfer_case c = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"bulk\",\"connections\":3},"
                     "{\"from\":\"b/1\",\"to\":\"c/1\",\"bytes\":\"70 MB\",\"connections\":7},"
                     "{\"from\":\"a/2\",\"to\":\"c/2\",\"bytes\":\"33 MB\",\"start\":\"1 s\"}]",
        .services = TRAINING,
        .more = ON_AB("loop") FAULTS("{\"at\":\"2 s\",\"kind\":\"partition\",\"sites\":[\"c\"],"
                                     "\"for\":\"500 ms\"}"),
        .csv = "time_ms,rate_Mbit_s\n0,80\n130,0\n170,40\n350,160\n500,0\n"};
    struct ess_world_outcome first, again;
    run_case(&c, &first);
    run_case(&c, &again);
    CU_ASSERT_EQUAL(first.events, again.events);
    CU_ASSERT_EQUAL(first.steps, again.steps);
    CU_ASSERT_EQUAL(memcmp(first.plain, again.plain, first.plain_count * sizeof *first.plain), 0);
    CU_ASSERT_TRUE(first.events > 100);
    ess_world_outcome_fini(&first);
    ess_world_outcome_fini(&again);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"alone, cold and warm", alone},
        {"two share a link", two_share},
        {"two of one pair", same_pair},
        {"parallel connections", parallel},
        {"bulk", bulk},
        {"the end before its end", unfinished},
        {"from a file", from_a_file},
        {"capacity changes in mid-flow", step_in_mid_flow},
        {"capacity beyond the nominal one", widens},
        {"a trace that loops", loop},
        {"a trace that stops", stop},
        {"an outage in a trace", outage_in_trace},
        {"one direction of a link", one_direction},
        {"a trace entered later", offset},
        {"delay changes", delay_changes},
        {"a cut in mid-flow", cut_in_mid_flow},
        {"one-way cuts", one_way_cut},
        {"a partition", partition},
        {"deaths", deaths},
        {"beside training", beside_training},
        {"same scenario, same bytes", same_bytes},
        {NULL, NULL},
    };
    return ess_test_main("plain transfers", tests);
}
