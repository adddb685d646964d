/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/certificate.h"

#include <math.h>
#include <stdlib.h>

#define OF_NO_ACCOUNT 1e-9
#define LEAST_PRICE 1e-13 /* share of all: no pair may be free of charge */
#define ROUNDING 1e-11

static void clean(double *weights, uint32_t count) {
    double greatest = 0;
    for (uint32_t i = 0; i < count; i++) {
        greatest = fmax(greatest, weights[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        weights[i] = weights[i] > OF_NO_ACCOUNT * greatest ? weights[i] : 0;
    }
}

/* Sum of price times capacity, after each price is at least a little. */
static double charge(const struct ess_bound_links *links, double *prices) {
    double sum = 0, raised = 0;
    for (uint32_t row = 0; row < links->count; row++) {
        sum += prices[row] * links->capacity_bytes_per_s[row];
    }
    for (uint32_t row = 0; row < links->count; row++) {
        prices[row] = fmax(prices[row], LEAST_PRICE * sum / links->capacity_bytes_per_s[row]);
        raised += prices[row] * links->capacity_bytes_per_s[row];
    }
    return raised;
}

/* L of the header; infinite where a pair with weight has no price. */
static double dearest(const struct ess_bound_columns *columns, const struct ess_bound_links *links,
    const struct ess_bound_cuts *cuts, const double *weights, const double *prices) {
    double *weight = ess_bound_allocate(columns->count, sizeof *weight);
    double *price = ess_bound_allocate(columns->count, sizeof *price);
    double greatest = 0;
    for (uint32_t c = 0; c < cuts->count; c++) {
        for (uint32_t k = 0; weights[c] > 0 && k < columns->count; k++) {
            weight[k] += weights[c] * cuts->crossings[c][k];
        }
    }
    for (uint32_t row = 0; row < links->count; row++) {
        for (uint32_t i = links->first[row]; i < links->first[row + 1]; i++) {
            price[links->column[i]] += prices[row] * links->pairs[i];
        }
    }
    for (uint32_t k = 0; k < columns->count; k++) {
        if (weight[k] > 0) {
            greatest = price[k] > 0 ? fmax(greatest, weight[k] / price[k]) : INFINITY;
        }
    }
    free(weight);
    free(price);
    return greatest;
}

struct ess_certificate ess_certificate_of(const struct ess_bound_columns *columns,
    const struct ess_bound_links *links, const struct ess_bound_cuts *cuts, double *weights,
    double *prices) {
    struct ess_certificate certificate = {0, INT64_MAX};
    double demand = 0, scale;
    clean(weights, cuts->count);
    clean(prices, links->count);
    scale = charge(links, prices);
    scale *= dearest(columns, links, cuts, weights, prices);
    for (uint32_t c = 0; c < cuts->count; c++) {
        if (weights[c] > 0) {
            demand += weights[c] * cuts->items[c].demand;
            certificate.head_ns = cuts->items[c].head_ns < certificate.head_ns
                                      ? cuts->items[c].head_ns
                                      : certificate.head_ns;
        }
    }
    if (!(demand > 0 && scale > 0 && isfinite(scale))) {
        return (struct ess_certificate){0, 0};
    }
    certificate.s_per_byte = demand / scale * (1 - ROUNDING);
    return certificate;
}
