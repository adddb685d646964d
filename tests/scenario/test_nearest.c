/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/nearest.h"

#include <string.h>

#include "ess_test.h"

static void distances(void) {
    CU_ASSERT_EQUAL(ess_name_distance("", ""), 0);
    CU_ASSERT_EQUAL(ess_name_distance("hosts", "hosts"), 0);
    CU_ASSERT_EQUAL(ess_name_distance("hosts", ""), 5);
    CU_ASSERT_EQUAL(ess_name_distance("hots", "hosts"), 1);  /* an insertion */
    CU_ASSERT_EQUAL(ess_name_distance("hsots", "hosts"), 1); /* a swap */
    CU_ASSERT_EQUAL(ess_name_distance("kitten", "sitting"), 3);
    CU_ASSERT_EQUAL(ess_name_distance("Hosts", "hosts"), 0); /* case counts nothing */
    /* Optimal string alignment: no substring is edited twice, so this is 3, not 2. */
    CU_ASSERT_EQUAL(ess_name_distance("ca", "abc"), 3);
}

static void symmetric(void) {
    static const char *const names[] = {
        "ring", "hierarchical", "retry", "continue", "r", "", "gnir"};
    size_t count = sizeof names / sizeof names[0];
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++)
            CU_ASSERT_EQUAL(
                ess_name_distance(names[i], names[k]), ess_name_distance(names[k], names[i]));
}

static const char *nearest(const char *wanted) {
    static const char *const names[] = {"duration", NULL, "sites", "seed", "wan", "up"};
    const char *name = ess_name_nearest(wanted, names, 6);
    return name == NULL ? "" : name;
}

static void suggestions(void) {
    CU_ASSERT_STRING_EQUAL(nearest("durration"), "duration");
    CU_ASSERT_STRING_EQUAL(nearest("site"), "sites");
    CU_ASSERT_STRING_EQUAL(nearest("seeed"), "seed");
    CU_ASSERT_STRING_EQUAL(nearest("Duration"), "duration");
    CU_ASSERT_STRING_EQUAL(nearest("wna"), "wan");
    CU_ASSERT_STRING_EQUAL(nearest("colour"), ""); /* nothing is near */
    CU_ASSERT_STRING_EQUAL(nearest("down"), "");
    CU_ASSERT_STRING_EQUAL(nearest(""), "");
}

static void long_names(void) {
    char name[300];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const char *const names[] = {name};
    CU_ASSERT_PTR_EQUAL(ess_name_nearest(name, names, 1), name);
    CU_ASSERT_PTR_NULL(ess_name_nearest("b", names, 1));
}

int main(void) {
    static const struct ess_test tests[] = {
        {"distances are the known ones", distances},
        {"distance is symmetric", symmetric},
        {"the likely name is suggested, an unlikely one is not", suggestions},
        {"names longer than the table are compared by their front", long_names},
        {NULL, NULL},
    };
    return ess_test_main("scenario nearest names", tests);
}
