/* SPDX-License-Identifier: Apache-2.0 */
#include "averaging/placement.h"

#include "base/random.h"

enum { FEISTEL_ROUNDS = 6 };

uint32_t ess_grid_cells(uint32_t side, uint32_t dimensions) {
    uint64_t cells = 1;
    for (uint32_t k = 0; k < dimensions && cells <= UINT32_C(1) << 31; k++) {
        cells *= side;
    }
    return cells <= UINT32_C(1) << 31 ? (uint32_t)cells : 0;
}

/* Bits of half a word: 2^(2 half) covers the cells. */
static uint32_t half_bits(uint32_t cells) {
    uint32_t half = 1;
    while (half < 16 && (cells - 1) >> (2 * half) != 0) {
        half++;
    }
    return half;
}

static uint32_t scramble(
    const struct ess_grid *grid, uint32_t draw, uint32_t round, uint32_t half) {
    const uint32_t key[2] = {(uint32_t)grid->seed, (uint32_t)(grid->seed >> 32)};
    uint32_t block[4] = {half, round, draw, 0x67726964};
    ess_random_philox(block, key, block);
    return block[0];
}

static uint32_t permute(const struct ess_grid *grid, uint32_t draw, uint32_t word, bool back) {
    uint32_t bits = half_bits(grid->cells);
    uint32_t mask = (UINT32_C(1) << bits) - 1;
    uint32_t left = word >> bits, right = word & mask;
    for (uint32_t i = 0; i < FEISTEL_ROUNDS; i++) {
        uint32_t round = back ? FEISTEL_ROUNDS - 1 - i : i;
        if (back) {
            uint32_t was = right ^ (scramble(grid, draw, round, left) & mask);
            right = left;
            left = was;
        } else {
            uint32_t next = left ^ (scramble(grid, draw, round, right) & mask);
            left = right;
            right = next;
        }
    }
    return left << bits | right;
}

/* A permutation of the words leads from each cell to a cell in the end: at the latest to itself. */
static uint32_t walk(const struct ess_grid *grid, uint32_t draw, uint32_t cell, bool back) {
    if (draw == 0) {
        return cell;
    }
    do {
        cell = permute(grid, draw, cell, back);
    } while (cell >= grid->cells);
    return cell;
}

uint32_t ess_grid_cell(const struct ess_grid *grid, uint32_t draw, uint32_t rank) {
    return walk(grid, draw, rank, false);
}

uint32_t ess_grid_rank(const struct ess_grid *grid, uint32_t draw, uint32_t cell) {
    return walk(grid, draw, cell, true);
}

void ess_grid_line(const struct ess_grid *grid, uint32_t draw, uint32_t dimension, uint32_t rank,
    uint32_t ranks, struct ess_line *line) {
    uint32_t own = ess_grid_cell(grid, draw, rank);
    uint32_t stride = 1, first;
    for (uint32_t k = 0; k < dimension; k++) {
        stride *= grid->side;
    }
    first = own - own / stride % grid->side * stride;
    line->count = 0;
    for (uint32_t i = 0; i < grid->side; i++) {
        uint32_t other = ess_grid_rank(grid, draw, first + i * stride);
        if (other == rank) {
            line->self = line->count;
        }
        if (other < ranks) {
            line->ranks[line->count++] = other;
        }
    }
}
