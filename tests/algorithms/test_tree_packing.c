/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packed trees: that they are trees, that the stated rate holds, that the bound is one (against all
 * spanning trees of small groups under an independent linear programme), and how near they come. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"
#include "routing/packing_program.h"
#include "routing/tree_packing.h"
#include "routing_data.h"

struct packed {
    struct ess_tree_packing packing;
    struct ess_tree_problem problem;
    void *limits;
    bool built;
};

static struct packed pack(const struct ess_tree_packing_settings *settings,
    const struct ess_pair_matrix *matrix, const uint32_t *members, uint32_t count) {
    struct packed packed = {0};
    size_t k = settings->trees_max;
    void *scratch = ess_test_scratch(ess_tree_packing_bytes(settings, count));
    packed.packing.shares = ess_test_scratch(k * sizeof(uint32_t));
    packed.packing.roots = ess_test_scratch(k * sizeof(uint32_t));
    packed.packing.parents = ess_test_scratch(k * count * sizeof(uint32_t));
    packed.limits = ess_test_scratch(ess_tree_problem_bytes(count));
    ess_tree_problem_init(&packed.problem, matrix, members, count, packed.limits);
    packed.built =
        ess_tree_packing_build(settings, matrix, members, count, &packed.packing, scratch);
    free(scratch);
    return packed;
}

static void unpack(struct packed *packed) {
    free(packed->packing.shares);
    free(packed->packing.roots);
    free(packed->packing.parents);
    free(packed->limits);
}

/* One root each, every rank reaches it, hops are usable, shares sum to 2^20; loads counted anew. */
static const char *fault_of(const struct packed *packed) {
    const struct ess_tree_packing *p = &packed->packing;
    uint32_t n = packed->problem.count;
    uint64_t sum = 0;
    double *load = ess_test_scratch(((size_t)n * n + n) * sizeof *load), *pair = load + n;
    const char *fault = NULL;
    memset(load, 0, ((size_t)n * n + n) * sizeof *load);
    for (uint32_t t = 0; t < p->tree_count; t++) {
        const uint32_t *parents = p->parents + (size_t)t * n;
        double rate = p->rate_bytes_per_s * p->shares[t] / ESS_SHARE_WHOLE;
        sum += p->shares[t];
        fault = parents[p->roots[t]] != ESS_NONE ? "the root has a parent" : fault;
        for (uint32_t v = 0; v < n; v++) {
            uint32_t at = v, hops = 0, u = parents[v];
            while (parents[at] != ESS_NONE && hops++ <= n) {
                at = parents[at];
            }
            fault = at != p->roots[t] ? "a rank does not reach the root" : fault;
            if (u != ESS_NONE) {
                double limit = packed->problem.pair[(size_t)v * n + u];
                fault = limit >= 0 && limit <= 0 ? "a hop that is not usable" : fault;
                load[v] += rate;
                load[u] += rate;
                pair[(size_t)v * n + u] += rate;
                pair[(size_t)u * n + v] += rate;
            }
        }
    }
    for (uint32_t u = 0; u < n; u++) {
        double access = packed->problem.access[u];
        fault = access > 0 && load[u] > access * (1 + 1e-9) ? "a line is overfull" : fault;
        for (uint32_t v = 0; v < n; v++) {
            double limit = packed->problem.pair[(size_t)u * n + v];
            if (limit > 0 && pair[(size_t)u * n + v] > limit * (1 + 1e-9)) {
                fault = "a pair is overfull";
            }
        }
    }
    free(load);
    fault = sum != ESS_SHARE_WHOLE ? "shares do not sum to 2^20" : fault;
    return p->rate_bytes_per_s > p->bound_bytes_per_s * (1 + 1e-9) ? "above the bound" : fault;
}

/* ---- all spanning trees -----------------------------------------------------------------------
 */

enum { SMALL = 6, TREES_OF_SMALL = 1296 };

/* Tree number `code` of n^(n - 2), by Pruefer's sequence: parents with rank 0 its own. */
static void tree_of_code(uint32_t n, uint32_t code, uint32_t hops[SMALL][2]) {
    uint32_t sequence[SMALL], degree[SMALL], made = 0;
    for (uint32_t i = 0; i < n; i++) {
        degree[i] = 1;
    }
    for (uint32_t i = 0; i + 2 < n; i++) {
        sequence[i] = code % n;
        degree[sequence[i]]++;
        code /= n;
    }
    for (uint32_t i = 0; i + 2 < n; i++) {
        uint32_t leaf = 0;
        while (degree[leaf] != 1) {
            leaf++;
        }
        hops[made][0] = leaf;
        hops[made++][1] = sequence[i];
        degree[leaf] = 0;
        degree[sequence[i]]--;
    }
    hops[made][0] = n;
    for (uint32_t i = 0; i < n; i++) {
        if (degree[i] == 1) {
            hops[made][hops[made][0] == n ? 0 : 1] = i;
        }
    }
}

/* The best rate of all trees together, by the linear programme over every one of them: the packing
 * lists no trees, and its bound comes from prices, so one checks the other. */
static double best_of_all_trees(const struct ess_tree_problem *problem) {
    uint32_t n = problem->count, trees = 1, rows = n + n * n;
    static uint32_t hops[TREES_OF_SMALL][SMALL][2];
    struct ess_packing_program program = {.rows = 0};
    double *rates, best;
    for (uint32_t i = 2; i < n; i++) {
        trees *= n;
    }
    program.columns = trees;
    program.table = ess_test_scratch((rows + 1) * ((size_t)trees + 1) * sizeof(double));
    program.at_row = ess_test_scratch(rows * sizeof(uint32_t));
    program.at_rest = ess_test_scratch(trees * sizeof(uint32_t));
    rates = ess_test_scratch(trees * sizeof *rates);
    for (uint32_t t = 0; t < trees; t++) {
        tree_of_code(n, t, hops[t]);
    }
    for (uint32_t limit = 0; limit < n + n * n; limit++) {
        double *row = program.table + program.rows * ((size_t)trees + 1);
        uint32_t u = (limit - n) / n, v = (limit - n) % n;
        double most = limit < n ? problem->access[limit] : u < v ? problem->pair[limit - n] : -1;
        if (most < 0) {
            continue;
        }
        for (uint32_t t = 0; t < trees; t++) {
            row[t] = 0;
            for (uint32_t h = 0; h + 1 < n; h++) {
                uint32_t a = hops[t][h][0], b = hops[t][h][1];
                row[t] += limit < n ? (a == limit) + (b == limit)
                                    : (a == u && b == v) + (a == v && b == u);
            }
        }
        row[trees] = most / 1e6;
        program.rows++;
    }
    best = ess_packing_solve(&program, rates) * 1e6;
    free(program.table);
    free(program.at_row);
    free(program.at_rest);
    free(rates);
    return best;
}

static void random_limits(
    struct ess_test_matrix *made, uint32_t n, uint32_t trial, struct ess_random *random) {
    ess_test_matrix_random(made, n, 1e6, trial % 2 ? 4e6 : 1e8, trial % 3 == 0, random);
    for (uint32_t i = 0; i < n; i++) {
        if (trial % 4 != 0) {
            made->up[i] = 1e6 + 2e7 * ess_random_unit(random);
            made->down[i] = made->up[i] * (1 + trial % 5);
        }
        for (uint32_t k = 0; trial % 6 == 5 && k < n; k++) {
            if (k != i && ess_random_below(random, 4) == 0) {
                ess_test_matrix_set(made, i, k, trial % 12 == 5 ? 0 : -1, -1);
            }
        }
    }
}

static void against_all_trees(void) {
    struct ess_tree_packing_settings settings = ess_tree_packing_defaults();
    struct ess_random random;
    uint32_t trials = 160, apart = 0;
    double least = 2, mean = 0, loosest = 1;
    settings.trees_max = 16;
    ess_random_init(&random, 1, 0, "packing");
    for (uint32_t trial = 0; trial < trials; trial++) {
        uint32_t n = 2 + trial % (SMALL - 1);
        struct ess_test_matrix made;
        struct packed packed;
        random_limits(&made, n, trial, &random);
        packed = pack(&settings, &made.matrix, NULL, n);
        if (packed.built) {
            double best = best_of_all_trees(&packed.problem);
            double ratio = packed.packing.rate_bytes_per_s / best;
            ESS_CHECK(!fault_of(&packed), "trial %u: %s", trial, fault_of(&packed));
            ESS_CHECK(packed.packing.bound_bytes_per_s >= best * (1 - 1e-9),
                "trial %u: a bound of %.9g, all trees reach %.9g", trial,
                packed.packing.bound_bytes_per_s, best);
            ESS_CHECK(ratio < 1 + 1e-6, "trial %u: %.9g of all trees", trial, ratio);
            least = ratio < least ? ratio : least;
            loosest = packed.packing.bound_bytes_per_s / best > loosest
                          ? packed.packing.bound_bytes_per_s / best
                          : loosest;
            mean += ratio;
        } else {
            apart++;
        }
        unpack(&packed);
        ess_test_matrix_fini(&made);
    }
    CU_ASSERT(least > 0.9);
    ess_test_note("%u groups of 2 to 6 (%u not connected): %.4f of the best of all trees in the "
                  "mean, %.4f at least; the bound at most %.4f times it",
        trials, apart, mean / (trials - apart), least, loosest);
}

/* ---- larger ones ------------------------------------------------------------------------------
 */

static void report(const char *what, const struct ess_tree_packing_settings *settings,
    const struct ess_pair_matrix *matrix, double least) {
    struct packed packed = pack(settings, matrix, NULL, matrix->size);
    double ratio = packed.packing.rate_bytes_per_s / packed.packing.bound_bytes_per_s;
    CU_ASSERT(packed.built);
    if (packed.built) {
        const char *fault = fault_of(&packed);
        if (fault) {
            ess_test_note("%s: %s", what, fault);
        }
        CU_ASSERT(!fault);
        CU_ASSERT(ratio >= least);
        ess_test_note("%s, %u peers: %u trees, %.1f MB/s, %.4f of the bound", what, matrix->size,
            packed.packing.tree_count, packed.packing.rate_bytes_per_s / 1e6, ratio);
    }
    unpack(&packed);
}

static void access_limits(void) {
    struct ess_tree_packing_settings settings = ess_tree_packing_defaults();
    struct ess_random random;
    ess_random_init(&random, 2, 0, "packing");
    for (uint32_t n = 8; n <= 64; n *= 2) {
        struct ess_test_matrix made;
        ess_test_matrix_init(&made, n);
        for (uint32_t i = 0; i < n; i++) {
            made.up[i] = made.down[i] = 1.25e7;
        }
        report("equal lines", &settings, &made.matrix, 0.98);
        for (uint32_t i = 0; i < n; i++) {
            made.up[i] = 1e7 + 9e7 * ess_random_unit(&random);
            made.down[i] = 5 * made.up[i];
        }
        report("unequal lines", &settings, &made.matrix, 0.98);
        for (uint32_t i = 0; i < n; i++) {
            made.up[i] = i % 8 ? 1.25e6 : 1.25e8;
            made.down[i] = i % 8 ? 1.25e7 : 1.25e8;
        }
        report("homes and servers", &settings, &made.matrix, 0.98);
        ess_test_matrix_fini(&made);
    }
}

static void measured_pairs(void) {
    for (uint32_t copies = 1; copies <= 8; copies *= 2) {
        struct ess_tree_packing_settings settings = ess_tree_packing_defaults();
        struct ess_test_matrix made;
        if (!ess_test_matrix_dtfm(&made, "matrix_world_wide", copies)) {
            return;
        }
        /* With pairs alone a tree fills its slowest pair, and it takes many to fill all. */
        settings.trees_max = 8 * copies < 16 ? 16 : 8 * copies;
        settings.trees_max = settings.trees_max > 64 ? 64 : settings.trees_max;
        report("DT-FM's 8 cities, pairs alone", &settings, &made.matrix, 0.8);
        settings.trees_max = 8;
        for (uint32_t i = 0; i < made.matrix.size; i++) {
            made.up[i] = made.down[i] = i % 3 ? 1.25e8 : 6e7;
        }
        report("the same with lines of 1 and 0.5 Gbit/s", &settings, &made.matrix, 0.96);
        ess_test_matrix_fini(&made);
    }
}

/* Members of a part of the matrix, groups of one, ranks that nothing connects. */
static void edges_of_the_interface(void) {
    static const uint32_t members[3] = {5, 2, 7};
    struct ess_tree_packing_settings settings = ess_tree_packing_defaults();
    struct ess_test_matrix made;
    struct packed packed;
    ess_test_matrix_init(&made, 8);
    packed = pack(&settings, &made.matrix, NULL, 8);
    CU_ASSERT(!packed.built && packed.packing.tree_count == 0);
    unpack(&packed);
    packed = pack(&settings, &made.matrix, members, 1);
    CU_ASSERT(packed.built && packed.packing.tree_count == 1);
    CU_ASSERT(packed.packing.parents[0] == ESS_NONE);
    unpack(&packed);
    ess_test_matrix_set(&made, 5, 2, 10, 3);
    ess_test_matrix_set(&made, 2, 7, 20, 3);
    packed = pack(&settings, &made.matrix, members, 3);
    CU_ASSERT(packed.built && packed.packing.tree_count == 1);
    CU_ASSERT_DOUBLE_EQUAL(packed.packing.rate_bytes_per_s, 10, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(packed.packing.bound_bytes_per_s, 10, 1e-9);
    CU_ASSERT_EQUAL(packed.packing.roots[0], 1);
    unpack(&packed);
    ess_test_matrix_fini(&made);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"a part of a matrix, one rank, unconnected ranks", edges_of_the_interface},
        {"small groups: beside the best of all spanning trees", against_all_trees},
        {"access limits: within 2 % of the bound by 8 trees", access_limits},
        {"measured pairs", measured_pairs},
        {NULL, NULL},
    };
    return ess_test_main("tree_packing", tests);
}
