/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses by chance from outside: `essaim run` makes all replications and prints an interval where
 * packets are lost at random, and one replication without where nothing is drawn. */
#include "tests/sweep/sweep_support.h"

static void put_lossy(void) {
    put_file("lossy.json",
        "{\"name\": \"lossy\", \"duration\": \"1 min\",\n"
        " \"sites\": [{\"name\": \"a\", \"hosts\": [{\"count\": 1, \"up\": \"100 Mbit/s\","
        " \"down\": \"100 Mbit/s\"}]},\n"
        "  {\"name\": \"b\", \"hosts\": [{\"count\": 1, \"up\": \"100 Mbit/s\","
        " \"down\": \"100 Mbit/s\"}]}],\n"
        " \"wan\": {\"links\": [{\"from\": \"a\", \"to\": \"b\", \"rate\": \"50 Mbit/s\","
        " \"delay\": \"10 ms\", \"loss\": 0.01}]},\n"
        " \"network\": {\"model\": \"packet\"},\n"
        " \"services\": [{\"kind\": \"transfers\", \"transfers\": [{\"from\": \"a/0\","
        " \"to\": \"b/0\", \"bytes\": \"1 MB\"}]}],\n"
        " \"measure\": {\"replications\": 4}}\n");
}

static void an_interval(void) {
    put_lossy();
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/lossy.json\" --quiet --out \"$T/lossy\""), 0);
    CU_ASSERT(says("4 replications"));
    CU_ASSERT(strstr(place.said, "no confidence intervals") == NULL);
    CU_ASSERT_EQUAL(sh("grep -A8 '\"transfer_time\"' \"$T/lossy/results.json\""), 0);
    CU_ASSERT(says("\"ci95\""));
}

static void none(void) {
    static const char *const still[] = {"/wan/links/0/loss=0", "/network/model=fluid"};
    put_lossy();
    for (size_t i = 0; i < sizeof still / sizeof *still; i++) {
        CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/lossy.json\" --quiet --set '%s' --out \"$T/still%zu\"",
                            still[i], i),
            0);
        CU_ASSERT(says("one replication: no confidence intervals"));
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"an interval where packets are lost by chance", an_interval},
        {"none where they are not", none},
        {NULL, NULL},
    };
    int status;
    if (!sweep_place_find()) {
        puts("runs with losses: 0 passed, 1 failed, 0 skipped");
        return 1;
    }
    status = ess_test_main("runs with losses", tests);
    sweep_place_leave();
    return status;
}
