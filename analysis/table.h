/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_TABLE_H
#define ESS_ANALYSIS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "analysis/results.h"

/* The table for people: one row a variant, one column a metric, then what must not be overlooked
 * (failed and bounded replications, metrics undefined in some), a legend, and a plain sentence
 * about the first column (analysis/headline.h). A column has one unit, chosen for its largest mean,
 * and one number of decimals, three to four significant digits; "+-" is half the interval's width.
 * Where the columns do not fit the width they go on in a further block with the variants' names
 * repeated. */

struct ess_table_column {
    const char
        *metric;       /* its name in the results; a column whose metric is not there is left out */
    const char *title; /* NULL: made of the name, "_share" dropped and '_' turned to a space */
};

struct ess_table_style {
    const struct ess_table_column *columns; /* NULL: all metrics in their order */
    size_t column_count;
    size_t width;  /* in characters; 0 means 100 */
    bool terminal; /* the best of a column in bold, by ANSI sequences; else plain text only */
};

/* Write it as UTF-8. `style` may be NULL. False on a stream error or when out of memory. */
bool ess_table_write(
    const struct ess_results *results, const struct ess_table_style *style, FILE *file);

#endif
