/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_LINKS_H
#define ESS_ANALYSIS_BOUNDS_LINKS_H

/* The links of a network as rows of a linear program over columns (pairs of classes). */

#include "analysis/bounds/columns.h"

#define ESS_BOUND_NO_ROW UINT32_MAX

/* Row r: when each pair of column k sends x[k], the link carries the sum of pairs[i] * x[column[i]]
 * for i from first[r] up to, not including, first[r + 1]. */
struct ess_bound_links {
    uint32_t count;
    uint32_t *first;  /* [count + 1] */
    uint32_t *column; /* [first[count]] */
    double *pairs;
    double *capacity_bytes_per_s; /* [count] */
    uint32_t *row_of_link;        /* [link of the network] or ESS_BOUND_NO_ROW */
};

/* Left out are links that can never limit, because what the other links of their paths let through
 * fits in (leaving rows out could only make a bound smaller); links that carry the same columns
 * share a row, that of the least capacity. O(links^2 + links x columns + paths). Freed by
 * ess_bound_links_fini. */
void ess_bound_links_init(const struct ess_bound_network *network,
    const struct ess_bound_columns *columns, struct ess_bound_links *links);
void ess_bound_links_fini(struct ess_bound_links *links);

/* Seconds a byte of the vector: the greatest load / capacity, where x[k] is in vectors. */
double ess_bound_links_time(const struct ess_bound_links *links, const double *x);

#endif
