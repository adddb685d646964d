/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_LINEAR_PROGRAM_H
#define ESS_ANALYSIS_BOUNDS_LINEAR_PROGRAM_H

/* Linear programs: minimise cost . x subject to rows, x >= 0; rows may be added after a solution,
 * which the next one starts from. GLPK does it; its own way with errors (print, abort) is turned
 * off and becomes a status. Programs do not share anything unless GLPK fails within: then all that
 * exist at that moment are lost and say so. */

#include <stdbool.h>
#include <stdint.h>

struct ess_linear_program;

enum ess_linear_status {
    ESS_LINEAR_OPTIMAL,
    ESS_LINEAR_INFEASIBLE, /* no x satisfies all rows */
    ESS_LINEAR_UNBOUNDED,
    ESS_LINEAR_STOPPED, /* out of iterations, or out of digits: values are not to be relied on */
};

/* Columns with their costs; no rows yet. Freed by ess_linear_program_free. */
struct ess_linear_program *ess_linear_program_new(const double *cost, uint32_t column_count);
void ess_linear_program_free(struct ess_linear_program *program);

/* A row: sum of values[i] x[columns[i]] >= bound (or <= bound, where not at_least). Columns are
 * different. Returns its number, from 0. */
uint32_t ess_linear_program_add_row(struct ess_linear_program *program, const uint32_t *columns,
    const double *values, uint32_t count, bool at_least, double bound);

/* The simplex method, at most `iterations` steps of it. */
enum ess_linear_status ess_linear_program_solve(struct ess_linear_program *program, int iterations);

/* Of the last solution. A row's price is by how much the cost grows with its bound. */
double ess_linear_program_value(const struct ess_linear_program *program, uint32_t column);
double ess_linear_program_price(const struct ess_linear_program *program, uint32_t row);
double ess_linear_program_cost(const struct ess_linear_program *program);

#endif
