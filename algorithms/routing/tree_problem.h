/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_TREE_PROBLEM_H
#define ESS_ROUTING_TREE_PROBLEM_H

/* What limits a set of spanning trees that carry an all-reduce, and the best rate there can be.
 *
 * A tree of rate r reduces towards its root and broadcasts back over the same hops, both at once:
 * a hop {u, v} carries r from u to v and r from v to u, wherever the root is. So a peer of degree d
 * in the tree sends r d and receives r d, its limit is the lesser of up and down, a pair's limit
 * the lesser of its two rates, and trees are undirected:
 *
 *     largest sum of r_t  with  sum_t r_t degree_t(u) <= access_u,  sum of r_t over hop {u, v} <=
 *     pair_uv
 *
 * Limits known: reducing and broadcasting along different trees could use a peer's up and down
 * apart where some peers have more up and others more down; that is not tried.
 *
 * Its dual: prices y_u, z_uv >= 0; for any of them the rate is at most
 * (sum access_u y_u + sum pair_uv z_uv) / (least cost of a spanning tree under y_u + y_v + z_uv).
 * Sources: Garg and Koenemann, SIAM J. Comput. 37(2), 2007 (fractional packing with an oracle);
 * Barahona, Oper. Res. Lett. 1995, and Tutte and Nash-Williams 1961 (packing of trees). */

#include "routing/matrix.h"

/* Limits of ranks 0 .. count - 1; negative: none known. */
struct ess_tree_problem {
    uint32_t count;
    double *access; /* [count] */
    double *pair;   /* [count^2], alike both ways; 0: not usable; negative: only access limits it */
};

size_t ess_tree_problem_bytes(uint32_t count);

/* Take the limits from a matrix: of rank i those of matrix index members[i] (NULL: of i). A pair
 * that was not measured is usable where an access limit of either end is known. A pair that has
 * more than one of its ends is limited by access alone. O(n^2). */
void ess_tree_problem_init(struct ess_tree_problem *problem, const struct ess_pair_matrix *matrix,
    const uint32_t *members, uint32_t count, void *scratch);

/* Least rate that no set of trees can beat, by bounds that need no search: each rank's degree is at
 * least 1, the degrees sum to 2 (n - 1), the hops to n - 1. Negative where the usable pairs do not
 * connect all ranks, or nothing limits anything; a group of one has no bound (negative). O(n^2).
 * `scratch`: 2 words and 1 double a rank. */
double ess_tree_simple_bound(const struct ess_tree_problem *problem, void *scratch);

/* Prices and the search for the bound of the dual; then the prices that gave it. */
struct ess_tree_bound {
    double bound_bytes_per_s;
    double reached_bytes_per_s; /* by as many trees as it took */
    uint32_t rounds;
};

size_t ess_tree_bound_bytes(uint32_t count);

/* Garg and Koenemann's multiplicative weights, in steps that become finer, until trees are found
 * whose rates reach (1 - gap) of the bound, or `rounds_max` trees. O(n^2) a round. */
void ess_tree_bound(const struct ess_tree_problem *problem, double gap, uint32_t rounds_max,
    struct ess_tree_bound *bound, void *scratch);

#endif
