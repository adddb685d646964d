/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/expectations.h"

#include <stdlib.h>
#include <string.h>

#include "ess_test.h"

/* ring 40, 41, 42 s; tree 30, 31, 32 s; near 31, 32, 33 s. */
static struct ess_results *three_variants(void) {
    static const char *const names[] = {"ring", "tree", "near"};
    static const double first[] = {40, 30, 31};
    struct ess_results *results = ess_results_new("test", 1, "0", 0.95, 3);
    ess_results_add_metric(results, "step_time", "s", ESS_BETTER_LOWER);
    ess_results_add_metric(results, "lost_share", "1", ESS_BETTER_LOWER);
    ess_results_add_metric(results, "nothing", "B", ESS_BETTER_LOWER);
    for (size_t v = 0; v < 3; v++) {
        ess_results_add_variant(results, names[v]);
        for (size_t r = 0; r < 3; r++) {
            ess_results_set_value(results, v, 0, r, first[v] + (double)r);
            ess_results_set_value(results, v, 1, r, 0.1 * (double)v);
            ess_results_set_state(results, v, r, ESS_REPLICATION_OK, NULL);
        }
    }
    return results;
}

static struct ess_scenario_expectation below_time(const char *variant, double seconds) {
    return (struct ess_scenario_expectation){.kind = ESS_EXPECT_BELOW,
        .metric = "step_time",
        .variant = variant,
        .below = {"50 s", seconds * 1e9, ESS_DIMENSION_TIME}};
}

static struct ess_scenario_expectation lower_of(const char *lower, const char *than, int disjoint) {
    return (struct ess_scenario_expectation){.kind = ESS_EXPECT_LOWER,
        .metric = "step_time",
        .lower = lower,
        .than = than,
        .disjoint = disjoint};
}

static bool judged(struct ess_results *results, struct ess_scenario_expectation expectation) {
    struct ess_diagnostics diagnostics;
    ess_diagnostics_init(&diagnostics);
    CU_ASSERT(ess_expectation_check(results, &expectation, "a.json", &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.count, 0);
    ess_diagnostics_fini(&diagnostics);
    bool passed = ess_expectation_judge(results, &expectation);
    CU_ASSERT_EQUAL(results->expectations[results->expectation_count - 1].passed, passed);
    return passed;
}

static void bounds_are_strict_and_in_seconds(void) {
    struct ess_results *results = three_variants();
    CU_ASSERT(judged(results, below_time("ring", 41.001)));
    CU_ASSERT(!judged(results, below_time("ring", 41)));
    struct ess_scenario_expectation above = {.kind = ESS_EXPECT_ABOVE,
        .metric = "lost_share",
        .variant = "near",
        .above = {"0.19", 0.19, ESS_DIMENSION_NUMBER}};
    CU_ASSERT(judged(results, above));
    above.above.value = 0.21;
    CU_ASSERT(!judged(results, above));
    ess_results_free(results);
}

static void no_variant_means_every_variant(void) {
    struct ess_results *results = three_variants();
    CU_ASSERT(judged(results, below_time(NULL, 41.5)));
    CU_ASSERT(!judged(results, below_time(NULL, 40.5)));
    CU_ASSERT_STRING_EQUAL(
        results->expectations[0].text, "step_time of every variant is below 50 s");
    CU_ASSERT_PTR_NOT_NULL(strstr(results->expectations[0].measured, "ring: 41.0 s"));
    CU_ASSERT_PTR_NOT_NULL(strstr(results->expectations[0].measured, "; near: 32.0 s"));
    ess_results_free(results);
}

static void lower_may_ask_for_disjoint_intervals(void) {
    struct ess_results *results = three_variants();
    CU_ASSERT(judged(results, lower_of("tree", "ring", 1)));
    CU_ASSERT(!judged(results, lower_of("ring", "tree", 0)));
    CU_ASSERT(judged(results, lower_of("tree", "near", 0)));
    CU_ASSERT(!judged(results, lower_of("tree", "near", 1)));
    CU_ASSERT(!judged(results, lower_of("tree", "tree", 0)));
    /* 31 +- 4.302653 / sqrt(3) */
    CU_ASSERT_STRING_EQUAL(results->expectations[0].text,
        "step_time of 'tree' is lower than of 'ring', with disjoint intervals");
    CU_ASSERT_STRING_EQUAL(results->expectations[0].measured,
        "tree: 31.0 s (95 % interval 28.5 s..33.5 s, n = 3); "
        "ring: 41.0 s (95 % interval 38.5 s..43.5 s, n = 3); intervals disjoint");
    CU_ASSERT_PTR_NOT_NULL(strstr(results->expectations[2].measured, "intervals overlap"));
    ess_results_free(results);
}

static void undefined_metrics_do_not_pass(void) {
    struct ess_results *results = three_variants();
    struct ess_scenario_expectation expectation = {
        .kind = ESS_EXPECT_BELOW, .metric = "nothing", .below = {"1 TB", 1e12, ESS_DIMENSION_SIZE}};
    CU_ASSERT(!judged(results, expectation));
    CU_ASSERT_PTR_NOT_NULL(strstr(results->expectations[0].measured, "ring: not defined (n = 0)"));
    ess_results_free(results);
}

static void failed_replications_do_not_pass(void) {
    struct ess_results *results = three_variants();
    ess_results_set_state(results, 0, 2, ESS_REPLICATION_FAILED, "no host left");
    CU_ASSERT(!judged(results, below_time("ring", 1000)));
    CU_ASSERT(!judged(results, lower_of("tree", "ring", 0)));
    CU_ASSERT(judged(results, below_time("tree", 1000)));
    CU_ASSERT_PTR_NOT_NULL(strstr(results->expectations[0].measured, "1 replication failed"));
    ess_results_free(results);
}

/* The errors of a check, as they are printed. */
static void wrong(const struct ess_results *results, struct ess_scenario_expectation expectation,
    const char *golden) {
    struct ess_diagnostics diagnostics;
    char *text = NULL;
    size_t bytes = 0;
    expectation.pointer = "/expect/2";
    ess_diagnostics_init(&diagnostics);
    CU_ASSERT(!ess_expectation_check(results, &expectation, "a.json", &diagnostics));
    FILE *stream = open_memstream(&text, &bytes);
    ess_diagnostics_print(&diagnostics, stream);
    fclose(stream);
    ess_diagnostics_fini(&diagnostics);
    if (strcmp(text, golden) != 0) {
        ess_test_note("found    %s", text);
        ess_test_note("expected %s", golden);
        CU_FAIL("diagnostics differ");
    }
    free(text);
}

static void wrong_names_and_dimensions_are_found_before_the_run(void) {
    struct ess_results *results = three_variants();
    wrong(results, below_time("rign", 1),
        "a.json:/expect/2/variant: expected the name of a variant, found \"rign\"; did you mean "
        "\"ring\"?\n");
    struct ess_scenario_expectation expectation = lower_of("absent", "rign", 0);
    expectation.metric = "step_tiem";
    wrong(results, expectation,
        "a.json:/expect/2/metric: expected the name of a metric, found \"step_tiem\"; did you mean "
        "\"step_time\"?\n"
        "a.json:/expect/2/lower: expected the name of a variant, found \"absent\"\n"
        "a.json:/expect/2/than: expected the name of a variant, found \"rign\"; did you mean "
        "\"ring\"?\n");
    expectation = below_time("ring", 1);
    expectation.below = (struct ess_quantity){"50", 50, ESS_DIMENSION_NUMBER};
    wrong(results, expectation,
        "a.json:/expect/2/below: expected a bound for step_time, whose unit is s, found \"50\"\n");
    expectation = below_time("ring", 1);
    expectation.metric = "lost_share";
    wrong(results, expectation,
        "a.json:/expect/2/below: expected a bare number for lost_share, whose unit is 1, found "
        "\"50 s\"\n");
    ess_results_free(results);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"bounds are strict, and in seconds", bounds_are_strict_and_in_seconds},
        {"no variant means every variant", no_variant_means_every_variant},
        {"lower may ask for disjoint intervals", lower_may_ask_for_disjoint_intervals},
        {"undefined metrics do not pass", undefined_metrics_do_not_pass},
        {"failed replications do not pass", failed_replications_do_not_pass},
        {"wrong names and dimensions are found before the run",
            wrong_names_and_dimensions_are_found_before_the_run},
        {NULL, NULL},
    };
    return ess_test_main("expectations", tests);
}
