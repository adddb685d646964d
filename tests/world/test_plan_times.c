/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time of an all-reduce by every exact plan at one site without contention, beside its closed
 * form. Times are compared with the ring's, which test_closed_forms derives from first principles:
 * all else that a step does is the same and drops out.
 *
 * a: alpha, b: a byte's time; n bytes, p = 2^L ranks. Here a receive is a grant, which takes a to
 * reach the sender, unless it was posted at least that long before. Per step:
 *   ring              2 (p - 1) (a + n b / p) + a                           one grant is late
 *   halving_doubling  2 L a + 2 n (p - 1) / p b + 2 L a                     a grant each round
 *   binomial          2 L (a + n b) + (L + 1) a        a grant each level up, and the first down
 */
#include "world_case.h"

#define ALPHA_S 1e-3
#define BYTE_S 8e-9

/* Seconds a step takes once connections are there. */
static double step_s(const char *plan, int p, int64_t parameters) {
    double last_s[2];
    for (int i = 0; i < 2; i++) {
        struct world_case c = {.hosts = {p},
            .access = "\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\",\"delay\":\"500 us\"",
            .collective = plan,
            .parameters = parameters,
            .peer = "{\"name\":\"standard\",\"window\":64}",
            .work = "1 FLOP",
            .buckets = 1,
            .steps = i ? 6 : 2};
        struct ess_world_outcome outcome;
        run_world(&c, 0, NULL, NULL, &outcome);
        CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_JOB_COMPLETE);
        last_s[i] = outcome.last_commit_s;
        ess_world_outcome_fini(&outcome);
    }
    return (last_s[1] - last_s[0]) / 4;
}

static void beside_the_ring(const char *plan, int log, double grants, double bytes) {
    int p = 1 << log;
    int64_t parameters = INT64_C(62500) * p; /* of 2 bytes: a chunk takes 1 ms */
    double n = 2.0 * (double)parameters;
    double ring_s = (2 * (p - 1) + 1) * ALPHA_S + 2 * n * (p - 1) / p * BYTE_S;
    double wanted_s = (2 * log + grants) * ALPHA_S + bytes * n * BYTE_S;
    double more_s = step_s(plan, p, parameters) - step_s("ring", p, parameters);
    ESS_CHECK(fabs(more_s - (wanted_s - ring_s)) < 1e-7, "%s, %d ranks: %.9f s, derived %.9f s",
        plan, p, ring_s + more_s, wanted_s);
    if (p == 8) {
        ess_test_note("%s, 8 ranks: %.9f s, derived %.9f s", plan, ring_s + more_s, wanted_s);
    }
}

static void halving_doubling(void) {
    for (int log = 2; log <= 5; log++) {
        int p = 1 << log;
        beside_the_ring("halving_doubling", log, 2 * log, 2.0 * (p - 1) / p);
    }
}

static void binomial(void) {
    for (int log = 2; log <= 5; log++) {
        beside_the_ring("binomial", log, log + 1, 2 * log);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"recursive halving and doubling", halving_doubling},
        {"binomial tree", binomial},
        {NULL, NULL},
    };
    return ess_test_main("times of plans", tests);
}
