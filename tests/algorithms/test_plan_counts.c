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
    uint32_t even = 0, trials = 400;
    ess_random_init(&random, 3, 0, "hierarchical");
    for (uint32_t trial = 0; trial < trials; trial++) {
        uint32_t p = 2 + (uint32_t)ess_random_below(&random, 47);
        uint64_t chunks, elements, size_bytes, g;
        struct ess_plan_counts counts;
        ess_plan_team_random(&team, p, 12, &random);
        g = team.group.site_count;
        chunks =
            ess_plan_named("hierarchical")->chunks(NULL, &(struct ess_call){.group = &team.group});
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

/* 8 ranks and 1 MiB, as the published check values have it. */
static void compare_published(const char *plan, const char *algorithm) {
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
    counts = ess_plan_counts_of(plan, &team, (1 << 20) / ESS_PLAN_ELEMENT_BYTES);
    ess_test_note("%s: %llu messages, %llu to %llu bytes a rank", plan,
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
    compare_published("ring", "ring all-reduce");
    compare_published("halving_doubling", "rabenseifner all-reduce");
    compare_published("binomial", "binomial reduce then binomial broadcast");
}

int main(void) {
    static const struct ess_test tests[] = {
        {"ring: messages and bytes are the closed forms", ring_closed_forms},
        {"hierarchical: bytes are the closed forms", hierarchical_closed_forms},
        {"binomial: messages and bytes are the closed forms", binomial_closed_forms},
        {"halving-doubling: messages and bytes are the closed forms",
            halving_doubling_closed_forms},
        {"messages and bytes are the published ones", published},
        {NULL, NULL},
    };
    return ess_test_main("plan counts", tests);
}
