/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_MATRIX_FILE_H
#define ESS_MODELS_NETWORK_MATRIX_FILE_H

/* Measured delays or rates between named places, as CSV (RFC 4180: quotes, doubled within):
 *
 *     square   the first row names the columns ("to"), the first cell of each row the row ("from")
 *     pairs    a table with a header; two columns hold the names, a third the value
 *
 * Cells are separated by tabs, semicolons or commas: the first of these that the header holds. A
 * cell is a number in whatever unit the caller knows, or missing: empty, "-", "NA", "N/A", "NaN",
 * "null". The diagonal is passed over. A pair that is there several times (pairs alone) has the
 * mean of its values. Nothing is mirrored here: the two directions of a pair are two values. */

#include <stdint.h>

#include "models/network/file_bytes.h"

#define ESS_MATRIX_NAMES_MAX 2000

struct ess_matrix {
    char **names; /* [count], in the order of the file: header first, then new names of rows */
    uint32_t count;
    double *values;    /* [count^2], from * count + to; NAN: missing */
    uint64_t missing;  /* off the diagonal */
    uint64_t repeated; /* values that were averaged into one before them */
};

/* How to read: a form, and what a value may be. */
struct ess_matrix_form {
    bool pairs;
    const char *from_column, *to_column, *value_column; /* of pairs */
    bool zero_allowed;
};

/* Read a matrix from memory. False and an error with "LINE:COLUMN" where a cell is no number, not
 * finite, negative, or 0 where that is not allowed; where a row has more or fewer cells than the
 * header, a name stands twice, a column is not there, or names are too many. */
bool ess_matrix_read(const char *bytes, size_t count, const struct ess_matrix_form *form,
    struct ess_matrix *matrix, struct ess_file_error *error);

void ess_matrix_fini(struct ess_matrix *matrix);

/* Index of a name, or UINT32_MAX. O(names). */
uint32_t ess_matrix_find(const struct ess_matrix *matrix, const char *name);

#endif
