/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ENGINE_HEAP_H
#define ESS_ENGINE_HEAP_H

#include <stddef.h>

/* Tell the C library's heap how a simulation uses it: many arrays that grow together to tens of
 * megabytes and are given back all at once. The first part of the heap is taken in one piece, of
 * huge pages where the kernel has them, and kept: else a fifth of a short run's time goes into page
 * faults. Memory counts as used only once it is touched, a huge page at a time: a small world is
 * better off without, so the caller says how many hosts are to come. For a process that is there to
 * run one world; a hint, no errors; without effect where the C library is not glibc, or a sanitizer
 * has its own heap. */
void ess_heap_prepare(size_t hosts);

#endif
