/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of things on the test host: what will happen, and when. */
#include "test_host_parts.h"

#include <stdlib.h>

static bool before(const struct ess_host_item *a, const struct ess_host_item *b) {
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void push_in_order(struct ess_host *host, struct ess_host_item item) {
    size_t i = host->heap_count++;
    if (host->heap_count > host->heap_capacity) {
        host->heap_capacity = 2 * host->heap_capacity + 64;
        host->heap = realloc(host->heap, host->heap_capacity * sizeof *host->heap);
    }
    while (i > 0 && before(&item, &host->heap[(i - 1) / 2])) {
        host->heap[i] = host->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    host->heap[i] = item;
}

void ess_host_push(struct ess_host *host, struct ess_host_item item) {
    item.order = host->order++;
    push_in_order(host, item);
}

void ess_host_put_off(struct ess_host *host, const struct ess_host_item *item, int64_t at_ns) {
    struct ess_host_item later = *item;
    later.at_ns = at_ns;
    push_in_order(host, later);
}

struct ess_host_item ess_host_pop(struct ess_host *host) {
    struct ess_host_item top = host->heap[0];
    struct ess_host_item last = host->heap[--host->heap_count];
    size_t i = 0;
    for (size_t child = 1; child < host->heap_count; child = 2 * i + 1) {
        child += child + 1 < host->heap_count && before(&host->heap[child + 1], &host->heap[child]);
        if (before(&last, &host->heap[child])) {
            break;
        }
        host->heap[i] = host->heap[child];
        i = child;
    }
    host->heap[i] = last;
    return top;
}

int64_t ess_host_random_delay(struct ess_host *host) {
    uint64_t draw = ess_random_below(&host->random, 100);
    int64_t limit = draw < 80 ? 2 * ESS_HOST_MS : draw < 97 ? 10 * ESS_HOST_MS : 60 * ESS_HOST_MS;
    return 1 + (int64_t)ess_random_below(&host->random, (uint64_t)limit);
}
