/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_COLLECTIVE_HALVING_H
#define ESS_COLLECTIVE_HALVING_H

/* What plans share that pair ranks by the bits of a number.
 *
 * p' = 2^L is the largest power of two that is at most p, e = p - p' the ranks too many. Odd ranks
 * below 2 e are *folded*: the even rank before each takes its vector over first, and gives it the
 * result last. The p' others have a number v: rank / 2 below 2 e, and rank - e above. */

#include "collective/plan.h"

struct ess_halving {
    uint32_t levels;  /* L */
    uint32_t folded;  /* e */
    uint32_t number;  /* v */
    bool is_folded;   /* an odd rank below 2 e: no v */
    bool has_partner; /* an even rank below 2 e, which a folded one follows */
};

/* O(log p), at most 31 turns: ranks are words. */
struct ess_halving ess_halving_of(const struct ess_group *group, uint32_t rank);

/* Rank of the number v. O(1). */
uint32_t ess_halving_rank(const struct ess_halving *halving, uint32_t number);

/* Exchange `step` of 2 L, the vector cut into p' chunks: the first L halve, the others double. At
 * halving step k = 0 .. L - 1 rank v has a block of p' >> k chunks that begins at v & ~((p' >> k) -
 * 1); with h = (p' >> k) / 2 it exchanges with v ^ h: it keeps the half that begins at v & ~(h -
 * 1), to which it adds what comes, and sends the partner the other one. In the end chunk v is whole
 * at v. The doubling steps undo this, k = L - 1 .. 0: each sends the block that it kept at step k
 * and receives the one that it gave away. `source` is where the rank's vector is before. All but
 * `after` and the steps' numbers of the round is written. O(1). */
void ess_halving_exchange(const struct ess_halving *halving, uint32_t step, enum ess_region source,
    struct ess_round *round);

#endif
