/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/great_circle.h"

#include <math.h>

#define RADIUS_KM 6371.0088
#define LIGHT_KM_PER_S 299792.458
#define DEGREE (3.14159265358979323846 / 180)

double ess_great_circle_km(
    double latitude1, double longitude1, double latitude2, double longitude2) {
    double across = sin((latitude2 - latitude1) * DEGREE / 2);
    double along = sin((longitude2 - longitude1) * DEGREE / 2);
    double h = across * across + cos(latitude1 * DEGREE) * cos(latitude2 * DEGREE) * along * along;
    return 2 * RADIUS_KM * asin(sqrt(fmin(h, 1)));
}

int64_t ess_fibre_delay_ns(double km, double factor) {
    return (int64_t)floor(factor * km / (LIGHT_KM_PER_S * 2 / 3) * 1e9 + 0.5);
}
