/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"
#include "ess_test.h"
#include "peer/due_heap.h"

#include <string.h>

enum { PEERS = 97 };
#define NEVER INT64_MAX

/* The reference: a time for each peer, looked through from the first. */
static uint32_t first_of(const int64_t *times) {
    uint32_t first = 0;
    for (uint32_t peer = 1; peer < PEERS; peer++) {
        first = times[peer] < times[first] ? peer : first;
    }
    return first;
}

static void agrees_with_a_table(void) {
    struct ess_due items[PEERS];
    struct ess_due_heap heap;
    struct ess_random random;
    int64_t times[PEERS];
    uint32_t count = 0, most = 0;
    memset(items, 0, sizeof items);
    ess_due_heap_init(&heap, items);
    ess_random_init(&random, 1, 0, "due heap");
    for (uint32_t peer = 0; peer < PEERS; peer++) {
        times[peer] = NEVER;
    }
    for (int i = 0; i < 200000; i++) {
        uint32_t first = first_of(times);
        uint64_t dice = ess_random_below(&random, 1000);
        int64_t at_ns = (int64_t)ess_random_below(&random, 300);
        const struct ess_due *due = ess_due_heap_first(&heap);
        ESS_CHECK((due == NULL) == (times[first] == NEVER), "empty or not, after %d", i);
        if (due) {
            CU_ASSERT_EQUAL_FATAL(due->peer, first);
            CU_ASSERT_EQUAL_FATAL(due->at_ns, times[first]);
        }
        if (dice < 500) {
            uint32_t peer = (uint32_t)ess_random_below(&random, PEERS);
            ess_due_heap_bring_forward(&heap, peer, at_ns);
            times[peer] = at_ns < times[peer] ? at_ns : times[peer];
        } else if (due && dice < 700) {
            times[first] += at_ns;
            ess_due_heap_put_off_first(&heap, times[first]);
        } else if (due && dice < 999) {
            ess_due_heap_drop_first(&heap);
            times[first] = NEVER;
        } else if (dice == 999) {
            ess_due_heap_clear(&heap);
            for (uint32_t peer = 0; peer < PEERS; peer++) {
                times[peer] = NEVER;
            }
        }
        count = 0;
        for (uint32_t peer = 0; peer < PEERS; peer++) {
            count += times[peer] != NEVER;
        }
        CU_ASSERT_EQUAL_FATAL(heap.count, count);
        most = count > most ? count : most;
    }
    ess_test_note("200,000 operations, %u of %d peers at most", most, PEERS);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"agrees with a table", agrees_with_a_table},
        {NULL, NULL},
    };
    return ess_test_main("due heap", tests);
}
