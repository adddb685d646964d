/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fluid network under random lives of transfers, and two networks in one process. */
#include "base/random.h"
#include "fluid_rig.h"

/* ---- random lives -----------------------------------------------------------------------------
 */

enum { LIVES = 1500 };

static void draw_life(struct rig *rig, struct ess_random *random, uint64_t user) {
    int64_t at_ns = (int64_t)ess_random_below(random, 400) * 5 * MS;
    uint32_t a = (uint32_t)ess_random_below(random, HOSTS);
    uint32_t b = (a + 1 + (uint32_t)ess_random_below(random, HOSTS - 1)) % HOSTS;
    double bytes = 12500.0 * (double)ess_random_below(random, 12);
    begin(rig, at_ns, a, b, bytes, user);
    if (ess_random_below(random, 4) == 0) {
        cancel(rig, at_ns + (1 + (int64_t)ess_random_below(random, 100)) * 5 * MS,
            ess_random_below(random, 2) ? CLASS_EARLY : CLASS_LATE, user);
    }
    if (ess_random_below(random, 50) == 0) {
        uint32_t link = (uint32_t)ess_random_below(random, 2 * (HOSTS + WAN_LINKS));
        cut(rig, at_ns, link, true);
        cut(rig, at_ns + 40 * MS, link, false);
    }
}

static struct rig *rig_of_lives(uint64_t seed) {
    struct rig *rig = open_rig(65536);
    struct ess_random random;
    ess_random_init(&random, seed, 0, "lives");
    for (uint64_t user = 1; user <= LIVES; user++) {
        draw_life(rig, &random, user);
    }
    return rig;
}

/* The life of a user: whether a cancellation came in time is what the order of ends must show. */
static uint64_t judge_lives(const struct rig *rig, uint64_t *cancelled) {
    static int64_t ended_ns[LIVES + 1], last_ns[HOSTS][HOSTS];
    static int64_t cancelled_ns[LIVES + 1];
    uint64_t bad = 0;
    memset(last_ns, 0, sizeof last_ns);
    for (uint64_t user = 0; user <= LIVES; user++) {
        ended_ns[user] = cancelled_ns[user] = -1;
    }
    for (uint32_t i = 0; i < rig->end_count; i++) {
        bad += ended_ns[rig->ends[i].user] != -1; /* ends once */
        ended_ns[rig->ends[i].user] = rig->ends[i].at_ns;
    }
    for (uint32_t i = 0; i < rig->deed_count; i++) {
        if (rig->deeds[i].kind == CANCEL) {
            cancelled_ns[rig->deeds[i].user] = rig->deeds[i].at_ns;
        }
    }
    for (uint32_t i = 0; i < rig->deed_count; i++) {
        const struct deed *deed = &rig->deeds[i];
        int64_t end_ns = deed->kind == BEGIN ? ended_ns[deed->user] : 0;
        int64_t cancel_ns = deed->kind == BEGIN ? cancelled_ns[deed->user] : 0;
        if (deed->kind != BEGIN) {
            continue;
        }
        bad += end_ns == -1 && cancel_ns == -1;                       /* lost */
        bad += end_ns != -1 && cancel_ns != -1 && end_ns > cancel_ns; /* ended all the same */
        bad += end_ns != -1 && end_ns < deed->at_ns + 20 * MS;        /* before its delay */
        *cancelled += end_ns == -1;
    }
    return bad;
}

static void every_life_ends_once(void) {
    uint64_t bad = 0, ends = 0, cancelled = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct rig *rig = rig_of_lives(seed);
        run(rig);
        bad += judge_lives(rig, &cancelled);
        ends += rig->end_count;
        close_rig(rig);
    }
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT(ends > 0 && cancelled > 0);
    ess_test_note("%llu transfers ended, %llu cancelled", (unsigned long long)ends,
        (unsigned long long)cancelled);
}

/* ---- two networks in one process --------------------------------------------------------------
 */

static void two_interleaved_are_two_alone(void) {
    struct rig *alone[2] = {rig_of_lives(100), rig_of_lives(101)};
    struct rig *together[2] = {rig_of_lives(100), rig_of_lives(101)};
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    run(alone[0]);
    run(alone[1]);
    for (int64_t t = 0; t < 20 * SECOND; t += 7 * MS) {
        bounds.time_ns = t;
        ess_engine_run(&together[0]->engine, &bounds);
        bounds.time_ns = t + 3 * MS;
        ess_engine_run(&together[1]->engine, &bounds);
    }
    for (int i = 0; i < 2; i++) {
        CU_ASSERT(alone[i]->end_count > 100);
        CU_ASSERT_EQUAL(alone[i]->end_count, together[i]->end_count);
        CU_ASSERT_EQUAL(memcmp(alone[i]->ends, together[i]->ends, sizeof alone[i]->ends), 0);
        CU_ASSERT_EQUAL(
            ess_fluid_wan_bytes(alone[i]->fluid), ess_fluid_wan_bytes(together[i]->fluid));
        close_rig(alone[i]);
        close_rig(together[i]);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"every life ends once", every_life_ends_once},
        {"two interleaved are two alone", two_interleaved_are_two_alone},
        {NULL, NULL},
    };
    return ess_test_main("fluid network, random lives", tests);
}
