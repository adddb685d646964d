/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/relay_search.h"

enum { HOPS_MAX = ESS_ROUTE_RELAYS_MAX + 1 };

/* Worth of the best way to each peer by at most h hops: less is better. Delays are exact as doubles
 * up to 2^53 ns; a rate counts as its negative. */
static const double no_way = 1e300;

size_t ess_relay_search_bytes(uint32_t size) {
    return size * (2 * sizeof(double) + HOPS_MAX * sizeof(uint32_t));
}

static double extend(
    const struct ess_relay_search *search, double worth, uint32_t from, uint32_t to, bool relayed) {
    double rate = ess_pair_usable(search->matrix, from, to);
    int64_t delay_ns;
    if (search->by_rate) {
        return rate > 0 ? (-rate > worth ? -rate : worth) : no_way;
    }
    delay_ns = ess_pair_delay(search->matrix, from, to);
    if (delay_ns < 0 || (rate <= 0 && rate >= 0)) {
        return no_way;
    }
    return worth + (double)delay_ns + (relayed ? (double)search->forwarding_ns : 0);
}

/* One more hop: from each relay of the layer before. */
static void add_layer(const struct ess_relay_search *search, uint32_t source, const double *before,
    double *worth, uint32_t *came_from) {
    uint32_t n = search->matrix->size;
    for (uint32_t v = 0; v < n; v++) {
        worth[v] = before[v];
        came_from[v] = n; /* as in the layer before */
    }
    for (uint32_t u = 0; u < n; u++) {
        if (u == source || before[u] >= no_way || (search->usable && !search->usable[u])) {
            continue;
        }
        for (uint32_t v = 0; v < n; v++) {
            double own = v == u || v == source ? no_way : extend(search, before[u], u, v, true);
            if (own < worth[v]) {
                worth[v] = own;
                came_from[v] = u;
            }
        }
    }
}

bool ess_relay_search(const struct ess_relay_search *search, uint32_t from, uint32_t to,
    struct ess_way *way, void *scratch) {
    uint32_t n = search->matrix->size, at = to, hops;
    double *worth[2] = {scratch, (double *)scratch + n};
    uint32_t *came_from = (void *)(worth[1] + n);
    for (uint32_t v = 0; v < n; v++) {
        worth[0][v] =
            v == from ? no_way : extend(search, search->by_rate ? -no_way : 0, from, v, false);
        came_from[v] = from;
    }
    for (hops = 1; hops <= search->relays_max; hops++) {
        add_layer(
            search, from, worth[(hops - 1) % 2], worth[hops % 2], came_from + hops * (size_t)n);
    }
    if (worth[(hops - 1) % 2][to] >= no_way) {
        return false;
    }
    *way = (struct ess_way){.share = ESS_SHARE_WHOLE};
    for (uint32_t layer = hops; layer-- > 0;) {
        uint32_t source = came_from[layer * (size_t)n + at];
        if (source == n) {
            continue;
        }
        at = source;
        if (at == from) {
            break;
        }
        way->relays[way->relay_count++] = at;
    }
    /* They were met on the way back. */
    for (uint32_t i = 0; i < way->relay_count / 2; i++) {
        uint32_t kept = way->relays[i];
        way->relays[i] = way->relays[way->relay_count - 1 - i];
        way->relays[way->relay_count - 1 - i] = kept;
    }
    return true;
}
