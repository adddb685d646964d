/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes through the reader of matrices, square and in pairs: an error with its place, or a
 * matrix that keeps what matrix_file.h promises. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/network/matrix_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void demand(int holds) {
    if (!holds) {
        abort();
    }
}

static void check(const struct ess_matrix *matrix, bool zero_allowed) {
    uint64_t missing = 0;
    demand(matrix->count >= 2 && matrix->count <= ESS_MATRIX_NAMES_MAX);
    for (uint32_t i = 0; i < matrix->count; i++) {
        demand(matrix->names[i][0] != '\0');
        demand(ess_matrix_find(matrix, matrix->names[i]) == i); /* so no name is there twice */
        for (uint32_t j = 0; j < matrix->count; j++) {
            double value = matrix->values[(size_t)i * matrix->count + j];
            missing += i != j && isnan(value);
            demand(isnan(value) || (isfinite(value) && value >= 0 && (zero_allowed || value > 0)));
            demand(i != j || isnan(value));
        }
    }
    demand(missing == matrix->missing);
}

static void try_form(const uint8_t *data, size_t size_bytes, const struct ess_matrix_form *form) {
    struct ess_matrix matrix;
    struct ess_file_error error = {.found = ""};
    if (!ess_matrix_read((const char *)data, size_bytes, form, &matrix, &error)) {
        demand(error.found[0] != '\0' && error.expected[0] != '\0');
        demand(!matrix.names && !matrix.values);
        return;
    }
    check(&matrix, form->zero_allowed);
    ess_matrix_fini(&matrix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    struct ess_matrix_form square = {.zero_allowed = true};
    struct ess_matrix_form pairs = {
        .pairs = true, .from_column = "from", .to_column = "to", .value_column = "value"};
    try_form(data, size_bytes, &square);
    try_form(data, size_bytes, &pairs);
    return 0;
}
