/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_TREE_GROWTH_H
#define ESS_ROUTING_TREE_GROWTH_H

/* One spanning tree under prices that grow with load: the step that ess_tree_packing_build()
 * repeats. */

#include "routing/tree_problem.h"

/* Loads of all limits but the new tree's, and what is needed while a tree grows. */
struct ess_tree_growth {
    const struct ess_tree_problem *problem;
    double strength;                            /* prices are exp(strength load / limit) */
    double *node_load;                          /* [count] bytes a second */
    double *pair_load;                          /* [count^2], both halves alike */
    double *next_price, *first_price, *nearest; /* [count] */
    uint32_t *degree, *from;                    /* [count] */
};

size_t ess_tree_growth_bytes(uint32_t count);

/* Begin with loads of 0. */
void ess_tree_growth_init(
    struct ess_tree_growth *growth, const struct ess_tree_problem *problem, void *scratch);

/* Add (or, with a negative rate, take away) a tree's load. O(n). */
void ess_tree_growth_load(struct ess_tree_growth *growth, const uint32_t *parents, double rate);

/* Grow a tree that is to carry `rate`, from rank 0; parents[0] is the rank itself. The usable pairs
 * must connect all ranks. O(n^2). */
void ess_tree_growth_grow(struct ess_tree_growth *growth, double rate, uint32_t *parents);

#endif
