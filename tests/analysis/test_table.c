/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/headline.h"
#include "analysis/human_units.h"
#include "analysis/text_width.h"
#include "ess_test.h"

/* The table as text; the caller frees it. */
static char *table_of(const struct ess_results *results, const struct ess_table_style *style) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    CU_ASSERT(ess_table_write(results, style, stream));
    fclose(stream);
    return text;
}

static void equals(char *text, const char *golden) {
    if (strcmp(text, golden) != 0) {
        ess_test_note("found:\n%s", text);
        ess_test_note("expected:\n%s", golden);
        CU_FAIL("text differs");
    }
    free(text);
}

/* Variants and the factor by which they scale the metrics; replication r adds r percent. */
struct column {
    const char *name, *unit;
    enum ess_better better;
    double base;
};

static const struct column flagship[] = {{"step_time", "s", ESS_BETTER_LOWER, 40},
    {"computing_share", "1", ESS_BETTER_NEUTRAL, 0.5}, {"wan_bytes", "B", ESS_BETTER_LOWER, 5.2e9},
    {"energy", "J", ESS_BETTER_LOWER, 2.5e6}, {"deaths", "count", ESS_BETTER_NEUTRAL, 20}};

static struct ess_results *results_of(size_t columns, size_t variants, const char *const *names,
    const double *factors, size_t replications) {
    struct ess_results *results = ess_results_new("flagship", 42, "0.1", 0.95, replications);
    for (size_t m = 0; m < columns; m++) {
        ess_results_add_metric(results, flagship[m].name, flagship[m].unit, flagship[m].better);
    }
    for (size_t v = 0; v < variants; v++) {
        ess_results_add_variant(results, names[v]);
        for (size_t r = 0; r < replications; r++) {
            for (size_t m = 0; m < columns; m++) {
                double value = flagship[m].base * factors[v] * (1 + 0.01 * (double)r);
                ess_results_set_value(results, v, m, r, value);
            }
            ess_results_set_state(results, v, r, ESS_REPLICATION_OK, NULL);
        }
    }
    return results;
}

static const char *const names[] = {"ring, retry", "hierarchical, continue", "hierarchical, retry"};

static void a_small_table_is_golden(void) {
    struct ess_results *results = results_of(2, 3, names, (const double[]){1, 0.5, 0.505}, 3);
    equals(table_of(results, NULL),
        "variant                 step time    computing\n"
        "                                s            %\n"
        "ring, retry            40.4 ± 1.0   50.5 ± 1.2\n"
        "hierarchical, continue 20.2 ± 0.5*  25.2 ± 0.6\n"
        "hierarchical, retry    20.4 ± 0.5   25.5 ± 0.6\n"
        "\n"
        "± half the 95 % confidence interval, 3 replications\n"
        "** best of its column, its interval disjoint from the runner-up's; * best mean, intervals "
        "overlap\n"
        "hierarchical, continue: 50 % shorter step time than ring, retry (95 % interval of the "
        "difference\n"
        "  49..51 %, 3 replications, same worlds)\n");
    ess_results_free(results);
}

static void one_replication_prints_no_interval(void) {
    struct ess_results *results = results_of(5, 2, names, (const double[]){1, 1.5}, 1);
    equals(table_of(results, NULL),
        "variant                step time   computing   wan bytes   energy   deaths\n"
        "                               s           %          GB       MJ    count\n"
        "ring, retry                 40.0*       50.0        5.20*    2.50*      20\n"
        "hierarchical, continue      60.0        75.0        7.80     3.75       30\n"
        "\n"
        "one replication: no confidence intervals\n"
        "* best of its column\n"
        "ring, retry: 33 % shorter step time than hierarchical, continue (one world in common: no "
        "interval)\n");
    ess_results_free(results);
}

static void columns_and_titles_can_be_chosen(void) {
    static const struct ess_table_column columns[] = {
        {"energy", "energy used"}, {"no_such_metric", NULL}, {"computing_share", NULL}};
    struct ess_table_style style = {.columns = columns, .column_count = 3};
    struct ess_results *results = results_of(5, 1, names, (const double[]){1}, 1);
    equals(table_of(results, &style), "variant     energy used   computing\n"
                                      "                     MJ           %\n"
                                      "ring, retry        2.50        50.0\n"
                                      "\n"
                                      "one replication: no confidence intervals\n");
    ess_results_free(results);
}

static void wide_tables_go_on_in_a_further_block(void) {
    struct ess_results *results = results_of(5, 2, names, (const double[]){1, 2}, 3);
    struct ess_table_style style = {.width = 60};
    equals(table_of(results, &style), "variant                 step time     computing\n"
                                      "                                s             %\n"
                                      "ring, retry            40.4 ± 1.0**  50.5 ± 1.2\n"
                                      "hierarchical, continue 80.8 ± 2.0   101.0 ± 2.5\n"
                                      "\n"
                                      "variant                   wan bytes        energy\n"
                                      "                                 GB            MJ\n"
                                      "ring, retry             5.25 ± 0.13** 2.52 ± 0.06**\n"
                                      "hierarchical, continue 10.50 ± 0.26   5.05 ± 0.12\n"
                                      "\n"
                                      "variant                    deaths\n"
                                      "                            count\n"
                                      "ring, retry            20.2 ± 0.5\n"
                                      "hierarchical, continue 40.4 ± 1.0\n"
                                      "\n"
                                      "± half the 95 % confidence interval, 3 replications\n"
                                      "** best of its column, its interval disjoint from the\n"
                                      "  runner-up's; * best mean, intervals overlap\n"
                                      "ring, retry: 50 % shorter step time than hierarchical,\n"
                                      "  continue (95 % interval of the difference 49..51 %, 3\n"
                                      "  replications, same worlds)\n");
    ess_results_free(results);
}

static void no_line_is_wider_than_asked(void) {
    struct ess_results *results = results_of(5, 3, names, (const double[]){1, 0.5, 0.7}, 4);
    for (size_t width = 60; width <= 120; width += 5) {
        struct ess_table_style style = {.width = width};
        char *text = table_of(results, &style);
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            ESS_CHECK(ess_text_width(line) <= width, "%zu: %s", width, line);
        }
        free(text);
    }
    ess_results_free(results);
}

static void failures_and_gaps_are_listed(void) {
    struct ess_results *results = results_of(1, 2, names, (const double[]){1, 0.5}, 4);
    ess_results_set_state(results, 0, 1, ESS_REPLICATION_FAILED, "every host gone at 3 h");
    ess_results_set_state(results, 1, 3, ESS_REPLICATION_BOUND, "1000 events");
    ess_results_set_value(results, 1, 0, 0, NAN);
    equals(table_of(results, NULL),
        "variant                 step time\n"
        "                                s\n"
        "ring, retry            40.7 ± 1.5\n"
        "hierarchical, continue 20.4 ± 0.5**\n"
        "\n"
        "! ring, retry, replication 1: failed: every host gone at 3 h\n"
        "! hierarchical, continue, replication 3: ended by a bound: 1000 events\n"
        "! hierarchical, continue, step time: defined in 3 of 4 replications\n"
        "± half the 95 % confidence interval, 4 replications\n"
        "** best of its column, its interval disjoint from the runner-up's; * best mean, intervals "
        "overlap\n"
        "hierarchical, continue: 50 % shorter step time than ring, retry (95 % interval of the "
        "difference\n"
        "  47..53 %, 2 replications, same worlds)\n");
    ess_results_free(results);
}

static void many_failures_are_counted(void) {
    struct ess_results *results = results_of(1, 1, names, (const double[]){1}, 20);
    for (size_t r = 0; r < 20; r++) {
        ess_results_set_state(results, 0, r, ESS_REPLICATION_FAILED, "no host");
    }
    char *text = table_of(results, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "ring, retry         -\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "replication 4: failed: no host\n"));
    CU_ASSERT_PTR_NULL(strstr(text, "replication 5"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "! ring, retry: 15 more replications failed"));
    free(text);
    ess_results_free(results);
}

static void long_names_are_cut_and_short_ones_are_not(void) {
    static const char *const longer[] = {"une stratégie très longue et détaillée", "b\n\033c"};
    struct ess_results *results = results_of(1, 2, longer, (const double[]){1, 1}, 1);
    char *text = table_of(results, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nune stratégie très longue et dé… "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nb??c  "));
    free(text);
    ess_results_free(results);
}

static void bold_only_on_terminals(void) {
    struct ess_results *results = results_of(1, 2, names, (const double[]){1, 0.5}, 3);
    struct ess_table_style style = {.terminal = true};
    char *plain = table_of(results, NULL);
    char *bold = table_of(results, &style);
    CU_ASSERT_PTR_NULL(strchr(plain, '\033'));
    CU_ASSERT_PTR_NOT_NULL(strstr(bold, "\033[1m20.2 ± 0.5**\033[0m\n"));
    free(plain);
    free(bold);
    ess_results_free(results);
}

static void no_variants_and_no_metrics_are_borne(void) {
    struct ess_results *nothing = ess_results_new("none", 1, "0", 0.95, 2);
    equals(table_of(nothing, NULL), "");
    ess_results_free(nothing);
}

static void headline_is(
    size_t variants, const double values[][3], enum ess_better better, const char *golden) {
    static const char *const letters[] = {"a", "b", "c"};
    struct ess_results *results = ess_results_new("test", 1, "0", 0.95, 3);
    ess_results_add_metric(results, "speed", "1/h", better);
    for (size_t v = 0; v < variants; v++) {
        ess_results_add_variant(results, letters[v]);
        for (size_t r = 0; r < 3; r++) {
            ess_results_set_value(results, v, 0, r, values[v][r]);
        }
    }
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    ess_headline_write(results, 0, "speed", 1000, stream);
    fclose(stream);
    equals(text, golden);
    ess_results_free(results);
}

static void headlines_say_what_is_known(void) {
    /* Differences 1, 2.1, 3: mean 2.03 of 20, half width 4.303 x 1.0017 / sqrt(3) = 2.488. */
    headline_is(2, (const double[][3]){{10, 20, 30}, {11, 22.1, 33}}, ESS_BETTER_HIGHER,
        "b: best mean speed, but not distinguishable from a (95 % interval of the difference "
        "-2.3..23 % includes zero, 3 replications, same worlds)\n");
    /* The first is the best: against its runner-up, not the last. */
    headline_is(3, (const double[][3]){{40, 40, 40}, {20, 20, 20}, {32, 32, 32}}, ESS_BETTER_HIGHER,
        "a: 25 % higher speed than c (95 % interval of the difference 25..25 %, 3 replications, "
        "same worlds)\n");
    /* The best of three against the first. */
    headline_is(3, (const double[][3]){{40, 40, 40}, {20, 20, 20}, {32, 32, 32}}, ESS_BETTER_LOWER,
        "b: 50 % lower speed than a (95 % interval of the difference 50..50 %, 3 replications, "
        "same worlds)\n");
    /* Nothing to divide by: amounts with units. */
    headline_is(2, (const double[][3]){{0, 0, 0}, {4, 5, 6}}, ESS_BETTER_HIGHER,
        "b: 5.00 1/h higher speed than a (95 % interval of the difference 2.52 1/h..7.48 1/h, 3 "
        "replications, same worlds)\n");
    /* The first has no values: the runner-up stands in. */
    headline_is(3, (const double[][3]){{NAN, NAN, NAN}, {4, 4, 4}, {2, 2, 2}}, ESS_BETTER_HIGHER,
        "b: 100 % higher speed than c (95 % interval of the difference 100..100 %, 3 "
        "replications, same worlds)\n");
    headline_is(2, (const double[][3]){{1, NAN, NAN}, {NAN, 2, 3}}, ESS_BETTER_HIGHER,
        "b and a: no world in which both have a speed, so they are not compared\n");
}

static void no_headline_where_there_is_no_best(void) {
    headline_is(1, (const double[][3]){{1, 2, 3}}, ESS_BETTER_HIGHER, "");
    headline_is(2, (const double[][3]){{1, 2, 3}, {4, 5, 6}}, ESS_BETTER_NEUTRAL, "");
    headline_is(2, (const double[][3]){{1, 2, 3}, {3, 2, 1}}, ESS_BETTER_LOWER, "");
}

static void human_units_read_well(void) {
    static const struct {
        const char *unit;
        double value;
        const char *text;
    } known[] = {{"s", 0, "0 s"}, {"s", 41.234, "41.2 s"}, {"s", 0.0123, "12.3 ms"},
        {"s", 2.5e-6, "2.50 us"}, {"s", 599, "599 s"}, {"s", 1800, "30.0 min"},
        {"s", 36000, "10.0 h"}, {"s", 864000, "10.0 d"}, {"B", 5.2e9, "5.20 GB"},
        {"B", 999, "999 B"}, {"B", 1e16, "10.0 PB"}, {"J", 2.1e6, "2.10 MJ"}, {"1", 0.31, "31.0 %"},
        {"count", 21, "21.0 count"}, {"1/h", -87.41, "-87.4 1/h"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char text[64];
        ess_human_text(known[i].unit, known[i].value, text, sizeof text);
        CU_ASSERT_STRING_EQUAL(text, known[i].text);
    }
    CU_ASSERT_EQUAL(ess_human_decimals(30, 40), 1);
    CU_ASSERT_EQUAL(ess_human_decimals(0.5, 4), 3);
    CU_ASSERT_EQUAL(ess_human_decimals(0.005, 4000), 1);
    CU_ASSERT_EQUAL(ess_human_decimals(INFINITY, 0), 0);
    CU_ASSERT_EQUAL(ess_human_decimals(1e-9, 1e-9), 4);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"a small table is golden", a_small_table_is_golden},
        {"one replication prints no interval", one_replication_prints_no_interval},
        {"columns and titles can be chosen", columns_and_titles_can_be_chosen},
        {"wide tables go on in a further block", wide_tables_go_on_in_a_further_block},
        {"no line is wider than asked", no_line_is_wider_than_asked},
        {"failures and gaps are listed", failures_and_gaps_are_listed},
        {"many failures are counted", many_failures_are_counted},
        {"long names are cut", long_names_are_cut_and_short_ones_are_not},
        {"bold only on terminals", bold_only_on_terminals},
        {"no variants and no metrics are borne", no_variants_and_no_metrics_are_borne},
        {"headlines say what is known", headlines_say_what_is_known},
        {"no headline where there is no best", no_headline_where_there_is_no_best},
        {"human units read well", human_units_read_well},
        {NULL, NULL},
    };
    return ess_test_main("table", tests);
}
