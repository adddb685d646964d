/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_HUMAN_UNITS_H
#define ESS_ANALYSIS_HUMAN_UNITS_H

#include <stddef.h>

/* Units for people: how a quantity in a base unit ("s", "B", "J", "1", "1/h", "count"…) is shown.
 */
struct ess_human_unit {
    const char *name; /* "min"; the base unit's own name where there is nothing better */
    double divisor;   /* shown value = base value / divisor */
};

/* The unit in which a number of that size reads well: ms, s, min, h, d for "s"; B to PB for "B"; J
 * to GJ for "J"; % for "1" (a share); any other unit as it is. `magnitude` is an absolute value.
 * The unit changes late (s up to 600 s, min up to 3 h…), so values of one column share a unit. */
struct ess_human_unit ess_human_unit_for(const char *base_unit, double magnitude);

/* Decimals for a column whose absolute values lie between the two: three significant digits for the
 * smallest, but no more than five for the largest; 0 to 4. Zero and NaN ask for nothing. */
int ess_human_decimals(double smallest, double largest);

/* One value with its unit to three significant digits: "41.2 s", "2.50 GB", "31.0 %". */
void ess_human_text(const char *base_unit, double value, char *text, size_t text_bytes);

#endif
