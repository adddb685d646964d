/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"
#include "ess_test.h"
#include <math.h>
#include <string.h>

struct known_answer {
    uint32_t counter[4];
    uint32_t key[2];
    uint32_t out[4];
};

/* The vectors of the Random123 distribution (kat_vectors, philox4x32 10). */
static const struct known_answer known_answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff},
        {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
        {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void known_answers_hold(void) {
    for (size_t i = 0; i < sizeof known_answers / sizeof *known_answers; i++) {
        uint32_t out[4];
        ess_random_philox(known_answers[i].counter, known_answers[i].key, out);
        CU_ASSERT_EQUAL(memcmp(out, known_answers[i].out, sizeof out), 0);
    }
}

static void names_are_hashed_by_fnv1a(void) {
    CU_ASSERT_EQUAL(ess_random_hash_name(""), 0xcbf29ce484222325U);
    CU_ASSERT_EQUAL(ess_random_hash_name("a"), 0xaf63dc4c8601ec8cU);
    CU_ASSERT_EQUAL(ess_random_hash_name("foobar"), 0x85944171f73967e8U);
}

/* The format of a stream is fixed: results of old seeds must stay what they were. */
static void streams_are_as_defined(void) {
    const uint64_t seed = 0x0123456789abcdefU, entity = 0xfedcba9876543210U;
    uint64_t name = ess_random_hash_name("failures");
    uint32_t seed_key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t key[4] = {(uint32_t)name, (uint32_t)(name >> 32), 0, 0};
    ess_random_philox(key, seed_key, key);
    struct ess_random stream;
    ess_random_init(&stream, seed, entity, "failures");
    for (uint32_t block = 0; block < 100; block++) {
        uint32_t counter[4] = {block, 0, (uint32_t)entity, (uint32_t)(entity >> 32)};
        ess_random_philox(counter, key, counter);
        for (int word = 0; word < 4; word++) {
            CU_ASSERT_EQUAL(ess_random_u32(&stream), counter[word]);
        }
    }
}

static void block_numbers_carry(void) {
    struct ess_random stream;
    ess_random_init(&stream, 1, 2, "carry");
    stream.counter[0] = UINT32_MAX;
    for (int i = 0; i < 4; i++) {
        ess_random_u32(&stream);
    }
    CU_ASSERT_EQUAL(stream.counter[0], 0);
    CU_ASSERT_EQUAL(stream.counter[1], 1);
    CU_ASSERT_EQUAL(stream.counter[2], 2);
}

static void other_names_give_other_draws(void) {
    static const struct {
        uint64_t seed, entity;
        const char *purpose;
    } names[] = {{1, 1, "a"}, {2, 1, "a"}, {1, 2, "a"}, {1, 1, "b"}, {1ULL << 32, 1, "a"},
        {1, 1ULL << 32, "a"}, {1, 1, "ab"}, {1, 1, ""}};
    enum { NAMES = sizeof names / sizeof *names, DRAWS = 1000 };
    static uint64_t draws[NAMES][DRAWS];
    for (size_t i = 0; i < NAMES; i++) {
        struct ess_random stream;
        ess_random_init(&stream, names[i].seed, names[i].entity, names[i].purpose);
        for (size_t k = 0; k < DRAWS; k++) {
            draws[i][k] = ess_random_u64(&stream);
        }
        for (size_t j = 0; j < i; j++) {
            size_t equal = 0;
            for (size_t k = 0; k < DRAWS; k++) {
                equal += draws[i][k] == draws[j][k];
            }
            ESS_CHECK(equal == 0, "streams %zu and %zu share %zu draws", i, j, equal);
        }
    }
}

/* Adding entities, or drawing from them, leaves a stream as it was. */
static void streams_do_not_shift_each_other(void) {
    struct ess_random alone, among[8];
    ess_random_init(&alone, 7, 3, "owner");
    for (uint64_t i = 0; i < 8; i++) {
        ess_random_init(&among[i], 7, i, "owner");
    }
    for (int k = 0; k < 1000; k++) {
        for (int i = 0; i < 8; i++) {
            if (i != 3) {
                ess_random_u32(&among[i]);
            }
        }
        CU_ASSERT_EQUAL(ess_random_u32(&alone), ess_random_u32(&among[3]));
    }
}

static void units_fill_the_half_open_interval(void) {
    struct ess_random stream;
    ess_random_init(&stream, 11, 0, "unit");
    enum { DRAWS = 1000000 };
    double sum = 0, squares = 0;
    for (int i = 0; i < DRAWS; i++) {
        double unit = ess_random_unit(&stream);
        ESS_CHECK(unit >= 0 && unit < 1, "draw %d is %.17g", i, unit);
        ESS_CHECK(floor(unit * 0x1p53) == unit * 0x1p53, "%.17g has more than 53 bits", unit);
        sum += unit;
        squares += unit * unit;
    }
    double mean = sum / DRAWS, variance = squares / DRAWS - mean * mean;
    /* Five standard errors of mean (1 / sqrt(12 n)) and of variance (1 / sqrt(180 n)). */
    CU_ASSERT_DOUBLE_EQUAL(mean, 0.5, 5 * sqrt(1.0 / 12 / DRAWS));
    CU_ASSERT_DOUBLE_EQUAL(variance, 1.0 / 12, 5 * sqrt(1.0 / 180 / DRAWS));
    ess_test_note("1,000,000 draws: mean %.6f, variance %.6f", mean, variance);
}

static void units_reach_their_ends(void) {
    struct ess_random stream = {.used = 0};
    CU_ASSERT_EQUAL(ess_random_unit(&stream), 0.0);
    stream = (struct ess_random){.block = {UINT32_MAX, UINT32_MAX}, .used = 0};
    CU_ASSERT_EQUAL(ess_random_unit(&stream), 1.0 - 0x1p-53);
}

static void below_is_uniform(void) {
    enum { DRAWS = 700000, BINS = 7 };
    struct ess_random stream;
    ess_random_init(&stream, 5, 0, "below");
    int counts[BINS] = {0};
    for (int i = 0; i < DRAWS; i++) {
        counts[ess_random_below(&stream, BINS)]++;
    }
    double chi_square = 0, expected = (double)DRAWS / BINS;
    for (int i = 0; i < BINS; i++) {
        chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    CU_ASSERT(chi_square < 22.46); /* 6 degrees of freedom, p = 0.001 */
    ess_test_note("chi square %.2f with 6 degrees of freedom", chi_square);
}

/* With n = 3 * 2^62, a remainder without rejection would hit the lower third twice as often. */
static void below_is_unbiased_where_bias_would_be_largest(void) {
    enum { DRAWS = 300000 };
    const uint64_t n = 3ULL << 62;
    struct ess_random stream;
    ess_random_init(&stream, 6, 0, "below");
    int lower_third = 0;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t draw = ess_random_below(&stream, n);
        ESS_CHECK(draw < n, "draw beyond its bound");
        lower_third += draw < n / 3;
    }
    CU_ASSERT_DOUBLE_EQUAL((double)lower_third / DRAWS, 1.0 / 3, 5 * sqrt(2.0 / 9 / DRAWS));
}

static void below_rejects_what_must_be(void) {
    /* 2^64 mod 10 = 6: draws 0 to 5 are rejected, 6 is the first one that counts. */
    struct ess_random stream = {.block = {5, 0, 6, 0}, .used = 0};
    CU_ASSERT_EQUAL(ess_random_below(&stream, 10), 6);
    CU_ASSERT_EQUAL(stream.used, 4);
    CU_ASSERT_EQUAL(ess_random_below(&stream, 0), 0);
    CU_ASSERT_EQUAL(ess_random_below(&stream, 1), 0);
    CU_ASSERT_EQUAL(stream.used, 4);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"Random123's known answers hold", known_answers_hold},
        {"names are hashed by FNV-1a", names_are_hashed_by_fnv1a},
        {"streams are as defined", streams_are_as_defined},
        {"block numbers carry", block_numbers_carry},
        {"other names give other draws", other_names_give_other_draws},
        {"streams do not shift each other", streams_do_not_shift_each_other},
        {"units fill the half-open interval", units_fill_the_half_open_interval},
        {"units reach their ends", units_reach_their_ends},
        {"below is uniform", below_is_uniform},
        {"below is unbiased where bias would be largest",
            below_is_unbiased_where_bias_would_be_largest},
        {"below rejects what must be rejected", below_rejects_what_must_be},
        {NULL, NULL},
    };
    return ess_test_main("random", tests);
}
