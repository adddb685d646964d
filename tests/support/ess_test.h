/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_H
#define ESS_TEST_H

/* A thin layer over CUnit: one program per tests/<folder>/test_<name>.c, one suite per program.
 *
 *     static void adds(void) { CU_ASSERT_EQUAL(1 + 1, 2); }
 *     int main(void) {
 *         static const struct ess_test tests[] = {{"adds two numbers", adds}, {NULL, NULL}};
 *         return ess_test_main("arithmetic", tests);
 *     }
 *
 * Prints a line per test and closes with `N passed, N failed, N skipped`, which `make test` sums.
 * Exit status 0 when nothing failed. */

#include <CUnit/CUnit.h>

struct ess_test {
    const char *name;
    void (*run)(void);
};

int ess_test_main(const char *suite, const struct ess_test *tests);

/* Mark the running test as skipped, with a reason; the test must then return. */
void ess_test_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Print a line of findings under the running test (counts of a proof, worst errors). */
void ess_test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The folder of real data (ESSAIM_DATA, default ../shared/data), or NULL where it is missing. */
const char *ess_test_data(void);

/* Assert with a message that is printed on failure. */
#define ESS_CHECK(condition, ...)                                                                  \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            ess_test_note("%s:%d: %s", __FILE__, __LINE__, #condition);                            \
            ess_test_note(__VA_ARGS__);                                                            \
            CU_FAIL(#condition);                                                                   \
            return;                                                                                \
        }                                                                                          \
    } while (0)

#endif
