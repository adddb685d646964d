/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_NUMBER_TEXT_H
#define ESS_ANALYSIS_NUMBER_TEXT_H

enum { ESS_NUMBER_TEXT_BYTES = 32 };

/* Write a finite number with the fewest of 15, 16 or 17 significant digits that read back as
 * exactly the same double, whatever the locale says about decimal points. Valid JSON and CSV. (Some
 * numbers below 1e-300 have still shorter forms; these are not looked for.) Returns `text`. */
char *ess_number_text(double value, char text[ESS_NUMBER_TEXT_BYTES]);

#endif
