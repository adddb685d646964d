/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The heap of a large world is taken at once. Whether its pages are huge is the kernel's affair;
 * that it is asked for at all is ours (a compiler may leave out memory that nobody uses). */
#define _DEFAULT_SOURCE /* sbrk */
#include "ess_test.h"
#include "sim/engine/heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

static void a_large_world_takes_its_heap_at_once(void) {
    uintptr_t begin = (uintptr_t)sbrk(0);
    ess_heap_prepare(10);
    CU_ASSERT_EQUAL((uintptr_t)sbrk(0), begin);
    ess_heap_prepare(1000);
    CU_ASSERT((uintptr_t)sbrk(0) - begin >= (uintptr_t)64 << 20);
}

#else

static void a_large_world_takes_its_heap_at_once(void) {
    ess_test_skip("another heap than glibc's");
}

#endif

int main(void) {
    static const struct ess_test tests[] = {
        {"a large world takes its heap at once", a_large_world_takes_its_heap_at_once},
        {NULL, NULL},
    };
    return ess_test_main("heap", tests);
}
