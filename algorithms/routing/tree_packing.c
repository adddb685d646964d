/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/tree_packing.h"

#include <string.h>

#include "routing/packing_program.h"
#include "routing/tree_growth.h"

/* How steeply prices rise: gentle ones see all limits, steep ones the fullest. */
static const double strengths[] = {12, 36, 4};
enum { STRENGTHS = sizeof strengths / sizeof strengths[0] };

/* All of the scratch. Trees are rooted at rank 0, whose parent is itself, until the end. */
struct builder {
    const struct ess_tree_packing_settings *settings;
    struct ess_tree_problem problem;
    struct ess_tree_growth growth;
    struct ess_packing_program program;
    double bound, best_rate; /* sums of rates */
    double *rates, *best_rates, *wanted;
    uint32_t *trees, *best_trees, best_count;
    uint64_t *keys;
    uint64_t work;
    void *shared; /* for the search for the bound, then for growing */
};

static size_t rows_max(uint32_t trees, uint32_t count) {
    return count + (size_t)trees * count;
}

/* Multiples of 8 bytes throughout, so that whatever follows is aligned. */
static size_t even(size_t bytes) {
    return (bytes + 7) / 8 * 8;
}

static size_t searching_bytes(uint32_t count) {
    size_t bound = ess_tree_bound_bytes(count), growth = ess_tree_growth_bytes(count);
    return even(bound > growth ? bound : growth);
}

size_t ess_tree_packing_bytes(const struct ess_tree_packing_settings *settings, uint32_t count) {
    size_t k = settings->trees_max, rows = rows_max(settings->trees_max, count);
    return even(ess_tree_problem_bytes(count)) + searching_bytes(count) +
           (rows + 1) * (k + 1) * sizeof(double) + even((rows + k) * sizeof(uint32_t)) +
           3 * k * sizeof(double) + k * sizeof(uint64_t) + even(2 * k * count * sizeof(uint32_t));
}

static void *take(char **rest, size_t bytes) {
    void *taken = *rest;
    *rest += even(bytes);
    return taken;
}

static void lay_out(struct builder *builder, uint32_t count, char *rest) {
    size_t k = builder->settings->trees_max, rows = rows_max(builder->settings->trees_max, count);
    builder->shared = take(&rest, searching_bytes(count));
    builder->program.table = take(&rest, (rows + 1) * (k + 1) * sizeof(double));
    builder->rates = take(&rest, k * sizeof(double));
    builder->best_rates = take(&rest, k * sizeof(double));
    builder->wanted = take(&rest, k * sizeof(double));
    builder->keys = take(&rest, k * sizeof(uint64_t));
    builder->program.at_row = take(&rest, (rows + k) * sizeof(uint32_t));
    builder->program.at_rest = builder->program.at_row + rows;
    builder->trees = take(&rest, 2 * k * count * sizeof(uint32_t));
    builder->best_trees = builder->trees + k * count;
}

static bool has_hop(const uint32_t *parents, uint32_t u, uint32_t v) {
    return parents[u] == v || parents[v] == u;
}

/* Whether a tree before `t` has the hop from v to its parent. */
static bool has_earlier(const uint32_t *trees, uint32_t n, uint32_t t, uint32_t v, uint32_t u) {
    for (uint32_t earlier = 0; earlier < t; earlier++) {
        if (has_hop(trees + earlier * (size_t)n, u, v)) {
            return true;
        }
    }
    return false;
}

/* Rows of the programme: one a rank with known access, one a hop of any tree with a limit of its
 * own. Rates are in units of the bound. */
static void add_node_rows(struct builder *builder, uint32_t count) {
    uint32_t n = builder->problem.count, width = count + 1;
    for (uint32_t u = 0; u < n; u++) {
        double *row = builder->program.table + builder->program.rows * (size_t)width;
        if (builder->problem.access[u] <= 0) {
            continue;
        }
        for (uint32_t t = 0; t < count; t++) {
            row[t] = 0;
        }
        row[count] = 1;
        builder->program.at_row[u] = builder->program.rows++;
    }
    for (uint32_t t = 0; t < count; t++) {
        const uint32_t *parents = builder->trees + t * (size_t)n;
        for (uint32_t v = 0; v < n; v++) {
            uint32_t ends[2] = {v, parents[v]};
            for (int i = 0; i < 2 && ends[0] != ends[1]; i++) {
                double access = builder->problem.access[ends[i]];
                if (access > 0) {
                    builder->program.table[builder->program.at_row[ends[i]] * (size_t)width + t] +=
                        builder->bound / access;
                }
            }
        }
    }
}

static void add_hop_rows(struct builder *builder, uint32_t count) {
    uint32_t n = builder->problem.count, width = count + 1;
    for (uint32_t t = 0; t < count; t++) {
        const uint32_t *parents = builder->trees + t * (size_t)n;
        for (uint32_t v = 1; v < n; v++) {
            double limit = builder->problem.pair[v * (size_t)n + parents[v]];
            double *row = builder->program.table + builder->program.rows * (size_t)width;
            if (limit <= 0 || has_earlier(builder->trees, n, t, v, parents[v])) {
                continue;
            }
            for (uint32_t other = 0; other < count; other++) {
                bool used = has_hop(builder->trees + other * (size_t)n, v, parents[v]);
                row[other] = used ? builder->bound / limit : 0;
            }
            row[count] = 1;
            builder->program.rows++;
        }
    }
}

/* Best rates of the trees in hand; kept where better than any before. */
static void judge(struct builder *builder, uint32_t count) {
    double sum;
    builder->program.rows = 0;
    builder->program.columns = count;
    add_node_rows(builder, count);
    add_hop_rows(builder, count);
    sum = ess_packing_solve(&builder->program, builder->rates);
    if (sum > builder->best_rate * (1 + 1e-9)) {
        builder->best_rate = sum;
        builder->best_count = count;
        memcpy(builder->best_rates, builder->rates, count * sizeof *builder->rates);
        memcpy(builder->best_trees, builder->trees,
            (size_t)count * builder->problem.count * sizeof *builder->trees);
    }
}

static void grow_one(struct builder *builder, uint32_t t) {
    uint32_t n = builder->problem.count, *parents = builder->trees + t * (size_t)n;
    ess_tree_growth_grow(&builder->growth, builder->wanted[t], parents);
    ess_tree_growth_load(&builder->growth, parents, builder->wanted[t]);
    builder->work += UINT64_C(2) * n * n;
}

/* The rates to grow for next: those that the programme gave, none of them too small to matter. */
static void want(struct builder *builder, uint32_t count) {
    double least = 0.25 / count, sum = 0;
    for (uint32_t t = 0; t < count; t++) {
        builder->wanted[t] = builder->rates[t] > least ? builder->rates[t] : least;
        sum += builder->wanted[t];
    }
    ess_tree_growth_init(&builder->growth, &builder->problem, builder->shared);
    for (uint32_t t = 0; t < count; t++) {
        builder->wanted[t] *= builder->bound / sum;
        ess_tree_growth_load(&builder->growth, builder->trees + t * (size_t)builder->problem.count,
            builder->wanted[t]);
    }
}

static bool is_enough(const struct builder *builder) {
    return builder->best_rate >= 1 - builder->settings->gap ||
           (builder->best_count > 0 && builder->work >= builder->settings->work_max);
}

static void search(struct builder *builder, uint32_t count, double strength) {
    uint32_t n = builder->problem.count;
    ess_tree_growth_init(&builder->growth, &builder->problem, builder->shared);
    builder->growth.strength = strength;
    for (uint32_t t = 0; t < count; t++) {
        builder->wanted[t] = builder->bound / count;
        grow_one(builder, t);
    }
    judge(builder, count);
    for (uint32_t pass = 0; pass < builder->settings->passes && !is_enough(builder); pass++) {
        want(builder, count);
        for (uint32_t t = 0; t < count; t++) {
            ess_tree_growth_load(
                &builder->growth, builder->trees + t * (size_t)n, -builder->wanted[t]);
            grow_one(builder, t);
        }
        judge(builder, count);
    }
}

/* ---- the result -------------------------------------------------------------------------------
 */

/* Equal trees become one. All are rooted at rank 0, so equal trees have equal parents. */
static void merge_equal(struct builder *builder) {
    size_t n = builder->problem.count, bytes = n * sizeof(uint32_t);
    for (uint32_t t = 1; t < builder->best_count; t++) {
        for (uint32_t other = 0; other < t; other++) {
            if (memcmp(builder->best_trees + t * n, builder->best_trees + other * n, bytes) == 0) {
                builder->best_rates[other] += builder->best_rates[t];
                builder->best_rates[t] = 0;
                break;
            }
        }
    }
}

/* Make `root` the root: turn the way from it to the old one. */
static void turn_to(uint32_t *parents, uint32_t root) {
    uint32_t at = root, towards = ESS_NONE;
    while (at != ESS_NONE) {
        uint32_t next = parents[at] == at ? ESS_NONE : parents[at];
        parents[at] = towards;
        towards = at;
        at = next;
    }
}

/* Lengths of the ways from `start` to all ranks: by delay, and by hops where that is not known. */
static void measure(const struct ess_pair_matrix *matrix, const uint32_t *members,
    const uint32_t *parents, uint32_t count, uint32_t start, double *lengths) {
    uint32_t left = count - 1;
    for (uint32_t v = 0; v < count; v++) {
        lengths[v] = v == start ? 0 : -1;
    }
    for (uint32_t sweep = 0; left > 0 && sweep < count; sweep++) {
        for (uint32_t v = 0; v < count; v++) {
            uint32_t u = parents[v];
            int64_t delay_ns;
            if (u == v || (lengths[v] < 0) == (lengths[u] < 0)) {
                continue;
            }
            delay_ns =
                ess_pair_delay_both(matrix, members ? members[u] : u, members ? members[v] : v);
            if (lengths[v] < 0) {
                lengths[v] = lengths[u] + 1 + (double)(delay_ns > 0 ? delay_ns : 0);
            } else {
                lengths[u] = lengths[v] + 1 + (double)(delay_ns > 0 ? delay_ns : 0);
            }
            left--;
        }
    }
}

static uint32_t farthest(const double *lengths, uint32_t count) {
    uint32_t best = 0;
    for (uint32_t v = 1; v < count; v++) {
        best = lengths[v] > lengths[best] ? v : best;
    }
    return best;
}

/* The centre: whose farthest rank is nearest. In a tree that is the farther of the two ends of a
 * longest way. */
static uint32_t centre(const struct ess_pair_matrix *matrix, const uint32_t *members,
    const uint32_t *parents, uint32_t count, double *lengths) {
    double *other = lengths + count;
    uint32_t best = 0, end;
    measure(matrix, members, parents, count, 0, lengths);
    end = farthest(lengths, count);
    measure(matrix, members, parents, count, end, lengths);
    measure(matrix, members, parents, count, farthest(lengths, count), other);
    for (uint32_t v = 0; v < count; v++) {
        lengths[v] = lengths[v] > other[v] ? lengths[v] : other[v];
        best = lengths[v] < lengths[best] ? v : best;
    }
    return best;
}

double ess_tree_packing_rate(
    const struct ess_tree_problem *problem, const struct ess_tree_packing *packing, double *loads) {
    uint32_t n = problem->count;
    double rate = -1;
    for (uint32_t u = 0; u < n; u++) {
        loads[u] = 0;
    }
    for (uint32_t t = 0; t < packing->tree_count; t++) {
        const uint32_t *parents = packing->parents + t * (size_t)n;
        for (uint32_t v = 0; v < n; v++) {
            double load = 0, limit;
            if (parents[v] == ESS_NONE) {
                continue;
            }
            loads[v] += packing->shares[t];
            loads[parents[v]] += packing->shares[t];
            for (uint32_t other = 0; other < packing->tree_count; other++) {
                bool used = has_hop(packing->parents + other * (size_t)n, v, parents[v]);
                load += used ? packing->shares[other] : 0;
            }
            limit = problem->pair[v * (size_t)n + parents[v]];
            if (limit > 0 && load > 0 && (rate < 0 || limit / load < rate)) {
                rate = limit / load;
            }
        }
    }
    for (uint32_t u = 0; u < n; u++) {
        double limit = problem->access[u];
        if (limit > 0 && loads[u] > 0 && (rate < 0 || limit / loads[u] < rate)) {
            rate = limit / loads[u];
        }
    }
    return rate < 0 ? rate : rate * ESS_SHARE_WHOLE;
}

static void write_result(struct builder *builder, const struct ess_pair_matrix *matrix,
    const uint32_t *members, struct ess_tree_packing *packing) {
    size_t n = builder->problem.count;
    uint32_t kept = 0;
    merge_equal(builder);
    ess_shares_round(builder->best_rates, builder->best_count, packing->shares, builder->keys);
    for (uint32_t t = 0; t < builder->best_count; t++) {
        uint32_t *parents = packing->parents + kept * n;
        if (packing->shares[t] == 0) {
            continue;
        }
        packing->shares[kept] = packing->shares[t];
        memcpy(parents, builder->best_trees + t * n, n * sizeof *parents);
        packing->roots[kept] = centre(matrix, members, parents, (uint32_t)n, builder->shared);
        turn_to(parents, packing->roots[kept]);
        kept++;
    }
    packing->tree_count = kept;
    packing->rate_bytes_per_s = ess_tree_packing_rate(&builder->problem, packing, builder->shared);
}

bool ess_tree_packing_build(const struct ess_tree_packing_settings *settings,
    const struct ess_pair_matrix *matrix, const uint32_t *members, uint32_t count,
    struct ess_tree_packing *packing, void *scratch) {
    struct builder builder = {.settings = settings};
    struct ess_tree_bound bound;
    char *rest = scratch;
    void *of_problem = take(&rest, ess_tree_problem_bytes(count));
    lay_out(&builder, count, rest);
    packing->tree_count = count == 1;
    packing->rate_bytes_per_s = -1;
    packing->bound_bytes_per_s = -1;
    if (count == 1) {
        packing->shares[0] = ESS_SHARE_WHOLE;
        packing->parents[0] = ESS_NONE;
        packing->roots[0] = 0;
        return true;
    }
    ess_tree_problem_init(&builder.problem, matrix, members, count, of_problem);
    ess_tree_bound(
        &builder.problem, settings->gap / 4, settings->bound_rounds, &bound, builder.shared);
    if (bound.bound_bytes_per_s <= 0) {
        return false;
    }
    builder.bound = bound.bound_bytes_per_s;
    packing->bound_bytes_per_s = builder.bound;
    for (uint32_t trees = 1, done = 0; !done && !is_enough(&builder); trees *= 2) {
        trees = trees < settings->trees_max ? trees : settings->trees_max;
        for (uint32_t i = 0; i < STRENGTHS && !is_enough(&builder); i++) {
            search(&builder, trees, strengths[i]);
        }
        done = trees == settings->trees_max;
    }
    write_result(&builder, matrix, members, packing);
    return true;
}
