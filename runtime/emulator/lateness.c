/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/emulator/lateness.h"

void ess_lateness_add(struct ess_lateness *lateness, int64_t late_ns) {
    int64_t bin = late_ns < 0 ? 0 : late_ns / 1000;
    lateness->bins[bin < ESS_LATENESS_BINS ? bin : ESS_LATENESS_BINS - 1]++;
    lateness->count++;
}

uint32_t ess_lateness_quantile_us(const struct ess_lateness *lateness, double p) {
    uint64_t below = 0;
    for (uint32_t i = 0; i < ESS_LATENESS_BINS && lateness->count > 0; i++) {
        below += lateness->bins[i];
        if ((double)below >= p * (double)lateness->count) {
            return i;
        }
    }
    return 0;
}
