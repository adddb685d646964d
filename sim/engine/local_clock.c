/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/local_clock.h"

#define MILLION 1000000

int64_t ess_local_clock_read(const struct ess_local_clock *clock, int64_t now_ns) {
    int64_t drift =
        now_ns / MILLION * clock->drift_ppm + now_ns % MILLION * clock->drift_ppm / MILLION;
    return clock->offset_ns + now_ns + drift;
}

/* In t = a million + b the clock shows a (million + drift) + b + b drift / million, the last term
 * rounded towards 0: a and b by division; at drifts of clocks b is then out by one or two. */
int64_t ess_local_clock_reaches(const struct ess_local_clock *clock, int64_t local_ns) {
    int64_t span = local_ns - clock->offset_ns;
    int64_t pace = MILLION + clock->drift_ppm; /* nanoseconds shown in a million */
    int64_t time_ns;
    if (span <= 0) {
        return 0;
    }
    time_ns = span / pace * MILLION + span % pace * MILLION / pace;
    while (time_ns > 0 && ess_local_clock_read(clock, time_ns - 1) >= local_ns) {
        time_ns--;
    }
    while (ess_local_clock_read(clock, time_ns) < local_ns) {
        time_ns++;
    }
    return time_ns;
}
