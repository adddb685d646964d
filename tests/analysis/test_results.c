/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/results.h"

#include <math.h>
#include <string.h>

#include "analysis/compare.h"
#include "ess_test.h"

/* Two metrics; values of the variants as given, three replications. */
static struct ess_results *results_of(size_t variants, const double step[][3]) {
    static const char *const names[] = {"ring", "tree", "gossip"};
    struct ess_results *results = ess_results_new("test", 1, "0", 0.95, 3);
    ess_results_add_metric(results, "step_time", "s", ESS_BETTER_LOWER);
    ess_results_add_metric(results, "steps", "1/h", ESS_BETTER_HIGHER);
    ess_results_add_metric(results, "deaths", "count", ESS_BETTER_NEUTRAL);
    for (size_t v = 0; v < variants; v++) {
        ess_results_add_variant(results, names[v]);
        for (size_t r = 0; r < 3; r++) {
            ess_results_set_value(results, v, 0, r, step[v][r]);
            ess_results_set_value(results, v, 1, r, 3600 / step[v][r]);
            ess_results_set_value(results, v, 2, r, (double)v);
            ess_results_set_state(results, v, r, ESS_REPLICATION_OK, NULL);
        }
    }
    return results;
}

static void values_come_back(void) {
    struct ess_results *results = results_of(2, (const double[][3]){{1, 2, 3}, {4, 5, 6}});
    CU_ASSERT_EQUAL(ess_results_find_metric(results, "steps"), 1);
    CU_ASSERT_EQUAL(ess_results_find_metric(results, "stepz"), results->metric_count);
    CU_ASSERT_EQUAL(ess_results_find_variant(results, "tree"), 1);
    CU_ASSERT_EQUAL(ess_results_find_variant(results, ""), results->variant_count);
    CU_ASSERT_EQUAL(ess_results_values(results, 1, 0)[2], 6);
    CU_ASSERT_EQUAL(ess_results_values(results, 0, 1)[1], 1800);
    CU_ASSERT(ess_results_all_passed(results));
    ess_results_free(results);
    ess_results_free(NULL);
}

static void texts_are_copied(void) {
    char name[] = "ring";
    struct ess_results *results = ess_results_new("test", 1, "0", 0.95, 1);
    ess_results_add_variant(results, name);
    ess_results_add_choice(results, 0, name, name);
    name[0] = 'k';
    CU_ASSERT_STRING_EQUAL(results->variants[0].name, "ring");
    CU_ASSERT_STRING_EQUAL(results->variants[0].choices[0].pointer, "ring");
    ess_results_free(results);
}

static void forgotten_replications_show(void) {
    struct ess_results *results = ess_results_new("test", 1, "0", 0.95, 2);
    ess_results_add_metric(results, "step_time", "s", ESS_BETTER_LOWER);
    ess_results_add_variant(results, "ring");
    CU_ASSERT(isnan(ess_results_values(results, 0, 0)[1]));
    ess_results_set_state(results, 0, 0, ESS_REPLICATION_OK, NULL);
    CU_ASSERT_EQUAL(ess_results_failed_count(results, 0), 1);
    CU_ASSERT(!ess_results_all_passed(results));
    ess_results_set_state(results, 0, 1, ESS_REPLICATION_BOUND, "events");
    CU_ASSERT_EQUAL(ess_results_failed_count(results, 0), 0);
    CU_ASSERT(ess_results_all_passed(results));
    ess_results_free(results);
}

static void failed_replications_do_not_count(void) {
    struct ess_results *results = results_of(1, (const double[][3]){{1, 2, 3}});
    ess_results_set_state(results, 0, 1, ESS_REPLICATION_FAILED, "no host left");
    ess_results_set_value(results, 0, 0, 1, 100);
    CU_ASSERT(isnan(ess_results_values(results, 0, 0)[1]));
    CU_ASSERT(isnan(ess_results_values(results, 0, 1)[1]));
    CU_ASSERT_EQUAL(ess_compare_statistics(results, 0, 0).mean, 2);
    CU_ASSERT_EQUAL(ess_compare_statistics(results, 0, 0).count, 2);
    CU_ASSERT_STRING_EQUAL(results->variants[0].replications[1].text, "no host left");
    CU_ASSERT(!ess_results_all_passed(results));
    ess_results_free(results);
}

static void infinity_is_kept_out(void) {
    struct ess_results *results = results_of(1, (const double[][3]){{1, INFINITY, 3}});
    CU_ASSERT(isnan(ess_results_values(results, 0, 0)[1]));
    ess_results_free(results);
}

static void failed_expectations_fail_the_run(void) {
    struct ess_results *results = results_of(1, (const double[][3]){{1, 2, 3}});
    ess_results_add_expectation(results, "a", true, "b");
    CU_ASSERT(ess_results_all_passed(results));
    ess_results_add_expectation(results, "c", false, "d");
    CU_ASSERT(!ess_results_all_passed(results));
    ess_results_free(results);
}

static void best_is_marked_by_direction(void) {
    struct ess_results *results =
        results_of(3, (const double[][3]){{10, 10.1, 9.9}, {5, 5.1, 4.9}, {7, 2, 6.9}});
    struct ess_mark lower = ess_compare_mark(results, 0);
    CU_ASSERT_EQUAL(lower.best, 1);
    CU_ASSERT_EQUAL(lower.runner_up, 2);
    CU_ASSERT(!lower.distinct);
    CU_ASSERT_EQUAL(ess_compare_mark(results, 1).best, 2);
    CU_ASSERT_EQUAL(ess_compare_mark(results, 2).best, 3);
    ess_results_free(results);
}

static void disjoint_intervals_are_distinct(void) {
    struct ess_results *results =
        results_of(2, (const double[][3]){{10, 10.1, 9.9}, {5, 5.1, 4.9}});
    CU_ASSERT(ess_compare_mark(results, 0).distinct);
    struct ess_paired paired = ess_compare_paired(results, 1, 0, 0);
    CU_ASSERT(fabs(paired.difference.mean + 5) < 1e-12);
    CU_ASSERT(paired.significant);
    ess_results_free(results);
}

static void ties_and_loners_are_not_marked(void) {
    struct ess_results *tied = results_of(2, (const double[][3]){{1, 2, 3}, {3, 2, 1}});
    CU_ASSERT_EQUAL(ess_compare_mark(tied, 0).best, 2);
    ess_results_free(tied);
    struct ess_results *alone = results_of(1, (const double[][3]){{1, 2, 3}});
    CU_ASSERT_EQUAL(ess_compare_mark(alone, 0).best, 1);
    ess_results_free(alone);
    struct ess_results *undefined = results_of(2, (const double[][3]){{1, 2, 3}, {NAN, NAN, NAN}});
    CU_ASSERT_EQUAL(ess_compare_mark(undefined, 0).best, 2);
    ess_results_free(undefined);
}

static void states_have_names(void) {
    CU_ASSERT_STRING_EQUAL(ess_replication_state_name(ESS_REPLICATION_NOT_RUN), "not run");
    CU_ASSERT_STRING_EQUAL(ess_replication_state_name(ESS_REPLICATION_OK), "ok");
    CU_ASSERT_STRING_EQUAL(ess_replication_state_name(ESS_REPLICATION_BOUND), "bound");
    CU_ASSERT_STRING_EQUAL(ess_replication_state_name(ESS_REPLICATION_FAILED), "failed");
}

int main(void) {
    static const struct ess_test tests[] = {
        {"values come back", values_come_back},
        {"texts are copied", texts_are_copied},
        {"forgotten replications show", forgotten_replications_show},
        {"failed replications do not count", failed_replications_do_not_count},
        {"infinity is kept out", infinity_is_kept_out},
        {"failed expectations fail the run", failed_expectations_fail_the_run},
        {"the best is marked by the metric's direction", best_is_marked_by_direction},
        {"disjoint intervals are distinct", disjoint_intervals_are_distinct},
        {"ties and loners are not marked", ties_and_loners_are_not_marked},
        {"states have names", states_have_names},
        {NULL, NULL},
    };
    return ess_test_main("results", tests);
}
