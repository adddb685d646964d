/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/failures.h"

#include "analysis/text_width.h"

enum { LISTED_PER_VARIANT = 5 };

static void list_one(const struct ess_results *results, size_t variant, size_t replication,
    size_t width, FILE *file) {
    const struct ess_result_replication *entry =
        &results->variants[variant].replications[replication];
    const char *state = entry->state == ESS_REPLICATION_BOUND
                            ? "ended by a bound"
                            : ess_replication_state_name(entry->state);
    const char *colon = entry->text == NULL ? "" : ": ";
    ess_text_wrapped_format(file, width, 2, "! %s, replication %zu: %s%s%s",
        results->variants[variant].name, replication, state, colon,
        entry->text == NULL ? "" : entry->text);
}

void ess_failures_write(const struct ess_results *results, size_t width, FILE *file) {
    for (size_t v = 0; v < results->variant_count; v++) {
        size_t found = 0;
        for (size_t r = 0; r < results->replication_count; r++) {
            if (results->variants[v].replications[r].state == ESS_REPLICATION_OK) {
                continue;
            }
            if (found < LISTED_PER_VARIANT) {
                list_one(results, v, r, width, file);
            }
            found++;
        }
        if (found > LISTED_PER_VARIANT) {
            ess_text_wrapped_format(file, width, 2,
                "! %s: %zu more replications failed or ended by a bound, listed in results.json",
                results->variants[v].name, found - LISTED_PER_VARIANT);
        }
    }
}
