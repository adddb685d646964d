/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ess_test.h"

#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool skipped;
static unsigned passed_count, failed_count, skipped_count;

void ess_test_skip(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    skipped = true;
    printf("      skipped: ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

void ess_test_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("      ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

const char *ess_test_data(void) {
    struct stat info;
    const char *path = getenv("ESSAIM_DATA");
    if (!path) {
        path = "../shared/data";
    }
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? path : NULL;
}

static void print_failures(CU_pFailureRecord failure) {
    for (; failure; failure = failure->pNext) {
        printf("      %s:%u: %s\n", failure->strFileName, failure->uiLineNumber,
            failure->strCondition);
    }
}

static void test_started(const CU_pTest test, const CU_pSuite suite) {
    (void)suite;
    skipped = false;
    printf("  %s\n", test->pName);
    fflush(stdout);
}

static void test_ended(const CU_pTest test, const CU_pSuite suite, CU_pFailureRecord failure) {
    (void)suite;
    if (failure) {
        failed_count++;
        printf("  FAILED %s\n", test->pName);
        print_failures(failure);
        return;
    }
    if (skipped) {
        skipped_count++;
        return;
    }
    passed_count++;
}

int ess_test_main(const char *suite_name, const struct ess_test *tests) {
    CU_pSuite suite;
    if (CU_initialize_registry() != CUE_SUCCESS) {
        return 1;
    }
    suite = CU_add_suite(suite_name, NULL, NULL);
    for (const struct ess_test *test = tests; test->name; test++) {
        if (!CU_add_test(suite, test->name, test->run)) {
            fprintf(stderr, "cannot add test '%s' (is its name unique?)\n", test->name);
            return 1;
        }
    }
    CU_set_test_start_handler(test_started);
    CU_set_test_complete_handler(test_ended);
    printf("%s\n", suite_name);
    CU_run_all_tests();
    CU_cleanup_registry();
    printf("%s: %u passed, %u failed, %u skipped\n", suite_name, passed_count, failed_count,
        skipped_count);
    return failed_count > 0;
}
