/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_SHARES_H
#define ESS_ROUTING_SHARES_H

/* Integer shares that sum to exactly ESS_SHARE_WHOLE: how much of a vector a peer, a tree or a path
 * carries. They are computed by one peer and sent; all others cut by the same integers. */

#include "base/view.h"

/* Round weights (finite, >= 0) to shares in proportion, by largest remainders (Hamilton's method);
 * ties go to the lower index. All weights 0: equal shares. `count` is 1 .. ESS_SHARE_WHOLE. A share
 * differs from its exact value by less than 1. `keys` is scratch for `count` entries.
 * O(n log n). */
void ess_shares_round(const double *weights, uint32_t count, uint32_t *shares, uint64_t *keys);

/* Shards of a butterfly all-reduce in which every rank sends each other rank its part and gets the
 * averages back: rank i with weight w_i sends and receives n (1 + (p - 2) w_i) bytes, so the time
 * is the largest of n (1 + (p - 2) w_i) / b_i. Least by water-filling: there is a level T with
 * w_i = (T b_i - 1) / (p - 2) where that is positive and 0 elsewhere. Who gets 0 still sends its n
 * bytes, and may be the slowest; the others are then balanced among themselves.
 *
 * `rate_bytes_per_s[i]` is the lesser of up and down; 0 means that nothing is known: such a rank
 * serves nobody, unless all are 0, when all are equal. With p = 2 the time does not depend on the
 * shares, which are then in proportion to the rates. Writes shares that sum to ESS_SHARE_WHOLE and
 * returns T in seconds a byte of the vector: the largest (1 + (p - 2) w_i) / b_i over those that
 * have rates, before rounding (0 where no rate is known).
 * `weights` is scratch for `count` doubles, `keys` for `count` entries. O(n log n).
 * Source: hivemind, averaging/load_balancing.py (peer load formula and minimax programme), solved
 * there as a linear programme; the closed form here is its optimum. */
double ess_shares_butterfly(const double *rate_bytes_per_s, uint32_t count, uint32_t *shares,
    double *weights, uint64_t *keys);

#endif
