/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_COLLECTIVE_COST_H
#define ESS_COLLECTIVE_COST_H

/* Predicted seconds of plans, from a delay alpha and a time per byte beta of each pair.
 *
 * Model: a message of m bytes from i to j takes alpha_ij + m beta_ij; ports are full duplex; a rank
 * sends one message and receives one at a time; nothing is shared between pairs; sums cost nothing.
 * A plan's steps are taken in lock-step: a step costs what its slowest message does. With equal
 * pairs these are the textbook's closed forms (p ranks, n bytes, l = floor(log2 p), e = p - 2^l):
 *
 *   ring                2 (p - 1) (alpha + ceil(n/p) beta)
 *                       without segments: its ports are never idle, so they do not shorten it
 *   recursive_doubling  (l + 2 [e > 0]) (alpha + n beta)
 *   halving_doubling    2 l alpha + 2 n (1 - 2^-l) beta, + 2 (alpha + n beta) where e > 0
 *   rabenseifner        the same, but + 3 alpha + 2 n beta where e > 0
 *   binomial            2 ceil(log2 p) (alpha + n beta); half of it for reduce and broadcast
 *   chain               (2 (p - 1) + m - 1) (alpha + (n/m) beta), in m segments; p - 1 instead of 2
 *                       (p - 1) for reduce and broadcast, where the chain begins at the root
 *   butterfly           2 alpha + 2 n (p - 1)/p beta, equal shards, messages of a rank in flight
 *                       together: their bytes add up at its port, their delays do not
 *   direct              2 (p - 1) (alpha + n beta); half of it for reduce and broadcast; alpha + n
 *                       beta to send; (p - 1) (alpha + n/p beta) for all-gather, reduce-scatter
 *   all-gather and reduce-scatter: half a ring, half a halving_doubling (p a power of two)
 *
 * Ring and chain are taken in the order of ranks; a layout that gives another order is for the
 * caller to apply to the matrix.
 *
 * Known bias: on unequal pairs, steps of a real run overlap where one slow pair does not hold all
 * up, so a prediction is often too high there; shared links make it too low. Other plans have no
 * closed form here and are not predicted. Check: p = 8, n = 1 MiB, alpha = 1 ms, beta = 8 ns: ring
 * 28.680064 ms, halving_doubling 20.680064 ms. */

#include "collective/selection.h"

struct ess_cost_settings {
    int64_t segment_bytes; /* of the chain */
    /* Taken by the policy where a query tells nothing of the network; predictions do not. */
    int64_t delay_ns;
    double rate_bytes_s;
};

struct ess_cost_candidate {
    const char *plan;
    uint32_t primitives; /* that are predicted, ESS_PRIMITIVE_BIT() of each */
    bool reorders;       /* combines in another order than that of ranks */
    /* Seconds, infinite where the plan does not reach everybody.
     * O(p) to O(p log p); butterfly and pairwise exchanges O(p^2). Where all pairs are alike O(p).
     */
    double (*predict)(
        const struct ess_cost_settings *settings, const struct ess_selection_query *query);
};

/* Ends with an entry without a name. The first of equals is chosen. */
extern const struct ess_cost_candidate ess_cost_candidates[];

/* Predicted seconds of `plan`: 0 for one rank; infinite where there is no prediction, or the plan
 * would reorder what must not be. */
double ess_cost_predict(const char *plan, const struct ess_cost_settings *settings,
    const struct ess_selection_query *query);

#endif
