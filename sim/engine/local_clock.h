/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_LOCAL_CLOCK_H
#define ESS_SIM_ENGINE_LOCAL_CLOCK_H

/* A peer's own clock: shows offset + t (1 + drift), with a drift of whole parts per million. Exact
 * integer arithmetic; never runs backwards for |drift| below a million. */

#include <stdint.h>

struct ess_local_clock {
    int64_t offset_ns;
    int64_t drift_ppm;
};

/* What the clock shows at simulated time `now_ns` >= 0. */
int64_t ess_local_clock_read(const struct ess_local_clock *clock, int64_t now_ns);

/* The first simulated time at which the clock shows at least `local_ns`; 0 where it always has. */
int64_t ess_local_clock_reaches(const struct ess_local_clock *clock, int64_t local_ns);

#endif
