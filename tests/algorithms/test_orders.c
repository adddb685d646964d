/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ring orders: against all tours of small groups, against the published orders of DT-FM, and their
 * repair after a loss or a join. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"
#include "routing/order.h"
#include "routing/ring_bound.h"
#include "routing_data.h"

struct settings {
    _Alignas(16) unsigned char bytes[256];
};

static const struct ess_order_type *order_named(const char *name) {
    for (size_t i = 0; ess_order_registry[i]; i++) {
        if (strcmp(ess_order_registry[i]->name, name) == 0) {
            return ess_order_registry[i];
        }
    }
    abort();
}

static void set(
    const struct ess_order_type *type, const char *key, double value, struct settings *settings) {
    for (const struct ess_parameter *p = type->parameters; p->key; p++) {
        if (strcmp(p->key, key) == 0) {
            ess_parameter_set(p, value, settings->bytes);
            return;
        }
    }
    abort();
}

/* Plan for all of a matrix with settings by default; the members are handed in descending. */
static uint64_t plan_all(
    const struct ess_order_type *type, const struct ess_order_problem *problem, uint32_t *order) {
    uint32_t n = problem->matrix->size;
    struct settings settings;
    void *scratch;
    uint64_t work;
    ess_parameters_set_defaults(type->parameters, settings.bytes);
    scratch = ess_test_scratch(type->scratch_bytes(settings.bytes, n, n));
    for (uint32_t i = 0; i < n; i++) {
        order[i] = n - 1 - i;
    }
    work = type->plan(settings.bytes, problem, order, n, scratch);
    free(scratch);
    return work;
}

static bool is_permutation(const uint32_t *order, uint32_t count, uint32_t size) {
    bool *seen = ess_test_scratch(size * sizeof *seen);
    bool good = true;
    memset(seen, 0, size * sizeof *seen);
    for (uint32_t i = 0; i < count; i++) {
        good = good && order[i] < size && !seen[order[i]];
        if (good) {
            seen[order[i]] = true;
        }
    }
    free(seen);
    return good;
}

static void descriptors_are_whole(void) {
    size_t count = 0;
    for (; ess_order_registry[count]; count++) {
        const struct ess_order_type *type = ess_order_registry[count];
        ESS_CHECK(type->name && type->summary && type->source, "order %zu", count);
        ESS_CHECK(
            type->plan && type->remove && type->insert && type->scratch_bytes, "%s", type->name);
        ESS_CHECK(type->settings_bytes <= sizeof(struct settings), "%s", type->name);
        for (const struct ess_parameter *p = type->parameters; p && p->key; p++) {
            ESS_CHECK(
                p->minimum <= p->default_value && p->default_value <= p->maximum, "%s", p->key);
        }
    }
    CU_ASSERT(count >= 5);
    ess_test_note("%zu orders", count);
}

/* ---- all tours of a small group ---------------------------------------------------------------
 */

struct best {
    double sum, slowest, sum_of_slowest;
    uint32_t tours;
};

static void visit(
    const struct ess_pair_matrix *matrix, uint32_t *order, uint32_t fixed, struct best *best) {
    uint32_t n = matrix->size;
    if (fixed == n) {
        double sum = ess_order_total(matrix, order, n, 1);
        double slowest = ess_order_slowest_hop(matrix, order, n);
        best->tours++;
        best->sum = sum < best->sum ? sum : best->sum;
        if (slowest > best->slowest) {
            best->slowest = slowest;
            best->sum_of_slowest = sum;
        } else if (slowest >= best->slowest && sum < best->sum_of_slowest) {
            best->sum_of_slowest = sum;
        }
        return;
    }
    for (uint32_t i = fixed; i < n; i++) {
        uint32_t kept = order[fixed];
        order[fixed] = order[i];
        order[i] = kept;
        visit(matrix, order, fixed + 1, best);
        order[i] = order[fixed];
        order[fixed] = kept;
    }
}

static struct best all_tours(const struct ess_pair_matrix *matrix) {
    struct best best = {1e300, -1, 1e300, 0};
    uint32_t order[10];
    for (uint32_t i = 0; i < matrix->size; i++) {
        order[i] = i;
    }
    visit(matrix, order, 1, &best);
    return best;
}

static void exact_against_all_tours(void) {
    struct ess_random random;
    uint32_t trials = 60;
    uint64_t tours = 0;
    ess_random_init(&random, 1, 0, "orders");
    for (uint32_t trial = 0; trial < trials; trial++) {
        uint32_t n = 2 + trial % 7, order[8];
        struct ess_test_matrix made;
        struct ess_order_problem problem = {0};
        struct best best;
        ess_test_matrix_random(&made, n, 1e6, 1e8, trial % 3 == 0, &random);
        for (uint32_t i = 0; trial % 4 == 0 && i < n; i++) {
            made.up[i] = 1e6 + 5e7 * ess_random_unit(&random);
        }
        problem.matrix = &made.matrix;
        best = all_tours(&made.matrix);
        tours += best.tours;
        plan_all(order_named("sum"), &problem, order);
        ESS_CHECK(is_permutation(order, n, n), "trial %u", trial);
        ESS_CHECK(ess_order_total(&made.matrix, order, n, 1) <= best.sum * (1 + 1e-12),
            "trial %u: sum %.9g, best %.9g", trial, ess_order_total(&made.matrix, order, n, 1),
            best.sum);
        plan_all(order_named("bottleneck"), &problem, order);
        ESS_CHECK(is_permutation(order, n, n), "trial %u", trial);
        ESS_CHECK(ess_order_slowest_hop(&made.matrix, order, n) >= best.slowest * (1 - 1e-12),
            "trial %u: slowest %.9g, best %.9g", trial,
            ess_order_slowest_hop(&made.matrix, order, n), best.slowest);
        ESS_CHECK(ess_order_total(&made.matrix, order, n, 1) <= best.sum_of_slowest * (1 + 1e-12),
            "trial %u", trial);
        ess_test_matrix_fini(&made);
    }
    ess_test_note("%u matrices, %llu tours", trials, (unsigned long long)tours);
}

/* ---- DT-FM ------------------------------------------------------------------------------------
 */

struct published {
    const char *name;
    double file_gbit, sum_gbit, bottleneck_gbit, least_sum, sum_of_bottleneck;
};

static double gbit(double bytes_per_s) {
    return bytes_per_s * 8 / 1e9;
}

static void orders_of_dtfm(void) {
    static const struct published cases[] = {
        {"matrix_world_wide", 0.342, 0.500, 0.523, 9.272609, 9.5197},
        {"matrix_regional", 1.02, 1.02, 1.05, 3.542815, 3.554329},
        {"matrix_ten_regions", 0.326, 0.500, 0.535, 11.780261, 12.04914},
    };
    for (size_t i = 0; i < 3; i++) {
        struct ess_order_problem problem = {0};
        struct ess_test_matrix made;
        uint32_t order[16], n;
        double file, sum, bottleneck;
        if (!ess_test_matrix_dtfm(&made, cases[i].name, 1)) {
            return;
        }
        problem.matrix = &made.matrix;
        n = made.matrix.size;
        for (uint32_t k = 0; k < n; k++) {
            order[k] = k;
        }
        file = gbit(ess_order_slowest_hop(&made.matrix, order, n));
        CU_ASSERT_DOUBLE_EQUAL(file, cases[i].file_gbit, 1e-9);
        plan_all(order_named("sum"), &problem, order);
        sum = gbit(ess_order_slowest_hop(&made.matrix, order, n));
        CU_ASSERT_DOUBLE_EQUAL(sum, cases[i].sum_gbit, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(
            ess_order_total(&made.matrix, order, n, 0) * 1e9 / 8, cases[i].least_sum, 1e-6);
        plan_all(order_named("bottleneck"), &problem, order);
        bottleneck = gbit(ess_order_slowest_hop(&made.matrix, order, n));
        CU_ASSERT_DOUBLE_EQUAL(bottleneck, cases[i].bottleneck_gbit, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(
            ess_order_total(&made.matrix, order, n, 0) * 1e9 / 8, cases[i].sum_of_bottleneck, 1e-5);
        ess_test_note("%s: slowest hop %.3f as filed, %.3f by sum, %.3f by bottleneck (Gbit/s)",
            cases[i].name, file, sum, bottleneck);
        ess_test_matrix_fini(&made);
    }
}

/* The search beyond the exact range, held against the exact one by turning the latter off. */
static void search_against_exact(void) {
    struct ess_random random;
    uint32_t trials = 40, sum_hits = 0, bottleneck_hits = 0;
    double worst_sum = 1, worst_bottleneck = 1;
    ess_random_init(&random, 2, 0, "orders");
    for (uint32_t trial = 0; trial < trials; trial++) {
        const char *const names[] = {"sum", "bottleneck"};
        uint32_t n = 9 + trial % 4;
        struct ess_test_matrix made;
        struct ess_order_problem problem = {0};
        if (trial % 2) {
            ess_test_matrix_random(&made, n, 1e6, 1e8, true, &random);
        } else {
            ess_test_matrix_sites(&made, n, 4, 0.2, &random);
        }
        problem.matrix = &made.matrix;
        for (int kind = 0; kind < 2; kind++) {
            const struct ess_order_type *type = order_named(names[kind]);
            uint32_t exact[12], found[12];
            struct settings settings;
            void *scratch;
            double ratio;
            ess_parameters_set_defaults(type->parameters, settings.bytes);
            set(type, "exact", 0, &settings);
            scratch = ess_test_scratch(type->scratch_bytes(settings.bytes, n, n));
            for (uint32_t i = 0; i < n; i++) {
                found[i] = i;
            }
            type->plan(settings.bytes, &problem, found, n, scratch);
            free(scratch);
            plan_all(type, &problem, exact);
            ESS_CHECK(is_permutation(found, n, n), "%s", type->name);
            if (kind == 0) {
                ratio = ess_order_total(&made.matrix, found, n, 1) /
                        ess_order_total(&made.matrix, exact, n, 1);
                worst_sum = ratio > worst_sum ? ratio : worst_sum;
                sum_hits += ratio < 1 + 1e-9;
            } else {
                ratio = ess_order_slowest_hop(&made.matrix, exact, n) /
                        ess_order_slowest_hop(&made.matrix, found, n);
                worst_bottleneck = ratio > worst_bottleneck ? ratio : worst_bottleneck;
                bottleneck_hits += ratio < 1 + 1e-9;
            }
        }
        ess_test_matrix_fini(&made);
    }
    CU_ASSERT(worst_sum < 1.05);
    CU_ASSERT(worst_bottleneck < 1.1);
    ess_test_note(
        "of %u groups of 9 to 12: sum best in %u (worst %.3f times the least), bottleneck "
        "best in %u (worst 1/%.3f)",
        trials, sum_hits, worst_sum, bottleneck_hits, worst_bottleneck);
}

/* ---- losses and joins -------------------------------------------------------------------------
 */

/* One loss, then the join of the same member: what it costs, and how good the ring is after. */
struct repair {
    uint64_t plan_work, remove_work, insert_work;
    double planned, removed, inserted;
};

static double worth(const struct ess_order_type *type, const struct ess_pair_matrix *matrix,
    const uint32_t *order, uint32_t count) {
    return strcmp(type->name, "bottleneck") == 0 ? 1 / ess_order_slowest_hop(matrix, order, count)
                                                 : ess_order_total(matrix, order, count, 1);
}

static struct repair lose_and_join(const struct ess_order_type *type,
    const struct ess_order_problem *problem, uint32_t *order, uint32_t place) {
    uint32_t n = problem->matrix->size, member;
    struct repair repair = {0};
    struct settings settings;
    void *scratch;
    ess_parameters_set_defaults(type->parameters, settings.bytes);
    scratch = ess_test_scratch(type->scratch_bytes(settings.bytes, n, n));
    repair.planned = worth(type, problem->matrix, order, n);
    member = order[place];
    repair.remove_work = type->remove(settings.bytes, problem, order, n, place, scratch);
    repair.removed = worth(type, problem->matrix, order, n - 1);
    repair.insert_work = type->insert(settings.bytes, problem, order, n - 1, member, scratch);
    repair.inserted = worth(type, problem->matrix, order, n);
    free(scratch);
    return repair;
}

static void repairs_are_cheap(void) {
    static const uint32_t sizes[] = {48, 64, 256, 1000};
    struct ess_random random;
    ess_random_init(&random, 3, 0, "orders");
    for (size_t i = 0; i < 4; i++) {
        uint32_t n = sizes[i], *order = ess_test_scratch(n * sizeof *order), places = 12;
        struct ess_order_problem problem = {0};
        struct ess_test_matrix made;
        ess_test_matrix_sites(&made, n, n / 8, 0.3, &random);
        problem.matrix = &made.matrix;
        for (size_t k = 0; ess_order_registry[k]; k++) {
            const struct ess_order_type *type = ess_order_registry[k];
            uint64_t work = plan_all(type, &problem, order), most = 0;
            double worst = 0;
            ESS_CHECK(is_permutation(order, n, n), "%s of %u", type->name, n);
            if (!type->parameters) {
                continue; /* what looks at no pair plans and mends in no time */
            }
            for (uint32_t trial = 0; trial < places; trial++) {
                uint32_t place = (uint32_t)ess_random_below(&random, n);
                struct repair repair = lose_and_join(type, &problem, order, place);
                most = repair.remove_work > most ? repair.remove_work : most;
                most = repair.insert_work > most ? repair.insert_work : most;
                worst = repair.inserted / repair.planned > worst ? repair.inserted / repair.planned
                                                                 : worst;
                ESS_CHECK(is_permutation(order, n, n), "%s of %u", type->name, n);
            }
            ESS_CHECK(most * 10 < work, "%s of %u: plan %llu, repair %llu", type->name, n,
                (unsigned long long)work, (unsigned long long)most);
            ESS_CHECK(worst < 1.3, "%s of %u: %.3f", type->name, n, worst);
            ess_test_note("%s of %u: plan %.2e looks, repair at most 1/%.0f of it, cost after it "
                          "at most %.3f of before",
                type->name, n, (double)work, (double)work / (double)most, worst);
        }
        ess_test_matrix_fini(&made);
        free(order);
    }
}

static double no_ring_above(const struct ess_pair_matrix *matrix, const uint32_t *members) {
    struct ess_tour_costs costs = {matrix, 1, 0, true};
    void *scratch = ess_test_scratch(ess_tour_bytes(matrix->size, true));
    uint32_t *words = ess_test_scratch(4 * matrix->size * sizeof *words);
    struct ess_tour tour;
    double bound;
    ess_tour_init(&tour, &costs, members, matrix->size, true, scratch);
    bound = ess_ring_bound(&tour, words);
    free(words);
    free(scratch);
    return 1 / bound;
}

/* The bound against all tours: never above the best, and how often it is the best. */
static void bound_against_all_tours(void) {
    struct ess_random random;
    uint32_t trials = 60, tight = 0;
    ess_random_init(&random, 7, 0, "orders");
    for (uint32_t trial = 0; trial < trials; trial++) {
        uint32_t n = 3 + trial % 6, order[8] = {0, 1, 2, 3, 4, 5, 6, 7};
        struct ess_test_matrix made;
        double best, bound;
        ess_test_matrix_random(&made, n, 1e6, 1e8, true, &random);
        best = all_tours(&made.matrix).slowest;
        bound = no_ring_above(&made.matrix, order);
        ESS_CHECK(bound >= best * (1 - 1e-9), "trial %u: %g, a ring has %g", trial, bound, best);
        tight += bound <= best * (1 + 1e-9);
        ess_test_matrix_fini(&made);
    }
    CU_ASSERT(tight > trials / 2);
    ess_test_note("the bound is the best ring's slowest hop for %u of %u groups", tight, trials);
}

/* Against what no ring can beat: for large groups the distance is measured, not known. */
static void large_rings(void) {
    struct ess_random random;
    ess_random_init(&random, 4, 0, "orders");
    for (int shape = 0; shape < 3; shape++) {
        uint32_t n = 300, *order = ess_test_scratch(n * sizeof *order);
        struct ess_order_problem problem = {0};
        struct ess_test_matrix made;
        double file, sum, bottleneck, bound;
        if (shape == 0) {
            ess_test_matrix_random(&made, n, 1e6, 1e8, true, &random);
        } else {
            ess_test_matrix_sites(&made, n, shape == 1 ? 10 : 300, 0.2, &random);
        }
        problem.matrix = &made.matrix;
        for (uint32_t a = 0; a < n; a++) {
            order[a] = a;
        }
        bound = no_ring_above(&made.matrix, order);
        file = ess_order_slowest_hop(&made.matrix, order, n);
        plan_all(order_named("sum"), &problem, order);
        sum = ess_order_slowest_hop(&made.matrix, order, n);
        plan_all(order_named("bottleneck"), &problem, order);
        bottleneck = ess_order_slowest_hop(&made.matrix, order, n);
        CU_ASSERT(bottleneck <= bound * (1 + 1e-9));
        CU_ASSERT(bottleneck >= 0.95 * bound);
        CU_ASSERT(bottleneck >= sum);
        ess_test_note("%s of %u: slowest hop %.1f MB/s as filed, %.1f by sum, %.1f by bottleneck; "
                      "no ring above %.1f",
            shape == 0   ? "random"
            : shape == 1 ? "10 sites"
                         : "300 sites",
            n, file / 1e6, sum / 1e6, bottleneck / 1e6, bound / 1e6);
        ess_test_matrix_fini(&made);
        free(order);
    }
}

/* Both plans are the same however the members are named. */
static void plans_do_not_depend_on_naming(void) {
    static const char *const names[] = {"sum", "bottleneck"};
    struct ess_random random;
    ess_random_init(&random, 8, 0, "orders");
    for (uint32_t trial = 0; trial < 12; trial++) {
        const struct ess_order_type *type = order_named(names[trial % 2]);
        uint32_t n = 6 + 3 * trial, order[40], shuffled[40];
        struct ess_order_problem problem = {0};
        struct ess_test_matrix made;
        struct settings settings;
        void *scratch;
        ess_test_matrix_random(&made, n, 1e6, 1e8, false, &random);
        problem.matrix = &made.matrix;
        plan_all(type, &problem, order);
        for (uint32_t i = 0; i < n; i++) {
            shuffled[i] = (i * 5 + trial) % n;
        }
        if (!is_permutation(shuffled, n, n)) {
            memcpy(shuffled, order, sizeof order);
        }
        ess_parameters_set_defaults(type->parameters, settings.bytes);
        scratch = ess_test_scratch(type->scratch_bytes(settings.bytes, n, n));
        type->plan(settings.bytes, &problem, shuffled, n, scratch);
        free(scratch);
        ESS_CHECK(memcmp(order, shuffled, n * sizeof *order) == 0, "%s of %u", type->name, n);
        ess_test_matrix_fini(&made);
    }
}

/* Costs are distances of random points in a square: the least sum of n points is 0.7313 sqrt(n) in
 * the mean for n = 1,000 (Johnson and McGeoch, 1997, table of random uniform instances). */
static void points_in_a_square(void) {
    uint32_t n = 1000, *order = ess_test_scratch(n * sizeof *order);
    double *x = ess_test_scratch(n * sizeof *x), *y = ess_test_scratch(n * sizeof *y), ratio;
    struct ess_order_problem problem = {0};
    struct ess_test_matrix made;
    struct ess_random random;
    ess_random_init(&random, 6, 0, "orders");
    ess_test_matrix_init(&made, n);
    problem.matrix = &made.matrix;
    for (uint32_t a = 0; a < n; a++) {
        x[a] = ess_random_unit(&random);
        y[a] = ess_random_unit(&random);
        for (uint32_t b = 0; b < a; b++) {
            double rate = 1e6 / hypot(x[a] - x[b], y[a] - y[b]);
            ess_test_matrix_set(&made, a, b, rate, 1);
            ess_test_matrix_set(&made, b, a, rate, 1);
        }
    }
    plan_all(order_named("sum"), &problem, order);
    ratio = ess_order_total(&made.matrix, order, n, 1) * 1e6 / (0.7313 * sqrt(n));
    CU_ASSERT(ratio < 1.04);
    ess_test_note("%u points: %.4f of the least sum that is expected", n, ratio);
    ess_test_matrix_fini(&made);
    free(order);
    free(x);
    free(y);
}

/* Pairs not measured, unreachable ones, and groups of one and two. */
static void gaps_and_small_groups(void) {
    struct ess_random random;
    ess_random_init(&random, 5, 0, "orders");
    for (uint32_t n = 1; n <= 24; n++) {
        struct ess_order_problem problem = {0};
        struct ess_test_matrix made;
        uint32_t order[25];
        ess_test_matrix_random(&made, n, 1e6, 1e8, true, &random);
        problem.matrix = &made.matrix;
        /* A ring 0, 1, 2, .. is reachable; of the other pairs half is not. */
        for (uint32_t a = 0; a < n; a++) {
            for (uint32_t b = 0; b < a; b++) {
                if (a - b != 1 && a - b != n - 1 && ess_random_below(&random, 2)) {
                    double rate = ess_random_below(&random, 2) ? 0 : -1;
                    ess_test_matrix_set(&made, a, b, rate, -1);
                    ess_test_matrix_set(&made, b, a, rate, -1);
                }
            }
        }
        for (size_t k = 0; ess_order_registry[k]; k++) {
            const struct ess_order_type *type = ess_order_registry[k];
            plan_all(type, &problem, order);
            ESS_CHECK(is_permutation(order, n, n), "%s of %u", type->name, n);
            ESS_CHECK(
                !type->parameters || n < 2 || ess_order_slowest_hop(&made.matrix, order, n) > 0,
                "%s of %u goes where nothing does", type->name, n);
            if (n > 1) {
                lose_and_join(type, &problem, order, n / 2);
                ESS_CHECK(is_permutation(order, n, n), "%s of %u", type->name, n);
            }
        }
        ess_test_matrix_fini(&made);
    }
}

static void sorted_orders(void) {
    static const uint32_t sites[6] = {2, 0, 1, 0, 2, 1};
    static const uint64_t arrivals[6] = {5, 9, 1, UINT64_MAX, 1, 0};
    static const uint32_t by_site[6] = {1, 3, 2, 5, 0, 4}, by_arrival[6] = {5, 2, 4, 0, 1, 3};
    struct ess_test_matrix made;
    struct ess_order_problem problem = {.site = sites, .arrival = arrivals};
    uint32_t order[6];
    ess_test_matrix_init(&made, 6);
    problem.matrix = &made.matrix;
    plan_all(order_named("site"), &problem, order);
    CU_ASSERT(memcmp(order, by_site, sizeof order) == 0);
    lose_and_join(order_named("site"), &problem, order, 2);
    CU_ASSERT(memcmp(order, by_site, sizeof order) == 0);
    plan_all(order_named("arrival"), &problem, order);
    CU_ASSERT(memcmp(order, by_arrival, sizeof order) == 0);
    lose_and_join(order_named("arrival"), &problem, order, 3);
    CU_ASSERT(memcmp(order, by_arrival, sizeof order) == 0);
    plan_all(order_named("file"), &problem, order);
    CU_ASSERT(order[0] == 5 && order[5] == 0);
    ess_test_matrix_fini(&made);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"descriptors are whole", descriptors_are_whole},
        {"file, site, arrival", sorted_orders},
        {"small groups: no tour is better", exact_against_all_tours},
        {"the published orders of DT-FM", orders_of_dtfm},
        {"the search against the exact orders", search_against_exact},
        {"gaps, unreachable pairs, groups of one and two", gaps_and_small_groups},
        {"bottleneck: what no ring beats", bound_against_all_tours},
        {"large rings beside what no ring beats", large_rings},
        {"plans do not depend on how members are named", plans_do_not_depend_on_naming},
        {"sum: a thousand points in a square", points_in_a_square},
        {"one loss or join among 48 or more: under a tenth of the first plan", repairs_are_cheap},
        {NULL, NULL},
    };
    return ess_test_main("orders", tests);
}
