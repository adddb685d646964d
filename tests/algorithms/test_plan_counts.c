/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages and bytes of the plans: their closed forms and the published values. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "ess_test.h"
#include "plan_teams.h"

/* 2(p - 1) messages a rank; 2n(p - 1) bytes in all; 2n(p - 1)/p a rank when p divides the elements.
 */
static void ring_closed_forms(void) {
    static struct ess_plan_team team;
    for (uint32_t p = 2; p <= 40; p++) {
        for (uint64_t elements = 0; elements <= 12 * p; elements += p > 20 ? p / 2 : 1) {
            uint64_t size_bytes = elements * ESS_PLAN_ELEMENT_BYTES;
            struct ess_plan_counts counts;
            ess_plan_team_even(&team, p, 1 + p % 3 % p);
            counts = ess_plan_counts_of("ring", &team, elements);
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
    static struct ess_plan_team team;
    struct ess_random random;
    const struct ess_plan_type *hierarchical = ess_plan_named("hierarchical");
    struct ess_plan_defaults settings;
    uint32_t even = 0, trials = 400;
    ess_random_init(&random, 3, 0, "hierarchical");
    for (uint32_t trial = 0; trial < trials; trial++) {
        uint32_t p = 2 + (uint32_t)ess_random_below(&random, 47);
        uint64_t chunks, elements, size_bytes, g;
        struct ess_plan_counts counts;
        ess_plan_team_random(&team, p, 12, &random);
        g = team.group.site_count;
        ess_parameters_set_defaults(hierarchical->parameters, settings.bytes);
        chunks = hierarchical->chunks(settings.bytes, &(struct ess_call){.group = &team.group});
        ESS_CHECK(chunks % g == 0, "p %u, g %u: %u chunks", p, (unsigned)g, (unsigned)chunks);
        elements = trial % 2 ? chunks * ess_random_below(&random, 50)
                             : ess_random_below(&random, 20 * chunks);
        size_bytes = elements * ESS_PLAN_ELEMENT_BYTES;
        counts = ess_plan_counts_of("hierarchical", &team, elements);
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

static uint32_t floor_log2(uint32_t value) {
    uint32_t log = 0;
    while (value >> log > 1) {
        log++;
    }
    return log;
}

/* 2(p - 1) messages and 2n(p - 1) bytes in all; the root sends the most: ceil(log2 p) messages. */
static void binomial_closed_forms(void) {
    static struct ess_plan_team team;
    for (uint32_t p = 2; p <= 200; p++) {
        uint64_t size_bytes = p * UINT64_C(7) * ESS_PLAN_ELEMENT_BYTES;
        struct ess_plan_counts counts;
        ess_plan_team_even(&team, p, 1 + p % 3 % p);
        counts = ess_plan_counts_of("binomial", &team, p * UINT64_C(7));
        ESS_CHECK(counts.messages == 2 * (p - 1) && counts.size_bytes == 2 * size_bytes * (p - 1),
            "p %u: %llu messages, %llu bytes", p, (unsigned long long)counts.messages,
            (unsigned long long)counts.size_bytes);
        ESS_CHECK(counts.rank_messages.least == 1 &&
                      counts.rank_messages.most == floor_log2(p - 1) + 1 &&
                      counts.rank_bytes.most == size_bytes * (floor_log2(p - 1) + 1),
            "p %u: %llu to %llu messages a rank", p, (unsigned long long)counts.rank_messages.least,
            (unsigned long long)counts.rank_messages.most);
    }
}

/* With p' ranks that halve and e = p - p' folded ones: 2 p' log2 p' + 2 e messages and 2n(p - 1)
 * bytes in all, whatever divides what; if e = 0 and p divides the elements 2n(p - 1)/p a rank. */
static void halving_doubling_closed_forms(void) {
    static struct ess_plan_team team;
    for (uint32_t p = 2; p <= 200; p++) {
        uint32_t log = floor_log2(p), whole = 1u << log, folded = p - whole;
        uint64_t elements = p % 3 == 0 ? whole * UINT64_C(9) + 5 : whole * UINT64_C(4);
        uint64_t size_bytes = elements * ESS_PLAN_ELEMENT_BYTES;
        struct ess_plan_counts counts;
        ess_plan_team_even(&team, p, 1 + p % 3 % p);
        counts = ess_plan_counts_of("halving_doubling", &team, elements);
        ESS_CHECK(counts.messages == 2 * whole * log + 2 * folded &&
                      counts.size_bytes == 2 * size_bytes * (p - 1),
            "p %u: %llu messages, %llu bytes", p, (unsigned long long)counts.messages,
            (unsigned long long)counts.size_bytes);
        ESS_CHECK(counts.rank_messages.most == 2 * log + (folded > 0) &&
                      counts.rank_messages.least == (folded > 0 ? 1 : 2 * log),
            "p %u: %llu to %llu messages a rank", p, (unsigned long long)counts.rank_messages.least,
            (unsigned long long)counts.rank_messages.most);
        ESS_CHECK(folded > 0 || elements % p != 0 ||
                      (counts.rank_bytes.least == 2 * size_bytes * (p - 1) / p &&
                          counts.rank_bytes.most == counts.rank_bytes.least),
            "p %u: %llu to %llu bytes a rank", p, (unsigned long long)counts.rank_bytes.least,
            (unsigned long long)counts.rank_bytes.most);
    }
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

/* With e folded ranks: L 2^L + 2 e messages of n bytes. */
static void recursive_doubling_closed_forms(void) {
    static struct ess_plan_team team;
    for (uint32_t p = 2; p <= 200; p++) {
        uint32_t log = floor_log2(p), whole = 1u << log, folded = p - whole;
        uint64_t messages = (uint64_t)whole * log + 2 * folded;
        struct ess_plan_counts counts;
        ess_plan_team_even(&team, p, 1);
        counts = ess_plan_counts_of("recursive_doubling", &team, 25);
        ESS_CHECK(counts.messages == messages && counts.size_bytes == 100 * messages,
            "p %u: %llu messages", p, (unsigned long long)counts.messages);
    }
}

/* The same of the original with halves: 2 L 2^L + 4 e messages, 2 n (2^L - 1) + 2.5 n e bytes. */
static void rabenseifner_closed_forms(void) {
    static struct ess_plan_team team;
    for (uint32_t p = 2; p <= 200; p++) {
        uint32_t log = floor_log2(p), whole = 1u << log, folded = p - whole;
        uint64_t size_bytes = 3 * whole * UINT64_C(2) * ESS_PLAN_ELEMENT_BYTES;
        struct ess_plan_counts counts;
        ess_plan_team_even(&team, p, 1);
        counts = ess_plan_counts_of("rabenseifner", &team, 3 * whole * UINT64_C(2));
        ESS_CHECK(
            counts.messages == 2 * whole * log + 4 * folded &&
                counts.size_bytes == 2 * size_bytes * (whole - 1) + size_bytes / 2 * 5 * folded,
            "p %u: %llu messages, %llu bytes", p, (unsigned long long)counts.messages,
            (unsigned long long)counts.size_bytes);
    }
}

/* Trees and chains carry each datum over p - 1 edges each way. */
static void trees_carry_it_once(void) {
    static const struct {
        const char *name;
        uint32_t trees;
    } plans[] = {{"chain", 1}, {"binomial", 1}, {"double_tree", 2}, {"direct", 1}};
    static struct ess_plan_team team;
    for (uint32_t p = 2; p <= 100; p++) {
        uint64_t size_bytes = 77 * ESS_PLAN_ELEMENT_BYTES;
        ess_plan_team_even(&team, p, 1);
        for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
            static const enum ess_primitive ways[] = {ESS_ALL_REDUCE, ESS_BROADCAST, ESS_REDUCE};
            for (uint32_t way = 0; way < 3; way++) {
                uint64_t edges = (uint64_t)(p - 1) * (way == 0 ? 2 : 1);
                struct ess_plan_counts counts =
                    ess_plan_primitive_counts(plans[i].name, ways[way], &team, 77);
                ESS_CHECK(counts.messages == edges * plans[i].trees &&
                              counts.size_bytes == edges * size_bytes,
                    "%s, p %u: %llu messages, %llu bytes", plans[i].name, p,
                    (unsigned long long)counts.messages, (unsigned long long)counts.size_bytes);
            }
        }
    }
}

/* No rank has children in both trees: down the trees none sends more than the vector. */
static void double_tree_shares_the_work(void) {
    static struct ess_plan_team team;
    for (uint32_t p = 2; p <= 300; p++) {
        struct ess_plan_counts counts;
        ess_plan_team_even(&team, p, 1);
        counts = ess_plan_primitive_counts("double_tree", ESS_BROADCAST, &team, 1000);
        ESS_CHECK(counts.rank_bytes.most <= 1000 * ESS_PLAN_ELEMENT_BYTES, "p %u: %llu bytes", p,
            (unsigned long long)counts.rank_bytes.most);
    }
}

/* hivemind: n (1 + (p - 2) w) bytes sent by a rank of share w, 2 (p - 1) messages; here in
 * elements, since shares end at whole ones. */
static void butterfly_closed_forms(void) {
    static struct ess_plan_team team;
    struct ess_random random;
    ess_random_init(&random, 5, 0, "butterfly");
    for (uint32_t p = 2; p <= 40; p++) {
        const uint64_t elements = ESS_SHARE_WHOLE;
        uint64_t least = UINT64_MAX, most = 0, messages = 0;
        struct ess_plan_counts counts;
        ess_plan_team_even(&team, p, 1);
        ess_plan_team_lay_out(&team, ESS_NONE, &random);
        for (uint32_t rank = 0; rank < p; rank++) {
            uint64_t sent = elements + (uint64_t)team.store.shares[rank] * (p - 2);
            least = sent < least ? sent : least;
            most = sent > most ? sent : most;
            messages += team.store.shares[rank] > 0 ? 2 * (p - 1) : 0;
        }
        counts = ess_plan_counts_of("butterfly", &team, elements);
        ESS_CHECK(counts.messages == messages &&
                      counts.rank_bytes.least == least * ESS_PLAN_ELEMENT_BYTES &&
                      counts.rank_bytes.most == most * ESS_PLAN_ELEMENT_BYTES,
            "p %u: %llu messages, %llu to %llu bytes a rank", p,
            (unsigned long long)counts.messages, (unsigned long long)counts.rank_bytes.least,
            (unsigned long long)counts.rank_bytes.most);
    }
}

/* 8 ranks and 1 MiB (nothing for a barrier), as the published check values have it. */
static void compare_published(
    const char *plan, enum ess_primitive primitive, const char *algorithm, uint64_t size_bytes) {
    static struct ess_plan_team team;
    struct ess_plan_counts counts;
    cJSON *root = read_published();
    const cJSON *check, *messages, *rank_bytes;
    if (!root) {
        return;
    }
    check = published_check(root, algorithm);
    messages = cJSON_GetObjectItemCaseSensitive(check, "messages_total");
    rank_bytes = cJSON_GetObjectItemCaseSensitive(check, "bytes_sent_per_rank");
    ess_plan_team_even(&team, 8, 1);
    counts = ess_plan_primitive_counts(plan, primitive, &team, size_bytes / ESS_PLAN_ELEMENT_BYTES);
    ess_test_note("%s: published %.0f messages, %.0f bytes a rank (-1: ranks differ); %s: %llu, "
                  "%llu to %llu",
        algorithm, cJSON_GetNumberValue(messages),
        cJSON_IsNull(rank_bytes) ? -1.0 : cJSON_GetNumberValue(rank_bytes), plan,
        (unsigned long long)counts.messages, (unsigned long long)counts.rank_bytes.least,
        (unsigned long long)counts.rank_bytes.most);
    CU_ASSERT_EQUAL((double)counts.messages, cJSON_GetNumberValue(messages));
    /* Null where ranks differ. */
    CU_ASSERT(cJSON_IsNull(rank_bytes) ||
              ((double)counts.rank_bytes.least == cJSON_GetNumberValue(rank_bytes) &&
                  (double)counts.rank_bytes.most == cJSON_GetNumberValue(rank_bytes)));
    cJSON_Delete(root);
}

static void published(void) {
    static const struct {
        const char *plan;
        enum ess_primitive primitive;
        const char *algorithm;
        uint64_t size_bytes;
    } rows[] = {
        {"ring", ESS_ALL_REDUCE, "ring all-reduce", 1 << 20},
        {"recursive_doubling", ESS_ALL_REDUCE, "recursive doubling all-reduce", 1 << 20},
        {"halving_doubling", ESS_ALL_REDUCE, "rabenseifner all-reduce", 1 << 20},
        {"rabenseifner", ESS_ALL_REDUCE, "rabenseifner all-reduce", 1 << 20},
        {"binomial", ESS_ALL_REDUCE, "binomial reduce then binomial broadcast", 1 << 20},
        {"binomial", ESS_BROADCAST, "binomial broadcast", 1 << 20},
        {"ring", ESS_ALL_GATHER, "ring all-gather (n = total)", 1 << 20},
        {"halving_doubling", ESS_ALL_GATHER, "recursive doubling all-gather (n = total)", 1 << 20},
        {"ring", ESS_REDUCE_SCATTER, "ring reduce-scatter", 1 << 20},
        {"halving_doubling", ESS_REDUCE_SCATTER, "recursive halving reduce-scatter", 1 << 20},
        /* Each rank sends every other one a shard of its own, as in an all-to-all. */
        {"direct", ESS_REDUCE_SCATTER, "pairwise all-to-all (n = sent per rank)", 1 << 20},
        {"recursive_doubling", ESS_ALL_REDUCE, "dissemination barrier", 0},
        {"direct", ESS_ALL_REDUCE,
            "linear all-reduce at a root (gather in turn, then send in turn)", 1 << 20},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        compare_published(rows[i].plan, rows[i].primitive, rows[i].algorithm, rows[i].size_bytes);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"ring: messages and bytes are the closed forms", ring_closed_forms},
        {"hierarchical: bytes are the closed forms", hierarchical_closed_forms},
        {"binomial: messages and bytes are the closed forms", binomial_closed_forms},
        {"halving-doubling: messages and bytes are the closed forms",
            halving_doubling_closed_forms},
        {"recursive doubling: messages and bytes are the closed forms",
            recursive_doubling_closed_forms},
        {"Rabenseifner: messages and bytes are the closed forms", rabenseifner_closed_forms},
        {"trees and chains carry each datum once over each edge", trees_carry_it_once},
        {"double tree: no rank sends more than the vector", double_tree_shares_the_work},
        {"butterfly: bytes are hivemind's for any shares", butterfly_closed_forms},
        {"messages and bytes are the published ones", published},
        {NULL, NULL},
    };
    return ess_test_main("plan counts", tests);
}
