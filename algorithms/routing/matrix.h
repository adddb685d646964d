/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_MATRIX_H
#define ESS_ROUTING_MATRIX_H

/* What is known of a network between peers: one rate and one delay for each ordered pair, and what
 * each peer's access line carries. An immutable span, owned by whoever measured it; all of
 * routing/ reads it and writes its answers elsewhere.
 *
 * A pair's rate is what one transfer gets when it is alone. That several pairs share a link inside
 * the network is not known to it: only the access lines are shared. Named simplification. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Entry (from, to) stands at from * size + to; the diagonal is not read. */
struct ess_pair_matrix {
    uint32_t size;
    const double *rate_bytes_per_s; /* 0: unreachable; negative: not measured; NULL: none is */
    const int64_t *delay_ns;        /* one way; negative: not measured; NULL: none is */
    const double *up_bytes_per_s;   /* [size]; 0: unknown, taken for unlimited; NULL: all are */
    const double *down_bytes_per_s; /* [size]; the same */
};

/* What cannot be used and why, in words; NULL when all is well: no peer at all, NaN, infinite or
 * negative access. O(n^2). */
const char *ess_pair_matrix_check(const struct ess_pair_matrix *matrix);

/* The pair's own rate and delay, negative where not measured; of a peer to itself 0. O(1). */
double ess_pair_rate(const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to);
int64_t ess_pair_delay(const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to);

/* Access limits in one direction; 0 where unknown. O(1). */
double ess_access_up(const struct ess_pair_matrix *matrix, uint32_t peer);
double ess_access_down(const struct ess_pair_matrix *matrix, uint32_t peer);

/* What a single transfer gets: the least of the pair's rate and both access lines. Where the pair
 * was not measured the access lines alone say it; negative where nothing is known at all. O(1). */
double ess_pair_usable(const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to);

/* The same where both directions are used alike: the lesser of the two that are known. O(1). */
double ess_pair_usable_both(const struct ess_pair_matrix *matrix, uint32_t a, uint32_t b);

/* What a peer can send and receive at the same time, alike: the lesser of up and down; 0 where
 * neither is known. O(1). */
double ess_access_both(const struct ess_pair_matrix *matrix, uint32_t peer);

/* Mean of the two directions' delays, or the one that is known; negative where none is. O(1). */
int64_t ess_pair_delay_both(const struct ess_pair_matrix *matrix, uint32_t a, uint32_t b);

/* How many of the n (n - 1) ordered pairs are measured. O(n^2). */
struct ess_matrix_coverage {
    uint64_t pairs, rates, delays;
    uint64_t unreachable; /* among the rates: those that are 0 */
};
void ess_matrix_coverage(
    const struct ess_pair_matrix *matrix, struct ess_matrix_coverage *coverage);

#endif
