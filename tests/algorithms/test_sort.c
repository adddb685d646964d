/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/sort.h"
#include "ess_test.h"

#define COUNT_MAX 5000

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sort a copy with the C library and compare; the keys around the array must stay as they were. */
static bool sorts(const uint64_t *keys, uint32_t count) {
    static uint64_t ours[COUNT_MAX + 2], theirs[COUNT_MAX];
    const uint64_t guard = UINT64_C(0xfeedfacecafebeef);
    ours[0] = guard;
    memcpy(ours + 1, keys, count * sizeof *keys);
    ours[count + 1] = guard;
    memcpy(theirs, keys, count * sizeof *keys);
    ess_sort_u64(ours + 1, count);
    qsort(theirs, count, sizeof *theirs, compare);
    return ours[0] == guard && ours[count + 1] == guard &&
           memcmp(ours + 1, theirs, count * sizeof *theirs) == 0;
}

static void nothing_to_do(void) {
    uint64_t one = 7;
    ess_sort_u64(&one, 0);
    ess_sort_u64(&one, 1);
    CU_ASSERT_EQUAL(one, 7);
    ess_sort_u64(NULL, 0);
}

/* All arrays of up to 6 keys out of 6 values: every permutation and every pattern of ties. */
static void every_small_array(void) {
    uint32_t tried = 0;
    for (uint32_t count = 0; count <= 6; count++) {
        uint32_t arrays = 1;
        for (uint32_t i = 0; i < count; i++) {
            arrays *= 6;
        }
        for (uint32_t array = 0; array < arrays; array++, tried++) {
            uint64_t keys[6] = {0};
            uint32_t rest = array;
            for (uint32_t i = 0; i < count; i++, rest /= 6) {
                keys[i] = rest % 6;
            }
            ESS_CHECK(sorts(keys, count), "%u keys, array %u", count, array);
        }
    }
    ess_test_note("%u arrays", tried);
}

/* 2 to 8 distinct keys in every order: each way down the heap is taken. */
static void every_permutation(void) {
    uint32_t tried = 0;
    for (uint32_t count = 2; count <= 8; count++) {
        uint32_t orders = 1;
        for (uint32_t i = 2; i <= count; i++) {
            orders *= i;
        }
        for (uint32_t order = 0; order < orders; order++, tried++) {
            uint64_t keys[8] = {0};
            uint32_t rest = order;
            for (uint32_t i = 0; i < count; i++) {
                uint32_t place = rest % (i + 1);
                rest /= i + 1;
                keys[i] = keys[place];
                keys[place] = i;
            }
            ESS_CHECK(sorts(keys, count), "%u keys, order %u", count, order);
        }
    }
    ess_test_note("%u permutations", tried);
}

static uint64_t draw_key(uint32_t shape, uint32_t i, uint32_t count, struct ess_random *random) {
    switch (shape) {
    case 0:
        return ess_random_u64(random);
    case 1:
        return ess_random_below(random, 4); /* mostly ties */
    case 2:
        return i; /* sorted already */
    case 3:
        return count - i; /* the wrong way round */
    case 4:
        return UINT64_MAX - (i % 3); /* the top of the range, where signs go wrong */
    case 5:
        return i < count / 2 ? i : count - i;
    default:
        return (uint64_t)i << 63 | i;
    }
}

static void random_arrays(void) {
    static uint64_t keys[COUNT_MAX];
    struct ess_random random;
    uint32_t tried = 0;
    ess_random_init(&random, 1, 0, "sort");
    for (uint32_t shape = 0; shape < 7; shape++) {
        for (uint32_t trial = 0; trial < 60; trial++, tried++) {
            uint32_t count =
                trial < 40 ? trial : (uint32_t)ess_random_below(&random, COUNT_MAX + 1);
            for (uint32_t i = 0; i < count; i++) {
                keys[i] = draw_key(shape, i, count, &random);
            }
            ESS_CHECK(sorts(keys, count), "shape %u, %u keys", shape, count);
        }
    }
    ess_test_note("%u arrays of up to %d keys", tried, COUNT_MAX);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"none and one key", nothing_to_do},
        {"every array of up to 6 keys out of 6 values", every_small_array},
        {"every permutation of up to 8 keys", every_permutation},
        {"random, tied, sorted, reversed and extreme keys", random_arrays},
        {NULL, NULL},
    };
    return ess_test_main("sort", tests);
}
