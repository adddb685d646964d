/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_GREAT_CIRCLE_H
#define ESS_MODELS_NETWORK_GREAT_CIRCLE_H

/* Delay of a fibre between two places on Earth.
 *
 *     h = sin^2(dlat / 2) + cos lat1 cos lat2 sin^2(dlon / 2)      (haversine)
 *     distance = 2 R asin sqrt h, R = 6371.0088 km (mean radius of the IUGG)
 *     delay = factor x distance / (2/3 c), c = 299,792.458 km/s
 *
 * Two thirds of c is light in glass (index 1.5; data sheets of G.652 fibre say 1.468). The factor
 * is for the detours of ducts and cables. Range: any two points. Bias: the Earth is taken to be a
 * sphere (at most 0.56 % off); real cables are longer, often by 1.2 to 2 times, which is what the
 * factor is for; equipment adds nothing here. Check value: Paris 48.8566, 2.3522 to New York
 * 40.7128, -74.0060: 5837 km, 29.21 ms one way at factor 1. */

#include <stdint.h>

/* Kilometres between two places given in degrees. */
double ess_great_circle_km(
    double latitude1, double longitude1, double latitude2, double longitude2);

/* One-way delay over `km`, rounded to the nanosecond. */
int64_t ess_fibre_delay_ns(double km, double factor);

#endif
