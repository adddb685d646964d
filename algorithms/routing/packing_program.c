/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/packing_program.h"

/* Coefficients below this are what rounding left of 0; limits are scaled to about 1 by callers. */
static const double nothing = 1e-11;

static double *row_of(const struct ess_packing_program *program, uint32_t row) {
    return program->table + row * ((size_t)program->columns + 1);
}

static uint32_t entering(const struct ess_packing_program *program, int by_index) {
    const double *objective = row_of(program, program->rows);
    uint32_t best = program->columns;
    for (uint32_t k = 0; k < program->columns; k++) {
        if (objective[k] <= nothing) {
            continue;
        }
        if (best == program->columns || (by_index ? program->at_rest[k] < program->at_rest[best]
                                                  : objective[k] > objective[best])) {
            best = k;
        }
    }
    return best;
}

static uint32_t leaving(const struct ess_packing_program *program, uint32_t column) {
    uint32_t best = program->rows;
    double best_ratio = 0;
    for (uint32_t r = 0; r < program->rows; r++) {
        const double *row = row_of(program, r);
        double ratio;
        if (row[column] <= nothing) {
            continue;
        }
        ratio = row[program->columns] / row[column];
        if (best == program->rows || ratio < best_ratio ||
            (!(ratio > best_ratio) && program->at_row[r] < program->at_row[best])) {
            best = r;
            best_ratio = ratio;
        }
    }
    return best;
}

/* The one in `row` and the one of `column` change places. */
static void pivot(struct ess_packing_program *program, uint32_t row, uint32_t column) {
    double *own = row_of(program, row), inverse = 1 / own[column];
    uint32_t width = program->columns + 1, kept = program->at_row[row];
    for (uint32_t k = 0; k < width; k++) {
        own[k] *= inverse;
    }
    own[column] = inverse;
    for (uint32_t r = 0; r <= program->rows; r++) {
        double *other = row_of(program, r), factor = other[column];
        if (r == row || (factor <= 0 && factor >= 0)) {
            continue;
        }
        for (uint32_t k = 0; k < width; k++) {
            other[k] -= factor * own[k];
        }
        other[column] = -factor * inverse;
    }
    program->at_row[row] = program->at_rest[column];
    program->at_rest[column] = kept;
}

double ess_packing_solve(struct ess_packing_program *program, double *rates) {
    uint32_t columns = program->columns, pivots_max = 200 + 50 * columns;
    double *objective = row_of(program, program->rows), sum = 0;
    for (uint32_t k = 0; k < columns; k++) {
        objective[k] = 1;
        program->at_rest[k] = k;
        rates[k] = 0;
    }
    objective[columns] = 0;
    for (uint32_t r = 0; r < program->rows; r++) {
        program->at_row[r] = columns + r;
    }
    for (uint32_t i = 0; i < pivots_max; i++) {
        uint32_t column = entering(program, i > pivots_max / 2), row;
        if (column == columns) {
            break;
        }
        row = leaving(program, column);
        if (row == program->rows) {
            break;
        }
        pivot(program, row, column);
    }
    for (uint32_t r = 0; r < program->rows; r++) {
        double rate = row_of(program, r)[columns];
        if (program->at_row[r] < columns && rate > 0) {
            rates[program->at_row[r]] = rate;
            sum += rate;
        }
    }
    return sum;
}
