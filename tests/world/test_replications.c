/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What replications draw: losses and jitter of the packet model are those of (seed, replication,
 * link), other ones in each replication and the same ones in each variant of it. */
#include "tests/world/transfer_case.h"

#define PACKETS ",\"model\":\"packet\""
#define TCP ",\"transport\":\"cubic\""
#define LOSSY ",\"loss\":0.02"
#define TREMBLING ",\"jitter\":\"5 ms\""
#define ONE "{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"2 MB\"}"
#define APART ",{\"from\":\"b/1\",\"to\":\"c/1\",\"bytes\":\"1 MB\"}"

enum { REPLICATIONS = 8 };

static double completion_s(const struct transfer_case *c, uint32_t replication) {
    struct ess_world_outcome outcome;
    double found_s;
    run_replication(c, replication, &outcome);
    CU_ASSERT_EQUAL(outcome.plain[0].state, ESS_WORLD_TRANSFER_DONE);
    found_s = outcome.plain[0].completion_s;
    ess_world_outcome_fini(&outcome);
    return found_s;
}

static bool varies(const struct transfer_case *c) {
    struct ess_scenario *scenario = load_case(c, NULL);
    bool found;
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    found = ess_world_varies(scenario, NULL);
    ess_scenario_free(scenario);
    return found;
}

static void differ_and_repeat(const struct transfer_case *c, const char *what) {
    double found_s[REPLICATIONS], least_s = INFINITY, most_s = 0;
    for (uint32_t r = 0; r < REPLICATIONS; r++) {
        found_s[r] = completion_s(c, r);
        CU_ASSERT_EQUAL(found_s[r], completion_s(c, r));
        for (uint32_t q = 0; q < r; q++) {
            CU_ASSERT_NOT_EQUAL(found_s[r], found_s[q]);
        }
        least_s = fmin(least_s, found_s[r]);
        most_s = fmax(most_s, found_s[r]);
    }
    ess_test_note(
        "2 MB with %s in %d replications: %.3f to %.3f s", what, REPLICATIONS, least_s, most_s);
    CU_ASSERT_TRUE(varies(c));
}

static void losses_differ(void) {
    struct transfer_case c = {.transfers = "[" ONE "]", .network = PACKETS, .link = LOSSY};
    differ_and_repeat(&c, "losses");
}

static void jitter_differs(void) {
    struct transfer_case c = {.transfers = "[" ONE "]", .network = PACKETS, .link = TREMBLING};
    differ_and_repeat(&c, "jitter");
}

/* Another variant of the same replication, which changes nothing for the packets of the lossy link,
 * sees them lost alike: common random numbers. */
static void variants_share(void) {
    struct transfer_case c = {.transfers = "[" ONE "]", .network = PACKETS, .link = LOSSY};
    struct transfer_case other = c;
    other.transfers = "[" ONE APART "]";
    for (uint32_t r = 0; r < REPLICATIONS; r++) {
        CU_ASSERT_EQUAL(completion_s(&c, r), completion_s(&other, r));
    }
}

/* Without a draw, replications are one observation; the fluid model takes losses by their mean. */
static void what_does_not_vary(void) {
    struct transfer_case plain = {.transfers = "[" ONE "]", .network = PACKETS};
    struct transfer_case means = {.transfers = "[" ONE "]", .network = TCP, .link = LOSSY};
    CU_ASSERT_FALSE(varies(&plain));
    CU_ASSERT_EQUAL(completion_s(&plain, 0), completion_s(&plain, 1));
    CU_ASSERT_FALSE(varies(&means));
    CU_ASSERT_EQUAL(completion_s(&means, 0), completion_s(&means, 1));
}

/* Each packet is late by 0 to 5 ms. One byte waits for the handshake's first two packets, 2.5 ms on
 * average, and stays behind its third, which leaves with it: the larger of two draws, 10/3 ms. */
static void jitter_is_a_delay(void) {
    struct transfer_case still = {
        .transfers = "[{\"from\":\"a/0\",\"to\":\"b/0\",\"bytes\":\"1 B\"}]", .network = PACKETS};
    struct transfer_case trembling = still;
    double base_s = completion_s(&still, 0), sum_s = 0;
    trembling.link = TREMBLING;
    for (uint32_t r = 0; r < 64; r++) {
        double late_s = completion_s(&trembling, r) - base_s;
        CU_ASSERT_TRUE(late_s >= 0 && late_s <= 0.015);
        sum_s += late_s;
    }
    ess_test_note("late by %.2f ms on average", 1e3 * sum_s / 64);
    /* Standard deviation of the mean: 5 ms x sqrt((1/12 + 1/12 + 1/18) / 64) = 0.29 ms. */
    CU_ASSERT_TRUE(fabs(sum_s / 64 - 0.025 / 3) < 4 * 0.00029);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"losses differ from replication to replication", losses_differ},
        {"so does jitter", jitter_differs},
        {"variants share them", variants_share},
        {"what does not vary", what_does_not_vary},
        {"jitter is a delay", jitter_is_a_delay},
        {NULL, NULL},
    };
    return ess_test_main("replications", tests);
}
