/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sites from delays: hierarchies of known answer with noise and gaps, merges against a plain
 * implementation, and measured delays between regions. */
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"
#include "routing/cluster.h"
#include "routing_data.h"

enum { LEVELS = 8 };

struct found {
    struct ess_clusters clusters;
    uint32_t site_counts[LEVELS];
    int64_t heights_ns[LEVELS];
};

static void find(const struct ess_cluster_settings *settings, const struct ess_pair_matrix *matrix,
    struct found *found) {
    uint32_t n = matrix->size;
    void *scratch = ess_test_scratch(ess_cluster_bytes(n));
    found->clusters = (struct ess_clusters){
        0, ess_test_scratch(LEVELS * (size_t)n * 4), found->site_counts, found->heights_ns};
    ess_cluster_find(settings, matrix, NULL, n, &found->clusters, scratch);
    free(scratch);
}

/* Whether each site of a level lies in one of the next, and numbers are dense by lowest member. */
static bool is_nested(const struct found *found, uint32_t n) {
    for (uint32_t level = 0; level < found->clusters.level_count; level++) {
        const uint32_t *sites = found->clusters.sites + (size_t)level * n;
        uint32_t next = 0;
        for (uint32_t i = 0; i < n; i++) {
            if (sites[i] > next || sites[i] >= found->site_counts[level]) {
                return false;
            }
            next += sites[i] == next;
            for (uint32_t k = 0; level + 1 < found->clusters.level_count && k < i; k++) {
                if (sites[i] == sites[k] && sites[i + n] != sites[k + n]) {
                    return false;
                }
            }
        }
        if (next != found->site_counts[level]) {
            return false;
        }
    }
    return true;
}

/* Delays of a hierarchy: 3 continents of 3 towns of `each` members, 0.2, 8 and 90 ms apart. */
static uint32_t continent(uint32_t i, uint32_t each) {
    return i / (3 * each);
}

static void make_hierarchy(struct ess_test_matrix *made, uint32_t each, double noise,
    double missing, struct ess_random *random) {
    uint32_t n = 9 * each;
    ess_test_matrix_init(made, n);
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t b = 0; b < n; b++) {
            double off = 1 + noise * (2 * ess_random_unit(random) - 1);
            double ms = continent(a, each) != continent(b, each) ? 90
                        : a / each != b / each                   ? 8
                                                                 : 0.2;
            if (a != b && ess_random_unit(random) >= missing) {
                ess_test_matrix_set(made, a, b, -1, (int64_t)(ms * off * 1e6));
            }
        }
    }
}

static void known_hierarchies(void) {
    static const enum ess_linkage linkages[] = {
        ESS_LINKAGE_SINGLE, ESS_LINKAGE_COMPLETE, ESS_LINKAGE_AVERAGE};
    struct ess_random random;
    uint32_t trials = 120, right = 0;
    ess_random_init(&random, 1, 0, "cluster");
    for (uint32_t trial = 0; trial < trials; trial++) {
        struct ess_cluster_settings settings = ess_cluster_defaults();
        uint32_t each = 5 + trial % 4, n = 9 * each;
        struct ess_test_matrix made;
        struct found found;
        bool good;
        settings.linkage = linkages[trial % 3];
        make_hierarchy(&made, each, trial % 2 ? 0.25 : 0, trial % 4 >= 2 ? 0.3 : 0, &random);
        find(&settings, &made.matrix, &found);
        good = found.clusters.level_count == 2 && found.site_counts[0] == 9 &&
               found.site_counts[1] == 3 && is_nested(&found, n);
        for (uint32_t i = 0; good && i < n; i++) {
            good = found.clusters.sites[i] == i / each &&
                   found.clusters.sites[n + i] == continent(i, each);
        }
        right += good;
        ESS_CHECK(good, "trial %u: %u levels, %u and %u sites", trial, found.clusters.level_count,
            found.site_counts[0], found.site_counts[1]);
        free(found.clusters.sites);
        ess_test_matrix_fini(&made);
    }
    ess_test_note("%u of %u hierarchies of 45 to 72 members, up to 25 %% noise and 30 %% missing",
        right, trials);
}

/* Plain agglomeration: all pairs looked at before each merge. Complete linkage has no ties on
 * random delays, so the order of merges is the only one. */
static void heights_by_hand(
    const struct ess_test_matrix *made, enum ess_linkage linkage, double *heights) {
    uint32_t n = made->matrix.size, of[32];
    for (uint32_t i = 0; i < n; i++) {
        of[i] = i;
    }
    for (uint32_t merge = 0; merge + 1 < n; merge++) {
        double best = 1e300;
        uint32_t one = 0, other = 0;
        for (uint32_t a = 0; a < n; a++) {
            for (uint32_t b = a + 1; b < n; b++) {
                double sum = 0, most = 0, least = 1e300, pairs = 0, apart;
                for (uint32_t i = 0; i < n; i++) {
                    for (uint32_t k = 0; k < n; k++) {
                        double delay = (double)ess_pair_delay_both(&made->matrix, i, k);
                        if (of[i] == a && of[k] == b) {
                            sum += delay;
                            pairs++;
                            most = delay > most ? delay : most;
                            least = delay < least ? delay : least;
                        }
                    }
                }
                apart = linkage == ESS_LINKAGE_SINGLE     ? least
                        : linkage == ESS_LINKAGE_COMPLETE ? most
                                                          : sum / (pairs > 0 ? pairs : 1);
                if (pairs > 0 && apart < best) {
                    best = apart;
                    one = a;
                    other = b;
                }
            }
        }
        heights[merge] = best;
        for (uint32_t i = 0; i < n; i++) {
            of[i] = of[i] == other ? one : of[i];
        }
    }
}

/* With `gap` just above 1 every merge is a level: the last eight heights can be read off. */
static void merges_against_plain_ones(void) {
    struct ess_random random;
    uint32_t compared = 0;
    ess_random_init(&random, 2, 0, "cluster");
    for (uint32_t trial = 0; trial < 24; trial++) {
        uint32_t n = 3 + trial % 7;
        struct ess_cluster_settings settings = {(enum ess_linkage)(trial % 3), 1.0 + 1e-9, 0, 8};
        struct ess_test_matrix made;
        struct found found;
        double heights[32];
        ess_test_matrix_random(&made, n, 1, 2, true, &random);
        heights_by_hand(&made, settings.linkage, heights);
        find(&settings, &made.matrix, &found);
        ESS_CHECK(found.clusters.level_count == n - 2, "trial %u: %u levels", trial,
            found.clusters.level_count);
        for (uint32_t level = 0; level < n - 2; level++) {
            double off = (double)found.heights_ns[level] - heights[level];
            ESS_CHECK(off <= 1 && off >= -2, "trial %u: merge %u at %lld, %.1f by hand", trial,
                level, (long long)found.heights_ns[level], heights[level]);
            ESS_CHECK(found.site_counts[level] == n - 1 - level, "trial %u", trial);
            compared++;
        }
        CU_ASSERT(is_nested(&found, n));
        free(found.clusters.sites);
        ess_test_matrix_fini(&made);
    }
    ess_test_note("%u merges", compared);
}

static void nothing_known_and_one_member(void) {
    struct ess_cluster_settings settings = ess_cluster_defaults();
    struct ess_test_matrix made;
    struct found found;
    ess_test_matrix_init(&made, 1);
    find(&settings, &made.matrix, &found);
    CU_ASSERT_EQUAL(found.clusters.level_count, 1);
    CU_ASSERT_EQUAL(found.site_counts[0], 1);
    free(found.clusters.sites);
    ess_test_matrix_fini(&made);
    ess_test_matrix_init(&made, 5);
    find(&settings, &made.matrix, &found);
    CU_ASSERT_EQUAL(found.clusters.level_count, 1);
    free(found.clusters.sites);
    /* Two islands: what is not known is farther than anything. */
    ess_test_matrix_set(&made, 0, 3, -1, 1000000);
    ess_test_matrix_set(&made, 1, 2, -1, 1000000);
    ess_test_matrix_set(&made, 4, 2, -1, 1000000);
    find(&settings, &made.matrix, &found);
    CU_ASSERT_EQUAL(found.clusters.level_count, 1);
    CU_ASSERT_EQUAL(found.site_counts[0], 2);
    CU_ASSERT(found.clusters.sites[0] == found.clusters.sites[3]);
    CU_ASSERT(found.clusters.sites[1] == found.clusters.sites[4]);
    free(found.clusters.sites);
    ess_test_matrix_fini(&made);
}

/* Regions copied: each of the measured places with four members 0.3 ms apart must be found. */
static void copies_of(const struct ess_test_matrix *places, struct ess_test_matrix *made) {
    uint32_t n = places->matrix.size;
    ess_test_matrix_init(made, 4 * n);
    for (uint32_t a = 0; a < 4 * n; a++) {
        for (uint32_t b = 0; b < 4 * n; b++) {
            int64_t delay_ns =
                a / 4 == b / 4 ? 300000 : ess_pair_delay(&places->matrix, a / 4, b / 4);
            if (a != b) {
                ess_test_matrix_set(made, a, b, -1, delay_ns);
            }
        }
    }
}

static void measured_regions(void) {
    static const char *const names[] = {"aws", "azure"};
    for (int i = 0; i < 2; i++) {
        struct ess_cluster_settings settings = ess_cluster_defaults();
        struct ess_test_matrix places, made;
        struct found found;
        uint32_t n;
        if (!ess_test_matrix_delays(&places, names[i])) {
            return;
        }
        copies_of(&places, &made);
        n = made.matrix.size;
        settings.noise_ns = 100000;
        find(&settings, &made.matrix, &found);
        CU_ASSERT(found.clusters.level_count > 0);
        CU_ASSERT(is_nested(&found, n));
        for (uint32_t k = 0; k < n; k++) {
            ESS_CHECK(
                found.clusters.sites[k] == found.clusters.sites[k / 4 * 4], "%s: %u", names[i], k);
        }
        for (uint32_t level = 0; level < found.clusters.level_count; level++) {
            ess_test_note("%s, %u regions, level %u: %u sites, %.1f ms wide", names[i], n / 4,
                level, found.site_counts[level], (double)found.heights_ns[level] / 1e6);
        }
        free(found.clusters.sites);
        ess_test_matrix_fini(&made);
        ess_test_matrix_fini(&places);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"known hierarchies, with noise and gaps", known_hierarchies},
        {"merges are those of plain agglomeration", merges_against_plain_ones},
        {"one member, nothing known, islands", nothing_known_and_one_member},
        {"measured regions", measured_regions},
        {NULL, NULL},
    };
    return ess_test_main("cluster", tests);
}
