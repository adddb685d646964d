/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/probe_sampling.h"

size_t ess_sampling_bytes(const void *settings, uint32_t size) {
    size_t arrays = size * (sizeof(uint64_t) + 3 * sizeof(uint32_t));
    (void)settings;
    return sizeof(struct ess_sampling) + (arrays + 7) / 8 * 8 + ess_probe_book_bytes(size);
}

void ess_sampling_init(struct ess_sampling *sampling, uint32_t size, uint64_t seed) {
    size_t n = size, words = (3 * n + 1) / 2 * 2;
    sampling->joins = 0;
    sampling->joined = (uint64_t *)(sampling + 1);
    sampling->to_send = (uint32_t *)(sampling->joined + n);
    sampling->to_receive = sampling->to_send + n;
    sampling->asked = sampling->to_receive + n;
    sampling->cursor = 0;
    for (uint32_t i = 0; i < size; i++) {
        sampling->joined[i] = 0;
        sampling->to_send[i] = 0;
        sampling->to_receive[i] = 0;
        sampling->asked[i] = 0;
    }
    ess_probe_book_init(&sampling->book, size, sampling->to_send + words);
    ess_random_init(&sampling->stream, seed, 0, "probing partners");
}

void ess_sampling_join(struct ess_sampling *sampling, uint32_t peer) {
    ess_probe_book_join(&sampling->book, peer);
    sampling->joins++;
    sampling->joined[peer] = sampling->joins;
    sampling->asked[peer] = 0;
}

void ess_sampling_result(void *state, const void *settings, const struct ess_probe_result *result) {
    (void)settings;
    ess_probe_book_note(&((struct ess_sampling *)state)->book, result);
}

void ess_sampling_leave(void *state, const void *settings, uint32_t peer) {
    struct ess_sampling *sampling = state;
    (void)settings;
    ess_probe_book_leave(&sampling->book, peer);
    sampling->to_send[peer] = 0;
    sampling->to_receive[peer] = 0;
}

/* Whether the pair is one that `peer` may still choose. */
static bool is_open(
    const struct ess_sampling *sampling, uint32_t peer, uint32_t other, bool sends) {
    uint32_t from = sends ? peer : other, to = sends ? other : peer;
    return other != peer && sampling->book.present[other] &&
           (!sampling->older_only || sampling->joined[other] < sampling->joined[peer]) &&
           !ess_probe_book_asked(&sampling->book, from, to);
}

/* How little wanted a partner is: one whose other direction was measured tells least, for the model
 * takes that; then who was asked more often. */
static uint64_t badness(
    const struct ess_sampling *sampling, uint32_t peer, uint32_t other, bool sends) {
    bool mirrored = sends ? ess_probe_book_asked(&sampling->book, other, peer)
                          : ess_probe_book_asked(&sampling->book, peer, other);
    return (mirrored ? UINT64_C(1) << 32 : 0) + sampling->asked[other];
}

/* A random one among the best partners that are free. `any` tells whether there is any at all, free
 * or not. */
static uint32_t pick(struct ess_sampling *sampling, uint32_t peer, bool sends, bool *any) {
    uint32_t found = sampling->book.size;
    uint64_t best = 0, equal = 0;
    *any = false;
    for (uint32_t other = 0; other < sampling->book.size; other++) {
        uint64_t own;
        if (!is_open(sampling, peer, other, sends)) {
            continue;
        }
        *any = true;
        if (!ess_probe_book_may(&sampling->book, sends ? peer : other, sends ? other : peer)) {
            continue;
        }
        own = badness(sampling, peer, other, sends);
        if (found == sampling->book.size || own < best) {
            best = own;
            equal = 0;
        }
        if (own == best) {
            equal++;
            found = ess_random_below(&sampling->stream, equal) == 0 ? other : found;
        }
    }
    return found;
}

/* Try to begin a probe for one peer in one direction. */
static bool begin(struct ess_sampling *sampling, uint32_t peer, bool sends,
    const struct ess_sampling_settings *settings, struct ess_probe *probe) {
    uint32_t *wanted = sends ? &sampling->to_send[peer] : &sampling->to_receive[peer], other;
    bool any;
    if (*wanted == 0 ||
        (sends ? sampling->book.sending[peer] : sampling->book.receiving[peer]) != 0) {
        return false;
    }
    other = pick(sampling, peer, sends, &any);
    if (!any) {
        *wanted = 0;
    }
    if (other == sampling->book.size) {
        return false;
    }
    *wanted -= 1;
    sampling->asked[other]++;
    sampling->asked[peer]++;
    ess_probe_book_begin(&sampling->book, sends ? peer : other, sends ? other : peer);
    *probe = (struct ess_probe){sends ? peer : other, sends ? other : peer, settings->size_bytes,
        settings->duration_ns, settings->duration_ns + settings->grace_ns};
    return true;
}

bool ess_sampling_next(void *state, const void *settings, struct ess_probe *probe) {
    struct ess_sampling *sampling = state;
    uint32_t n = sampling->book.size;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t peer = (sampling->cursor + i) % n;
        if (begin(sampling, peer, true, settings, probe) ||
            begin(sampling, peer, false, settings, probe)) {
            sampling->cursor = (peer + 1) % n;
            return true;
        }
    }
    return false;
}

bool ess_sampling_is_done(const void *state, const void *settings) {
    const struct ess_sampling *sampling = state;
    (void)settings;
    for (uint32_t i = 0; i < sampling->book.size; i++) {
        if (sampling->to_send[i] > 0 || sampling->to_receive[i] > 0) {
            return false;
        }
    }
    return !ess_probe_book_is_busy(&sampling->book);
}
