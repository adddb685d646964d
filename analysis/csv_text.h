/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_CSV_TEXT_H
#define ESS_ANALYSIS_CSV_TEXT_H

#include <stdio.h>

/* Fields of a CSV file (RFC 4180, with plain line feeds). No separator is written. */

/* Quoted where it holds a comma, a quote or a line break, plain otherwise. */
void ess_csv_text(FILE *file, const char *text);

/* The shortest exact form; an empty field where the number is not finite. */
void ess_csv_number(FILE *file, double value);

#endif
