/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores models against kept references.
 *
 *     score JSON REFERENCES [RESULTS...]
 *
 * REFERENCES and RESULTS are tables as `references run` writes them; models are rows of a RESULTS
 * table, or of REFERENCES itself for other tools. Prints the tables of
 * analysis/validation/README.md and writes the same as JSON. */
#include "analysis/validation/score.h"
#include "analysis/json_writer.h"
#include "analysis/validation/case_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const half_names[] = {"chosen", "reported"};

static bool has_model(const struct ess_reference_table *models, const char *name) {
    for (size_t i = 0; i < models->count; i++) {
        if (strcmp(models->rows[i].tool, name) == 0) {
            return true;
        }
    }
    return false;
}

static void print_goal(double goal, const struct ess_score *score) {
    if (goal > 0) {
        printf(" %.2f | %s |\n", goal,
            score->factor <= fmax(goal, score->floor) && score->missing == 0 ? "yes" : "no");
    } else {
        printf(" | |\n");
    }
}

static void print_pair(const struct ess_reference_table *references,
    const struct ess_reference_table *models, const struct ess_score_pair *pair) {
    printf("\n**%s against %s**\n\n", pair->model, pair->reference);
    printf("| family | half | cases | missing | factor | 95 %% below | worst | worst case "
           "| quartiles of %s | goal | met |\n",
        pair->reference);
    printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t g = 0; ess_score_groups[g].name; g++) {
        for (int half = ESS_SCORE_REPORTED; half >= ESS_SCORE_CHOSEN; half--) {
            struct ess_score score;
            if (ess_score_of(references, models, &ess_score_groups[g], pair,
                    (enum ess_score_half)half, &score) != 0 ||
                score.cases == 0) {
                continue;
            }
            printf("| %s | %s | %u | %u | %.3f | %.2f | %.2f | %s | %.3f |",
                ess_score_groups[g].name, half_names[half], score.cases, score.missing,
                score.factor, score.p95, score.worst, score.worst_hash, score.floor);
            print_goal(half == ESS_SCORE_REPORTED ? pair->goals[g] : 0, &score);
        }
    }
}

static void write_case(struct ess_json_writer *json, const struct ess_reference *row,
    const struct ess_reference *ours, const char *model) {
    ess_json_open(json, '{', true);
    ess_json_key(json, "hash");
    ess_json_string(json, row->hash);
    ess_json_key(json, "family");
    ess_json_string(json, row->family);
    ess_json_key(json, "metric");
    ess_json_string(json, row->metric);
    ess_json_key(json, "half");
    ess_json_string(json,
        half_names[ess_case_is_for_choosing(row->hash) ? ESS_SCORE_CHOSEN : ESS_SCORE_REPORTED]);
    ess_json_key(json, "model");
    ess_json_string(json, model);
    ess_json_key(json, "reference");
    ess_json_string(json, row->tool);
    ess_json_key(json, "value");
    ess_json_number(json, ours->median);
    ess_json_key(json, "reference_value");
    ess_json_number(json, row->median);
    ess_json_key(json, "factor");
    ess_json_number(json, ess_score_factor(ours->median, row->median));
    ess_json_close(json);
}

static void write_cases(struct ess_json_writer *json, const struct ess_reference_table *references,
    const struct ess_reference_table *models) {
    for (size_t p = 0; ess_score_pairs[p].model; p++) {
        const struct ess_score_pair *pair = &ess_score_pairs[p];
        for (size_t i = 0; i < references->count; i++) {
            const struct ess_reference *row = &references->rows[i];
            const struct ess_reference *ours =
                ess_reference_table_find(models, row->hash, row->metric, pair->model);
            if (ours && strcmp(row->tool, pair->reference) == 0) {
                write_case(json, row, ours, pair->model);
            }
        }
    }
}

static void write_family(struct ess_json_writer *json, const struct ess_score_group *group,
    const struct ess_score_pair *pair, double goal, int half, const struct ess_score *score) {
    ess_json_open(json, '{', true);
    ess_json_key(json, "family");
    ess_json_string(json, group->name);
    ess_json_key(json, "model");
    ess_json_string(json, pair->model);
    ess_json_key(json, "reference");
    ess_json_string(json, pair->reference);
    ess_json_key(json, "cases");
    ess_json_unsigned(json, score->cases);
    ess_json_key(json, "missing");
    ess_json_unsigned(json, score->missing);
    ess_json_key(json, "factor");
    ess_json_number(json, score->factor);
    ess_json_key(json, "p95");
    ess_json_number(json, score->p95);
    ess_json_key(json, "worst");
    ess_json_number(json, score->worst);
    ess_json_key(json, "floor");
    ess_json_number(json, score->floor);
    ess_json_key(json, "goal");
    ess_json_number(json, goal > 0 ? goal : (double)NAN);
    ess_json_key(json, "half");
    ess_json_string(json, half_names[half]);
    ess_json_close(json);
}

static void write_families(struct ess_json_writer *json,
    const struct ess_reference_table *references, const struct ess_reference_table *models) {
    for (size_t p = 0; ess_score_pairs[p].model; p++) {
        for (size_t g = 0; ess_score_groups[g].name; g++) {
            for (int half = ESS_SCORE_CHOSEN; half <= ESS_SCORE_REPORTED; half++) {
                struct ess_score score;
                if (ess_score_of(references, models, &ess_score_groups[g], &ess_score_pairs[p],
                        (enum ess_score_half)half, &score) == 0 &&
                    score.cases > 0) {
                    write_family(json, &ess_score_groups[g], &ess_score_pairs[p],
                        ess_score_pairs[p].goals[g], half, &score);
                }
            }
        }
    }
}

static int write_json(const char *path, const struct ess_reference_table *references,
    const struct ess_reference_table *models) {
    struct ess_json_writer json;
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        return 1;
    }
    ess_json_begin(&json, file);
    ess_json_open(&json, '{', false);
    ess_json_key(&json, "cases");
    ess_json_open(&json, '[', false);
    write_cases(&json, references, models);
    ess_json_close(&json);
    ess_json_key(&json, "families");
    ess_json_open(&json, '[', false);
    write_families(&json, references, models);
    ess_json_close(&json);
    ess_json_close(&json);
    ess_json_end(&json);
    return fclose(file) == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
    struct ess_reference_table references = {NULL, 0, 0}, models = {NULL, 0, 0};
    char problem[512];
    if (argc < 3) {
        fprintf(stderr, "usage: score JSON REFERENCES [RESULTS...]\n");
        return 2;
    }
    int status = ess_reference_table_read(&references, argv[2], problem, sizeof problem);
    for (int i = 2; i < argc && status == 0; i++) {
        status = ess_reference_table_read(&models, argv[i], problem, sizeof problem);
    }
    if (status != 0) {
        fprintf(stderr, "score: %s\n", problem);
        return 2;
    }
    for (size_t p = 0; ess_score_pairs[p].model; p++) {
        if (has_model(&models, ess_score_pairs[p].model)) {
            print_pair(&references, &models, &ess_score_pairs[p]);
        } else {
            printf("\n%s: no results\n", ess_score_pairs[p].model);
        }
    }
    status = write_json(argv[1], &references, &models);
    ess_reference_table_fini(&references);
    ess_reference_table_fini(&models);
    return status;
}
