/* SPDX-License-Identifier: Apache-2.0 */
#include "collective/cost.h"

#include <math.h>
#include <string.h>

#define IMPOSSIBLE __builtin_inf()

/* A message, or infinite where the pair does not reach. */
static double message(
    const struct ess_selection_query *query, uint32_t from, uint32_t to, double size_bytes) {
    size_t pair = (size_t)from * query->ranks + to;
    double delay_s = query->delays_s ? query->delays_s[pair] : query->delay_s;
    double byte_s = query->byte_s ? query->byte_s[pair] : query->byte_s_uniform;
    double seconds = delay_s + size_bytes * byte_s;
    return seconds >= 0 ? seconds : IMPOSSIBLE;
}

/* Ranks to look at: where all pairs are alike, one says what all do. */
static uint32_t looked_at(const struct ess_selection_query *query, uint32_t ranks) {
    return query->delays_s || query->byte_s ? ranks : 1;
}

static double both_ways(
    const struct ess_selection_query *query, uint32_t a, uint32_t b, double size_bytes) {
    return fmax(message(query, a, b, size_bytes), message(query, b, a, size_bytes));
}

/* Whole elements: the largest of the even shares of a vector. */
static double share_bytes(const struct ess_selection_query *query, uint32_t shares) {
    uint64_t elements = (query->size_bytes + query->element_bytes - 1) / query->element_bytes;
    uint64_t largest = (elements + shares - 1) / shares;
    return (double)(largest * query->element_bytes);
}

static uint32_t segments_of(double size_bytes, int64_t segment_bytes) {
    double segments = ceil(size_bytes / (double)segment_bytes);
    return segments < 1 ? 1 : segments > 1e9 ? 1000000000 : (uint32_t)segments;
}

/* Times that a datum goes around: twice for an all-reduce, once to gather or scatter shards. */
static uint32_t turns(enum ess_primitive primitive) {
    return primitive == ESS_ALL_REDUCE ? 2 : 1;
}

static bool has_shards(enum ess_primitive primitive) {
    return primitive == ESS_REDUCE_SCATTER || primitive == ESS_ALL_GATHER;
}

static double slowest_hop(const struct ess_selection_query *query, double size_bytes) {
    double slowest = 0;
    for (uint32_t rank = 0; rank < looked_at(query, query->ranks); rank++) {
        slowest = fmax(slowest, message(query, rank, (rank + 1) % query->ranks, size_bytes));
    }
    return slowest;
}

static double predict_ring(
    const struct ess_cost_settings *settings, const struct ess_selection_query *query) {
    double steps = (double)turns(query->primitive) * (query->ranks - 1);
    (void)settings;
    return steps * slowest_hop(query, share_bytes(query, query->ranks));
}

/* Ranks that are too many for a power of two stand aside: the odd ones below 2 e. */
struct halves {
    uint32_t levels;
    uint32_t folded;
};

static struct halves halves_of(uint32_t ranks) {
    struct halves halves = {0, 0};
    while (ranks >> halves.levels > 1) {
        halves.levels++;
    }
    halves.folded = ranks - (UINT32_C(1) << halves.levels);
    return halves;
}

static uint32_t rank_of_number(const struct halves *halves, uint32_t number) {
    return number < halves->folded ? 2 * number : number + halves->folded;
}

/* All pairs whose numbers differ in `bit` exchange. */
static double exchange(const struct ess_selection_query *query, const struct halves *halves,
    uint32_t bit, double size_bytes) {
    uint32_t numbers = looked_at(query, UINT32_C(1) << halves->levels);
    double slowest = 0;
    for (uint32_t number = 0; number < numbers; number++) {
        if (!(number & bit)) {
            slowest = fmax(slowest, both_ways(query, rank_of_number(halves, number),
                                        rank_of_number(halves, number | bit), size_bytes));
        }
    }
    return slowest;
}

/* The folded ranks give their vectors to their neighbours before, and get the result after. */
static double folding(const struct ess_selection_query *query, const struct halves *halves) {
    double before = 0, after = 0;
    for (uint32_t i = 0; i < halves->folded; i++) {
        before = fmax(before, message(query, 2 * i + 1, 2 * i, (double)query->size_bytes));
        after = fmax(after, message(query, 2 * i, 2 * i + 1, (double)query->size_bytes));
    }
    return before + after;
}

/* The same where the two exchange halves first, and the folded one hands its half over. */
static double folding_halves(const struct ess_selection_query *query, const struct halves *halves) {
    double half = share_bytes(query, 2), swap = 0, hand = 0, after = 0;
    for (uint32_t i = 0; i < halves->folded; i++) {
        swap = fmax(swap, both_ways(query, 2 * i, 2 * i + 1, half));
        hand = fmax(hand, message(query, 2 * i + 1, 2 * i, half));
        after = fmax(after, message(query, 2 * i, 2 * i + 1, (double)query->size_bytes));
    }
    return swap + hand + after;
}

static double predict_recursive_doubling(
    const struct ess_cost_settings *settings, const struct ess_selection_query *query) {
    struct halves halves = halves_of(query->ranks);
    double seconds = folding(query, &halves);
    (void)settings;
    for (uint32_t level = 0; level < halves.levels; level++) {
        seconds += exchange(query, &halves, UINT32_C(1) << level, (double)query->size_bytes);
    }
    return seconds;
}

static double halvings(
    const struct ess_selection_query *query, const struct halves *halves, uint32_t times) {
    double share = share_bytes(query, UINT32_C(1) << halves->levels), seconds = 0;
    for (uint32_t level = 0; level < halves->levels; level++) {
        uint32_t bit = UINT32_C(1) << level;
        seconds += times * exchange(query, halves, bit, bit * share);
    }
    return seconds;
}

static double predict_halving_doubling(
    const struct ess_cost_settings *settings, const struct ess_selection_query *query) {
    struct halves halves = halves_of(query->ranks);
    (void)settings;
    if (has_shards(query->primitive) && halves.folded > 0) {
        return IMPOSSIBLE;
    }
    return folding(query, &halves) + halvings(query, &halves, turns(query->primitive));
}

static double predict_rabenseifner(
    const struct ess_cost_settings *settings, const struct ess_selection_query *query) {
    struct halves halves = halves_of(query->ranks);
    (void)settings;
    return folding_halves(query, &halves) + halvings(query, &halves, 2);
}

/* Ranks are counted from the root. */
static uint32_t from_root(const struct ess_selection_query *query, uint32_t place) {
    uint32_t root = query->primitive == ESS_ALL_REDUCE ? 0 : query->root % query->ranks;
    return (uint32_t)(((uint64_t)root + place) % query->ranks);
}

static double predict_binomial(
    const struct ess_cost_settings *settings, const struct ess_selection_query *query) {
    double up = 0, down = 0;
    (void)settings;
    for (uint64_t bit = 1; bit < query->ranks; bit *= 2) {
        double slowest_up = 0, slowest_down = 0;
        for (uint64_t place = bit; place < query->ranks; place += 2 * bit) {
            uint32_t child = from_root(query, (uint32_t)place);
            uint32_t parent = from_root(query, (uint32_t)(place - bit));
            double size_bytes = (double)query->size_bytes;
            slowest_up = fmax(slowest_up, message(query, child, parent, size_bytes));
            slowest_down = fmax(slowest_down, message(query, parent, child, size_bytes));
        }
        up += slowest_up;
        down += slowest_down;
    }
    return query->primitive == ESS_ALL_REDUCE ? up + down
           : query->primitive == ESS_REDUCE   ? up
                                              : down;
}

/* The first segment goes all the way; each later one ends one turn of the slowest hop after. */
static double predict_chain(
    const struct ess_cost_settings *settings, const struct ess_selection_query *query) {
    uint32_t segments = segments_of((double)query->size_bytes, settings->segment_bytes);
    double size_bytes = (double)query->size_bytes / segments;
    bool up = query->primitive != ESS_BROADCAST, down = query->primitive != ESS_REDUCE;
    double way = 0, slowest = 0;
    for (uint32_t place = 1; place < query->ranks; place++) {
        uint32_t near = from_root(query, place - 1), far = from_root(query, place);
        double towards = up ? message(query, far, near, size_bytes) : 0;
        double away = down ? message(query, near, far, size_bytes) : 0;
        way += towards + away;
        slowest = fmax(slowest, fmax(towards, away));
    }
    return segments > 1 ? way + (segments - 1) * slowest : way;
}

/* Everybody sends its shard to every other: what passes the fuller side of the fullest port, after
 * the longest delay. */
static double all_to_all(const struct ess_selection_query *query, double size_bytes) {
    double busiest = 0, latest = 0;
    for (uint32_t a = 0; a < looked_at(query, query->ranks); a++) {
        double out = 0, in = 0;
        for (uint32_t b = 0; b < query->ranks; b++) {
            if (a != b) {
                double delay_s = message(query, a, b, 0);
                out += message(query, a, b, size_bytes) - delay_s;
                in += message(query, b, a, size_bytes) - message(query, b, a, 0);
                latest = fmax(latest, delay_s);
            }
        }
        /* Infinite minus infinite is no time at all. */
        if (!(out >= 0 && in >= 0)) {
            return IMPOSSIBLE;
        }
        busiest = fmax(busiest, fmax(out, in));
    }
    return latest + busiest;
}

static double predict_butterfly(
    const struct ess_cost_settings *settings, const struct ess_selection_query *query) {
    (void)settings;
    return 2 * all_to_all(query, share_bytes(query, query->ranks));
}

/* In turn k everybody sends its shard k ranks on. */
static double pairwise(const struct ess_selection_query *query) {
    double share = share_bytes(query, query->ranks), seconds = 0;
    for (uint32_t k = 1; k < query->ranks; k++) {
        double slowest = 0;
        for (uint32_t rank = 0; rank < looked_at(query, query->ranks); rank++) {
            slowest = fmax(slowest, message(query, rank, (rank + k) % query->ranks, share));
        }
        seconds += slowest;
    }
    return seconds;
}

static double predict_direct(
    const struct ess_cost_settings *settings, const struct ess_selection_query *query) {
    uint32_t root = from_root(query, 0);
    double in = 0, out = 0, size_bytes = (double)query->size_bytes;
    (void)settings;
    if (has_shards(query->primitive)) {
        return pairwise(query);
    }
    if (query->primitive == ESS_SEND) {
        uint32_t target = query->target % query->ranks;
        return root == target ? 0 : message(query, root, target, size_bytes);
    }
    for (uint32_t place = 1; place < query->ranks; place++) {
        in += message(query, from_root(query, place), root, size_bytes);
        out += message(query, root, from_root(query, place), size_bytes);
    }
    return query->primitive == ESS_ALL_REDUCE ? in + out
           : query->primitive == ESS_REDUCE   ? in
                                              : out;
}

static bool fits(
    const struct ess_cost_candidate *candidate, const struct ess_selection_query *query) {
    bool combines = query->primitive != ESS_ALL_GATHER && query->primitive != ESS_BROADCAST;
    return (candidate->primitives & ESS_PRIMITIVE_BIT(query->primitive)) &&
           (query->reordering || !candidate->reorders || !combines);
}

double ess_cost_predict(const char *plan, const struct ess_cost_settings *settings,
    const struct ess_selection_query *query) {
    for (const struct ess_cost_candidate *c = ess_cost_candidates; c->plan; c++) {
        if (strcmp(c->plan, plan) == 0) {
            return !fits(c, query)    ? IMPOSSIBLE
                   : query->ranks < 2 ? 0
                                      : c->predict(settings, query);
        }
    }
    return IMPOSSIBLE;
}

enum {
    ALL_REDUCE = 1 << ESS_ALL_REDUCE,
    SHARDS = 1 << ESS_REDUCE_SCATTER | 1 << ESS_ALL_GATHER,
    ROOTED = 1 << ESS_BROADCAST | 1 << ESS_REDUCE
};

const struct ess_cost_candidate ess_cost_candidates[] = {
    {"ring", ALL_REDUCE | SHARDS, true, predict_ring},
    {"halving_doubling", ALL_REDUCE | SHARDS, true, predict_halving_doubling},
    {"rabenseifner", ALL_REDUCE, true, predict_rabenseifner},
    {"recursive_doubling", ALL_REDUCE, false, predict_recursive_doubling},
    {"binomial", ALL_REDUCE | ROOTED, false, predict_binomial},
    {"butterfly", ALL_REDUCE, true, predict_butterfly},
    {"chain", ALL_REDUCE | ROOTED, false, predict_chain},
    {"direct", ALL_REDUCE | SHARDS | ROOTED | 1 << ESS_SEND, false, predict_direct},
    {NULL, 0, false, NULL},
};
