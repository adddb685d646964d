/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/nearest.h"

#include <string.h>

#define LETTERS_MAX 63

static size_t minimum(size_t left, size_t right) {
    return left < right ? left : right;
}

static char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

size_t ess_name_distance(const char *left, const char *right) {
    size_t rows = strnlen(left, LETTERS_MAX), columns = strnlen(right, LETTERS_MAX);
    size_t table[LETTERS_MAX + 1][LETTERS_MAX + 1];
    for (size_t column = 0; column <= columns; column++)
        table[0][column] = column;
    for (size_t row = 1; row <= rows; row++) {
        table[row][0] = row;
        for (size_t column = 1; column <= columns; column++) {
            char here = lower(left[row - 1]), there = lower(right[column - 1]);
            size_t best = table[row - 1][column - 1] + (here != there);
            best = minimum(best, table[row - 1][column] + 1);
            best = minimum(best, table[row][column - 1] + 1);
            if (row > 1 && column > 1 && here == lower(right[column - 2]) &&
                lower(left[row - 2]) == there)
                best = minimum(best, table[row - 2][column - 2] + 1);
            table[row][column] = best;
        }
    }
    return table[rows][columns];
}

const char *ess_name_nearest(const char *wanted, const char *const *names, size_t count) {
    const char *best_name = NULL;
    size_t best = minimum(2, (strlen(wanted) + 2) / 3) + 1;
    for (size_t i = 0; i < count; i++) {
        if (names[i] == NULL)
            continue;
        size_t distance = ess_name_distance(wanted, names[i]);
        if (distance >= best)
            continue;
        best = distance;
        best_name = names[i];
    }
    return best_name;
}
