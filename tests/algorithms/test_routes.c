/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes: each kind against all ways over its number of relays, what is promised of any kind, and
 * what they gain on measured matrices. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"
#include "routing/route.h"
#include "routing_data.h"

struct settings {
    _Alignas(16) unsigned char bytes[256];
};

static const struct ess_route_type *route_named(const char *name) {
    for (size_t i = 0; ess_route_registry[i]; i++) {
        if (strcmp(ess_route_registry[i]->name, name) == 0) {
            return ess_route_registry[i];
        }
    }
    abort();
}

static void set(
    const struct ess_route_type *type, const char *key, double value, struct settings *settings) {
    for (const struct ess_parameter *p = type->parameters; p->key; p++) {
        if (strcmp(p->key, key) == 0) {
            ess_parameter_set(p, value, settings->bytes);
            return;
        }
    }
    abort();
}

static void find(const struct ess_route_type *type, const struct settings *settings,
    const struct ess_pair_matrix *matrix, const bool *usable, uint32_t from, uint32_t to,
    struct ess_route *route) {
    void *scratch = ess_test_scratch(type->scratch_bytes(settings->bytes, matrix->size));
    type->route(settings->bytes, matrix, usable, from, to, route, scratch);
    free(scratch);
}

/* What any route must be: shares sum to 2^20, no peer twice on a way, relays that may relay, hops
 * that are not known to be unreachable. */
static const char *fault_of(const struct ess_pair_matrix *matrix, const bool *usable, uint32_t from,
    uint32_t to, const struct ess_route *route) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < route->way_count; i++) {
        const struct ess_way *way = &route->ways[i];
        uint32_t at = from;
        sum += way->share;
        for (uint32_t k = 0; k <= way->relay_count; k++) {
            uint32_t next = k < way->relay_count ? way->relays[k] : to;
            double rate = ess_pair_rate(matrix, at, next);
            if (next >= matrix->size || next == from || (k < way->relay_count && next == to)) {
                return "a peer twice on a way";
            }
            for (uint32_t m = 0; m < k; m++) {
                if (next == way->relays[m]) {
                    return "a relay twice on a way";
                }
            }
            if (usable && k < way->relay_count && !usable[next]) {
                return "a relay that may not relay";
            }
            if (rate <= 0 && rate >= 0) {
                return "a hop that nothing passes";
            }
            at = next;
        }
    }
    return route->way_count > 0 && sum != ESS_SHARE_WHOLE ? "shares do not sum to 2^20" : NULL;
}

/* Best over all ways with at most two relays: least delay with `forwarding_ns` a relay, largest
 * rate. */
struct best {
    double delay_ns, rate;
};

static void consider(const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to,
    const struct ess_way *way, double forwarding_ns, struct best *best) {
    struct ess_route route = {1, {*way}};
    double delay_ns, rate;
    if (fault_of(matrix, NULL, from, to, &route)) {
        return;
    }
    delay_ns = (double)ess_way_delay(matrix, from, to, way);
    rate = ess_way_rate(matrix, from, to, way);
    if (delay_ns >= 0 && delay_ns + forwarding_ns * way->relay_count < best->delay_ns) {
        best->delay_ns = delay_ns + forwarding_ns * way->relay_count;
    }
    best->rate = rate > best->rate ? rate : best->rate;
}

static struct best all_ways(
    const struct ess_pair_matrix *matrix, uint32_t from, uint32_t to, double forwarding_ns) {
    struct best best = {1e300, 0};
    for (uint32_t a = 0; a < matrix->size; a++) {
        for (uint32_t b = 0; b < matrix->size; b++) {
            struct ess_way ways[3] = {
                {ESS_SHARE_WHOLE, 0, {0}}, {ESS_SHARE_WHOLE, 1, {a}}, {ESS_SHARE_WHOLE, 2, {a, b}}};
            for (int i = 0; i < 3; i++) {
                consider(matrix, from, to, &ways[i], forwarding_ns, &best);
            }
        }
    }
    return best;
}

static void random_network(
    struct ess_test_matrix *made, uint32_t n, uint32_t trial, struct ess_random *random) {
    ess_test_matrix_random(made, n, 1e6, 1e8, false, random);
    for (uint32_t i = 0; i < n; i++) {
        if (trial % 2) {
            made->up[i] = 1e6 + 1e8 * ess_random_unit(random);
            made->down[i] = 1e6 + 1e8 * ess_random_unit(random);
        }
        for (uint32_t k = 0; k < n; k++) {
            uint64_t drawn = ess_random_below(random, 6);
            if (i != k && drawn < 2 && trial % 3 == 0) {
                ess_test_matrix_set(made, i, k, drawn == 0 ? 0 : -1, drawn == 0 ? -1 : 5000000);
            }
        }
    }
}

static void best_of_all_ways(void) {
    struct ess_random random;
    uint32_t pairs = 0, relayed = 0, none = 0;
    ess_random_init(&random, 1, 0, "routes");
    for (uint32_t trial = 0; trial < 60; trial++) {
        const struct ess_route_type *delay = route_named("lowest_delay");
        const struct ess_route_type *widest = route_named("widest");
        uint32_t n = 2 + trial % 9;
        struct settings by_delay, by_rate;
        struct ess_test_matrix made;
        random_network(&made, n, trial, &random);
        ess_parameters_set_defaults(delay->parameters, by_delay.bytes);
        ess_parameters_set_defaults(widest->parameters, by_rate.bytes);
        set(delay, "gain", 1, &by_delay);
        set(widest, "gain", 1, &by_rate);
        for (uint32_t from = 0; from < n; from++) {
            for (uint32_t to = 0; to < n; to++) {
                struct best best;
                struct ess_route route;
                double rate;
                if (from == to) {
                    continue;
                }
                best = all_ways(&made.matrix, from, to, 200e3);
                pairs++;
                find(delay, &by_delay, &made.matrix, NULL, from, to, &route);
                ESS_CHECK(!fault_of(&made.matrix, NULL, from, to, &route), "trial %u", trial);
                if (best.delay_ns < 1e300) {
                    const struct ess_way *way = &route.ways[0];
                    double found_ns = (double)ess_way_delay(&made.matrix, from, to, way);
                    ESS_CHECK(route.way_count == 1 &&
                                  fabs(found_ns + 200e3 * way->relay_count - best.delay_ns) < 1,
                        "trial %u: %.0f, best %.0f", trial, found_ns, best.delay_ns);
                    relayed += way->relay_count > 0;
                }
                find(widest, &by_rate, &made.matrix, NULL, from, to, &route);
                ESS_CHECK(!fault_of(&made.matrix, NULL, from, to, &route), "trial %u", trial);
                none += route.way_count == 0;
                rate = route.way_count ? ess_way_rate(&made.matrix, from, to, &route.ways[0]) : 0;
                ESS_CHECK(best.rate <= 0 || fabs(rate / best.rate - 1) < 1e-12,
                    "trial %u: %g, best %g", trial, rate, best.rate);
            }
        }
        ess_test_matrix_fini(&made);
    }
    CU_ASSERT(relayed > 0);
    ess_test_note(
        "%u pairs, %u of least delay by relays, %u without any way", pairs, relayed, none);
}

/* Any kind, any network: nothing faulty, and never slower than the direct way in what it is for. */
static void every_route_is_sound(void) {
    struct ess_random random;
    uint32_t routes = 0, kinds = 0;
    ess_random_init(&random, 2, 0, "routes");
    for (; ess_route_registry[kinds]; kinds++) {
        const struct ess_route_type *type = ess_route_registry[kinds];
        ESS_CHECK(type->name && type->summary && type->source, "route %u", kinds);
        ESS_CHECK(type->settings_bytes <= sizeof(struct settings), "%s", type->name);
        for (uint32_t trial = 0; trial < 30; trial++) {
            uint32_t n = 2 + trial;
            struct settings settings;
            struct ess_test_matrix made;
            bool usable[40];
            random_network(&made, n, trial, &random);
            ess_parameters_set_defaults(type->parameters, settings.bytes);
            for (uint32_t i = 0; i < n; i++) {
                usable[i] = ess_random_below(&random, 3) > 0;
            }
            for (uint32_t pair = 0; pair < 20; pair++) {
                uint32_t from = (uint32_t)ess_random_below(&random, n);
                uint32_t to = (from + 1 + (uint32_t)ess_random_below(&random, n - 1)) % n;
                struct ess_route route;
                const char *fault;
                double direct = ess_pair_usable(&made.matrix, from, to), rate;
                find(type, &settings, &made.matrix, usable, from, to, &route);
                fault = fault_of(&made.matrix, usable, from, to, &route);
                ESS_CHECK(!fault, "%s: %s", type->name, fault);
                rate = ess_route_rate(&made.matrix, from, to, &route);
                ESS_CHECK(direct <= 0 || strcmp(type->name, "lowest_delay") == 0 ||
                              strcmp(type->name, "relay") == 0 || rate >= direct * (1 - 1e-5),
                    "%s: %g, directly %g", type->name, rate, direct);
                routes++;
            }
            ess_test_matrix_fini(&made);
        }
    }
    CU_ASSERT(kinds >= 5);
    ess_test_note("%u kinds, %u routes", kinds, routes);
}

/* Three relays of known rates: the direct way and the two widest, split by rate. */
static void disjoint_splits_by_rate(void) {
    const struct ess_route_type *type = route_named("disjoint");
    struct settings settings;
    struct ess_test_matrix made;
    struct ess_route route;
    ess_parameters_set_defaults(type->parameters, settings.bytes);
    ess_test_matrix_init(&made, 5);
    ess_test_matrix_set(&made, 0, 1, 4e6, 1);
    for (uint32_t relay = 2; relay < 5; relay++) {
        ess_test_matrix_set(&made, 0, relay, relay * 1e6, 1);
        ess_test_matrix_set(&made, relay, 1, 9e6, 1);
    }
    find(type, &settings, &made.matrix, NULL, 0, 1, &route);
    CU_ASSERT_EQUAL(route.way_count, 3);
    CU_ASSERT_EQUAL(route.ways[0].relay_count, 0);
    CU_ASSERT_EQUAL(route.ways[1].relays[0], 4);
    CU_ASSERT_EQUAL(route.ways[2].relays[0], 3);
    CU_ASSERT_EQUAL(route.ways[2].share, (ESS_SHARE_WHOLE * 3 + 5) / 11);
    CU_ASSERT_DOUBLE_EQUAL(ess_route_rate(&made.matrix, 0, 1, &route) / 11e6, 1, 1e-5);
    /* The sender's line has no room for a third. */
    made.up[0] = 8e6;
    find(type, &settings, &made.matrix, NULL, 0, 1, &route);
    CU_ASSERT_EQUAL(route.way_count, 2);
    CU_ASSERT_EQUAL(route.ways[0].share, ESS_SHARE_WHOLE / 2);
    ess_test_matrix_fini(&made);
}

static void relay_by_size_of_message(void) {
    const struct ess_route_type *type = route_named("relay");
    struct settings settings;
    struct ess_test_matrix made;
    struct ess_route route;
    ess_parameters_set_defaults(type->parameters, settings.bytes);
    ess_test_matrix_init(&made, 3);
    ess_test_matrix_set(&made, 0, 1, 1e6, 10000000);
    ess_test_matrix_set(&made, 0, 2, 5e6, 50000000);
    ess_test_matrix_set(&made, 2, 1, 5e6, 50000000);
    set(type, "message", 10e6, &settings);
    find(type, &settings, &made.matrix, NULL, 0, 1, &route);
    CU_ASSERT_EQUAL(route.ways[0].relay_count, 1);
    set(type, "message", 10e3, &settings);
    find(type, &settings, &made.matrix, NULL, 0, 1, &route);
    CU_ASSERT_EQUAL(route.ways[0].relay_count, 0);
    /* Unreachable: any relay is better. */
    ess_test_matrix_set(&made, 0, 1, 0, -1);
    find(type, &settings, &made.matrix, NULL, 0, 1, &route);
    CU_ASSERT_EQUAL(route.ways[0].relay_count, 1);
    find(route_named("direct"), &settings, &made.matrix, NULL, 0, 1, &route);
    CU_ASSERT_EQUAL(route.way_count, 0);
    ess_test_matrix_fini(&made);
}

static void gain_on(const char *what, const struct ess_test_matrix *made, const char *kind) {
    const struct ess_route_type *type = route_named(kind);
    uint32_t n = made->matrix.size, detours = 0, pairs = 0;
    double mean = 0, best = 1;
    struct settings settings;
    ess_parameters_set_defaults(type->parameters, settings.bytes);
    for (uint32_t from = 0; from < n; from++) {
        for (uint32_t to = 0; to < n; to++) {
            bool by_delay = strcmp(kind, "lowest_delay") == 0;
            struct ess_route route;
            double gain;
            if (from == to || ess_pair_delay(&made->matrix, from, to) < 0) {
                continue;
            }
            find(type, &settings, &made->matrix, NULL, from, to, &route);
            gain = by_delay ? (double)ess_pair_delay(&made->matrix, from, to) /
                                  (double)ess_way_delay(&made->matrix, from, to, &route.ways[0])
                            : ess_route_rate(&made->matrix, from, to, &route) /
                                  ess_pair_usable(&made->matrix, from, to);
            detours += route.way_count > 1 || route.ways[0].relay_count > 0;
            best = gain > best ? gain : best;
            mean += gain;
            pairs++;
        }
    }
    CU_ASSERT(mean >= pairs * (1 - 1e-6));
    ess_test_note("%s, %s: %u of %u pairs gain by others, %.2f times in the mean, %.2f at best",
        what, kind, detours, pairs, mean / pairs, best);
}

static void gains_on_measured_matrices(void) {
    struct ess_test_matrix made;
    if (ess_test_matrix_delays(&made, "azure")) {
        gain_on("azure", &made, "lowest_delay");
        ess_test_matrix_fini(&made);
    }
    if (ess_test_matrix_dtfm(&made, "matrix_world_wide", 1)) {
        gain_on("DT-FM's 8 cities", &made, "lowest_delay");
        gain_on("DT-FM's 8 cities", &made, "widest");
        gain_on("DT-FM's 8 cities", &made, "disjoint");
        ess_test_matrix_fini(&made);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"least delay and widest: no way over two relays is better", best_of_all_ways},
        {"every kind is sound on every network", every_route_is_sound},
        {"disjoint: split by rate, within the sender's line", disjoint_splits_by_rate},
        {"relay: by the size of the message", relay_by_size_of_message},
        {"gains on measured matrices", gains_on_measured_matrices},
        {NULL, NULL},
    };
    return ess_test_main("routes", tests);
}
