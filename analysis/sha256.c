/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
    0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74,
    0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3,
    0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354,
    0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3,
    0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa,
    0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t word, unsigned bits) {
    return word >> bits | word << (32 - bits);
}

static void expand(const unsigned char block[64], uint32_t words[64]) {
    for (size_t i = 0; i < 16; i++) {
        const unsigned char *at = block + 4 * i;
        words[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    }
    for (size_t i = 16; i < 64; i++) {
        uint32_t near = words[i - 2], far = words[i - 15];
        words[i] = (rotate(near, 17) ^ rotate(near, 19) ^ near >> 10) + words[i - 7] +
                   (rotate(far, 7) ^ rotate(far, 18) ^ far >> 3) + words[i - 16];
    }
}

/* Letters as in the standard: a..h are v[0]..v[7]. */
static void digest_block(struct ess_sha256 *hash) {
    uint32_t words[64], v[8];
    expand(hash->block, words);
    memcpy(v, hash->state, sizeof v);
    for (size_t i = 0; i < 64; i++) {
        uint32_t sum1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
        uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t first = v[7] + sum1 + choose + constants[i] + words[i];
        uint32_t sum0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += first;
        v[0] = first + sum0 + majority;
    }
    for (size_t i = 0; i < 8; i++) {
        hash->state[i] += v[i];
    }
}

void ess_sha256_init(struct ess_sha256 *hash) {
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
        0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(hash->state, start, sizeof start);
    hash->size_bytes = 0;
}

void ess_sha256_add(struct ess_sha256 *hash, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    while (count > 0) {
        size_t used = hash->size_bytes % 64, room = 64 - used;
        size_t taken = count < room ? count : room;
        memcpy(hash->block + used, at, taken);
        hash->size_bytes += taken;
        at += taken;
        count -= taken;
        if (taken == room) {
            digest_block(hash);
        }
    }
}

void ess_sha256_add_text(struct ess_sha256 *hash, const char *text) {
    ess_sha256_add(hash, text, strlen(text) + 1);
}

void ess_sha256_end(struct ess_sha256 *hash, char text[ESS_SHA256_TEXT_BYTES]) {
    static const unsigned char padding[64] = {0x80};
    uint64_t size_bits = hash->size_bytes * 8;
    size_t used = hash->size_bytes % 64;
    unsigned char size[8];
    for (size_t i = 0; i < 8; i++) {
        size[i] = (unsigned char)(size_bits >> (56 - 8 * i));
    }
    ess_sha256_add(hash, padding, used < 56 ? 56 - used : 120 - used);
    ess_sha256_add(hash, size, sizeof size);
    for (size_t i = 0; i < 8; i++) {
        snprintf(text + 8 * i, 9, "%08x", (unsigned)hash->state[i]);
    }
}

int ess_sha256_file(const char *path, char text[ESS_SHA256_TEXT_BYTES]) {
    static const size_t piece = 65536;
    unsigned char bytes[65536];
    struct ess_sha256 hash;
    FILE *file = fopen(path, "rb");
    size_t count;
    int error;
    if (!file) {
        return errno;
    }
    ess_sha256_init(&hash);
    while ((count = fread(bytes, 1, piece, file)) > 0) {
        ess_sha256_add(&hash, bytes, count);
    }
    error = ferror(file) ? EIO : 0;
    fclose(file);
    ess_sha256_end(&hash, text);
    return error;
}
