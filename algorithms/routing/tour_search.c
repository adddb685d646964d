/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "routing/tour.h"

enum { SEGMENT_MAX = 3, WINDOW = 48 };

/* Gains below this share of a hop are rounding, and could be taken for ever. */
static const double least_gain = 1e-9;

/* Whom to look at: near neighbours, or at a bad hop everybody. */
struct candidates {
    const uint32_t *list; /* NULL: all nodes */
    uint32_t count;
};

static struct candidates candidates_of(struct ess_tour *tour, uint32_t node, double hop) {
    struct candidates found = {NULL, tour->count};
    if (hop <= tour->limit) {
        found.list = ess_tour_near(tour, node, &found.count);
    }
    return found;
}

static uint32_t step(const struct ess_tour *tour, uint32_t node, bool forward) {
    return forward ? ess_tour_next(tour, node) : ess_tour_before(tour, node);
}

static void queue_ends(struct ess_tour *tour, const uint32_t *ends, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        ess_tour_queue(tour, ends[i]);
    }
}

/* Replace the hop from `a` and another one, such that `a` gets a better neighbour. Gain, or 0. */
static double try_exchange(struct ess_tour *tour, uint32_t a, bool forward) {
    uint32_t b = step(tour, a, forward);
    double hop = ess_tour_cost(tour, a, b);
    struct candidates candidates = candidates_of(tour, a, hop);
    for (uint32_t i = 0; i < candidates.count; i++) {
        uint32_t c = candidates.list ? candidates.list[i] : i, d;
        double spared, gain;
        if (c == a || c == b) {
            continue;
        }
        spared = hop - ess_tour_cost(tour, a, c);
        if (spared <= 0) {
            if (candidates.list) {
                break; /* those that follow are farther still */
            }
            continue;
        }
        d = step(tour, c, forward);
        gain = spared + ess_tour_cost(tour, c, d) - ess_tour_cost(tour, b, d);
        if (d != a && gain > least_gain * hop) {
            ess_tour_exchange(tour, a, b, c, d);
            queue_ends(tour, (const uint32_t[]){a, b, c, d}, 4);
            return gain;
        }
    }
    return 0;
}

/* A segment near..far, between `outside` beside `near` and `beyond` beside `far`. */
struct segment {
    uint32_t near, far, outside, beyond;
    double spared; /* by taking it out and closing the gap */
    double hop;    /* from near to outside */
};

/* The segment of `length` that begins at `near` and runs away from `outside`; false where the rest
 * of the tour is too short. */
static bool cut_segment(
    struct ess_tour *tour, uint32_t near, uint32_t length, bool forward, struct segment *cut) {
    if (tour->count < length + 3) {
        return false;
    }
    cut->near = near;
    cut->outside = step(tour, near, !forward);
    cut->far = near;
    for (uint32_t i = 1; i < length; i++) {
        cut->far = step(tour, cut->far, forward);
    }
    cut->beyond = step(tour, cut->far, forward);
    cut->hop = ess_tour_cost(tour, cut->outside, near);
    cut->spared = cut->hop + ess_tour_cost(tour, cut->far, cut->beyond) -
                  ess_tour_cost(tour, cut->outside, cut->beyond);
    return true;
}

static bool in_segment(
    const struct ess_tour *tour, const struct segment *cut, uint32_t node, bool forward) {
    for (uint32_t at = cut->near;; at = step(tour, at, forward)) {
        if (at == node) {
            return true;
        }
        if (at == cut->far) {
            return false;
        }
    }
}

/* Put the segment between `c` and `d`, where d follows c in the direction from near to far, and the
 * way from beyond to c is what lies between. `near_first`: it comes to stand c, near .. far, d. */
static void move_segment(
    struct ess_tour *tour, const struct segment *cut, uint32_t c, uint32_t d, bool near_first) {
    ess_tour_exchange(tour, cut->outside, cut->near, c, d);
    ess_tour_exchange(tour, cut->outside, c, cut->beyond, cut->far);
    if (near_first && cut->near != cut->far) {
        ess_tour_exchange(tour, c, cut->far, cut->near, d);
    }
    queue_ends(tour, (const uint32_t[]){cut->near, cut->far, cut->outside, cut->beyond, c, d}, 6);
}

/* Move a segment that begins at `near` next to a better neighbour of `near`. Gain, or 0. */
static double try_move(struct ess_tour *tour, uint32_t near, uint32_t length, bool forward) {
    struct segment cut;
    struct candidates candidates;
    if (!cut_segment(tour, near, length, forward, &cut) || cut.spared <= 0) {
        return 0;
    }
    candidates = candidates_of(tour, near, cut.hop);
    for (uint32_t i = 0; i < candidates.count; i++) {
        uint32_t c = candidates.list ? candidates.list[i] : i;
        double spared = cut.spared - (c == near ? 0 : ess_tour_cost(tour, near, c));
        if (candidates.list && spared <= 0) {
            break;
        }
        if (spared <= 0 || in_segment(tour, &cut, c, forward)) {
            continue;
        }
        for (int side = 0; side < 2; side++) {
            /* near beside c; far beside the node that follows c on this side. */
            uint32_t f = step(tour, c, side == 0 ? forward : !forward);
            double gain = spared + ess_tour_cost(tour, c, f) - ess_tour_cost(tour, cut.far, f);
            if (gain <= least_gain * cut.hop || in_segment(tour, &cut, f, forward)) {
                continue;
            }
            if (side == 0) {
                move_segment(tour, &cut, c, f, true);
            } else {
                move_segment(tour, &cut, f, c, false);
            }
            return gain;
        }
    }
    return 0;
}

static double improve_node(struct ess_tour *tour, uint32_t node) {
    for (int direction = 0; direction < 2; direction++) {
        double gain = try_exchange(tour, node, direction == 0);
        if (gain > 0) {
            return gain;
        }
    }
    for (uint32_t length = 1; length <= SEGMENT_MAX; length++) {
        for (int direction = 0; direction < 2; direction++) {
            double gain = try_move(tour, node, length, direction == 0);
            if (gain > 0) {
                return gain;
            }
        }
    }
    return 0;
}

double ess_tour_improve(struct ess_tour *tour, uint64_t work_max) {
    double gained = 0;
    while (tour->queued > 0) {
        uint32_t node = tour->queue[tour->queue_head];
        tour->queue_head = tour->queue_head + 1 < tour->count ? tour->queue_head + 1 : 0;
        tour->queued--;
        tour->flags[node] = 0;
        if (tour->work >= work_max || (tour->guarded && !ess_tour_can_log(tour))) {
            continue; /* the queue is emptied all the same */
        }
        for (double gain = 1; gain > 0 && tour->work < work_max;) {
            gain = tour->guarded && !ess_tour_can_log(tour) ? 0 : improve_node(tour, node);
            gained += gain;
        }
    }
    return gained;
}

void ess_tour_nearest(struct ess_tour *tour) {
    for (uint32_t i = 0; i + 1 < tour->count; i++) {
        uint32_t best = i + 1, kept;
        double best_cost = ess_tour_cost(tour, tour->nodes[i], tour->nodes[best]);
        for (uint32_t k = i + 2; k < tour->count; k++) {
            double cost = ess_tour_cost(tour, tour->nodes[i], tour->nodes[k]);
            if (cost < best_cost || (!(cost > best_cost) && tour->nodes[k] < tour->nodes[best])) {
                best = k;
                best_cost = cost;
            }
        }
        kept = tour->nodes[i + 1];
        tour->nodes[i + 1] = tour->nodes[best];
        tour->nodes[best] = kept;
    }
    for (uint32_t i = 0; i < tour->count; i++) {
        tour->places[tour->nodes[i]] = i;
    }
}

/* Swap two neighbouring segments of a short window: hops (a, b), (c, d), (e, f) of a b..c d..e f
 * become a d..e b..c f. Three reversals. Returns what it cost. */
static double double_bridge(struct ess_tour *tour, uint32_t start, struct ess_random *stream) {
    uint32_t room = tour->count - 2 < WINDOW ? tour->count - 2 : WINDOW;
    uint32_t first = 1 + (uint32_t)ess_random_below(stream, room - 1);
    uint32_t second = 1 + (uint32_t)ess_random_below(stream, room - first);
    uint32_t n = tour->count, a = tour->nodes[start], b = tour->nodes[(start + 1) % n];
    uint32_t c = tour->nodes[(start + first) % n], d = tour->nodes[(start + first + 1) % n];
    uint32_t e = tour->nodes[(start + first + second) % n];
    uint32_t f = tour->nodes[(start + first + second + 1) % n];
    double cost = ess_tour_cost(tour, a, d) + ess_tour_cost(tour, e, b) + ess_tour_cost(tour, c, f);
    cost -= ess_tour_cost(tour, a, b) + ess_tour_cost(tour, c, d) + ess_tour_cost(tour, e, f);
    ess_tour_exchange(tour, a, b, e, f); /* a e..d c..b f */
    if (e != d) {
        ess_tour_exchange(tour, a, e, d, c); /* a d..e c..b f */
    }
    if (c != b) {
        ess_tour_exchange(tour, e, c, b, f); /* a d..e b..c f */
    }
    queue_ends(tour, (const uint32_t[]){a, b, c, d, e, f}, 6);
    return cost;
}

/* A place to kick: with bad hops every other time shortly before one of them. */
static uint32_t kick_place(struct ess_tour *tour, bool at_bad, struct ess_random *stream) {
    uint32_t start = (uint32_t)ess_random_below(stream, tour->count);
    for (uint32_t i = 0; at_bad && i < tour->count; i++) {
        uint32_t place = (start + i) % tour->count;
        uint32_t next = tour->nodes[(place + 1) % tour->count];
        if (ess_tour_plain_cost(tour, tour->nodes[place], next) > tour->limit) {
            uint32_t back = (uint32_t)ess_random_below(stream, 3);
            return (place + tour->count - back) % tour->count;
        }
    }
    return start;
}

void ess_tour_kick(struct ess_tour *tour, uint64_t kicks, uint64_t work_max) {
    struct ess_random stream;
    uint32_t bad = ess_tour_bad_hops(tour);
    bool mends = bad > 0;
    ess_random_init(&stream, tour->count, tour->work, "tour kicks");
    tour->guarded = true;
    for (uint64_t i = 0; tour->count >= 8 && i < kicks && tour->work < work_max; i++) {
        double change;
        if (mends && bad == 0) {
            break;
        }
        ess_tour_mark(tour);
        change = double_bridge(tour, kick_place(tour, mends && i % 2 == 0, &stream), &stream);
        change -= ess_tour_improve(tour, work_max);
        if (change >= 0) {
            ess_tour_take_back(tour);
        } else if (mends && change < -ESS_TOUR_BAD / 2) {
            bad = ess_tour_bad_hops(tour);
        }
    }
    tour->guarded = false;
    ess_tour_mark(tour);
}
