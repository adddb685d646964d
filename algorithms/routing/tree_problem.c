/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/tree_problem.h"

size_t ess_tree_problem_bytes(uint32_t count) {
    return ((size_t)count * count + count) * sizeof(double);
}

/* Pair rates alike both ways, apart from access; negative where only access limits the pair. */
static double pair_limit(const struct ess_pair_matrix *matrix, uint32_t u, uint32_t v,
    double access_u, double access_v) {
    double there = ess_pair_rate(matrix, u, v), back = ess_pair_rate(matrix, v, u);
    double limit = there < 0 || (back >= 0 && back < there) ? back : there;
    double access = access_u < 0 || (access_v >= 0 && access_v < access_u) ? access_v : access_u;
    if (limit < 0) {
        return access < 0 ? 0 : -1;
    }
    return access >= 0 && access <= limit ? -1 : limit;
}

void ess_tree_problem_init(struct ess_tree_problem *problem, const struct ess_pair_matrix *matrix,
    const uint32_t *members, uint32_t count, void *scratch) {
    problem->count = count;
    problem->access = scratch;
    problem->pair = problem->access + count;
    for (uint32_t u = 0; u < count; u++) {
        double access = ess_access_both(matrix, members ? members[u] : u);
        problem->access[u] = access > 0 ? access : -1;
    }
    for (uint32_t u = 0; u < count; u++) {
        problem->pair[u * (size_t)count + u] = 0;
        for (uint32_t v = 0; v < u; v++) {
            double limit = pair_limit(matrix, members ? members[u] : u, members ? members[v] : v,
                problem->access[u], problem->access[v]);
            problem->pair[u * (size_t)count + v] = limit;
            problem->pair[v * (size_t)count + u] = limit;
        }
    }
}

/* Whether the usable pairs connect all ranks: a search from rank 0. */
static bool is_connected(const struct ess_tree_problem *problem, uint32_t *seen, uint32_t *stack) {
    uint32_t n = problem->count, reached = 1, depth = 1;
    for (uint32_t u = 0; u < n; u++) {
        seen[u] = u == 0;
    }
    stack[0] = 0;
    while (depth > 0) {
        uint32_t u = stack[--depth];
        for (uint32_t v = 0; v < n; v++) {
            double limit = problem->pair[u * (size_t)n + v];
            if (!seen[v] && (limit > 0 || limit < 0)) {
                seen[v] = 1;
                reached++;
                stack[depth++] = v;
            }
        }
    }
    return reached == n;
}

/* The lesser of two bounds of which negative ones say nothing. */
static double lesser(double a, double b) {
    return b < 0 || (a >= 0 && a < b) ? a : b;
}

double ess_tree_simple_bound(const struct ess_tree_problem *problem, void *scratch) {
    uint32_t n = problem->count, *words = scratch;
    double bound = -1, all_access = 0, all_pairs = 0;
    bool access_known = true, pairs_known = true;
    if (n < 2 || !is_connected(problem, words, words + n)) {
        return -1;
    }
    for (uint32_t u = 0; u < n; u++) {
        double own_pairs = 0;
        bool own_known = true;
        for (uint32_t v = 0; v < n; v++) {
            double limit = problem->pair[u * (size_t)n + v];
            own_known = own_known && limit >= 0;
            own_pairs += limit > 0 ? limit : 0;
        }
        bound = lesser(bound, problem->access[u]);
        bound = lesser(bound, own_known ? own_pairs : -1);
        access_known = access_known && problem->access[u] >= 0;
        pairs_known = pairs_known && own_known;
        all_access += problem->access[u];
        all_pairs += own_pairs / 2;
    }
    bound = lesser(bound, access_known ? all_access / (2.0 * (n - 1.0)) : -1);
    return lesser(bound, pairs_known ? all_pairs / (n - 1.0) : -1);
}
