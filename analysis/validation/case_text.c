/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/validation/case_text.h"
#include "analysis/sha256.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
    char *text;
    size_t room, used;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void add(struct page *page, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int length = vsnprintf(page->text + page->used, page->room - page->used, format, list);
    va_end(list);
    if (length < 0 || (size_t)length >= page->room - page->used) {
        page->full = true;
        return;
    }
    page->used += (size_t)length;
}

/* Parts of 10^9 as a decimal fraction, exactly. */
static void add_billionths(struct page *page, int64_t value) {
    add(page, " %" PRId64 ".%09" PRId64, value / 1000000000, value % 1000000000);
}

static void add_links(struct page *page, const struct ess_case *network) {
    add(page, "hosts");
    for (uint32_t s = 0; s < network->site_count; s++) {
        add(page, " %u", network->site_hosts[s]);
    }
    add(page, "\naccess %" PRIu64, network->access_bits_per_s);
    add_billionths(page, network->access_delay_ns);
    add(page, " %" PRIu64 " %" PRIu64 "\n", network->up_queue_bytes, network->down_queue_bytes);
    for (uint32_t w = 0; w < network->wan_count; w++) {
        const struct ess_case_wan *wan = &network->wans[w];
        add(page, "wan %u %u %" PRIu64, wan->site[0], wan->site[1], wan->rate_bits_per_s);
        add_billionths(page, wan->delay_ns);
        add(page, " %" PRIu64, wan->queue_bytes);
        add_billionths(page, wan->loss_ppb);
        add(page, "\n");
    }
}

static void add_transfer(struct page *page, const struct ess_case_transfer *transfer) {
    bool warm = transfer->warm_bytes > 0, parallel = transfer->connections > 1;
    add(page, warm ? "warm" : parallel ? "parallel" : "flow");
    add_billionths(page, transfer->start_ns);
    add(page, " %u %u %" PRIu64, transfer->from, transfer->to, transfer->bytes);
    if (warm) {
        add(page, " %" PRIu64, transfer->warm_bytes);
        add_billionths(page, transfer->gap_ns);
    } else if (parallel) {
        add(page, " %u", transfer->connections);
    }
    add(page, "\n");
}

size_t ess_case_print(const struct ess_case *network, char *text, size_t room) {
    struct page page = {text, room, 0, false};
    add_links(&page, network);
    add(&page, "tcp %s %" PRIu64 "\n", ess_case_congestion_name(network->congestion),
        network->buffer_bytes);
    for (uint32_t i = 0; i < network->transfer_count; i++) {
        add_transfer(&page, &network->transfers[i]);
    }
    if (network->ring_bytes > 0) {
        add(&page, "ring %" PRIu64 "\n", network->ring_bytes);
    }
    if (network->hierarchical_bytes > 0) {
        add(&page, "hierarchical %" PRIu64 "\n", network->hierarchical_bytes);
    }
    add(&page, "stop");
    add_billionths(&page, network->stop_ns);
    add(&page, "\nseed %" PRIu64 "\n", network->seed);
    return page.full ? 0 : page.used;
}

void ess_case_hash(const struct ess_case *network, char hash[ESS_CASE_HASH_BYTES]) {
    struct ess_sha256 sha;
    char digest[ESS_SHA256_TEXT_BYTES];
    char *text = malloc(ESS_CASE_TEXT_MAX);
    size_t bytes = text ? ess_case_print(network, text, ESS_CASE_TEXT_MAX) : 0;
    if (bytes == 0) {
        abort();
    }
    ess_sha256_init(&sha);
    ess_sha256_add(&sha, text, bytes);
    ess_sha256_end(&sha, digest);
    memcpy(hash, digest, ESS_CASE_HASH_BYTES - 1);
    hash[ESS_CASE_HASH_BYTES - 1] = 0;
    free(text);
}

bool ess_case_is_for_choosing(const char *hash) {
    size_t length = strlen(hash);
    return length > 0 && strchr("02468ace", hash[length - 1]) != NULL;
}
