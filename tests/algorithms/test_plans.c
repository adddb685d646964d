/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proofs of every registered exact plan and of everything it says it can do: in all small groups,
 * in random large ones, in all orders; with and without a layout, with random roots and settings.
 */
#include "base/random.h"
#include "ess_test.h"
#include "plan_checker.h"
#include "plan_teams.h"

#define STATES_MAX 400000
#define PLANS_MAX 64
#define SMALL_RANKS 64
#define LARGE_TRIALS 20

struct tally {
    uint64_t groups, rounds_proofs, runs, messages, states, refused;
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

static bool can(const struct ess_plan_type *plan, enum ess_primitive primitive) {
    return (plan->primitives & ESS_PRIMITIVE_BIT(primitive)) != 0;
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
    ess_test_note("%llu groups, %llu proofs of rounds (all orders), %llu runs, %llu messages; "
                  "%llu calls refused",
        (unsigned long long)tally->groups, (unsigned long long)tally->rounds_proofs,
        (unsigned long long)tally->runs, (unsigned long long)tally->messages,
        (unsigned long long)tally->refused);
}

/* Nothing, fewer elements than chunks, and two counts that do not divide; all windows. */
static bool prove_small(
    struct ess_plan_case *proof, struct ess_random *random, struct tally *tally) {
    uint64_t chunks = proof->plan->chunks(proof->settings, &proof->call);
    uint64_t odd = chunks * 3 + 1;
    uint64_t any = ess_random_below(random, 1000000);
    return rounds_hold(proof, any, tally) &&
           proves(proof, 0, ESS_PLAN_WINDOW_MOST, ess_random_u64(random), tally) &&
           proves(proof, chunks / 2, ESS_PLAN_WINDOW_LEAST, ess_random_u64(random), tally) &&
           proves(proof, odd, ESS_PLAN_WINDOW_LEAST, ess_random_u64(random), tally) &&
           proves(proof, any, ESS_PLAN_WINDOW_USUAL, ess_random_u64(random), tally);
}

/* A call of any plan: ends by chance, and where the team has a layout settings by chance too. */
static struct ess_plan_case draw_case(const struct ess_plan_type *plan,
    enum ess_primitive primitive, const struct ess_plan_team *team,
    struct ess_plan_defaults *settings, struct ess_random *random) {
    struct ess_plan_case proof = ess_plan_case_of(plan, team, settings);
    proof.call.primitive = primitive;
    proof.call.root = (uint32_t)ess_random_below(random, team->group.size);
    proof.call.target = (uint32_t)ess_random_below(random, team->group.size);
    if (team->group.layout) {
        ess_plan_settings_random(plan, settings, random);
    }
    return proof;
}

/* Trees must begin at the root that is wanted, for those plans that need some. */
static void lay_out_for(
    struct ess_plan_team *team, const struct ess_plan_case *proof, struct ess_random *random) {
    bool one_root = proof->call.primitive == ESS_BROADCAST || proof->call.primitive == ESS_REDUCE;
    ess_plan_team_lay_out(team, one_root ? proof->call.root : ESS_NONE, random);
}

/* One primitive of one plan in a group, as it comes and with a random layout. Counts where it was
 * not refused. */
static bool prove_primitive(const struct ess_plan_type *plan, enum ess_primitive primitive,
    struct ess_plan_team *team, struct ess_random *random, struct tally *tally, uint32_t *proven) {
    for (int laid_out = 0; laid_out < 2; laid_out++) {
        struct ess_plan_defaults settings;
        struct ess_plan_case proof;
        team->group.layout = NULL;
        proof = draw_case(plan, primitive, team, &settings, random);
        if (laid_out) {
            lay_out_for(team, &proof, random);
            ess_plan_settings_random(plan, &settings, random);
        }
        if (ess_plan_refusal(&proof)) {
            tally->refused++;
            continue;
        }
        ++*proven;
        if (!prove_small(&proof, random, tally)) {
            return false;
        }
    }
    return true;
}

static void every_small_group(void) {
    static struct ess_plan_team team;
    struct tally tally = {0};
    struct ess_random random;
    ess_random_init(&random, 1, 0, "small groups");
    for (uint32_t p = 1; p <= SMALL_RANKS; p++) {
        for (size_t i = 0; ess_plan_registry[i]; i++) {
            const struct ess_plan_type *plan = ess_plan_registry[i];
            for (int primitive = 0; primitive < ESS_PRIMITIVE_COUNT; primitive++) {
                uint32_t proven = 0;
                if (!can(plan, (enum ess_primitive)primitive)) {
                    continue;
                }
                team_split(&team, p, (p + (uint32_t)i) % SPLITS, p, &random);
                tally.groups++;
                if (!prove_primitive(
                        plan, (enum ess_primitive)primitive, &team, &random, &tally, &proven)) {
                    return;
                }
                ESS_CHECK(proven > 0 || plan->refuse, "%s, %s: not proven for %u ranks", plan->name,
                    ess_primitive_name((enum ess_primitive)primitive), p);
            }
        }
    }
    print_tally(&tally);
}

static void every_plan_can_something(void) {
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        ESS_CHECK(ess_plan_registry[i]->primitives > 0 &&
                      ess_plan_registry[i]->primitives < UINT32_C(1) << ESS_PRIMITIVE_COUNT,
            "%s: primitives %#x", ess_plan_registry[i]->name, ess_plan_registry[i]->primitives);
        ESS_CHECK(ess_plan_registry[i]->source && ess_plan_registry[i]->summary, "%s: no source",
            ess_plan_registry[i]->name);
    }
}

/* Sizes spread over octaves, few in the last, so that the largest do not take all the time. */
static uint32_t large_size(uint32_t trial, struct ess_random *random) {
    uint32_t octave = 64u << (trial % 10 == 7 ? 3 : trial % 3);
    return octave + 1 + (uint32_t)ess_random_below(random, octave);
}

static bool prove_large(const struct ess_plan_type *plan, enum ess_primitive primitive,
    uint32_t trial, uint32_t p, struct ess_random *random, struct tally *tally) {
    static struct ess_plan_team team;
    struct ess_plan_defaults settings;
    struct ess_plan_case proof;
    uint64_t elements = trial % 5 ? ess_random_below(random, 10000000) : trial;
    uint32_t window = (trial / SPLITS + trial) % 2 ? ESS_PLAN_WINDOW_LEAST : ESS_PLAN_WINDOW_USUAL;
    team_split(&team, p, trial % SPLITS, 4, random);
    proof = draw_case(plan, primitive, &team, &settings, random);
    if (trial % 3 == 0 || ess_plan_refusal(&proof)) {
        lay_out_for(&team, &proof, random);
    }
    if (ess_plan_refusal(&proof)) {
        tally->refused++;
        return true;
    }
    tally->groups++;
    return rounds_hold(&proof, elements, tally) &&
           proves(&proof, elements, window, ess_random_u64(random), tally);
}

/* Each primitive of each plan in a fifth of the trials, and one of them, by turns, in the largest.
 */
static void random_large_groups(void) {
    struct tally tally = {0};
    struct ess_random random;
    uint32_t turn = 0;
    ess_random_init(&random, 2, 0, "large groups");
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        for (int primitive = 0; primitive < ESS_PRIMITIVE_COUNT; primitive++) {
            if (!can(ess_plan_registry[i], (enum ess_primitive)primitive)) {
                continue;
            }
            turn++;
            for (uint32_t trial = turn % 5; trial < LARGE_TRIALS; trial += 5) {
                if (!prove_large(ess_plan_registry[i], (enum ess_primitive)primitive, trial,
                        large_size(trial, &random), &random, &tally)) {
                    return;
                }
            }
            if (turn % 4 == 0 && !prove_large(ess_plan_registry[i], (enum ess_primitive)primitive,
                                     turn, ESS_PLAN_RANKS_MAX, &random, &tally)) {
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

/* All ends of a call, for plans that have few. */
static bool prove_all_ends(struct ess_plan_case *proof, struct ess_plan_team *team,
    struct ess_random *random, struct tally *tally) {
    enum ess_primitive primitive = proof->call.primitive;
    bool has_root = primitive == ESS_BROADCAST || primitive == ESS_REDUCE || primitive == ESS_SEND;
    uint32_t p = team->group.size;
    for (uint32_t root = 0; root < (has_root ? p : 1); root++) {
        for (uint32_t target = 0; target < (primitive == ESS_SEND ? p : 1); target++) {
            proof->call.root = root;
            proof->call.target = target;
            team->group.layout = NULL;
            if (ess_plan_refusal(proof)) {
                lay_out_for(team, proof, random);
            }
            if (ess_plan_refusal(proof)) {
                tally->refused++;
                continue;
            }
            if (!prove_orders(proof, ESS_PLAN_WINDOW_LEAST, tally) ||
                !prove_orders(proof, ESS_PLAN_WINDOW_USUAL, tally)) {
                return false;
            }
        }
    }
    return true;
}

static void all_orders_of_tiny_groups(void) {
    static struct ess_plan_team team;
    struct tally tally = {0};
    struct ess_plan_defaults defaults;
    struct ess_random random;
    ess_random_init(&random, 3, 0, "tiny groups");
    for (uint32_t p = 1; p <= 3; p++) {
        for (uint32_t cuts = 0; cuts < 1u << (p - 1); cuts++) {
            team_cut(&team, p, cuts);
            for (size_t i = 0; ess_plan_registry[i]; i++) {
                for (int primitive = 0; primitive < ESS_PRIMITIVE_COUNT; primitive++) {
                    struct ess_plan_case proof =
                        ess_plan_case_of(ess_plan_registry[i], &team, &defaults);
                    proof.call.primitive = (enum ess_primitive)primitive;
                    if (can(ess_plan_registry[i], (enum ess_primitive)primitive) &&
                        !prove_all_ends(&proof, &team, &random, &tally)) {
                        return;
                    }
                }
            }
        }
    }
    ess_test_note("%llu exhaustive searches, %llu states", (unsigned long long)tally.runs,
        (unsigned long long)tally.states);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"every plan names what it can do", every_plan_can_something},
        {"every plan is exact in groups of 1 to 64", every_small_group},
        {"every plan is exact in random groups up to 1,024", random_large_groups},
        {"every plan is exact in all orders, up to 3 ranks", all_orders_of_tiny_groups},
        {NULL, NULL},
    };
    return ess_test_main("plans", tests);
}
