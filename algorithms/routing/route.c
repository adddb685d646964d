/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/route.h"

/* The peer at which hop `hop` of a way begins; hop relay_count + 1 begins at `to`. */
static uint32_t stop(const struct ess_way *way, uint32_t from, uint32_t to, uint32_t hop) {
    if (hop == 0) {
        return from;
    }
    return hop <= way->relay_count ? way->relays[hop - 1] : to;
}

int64_t ess_way_delay(
    const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to, const struct ess_way *way) {
    int64_t sum_ns = 0;
    for (uint32_t hop = 0; hop <= way->relay_count; hop++) {
        int64_t delay_ns =
            ess_pair_delay(matrix, stop(way, from, to, hop), stop(way, from, to, hop + 1));
        if (delay_ns < 0) {
            return -1;
        }
        sum_ns += delay_ns;
    }
    return sum_ns;
}

double ess_way_rate(
    const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to, const struct ess_way *way) {
    double least = -1;
    for (uint32_t hop = 0; hop <= way->relay_count; hop++) {
        double rate =
            ess_pair_usable(matrix, stop(way, from, to, hop), stop(way, from, to, hop + 1));
        if (rate < 0) {
            return -1;
        }
        least = hop == 0 || rate < least ? rate : least;
    }
    return least;
}

double ess_route_rate(const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to,
    const struct ess_route *route) {
    double up = ess_access_up(matrix, from), down = ess_access_down(matrix, to), least = -1;
    for (uint32_t i = 0; i < route->way_count; i++) {
        double rate = ess_way_rate(matrix, from, to, &route->ways[i]);
        if (rate < 0) {
            return -1;
        }
        if (route->ways[i].share > 0) {
            rate = rate / route->ways[i].share * ESS_SHARE_WHOLE;
            least = least < 0 || rate < least ? rate : least;
        }
    }
    least = up > 0 && up < least ? up : least;
    return down > 0 && down < least ? down : least;
}

void ess_route_direct_way(
    const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to, struct ess_route *route) {
    double rate = ess_pair_rate(matrix, from, to);
    *route = (struct ess_route){0};
    if (rate > 0 || rate < 0) {
        route->way_count = 1;
        route->ways[0].share = ESS_SHARE_WHOLE;
    }
}
