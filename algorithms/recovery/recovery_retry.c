/* SPDX-License-Identifier: Apache-2.0 */
/* Abort and retry with the survivors: every operation of the step is done again without the lost
 * member. One contributor set for the whole step; no extra round trip; all traffic of the step so
 * far is wasted. */
#include "recovery/recovery.h"

static enum ess_view_mode respond(const void *settings) {
    (void)settings;
    return ESS_VIEW_RESTART;
}

static uint64_t keep(const void *settings, uint64_t complete_everywhere) {
    (void)settings;
    (void)complete_everywhere;
    return 0;
}

const struct ess_recovery_type ess_recovery_retry = {
    .name = "retry",
    .summary = "abort the step's all-reduces and repeat them with the survivors",
    .source = "Bland et al., IJHPCA 27(3), 2013 (ULFM: revoke, shrink, repeat)",
    .respond = respond,
    .keep = keep,
};
