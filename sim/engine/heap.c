/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _DEFAULT_SOURCE /* sbrk, MADV_HUGEPAGE */
#include "sim/engine/heap.h"

#include <stdint.h>
#include <stdlib.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

/* Some 15 kB a host in a collective: below, all fits what the heap begins with. */
enum { HOSTS_LEAST = 256, PIECE_BYTES = 64 << 20, HUGE_PAGE_BYTES = 2 << 20 };

void ess_heap_prepare(size_t hosts) {
    void *volatile piece; /* volatile, or the compiler leaves both calls out */
    uintptr_t begin, end;
    if (hosts < HOSTS_LEAST) {
        return;
    }
    mallopt(M_TOP_PAD, PIECE_BYTES);
    mallopt(M_TRIM_THRESHOLD, 2 * PIECE_BYTES);
    mallopt(M_MMAP_THRESHOLD, PIECE_BYTES / 2);
    begin = (uintptr_t)sbrk(0);
    piece = malloc(PIECE_BYTES / 4); /* more than the heap has: makes it take its first piece */
    free(piece);
    end = (uintptr_t)sbrk(0);
    begin += (HUGE_PAGE_BYTES - begin % HUGE_PAGE_BYTES) % HUGE_PAGE_BYTES;
    end -= end % HUGE_PAGE_BYTES;
    if (begin < end) {
        madvise((void *)begin, end - begin, MADV_HUGEPAGE); // NOLINT(performance-no-int-to-ptr)
    }
}

#else

void ess_heap_prepare(size_t hosts) {
    (void)hosts;
}

#endif
