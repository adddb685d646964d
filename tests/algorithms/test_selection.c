/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selection policies: the switch tables against the published ones cell by cell, the cost model
 * against closed forms, published check values and what must hold on any matrix. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "collective/chooser.h"
#include "collective/cost.h"
#include "collective/mpich_rules.h"
#include "collective/open_mpi_rules.h"
#include "ess_test.h"

enum { RANKS_MAX = 64 };

static const struct ess_cost_settings segments = {65536, 0, 1};

static const struct ess_selection_type *selection_called(const char *name) {
    for (uint32_t i = 0; ess_selection_registry[i]; i++) {
        if (strcmp(ess_selection_registry[i]->name, name) == 0) {
            return ess_selection_registry[i];
        }
    }
    CU_FAIL_FATAL("no such selection");
    return NULL;
}

/* `published` of a file, or NULL where that is missing. The caller deletes *root. */
static const cJSON *read_published(const char *name, cJSON **root) {
    const char *folder = getenv("ESSAIM_PUBLISHED");
    static char text[1 << 18];
    char path[512];
    size_t used;
    FILE *file;
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "../shared/published", name);
    file = fopen(path, "r");
    if (!file) {
        ess_test_skip("no %s (set ESSAIM_PUBLISHED)", path);
        return NULL;
    }
    used = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[used] = '\0';
    *root = cJSON_Parse(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(*root);
    return cJSON_GetObjectItemCaseSensitive(*root, "published");
}

/* One cell, at the corners of its ranks and bytes, which are [low, below) each. */
static uint32_t check_cell(uint32_t low_ranks, uint32_t below_ranks, uint64_t low_bytes,
    uint64_t below_bytes, bool commutative, int algorithm) {
    uint32_t ranks[] = {low_ranks, low_ranks + (below_ranks - low_ranks) / 2, below_ranks - 1};
    uint64_t bytes[] = {low_bytes, low_bytes + (below_bytes - low_bytes) / 2, below_bytes - 1};
    for (uint32_t r = 0; r < 3; r++) {
        for (uint32_t b = 0; b < 3; b++) {
            CU_ASSERT_EQUAL(
                (int)ess_open_mpi_all_reduce(ranks[r], bytes[b], commutative), algorithm);
        }
    }
    return 9;
}

static void check_open_mpi(const cJSON *published, const char *key, bool commutative) {
    const cJSON *row;
    uint32_t cells = 0, queries = 0, low_ranks = 0;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(published, key)) {
        const cJSON *below = cJSON_GetObjectItemCaseSensitive(row, "ranks_below");
        uint32_t below_ranks = cJSON_IsNull(below) ? UINT32_MAX : (uint32_t)below->valuedouble;
        const cJSON *cell;
        uint64_t low_bytes = 0;
        cJSON_ArrayForEach(
            cell, cJSON_GetObjectItemCaseSensitive(row, "bytes_below_then_algorithm")) {
            const cJSON *bound = cJSON_GetArrayItem(cell, 0);
            uint64_t below_bytes = cJSON_IsNull(bound) ? UINT64_MAX : (uint64_t)bound->valuedouble;
            queries += check_cell(low_ranks, below_ranks, low_bytes, below_bytes, commutative,
                cJSON_GetArrayItem(cell, 1)->valueint);
            low_bytes = below_bytes;
            cells++;
        }
        CU_ASSERT_EQUAL(low_bytes, UINT64_MAX);
        low_ranks = below_ranks;
    }
    CU_ASSERT(cells > 0 && low_ranks == UINT32_MAX);
    ess_test_note("%s: %u cells, %u queries", key, cells, queries);
}

static void open_mpi_tables(void) {
    cJSON *root;
    const cJSON *published = read_published("mpi-rules.json", &root);
    if (published) {
        check_open_mpi(published, "ompi_allreduce_commutative", true);
        check_open_mpi(published, "ompi_allreduce_non_commutative", false);
        cJSON_Delete(root);
    }
}

static void open_mpi_plans(void) {
    const struct ess_selection_type *open_mpi = selection_called("open_mpi");
    struct ess_selection_query query = {.primitive = ESS_ALL_REDUCE,
        .ranks = 3,
        .size_bytes = 200000,
        .element_bytes = 4,
        .reordering = true};
    CU_ASSERT_STRING_EQUAL(open_mpi->select(NULL, &query), "ring"); /* segmented */
    query.ranks = 8;
    CU_ASSERT_STRING_EQUAL(open_mpi->select(NULL, &query), "rabenseifner");
    query.ranks = 200;
    query.size_bytes = 1000;
    CU_ASSERT_STRING_EQUAL(open_mpi->select(NULL, &query), "binomial"); /* non-overlapping */
    query.ranks = 2;
    query.size_bytes = 1 << 20;
    query.reordering = false;
    CU_ASSERT_STRING_EQUAL(open_mpi->select(NULL, &query), "direct"); /* linear */
    query.primitive = ESS_BROADCAST;
    CU_ASSERT_PTR_NULL(open_mpi->select(NULL, &query));
}

/* The published rules are sentences: they must be the ones that the cases below were made from. */
static const char *const mpich_sentences[][4] = {
    {"bcast", "ranks < 8: binomial",
        "ranks power of two: <= 12288 B binomial; <= 524288 B scatter + recursive-doubling "
        "all-gather; else scatter + ring all-gather",
        "other: <= 12288 B binomial; else scatter + ring all-gather"},
    {"allgather", "power of two: total < 524288 B recursive doubling, else ring",
        "other: total < 81920 B Bruck, else ring", NULL},
    {"reduce", "<= 2048 B binomial",
        "built-in operation and count >= largest power of two: reduce-scatter + gather",
        "else binomial"},
    {"reduce_scatter commutative", "total < 524288 B recursive halving, else pairwise", NULL, NULL},
    {"barrier", "dissemination, k = 2 (shared-memory aware on parent communicators)", NULL, NULL},
};
static const char *const mpich_all_reduce[] = {"<= 8 B recursive doubling",
    "user-defined operation: recursive doubling",
    "count < largest power of two not above ranks: recursive doubling",
    "else reduce-scatter + all-gather"};

static void mpich_sentences_are_known(void) {
    cJSON *root;
    const cJSON *published = read_published("mpi-rules.json", &root);
    const cJSON *rules;
    if (!published) {
        return;
    }
    rules = cJSON_GetObjectItemCaseSensitive(published, "mpich_generic");
    for (size_t i = 0; i < sizeof mpich_sentences / sizeof mpich_sentences[0]; i++) {
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(rules, mpich_sentences[i][0]);
        for (int j = 0; j < 3; j++) {
            const char *theirs = cJSON_GetStringValue(cJSON_GetArrayItem(list, j));
            const char *ours = mpich_sentences[i][1 + j];
            CU_ASSERT((!ours && !theirs) || (ours && theirs && strcmp(ours, theirs) == 0));
        }
    }
    for (int j = 0; j < 4; j++) {
        CU_ASSERT_STRING_EQUAL(mpich_all_reduce[j],
            cJSON_GetStringValue(
                cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(rules, "allreduce"), j)));
    }
    cJSON_Delete(root);
}

struct mpich_case {
    enum ess_primitive primitive;
    uint32_t ranks;
    uint64_t size_bytes;
    uint32_t element_bytes;
    enum ess_mpich_algorithm expected;
    const char *plan;
};

/* Both sides of every boundary; a built-in operation that may be reordered. */
static const struct mpich_case mpich_cases[] = {
    {ESS_BROADCAST, 7, 1 << 30, 4, ESS_MPICH_BINOMIAL, "binomial"},
    {ESS_BROADCAST, 8, 12288, 4, ESS_MPICH_BINOMIAL, "binomial"},
    {ESS_BROADCAST, 8, 12289, 1, ESS_MPICH_SCATTER_DOUBLING, "chain"},
    {ESS_BROADCAST, 8, 524288, 4, ESS_MPICH_SCATTER_DOUBLING, "chain"},
    {ESS_BROADCAST, 8, 524289, 1, ESS_MPICH_SCATTER_RING, "chain"},
    {ESS_BROADCAST, 9, 12288, 4, ESS_MPICH_BINOMIAL, "binomial"},
    {ESS_BROADCAST, 9, 12289, 1, ESS_MPICH_SCATTER_RING, "chain"},
    {ESS_BROADCAST, 15, 524288, 4, ESS_MPICH_SCATTER_RING, "chain"},
    {ESS_BROADCAST, 16, 524288, 4, ESS_MPICH_SCATTER_DOUBLING, "chain"},
    {ESS_ALL_REDUCE, 8, 0, 4, ESS_MPICH_DISSEMINATION, "recursive_doubling"},
    {ESS_ALL_REDUCE, 2, 8, 2, ESS_MPICH_DOUBLING, "recursive_doubling"},
    {ESS_ALL_REDUCE, 2, 10, 2, ESS_MPICH_SCATTER_GATHER_ALL, "halving_doubling"},
    {ESS_ALL_REDUCE, 8, 28, 4, ESS_MPICH_DOUBLING, "recursive_doubling"},
    {ESS_ALL_REDUCE, 8, 32, 4, ESS_MPICH_SCATTER_GATHER_ALL, "halving_doubling"},
    {ESS_ALL_REDUCE, 15, 32, 4, ESS_MPICH_SCATTER_GATHER_ALL, "halving_doubling"},
    {ESS_ALL_REDUCE, 16, 60, 4, ESS_MPICH_DOUBLING, "recursive_doubling"},
    {ESS_ALL_REDUCE, 16, 64, 4, ESS_MPICH_SCATTER_GATHER_ALL, "halving_doubling"},
    {ESS_ALL_GATHER, 8, 524287, 1, ESS_MPICH_DOUBLING, "halving_doubling"},
    {ESS_ALL_GATHER, 8, 524288, 4, ESS_MPICH_RING, "ring"},
    {ESS_ALL_GATHER, 9, 81919, 1, ESS_MPICH_BRUCK, "ring"},
    {ESS_ALL_GATHER, 9, 81920, 4, ESS_MPICH_RING, "ring"},
    {ESS_REDUCE, 8, 2048, 4, ESS_MPICH_BINOMIAL, "binomial"},
    {ESS_REDUCE, 8, 2052, 4, ESS_MPICH_SCATTER_GATHER, "binomial"},
    {ESS_REDUCE, 1024, 4092, 4, ESS_MPICH_BINOMIAL, "binomial"},
    {ESS_REDUCE, 1024, 4096, 4, ESS_MPICH_SCATTER_GATHER, "binomial"},
    {ESS_REDUCE_SCATTER, 8, 524287, 1, ESS_MPICH_HALVING, "halving_doubling"},
    {ESS_REDUCE_SCATTER, 8, 524288, 4, ESS_MPICH_PAIRWISE, "direct"},
    {ESS_SEND, 8, 100, 4, ESS_MPICH_NONE, NULL},
};

static void mpich_cells(void) {
    const struct ess_selection_type *mpich = selection_called("mpich");
    const size_t cases = sizeof mpich_cases / sizeof mpich_cases[0];
    for (size_t i = 0; i < cases; i++) {
        const struct mpich_case *c = &mpich_cases[i];
        struct ess_selection_query query = {.primitive = c->primitive,
            .ranks = c->ranks,
            .size_bytes = c->size_bytes,
            .element_bytes = c->element_bytes,
            .reordering = true,
            .built_in = true};
        const char *plan = mpich->select(NULL, &query);
        ESS_CHECK(ess_mpich_algorithm(&query) == c->expected, "case %zu", i);
        CU_ASSERT(plan == c->plan || (plan && c->plan && strcmp(plan, c->plan) == 0));
        query.built_in = false;
        CU_ASSERT(c->primitive != ESS_ALL_REDUCE || c->size_bytes == 0 ||
                  ess_mpich_algorithm(&query) == ESS_MPICH_DOUBLING);
        CU_ASSERT(c->primitive != ESS_REDUCE || ess_mpich_algorithm(&query) == ESS_MPICH_BINOMIAL);
    }
    ess_test_note("%zu cases on both sides of every boundary", cases);
}

static void fixed(void) {
    struct ess_selection_query query = {.configured = "ring", .ranks = 5};
    CU_ASSERT_STRING_EQUAL(selection_called("fixed")->select(NULL, &query), "ring");
}

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static struct ess_selection_query uniform(
    enum ess_primitive primitive, uint32_t ranks, uint64_t size_bytes) {
    return (struct ess_selection_query){.primitive = primitive,
        .ranks = ranks,
        .size_bytes = size_bytes,
        .element_bytes = 4,
        .reordering = true,
        .built_in = true,
        .delay_s = 1e-3,
        .byte_s_uniform = 8e-9};
}

static double predict(const char *plan, const struct ess_selection_query *query) {
    return ess_cost_predict(plan, &segments, query);
}

/* The formulas of collectives.json, p and n where everything divides. */
static void closed_forms(void) {
    uint32_t checks = 0;
    for (uint32_t p = 2; p <= 300; p++) {
        uint64_t bytes = (uint64_t)p * 65536 * 3;
        double n = (double)bytes, a = 1e-3, b = 8e-9, turn = a + n * b;
        uint32_t log = 0, up = 0;
        struct ess_selection_query all = uniform(ESS_ALL_REDUCE, p, bytes);
        struct ess_selection_query down = uniform(ESS_BROADCAST, p, bytes);
        while (p >> log > 1) {
            log++;
        }
        while ((1u << up) < p) {
            up++;
        }
        CU_ASSERT(near(predict("ring", &all), 2 * (p - 1) * a + 2 * n * (p - 1) / p * b));
        CU_ASSERT(near(predict("direct", &all), 2 * (p - 1) * turn));
        CU_ASSERT(near(predict("chain", &all), (2 * p - 3 + 3 * p) * (a + 65536 * b)));
        CU_ASSERT(near(predict("binomial", &all), 2 * up * turn));
        CU_ASSERT(near(predict("binomial", &down), up * turn));
        CU_ASSERT(near(predict("chain", &down), (p - 2 + 3 * p) * (a + 65536 * b)));
        CU_ASSERT(near(predict("butterfly", &all), n * (1 + (p - 2) / (double)p) * b + 2 * a));
        if (p == 1u << log) {
            CU_ASSERT(near(predict("recursive_doubling", &all), log * turn));
            CU_ASSERT(
                near(predict("halving_doubling", &all), 2 * log * a + 2 * n * (p - 1) / p * b));
        } else {
            CU_ASSERT(near(predict("recursive_doubling", &all), (log + 2) * turn));
            CU_ASSERT(near(predict("rabenseifner", &all),
                predict("halving_doubling", &all) - 2 * turn + 3 * a + 2 * n * b));
        }
        checks += 8;
    }
    ess_test_note("%u predictions for 2 to 300 ranks", checks);
}

static const struct {
    const char *plan;
    enum ess_primitive primitive;
    const char *algorithm;
} published_times[] = {
    {"ring", ESS_ALL_REDUCE, "ring all-reduce"},
    {"recursive_doubling", ESS_ALL_REDUCE, "recursive doubling all-reduce"},
    {"halving_doubling", ESS_ALL_REDUCE, "rabenseifner all-reduce"},
    {"rabenseifner", ESS_ALL_REDUCE, "rabenseifner all-reduce"},
    {"binomial", ESS_ALL_REDUCE, "binomial reduce then binomial broadcast"},
    {"binomial", ESS_BROADCAST, "binomial broadcast"},
    {"direct", ESS_ALL_REDUCE, "linear all-reduce at a root (gather in turn, then send in turn)"},
    {"ring", ESS_ALL_GATHER, "ring all-gather (n = total)"},
    {"halving_doubling", ESS_ALL_GATHER, "recursive doubling all-gather (n = total)"},
    {"ring", ESS_REDUCE_SCATTER, "ring reduce-scatter"},
    {"halving_doubling", ESS_REDUCE_SCATTER, "recursive halving reduce-scatter"},
    {"direct", ESS_REDUCE_SCATTER, "pairwise all-to-all (n = sent per rank)"},
};

/* 8 ranks, 1 MiB, 1 ms, 1 Gbit/s. */
static void check_values(void) {
    const uint32_t count = sizeof published_times / sizeof published_times[0];
    cJSON *root;
    const cJSON *published = read_published("collectives.json", &root);
    const cJSON *check;
    uint32_t found = 0;
    if (!published) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct ess_selection_query query = uniform(published_times[i].primitive, 8, 1 << 20);
        cJSON_ArrayForEach(check, cJSON_GetObjectItemCaseSensitive(published, "check_values")) {
            const char *name =
                cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(check, "algorithm"));
            if (strcmp(name, published_times[i].algorithm) == 0) {
                CU_ASSERT(near(predict(published_times[i].plan, &query),
                    cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(check, "time_s"))));
                found++;
            }
        }
    }
    CU_ASSERT_EQUAL(found, count);
    ess_test_note("%u published times", found);
    cJSON_Delete(root);
}

static double delays[RANKS_MAX * RANKS_MAX], byte_times[RANKS_MAX * RANKS_MAX];

static struct ess_selection_query random_query(struct ess_random *random) {
    static const enum ess_primitive primitives[] = {
        ESS_ALL_REDUCE, ESS_REDUCE_SCATTER, ESS_BROADCAST, ESS_REDUCE, ESS_ALL_GATHER};
    uint32_t ranks = 2 + (uint32_t)ess_random_below(random, 30);
    struct ess_selection_query query = uniform(primitives[ess_random_below(random, 5)], ranks,
        UINT64_C(1) << ess_random_below(random, 31));
    query.root = (uint32_t)ess_random_below(random, ranks);
    for (uint32_t i = 0; i < ranks * ranks; i++) {
        delays[i] = 1e-4 + 0.1 * ess_random_unit(random);
        byte_times[i] = 8 / (1e7 + 1e9 * ess_random_unit(random));
    }
    query.delays_s = delays;
    query.byte_s = byte_times;
    return query;
}

/* On random matrices: the choice is the least of all; one pair slower makes no plan faster; one
 * pair out of reach leaves some plan, which does not use it; a ring is 2 (p - 1) times its slowest
 * hop. */
static void random_matrices(void) {
    struct ess_random random;
    const struct ess_selection_type *model = selection_called("cost_model");
    uint32_t queries = 0, chosen[16] = {0};
    ess_random_init(&random, 1, 0, "selection");
    for (; queries < 600; queries++) {
        struct ess_selection_query query = random_query(&random);
        const char *choice = model->select(&segments, &query);
        double before[16] = {0}, least = INFINITY;
        size_t pair = ess_random_below(&random, query.ranks * query.ranks);
        CU_ASSERT_PTR_NOT_NULL_FATAL(choice);
        for (uint32_t i = 0; ess_cost_candidates[i].plan; i++) {
            before[i] = predict(ess_cost_candidates[i].plan, &query);
            chosen[i] += strcmp(choice, ess_cost_candidates[i].plan) == 0;
            least = fmin(least, before[i]);
        }
        CU_ASSERT_EQUAL(predict(choice, &query), least);
        byte_times[pair] *= 3;
        for (uint32_t i = 0; ess_cost_candidates[i].plan; i++) {
            CU_ASSERT(predict(ess_cost_candidates[i].plan, &query) >= before[i]);
        }
        byte_times[pair] = queries % 2 ? NAN : INFINITY;
        for (uint32_t i = 0; ess_cost_candidates[i].plan; i++) {
            double now = predict(ess_cost_candidates[i].plan, &query);
            CU_ASSERT(now == before[i] || isinf(now));
        }
    }
    for (uint32_t i = 0; ess_cost_candidates[i].plan; i++) {
        ess_test_note("%s chosen %u times of %u", ess_cost_candidates[i].plan, chosen[i], queries);
    }
}

static void matrix_equals_uniform(void) {
    for (uint32_t p = 2; p <= RANKS_MAX; p++) {
        struct ess_selection_query scalar = uniform(ESS_ALL_REDUCE, p, 1 << 22), matrix = scalar;
        for (uint32_t i = 0; i < p * p; i++) {
            delays[i] = scalar.delay_s;
            byte_times[i] = scalar.byte_s_uniform;
        }
        matrix.delays_s = delays;
        matrix.byte_s = byte_times;
        for (uint32_t i = 0; ess_cost_candidates[i].plan; i++) {
            CU_ASSERT(near(predict(ess_cost_candidates[i].plan, &matrix),
                predict(ess_cost_candidates[i].plan, &scalar)));
        }
        delays[1] = 1; /* from rank 0 to 1: a hop of the ring */
        CU_ASSERT(near(predict("ring", &matrix),
            2 * (p - 1) * (1 + ceil((1 << 20) / (double)p) * 4 * scalar.byte_s_uniform)));
    }
}

static bool is_announced(const struct ess_selection_type *selection, const char *name) {
    for (const char *const *plan = selection->plans; plan && *plan; plan++) {
        if (strcmp(*plan, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Whatever a policy answers is a plan that it announced, and that does this primitive. */
static void names(void) {
    uint32_t answers = 0;
    for (uint32_t i = 0; ess_selection_registry[i]; i++) {
        const struct ess_selection_type *selection = ess_selection_registry[i];
        for (uint32_t trial = 0; trial < ESS_PRIMITIVE_COUNT * 12 * 27 * 2; trial++) {
            struct ess_selection_query query =
                uniform((enum ess_primitive)(trial % ESS_PRIMITIVE_COUNT), 1u << (trial / 6 % 12),
                    UINT64_C(1) << (trial / 72 % 27));
            const char *name;
            const struct ess_plan_type *plan = NULL;
            query.reordering = query.built_in = trial >= ESS_PRIMITIVE_COUNT * 12 * 27;
            query.target = 1;
            query.ranks -= query.ranks > 300 && strcmp(selection->name, "cost_model") == 0
                               ? query.ranks - 300
                               : 0; /* where it looks at every pair */
            name = selection->select(&segments, &query);
            ESS_CHECK(!name || is_announced(selection, name), "%s: %s was not announced",
                selection->name, name);
            for (uint32_t j = 0; name && ess_plan_registry[j]; j++) {
                plan = strcmp(ess_plan_registry[j]->name, name) == 0 ? ess_plan_registry[j] : plan;
            }
            ESS_CHECK(!name || (plan && plan->primitives >> query.primitive & 1), "%s: %s for %s",
                selection->name, name, ess_primitive_name(query.primitive));
            answers += name != NULL;
        }
    }
    ess_test_note("%u answers", answers);
}

/* What is announced is there: whoever makes a chooser may rely on that. */
static void announcements(void) {
    for (uint32_t i = 0; ess_selection_registry[i]; i++) {
        const struct ess_selection_type *selection = ess_selection_registry[i];
        struct ess_chooser chooser;
        uint32_t count = 0;
        while (selection->plans && selection->plans[count]) {
            count++;
        }
        ess_chooser_init(&chooser, selection, NULL);
        CU_ASSERT_EQUAL(chooser.count, count);
    }
    for (uint32_t i = 0; ess_cost_candidates[i].plan; i++) {
        CU_ASSERT_TRUE(is_announced(selection_called("cost_model"), ess_cost_candidates[i].plan));
    }
}

/* A query that tells nothing is answered as one that tells what the settings say. */
static void own_numbers(void) {
    const struct ess_selection_type *model = selection_called("cost_model");
    const struct ess_cost_settings settings = {65536, 1000000, 1.25e8};
    uint32_t different = 0;
    for (uint32_t trial = 0; trial < 20 * 24; trial++) {
        struct ess_selection_query told =
            uniform(ESS_ALL_REDUCE, 2 + trial % 20, UINT64_C(8) << trial / 20);
        struct ess_selection_query silent = told;
        told.delay_s = 1e-3;
        told.byte_s_uniform = 8e-9;
        silent.delay_s = silent.byte_s_uniform = 0;
        CU_ASSERT_STRING_EQUAL(model->select(&settings, &told), model->select(&settings, &silent));
        different += strcmp(model->select(&settings, &silent), "butterfly") != 0;
    }
    CU_ASSERT(different > 0 && different < 20 * 24);
}

/* The configured plan where there is no chooser, no rule, or it is what is chosen. */
static void chooser(void) {
    const struct ess_group group = {.size = 16};
    const struct ess_call all = {.group = &group, .primitive = ESS_ALL_REDUCE};
    const struct ess_call gather = {.group = &group, .primitive = ESS_ALL_GATHER};
    const int own = 0;
    struct ess_plan_choice ring = {NULL, &own};
    struct ess_chooser open_mpi, fixed_one;
    for (uint32_t i = 0; ess_plan_registry[i]; i++) {
        ring.plan = strcmp(ess_plan_registry[i]->name, "ring") ? ring.plan : ess_plan_registry[i];
    }
    ess_chooser_init(&open_mpi, selection_called("open_mpi"), NULL);
    ess_chooser_init(&fixed_one, selection_called("fixed"), NULL);
    CU_ASSERT_PTR_EQUAL(ess_chooser_choose(NULL, ring, &all, 8, 4).plan, ring.plan);
    CU_ASSERT_PTR_EQUAL(ess_chooser_choose(&fixed_one, ring, &all, 8, 4).settings, &own);
    CU_ASSERT_PTR_EQUAL(ess_chooser_choose(&open_mpi, ring, &gather, 8, 4).settings, &own);
    CU_ASSERT_PTR_EQUAL(ess_chooser_choose(&open_mpi, ring, &all, 8, 4).settings, &own);
    CU_ASSERT_STRING_EQUAL(
        ess_chooser_choose(&open_mpi, ring, &all, 1000, 4).plan->name, "recursive_doubling");
    CU_ASSERT_EQUAL(ess_chooser_streams_most(&fixed_one), 1);
    CU_ASSERT_EQUAL(ess_chooser_layout(&fixed_one), 0);
    CU_ASSERT_EQUAL(ess_chooser_layout(&open_mpi), ESS_LAYOUT_ORDER);
    ess_chooser_init(&open_mpi, selection_called("mpich"), NULL);
    CU_ASSERT_EQUAL(ess_chooser_streams_most(&open_mpi), 2); /* the chain's */
}

/* An operation that must keep its order, unreachable groups, one rank alone. */
static void limits(void) {
    const struct ess_selection_type *model = selection_called("cost_model");
    struct ess_selection_query query = uniform(ESS_ALL_REDUCE, 8, 1 << 26);
    query.reordering = false;
    CU_ASSERT(isinf(predict("ring", &query)) && isinf(predict("butterfly", &query)));
    CU_ASSERT_PTR_NOT_NULL(model->select(&segments, &query));
    query.delay_s = INFINITY;
    CU_ASSERT_PTR_NULL(model->select(&segments, &query));
    query = uniform(ESS_ALL_REDUCE, 1, 100);
    CU_ASSERT_EQUAL(predict("ring", &query), 0);
    CU_ASSERT(isinf(predict("no such plan", &query)));
    query = uniform(ESS_SEND, 4, 100);
    query.target = 3;
    CU_ASSERT_STRING_EQUAL(model->select(&segments, &query), "direct");
    CU_ASSERT(near(predict("direct", &query), 1e-3 + 100 * 8e-9));
}

int main(void) {
    static const struct ess_test tests[] = {
        {"Open MPI: every published cell", open_mpi_tables},
        {"Open MPI: the plans that stand for its algorithms", open_mpi_plans},
        {"MPICH: the published sentences are the known ones", mpich_sentences_are_known},
        {"MPICH: both sides of every boundary", mpich_cells},
        {"fixed gives what is configured", fixed},
        {"cost model: the closed forms", closed_forms},
        {"cost model: the published check values", check_values},
        {"cost model: a matrix of equals, and one slow hop", matrix_equals_uniform},
        {"cost model: what holds on random matrices", random_matrices},
        {"every answer is an announced plan that does it", names},
        {"what is announced is there", announcements},
        {"cost model: its own delay and rate", own_numbers},
        {"the chooser: configured plan, and others with defaults", chooser},
        {"cost model: order kept, nobody reached, one rank", limits},
        {NULL, NULL},
    };
    return ess_test_main("selection", tests);
}
