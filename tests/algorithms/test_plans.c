/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proofs of every registered exact plan: in all small groups, in random large ones, in all orders.
 */
#include "base/random.h"
#include "ess_test.h"
#include "plan_checker.h"
#include "plan_teams.h"

#define STATES_MAX 400000

struct tally {
    uint64_t groups, rounds_proofs, runs, messages, states;
};

#define SPLITS 4

static void team_split(struct ess_plan_team *team, uint32_t p, uint32_t split, uint32_t sites_max,
    struct ess_random *random) {
    switch (split) {
    case 0:
        ess_plan_team_even(team, p, 1);
        return;
    case 1:
        ess_plan_team_even(team, p, p);
        return;
    case 2:
        ess_plan_team_even(team, p, p < 2 ? 1 : 2);
        return;
    default:
        ess_plan_team_random(team, p, sites_max, random);
    }
}

static bool proves(struct ess_plan_case *proof, uint64_t elements, uint32_t window, uint64_t seed,
    struct tally *tally) {
    struct ess_plan_verdict verdict;
    proof->elements = elements;
    proof->window = window;
    ess_plan_check_run(proof, seed, &verdict);
    tally->runs++;
    tally->messages += verdict.counts.messages;
    return ess_plan_holds(proof, &verdict);
}

static bool rounds_hold(struct ess_plan_case *proof, uint64_t elements, struct tally *tally) {
    struct ess_plan_verdict verdict;
    proof->elements = elements;
    proof->window = 0; /* any */
    ess_plan_check_rounds(proof, &verdict);
    tally->rounds_proofs++;
    return ess_plan_holds(proof, &verdict);
}

static void print_tally(const struct tally *tally) {
    ess_test_note("%llu groups, %llu proofs of rounds (all orders), %llu runs, %llu messages",
        (unsigned long long)tally->groups, (unsigned long long)tally->rounds_proofs,
        (unsigned long long)tally->runs, (unsigned long long)tally->messages);
}

/* Nothing, fewer elements than chunks, and two counts that do not divide; all windows. */
static bool prove_small(
    struct ess_plan_case *proof, struct ess_random *random, struct tally *tally) {
    uint64_t chunks = proof->plan->chunks(proof->settings, &proof->call);
    uint64_t odd = chunks * 3 + 1;
    uint64_t any = ess_random_below(random, 1000000);
    return rounds_hold(proof, 0, tally) && rounds_hold(proof, any, tally) &&
           proves(proof, 0, ESS_PLAN_WINDOW_MOST, ess_random_u64(random), tally) &&
           proves(proof, chunks / 2, ESS_PLAN_WINDOW_LEAST, ess_random_u64(random), tally) &&
           proves(proof, odd, ESS_PLAN_WINDOW_LEAST, ess_random_u64(random), tally) &&
           proves(proof, any, ESS_PLAN_WINDOW_USUAL, ess_random_u64(random), tally);
}

static void every_small_group(void) {
    static struct ess_plan_team team;
    struct tally tally = {0};
    struct ess_plan_defaults defaults;
    struct ess_random random;
    ess_random_init(&random, 1, 0, "small groups");
    for (uint32_t p = 1; p <= 64; p++) {
        for (uint32_t split = 0; split < SPLITS; split++) {
            team_split(&team, p, split, p, &random);
            tally.groups++;
            for (size_t i = 0; ess_plan_registry[i]; i++) {
                struct ess_plan_case proof =
                    ess_plan_case_of(ess_plan_registry[i], &team, &defaults);
                if (!prove_small(&proof, &random, &tally)) {
                    return;
                }
            }
        }
    }
    print_tally(&tally);
}

/* Sizes spread over octaves, few in the last, so that the largest do not take all the time. */
static uint32_t large_size(uint32_t trial, struct ess_random *random) {
    uint32_t octave = 64u << (trial % 10 == 7 ? 3 : trial % 3);
    return octave + 1 + (uint32_t)ess_random_below(random, octave);
}

static void random_large_groups(void) {
    static struct ess_plan_team team;
    struct tally tally = {0};
    struct ess_plan_defaults defaults;
    struct ess_random random;
    ess_random_init(&random, 2, 0, "large groups");
    for (uint32_t trial = 0; trial <= 20; trial++) {
        uint32_t p = trial < 20 ? large_size(trial, &random) : ESS_PLAN_RANKS_MAX;
        uint64_t elements = trial % 5 ? ess_random_below(&random, 10000000) : trial;
        team_split(&team, p, trial % SPLITS, 4, &random);
        tally.groups++;
        for (size_t i = 0; ess_plan_registry[i]; i++) {
            struct ess_plan_case proof = ess_plan_case_of(ess_plan_registry[i], &team, &defaults);
            uint32_t window =
                (trial / SPLITS + trial) % 2 ? ESS_PLAN_WINDOW_LEAST : ESS_PLAN_WINDOW_USUAL;
            if (!rounds_hold(&proof, elements, &tally) ||
                !proves(&proof, elements, window, ess_random_u64(&random), &tally)) {
                return;
            }
        }
    }
    print_tally(&tally);
}

/* Every way to cut up to three ranks into contiguous sites: bit i of `cuts` begins a site at i + 1.
 */
static void team_cut(struct ess_plan_team *team, uint32_t p, uint32_t cuts) {
    uint32_t count = 1;
    ess_plan_team_begin(team);
    for (uint32_t i = 0; i + 1 < p; i++, count++) {
        if (cuts >> i & 1) {
            ess_plan_team_add_site(team, count);
            count = 0;
        }
    }
    ess_plan_team_add_site(team, count);
}

static bool prove_orders(struct ess_plan_case *proof, uint32_t window, struct tally *tally) {
    struct ess_plan_verdict verdict;
    proof->elements = 5;
    proof->window = window;
    ess_plan_check_orders(proof, STATES_MAX, &verdict);
    tally->runs++;
    tally->states += verdict.states;
    return ess_plan_holds(proof, &verdict);
}

static void all_orders_of_tiny_groups(void) {
    static struct ess_plan_team team;
    struct tally tally = {0};
    struct ess_plan_defaults defaults;
    for (uint32_t p = 1; p <= 3; p++) {
        for (uint32_t cuts = 0; cuts < 1u << (p - 1); cuts++) {
            team_cut(&team, p, cuts);
            for (size_t i = 0; ess_plan_registry[i]; i++) {
                struct ess_plan_case proof =
                    ess_plan_case_of(ess_plan_registry[i], &team, &defaults);
                if (!prove_orders(&proof, ESS_PLAN_WINDOW_LEAST, &tally) ||
                    !prove_orders(&proof, ESS_PLAN_WINDOW_USUAL, &tally)) {
                    return;
                }
            }
        }
    }
    ess_test_note("%llu exhaustive searches, %llu states", (unsigned long long)tally.runs,
        (unsigned long long)tally.states);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"every plan is exact in every group of 1 to 64", every_small_group},
        {"every plan is exact in random groups up to 1,024", random_large_groups},
        {"every plan is exact in all orders, up to 3 ranks", all_orders_of_tiny_groups},
        {NULL, NULL},
    };
    return ess_test_main("plans", tests);
}
