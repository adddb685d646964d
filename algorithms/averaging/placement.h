/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_AVERAGING_PLACEMENT_H
#define ESS_AVERAGING_PLACEMENT_H

/* Where ranks stand on a virtual grid of side^dimensions cells, and who shares a line with whom.
 *
 * Cell c has coordinates c / side^k mod side, k = 0 .. dimensions - 1. In `draw` 0 rank r stands on
 * cell r. Each other draw is a pseudo-random permutation of the cells, the same for all who know
 * the seed, kept nowhere: six Feistel rounds on the least even number of bits that covers the
 * cells, walked until a cell is hit (Black and Rogaway, CT-RSA 2002). */

#include <stdint.h>

#define ESS_LINE_MAX 64 /* cells of a line: sets of its members are words */

struct ess_grid {
    uint64_t seed;
    uint32_t side, dimensions;
    uint32_t cells; /* side^dimensions */
};

/* Members of a line, in the order of their coordinate. */
struct ess_line {
    uint32_t count;
    uint32_t self; /* place of the rank that was asked for */
    uint32_t ranks[ESS_LINE_MAX];
};

/* side^dimensions, or 0 where that is above 2^31. */
uint32_t ess_grid_cells(uint32_t side, uint32_t dimensions);

/* Cell of a rank, both below `cells`, and back. Some tens of operations, a few times over. */
uint32_t ess_grid_cell(const struct ess_grid *grid, uint32_t draw, uint32_t rank);
uint32_t ess_grid_rank(const struct ess_grid *grid, uint32_t draw, uint32_t cell);

/* The line of `rank` along `dimension`, of which those cells count that one of `ranks` ranks
 * stands on. O(side). */
void ess_grid_line(const struct ess_grid *grid, uint32_t draw, uint32_t dimension, uint32_t rank,
    uint32_t ranks, struct ess_line *line);

#endif
