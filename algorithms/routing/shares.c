/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/shares.h"

#include <math.h>

#include "base/sort.h"

/* Remainders as 32 bits above the index, so that sorting them ascending leaves the largest last and
 * the lower of two equal indexes later. */
static uint64_t remainder_key(double remainder, uint32_t index) {
    uint64_t scaled = (uint64_t)(remainder * 0x1p32);
    scaled = scaled > UINT32_MAX ? UINT32_MAX : scaled;
    return scaled << 32 | (UINT32_MAX - index);
}

void ess_shares_round(const double *weights, uint32_t count, uint32_t *shares, uint64_t *keys) {
    double largest = 0, total = 0;
    uint32_t given = 0;
    for (uint32_t i = 0; i < count; i++) {
        largest = weights[i] > largest ? weights[i] : largest;
    }
    for (uint32_t i = 0; i < count; i++) {
        total += largest > 0 ? weights[i] / largest : 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        double part = largest > 0 ? weights[i] / largest : 1;
        double exact = part / total * ESS_SHARE_WHOLE, whole = floor(exact);
        shares[i] = (uint32_t)whole;
        given += shares[i];
        keys[i] = remainder_key(exact - whole, i);
    }
    /* Rounding of the divisions may have given one too many or leave more than `count`. */
    ess_sort_u64(keys, count);
    for (uint32_t i = count; given<ESS_SHARE_WHOLE; i = i> 1 ? i - 1 : count) {
        shares[UINT32_MAX - (uint32_t)keys[i - 1]]++;
        given++;
    }
    for (uint32_t i = 0; given > ESS_SHARE_WHOLE; i = (i + 1) % count) {
        uint32_t index = UINT32_MAX - (uint32_t)keys[i];
        if (shares[index] > 0) {
            shares[index]--;
            given--;
        }
    }
}

/* The level for the `used` largest rates, whose sum is given. */
static double level(uint32_t count, uint32_t used, double sum) {
    return (count - 2.0 + used) / sum;
}

/* Water-filling over the rates in descending order, which `sorted` holds ascending as the bits of
 * positive doubles (these order as the doubles do). */
static double water_level(uint32_t count, const uint64_t *sorted) {
    double sum = 0, found = 0;
    for (uint32_t used = 1; used <= count; used++) {
        union {
            uint64_t bits;
            double rate;
        } next = {sorted[count - used]};
        if (next.rate <= 0 || (used > 1 && found * next.rate <= 1)) {
            break;
        }
        sum += next.rate;
        found = level(count, used, sum);
    }
    return found;
}

double ess_shares_butterfly(const double *rate_bytes_per_s, uint32_t count, uint32_t *shares,
    double *weights, uint64_t *keys) {
    double filled, worst = 0;
    for (uint32_t i = 0; i < count; i++) {
        union {
            double rate;
            uint64_t bits;
        } entry = {rate_bytes_per_s[i] > 0 ? rate_bytes_per_s[i] : 0};
        keys[i] = entry.bits;
    }
    ess_sort_u64(keys, count);
    filled = count > 2 ? water_level(count, keys) : 0;
    for (uint32_t i = 0; i < count; i++) {
        double rate = rate_bytes_per_s[i] > 0 ? rate_bytes_per_s[i] : 0;
        double weight = count > 2 ? (filled * rate - 1) / (count - 2.0) : rate;
        double load = count > 2 ? 1 + (count - 2.0) * (weight > 0 ? weight : 0) : count - 1.0;
        weights[i] = weight > 0 ? weight : 0;
        worst = rate > 0 && load / rate > worst ? load / rate : worst;
    }
    ess_shares_round(weights, count, shares, keys);
    return worst;
}
