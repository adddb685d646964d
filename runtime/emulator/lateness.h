/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_EMULATOR_LATENESS_H
#define ESS_EMULATOR_LATENESS_H

/* How late packets were handed over: a histogram of whole microseconds, the last bin open. */

#include <stdint.h>

enum { ESS_LATENESS_BINS = 8192 };

struct ess_lateness {
    uint64_t count;
    uint64_t bins[ESS_LATENESS_BINS];
};

/* What came early counts as not late. */
void ess_lateness_add(struct ess_lateness *lateness, int64_t late_ns);

/* Microseconds that a share p of the packets did not exceed; 0 where there were none. */
uint32_t ess_lateness_quantile_us(const struct ess_lateness *lateness, double p);

#endif
