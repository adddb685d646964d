/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processor seconds of overlay planning on a made network: PEERS in PEERS / 8 sites in a plane,
 * 10 Gbit/s within a site, slower with distance between them, every pair 20 % off by chance.
 *
 *     measure_routing plan|repair KIND PEERS     ring order KIND; repair: the mean of 20 losses and
 *                                                20 joins
 *     measure_routing trees TREES PEERS          spanning trees, lines of 50 Mbit/s to 1 Gbit/s
 *
 * `operations` are looks at a pair where they are counted. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "routing/order.h"
#include "routing/tree_packing.h"
#include "sim/engine/arena.h"

enum { REPAIRS = 20 };

struct network {
    struct ess_pair_matrix matrix;
    double *rate, *line;
    int64_t *delay_ns;
};

static void make_network(struct ess_arena *arena, uint32_t peers, struct network *network) {
    size_t n = peers, sites = n / 8 > 0 ? n / 8 : 1;
    double *x = ess_arena_allocate(arena, sites, sizeof *x);
    double *y = ess_arena_allocate(arena, sites, sizeof *y);
    struct bench_random random = {11};
    network->rate = ess_arena_allocate(arena, n * n, sizeof *network->rate);
    network->delay_ns = ess_arena_allocate(arena, n * n, sizeof *network->delay_ns);
    network->line = ess_arena_allocate(arena, n, sizeof *network->line);
    for (size_t i = 0; i < sites; i++) {
        x[i] = bench_random_unit(&random);
        y[i] = bench_random_unit(&random);
    }
    for (size_t a = 0; a < n; a++) {
        size_t s = a * sites / n;
        network->line[a] = 6.25e6 + 1.1875e8 * bench_random_unit(&random);
        for (size_t b = 0; b < a; b++) {
            size_t t = b * sites / n;
            double apart_ms = s == t ? 0.1 : 5 + 100 * hypot(x[s] - x[t], y[s] - y[t]);
            double off = 0.8 + 0.4 * bench_random_unit(&random);
            double rate = (s == t ? 1.25e9 : 2.5e8 / (1 + apart_ms / 20)) * off;
            network->rate[a * n + b] = network->rate[b * n + a] = rate;
            network->delay_ns[a * n + b] = network->delay_ns[b * n + a] = (int64_t)(apart_ms * 1e6);
        }
    }
    network->matrix = (struct ess_pair_matrix){peers, network->rate, network->delay_ns, NULL, NULL};
}

static const struct ess_order_type *order_named(const char *name) {
    for (size_t i = 0; ess_order_registry[i]; i++) {
        if (strcmp(ess_order_registry[i]->name, name) == 0) {
            return ess_order_registry[i];
        }
    }
    return NULL;
}

static void measure_order(struct ess_arena *arena, const struct ess_order_type *type, bool repair,
    const struct ess_pair_matrix *matrix, struct bench_result *result) {
    uint32_t n = matrix->size;
    struct ess_order_problem problem = {.matrix = matrix};
    uint32_t *order = ess_arena_allocate(arena, n, sizeof *order);
    struct bench_random random = {5};
    double settings[32];
    void *scratch;
    double begin_s;
    if (type->settings_bytes > sizeof settings) {
        abort();
    }
    ess_parameters_set_defaults(type->parameters, settings);
    scratch = ess_arena_allocate(arena, type->scratch_bytes(settings, n, n) + 1, 1);
    for (uint32_t i = 0; i < n; i++) {
        order[i] = i;
    }
    begin_s = bench_now_s();
    result->operations = (double)type->plan(settings, &problem, order, n, scratch);
    result->value = bench_now_s() - begin_s;
    if (!repair) {
        return;
    }
    result->setup_s = result->value;
    result->operations = 0;
    begin_s = bench_now_s();
    for (int i = 0; i < REPAIRS; i++) {
        uint32_t place = (uint32_t)(bench_random_next(&random) % n), member = order[place];
        uint64_t work = type->remove(settings, &problem, order, n, place, scratch);
        work += type->insert(settings, &problem, order, n - 1, member, scratch);
        result->operations += (double)work / (2 * REPAIRS);
    }
    result->value = (bench_now_s() - begin_s) / (2 * REPAIRS);
}

static void measure_trees(struct ess_arena *arena, uint32_t trees, const struct network *network,
    struct bench_result *result) {
    struct ess_tree_packing_settings settings = ess_tree_packing_defaults();
    struct ess_tree_packing packing = {0};
    uint32_t n = network->matrix.size;
    struct ess_pair_matrix matrix = network->matrix;
    void *scratch;
    double begin_s;
    settings.trees_max = trees;
    matrix.up_bytes_per_s = matrix.down_bytes_per_s = network->line;
    packing.shares = ess_arena_allocate(arena, trees, sizeof *packing.shares);
    packing.roots = ess_arena_allocate(arena, trees, sizeof *packing.roots);
    packing.parents = ess_arena_allocate(arena, (size_t)trees * n, sizeof *packing.parents);
    scratch = ess_arena_allocate(arena, ess_tree_packing_bytes(&settings, n), 1);
    begin_s = bench_now_s();
    ess_tree_packing_build(&settings, &matrix, NULL, n, &packing, scratch);
    result->value = bench_now_s() - begin_s;
    fprintf(stderr, "%u trees, %.4f of the bound\n", packing.tree_count,
        packing.rate_bytes_per_s / packing.bound_bytes_per_s);
}

int main(int argc, char **argv) {
    unsigned long peers = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    const struct ess_order_type *type = argc == 4 ? order_named(argv[2]) : NULL;
    bool of_trees = argc == 4 && strcmp(argv[1], "trees") == 0;
    unsigned long trees = of_trees ? strtoul(argv[2], NULL, 10) : 1;
    struct bench_result result = {0};
    struct ess_arena arena;
    struct network network;
    if (peers < 2 || peers > 10000 || trees < 1 || trees > ESS_TREES_MAX ||
        (!of_trees && (!type || !type->parameters))) {
        fprintf(stderr, "usage: measure_routing plan|repair sum|bottleneck PEERS\n"
                        "       measure_routing trees TREES PEERS\n");
        return 2;
    }
    ess_arena_init(&arena, 0);
    make_network(&arena, (uint32_t)peers, &network);
    if (of_trees) {
        measure_trees(&arena, (uint32_t)trees, &network, &result);
    } else {
        measure_order(&arena, type, strcmp(argv[1], "repair") == 0, &network.matrix, &result);
    }
    bench_print(&result);
    ess_arena_fini(&arena);
    return 0;
}
