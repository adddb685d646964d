/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_DIAGNOSTICS_H
#define ESS_SCENARIO_DIAGNOSTICS_H

/* What is wrong with a user's files, collected so that all of it is told at once. An error is data:
 * where (file, and JSON pointer or line and column), what was expected, what was found, the nearest
 * valid name. Printed as
 *
 *     FILE:/json/pointer: expected WHAT, found WHAT; did you mean "NAME"?
 *     FILE:LINE:COLUMN: expected WHAT, found WHAT
 *         the line
 *              ^ */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Errors kept; more are counted as "more". */
#define ESS_DIAGNOSTICS_MAX 50

struct ess_diagnostic {
    char *file;
    char *place; /* JSON pointer ("" is the whole file), or "LINE:COLUMN" */
    char *expected;
    char *found;
    char *nearest; /* or NULL */
    char *excerpt; /* the line and a caret, or NULL */
};

struct ess_diagnostics {
    struct ess_diagnostic errors[ESS_DIAGNOSTICS_MAX];
    size_t count;
    bool more; /* errors beyond ESS_DIAGNOSTICS_MAX were dropped */
};

void ess_diagnostics_init(struct ess_diagnostics *diagnostics);
void ess_diagnostics_fini(struct ess_diagnostics *diagnostics);

/* Keep one error; every text is copied. `nearest` and `excerpt` may be NULL. An error equal to one
 * already kept is dropped, since every variant of a file reports what they share. Control
 * characters in texts are shown as \xNN, long texts are cut. */
void ess_diagnostics_add(struct ess_diagnostics *diagnostics, const char *file, const char *place,
    const char *expected, const char *found, const char *nearest, const char *excerpt);

/* Write error `index` in the form above, with a newline. */
void ess_diagnostic_print(const struct ess_diagnostic *diagnostic, FILE *out);

/* Write all of them, one after the other. */
void ess_diagnostics_print(const struct ess_diagnostics *diagnostics, FILE *out);

#endif
