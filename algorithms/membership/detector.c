/* SPDX-License-Identifier: Apache-2.0 */
#include "membership/detector.h"

void ess_watch_heard(struct ess_watch *watch, int64_t now_ns) {
    watch->heard_ns = now_ns;
    watch->reset_ns = ESS_TIME_NEVER;
}

void ess_watch_reset(struct ess_watch *watch, int64_t now_ns) {
    if (watch->reset_ns == ESS_TIME_NEVER) {
        watch->reset_ns = now_ns;
    }
}
