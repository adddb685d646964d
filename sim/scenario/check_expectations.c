/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/checks.h"

#include <string.h>

#include "sim/scenario/nearest.h"

#define NAMES_MAX 4096

bool ess_check_expectation(struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_expectation *expectation = value;
    int forms = (expectation->below.text != NULL) + (expectation->above.text != NULL) +
                (expectation->lower != NULL || expectation->than != NULL);
    if (forms != 1) {
        ess_reader_complain(reader, place, forms == 0 ? "none of them" : "more than one", NULL,
            "one of \"below\", \"above\", or \"lower\" and \"than\"");
        return false;
    }
    expectation->kind = expectation->below.text != NULL   ? ESS_EXPECT_BELOW
                        : expectation->above.text != NULL ? ESS_EXPECT_ABOVE
                                                          : ESS_EXPECT_LOWER;
    if (expectation->kind == ESS_EXPECT_LOWER) {
        if (expectation->lower != NULL && expectation->than != NULL && expectation->variant == NULL)
            return true;
        ess_reader_complain(reader, place,
            expectation->variant != NULL ? "the key \"variant\"" : "one of them", NULL,
            "\"lower\" and \"than\", which name two variants");
        return false;
    }
    if (expectation->disjoint == 0)
        return true;
    struct ess_place below = {place, "disjoint", 0};
    ess_reader_complain(reader, &below, "true", NULL, "\"disjoint\" with \"lower\" and \"than\"");
    return false;
}

static void check_name(struct ess_reader *reader, const char *pointer, const char *name,
    const char *const *names, size_t count, const char *what) {
    if (name == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return;
    ess_reader_complain_at(reader, pointer, ess_store_print(reader->store, "\"%s\"", name),
        ess_name_nearest(name, names, count < NAMES_MAX ? count : NAMES_MAX), "%s", what);
}

void ess_check_expectations(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *const *variants, size_t variant_count, const char *const *metrics) {
    size_t metric_count = 0;
    while (metrics != NULL && metrics[metric_count] != NULL)
        metric_count++;
    const char *variant = "the name of a variant";
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        struct ess_scenario_expectation *expectation = &scenario->expectations[i];
        const char *pointer = ess_store_print(reader->store, "/expect/%zu", i);
        expectation->pointer = pointer;
        if (metrics != NULL)
            check_name(reader, ess_pointer_below(pointer, "metric", reader->store),
                expectation->metric, metrics, metric_count, "a metric of the results");
        check_name(reader, ess_pointer_below(pointer, "variant", reader->store),
            expectation->variant, variants, variant_count, variant);
        check_name(reader, ess_pointer_below(pointer, "lower", reader->store), expectation->lower,
            variants, variant_count, variant);
        check_name(reader, ess_pointer_below(pointer, "than", reader->store), expectation->than,
            variants, variant_count, variant);
    }
}
