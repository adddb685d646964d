/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_BASE_SORT_H
#define ESS_BASE_SORT_H

#include <stdint.h>

/* Sort ascending in place: heapsort, so O(n log n) always and no stack (Williams, CACM 7(6), 1964).
 */
void ess_sort_u64(uint64_t *keys, uint32_t count);

#endif
