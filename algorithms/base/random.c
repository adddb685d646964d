/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

enum { ROUNDS = 10, WORDS = 4 };

/* The constants of Philox: two multipliers, and the golden ratio and sqrt(3) - 1 that step the key.
 */
static const uint32_t multiplier_0 = 0xD2511F53U;
static const uint32_t multiplier_1 = 0xCD9E8D57U;
static const uint32_t weyl_0 = 0x9E3779B9U;
static const uint32_t weyl_1 = 0xBB67AE85U;

static uint32_t low_half(uint64_t value) {
    return (uint32_t)(value & 0xFFFFFFFFU);
}

static uint32_t high_half(uint64_t value) {
    return (uint32_t)(value >> 32);
}

void ess_random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t product_0 = (uint64_t)multiplier_0 * c0;
        uint64_t product_1 = (uint64_t)multiplier_1 * c2;
        c0 = high_half(product_1) ^ c1 ^ k0;
        c1 = low_half(product_1);
        c2 = high_half(product_0) ^ c3 ^ k1;
        c3 = low_half(product_0);
        k0 += weyl_0;
        k1 += weyl_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

uint64_t ess_random_hash_name(const char *name) {
    uint64_t hash = 0xCBF29CE484222325U;
    for (const char *character = name; *character != '\0'; character++) {
        hash ^= (unsigned char)*character;
        hash *= 0x100000001B3U;
    }
    return hash;
}

void ess_random_init(
    struct ess_random *stream, uint64_t seed, uint64_t entity, const char *purpose) {
    uint64_t name = ess_random_hash_name(purpose);
    uint32_t seed_key[2] = {low_half(seed), high_half(seed)};
    uint32_t image[4] = {low_half(name), high_half(name), 0, 0};
    ess_random_philox(image, seed_key, image);
    *stream = (struct ess_random){
        .key = {image[0], image[1]},
        .counter = {0, 0, low_half(entity), high_half(entity)},
        .used = WORDS,
    };
}

static void next_block(struct ess_random *stream) {
    ess_random_philox(stream->counter, stream->key, stream->block);
    stream->used = 0;
    stream->counter[0]++;
    if (stream->counter[0] == 0) {
        stream->counter[1]++;
    }
}

uint32_t ess_random_u32(struct ess_random *stream) {
    if (stream->used == WORDS) {
        next_block(stream);
    }
    return stream->block[stream->used++];
}

uint64_t ess_random_u64(struct ess_random *stream) {
    uint64_t low = ess_random_u32(stream);
    uint64_t high = ess_random_u32(stream);
    return high << 32 | low;
}

double ess_random_unit(struct ess_random *stream) {
    return (double)(ess_random_u64(stream) >> 11) * 0x1p-53;
}

uint64_t ess_random_below(struct ess_random *stream, uint64_t n) {
    if (n <= 1) {
        return 0;
    }
    /* 2^64 mod n: without that many of the lowest values, every remainder is equally frequent. */
    uint64_t rejected = (0 - n) % n;
    uint64_t draw = ess_random_u64(stream);
    while (draw < rejected) {
        draw = ess_random_u64(stream);
    }
    return draw % n;
}
