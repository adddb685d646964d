/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrices: square and in pairs, quotes and separators, empty cells, errors with their places, real
 * ones. */
#include "ess_test.h"
#include "models/network/matrix_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ess_matrix_form square = {.zero_allowed = true};
static const struct ess_matrix_form pairs = {
    .pairs = true, .from_column = "from", .to_column = "to", .value_column = "value"};

static bool read_text(const char *text, const struct ess_matrix_form *form,
    struct ess_matrix *matrix, struct ess_file_error *error) {
    return ess_matrix_read(text, strlen(text), form, matrix, error);
}

static double at(const struct ess_matrix *matrix, const char *from, const char *to) {
    uint32_t a = ess_matrix_find(matrix, from), b = ess_matrix_find(matrix, to);
    return a == UINT32_MAX || b == UINT32_MAX ? -1 : matrix->values[(size_t)a * matrix->count + b];
}

static void squares(void) {
    struct ess_matrix matrix;
    struct ess_file_error error = {.found = ""};
    CU_ASSERT_FATAL(read_text(
        "\xef\xbb\xbfx, a ,b,c\r\na,99,1,2.5\r\n\r\nc,4,NA,0\r\n", &square, &matrix, &error));
    CU_ASSERT_EQUAL(matrix.count, 3);
    CU_ASSERT(at(&matrix, "a", "b") == 1 && at(&matrix, "a", "c") == 2.5);
    CU_ASSERT(at(&matrix, "c", "a") == 4 && isnan(at(&matrix, "c", "b")));
    CU_ASSERT(isnan(at(&matrix, "b", "a")) && isnan(at(&matrix, "a", "a")));
    CU_ASSERT_EQUAL(matrix.missing, 3);
    ess_matrix_fini(&matrix);
}

static void quotes_and_separators(void) {
    struct ess_matrix matrix;
    struct ess_file_error error = {.found = ""};
    CU_ASSERT_FATAL(read_text("\"\";\"St. John's, \"\"NL\"\"\";b\nb;1,;\n", &square, &matrix,
                        &error) == false); /* a decimal comma is no number */
    CU_ASSERT_STRING_EQUAL(error.place, "2:3");
    CU_ASSERT_FATAL(
        read_text("\"\";\"St. John's, \"\"NL\"\"\";b\nb;1;\n", &square, &matrix, &error));
    CU_ASSERT(at(&matrix, "b", "St. John's, \"NL\"") == 1);
    ess_matrix_fini(&matrix);
    CU_ASSERT_FATAL(read_text("x\ta,b\tc\na,b\t\t3\n", &square, &matrix, &error));
    CU_ASSERT(at(&matrix, "a,b", "c") == 3);
    ess_matrix_fini(&matrix);
}

static void tables_of_pairs(void) {
    struct ess_matrix matrix;
    struct ess_file_error error = {.found = ""};
    CU_ASSERT_FATAL(read_text("note,to,from,value\n1,a,b,3\n2,a,b,5\n3,b,a,-\n4,a,c,7\n5,a,b,10\n",
        &pairs, &matrix, &error));
    CU_ASSERT_EQUAL(matrix.count, 3);
    CU_ASSERT(at(&matrix, "b", "a") == 6 && at(&matrix, "c", "a") == 7);
    CU_ASSERT(isnan(at(&matrix, "a", "b")));
    CU_ASSERT(matrix.repeated == 2 && matrix.missing == 4);
    ess_matrix_fini(&matrix);
}

static void errors_have_places(void) {
    static const struct {
        const char *text;
        const struct ess_matrix_form *form;
        const char *place, *found;
    } cases[] = {
        {"", &square, "", "an empty file"},
        {"\n\r\n", &square, "", "an empty file"},
        {"x\n", &square, "1:1", "one cell"},
        {"x,a\n", &square, "", "fewer than two names"},
        {"x,a,b\na,,-1\n", &square, "2:4", "\"-1\""},
        {"x,a,b\na,,1e999\n", &square, "2:4", "\"1e999\""},
        {"x,a,b\na,,inf\n", &square, "2:4", "\"inf\""},
        {"x,a,b\na,,0x10\n", &square, "2:4", "\"0x10\""},
        {"x,a,b\na,,3 ms\n", &square, "2:4", "\"3 ms\""},
        {"x,a,b\na,1\n", &square, "2:3", "2 cells"},
        {"x,a,b\na,1,2,3\n", &square, "2:7", "4 cells"},
        {"x,a,a\n", &square, "1:5", "\"a\""},
        {"x,a,\n", &square, "1:5", "an empty cell"},
        {"x,a,b\nb,1,\nb,1,\n", &square, "3:1", "\"b\""},
        {"x,\"a", &square, "1:3", "the end of the file"},
        {"from,to,value\na,b,0\n", &pairs, "2:5", "\"0\""},
        {"from,to\na,b\n", &pairs, "1:1", "no column \"value\""},
        {"from,to,value\na,,1\n", &pairs, "2:3", "an empty cell"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ess_matrix matrix;
        struct ess_file_error error = {.found = ""};
        bool ok = read_text(cases[i].text, cases[i].form, &matrix, &error);
        CU_ASSERT_FALSE(ok);
        CU_ASSERT_STRING_EQUAL(error.place, cases[i].place);
        CU_ASSERT_STRING_EQUAL(error.found, cases[i].found);
        CU_ASSERT(error.expected[0] != '\0' && !matrix.names);
        if (ok || strcmp(error.found, cases[i].found) != 0) {
            ess_test_note("case %zu: %s, found %s", i, error.place, error.found);
        }
    }
    ess_test_note("%zu refused with their places", sizeof cases / sizeof *cases);
}

/* More names than are allowed, NUL bytes, long cells, a table of half a million pairs. */
static void huge_files(void) {
    size_t bytes = 8000000, length;
    char *text = malloc(bytes);
    struct ess_matrix matrix;
    struct ess_file_error error = {.found = ""};
    length = (size_t)sprintf(text, "x");
    for (int i = 0; i <= ESS_MATRIX_NAMES_MAX; i++) {
        length += (size_t)sprintf(text + length, ",n%d", i);
    }
    CU_ASSERT_FALSE(ess_matrix_read(text, length, &square, &matrix, &error));
    CU_ASSERT_STRING_EQUAL(error.found, "one more name");
    CU_ASSERT_FALSE(ess_matrix_read("x,a\0,b\n", 7, &square, &matrix, &error));
    CU_ASSERT_STRING_EQUAL(error.found, "a NUL byte");
    memset(text, 'a', 1000);
    CU_ASSERT_FALSE(ess_matrix_read(text, 1000, &square, &matrix, &error));
    CU_ASSERT_STRING_EQUAL(error.found, "a longer one");
    length = (size_t)sprintf(text, "from,to,value\n");
    for (int i = 0; i < 500000; i++) {
        length += (size_t)sprintf(text + length, "%d,%d,%d\n", i % 1000, i % 997, 1 + i % 10);
    }
    CU_ASSERT_FATAL(ess_matrix_read(text, length, &pairs, &matrix, &error));
    CU_ASSERT_EQUAL(matrix.count, 1000);
    ess_matrix_fini(&matrix);
    free(text);
}

static bool read_real(
    const char *name, const struct ess_matrix_form *form, struct ess_matrix *matrix) {
    char path[1024];
    struct ess_file_error error = {.found = ""};
    size_t count;
    char *bytes;
    bool ok;
    if (!ess_test_data()) {
        ess_test_skip("no real data: set ESSAIM_DATA");
        return false;
    }
    snprintf(path, sizeof path, "%s/network/%s", ess_test_data(), name);
    bytes = ess_file_bytes(path, &count, &error);
    if (!bytes) {
        ess_test_skip("no file %s", path);
        return false;
    }
    ok = ess_matrix_read(bytes, count, form, matrix, &error);
    free(bytes);
    if (!ok) {
        ess_test_note("%s:%s: %s, %s", path, error.place, error.found, error.expected);
        CU_FAIL("a real matrix is refused");
    }
    return ok;
}

/* Azure's README counts the pairs that differ by 1 ms or more: 597. */
static void azure(void) {
    struct ess_matrix matrix;
    uint32_t uneven = 0;
    if (!read_real("azure-regions-rtt/latency.csv", &square, &matrix)) {
        return;
    }
    for (uint32_t i = 0; i < matrix.count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            double there = matrix.values[(size_t)i * matrix.count + j];
            double back = matrix.values[(size_t)j * matrix.count + i];
            uneven += fabs(there - back) >= 1;
        }
    }
    ess_test_note("%u regions, %llu cells missing, %u pairs uneven", matrix.count,
        (unsigned long long)matrix.missing, uneven);
    CU_ASSERT_EQUAL(uneven, 597);
    CU_ASSERT(at(&matrix, "Australia Central", "Brazil South") == 302);
    ess_matrix_fini(&matrix);
}

/* A packed table of pairs with quoted names. */
static void wondernetwork(void) {
    struct ess_matrix_form form = {
        .pairs = true, .from_column = "src", .to_column = "dst", .value_column = "rtt_avg_ms"};
    struct ess_matrix matrix;
    if (!read_real("wondernetwork-cities/pings.csv.gz", &form, &matrix)) {
        return;
    }
    ess_test_note(
        "%u places, %llu values averaged", matrix.count, (unsigned long long)matrix.repeated);
    CU_ASSERT(matrix.count > 300);
    ess_matrix_fini(&matrix);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"squares", squares},
        {"quotes and separators", quotes_and_separators},
        {"tables of pairs", tables_of_pairs},
        {"errors have places", errors_have_places},
        {"huge files", huge_files},
        {"Azure's regions", azure},
        {"cities of WonderNetwork", wondernetwork},
        {NULL, NULL},
    };
    return ess_test_main("matrix files", tests);
}
