/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_TREE_PACKING_H
#define ESS_ROUTING_TREE_PACKING_H

/* A few spanning trees that together carry an all-reduce (or a reduce, or a broadcast) at near the
 * best rate that trees can have on unequal lines. The vector is cut in shares, one a tree; all
 * trees run at once. What limits them, and what "best" means: routing/tree_problem.h.
 *
 * Trees are grown one by one, each at 1 / K of the rate, by Prim's search under prices that grow
 * exponentially with how full a limit is, also while the tree itself grows (a peer's second hop
 * costs more than its first); then taken out and grown anew in turn; their rates come from a linear
 * programme over the trees that there are. The same with a few strengths of the prices; the best is
 * kept, and trees of no rate are dropped. The bound does not come from the search: it is the value
 * of the dual (ess_tree_bound), valid for any set of trees.
 *
 * Depth is not looked at: trees may be long chains, whose delay counts once for each vector and
 * chunk of a pipeline. The root is the centre by delay. Named limits.
 *
 * Sources: Garg and Koenemann 2007 (prices); SplitStream, SOSP 2003, and Blink, MLSys 2020 (packed
 * spanning trees for broadcast and all-reduce). */

#include "base/view.h"
#include "routing/shares.h"
#include "routing/tree_problem.h"

#define ESS_TREES_MAX 64

struct ess_tree_packing_settings {
    uint32_t trees_max;    /* 1 .. ESS_TREES_MAX; 8 are enough where access limits */
    uint32_t bound_rounds; /* of the search for the bound, O(n^2) each */
    uint32_t passes;       /* each tree is grown anew so many times */
    double gap;            /* no more trees and no more work once the bound is so near */
    uint64_t work_max;     /* looks at a pair by growing; one set of trees is always finished */
};

static inline struct ess_tree_packing_settings ess_tree_packing_defaults(void) {
    return (struct ess_tree_packing_settings){8, 2000, 6, 0.02, UINT64_C(30000000)};
}

/* Arrays are the caller's. Ranks are 0 .. count - 1; that of a root is ESS_NONE. */
struct ess_tree_packing {
    uint32_t tree_count;
    uint32_t *shares;         /* [trees_max] sum to ESS_SHARE_WHOLE */
    uint32_t *parents;        /* [trees_max * count] */
    uint32_t *roots;          /* [trees_max] */
    double rate_bytes_per_s;  /* of the vector, with the shares as rounded; negative: unlimited */
    double bound_bytes_per_s; /* no set of trees is faster; negative: none known */
};

/* Bytes of scratch, aligned as a double: O(n^2 + trees^2 n). */
size_t ess_tree_packing_bytes(const struct ess_tree_packing_settings *settings, uint32_t count);

/* Build. members[rank] is the matrix index of a rank (NULL: the same). False where no tree can be:
 * the pairs of which something is known do not connect the ranks; `packing` has no trees then. A
 * group of one has one tree, its root. Deterministic. O(K passes n^2), and the bound's search. */
bool ess_tree_packing_build(const struct ess_tree_packing_settings *settings,
    const struct ess_pair_matrix *matrix, const uint32_t *members, uint32_t count,
    struct ess_tree_packing *packing, void *scratch);

/* The rate of given trees and shares: the least, over all limits, of limit / load for one byte a
 * second of the vector. Negative where nothing limits. `loads` is scratch for `count` doubles.
 * O(trees^2 count). */
double ess_tree_packing_rate(
    const struct ess_tree_problem *problem, const struct ess_tree_packing *packing, double *loads);

#endif
