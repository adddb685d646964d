/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed time-out on heartbeats. Silence longer than `timeout`, or a broken connection that is not
 * followed by a message within `reset_grace`, counts as a loss.
 *
 * Detection time of a silent peer lies in (timeout - period, timeout]; of a reset, at most
 * reset_grace. Bias: a pause longer than `timeout` is taken for a loss (the peer is told and may
 * join again). */
#include "membership/detector.h"

struct settings {
    int64_t period_ns;
    int64_t timeout_ns;
    int64_t reset_grace_ns;
};

static const struct ess_parameter parameters[] = {
    {"period", ESS_PARAMETER_TIME, 2e9, 1e6, 3.6e12, "time between two heartbeats of a peer",
        offsetof(struct settings, period_ns)},
    {"timeout", ESS_PARAMETER_TIME, 10e9, 2e6, 8.64e13, "silence after which a peer counts as lost",
        offsetof(struct settings, timeout_ns)},
    {"reset_grace", ESS_PARAMETER_TIME, 2e9, 0, 8.64e13,
        "time a peer has to speak again after its connection broke",
        offsetof(struct settings, reset_grace_ns)},
    ESS_PARAMETER_END,
};

static int64_t period_ns(const void *settings) {
    return ((const struct settings *)settings)->period_ns;
}

static int64_t lost_at_ns(const void *settings, const struct ess_watch *watch) {
    const struct settings *s = settings;
    int64_t by_silence = watch->heard_ns + s->timeout_ns;
    int64_t by_reset;
    if (watch->reset_ns == ESS_TIME_NEVER) {
        return by_silence;
    }
    by_reset = watch->reset_ns + s->reset_grace_ns;
    return by_reset < by_silence ? by_reset : by_silence;
}

/* Else every live peer counts as lost between two of its heartbeats. */
static const char *check(const void *settings) {
    const struct settings *s = settings;
    return s->timeout_ns > s->period_ns ? NULL : "a timeout longer than the period";
}

const struct ess_detector_type ess_detector_timeout = {
    .name = "timeout",
    .summary = "fixed time-out on heartbeats; a reset connection shortens it",
    .source = "Chandra and Toueg, J. ACM 43(2), 1996, section 5 (time-out based detectors)",
    .parameters = parameters,
    .settings_bytes = sizeof(struct settings),
    .check = check,
    .period_ns = period_ns,
    .lost_at_ns = lost_at_ns,
};
