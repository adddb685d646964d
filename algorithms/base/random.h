/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_BASE_RANDOM_H
#define ESS_BASE_RANDOM_H

/* Named random streams.
 *
 * A stream is named by (seed, entity, purpose): the run's seed, the number of the host or job that
 * draws, and what for ("failures", "gossip partner"). What a stream gives depends on its name and
 * on nothing else, so adding a host or a policy never shifts another's draws, and two variants of a
 * comparison see the same world.
 *
 * Generator: Philox 4x32 with 10 rounds (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as
 * easy as 1, 2, 3", SC'11), which maps a 128-bit counter under a 64-bit key to 128 random bits. The
 * key is the image of (purpose) under (seed); the counter's upper half is the entity and its lower
 * half the block number. So entities of one seed and purpose can never share a block, and streams
 * of different purposes share a key only if two 64-bit hashes collide. A period of 2^66 32-bit
 * draws a stream. Not for secrets.
 *
 * No allocation, no global state; the struct may be copied (the copy goes on alike) and moved. */

#include <stddef.h>
#include <stdint.h>

struct ess_random {
    uint32_t key[2];
    uint32_t counter[4]; /* of the next block: number (low, high), entity (low, high) */
    uint32_t block[4];
    uint32_t used; /* words of `block` already given, 0..4 */
};

/* One application of Philox 4x32-10: 128 bits `out` from `counter` under `key`. `out` may be
 * `counter`. */
void ess_random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* FNV-1a, 64 bits, of a NUL-terminated name; the hash of "" is 0xcbf29ce484222325. */
uint64_t ess_random_hash_name(const char *name);

/* Open the stream (seed, entity, purpose) at its beginning. `purpose` is read now and not kept. */
void ess_random_init(
    struct ess_random *stream, uint64_t seed, uint64_t entity, const char *purpose);

/* Uniform on all 32-bit values; one word of the stream. */
uint32_t ess_random_u32(struct ess_random *stream);

/* Uniform on all 64-bit values; two words, the first one low. */
uint64_t ess_random_u64(struct ess_random *stream);

/* Uniform on the multiples of 2^-53 in [0, 1); two words. 1 never occurs, 0 may. */
double ess_random_unit(struct ess_random *stream);

/* Uniform on 0 .. n - 1 without bias, for n >= 1 (0 gives 0; 0 and 1 draw nothing). Draws are
 * rejected with probability below n / 2^64, under one half for every n, so the number of draws is 1
 * for any practical n. */
uint64_t ess_random_below(struct ess_random *stream, uint64_t n);

#endif
