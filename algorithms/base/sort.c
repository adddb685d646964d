/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sort.h"

static void sift_down(uint64_t *keys, uint32_t root, uint32_t count) {
    uint64_t key = keys[root];
    for (uint32_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        child += child + 1 < count && keys[child + 1] > keys[child];
        if (keys[child] <= key) {
            break;
        }
        keys[root] = keys[child];
        root = child;
    }
    keys[root] = key;
}

void ess_sort_u64(uint64_t *keys, uint32_t count) {
    for (uint32_t root = count / 2; root-- > 0;) {
        sift_down(keys, root, count);
    }
    for (uint32_t end = count; end-- > 1;) {
        uint64_t largest = keys[0];
        keys[0] = keys[end];
        keys[end] = largest;
        sift_down(keys, 0, end);
    }
}
