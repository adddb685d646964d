/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "routing/tour.h"

/* The open ends of the path: hop (a, b) is bad. */
struct ends {
    uint32_t a, b;
};

static bool find_bad(struct ess_tour *tour, uint32_t start, struct ends *ends) {
    for (uint32_t i = 0; i < tour->count; i++) {
        ends->a = tour->nodes[(start + i) % tour->count];
        ends->b = ess_tour_next(tour, ends->a);
        if (ess_tour_plain_cost(tour, ends->a, ends->b) > tour->limit) {
            return true;
        }
    }
    return false;
}

/* One rotation of the end a: a random c, or, where there is any, the one that closes the ring
 * cheapest. Returns 1 closed, 0 went on, -1 nothing is joined to a by a good hop. */
static int rotate(struct ess_tour *tour, struct ends *ends, struct ess_random *stream) {
    bool forward = ess_tour_next(tour, ends->a) == ends->b, closes = false;
    uint32_t chosen = tour->count, after = tour->count, equal = 0;
    double best = 0;
    for (uint32_t c = 0; c < tour->count; c++) {
        uint32_t d = forward ? ess_tour_next(tour, c) : ess_tour_before(tour, c);
        double joined = ess_tour_plain_cost(tour, ends->a, c), closing;
        if (c == ends->a || c == ends->b || d == ends->a || joined > tour->limit) {
            continue;
        }
        closing = ess_tour_plain_cost(tour, ends->b, d);
        if (closing <= tour->limit) {
            if (!closes || joined + closing < best) {
                best = joined + closing;
                chosen = c;
                after = d;
            }
            closes = true;
        } else if (!closes) {
            equal++;
            if (ess_random_below(stream, equal) == 0) {
                chosen = c;
                after = d;
            }
        }
    }
    if (chosen == tour->count) {
        return -1;
    }
    ess_tour_exchange(tour, ends->a, ends->b, chosen, after);
    ess_tour_queue(tour, ends->a);
    ess_tour_queue(tour, chosen);
    ess_tour_queue(tour, after);
    ess_tour_queue(tour, ends->b);
    ends->a = after;
    return closes;
}

static bool walk(
    struct ess_tour *tour, struct ends *ends, uint32_t steps_max, struct ess_random *stream) {
    ess_tour_mark(tour);
    for (uint32_t i = 0; i < steps_max && ess_tour_can_log(tour); i++) {
        int turned;
        if (ess_random_below(stream, 2) == 0) {
            *ends = (struct ends){ends->b, ends->a};
        }
        turned = rotate(tour, ends, stream);
        if (turned > 0) {
            return true;
        }
        if (turned < 0) {
            break;
        }
    }
    ess_tour_take_back(tour);
    return false;
}

uint32_t ess_tour_rotate(
    struct ess_tour *tour, uint32_t walks, uint32_t steps_max, uint64_t work_max) {
    struct ess_random stream;
    uint32_t bad = ess_tour_bad_hops(tour);
    ess_random_init(&stream, tour->count, tour->work, "tour rotations");
    while (tour->count >= 5 && bad > 0 && walks > 0 && tour->work < work_max) {
        struct ends ends;
        uint32_t start = (uint32_t)ess_random_below(&stream, tour->count);
        if (find_bad(tour, start, &ends) && walk(tour, &ends, steps_max, &stream)) {
            bad = ess_tour_bad_hops(tour);
        } else {
            walks--;
        }
    }
    ess_tour_mark(tour);
    ess_tour_improve(tour, work_max);
    return ess_tour_bad_hops(tour);
}
