/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The sharing solver on networks small enough for pencil and paper, and its rules of time, identity
 * and memory. */

#include <malloc.h>
#include <math.h>
#include <stdlib.h>

#include "ess_test.h"
#include "models/network/sharing.h"
#include "sharing_reference.h"

#define MB 1e6
#define SECOND_NS INT64_C(1000000000)

static uint32_t class_over(
    struct ess_sharing *s, uint32_t first, uint32_t count, double weight, double cap_bytes_per_s) {
    uint32_t links[8];
    for (uint32_t i = 0; i < count; i++)
        links[i] = first + i;
    return ess_sharing_class(s, links, count, weight, cap_bytes_per_s);
}

/* A flow over `count` neighbouring links in a class of its own making. */
static ess_sharing_flow_id start_over(struct ess_sharing *s, uint32_t first, uint32_t count,
    double weight, double cap_bytes_per_s, double size_bytes, uint64_t user) {
    uint32_t class = class_over(s, first, count, weight, cap_bytes_per_s);
    ess_sharing_flow_id flow = ess_sharing_start(s, class, size_bytes, user);
    ess_sharing_class_release(s, class);
    return flow;
}

static bool near(double value, double expected) {
    return fabs(value - expected) <= 1e-12 * fabs(expected);
}

/* Go to the next completion, whose batch must be the users in `digits`, in this order. */
static bool completes(struct ess_sharing *s, int64_t at_ns, const char *digits) {
    struct ess_sharing_finished finished;
    bool right = ess_sharing_next(s) == at_ns;
    ess_sharing_advance(s, ess_sharing_next(s));
    for (; *digits != '\0'; digits++)
        right = ess_sharing_pop_finished(s, &finished) && (int)finished.user == *digits - '0' &&
                !ess_sharing_alive(s, finished.flow) && right;
    right = !ess_sharing_pop_finished(s, &finished) && right;
    ess_sharing_resolve(s);
    return right;
}

/* Links of 1, 1 and 4 MB/s; flow 0 over all three, flows 1, 2, 3 over one each; 1 MB each.
 * Links 1 and 2 are full first, at 1/2: flows 0, 1, 2 get 0.5 MB/s, flow 3 what is left of 4: 3.5.
 * Flow 3 is done after 1/3.5 s = 285,714,285.7.. ns. Nothing changes for the others: 2 s. */
static void parking_lot(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, 1 * MB);
    ess_sharing_add_link(s, 1 * MB);
    ess_sharing_add_link(s, 4 * MB);
    ess_sharing_flow_id flows[4] = {start_over(s, 0, 3, 1, INFINITY, MB, 0)};
    for (uint32_t i = 0; i < 3; i++)
        flows[i + 1] = start_over(s, i, 1, 1, INFINITY, MB, i + 1);
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, flows[0]), 0.5 * MB));
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, flows[1]), 0.5 * MB));
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, flows[2]), 0.5 * MB));
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, flows[3]), 3.5 * MB));
    CU_ASSERT_TRUE(near(ess_sharing_link_rate(s, 2), 4 * MB));
    CU_ASSERT_TRUE(completes(s, 285714286, "3"));
    CU_ASSERT_TRUE(near(ess_sharing_link_rate(s, 2), 0.5 * MB));
    CU_ASSERT_TRUE(completes(s, 2 * SECOND_NS, "012"));
    CU_ASSERT_EQUAL(ess_sharing_next(s), ESS_SHARING_NEVER);
    CU_ASSERT_EQUAL(ess_sharing_link_bytes(s, 0), 2 * MB);
    CU_ASSERT_EQUAL(ess_sharing_link_bytes(s, 2), 2 * MB);
    ess_sharing_free(s);
}

/* The reference must itself be right: the same parking lot. */
static void reference_parking_lot(void) {
    static const double capacities[3] = {1 * MB, 1 * MB, 4 * MB};
    struct reference_flow flows[4] = {{.path = {{0, 1, 2}, 3, 1, INFINITY}},
        {.path = {{0}, 1, 1, INFINITY}}, {.path = {{1}, 1, 1, INFINITY}},
        {.path = {{2}, 1, 1, INFINITY}}};
    struct reference r = {
        .capacity_bytes_per_s = capacities, .link_count = 3, .flow_count = 4, .flows = flows};
    for (int i = 0; i < 4; i++) {
        flows[i].active = true;
        flows[i].size_bytes = flows[i].remaining_bytes = 1 * MB;
    }
    reference_fill(&r);
    CU_ASSERT_TRUE(near((double)flows[0].rate_bytes_per_s, 0.5 * MB));
    CU_ASSERT_TRUE(near((double)flows[3].rate_bytes_per_s, 3.5 * MB));
    CU_ASSERT_EQUAL(reference_next(&r), 285714286);
    reference_advance(&r, 285714286);
    CU_ASSERT_TRUE(flows[3].done);
    reference_fill(&r);
    CU_ASSERT_EQUAL(reference_next(&r), 2 * SECOND_NS);
}

/* One link of 6 MB/s, weights 1, 2, 3: rates 1, 2, 3 MB/s. Sizes 1, 4, 9 MB. At 1 s flow 0 is done,
 * with 2 and 6 MB left; then 6 x 2/5 = 2.4 and 6 x 3/5 = 3.6: flow 1 is done after 2/2.4 s more, at
 * 1.8333.. s; flow 2 has 6 - 3.6 x 0.8333.. = 3 MB left, alone at 6 MB/s: 2.3333.. s (one ns is
 * lost to the rounding up of flow 1's end, less than one to its own). */
static void weighted(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, 6 * MB);
    ess_sharing_flow_id one = start_over(s, 0, 1, 1, INFINITY, 1 * MB, 0);
    ess_sharing_flow_id two = start_over(s, 0, 1, 2, INFINITY, 4 * MB, 1);
    ess_sharing_flow_id three = start_over(s, 0, 1, 3, INFINITY, 9 * MB, 2);
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, one), 1 * MB));
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, two), 2 * MB));
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, three), 3 * MB));
    CU_ASSERT_TRUE(completes(s, SECOND_NS, "0"));
    CU_ASSERT_TRUE(near(ess_sharing_remaining(s, two), 2 * MB));
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, three), 3.6 * MB));
    CU_ASSERT_TRUE(completes(s, 1833333334, "1"));
    CU_ASSERT_TRUE(completes(s, 2333333334, "2"));
    ess_sharing_free(s);
}

/* One link of 10 MB/s and caps 2, 3 and none: 2, 3, 5 MB/s. With 12 more uncapped flows the fair
 * share is 10/15 < 2: all get 0.6667. Without them, the cap of 3 lifted: 2, 4, 4; lowered to 1: 2,
 * 1, 7. What is left of a flow does not change with its cap. */
static void capped(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, 10 * MB);
    ess_sharing_flow_id slow = start_over(s, 0, 1, 1, 2 * MB, 100 * MB, 0);
    ess_sharing_flow_id changing = start_over(s, 0, 1, 1, 3 * MB, 100 * MB, 1);
    ess_sharing_flow_id free_flow = start_over(s, 0, 1, 1, INFINITY, 100 * MB, 2);
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, slow), 2 * MB));
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, changing), 3 * MB));
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, free_flow), 5 * MB));
    ess_sharing_flow_id more[12];
    for (int i = 0; i < 12; i++)
        more[i] = start_over(s, 0, 1, 1, INFINITY, 100 * MB, 3);
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, slow), 10 * MB / 15));
    CU_ASSERT_TRUE(near(ess_sharing_rate(s, changing), 10 * MB / 15));
    ess_sharing_advance(s, 3 * SECOND_NS);
    for (int i = 0; i < 12; i++)
        CU_ASSERT_TRUE(near(ess_sharing_cancel(s, more[i]), 2 * MB));
    static const double caps[2] = {INFINITY, 1 * MB}, rates[2] = {4 * MB, 1 * MB};
    for (int i = 0; i < 2; i++) {
        uint32_t class = class_over(s, 0, 1, 1, caps[i]);
        ess_sharing_set_class(s, changing, class);
        ess_sharing_class_release(s, class);
        ess_sharing_resolve(s);
        CU_ASSERT_TRUE(near(ess_sharing_remaining(s, changing), (98 - 4 * i) * MB));
        CU_ASSERT_TRUE(near(ess_sharing_rate(s, changing), rates[i]));
        CU_ASSERT_TRUE(near(ess_sharing_rate(s, free_flow), 8 * MB - rates[i]));
        ess_sharing_advance(s, (4 + i) * SECOND_NS);
    }
    /* over its three classes: 2 + 4 + 1; on the link: 12 x 2 of the cancelled ones, too */
    CU_ASSERT_TRUE(near(ess_sharing_cancel(s, changing), 7 * MB));
    CU_ASSERT_TRUE(near(ess_sharing_link_bytes(s, 0), 31 * MB));
    ess_sharing_free(s);
}

/* Of two flows in one class of 1 MB/s one is done at 1 s, the instant the link dies: done it is.
 * The other has 0.5 MB left at 3 s, when the link comes back with 0.25 MB/s: 5 s. */
static void capacity_to_0_and_back(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, 2 * MB);
    start_over(s, 0, 1, 1, INFINITY, 1 * MB, 0);
    ess_sharing_flow_id flow = start_over(s, 0, 1, 1, INFINITY, 1.5 * MB, 1);
    ess_sharing_resolve(s);
    struct ess_sharing_finished finished;
    ess_sharing_advance(s, SECOND_NS);
    CU_ASSERT_TRUE(ess_sharing_pop_finished(s, &finished));
    ess_sharing_set_capacity(s, 0, 0);
    ess_sharing_resolve(s);
    CU_ASSERT_EQUAL(ess_sharing_rate(s, flow), 0);
    CU_ASSERT_EQUAL(ess_sharing_next(s), ESS_SHARING_NEVER);
    ess_sharing_advance(s, 3 * SECOND_NS);
    CU_ASSERT_TRUE(near(ess_sharing_remaining(s, flow), 0.5 * MB));
    ess_sharing_set_capacity(s, 0, 0.25 * MB);
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(completes(s, 5 * SECOND_NS, "1"));
    ess_sharing_free(s);
}

/* Links of 10^6 bytes/s. At 10^4 s, 10^10 bytes, less than 10^-4 bytes cannot be told from nothing:
 * a flow whose link dies with so little to go must not hang with it. Nor may the one that has a
 * byte left be called done. */
static void nothing_left_on_a_dead_link(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, 1e6);
    ess_sharing_add_link(s, 1e6);
    start_over(s, 0, 1, 1, INFINITY, 1e10 + 0x1p-14, 1);
    ess_sharing_flow_id flow = start_over(s, 1, 1, 1, INFINITY, 1e10 + 1, 2);
    ess_sharing_resolve(s);
    ess_sharing_advance(s, 10000 * SECOND_NS);
    ess_sharing_set_capacity(s, 0, 0);
    ess_sharing_set_capacity(s, 1, 0);
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(completes(s, 10000 * SECOND_NS, "1"));
    CU_ASSERT_EQUAL(ess_sharing_next(s), ESS_SHARING_NEVER);
    CU_ASSERT_TRUE(fabs(ess_sharing_remaining(s, flow) - 1) < 1e-4);
    ess_sharing_free(s);
}

/* 10 bytes at 3 bytes/s end at 3,333,333,333.33 ns: one later. 5 and 5 + 2^-33 bytes end in the
 * same nanosecond (2^-33 bytes take 0.12 ns of a byte a second) though not at the same time: one
 * batch, in the order of their starts. A hundred bytes at 10^18 bytes/s take no time, but one
 * nanosecond. */
static void completions_round_up(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, 3);
    ess_sharing_add_link(s, 1);
    ess_sharing_add_link(s, 1);
    ess_sharing_add_link(s, 1e18);
    start_over(s, 0, 1, 1, INFINITY, 10, 1);
    start_over(s, 1, 1, 1, INFINITY, 5 + 0x1p-33, 2);
    start_over(s, 2, 1, 1, INFINITY, 5 + 0x1p-32, 3);
    start_over(s, 3, 1, 1, INFINITY, 100, 4);
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(completes(s, 1, "4"));
    CU_ASSERT_TRUE(completes(s, 3333333334, "1"));
    CU_ASSERT_TRUE(completes(s, 5000000001, "23"));
    ess_sharing_free(s);
}

/* After 2^53 ns the dates of completions are even, never early. */
static void late_clock(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, 1000);
    int64_t start_ns = (INT64_C(1) << 53) + 1;
    ess_sharing_advance(s, start_ns);
    start_over(s, 0, 1, 1, INFINITY, 1000, 7);
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(completes(s, start_ns + SECOND_NS + 1, "7"));
    ess_sharing_set_capacity(s, 0, 1e-6); /* past the end of the clock: never */
    start_over(s, 0, 1, 1, INFINITY, 0x1p52, 8);
    ess_sharing_resolve(s);
    CU_ASSERT_EQUAL(ess_sharing_next(s), ESS_SHARING_NEVER);
    ess_sharing_free(s);
}

/* Links of 10^12 bytes/s that are never idle: virtual time starts anew every 2^34 bytes. Short
 * flows of 10^12 bytes pass beside a long one of 8 x 10^15, each in 2 s; every 10th time the second
 * link drops to a fifth for 2 s and is the bottleneck: 0.1 x 10^12 bytes/s for each of the two.
 * Then the short one has 0.8 x 10^12 left: 1.6 s more. */
static void long_busy_links(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, 1e12);
    ess_sharing_add_link(s, 1e13);
    ess_sharing_flow_id flow = start_over(s, 0, 2, 1, INFINITY, 8e15, 1);
    double expected = 8e15;
    int64_t now_ns = 0;
    bool right = true;
    for (int round = 0; round < 400; round++) {
        start_over(s, 0, 2, 1, INFINITY, 1e12, 2);
        if (round % 10 == 9) {
            ess_sharing_set_capacity(s, 1, 0.2e12);
            ess_sharing_resolve(s);
            now_ns += 2 * SECOND_NS;
            ess_sharing_advance(s, now_ns);
            ess_sharing_set_capacity(s, 1, 1e13);
            ess_sharing_resolve(s);
            now_ns += SECOND_NS / 10 * 16;
        } else {
            ess_sharing_resolve(s);
            now_ns += 2 * SECOND_NS;
        }
        expected -= 1e12;
        right =
            completes(s, now_ns, "2") && near(ess_sharing_remaining(s, flow), expected) && right;
    }
    CU_ASSERT_TRUE(right);
    CU_ASSERT_TRUE(ess_sharing_statistics(s).class_moves >= 80);
    ess_sharing_free(s);
}

/* A flow of 8 x 10^15 bytes runs alone for 4 x 10^15 ns at 10^9 bytes/s. Then one of 1000.2 bytes
 * beside it takes 2000.4 ns, in spite of virtual time. Then the second link drops to half, becomes
 * the bottleneck, and another one of 1000.2 bytes takes 4000.8 ns. */
static void short_flow_on_a_long_busy_link(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, 1e9);
    ess_sharing_add_link(s, 1e10);
    start_over(s, 0, 2, 1, INFINITY, 8e15, 1);
    ess_sharing_resolve(s);
    int64_t now_ns = 4000000000000000;
    ess_sharing_advance(s, now_ns);
    start_over(s, 0, 2, 1, INFINITY, 1000.2, 2);
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(completes(s, now_ns += 2001, "2"));
    ess_sharing_advance(s, now_ns += 1000000000000000);
    ess_sharing_set_capacity(s, 1, 0.5e9);
    ess_sharing_resolve(s);
    start_over(s, 0, 2, 1, INFINITY, 1000.2, 3);
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(completes(s, now_ns += 4001, "3"));
    ess_sharing_free(s);
}

static void ids_are_of_one_life(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, MB);
    CU_ASSERT_FALSE(ess_sharing_alive(s, 0));
    ess_sharing_flow_id first = start_over(s, 0, 1, 1, INFINITY, MB, 1);
    CU_ASSERT_TRUE(ess_sharing_alive(s, first));
    ess_sharing_resolve(s);
    CU_ASSERT_TRUE(completes(s, SECOND_NS, "1"));
    CU_ASSERT_FALSE(ess_sharing_alive(s, first));
    ess_sharing_flow_id second = start_over(s, 0, 1, 1, INFINITY, MB, 2);
    CU_ASSERT_EQUAL((uint32_t)second, (uint32_t)first); /* the slot is used again */
    CU_ASSERT_NOT_EQUAL(second, first);
    CU_ASSERT_FALSE(ess_sharing_alive(s, first));
    CU_ASSERT_EQUAL(ess_sharing_cancel(s, second), 0);
    CU_ASSERT_FALSE(ess_sharing_alive(s, second));
    CU_ASSERT_FALSE(ess_sharing_alive(s, second + 5));
    ess_sharing_resolve(s);
    CU_ASSERT_EQUAL(ess_sharing_next(s), ESS_SHARING_NEVER);
    ess_sharing_free(s);
}

static void classes_and_caps_are_counted(void) {
    struct ess_sharing *s = ess_sharing_new();
    ess_sharing_add_link(s, MB);
    ess_sharing_add_link(s, MB);
    uint32_t class = class_over(s, 0, 2, 1, 1000);
    CU_ASSERT_EQUAL(class_over(s, 0, 2, 1 + 0x1p-23, 1000 * (1 + 0x1p-23)),
        class_over(s, 0, 2, 1, 1000 * (1 + 0x1p-23))); /* weights are rounded to 2^-20 */
    CU_ASSERT_EQUAL(class_over(s, 0, 2, 1, 1000), class);
    CU_ASSERT_NOT_EQUAL(class_over(s, 0, 1, 1, 1000), class);
    CU_ASSERT_NOT_EQUAL(class_over(s, 0, 2, 2, 2000), class);
    CU_ASSERT_NOT_EQUAL(class_over(s, 0, 2, 1, INFINITY), class);
    CU_ASSERT_EQUAL(ess_sharing_class_count(s), 5);
    CU_ASSERT_EQUAL(ess_sharing_cap_count(s), 2); /* 1000 and a little more, per unit of weight */
    ess_sharing_class_retain(s, class);
    for (int i = 0; i < 3; i++)
        ess_sharing_class_release(s, class);
    CU_ASSERT_EQUAL(ess_sharing_class_count(s), 4);
    ess_sharing_free(s);

    /* A new cap for every flow, as round-trip times would make: none stays, slots are used again.
     */
    s = ess_sharing_new();
    ess_sharing_add_link(s, MB);
    for (int i = 0; i < 10000; i++) {
        start_over(s, 0, 1, 1, 1000 + i, 500, (uint64_t)i);
        start_over(s, 0, 0, 1, 2000 + i, 500, (uint64_t)i); /* a path of a cap alone */
        ess_sharing_resolve(s);
        for (int k = 0; k < 2; k++) {
            ess_sharing_advance(s, ess_sharing_next(s));
            struct ess_sharing_finished finished;
            CU_ASSERT_TRUE(ess_sharing_pop_finished(s, &finished));
            ess_sharing_resolve(s);
        }
    }
    CU_ASSERT_EQUAL(ess_sharing_cap_count(s), 0);
    CU_ASSERT_EQUAL(ess_sharing_class_count(s), 0);
    CU_ASSERT_TRUE(ess_sharing_add_link(s, MB) < 4);
    ess_sharing_free(s);
}

/* A ring of machines, each with a link up and one down; every rank sends a chunk to the next when
 * it has sent and received the one before. All are equal: each step ends in one batch. With `steps`
 * of 125,000 bytes at 125 MB/s: 1 ms each. */
static void synchronous_ring(struct ess_sharing *s, uint32_t ranks, const uint32_t *classes,
    uint32_t steps, int64_t *now_ns, bool *right) {
    for (uint32_t step = 0; step < steps; step++) {
        for (uint32_t rank = 0; rank < ranks; rank++)
            ess_sharing_start(s, classes[rank], 125000, rank);
        ess_sharing_resolve(s);
        *now_ns += 1000000;
        *right = *right && ess_sharing_next(s) == *now_ns;
        ess_sharing_advance(s, ess_sharing_next(s));
        struct ess_sharing_finished finished;
        for (uint32_t rank = 0; rank < ranks; rank++)
            *right = ess_sharing_pop_finished(s, &finished) && finished.user == rank && *right;
        *right = !ess_sharing_pop_finished(s, &finished) && *right;
    }
    ess_sharing_resolve(s);
}

static void large_ring_of_ties(void) {
    enum { RANKS = 4096 };
    struct ess_sharing *s = ess_sharing_new();
    static uint32_t classes[RANKS];
    for (uint32_t i = 0; i < 2 * RANKS; i++)
        ess_sharing_add_link(s, 125e6);
    for (uint32_t rank = 0; rank < RANKS; rank++) {
        uint32_t links[2] = {rank, RANKS + (rank + 1) % RANKS};
        classes[rank] = ess_sharing_class(s, links, 2, 1, INFINITY);
    }
    int64_t now_ns = 0;
    bool right = true;
    synchronous_ring(s, RANKS, classes, 3, &now_ns, &right);
    size_t before = mallinfo2().uordblks; /* stays 0 under a sanitizer, which then proves nothing */
    synchronous_ring(s, RANKS, classes, 100, &now_ns, &right);
    CU_ASSERT_EQUAL(mallinfo2().uordblks, before);
    CU_ASSERT_TRUE(right);
    struct ess_sharing_statistics statistics = ess_sharing_statistics(s);
    ess_test_note("%llu messages, %llu resolutions, %.2f links processed a message, %zu heap bytes",
        (unsigned long long)statistics.ends, (unsigned long long)statistics.resolutions,
        (double)statistics.links_processed / (double)statistics.ends, before);
    CU_ASSERT_EQUAL(statistics.resolutions, 103 + 2); /* one a step, one after each run */
    CU_ASSERT_EQUAL(statistics.class_moves, 0);
    CU_ASSERT_TRUE(statistics.links_processed <= 2 * statistics.ends + 2 * RANKS);
    CU_ASSERT_EQUAL(ess_sharing_link_bytes(s, 0), 103 * 125000.0);
    ess_sharing_free(s);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"parking lot", parking_lot},
        {"parking lot on the reference", reference_parking_lot},
        {"weights", weighted},
        {"caps, and caps that change", capped},
        {"a capacity goes to 0 and comes back", capacity_to_0_and_back},
        {"a flow with nothing left on a dead link", nothing_left_on_a_dead_link},
        {"completions are rounded up and batched", completions_round_up},
        {"the clock past 2^53 ns", late_clock},
        {"links that are busy for ever", long_busy_links},
        {"a short flow on a long busy link", short_flow_on_a_long_busy_link},
        {"a flow's id is of one life", ids_are_of_one_life},
        {"classes and caps are shared, counted and freed", classes_and_caps_are_counted},
        {"a large ring of ties allocates nothing", large_ring_of_ties},
        {NULL, NULL},
    };
    return ess_test_main("sharing", tests);
}
