/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/probing.h"

/* Of a pair that was asked for; 0: not. */
enum { UNDER_WAY = 1, ENDED = 2 };

static size_t at(const struct ess_probe_book *book, uint32_t from, uint32_t to) {
    return from * (size_t)book->size + to;
}

size_t ess_probe_book_bytes(uint32_t size) {
    size_t n = size, bytes = n * n * (sizeof(double) + sizeof(int64_t) + 1) + 3 * n;
    return (bytes + 7) / 8 * 8;
}

void ess_probe_book_init(struct ess_probe_book *book, uint32_t size, void *arrays) {
    size_t n = size;
    *book = (struct ess_probe_book){.size = size, .rate = arrays};
    book->delay_ns = (void *)(book->rate + n * n);
    book->asked = (uint8_t *)(book->delay_ns + n * n);
    book->present = book->asked + n * n;
    book->sending = book->present + n;
    book->receiving = book->sending + n;
    for (size_t i = 0; i < n * n; i++) {
        book->rate[i] = -1;
        book->delay_ns[i] = -1;
        book->asked[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        book->present[i] = 0;
        book->sending[i] = 0;
        book->receiving[i] = 0;
    }
}

static void forget(struct ess_probe_book *book, uint32_t from, uint32_t to) {
    book->rate[at(book, from, to)] = -1;
    book->delay_ns[at(book, from, to)] = -1;
    book->asked[at(book, from, to)] = 0;
}

void ess_probe_book_join(struct ess_probe_book *book, uint32_t peer) {
    book->present[peer] = 1;
}

/* The other end of a probe under way is free again. */
void ess_probe_book_leave(struct ess_probe_book *book, uint32_t peer) {
    for (uint32_t other = 0; other < book->size; other++) {
        if (book->asked[at(book, peer, other)] == UNDER_WAY) {
            book->receiving[other] = 0;
        }
        if (book->asked[at(book, other, peer)] == UNDER_WAY) {
            book->sending[other] = 0;
        }
        forget(book, peer, other);
        forget(book, other, peer);
    }
    book->present[peer] = 0;
    book->sending[peer] = 0;
    book->receiving[peer] = 0;
}

bool ess_probe_book_may(const struct ess_probe_book *book, uint32_t from, uint32_t to) {
    return from != to && book->present[from] && book->present[to] && !book->sending[from] &&
           !book->receiving[to];
}

void ess_probe_book_begin(struct ess_probe_book *book, uint32_t from, uint32_t to) {
    book->sending[from] = 1;
    book->receiving[to] = 1;
    book->asked[at(book, from, to)] = UNDER_WAY;
}

void ess_probe_book_note(struct ess_probe_book *book, const struct ess_probe_result *result) {
    size_t pair = at(book, result->from, result->to);
    bool awaited = book->asked[pair] == UNDER_WAY && !result->anyhow;
    if (result->anyhow) {
        book->free_results++;
    } else {
        book->probes++;
        book->failures += result->failed;
        book->charged_bytes += result->size_bytes;
        book->charged_ns += result->elapsed_ns;
    }
    if (awaited) {
        book->sending[result->from] = 0;
        book->receiving[result->to] = 0;
        book->asked[pair] = ENDED;
    }
    if (!book->present[result->from] || !book->present[result->to] ||
        (!awaited && !result->anyhow)) {
        return;
    }
    if (result->failed || result->elapsed_ns <= 0) {
        book->rate[pair] = 0;
        return;
    }
    book->rate[pair] = (double)result->size_bytes * 1e9 / (double)result->elapsed_ns;
    book->delay_ns[pair] = result->delay_ns >= 0 ? result->delay_ns : book->delay_ns[pair];
}

bool ess_probe_book_asked(const struct ess_probe_book *book, uint32_t from, uint32_t to) {
    return book->asked[at(book, from, to)] != 0;
}

bool ess_probe_book_is_busy(const struct ess_probe_book *book) {
    for (uint32_t i = 0; i < book->size; i++) {
        if (book->sending[i]) {
            return true;
        }
    }
    return false;
}

struct ess_pair_matrix ess_probe_book_matrix(
    const struct ess_probe_book *book, const double *up, const double *down) {
    return (struct ess_pair_matrix){book->size, book->rate, book->delay_ns, up, down};
}
