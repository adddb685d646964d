/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/links.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The columns of the pairs that go over each link, one entry a pair. */
struct uses {
    const struct ess_bound_network *network;
    uint32_t *first; /* [link + 1] */
    uint32_t *pair;
    bool *limits; /* [link] not known to be wide enough */
};

static void find_uses(const struct ess_bound_network *network, struct uses *uses) {
    size_t pairs = (size_t)network->peer_count * network->peer_count;
    uint32_t entries = network->path_first[pairs], links = network->link_count;
    uint32_t *next = ess_bound_allocate(links, sizeof *next);
    uses->network = network;
    uses->first = ess_bound_allocate((size_t)links + 1, sizeof *uses->first);
    uses->pair = ess_bound_allocate(entries, sizeof *uses->pair);
    uses->limits = ess_bound_allocate(links, sizeof *uses->limits);
    for (uint32_t i = 0; i < entries; i++) {
        uses->first[network->path_links[i] + 1]++;
    }
    for (uint32_t link = 0; link < links; link++) {
        uses->first[link + 1] += uses->first[link];
        next[link] = uses->first[link];
        uses->limits[link] = true;
    }
    for (size_t pair = 0; pair < pairs; pair++) {
        for (uint32_t i = network->path_first[pair]; i < network->path_first[pair + 1]; i++) {
            uses->pair[next[network->path_links[i]]++] = (uint32_t)pair;
        }
    }
    free(next);
}

/* What the other links of a pair's path let through, of those not yet left out. */
static double elsewhere(const struct uses *uses, uint32_t pair, uint32_t but) {
    const struct ess_bound_network *network = uses->network;
    double least = INFINITY;
    for (uint32_t i = network->path_first[pair]; i < network->path_first[pair + 1]; i++) {
        uint32_t link = network->path_links[i];
        if (link != but && uses->limits[link]) {
            least = fmin(least, network->capacity_bytes_per_s[link]);
        }
    }
    return least;
}

/* One after another: each link left out is held down by links that remain, or by links left out
 * later, which those that remain hold down. */
static void leave_out_wide(struct uses *uses) {
    for (uint32_t link = 0; link < uses->network->link_count; link++) {
        double capacity = uses->network->capacity_bytes_per_s[link], most = 0;
        for (uint32_t i = uses->first[link]; i < uses->first[link + 1] && most <= capacity; i++) {
            most += elsewhere(uses, uses->pair[i], link);
        }
        uses->limits[link] = most > capacity;
    }
}

static bool same_row(const struct ess_bound_links *links, uint32_t a, uint32_t b) {
    uint32_t count = links->first[a + 1] - links->first[a];
    return count == links->first[b + 1] - links->first[b] &&
           memcmp(links->column + links->first[a], links->column + links->first[b],
               count * sizeof *links->column) == 0 &&
           memcmp(links->pairs + links->first[a], links->pairs + links->first[b],
               count * sizeof *links->pairs) == 0;
}

/* The row just written at the end: kept, or one with an earlier row. */
static uint32_t take_row(struct ess_bound_links *links, double capacity) {
    for (uint32_t row = 0; row < links->count; row++) {
        if (same_row(links, row, links->count)) {
            links->capacity_bytes_per_s[row] = fmin(links->capacity_bytes_per_s[row], capacity);
            return row;
        }
    }
    links->capacity_bytes_per_s[links->count] = capacity;
    return links->count++;
}

/* `pairs` is zero, [column], and is left so. */
static void write_row(const struct uses *uses, uint32_t link,
    const struct ess_bound_columns *columns, double *pairs, struct ess_bound_links *links) {
    uint32_t at = links->first[links->count];
    for (uint32_t i = uses->first[link]; i < uses->first[link + 1]; i++) {
        pairs[columns->of_pair[uses->pair[i]]] += 1;
    }
    for (uint32_t k = 0; k < columns->count; k++) {
        if (pairs[k] > 0) {
            links->column[at] = k;
            links->pairs[at++] = pairs[k];
            pairs[k] = 0;
        }
    }
    links->first[links->count + 1] = at;
}

void ess_bound_links_init(const struct ess_bound_network *network,
    const struct ess_bound_columns *columns, struct ess_bound_links *links) {
    size_t entries = network->path_first[(size_t)network->peer_count * network->peer_count];
    double *pairs = ess_bound_allocate(columns->count, sizeof *pairs);
    struct uses uses;
    find_uses(network, &uses);
    leave_out_wide(&uses);
    *links = (struct ess_bound_links){.count = 0};
    links->first = ess_bound_allocate((size_t)network->link_count + 1, sizeof *links->first);
    links->column = ess_bound_allocate(entries, sizeof *links->column);
    links->pairs = ess_bound_allocate(entries, sizeof *links->pairs);
    links->capacity_bytes_per_s = ess_bound_allocate(network->link_count, sizeof(double));
    links->row_of_link = ess_bound_allocate(network->link_count, sizeof *links->row_of_link);
    for (uint32_t link = 0; link < network->link_count; link++) {
        links->row_of_link[link] = ESS_BOUND_NO_ROW;
        if (uses.limits[link] && uses.first[link + 1] > uses.first[link]) {
            write_row(&uses, link, columns, pairs, links);
            links->row_of_link[link] = take_row(links, network->capacity_bytes_per_s[link]);
        }
    }
    free(pairs);
    free(uses.first);
    free(uses.pair);
    free(uses.limits);
}

void ess_bound_links_fini(struct ess_bound_links *links) {
    free(links->first);
    free(links->column);
    free(links->pairs);
    free(links->capacity_bytes_per_s);
    free(links->row_of_link);
}

double ess_bound_links_time(const struct ess_bound_links *links, const double *x) {
    double time = 0;
    for (uint32_t row = 0; row < links->count; row++) {
        double load = 0;
        for (uint32_t i = links->first[row]; i < links->first[row + 1]; i++) {
            load += links->pairs[i] * x[links->column[i]];
        }
        time = fmax(time, load / links->capacity_bytes_per_s[row]);
    }
    return time;
}
