/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVAILABILITY_GENERATE_H
#define ESS_AVAILABILITY_GENERATE_H

/* Availability traces from laws.
 *
 * Each host alternates between sessions (up) and gaps (down), independently of the others but for
 * its site:
 *   - the length of a session has a Weibull law, P(S > x) = exp(-(x / scale)^shape), of mean
 *     scale Gamma(1 + 1 / shape);
 *   - a gap G has a lognormal law, ln G ~ N(ln median, sigma^2), of mean median exp(sigma^2 / 2),
 * in a time that runs at the rate d(t) = 1 + amplitude cos(2 pi (t - peak) / 24 h): a gap from t
 * lasts x where the integral of d over [t, t + x] is G. Machines come back sooner near the peak and
 *     later in the night; the law of sessions is not touched by it. Time 0 is midnight;
 *   - hosts belong in equal blocks to sites. Each site has power or network cuts, at exponential
 *     distances of mean M, with M = mean session (1 - fraction) / fraction; a cut ends all sessions
 * of the site at once, lasts as long as a gap G (undisturbed by the hour), and hosts that would
 * come back during it come back at its end. So about `fraction` of all ends of sessions are due to
 * the site; "about", since cuts that fall on hosts that are down end nothing while sessions that
 * are cut short make room for others. The process starts 7 days before time 0, so that what the
 * trace shows is settled, and a session that is under way at time 0 or at the end is cut there.
 *
 * Valid for machines whose sessions are independent of their gaps and of the hour. Weibull laws
 * with a shape below 1 fit the up times, lognormal ones the down times of clusters (Schroeder,
 * Gibson, "A large-scale study of failures in high-performance computing systems", DSN 2006);
 * Weibull laws fit desktop machines (Nurmi, Brevik, Wolski, "Modeling machine availability in
 * enterprise and wide-area distributed computing environments", Euro-Par 2005). Known bias: all
 * hosts have the same laws here, where real ones differ. Check value: shape 0.6, scale 70 min give
 * a mean session of 105.3 min; median 15 min, sigma 1 a mean gap of 24.7 min; without cuts and
 * hours the availability is 105.3 / (105.3 + 24.7) = 0.810.
 *
 * Times are rounded to milliseconds, at least 1 ms: that leaves out the last digits, in which the
 * mathematics libraries of two machines may differ, so that a seed gives the same bytes on both. */

#include "base/parameter.h"
#include "models/availability/trace.h"

struct ess_trace_generate_settings {
    int64_t hosts;              /* 1 ... 100000 */
    int64_t sites;              /* 1 ... hosts */
    int64_t duration_ns;        /* 1 min ... 10 years */
    int64_t session_scale_ns;   /* 1 s ... 1 year */
    double session_shape;       /* 0.2 ... 10 */
    int64_t gap_median_ns;      /* 1 s ... 1 year */
    double gap_sigma;           /* 0 ... 4; 0: every gap is the median */
    double diurnal_amplitude;   /* 0 ... 0.95 */
    int64_t diurnal_peak_ns;    /* hour of the day: 0 ... 24 h */
    double site_event_fraction; /* 0 ... 0.9 */
};

/* The settings as a table: keys, defaults (those of scenarios/traces/home-24.csv), ranges. */
extern const struct ess_parameter ess_trace_generate_parameters[];

/* Draw a trace. Streams are named by (seed, host or site, purpose), so more hosts leave the others'
 * sessions as they are where there are no cuts. Returns 0 with a trace as a reader would give it,
 * or -1 with `error` (a setting out of its range, more than ESS_TRACE_ROWS_MAX sessions, no host
 * up). */
int ess_trace_generate(const struct ess_trace_generate_settings *settings, uint64_t seed,
    struct ess_trace *trace, struct ess_trace_error *error);

/* Draw a trace and write it as CSV, headed by comments that say with which settings and seed. */
int ess_trace_generate_csv(const struct ess_trace_generate_settings *settings, uint64_t seed,
    FILE *stream, struct ess_trace_error *error);

#endif
