/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random transfers, cancellations, breaks, cuts and rates at random moments: packets are conserved
 * and queues within their limits after every event, every transfer that was not cancelled ends once
 * and in order, and the same seed gives the same times. */
#include "base/random.h"

#include "packet_rig.h"

enum { TRANSFERS = 120, HOSTS = 6 };

static struct rig *open_chaos(uint64_t seed) {
    struct rig *rig = open_rig(2, 3, 2.5e6, 5e6, 2 * MS, 1.25e6, 15 * MS);
    for (uint32_t i = 0; i < 2 * HOSTS + 2; i++) {
        rig->links[i].queue_bytes = i % 3 == 0 ? 20000 : 60000;
    }
    rig->links[2 * HOSTS].loss = 0.01;
    rig->links[2 * HOSTS].jitter_ns = 3 * MS;
    rig->links[2 * HOSTS + 1].loss = 0.002;
    rig->settings.seed = seed;
    return rig;
}

/* Times come in whole milliseconds, so that deeds meet in one instant. */
static int64_t moment(struct ess_random *random) {
    return (int64_t)ess_random_below(random, 8000) * MS;
}

static void add_transfers(struct rig *rig, struct ess_random *random, bool *may_end_not) {
    for (uint64_t user = 1; user <= TRANSFERS; user++) {
        struct deed deed = {.at_ns = moment(random), .kind = BEGIN, .user = user};
        deed.a = (uint32_t)ess_random_below(random, HOSTS);
        deed.b = (deed.a + 1 + (uint32_t)ess_random_below(random, HOSTS - 1)) % HOSTS;
        deed.channel = ess_random_below(random, 4) == 0;
        deed.amount = ess_random_unit(random) * (ess_random_below(random, 5) == 0 ? 400000 : 20000);
        add(rig, deed);
        may_end_not[user] = ess_random_below(random, 6) == 0;
        if (may_end_not[user]) {
            deed.kind = CANCEL;
            deed.at_ns += (int64_t)ess_random_below(random, 400) * MS;
            add(rig, deed);
        }
    }
}

static void add_hardship(struct rig *rig, struct ess_random *random) {
    for (int i = 0; i < 12; i++) {
        struct deed deed = {.at_ns = moment(random)};
        deed.a = (uint32_t)ess_random_below(random, 2 * HOSTS + 2);
        deed.kind = CUT;
        add(rig, deed);
        deed.kind = HEAL;
        deed.at_ns += (int64_t)ess_random_below(random, 900) * MS;
        add(rig, deed);
        deed.kind = RATE;
        deed.at_ns = moment(random);
        deed.amount = 5e5 + 3e6 * ess_random_unit(random);
        deed.extra_ns = (int64_t)ess_random_below(random, 10) * MS;
        add(rig, deed);
        deed.kind = BREAK;
        deed.at_ns = moment(random);
        deed.a = (uint32_t)ess_random_below(random, HOSTS);
        deed.b = (deed.a + 1 + (uint32_t)ess_random_below(random, HOSTS - 1)) % HOSTS;
        add(rig, deed);
    }
}

static uint64_t hash_ends(const struct rig *rig) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint64_t user = 1; user <= TRANSFERS; user++) {
        hash = (hash ^ (uint64_t)rig->ends[user]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* Run event by event; returns the events after which something was amiss. */
static uint64_t run_watching(struct rig *rig) {
    uint64_t amiss = 0;
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    do {
        bounds.events = rig->engine.events + 1;
        amiss += !is_conserved(rig);
    } while (ess_engine_run(&rig->engine, &bounds) == ESS_ENGINE_EVENT_BOUND &&
             rig->engine.events < 2000000);
    return amiss;
}

static uint64_t one_run(uint64_t seed, const char *profile, const char *law, bool watch) {
    struct rig *rig = open_chaos(seed);
    struct ess_random random;
    bool may_end_not[TRANSFERS + 1] = {false};
    uint64_t hash, missing = 0;
    struct ess_packet_counts counts;
    ess_random_init(&random, seed, 0, "packet chaos");
    start(rig, profile, law);
    add_transfers(rig, &random, may_end_not);
    add_hardship(rig, &random);
    if (watch) {
        CU_ASSERT_EQUAL(run_watching(rig), 0);
    } else {
        run(rig);
    }
    for (uint64_t user = 1; user <= TRANSFERS; user++) {
        missing += rig->ends[user] == 0 && !may_end_not[user];
    }
    counts = ess_packet_count(rig->packet);
    CU_ASSERT_EQUAL(missing, 0);
    CU_ASSERT_EQUAL(rig->twice, 0);
    CU_ASSERT_EQUAL(counts.under_way, 0);
    CU_ASSERT_EQUAL(counts.sent, counts.delivered + counts.dropped + counts.lost);
    CU_ASSERT(counts.dropped > 0 && counts.lost > 0 && counts.timeouts > 0);
    if (missing > 0) {
        ess_test_note("seed %llu, %s, %s: %llu transfers never ended", (unsigned long long)seed,
            profile, law, (unsigned long long)missing);
    }
    hash = hash_ends(rig);
    close_rig(rig);
    return hash;
}

static void each_law_in_chaos(void) {
    uint32_t runs = 0;
    for (const struct ess_congestion_type *const *law = ess_congestion_registry; *law; law++) {
        for (const struct ess_profile_type *const *profile = ess_profile_registry; *profile;
             profile++) {
            for (uint64_t seed = 1; seed <= 3; seed++, runs++) {
                one_run(seed, (*profile)->name, (*law)->name, seed == 1);
            }
        }
    }
    ess_test_note("%u runs of %u transfers, a third of them watched after every event", runs,
        (unsigned)TRANSFERS);
}

static void same_seed_same_times(void) {
    uint64_t first = one_run(7, "linux", "cubic", false);
    CU_ASSERT_EQUAL(one_run(7, "linux", "cubic", true), first);
    CU_ASSERT_NOT_EQUAL(one_run(8, "linux", "cubic", false), first);
}

/* Transfers of one connection end in the order in which they began, whatever is lost. */
static void in_order(void) {
    struct rig *rig = open_chaos(5);
    start(rig, "linux", "reno");
    for (uint64_t user = 1; user <= 200; user++) {
        begin(rig, (int64_t)user * 5 * MS, 0, 4, 3000 + 17 * (double)user, user);
    }
    run(rig);
    CU_ASSERT_EQUAL(rig->end_count, 200);
    for (uint64_t user = 2; user <= 200; user++) {
        CU_ASSERT(rig->ends[user] >= rig->ends[user - 1]);
    }
    CU_ASSERT(ess_packet_count(rig->packet).lost > 0);
    close_rig(rig);
}

/* A world whose loss is drawn by link and number: another host beside it changes nothing. */
static void draws_are_named(void) {
    int64_t ends[2];
    for (uint32_t i = 0; i < 2; i++) {
        struct rig *rig = open_rig(2, 1 + i, 12.5e6, 12.5e6, MS, 12.5e6, 5 * MS);
        rig->links[2 * (2 + 2 * i)].loss = 0.02;
        rig->settings.seed = 3;
        start(rig, "linux", "cubic");
        begin(rig, 0, 0, 1 + i, 1e6, 1);
        run(rig);
        ends[i] = rig->ends[1];
        close_rig(rig);
    }
    CU_ASSERT_EQUAL(ends[0], ends[1]);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"each law in chaos", each_law_in_chaos},
        {"same seed, same times", same_seed_same_times},
        {"in order", in_order},
        {"draws are named", draws_are_named},
        {NULL, NULL},
    };
    return ess_test_main("packet network, at random", tests);
}
