/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lower bounds are made of, each beside a search through everything: linear programs, least
 * cuts, cheapest trees, broken inequalities. Then the bounds themselves for up to 5 peers, beside
 * the program with all inequalities, and beside the best packing of all trees there are. */
#include "analysis/bounds/arborescence.h"
#include "analysis/bounds/linear_program.h"
#include "analysis/bounds/links.h"
#include "analysis/bounds/max_flow.h"
#include "analysis/bounds/separation.h"
#include "bound_case.h"

/* ---- linear programs ------------------------------------------------------------------------- */

static void linear_programs(void) {
    double cost[2] = {2, 3}, ones[2] = {1, 1}, minus[1] = {-1};
    uint32_t both[2] = {0, 1}, first[1] = {0};
    struct ess_linear_program *program = ess_linear_program_new(cost, 2);
    ess_linear_program_add_row(program, both, ones, 2, true, 4); /* x + y >= 4 */
    CU_ASSERT_EQUAL(ess_linear_program_solve(program, 100), ESS_LINEAR_OPTIMAL);
    CU_ASSERT_DOUBLE_EQUAL(ess_linear_program_cost(program), 8, 1e-12);
    CU_ASSERT_EQUAL(ess_linear_program_add_row(program, first, ones, 1, false, 1), 1);
    CU_ASSERT_EQUAL(ess_linear_program_solve(program, 100), ESS_LINEAR_OPTIMAL);
    CU_ASSERT_DOUBLE_EQUAL(ess_linear_program_cost(program), 11, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ess_linear_program_value(program, 1), 3, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ess_linear_program_price(program, 0), 3, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ess_linear_program_price(program, 1), -1, 1e-12);
    ess_linear_program_add_row(program, first, ones, 1, true, 2); /* x >= 2 and x <= 1 */
    CU_ASSERT_EQUAL(ess_linear_program_solve(program, 100), ESS_LINEAR_INFEASIBLE);
    ess_linear_program_free(program);
    cost[0] = -1;
    program = ess_linear_program_new(cost, 2);
    ess_linear_program_add_row(program, first, minus, 1, false, 5);
    CU_ASSERT_NOT_EQUAL(ess_linear_program_solve(program, 100), ESS_LINEAR_OPTIMAL);
    ess_linear_program_free(program);
}

/* GLPK aborts on a column that stands twice in a row; here that is a status, and the next program
 * is none the worse for it. */
static void linear_program_error(void) {
    double cost[2] = {1, 1}, ones[2] = {1, 1};
    uint32_t twice[2] = {0, 0};
    struct ess_linear_program *program = ess_linear_program_new(cost, 2);
    ess_linear_program_add_row(program, twice, ones, 2, true, 4);
    CU_ASSERT_EQUAL(ess_linear_program_solve(program, 100), ESS_LINEAR_STOPPED);
    CU_ASSERT_EQUAL(ess_linear_program_value(program, 0), 0);
    ess_linear_program_free(program);
    linear_programs();
}

/* ---- least cuts ------------------------------------------------------------------------------ */

static double cut_value(const double *capacity, uint32_t n, uint32_t set) {
    double sum = 0;
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t b = 0; b < n; b++) {
            sum += (set >> a & 1) && !(set >> b & 1) ? capacity[a * n + b] : 0;
        }
    }
    return sum;
}

static void least_cuts(void) {
    struct ess_random random;
    ess_random_init(&random, 1, 0, "cuts");
    for (int round = 0; round < 2000; round++) {
        uint32_t n = 2 + (uint32_t)ess_random_below(&random, 6), set = 0;
        double capacity[49], least = INFINITY, flow;
        bool side[7];
        struct ess_flow_graph graph;
        ess_flow_graph_init(&graph, n, n * n);
        for (uint32_t i = 0; i < n * n; i++) {
            bool some = i / n != i % n && ess_random_below(&random, 3) > 0;
            capacity[i] = some ? draw(&random, 0, 1) : 0;
        }
        for (uint32_t a = 0; a < n; a++) {
            for (uint32_t b = a + 1; b < n; b++) {
                ess_flow_graph_add(&graph, a, b, capacity[a * n + b], capacity[b * n + a]);
            }
        }
        flow = ess_flow_graph_cut(&graph, 0, n - 1, side);
        for (uint32_t s = 1; s < 1U << (n - 1); s += 2) {
            least = fmin(least, cut_value(capacity, n, s));
        }
        for (uint32_t a = 0; a < n; a++) {
            set |= (uint32_t)side[a] << a;
        }
        CU_ASSERT_DOUBLE_EQUAL(flow, least, 1e-10);
        CU_ASSERT_DOUBLE_EQUAL(cut_value(capacity, n, set), least, 1e-10);
        ess_flow_graph_fini(&graph);
    }
}

/* ---- trees ----------------------------------------------------------------------------------- */

/* The code-th choice of a node before each node but the root, if it is a tree from the root. */
static bool tree_of(uint32_t code, uint32_t n, uint32_t root, uint32_t *parent) {
    for (uint32_t node = 0; node < n; node++) {
        parent[node] = root;
        if (node != root) {
            parent[node] = code % n;
            code /= n;
        }
    }
    for (uint32_t node = 0; node < n; node++) {
        uint32_t at = node;
        for (uint32_t hops = 0; hops < n; hops++) {
            at = parent[at];
        }
        if (at != root) {
            return false;
        }
    }
    return true;
}

static uint32_t codes_of(uint32_t n) {
    uint32_t codes = 1;
    for (uint32_t i = 1; i < n; i++) {
        codes *= n;
    }
    return codes;
}

static double tree_cost(const double *cost, uint32_t n, uint32_t root, const uint32_t *parent) {
    double sum = 0;
    for (uint32_t node = 0; node < n; node++) {
        sum += node == root ? 0 : cost[parent[node] * n + node];
    }
    return sum;
}

static void cheapest_trees(void) {
    struct ess_random random;
    ess_random_init(&random, 1, 0, "trees");
    for (int round = 0; round < 1500; round++) {
        uint32_t n = 2 + (uint32_t)ess_random_below(&random, 4), parent[5], candidate[5];
        uint32_t root = (uint32_t)ess_random_below(&random, n);
        double cost[25], least = INFINITY;
        for (uint32_t i = 0; i < n * n; i++) { /* few values, so that there are ties */
            cost[i] = (double)ess_random_below(&random, round % 2 ? 4 : 1000);
        }
        for (uint32_t code = 0; code < codes_of(n); code++) {
            if (tree_of(code, n, root, candidate)) {
                least = fmin(least, tree_cost(cost, n, root, candidate));
            }
        }
        ess_arborescence(cost, n, root, parent);
        CU_ASSERT_EQUAL(parent[root], root);
        CU_ASSERT_EQUAL(tree_cost(cost, n, root, parent), least);
    }
}

/* ---- broken inequalities --------------------------------------------------------------------- */

/* Each inequality of a collective, in turn: sets first, then partitions as restricted growth
 * strings counted through. False after the last. */
struct walk {
    const struct ess_bound_task *task;
    uint32_t peers, next;
    uint32_t part[6];
    struct ess_bound_cut cut;
};

static bool next_set(struct walk *walk) {
    while (walk->next < 1U << walk->peers) {
        uint32_t set = walk->next++, ahead = 0, root = walk->task->root;
        for (uint32_t peer = 0; peer < walk->peers; peer++) {
            walk->part[peer] = set >> peer & 1;
            ahead += walk->part[peer] == 0;
        }
        walk->cut = (struct ess_bound_cut){.part_count = 2, .part = walk->part};
        walk->cut.demand = ess_bound_demand(
            walk->task, walk->peers, ahead, root < walk->peers && walk->part[root] == 0);
        if (walk->cut.demand > 0) {
            return true;
        }
    }
    return false;
}

static bool next_partition(struct walk *walk) {
    uint32_t sets = 1U << walk->peers, codes = codes_of(walk->peers);
    while (walk->task->primitive == ESS_ALL_REDUCE && walk->next < sets + codes) {
        uint32_t code = walk->next++ - sets, parts = 1;
        bool good = true;
        walk->part[0] = 0;
        for (uint32_t peer = 1; peer < walk->peers; peer++) {
            walk->part[peer] = code % walk->peers;
            code /= walk->peers;
            good = good && walk->part[peer] <= parts;
            parts += walk->part[peer] == parts;
        }
        if (good && parts > 1) {
            walk->cut = (struct ess_bound_cut){true, parts, walk->part, 2.0 * (parts - 1), 0};
            return true;
        }
    }
    return false;
}

static bool walk_on(struct walk *walk) {
    return next_set(walk) || next_partition(walk);
}

/* The least ratio by looking at each inequality is below 1 exactly if one is found, and what is
 * found is broken. */
static void broken_inequalities(void) {
    struct ess_random random;
    int broken = 0, rounds = 5000;
    ess_random_init(&random, 1, 0, "broken");
    for (int round = 0; round < rounds; round++) {
        uint32_t p = 2 + (uint32_t)ess_random_below(&random, 5);
        struct ess_bound_network network = random_network(&random, p, round % 3 == 0);
        struct ess_bound_task task = task_of((enum ess_primitive)(round % 5), p - 1);
        struct ess_bound_columns columns;
        struct ess_bound_cuts cuts = {0};
        struct walk walk = {.task = &task, .peers = p};
        struct ess_separation *separation;
        double x[36], pairs[36], least = INFINITY, found, most = draw(&random, 0.5, 6.0 / p);
        ess_bound_columns_init(&network, task.root, &columns);
        for (uint32_t k = 0; k < columns.count; k++) {
            x[k] = ess_random_below(&random, 4) ? draw(&random, 0, most) : 0;
        }
        separation = ess_separation_new(&task, &columns);
        found = ess_separation_find(separation, x, &cuts);
        while (walk_on(&walk)) {
            ess_bound_crossings(&walk.cut, &columns, pairs);
            least = fmin(least, ess_bound_crossing_sum(pairs, &columns, x) / walk.cut.demand);
        }
        CU_ASSERT_EQUAL(found < 1, least < 1 - 1e-9);
        CU_ASSERT_TRUE(found >= fmin(1, least) - 1e-12);
        for (uint32_t c = 0; c < cuts.count; c++) {
            CU_ASSERT_TRUE(ess_bound_crossing_sum(cuts.crossings[c], &columns, x) <
                           cuts.items[c].demand * (1 - 1e-10));
        }
        broken += found < 1;
        ess_separation_free(separation);
        ess_bound_cuts_fini(&cuts);
        ess_bound_columns_fini(&columns);
        ess_bound_network_fini(&network);
    }
    ess_test_note("%d of %d break something", broken, rounds);
    CU_ASSERT(broken > rounds / 10 && broken < rounds * 9 / 10);
}

/* ---- the whole program, and all trees -------------------------------------------------------- */

/* The first rows: loads of links by what the columns send, less the time, which comes last. */
static double solve_all_inequalities(
    const struct ess_bound_network *network, const struct ess_bound_task *task) {
    uint32_t p = network->peer_count, pairs = p * p, numbers[26];
    double cost[26] = {0}, values[26], time;
    struct walk walk = {.task = task, .peers = p};
    struct ess_linear_program *program;
    cost[pairs] = 1;
    program = ess_linear_program_new(cost, pairs + 1);
    for (uint32_t link = 0; link < network->link_count; link++) {
        uint32_t count = 0;
        for (uint32_t pair = 0; pair < pairs; pair++) {
            for (uint32_t i = network->path_first[pair]; i < network->path_first[pair + 1]; i++) {
                if (network->path_links[i] == link) {
                    numbers[count] = pair;
                    values[count++] = 1;
                }
            }
        }
        numbers[count] = pairs;
        values[count++] = -network->capacity_bytes_per_s[link];
        ess_linear_program_add_row(program, numbers, values, count, false, 0);
    }
    while (walk_on(&walk)) {
        uint32_t count = 0;
        for (uint32_t pair = 0; pair < pairs; pair++) {
            if (ess_bound_crosses(&walk.cut, pair / p, pair % p)) {
                numbers[count] = pair;
                values[count++] = 1;
            }
        }
        ess_linear_program_add_row(program, numbers, values, count, true, walk.cut.demand);
    }
    CU_ASSERT_EQUAL(ess_linear_program_solve(program, 100000), ESS_LINEAR_OPTIMAL);
    time = ess_linear_program_cost(program);
    ess_linear_program_free(program);
    return time;
}

/* All trees of up to 5 peers, from each root and to each. */
enum { TREES_MOST = 2 * 5 * 125 };

struct tree {
    uint32_t root, parent[5];
    bool inward;
};

static uint32_t list_trees(const struct ess_bound_task *task, uint32_t p, struct tree *trees) {
    bool in = task->primitive != ESS_BROADCAST && task->primitive != ESS_ALL_GATHER;
    bool out = task->primitive != ESS_REDUCE && task->primitive != ESS_REDUCE_SCATTER;
    uint32_t count = 0;
    for (uint32_t root = 0; root < p; root++) {
        for (uint32_t code = 0; code < codes_of(p) && (task->root >= p || task->root == root);
             code++) {
            struct tree tree = {.root = root};
            if (!tree_of(code, p, root, tree.parent)) {
                continue;
            }
            for (int inward = 0; inward < 2; inward++) {
                tree.inward = inward;
                if (inward ? in : out) {
                    trees[count++] = tree;
                }
            }
        }
    }
    return count;
}

static double uses_of(
    const struct ess_bound_network *network, const struct tree *tree, uint32_t link) {
    uint32_t p = network->peer_count;
    double uses = 0;
    for (uint32_t node = 0; node < p; node++) {
        uint32_t from = tree->inward ? node : tree->parent[node];
        uint32_t pair = from * p + (tree->inward ? tree->parent[node] : node);
        for (uint32_t i = network->path_first[pair];
             node != tree->root && i < network->path_first[pair + 1]; i++) {
            uses += network->path_links[i] == link;
        }
    }
    return uses;
}

/* A row over trees: +1 for those of a root and direction, -1 (or 0) for the other direction. */
static void add_rates(struct ess_linear_program *program, const struct tree *trees, uint32_t count,
    uint32_t root, double inward, double outward, double bound) {
    uint32_t numbers[TREES_MOST], entries = 0;
    double values[TREES_MOST];
    for (uint32_t t = 0; t < count; t++) {
        double value = trees[t].inward ? inward : outward;
        if (value != 0 && (root == UINT32_MAX || trees[t].root == root)) {
            numbers[entries] = t;
            values[entries++] = value;
        }
    }
    ess_linear_program_add_row(program, numbers, values, entries, true, bound);
}

/* The best rates of all trees there are: each root's trees in carry as much as its trees out. */
static double solve_all_trees(
    const struct ess_bound_network *network, const struct ess_bound_task *task) {
    static struct tree trees[TREES_MOST];
    uint32_t p = network->peer_count, count = list_trees(task, p, trees);
    uint32_t numbers[TREES_MOST + 1];
    double cost[TREES_MOST + 1] = {0}, values[TREES_MOST + 1], time;
    struct ess_linear_program *program;
    cost[count] = 1;
    program = ess_linear_program_new(cost, count + 1);
    for (uint32_t link = 0; link < network->link_count; link++) {
        uint32_t entries = 0;
        for (uint32_t t = 0; t < count; t++) {
            double uses = uses_of(network, &trees[t], link);
            if (uses > 0) {
                numbers[entries] = t;
                values[entries++] = uses;
            }
        }
        numbers[entries] = count;
        values[entries++] = -network->capacity_bytes_per_s[link];
        ess_linear_program_add_row(program, numbers, values, entries, false, 0);
    }
    for (uint32_t root = 0; root < p; root++) {
        switch (task->primitive) {
        case ESS_ALL_REDUCE:
            add_rates(program, trees, count, root, 1, -1, 0);
            add_rates(program, trees, count, root, -1, 1, 0);
            break;
        case ESS_ALL_GATHER:
        case ESS_REDUCE_SCATTER:
            add_rates(program, trees, count, root, 1, 1, 1.0 / p);
            break;
        default:
            break;
        }
    }
    add_rates(program, trees, count, UINT32_MAX, 1, task->primitive != ESS_ALL_REDUCE, 1);
    CU_ASSERT_EQUAL(ess_linear_program_solve(program, 100000), ESS_LINEAR_OPTIMAL);
    time = ess_linear_program_cost(program);
    ess_linear_program_free(program);
    return time;
}

/* How far the trees are above the bound. */
struct ratios {
    uint32_t count, exact; /* to 1e-6 */
    double sum, worst;
};

static void beside_all(struct ess_random *random, uint32_t p, bool wild,
    enum ess_primitive primitive, struct ratios *ratios) {
    struct ess_bound_network network = random_network(random, p, wild);
    struct ess_bound_task task = task_of(primitive, p - 1);
    double program = solve_all_inequalities(&network, &task);
    double trees = solve_all_trees(&network, &task);
    struct ess_bound bound;
    CU_ASSERT_TRUE(ess_bound_compute(&network, &task, 1, &bound));
    CU_ASSERT_TRUE(bound.bandwidth_s <= program * (1 + 1e-9));
    CU_ASSERT_TRUE(bound.bandwidth_s * (1 + bound.gap) >= program * (1 - 1e-9));
    CU_ASSERT_TRUE(bound.bandwidth_s <= trees * (1 + 1e-9));
    CU_ASSERT_TRUE(bound.gap < 1e-5);
    ratios->count++;
    ratios->exact += trees <= bound.bandwidth_s * (1 + 1e-5);
    ratios->sum += trees / bound.bandwidth_s;
    ratios->worst = fmax(ratios->worst, trees / bound.bandwidth_s);
    ess_bound_fini(&bound);
    ess_bound_network_fini(&network);
}

static struct ratios exhaustive(bool wild, enum ess_primitive primitive) {
    static const uint32_t networks[6] = {0, 0, 60, 130, 80, 8};
    struct ess_random random;
    struct ratios all = {0};
    ess_random_init(&random, wild, 0, "exhaustive");
    for (uint32_t p = 2; p <= 5; p++) {
        for (uint32_t i = 0; i < networks[p]; i++) {
            beside_all(&random, p, wild, primitive, &all);
        }
    }
    ess_test_note("%s: all trees / bound: mean %.5f, worst %.5f; equal in %u of %u",
        primitive_names[primitive], all.sum / all.count, all.worst, all.exact, all.count);
    return all;
}

static void sites(void) {
    for (int c = ESS_ALL_REDUCE; c <= ESS_REDUCE; c++) {
        struct ratios all = exhaustive(false, (enum ess_primitive)c);
        CU_ASSERT_EQUAL(all.exact, all.count);
    }
}

/* Here the all-reduce's bound is a relaxation, by a little and seldom. */
static void wild(void) {
    for (int c = ESS_ALL_REDUCE; c <= ESS_REDUCE; c++) {
        struct ratios all = exhaustive(true, (enum ess_primitive)c);
        if (c != ESS_ALL_REDUCE) {
            CU_ASSERT_EQUAL(all.exact, all.count);
        }
        CU_ASSERT_TRUE(all.worst < 1.3 && all.sum / all.count < 1.01);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"linear programs", linear_programs},
        {"an error within GLPK", linear_program_error},
        {"least cuts", least_cuts},
        {"cheapest trees", cheapest_trees},
        {"broken inequalities", broken_inequalities},
        {"up to 5 peers at sites, beside all inequalities and all trees", sites},
        {"the same on links without order", wild},
        {NULL, NULL},
    };
    return ess_test_main("parts of lower bounds", tests);
}
