/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/validation/score.h"
#include "analysis/validation/case_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct ess_score_group ess_score_groups[] = {
    {"rings", {"ring", "hierarchical", NULL}, {"seconds", NULL, NULL}},
    {"single cold", {"cold", NULL, NULL}, {"seconds", NULL, NULL}},
    {"random loss", {"loss", NULL, NULL}, {"seconds", "aggregate", NULL}},
    {"aggregates", {"dumbbell", "unequal", NULL}, {"aggregate", NULL, NULL}},
    {"ratio of goodputs", {"unequal", NULL, NULL}, {"ratio", NULL, NULL}},
    {"single warm", {"warm", NULL, NULL}, {"seconds", NULL, NULL}},
    {"windows", {"windows", NULL, NULL}, {"seconds", NULL, NULL}},
    {"parallel connections", {"parallel", NULL, NULL}, {"seconds", NULL, NULL}},
    {"incast", {"incast", NULL, NULL}, {"seconds", NULL, NULL}},
    {NULL, {NULL, NULL, NULL}, {NULL, NULL, NULL}}};

const struct ess_score_pair ess_score_pairs[] = {{"SimGrid-LV08", "ns-3", {0}},
    {"SimGrid-CM02", "ns-3", {0}}, {"SimGrid-LV08", "Linux", {0}}, {"ns-3", "Linux", {0}},
    {"fluid-ideal", "Linux", {0}}, {"fluid-ns3", "ns-3", {0}},
    {"fluid-linux", "Linux", {1.15, 1.10, 1.6, 1.02, 1.5, 0, 0, 0, 0}},
    {"packet-linux", "Linux", {1.07, 1.05, 1.3, 1.02, 1.25, 0, 0, 0, 0}},
    {"packet-ns3", "ns-3", {1.05, 1.03, 1.3, 1.02, 1.2, 0, 0, 0, 0}}, {NULL, NULL, {0}}};

double ess_score_factor(double model, double reference) {
    return model > reference ? model / reference : reference / model;
}

static bool is_one_of(const char *const words[3], const char *word) {
    for (size_t i = 0; i < 3 && words[i]; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

bool ess_score_belongs(const struct ess_score_group *group, enum ess_score_half half,
    const struct ess_reference *row) {
    return is_one_of(group->families, row->family) && is_one_of(group->metrics, row->metric) &&
           ess_case_is_for_choosing(row->hash) == (half == ESS_SCORE_CHOSEN);
}

static void note_worst(struct ess_score *score, double factor, const char *hash) {
    if (!(factor <= score->worst)) {
        score->worst = factor;
        memcpy(score->worst_hash, hash, sizeof score->worst_hash);
    }
}

int ess_score_of(const struct ess_reference_table *references,
    const struct ess_reference_table *models, const struct ess_score_group *group,
    const struct ess_score_pair *pair, enum ess_score_half half, struct ess_score *score) {
    double *factors = malloc((references->count + 1) * sizeof *factors);
    double sum = 0, spread = 0, low, median;
    memset(score, 0, sizeof *score);
    score->factor = score->p95 = score->worst = score->floor = (double)NAN;
    if (!factors) {
        return -1;
    }
    for (size_t i = 0; i < references->count; i++) {
        const struct ess_reference *row = &references->rows[i];
        if (strcmp(row->tool, pair->reference) != 0 || !ess_score_belongs(group, half, row)) {
            continue;
        }
        const struct ess_reference *ours =
            ess_reference_table_find(models, row->hash, row->metric, pair->model);
        if (!ours) {
            score->missing++;
            continue;
        }
        double factor = ess_score_factor(ours->median, row->median);
        factors[score->cases++] = factor;
        sum += log(factor);
        spread += log(row->upper / row->lower);
        note_worst(score, factor, row->hash);
    }
    if (score->cases > 0) {
        score->factor = exp(sum / score->cases);
        score->floor = exp(spread / score->cases);
        ess_reference_quartiles(factors, score->cases, &low, &median, &score->p95);
        score->p95 = factors[(size_t)ceil(0.95 * score->cases) - 1]; /* sorted by the line above */
    }
    free(factors);
    return 0;
}
