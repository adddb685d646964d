/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/local_clock.h"

#define MILLION 1000000

int64_t ess_local_clock_read(const struct ess_local_clock *clock, int64_t now_ns) {
    int64_t drift =
        now_ns / MILLION * clock->drift_ppm + now_ns % MILLION * clock->drift_ppm / MILLION;
    return clock->offset_ns + now_ns + drift;
}

int64_t ess_local_clock_reaches(const struct ess_local_clock *clock, int64_t local_ns) {
    int64_t span = local_ns - clock->offset_ns;
    int64_t low, high;
    if (span <= 0) {
        return 0;
    }
    /* t (1 + d) = span: t differs from span (1 - d) by about span d^2, bracketed generously. */
    low = span - span / MILLION * clock->drift_ppm - span / 1000 - 2 * MILLION;
    high = span - span / MILLION * clock->drift_ppm + span / 1000 + 2 * MILLION;
    if (low < 0) {
        low = 0;
    }
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (ess_local_clock_read(clock, middle) >= local_ns) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}
