/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proofs of every registered exact plan, the closed forms of the two, and broken plans that the
 * checker must catch. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "ess_test.h"
#include "plan_checker.h"

#define RANKS_MAX 1024
#define ELEMENT_BYTES 4
#define SETTINGS_BYTES_MAX 256
#define STATES_MAX 400000

/* Windows of an operation: ESS_WINDOW_MIN, a usual one, ESS_WINDOW_MAX. They are written out, since
 * the executor is not what is tested here. */
#define WINDOW_LEAST 2
#define WINDOW_USUAL 32
#define WINDOW_MOST 64

struct team {
    struct ess_group group;
    struct ess_member members[RANKS_MAX];
    struct ess_site_span sites[RANKS_MAX];
};

struct tally {
    uint64_t groups, rounds_proofs, runs, messages, states;
};

struct defaults {
    _Alignas(16) unsigned char bytes[SETTINGS_BYTES_MAX];
};

static const struct ess_plan_type *plan_named(const char *name) {
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        if (strcmp(ess_plan_registry[i]->name, name) == 0) {
            return ess_plan_registry[i];
        }
    }
    return NULL;
}

static void team_begin(struct team *team) {
    team->group = (struct ess_group){.members = team->members, .sites = team->sites};
}

static void team_add_site(struct team *team, uint32_t count) {
    struct ess_group *group = &team->group;
    team->sites[group->site_count] = (struct ess_site_span){group->size, count};
    for (uint32_t i = 0; i < count; i++, group->size++) {
        /* Names of peers are not ranks: gaps show a mix-up. */
        team->members[group->size] =
            (struct ess_member){.peer = 3 * group->size + 5, .site = group->site_count};
    }
    group->site_count++;
    group->largest_site = count > group->largest_site ? count : group->largest_site;
}

/* `site_count` sites (at most `p`) that differ by at most one rank, larger ones first. */
static void team_even(struct team *team, uint32_t p, uint32_t site_count) {
    team_begin(team);
    for (uint32_t site = 0; site < site_count; site++) {
        team_add_site(team, p / site_count + (site < p % site_count));
    }
}

/* Contiguous sites of random sizes, up to `most` of them. */
static void team_random(struct team *team, uint32_t p, uint32_t most, struct ess_random *random) {
    uint32_t left = p;
    uint32_t sites = 1 + (uint32_t)ess_random_below(random, most < p ? most : p);
    team_begin(team);
    for (; sites > 1; sites--) {
        uint32_t mean = left / sites;
        uint32_t room = left - sites + 1; /* leave one rank for each of the others */
        uint32_t count = 1 + (uint32_t)ess_random_below(random, 2 * mean);
        count = count < room ? count : room;
        team_add_site(team, count);
        left -= count;
    }
    team_add_site(team, left);
}

#define SPLITS 4

static void team_split(
    struct team *team, uint32_t p, uint32_t split, uint32_t sites_max, struct ess_random *random) {
    switch (split) {
    case 0:
        team_even(team, p, 1);
        return;
    case 1:
        team_even(team, p, p);
        return;
    case 2:
        team_even(team, p, p < 2 ? 1 : 2);
        return;
    default:
        team_random(team, p, sites_max, random);
    }
}

static struct ess_plan_case case_of(
    const struct ess_plan_type *plan, const struct team *team, struct defaults *defaults) {
    if (plan->settings_bytes > sizeof defaults->bytes) {
        abort();
    }
    ess_parameters_set_defaults(plan->parameters, defaults->bytes);
    return (struct ess_plan_case){plan, defaults->bytes, &team->group, 0, ELEMENT_BYTES, 0};
}

static bool holds(const struct ess_plan_case *proof, const struct ess_plan_verdict *verdict) {
    if (!verdict->problem[0]) {
        return true;
    }
    ess_test_note("%s, %u ranks, %u sites, %llu elements, window %u: %s", proof->plan->name,
        proof->group->size, proof->group->site_count, (unsigned long long)proof->elements,
        proof->window, verdict->problem);
    CU_FAIL("a plan is wrong");
    return false;
}

static bool proves(struct ess_plan_case *proof, uint64_t elements, uint32_t window, uint64_t seed,
    struct tally *tally) {
    struct ess_plan_verdict verdict;
    proof->elements = elements;
    proof->window = window;
    ess_plan_check_run(proof, seed, &verdict);
    tally->runs++;
    tally->messages += verdict.counts.messages;
    return holds(proof, &verdict);
}

static bool rounds_hold(struct ess_plan_case *proof, uint64_t elements, struct tally *tally) {
    struct ess_plan_verdict verdict;
    proof->elements = elements;
    proof->window = 0; /* any */
    ess_plan_check_rounds(proof, &verdict);
    tally->rounds_proofs++;
    return holds(proof, &verdict);
}

static void print_tally(const struct tally *tally) {
    ess_test_note("%llu groups, %llu proofs of rounds (all orders), %llu runs, %llu messages",
        (unsigned long long)tally->groups, (unsigned long long)tally->rounds_proofs,
        (unsigned long long)tally->runs, (unsigned long long)tally->messages);
}

/* Nothing, fewer elements than chunks, and two counts that do not divide; all windows. */
static bool prove_small(
    struct ess_plan_case *proof, struct ess_random *random, struct tally *tally) {
    uint64_t chunks = proof->plan->chunks(proof->settings, proof->group);
    uint64_t odd = chunks * 3 + 1;
    uint64_t any = ess_random_below(random, 1000000);
    return rounds_hold(proof, 0, tally) && rounds_hold(proof, any, tally) &&
           proves(proof, 0, WINDOW_MOST, ess_random_u64(random), tally) &&
           proves(proof, chunks / 2, WINDOW_LEAST, ess_random_u64(random), tally) &&
           proves(proof, odd, WINDOW_LEAST, ess_random_u64(random), tally) &&
           proves(proof, any, WINDOW_USUAL, ess_random_u64(random), tally);
}

static void every_small_group(void) {
    static struct team team;
    struct tally tally = {0};
    struct defaults defaults;
    struct ess_random random;
    ess_random_init(&random, 1, 0, "small groups");
    for (uint32_t p = 1; p <= 64; p++) {
        for (uint32_t split = 0; split < SPLITS; split++) {
            team_split(&team, p, split, p, &random);
            tally.groups++;
            for (size_t i = 0; ess_plan_registry[i]; i++) {
                struct ess_plan_case proof = case_of(ess_plan_registry[i], &team, &defaults);
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
    static struct team team;
    struct tally tally = {0};
    struct defaults defaults;
    struct ess_random random;
    ess_random_init(&random, 2, 0, "large groups");
    for (uint32_t trial = 0; trial <= 20; trial++) {
        uint32_t p = trial < 20 ? large_size(trial, &random) : RANKS_MAX;
        uint64_t elements = trial % 5 ? ess_random_below(&random, 10000000) : trial;
        team_split(&team, p, trial % SPLITS, 4, &random);
        tally.groups++;
        for (size_t i = 0; ess_plan_registry[i]; i++) {
            struct ess_plan_case proof = case_of(ess_plan_registry[i], &team, &defaults);
            uint32_t window = (trial / SPLITS + trial) % 2 ? WINDOW_LEAST : WINDOW_USUAL;
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
static void team_cut(struct team *team, uint32_t p, uint32_t cuts) {
    uint32_t count = 1;
    team_begin(team);
    for (uint32_t i = 0; i + 1 < p; i++, count++) {
        if (cuts >> i & 1) {
            team_add_site(team, count);
            count = 0;
        }
    }
    team_add_site(team, count);
}

static bool prove_orders(struct ess_plan_case *proof, uint32_t window, struct tally *tally) {
    struct ess_plan_verdict verdict;
    proof->elements = 5;
    proof->window = window;
    ess_plan_check_orders(proof, STATES_MAX, &verdict);
    tally->runs++;
    tally->states += verdict.states;
    return holds(proof, &verdict);
}

static void all_orders_of_tiny_groups(void) {
    static struct team team;
    struct tally tally = {0};
    struct defaults defaults;
    for (uint32_t p = 1; p <= 3; p++) {
        for (uint32_t cuts = 0; cuts < 1u << (p - 1); cuts++) {
            team_cut(&team, p, cuts);
            for (size_t i = 0; ess_plan_registry[i]; i++) {
                struct ess_plan_case proof = case_of(ess_plan_registry[i], &team, &defaults);
                if (!prove_orders(&proof, WINDOW_LEAST, &tally) ||
                    !prove_orders(&proof, WINDOW_USUAL, &tally)) {
                    return;
                }
            }
        }
    }
    ess_test_note("%llu exhaustive searches, %llu states", (unsigned long long)tally.runs,
        (unsigned long long)tally.states);
}

static struct ess_plan_counts counts_of(
    const char *name, const struct team *team, uint64_t elements) {
    struct defaults defaults;
    struct ess_plan_verdict verdict = {0};
    struct ess_plan_case proof = case_of(plan_named(name), team, &defaults);
    proof.elements = elements;
    proof.window = WINDOW_USUAL;
    ess_plan_check_run(&proof, elements, &verdict);
    holds(&proof, &verdict);
    return verdict.counts;
}

/* 2(p - 1) messages a rank; 2n(p - 1) bytes in all; 2n(p - 1)/p a rank when p divides the elements.
 */
static void ring_closed_forms(void) {
    static struct team team;
    for (uint32_t p = 2; p <= 40; p++) {
        for (uint64_t elements = 0; elements <= 12 * p; elements += p > 20 ? p / 2 : 1) {
            uint64_t size_bytes = elements * ELEMENT_BYTES;
            struct ess_plan_counts counts;
            team_even(&team, p, 1 + p % 3 % p);
            counts = counts_of("ring", &team, elements);
            ESS_CHECK(counts.rank_messages.least == 2 * (p - 1) &&
                          counts.rank_messages.most == 2 * (p - 1) &&
                          counts.messages == 2 * p * (uint64_t)(p - 1),
                "p %u: %llu messages", p, (unsigned long long)counts.messages);
            ESS_CHECK(counts.size_bytes == 2 * size_bytes * (p - 1), "p %u: %llu bytes", p,
                (unsigned long long)counts.size_bytes);
            ESS_CHECK(
                elements % p != 0 || (counts.rank_bytes.least == 2 * size_bytes * (p - 1) / p &&
                                         counts.rank_bytes.most == counts.rank_bytes.least),
                "p %u: %llu to %llu bytes a rank", p, (unsigned long long)counts.rank_bytes.least,
                (unsigned long long)counts.rank_bytes.most);
        }
    }
}

/* 2n(p - 1) bytes in all and 2n(g - 1) between sites, always; 2n(g - 1)/g a site when the chunks
 * divide the elements. */
static void hierarchical_closed_forms(void) {
    static struct team team;
    struct ess_random random;
    uint32_t even = 0, trials = 400;
    ess_random_init(&random, 3, 0, "hierarchical");
    for (uint32_t trial = 0; trial < trials; trial++) {
        uint32_t p = 2 + (uint32_t)ess_random_below(&random, 47);
        uint64_t chunks, elements, size_bytes, g;
        struct ess_plan_counts counts;
        team_random(&team, p, 12, &random);
        g = team.group.site_count;
        chunks = plan_named("hierarchical")->chunks(NULL, &team.group);
        ESS_CHECK(chunks % g == 0, "p %u, g %u: %u chunks", p, (unsigned)g, (unsigned)chunks);
        elements = trial % 2 ? chunks * ess_random_below(&random, 50)
                             : ess_random_below(&random, 20 * chunks);
        size_bytes = elements * ELEMENT_BYTES;
        counts = counts_of("hierarchical", &team, elements);
        ESS_CHECK(counts.size_bytes == 2 * size_bytes * (p - 1), "p %u, g %u: %llu bytes", p,
            (unsigned)g, (unsigned long long)counts.size_bytes);
        ESS_CHECK(counts.between_sites_bytes == 2 * size_bytes * (g - 1),
            "p %u, g %u: %llu bytes between sites", p, (unsigned)g,
            (unsigned long long)counts.between_sites_bytes);
        if (elements % chunks == 0) {
            even++;
            ESS_CHECK(counts.site_bytes.least == 2 * size_bytes * (g - 1) / g &&
                          counts.site_bytes.most == counts.site_bytes.least,
                "p %u, g %u: %llu to %llu bytes a site", p, (unsigned)g,
                (unsigned long long)counts.site_bytes.least,
                (unsigned long long)counts.site_bytes.most);
        }
    }
    ess_test_note("%u groups, %u of them with chunks of one size", trials, even);
}

/* The published check values, or NULL where the file is missing. The caller deletes them. */
static cJSON *read_published(void) {
    const char *folder = getenv("ESSAIM_PUBLISHED");
    static char text[1 << 18];
    char path[512];
    size_t used;
    FILE *file;
    snprintf(path, sizeof path, "%s/collectives.json", folder ? folder : "../shared/published");
    file = fopen(path, "r");
    if (!file) {
        ess_test_skip("no %s (set ESSAIM_PUBLISHED)", path);
        return NULL;
    }
    used = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[used] = '\0';
    return cJSON_Parse(text);
}

static const cJSON *published_check(const cJSON *root, const char *algorithm) {
    const cJSON *published = cJSON_GetObjectItemCaseSensitive(root, "published");
    const cJSON *check;
    cJSON_ArrayForEach(check, cJSON_GetObjectItemCaseSensitive(published, "check_values")) {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(check, "algorithm");
        if (cJSON_IsString(name) && strcmp(name->valuestring, algorithm) == 0) {
            return check;
        }
    }
    return NULL;
}

static void ring_published(void) {
    static struct team team;
    struct ess_plan_counts counts;
    cJSON *root = read_published();
    double messages, rank_bytes;
    const cJSON *check;
    if (!root) {
        return;
    }
    check = published_check(root, "ring all-reduce");
    messages = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(check, "messages_total"));
    rank_bytes =
        cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(check, "bytes_sent_per_rank"));
    cJSON_Delete(root);
    team_even(&team, 8, 1);
    counts = counts_of("ring", &team, (1 << 20) / ELEMENT_BYTES);
    ess_test_note("8 ranks, 1 MiB: %llu messages, %llu bytes a rank; published %.0f, %.0f",
        (unsigned long long)counts.messages, (unsigned long long)counts.rank_bytes.most, messages,
        rank_bytes);
    CU_ASSERT_EQUAL((double)counts.messages, messages);
    CU_ASSERT_EQUAL((double)counts.rank_bytes.least, rank_bytes);
    CU_ASSERT_EQUAL((double)counts.rank_bytes.most, rank_bytes);
}

/* Broken plans: the registered ring with one thing wrong. */
static uint32_t ring_chunks(const void *settings, const struct ess_group *group) {
    return plan_named("ring")->chunks(settings, group);
}

static uint32_t ring_rounds(const void *settings, const struct ess_group *group, uint32_t rank) {
    return plan_named("ring")->rounds(settings, group, rank);
}

static void ring_round(const void *settings, const struct ess_group *group, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    plan_named("ring")->round(settings, group, rank, index, round);
}

/* Rank 2 counts its chunks from one too many. */
static void off_by_one(const void *settings, const struct ess_group *group, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, group, rank, index, round);
    if (rank == 2) {
        round->chunk = (round->chunk + 1) % group->size;
    }
}

/* Each rank wants to hear the chunk at distance 1 before it starts its own: all wait for all. */
static void circle(const void *settings, const struct ess_group *group, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, group, rank, index < 2 ? 1 - index : index, round);
    if (index == 1) {
        round->after = 0;
    }
    if (round->after != ESS_NONE && index >= group->size) {
        round->after = round->after < 2 ? 1 - round->after : round->after;
    }
}

/* The whole sum waits for another chunk's partial sum than the one it overwrites. */
static void hasty(const void *settings, const struct ess_group *group, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, group, rank, index, round);
    if (index >= group->size) {
        round->after = (round->after + 1) % group->size;
    }
}

/* The steps of both laps are counted from 0. */
static void same_steps(const void *settings, const struct ess_group *group, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, group, rank, index, round);
    round->send_step -= round->send_step < group->size ? 0 : group->size;
    round->receive_step -= round->receive_step < group->size ? 0 : group->size;
}

/* The second lap adds where it should copy over a partial sum. */
static void adds_twice(const void *settings, const struct ess_group *group, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, group, rank, index, round);
    if (index > group->size) {
        round->sum = true;
        round->operand = ESS_REGION_RESULT;
    }
}

/* Rank 1 passes chunks on without its own contribution. */
static void forgets(const void *settings, const struct ess_group *group, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, group, rank, index, round);
    round->sum = round->sum && rank != 1;
}

/* Sums into a result that holds nothing yet. */
static void wrong_operand(const void *settings, const struct ess_group *group, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    ring_round(settings, group, rank, index, round);
    round->operand = ESS_REGION_RESULT;
}

typedef void (*round_function)(const void *settings, const struct ess_group *group, uint32_t rank,
    uint32_t index, struct ess_round *round);

struct planted {
    const char *name;
    round_function round;
    const char *rounds_say; /* part of what the check of the rounds says, or NULL: finds nothing */
    const char *run_says;   /* part of what a run says; "": it may or may not find it */
};

static bool says(const char *problem, const char *part) {
    return part ? strstr(problem, part) != NULL : problem[0] == '\0';
}

/* A fault that depends on the order shows in some orders only: a few seeds are tried. */
static void run_planted(const struct ess_plan_case *proof, struct ess_plan_verdict *verdict) {
    for (uint64_t seed = 0; seed < 50 && ess_plan_check_run(proof, seed, verdict); seed++) {}
}

static void planted_plans_are_caught(void) {
    static const struct planted planted[] = {
        {"a chunk off by one", off_by_one, "which never receives it", "deadlock with a window of"},
        {"a circle", circle, NULL, ": a circle"},
        {"no wait before overwriting", hasty, "overwrites what round", "of it is not finished"},
        {"steps used twice", same_steps, "twice", ""},
        {"adds twice", adds_twice, NULL, "adds contributions to chunk"},
        {"forgets its own", forgets, NULL, "contributions (set"},
        {"wrong operand", wrong_operand, NULL, "which holds nothing yet"},
    };
    static struct team team;
    team_even(&team, 5, 1);
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
        struct ess_plan_type plan = {.name = planted[i].name,
            .chunks = ring_chunks,
            .rounds = ring_rounds,
            .round = planted[i].round};
        struct ess_plan_case proof = {&plan, NULL, &team.group, 17, ELEMENT_BYTES, WINDOW_USUAL};
        struct ess_plan_verdict verdict;
        ess_plan_check_rounds(&proof, &verdict);
        ess_test_note("%s: rounds: %s", plan.name, verdict.problem);
        ESS_CHECK(says(verdict.problem, planted[i].rounds_say), "rounds: %s", plan.name);
        run_planted(&proof, &verdict);
        ess_test_note("%s: run: %s", plan.name, verdict.problem);
        ESS_CHECK(says(verdict.problem, planted[i].run_says), "run: %s", plan.name);
    }
}

/* All orders find what one order may miss. */
static void all_orders_catch_a_race(void) {
    static struct team team;
    struct ess_plan_type plan = {
        .name = "hasty", .chunks = ring_chunks, .rounds = ring_rounds, .round = hasty};
    struct ess_plan_case proof = {&plan, NULL, &team.group, 17, ELEMENT_BYTES, WINDOW_USUAL};
    struct ess_plan_verdict verdict;
    uint32_t passed = 0;
    team_even(&team, 3, 1);
    for (uint64_t seed = 0; seed < 100; seed++) {
        passed += ess_plan_check_run(&proof, seed, &verdict);
    }
    ess_test_note("%u of 100 random orders miss it", passed);
    CU_ASSERT(passed > 0);
    CU_ASSERT_FALSE(ess_plan_check_orders(&proof, STATES_MAX, &verdict));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict.problem, "of it is not finished"));
}

/* Why ESS_WINDOW_MIN is 2: each rank of a ring would send before it grants. */
static void one_open_round_is_too_few(void) {
    static struct team team;
    struct ess_plan_case proof = {plan_named("ring"), NULL, &team.group, 17, ELEMENT_BYTES, 1};
    struct ess_plan_verdict verdict;
    team_even(&team, 5, 1);
    CU_ASSERT_FALSE(ess_plan_check_run(&proof, 1, &verdict));
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict.problem, "a circle"));
    ess_test_note("%s", verdict.problem);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"every plan is exact in every group of 1 to 64", every_small_group},
        {"every plan is exact in random groups up to 1,024", random_large_groups},
        {"every plan is exact in all orders, up to 3 ranks", all_orders_of_tiny_groups},
        {"ring: messages and bytes are the closed forms", ring_closed_forms},
        {"ring: messages and bytes are the published ones", ring_published},
        {"hierarchical: bytes are the closed forms", hierarchical_closed_forms},
        {"broken plans are caught with a reason", planted_plans_are_caught},
        {"a search of all orders catches a race", all_orders_catch_a_race},
        {"a window of one round makes a circle", one_open_round_is_too_few},
        {NULL, NULL},
    };
    return ess_test_main("plans", tests);
}
