/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_PACKING_PROGRAM_H
#define ESS_ROUTING_PACKING_PROGRAM_H

/* A packing programme: the largest sum of rates r_t >= 0 of a few columns under many limits,
 * sum_t use[row][t] r_t <= limit[row], all uses and limits >= 0.
 *
 * By the simplex method on a table that keeps only the columns (Dantzig 1963); it begins at r = 0,
 * which keeps all limits. Largest coefficient first, then, should that not end, the lowest index
 * (Bland, Math. Oper. Res. 2(2), 1977). Exact but for rounding. */

#include <stdint.h>

struct ess_packing_program {
    uint32_t rows, columns;
    double *table;     /* [(rows + 1) * (columns + 1)]: row r: uses, then its limit; the last row
                          is the objective and is written by the solver */
    uint32_t *at_row;  /* [rows] who stands there: a column, or columns + a row */
    uint32_t *at_rest; /* [columns] the same, of those that are 0 */
};

/* Solve; rates[columns] gets the rates. Returns their sum. The table is used up. Each column must
 * be limited by some row. O(pivots rows columns), about 2 `columns` pivots. */
double ess_packing_solve(struct ess_packing_program *program, double *rates);

#endif
