/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A peer's own clock: never backwards, off by its drift and no more, and `reaches` is the first
 * instant at which it shows what was asked for. */
#include "base/random.h"
#include "ess_test.h"
#include "sim/engine/local_clock.h"

#include <stdbool.h>

#define MILLION INT64_C(1000000)
#define YEAR_NS (INT64_C(366) * 86400 * 1000 * MILLION)
#define DRIFT_MOST 50

/* What the clock must show, by the definition: offset + t + floor or ceiling of t drift / 10^6. */
static bool within_a_nanosecond(const struct ess_local_clock *clock, int64_t now_ns) {
    __extension__ typedef __int128 wide;
    wide shown = (wide)(ess_local_clock_read(clock, now_ns) - clock->offset_ns - now_ns) * MILLION;
    wide wanted = (wide)now_ns * clock->drift_ppm;
    return shown - wanted < MILLION && wanted - shown < MILLION;
}

/* Reads that step backwards, or by more than one nanosecond and the drift, in [from, from + n). */
static uint64_t bad_steps(const struct ess_local_clock *clock, int64_t from_ns, int64_t count) {
    uint64_t bad = 0;
    int64_t before = ess_local_clock_read(clock, from_ns);
    for (int64_t t = from_ns + 1; t < from_ns + count; t++) {
        int64_t now = ess_local_clock_read(clock, t);
        bad += now < before || now > before + 2;
        before = now;
    }
    return bad;
}

static void never_runs_backwards(void) {
    static const int64_t full[] = {-50, -49, -3, -1, 0, 1, 7, 50};
    static const int64_t from_ns[] = {0, 999900000, 86400 * 1000 * MILLION - 20000, 10 * YEAR_NS};
    uint64_t bad = 0, reads = 0;
    for (size_t i = 0; i < sizeof full / sizeof *full; i++) {
        struct ess_local_clock clock = {.offset_ns = 123456789, .drift_ppm = full[i]};
        bad += bad_steps(&clock, 0, 5 * MILLION);
        reads += 5 * MILLION;
    }
    for (int64_t drift = -DRIFT_MOST; drift <= DRIFT_MOST; drift++) {
        struct ess_local_clock clock = {.offset_ns = 1, .drift_ppm = drift};
        for (size_t i = 0; i < sizeof from_ns / sizeof *from_ns; i++) {
            bad += bad_steps(&clock, from_ns[i], 60000);
            reads += 60000;
        }
    }
    CU_ASSERT_EQUAL(bad, 0);
    ess_test_note("%llu reads, a nanosecond apart", (unsigned long long)reads);
}

static void drifts_as_said(void) {
    struct ess_random random;
    uint64_t bad = 0;
    ess_random_init(&random, 1, 0, "drift");
    for (int i = 0; i < 200000; i++) {
        struct ess_local_clock clock = {.offset_ns = (int64_t)ess_random_below(&random, 1000000),
            .drift_ppm = (int64_t)ess_random_below(&random, 101) - DRIFT_MOST};
        bad += !within_a_nanosecond(&clock, (int64_t)ess_random_below(&random, 250 * YEAR_NS));
    }
    CU_ASSERT_EQUAL(bad, 0);
    /* A day at +50 ppm is 4.32 s ahead. */
    struct ess_local_clock day = {.offset_ns = 10, .drift_ppm = 50};
    CU_ASSERT_EQUAL(ess_local_clock_read(&day, 86400 * 1000 * MILLION),
        10 + 86400 * 1000 * MILLION + 4320 * MILLION);
}

static bool is_first_instant(const struct ess_local_clock *clock, int64_t local_ns) {
    int64_t at_ns = ess_local_clock_reaches(clock, local_ns);
    return ess_local_clock_read(clock, at_ns) >= local_ns &&
           (at_ns == 0 || ess_local_clock_read(clock, at_ns - 1) < local_ns);
}

/* Spans of every magnitude from a nanosecond to 250 years. */
static void reaches_the_first_instant(void) {
    struct ess_random random;
    uint64_t bad = 0, asked = 0;
    ess_random_init(&random, 2, 0, "reach");
    for (int64_t drift = -DRIFT_MOST; drift <= DRIFT_MOST; drift++) {
        struct ess_local_clock clock = {.offset_ns = 999999999999, .drift_ppm = drift};
        for (int64_t span = 1; span < 250 * YEAR_NS; span *= 3) {
            for (int i = 0; i < 20; i++) {
                int64_t more = (int64_t)ess_random_below(&random, (uint64_t)span + 1);
                bad += !is_first_instant(&clock, clock.offset_ns + span + more);
                asked++;
            }
            if (span > 80 * YEAR_NS) {
                break;
            }
        }
    }
    CU_ASSERT_EQUAL(bad, 0);
    ess_test_note("%llu instants", (unsigned long long)asked);
}

/* Each nanosecond near the places where the whole parts of the drift change. */
static void reaches_near_its_steps(void) {
    uint64_t bad = 0;
    for (int64_t drift = -DRIFT_MOST; drift <= DRIFT_MOST; drift += 5) {
        struct ess_local_clock clock = {.offset_ns = -77, .drift_ppm = drift};
        for (int64_t local_ns = 3 * MILLION - 400; local_ns < 3 * MILLION + 400; local_ns++) {
            bad += !is_first_instant(&clock, local_ns);
        }
    }
    CU_ASSERT_EQUAL(bad, 0);
}

/* What lies before the clock's beginning has always been shown. */
static void spans_below_zero(void) {
    for (int64_t drift = -DRIFT_MOST; drift <= DRIFT_MOST; drift++) {
        struct ess_local_clock clock = {.offset_ns = 5000, .drift_ppm = drift};
        CU_ASSERT_EQUAL(ess_local_clock_reaches(&clock, 5000), 0);
        CU_ASSERT_EQUAL(ess_local_clock_reaches(&clock, 4999), 0);
        CU_ASSERT_EQUAL(ess_local_clock_reaches(&clock, 0), 0);
        CU_ASSERT_EQUAL(ess_local_clock_reaches(&clock, -10 * YEAR_NS), 0);
        CU_ASSERT_EQUAL(ess_local_clock_reaches(&clock, INT64_MIN + 5000), 0);
        CU_ASSERT_EQUAL(ess_local_clock_reaches(&clock, 5001), 1);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"never runs backwards", never_runs_backwards},
        {"drifts as said, to the nanosecond", drifts_as_said},
        {"reaches the first instant", reaches_the_first_instant},
        {"reaches the first instant near its steps", reaches_near_its_steps},
        {"spans below zero", spans_below_zero},
        {NULL, NULL},
    };
    return ess_test_main("local clock", tests);
}
