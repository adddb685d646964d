/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/columns.h"

#include <stdlib.h>

#define UNSET UINT32_MAX

/* An exchange of two peers under test. */
struct exchange {
    const struct ess_bound_network *network;
    uint32_t a, b;
    uint32_t *uses;    /* [link] by all pairs */
    uint32_t *touches; /* [link] by pairs with a or b */
    uint32_t *image;   /* [link] or UNSET */
};

struct path {
    const uint32_t *links;
    uint32_t count;
    int64_t delay_ns;
};

static struct path path_of(const struct ess_bound_network *network, uint32_t from, uint32_t to) {
    size_t pair = (size_t)from * network->peer_count + to;
    uint32_t first = network->path_first[pair], count = network->path_first[pair + 1] - first;
    return (struct path){
        network->path_links + first, count, count > 0 ? network->delay_ns[pair] : 0};
}

static struct path exchanged(const struct exchange *exchange, uint32_t from, uint32_t to) {
    uint32_t a = exchange->a, b = exchange->b;
    return path_of(exchange->network,
        from == a   ? b
        : from == b ? a
                    : from,
        to == a   ? b
        : to == b ? a
                  : to);
}

/* Each pair that the exchange moves is (a, w) or (w, a) or the like: the i-th of 4 for each w. */
static bool moved_pair(
    const struct exchange *exchange, uint32_t w, uint32_t i, uint32_t *from, uint32_t *to) {
    uint32_t moved = i % 2 == 0 ? exchange->a : exchange->b;
    *from = i < 2 ? moved : w;
    *to = i < 2 ? w : moved;
    return w != moved;
}

static bool looks_alike(const struct exchange *exchange, struct path path, struct path other) {
    const double *capacity = exchange->network->capacity_bytes_per_s;
    if (path.count != other.count || path.delay_ns != other.delay_ns) {
        return false;
    }
    for (uint32_t i = 0; i < path.count; i++) {
        if (capacity[path.links[i]] != capacity[other.links[i]]) {
            return false;
        }
    }
    return true;
}

/* Whether link -> other can be part of the map: links that other pairs use stay where they are, and
 * each link goes to one place and comes from it. */
static bool map_link(struct exchange *exchange, uint32_t link, uint32_t other) {
    if (link != other && (exchange->touches[link] < exchange->uses[link] ||
                             exchange->touches[other] < exchange->uses[other])) {
        return false;
    }
    if ((exchange->image[link] != UNSET && exchange->image[link] != other) ||
        (exchange->image[other] != UNSET && exchange->image[other] != link)) {
        return false;
    }
    exchange->image[link] = other;
    exchange->image[other] = link;
    return true;
}

/* Count a moved pair's links, or forget that they were looked at. */
static void touch(struct exchange *exchange, struct path path, bool count) {
    for (uint32_t i = 0; i < path.count; i++) {
        uint32_t link = path.links[i];
        exchange->touches[link] = count ? exchange->touches[link] + 1 : 0;
        exchange->image[link] = UNSET;
    }
}

static void touch_all(struct exchange *exchange, bool count) {
    uint32_t from, to, p = exchange->network->peer_count;
    for (uint32_t n = 0; n < 4 * p; n++) {
        /* The pairs (a, b) and (b, a) come up twice: once as moved by a, once by b. */
        bool twice = (n / 4 == exchange->a || n / 4 == exchange->b) && n % 4 >= 2;
        if (moved_pair(exchange, n / 4, n % 4, &from, &to) && !twice) {
            touch(exchange, path_of(exchange->network, from, to), count);
        }
    }
}

static bool maps_all(struct exchange *exchange) {
    uint32_t from, to, p = exchange->network->peer_count;
    for (uint32_t n = 0; n < 4 * p; n++) {
        struct path path, other;
        if (!moved_pair(exchange, n / 4, n % 4, &from, &to)) {
            continue;
        }
        path = path_of(exchange->network, from, to);
        other = exchanged(exchange, from, to);
        for (uint32_t i = 0; i < path.count; i++) {
            if (!map_link(exchange, path.links[i], other.links[i])) {
                return false;
            }
        }
    }
    return true;
}

static bool exchangeable(struct exchange *exchange) {
    uint32_t from, to, p = exchange->network->peer_count;
    bool good;
    for (uint32_t n = 0; n < 4 * p; n++) {
        if (moved_pair(exchange, n / 4, n % 4, &from, &to) &&
            !looks_alike(
                exchange, path_of(exchange->network, from, to), exchanged(exchange, from, to))) {
            return false;
        }
    }
    touch_all(exchange, true);
    good = maps_all(exchange);
    touch_all(exchange, false);
    return good;
}

/* The class of a peer: that of the first earlier peer, one a class, that it can be exchanged for.
 * Exchanging is transitive: (u w) is (u v)(v w)(u v). */
static void find_classes(
    struct exchange *exchange, uint32_t apart, struct ess_bound_columns *columns) {
    uint32_t *first = ess_bound_allocate(columns->peer_count, sizeof *first);
    for (uint32_t peer = 0; peer < columns->peer_count; peer++) {
        uint32_t class = columns->class_count;
        for (uint32_t c = 0; c < columns->class_count && peer != apart; c++) {
            exchange->a = first[c];
            exchange->b = peer;
            if (first[c] != apart && exchangeable(exchange)) {
                class = c;
                break;
            }
        }
        if (class == columns->class_count) {
            first[columns->class_count++] = peer;
        }
        columns->class_of[peer] = class;
    }
    free(first);
}

static void number_columns(
    const struct ess_bound_network *network, struct ess_bound_columns *columns) {
    uint32_t p = columns->peer_count, classes = columns->class_count;
    uint32_t *number = ess_bound_allocate((size_t)classes * classes, sizeof *number);
    for (uint32_t from = 0; from < p; from++) {
        for (uint32_t to = 0; to < p; to++) {
            uint32_t *known = &number[columns->class_of[from] * classes + columns->class_of[to]];
            uint32_t *column = &columns->of_pair[(size_t)from * p + to];
            *column = ESS_BOUND_NO_COLUMN;
            if (from != to && path_of(network, from, to).count > 0) {
                *known = *known ? *known : ++columns->count;
                *column = *known - 1;
            }
        }
    }
    free(number);
}

void ess_bound_columns_init(
    const struct ess_bound_network *network, uint32_t apart, struct ess_bound_columns *columns) {
    uint32_t p = network->peer_count, links = network->link_count;
    struct exchange exchange = {
        .network = network,
        .uses = ess_bound_allocate(links, sizeof(uint32_t)),
        .touches = ess_bound_allocate(links, sizeof(uint32_t)),
        .image = ess_bound_allocate(links, sizeof(uint32_t)),
    };
    *columns = (struct ess_bound_columns){.peer_count = p};
    columns->class_of = ess_bound_allocate(p, sizeof *columns->class_of);
    columns->of_pair = ess_bound_allocate((size_t)p * p, sizeof *columns->of_pair);
    for (size_t i = 0; i < network->path_first[(size_t)p * p]; i++) {
        exchange.uses[network->path_links[i]]++;
    }
    for (uint32_t link = 0; link < links; link++) {
        exchange.image[link] = UNSET;
    }
    find_classes(&exchange, apart, columns);
    number_columns(network, columns);
    free(exchange.uses);
    free(exchange.touches);
    free(exchange.image);
}

void ess_bound_columns_fini(struct ess_bound_columns *columns) {
    free(columns->class_of);
    free(columns->of_pair);
}
