/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tools say, the kept table, and scores of a made-up table with known factors. */
#include "ess_test.h"

#include "analysis/validation/case_text.h"
#include "analysis/validation/outcome.h"
#include "analysis/validation/reference_table.h"
#include "analysis/validation/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void reads_outcomes(void) {
    struct ess_case network = {.site_count = 2, .transfer_count = 2};
    struct ess_case_outcome outcome;
    network.transfers[0].bytes = network.transfers[1].bytes = 1;
    network.transfers[1].start_ns = 250000000;
    static const char said[] =
        "chatter\n{\"tool\":\"old\"}\nmore\n{\"tool\":\"t\",\"version\":\"1.2\",\"cpu_s\":0.5,"
        "\"ring_s\":1.5,\"flows\":[{\"fct_s\":2.0,\"goodput_bps\":8},"
        "{\"start\":0.5, \"fct_s\": 3.0,\"goodput_bps\":4}]}\nend\n";
    CU_ASSERT_EQUAL(ess_case_outcome_parse(said, &outcome), 0);
    CU_ASSERT_STRING_EQUAL(outcome.tool, "t");
    CU_ASSERT_STRING_EQUAL(outcome.version, "1.2");
    CU_ASSERT_EQUAL(outcome.flows, 2);
    CU_ASSERT_DOUBLE_EQUAL(ess_case_outcome_number(said, "cpu_s"), 0.5, 0);
    CU_ASSERT(isnan(ess_case_outcome_number(said, "cpu")));
    /* from the first start, 0 of the case, to 0.5 + 3 */
    CU_ASSERT_DOUBLE_EQUAL(
        ess_case_outcome_value(&network, &outcome, ESS_CASE_SECONDS), 3.5, 1e-12);
    CU_ASSERT(isnan(ess_case_outcome_value(&network, &outcome, ESS_CASE_AGGREGATE)));
    network.transfers[0].bytes = network.transfers[1].bytes = 0;
    CU_ASSERT_DOUBLE_EQUAL(
        ess_case_outcome_value(&network, &outcome, ESS_CASE_AGGREGATE), 12, 1e-12);
    CU_ASSERT(isnan(ess_case_outcome_value(&network, &outcome, ESS_CASE_RATIO)));
    network.site_count = 4;
    CU_ASSERT_DOUBLE_EQUAL(ess_case_outcome_value(&network, &outcome, ESS_CASE_RATIO), 2, 1e-12);
    network.transfer_count = 0;
    CU_ASSERT(isnan(ess_case_outcome_value(&network, &outcome, ESS_CASE_SECONDS)));
    CU_ASSERT_EQUAL(ess_case_outcome_parse("nothing\n", &outcome), -1);
    CU_ASSERT_EQUAL(ess_case_outcome_parse("{\"ring_s\":-1.0}", &outcome), 0);
    CU_ASSERT(isnan(ess_case_outcome_value(&network, &outcome, ESS_CASE_SECONDS)));
}

static void quartiles_of_samples(void) {
    double five[] = {5, 1, 4, 2, 3}, four[] = {4, 1, 2, 3}, one[] = {7}, low, median, high;
    ess_reference_quartiles(five, 5, &low, &median, &high);
    CU_ASSERT(low == 2 && median == 3 && high == 4);
    ess_reference_quartiles(four, 4, &low, &median, &high);
    CU_ASSERT(low == 1.75 && median == 2.5 && high == 3.25);
    ess_reference_quartiles(one, 1, &low, &median, &high);
    CU_ASSERT(low == 7 && median == 7 && high == 7);
}

static void add(struct ess_reference_table *table, const char *hash, const char *family,
    const char *metric, const char *tool, double median, double spread) {
    struct ess_reference row = {.runs = 5, .base_rtt_ms = (double)NAN};
    snprintf(row.hash, sizeof row.hash, "%s", hash);
    snprintf(row.family, sizeof row.family, "%s", family);
    snprintf(row.metric, sizeof row.metric, "%s", metric);
    snprintf(row.tool, sizeof row.tool, "%s", tool);
    snprintf(row.version, sizeof row.version, "1");
    snprintf(row.profile, sizeof row.profile, "cubic");
    row.median = median;
    row.lower = median / spread;
    row.upper = median * spread;
    CU_ASSERT_EQUAL(ess_reference_table_add(table, &row), 0);
}

static void scores_known_factors(void) {
    struct ess_reference_table references = {NULL, 0, 0}, models = {NULL, 0, 0};
    static const struct ess_score_pair pair = {"model", "Linux", {0}};
    struct ess_score score;
    add(&references, "000000000001", "ring", "seconds", "Linux", 10, 1.1);
    add(&references, "000000000003", "ring", "seconds", "Linux", 10, 1.1);
    add(&references, "000000000005", "hierarchical", "seconds", "Linux", 10, 1.1);
    add(&references, "000000000007", "ring", "seconds", "Linux", 10, 1.1); /* no result */
    add(&references, "000000000002", "ring", "seconds", "Linux", 10, 1.5); /* the other half */
    add(&references, "000000000009", "loss", "seconds", "Linux", 10, 1.5); /* another group */
    add(&references, "00000000000b", "ring", "seconds", "ns-3", 10, 1.5);  /* another reference */
    add(&models, "000000000001", "ring", "seconds", "model", 20, 1);
    add(&models, "000000000003", "ring", "seconds", "model", 5, 1);
    add(&models, "000000000005", "hierarchical", "seconds", "model", 80, 1);
    add(&models, "000000000005", "hierarchical", "seconds", "other", 10, 1);
    add(&models, "000000000002", "ring", "seconds", "model", 15, 1);
    add(&models, "000000000009", "loss", "seconds", "model", 10, 1);
    CU_ASSERT_EQUAL(
        ess_score_of(&references, &models, &ess_score_groups[0], &pair, ESS_SCORE_REPORTED, &score),
        0);
    CU_ASSERT_EQUAL(score.cases, 3);
    CU_ASSERT_EQUAL(score.missing, 1);
    CU_ASSERT_DOUBLE_EQUAL(score.factor, pow(2.0 * 2 * 8, 1.0 / 3), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(score.worst, 8, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(score.p95, 8, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(score.floor, 1.21, 1e-12);
    CU_ASSERT_STRING_EQUAL(score.worst_hash, "000000000005");
    ess_score_of(&references, &models, &ess_score_groups[0], &pair, ESS_SCORE_CHOSEN, &score);
    CU_ASSERT_EQUAL(score.cases, 1);
    CU_ASSERT_DOUBLE_EQUAL(score.factor, 1.5, 1e-12);
    ess_score_of(&references, &models, &ess_score_groups[1], &pair, ESS_SCORE_CHOSEN, &score);
    CU_ASSERT_EQUAL(score.cases, 0);
    CU_ASSERT(isnan(score.factor));
    ess_reference_table_fini(&references);
    ess_reference_table_fini(&models);
}

static void table_comes_back(void) {
    struct ess_reference_table table = {NULL, 0, 0}, back = {NULL, 0, 0};
    char path[] = "/tmp/ess-table-XXXXXX", problem[512] = "";
    FILE *file = fdopen(mkstemp(path), "w");
    ESS_CHECK(file != NULL, "no temporary file");
    add(&table, "0123456789ab", "ring", "seconds", "Linux", 1.0 / 3, 1.1);
    table.rows[0].base_rtt_ms = 20.5;
    add(&table, "0123456789ac", "unequal", "ratio", "ns-3", 3, 1);
    ess_reference_write_header(file);
    for (size_t i = 0; i < table.count; i++) {
        ess_reference_write_row(file, &table.rows[i]);
    }
    fclose(file);
    CU_ASSERT_EQUAL(ess_reference_table_read(&back, path, problem, sizeof problem), 0);
    ESS_CHECK(back.count == 2, "%s", problem);
    CU_ASSERT_DOUBLE_EQUAL(back.rows[0].median, 1.0 / 3, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(back.rows[0].base_rtt_ms, 20.5, 1e-9);
    CU_ASSERT(isnan(back.rows[1].base_rtt_ms));
    CU_ASSERT_PTR_NOT_NULL(ess_reference_table_find(&back, "0123456789ac", "ratio", "ns-3"));
    CU_ASSERT_PTR_NULL(ess_reference_table_find(&back, "0123456789ac", "ratio", "Linux"));
    file = fopen(path, "a");
    ESS_CHECK(file != NULL, "%s", path);
    fputs("0123456789ad,ring,seconds,Linux,1,cubic,nan,1,1,5,0,\n", file);
    fclose(file);
    ess_reference_table_fini(&back);
    CU_ASSERT_EQUAL(ess_reference_table_read(&back, path, problem, sizeof problem), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem, ":4:"));
    ess_reference_table_fini(&back);
    ess_reference_table_fini(&table);
    remove(path);
}

/* The kept table itself: every row names a case of the standard set and a metric that it has. */
static void kept_table_is_sound(void) {
    struct ess_reference_table table = {NULL, 0, 0};
    char problem[512];
    size_t found = 0;
    ESS_CHECK(ess_reference_table_read(
                  &table, "analysis/validation/references.csv", problem, sizeof problem) == 0,
        "%s", problem);
    for (uint32_t i = 0; i < ess_case_standard_count(); i++) {
        struct ess_case network;
        char hash[ESS_CASE_HASH_BYTES];
        const struct ess_case_family *family = ess_case_draw(ESS_CASE_STANDARD_SEED, i, &network);
        ess_case_hash(&network, hash);
        for (size_t r = 0; r < table.count; r++) {
            bool same = strcmp(table.rows[r].hash, hash) == 0;
            found += same ? 1 : 0;
            for (int m = 0; same && m < ESS_CASE_METRICS; m++) {
                bool is_it = strcmp(table.rows[r].metric,
                                 ess_case_metric_name((enum ess_case_metric)m)) == 0;
                CU_ASSERT(!is_it || ess_case_has_metric(&network, (enum ess_case_metric)m));
            }
            CU_ASSERT(!same || strcmp(table.rows[r].family, family->name) == 0);
        }
    }
    CU_ASSERT_EQUAL(found, table.count);
    ess_test_note("%zu rows", table.count);
    ess_reference_table_fini(&table);
}

int main(void) {
    static const struct ess_test tests[] = {{"what tools say", reads_outcomes},
        {"quartiles", quartiles_of_samples}, {"known factors", scores_known_factors},
        {"a table comes back as it was", table_comes_back},
        {"the kept table is sound", kept_table_is_sound}, {NULL, NULL}};
    return ess_test_main("scores", tests);
}
