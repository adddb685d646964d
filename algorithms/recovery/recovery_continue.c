/* SPDX-License-Identifier: Apache-2.0 */
/* Go on without the lost contribution: operations that every survivor holds completely stay as they
 * are, the lost member's contribution included; only the others are done again, without it.
 * Contributor sets are per operation (bucket), each with its own divisor. Costs one round trip to
 * the coordinator at each loss. */
#include "recovery/recovery.h"

static enum ess_view_mode respond(const void *settings) {
    (void)settings;
    return ESS_VIEW_SURVEY;
}

static uint64_t keep(const void *settings, uint64_t complete_everywhere) {
    (void)settings;
    return complete_everywhere;
}

const struct ess_recovery_type ess_recovery_continue = {
    .name = "continue",
    .summary =
        "keep the all-reduces that all survivors hold, repeat only the others without the lost",
    .source =
        "after Ryabinin et al., Moshpit SGD, arXiv 2103.03239 (a lost peer's part is left out)",
    .respond = respond,
    .keep = keep,
};
