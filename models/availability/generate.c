/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/generate.h"

#include "base/random.h"
#include "models/availability/builder.h"
#include "models/availability/write.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400.0
#define WARM_UP_S (7 * DAY_S) /* whole days, so that the hours stay what they are */
#define MINUTE_NS 60e9
#define YEAR_NS (365.25 * 86400e9)

/* One cut of a site's power; seconds from the start of the warm-up. */
struct outage {
    double start_s, end_s;
};

struct generator {
    const struct ess_trace_generate_settings *settings;
    struct ess_trace_builder *builder;
    struct ess_trace_error *error;
    struct outage *outages; /* of the site at hand, sorted, disjoint */
    int64_t outage_count, outage_capacity;
    double end_s; /* of the trace, in seconds from the start of the warm-up */
    uint64_t seed;
};

static double draw_session_s(const struct generator *g, struct ess_random *stream) {
    return gsl_cdf_weibull_Pinv(ess_random_unit(stream),
        (double)g->settings->session_scale_ns / 1e9, g->settings->session_shape);
}

/* exp(mu + sigma z); the unit draw 0, which has no finite z, gives a gap of no length. */
static double draw_gap_s(const struct generator *g, struct ess_random *stream) {
    double median_s = (double)g->settings->gap_median_ns / 1e9;
    double unit = ess_random_unit(stream);
    if (g->settings->gap_sigma == 0.0) {
        return median_s;
    }
    return unit > 0 ? gsl_cdf_lognormal_Pinv(unit, log(median_s), g->settings->gap_sigma) : 0;
}

/* The integral of d from 0 to t. */
static double integrate_day(const struct generator *g, double t_s) {
    double turn = 2 * M_PI * (t_s - (double)g->settings->diurnal_peak_ns / 1e9) / DAY_S;
    return t_s + g->settings->diurnal_amplitude * DAY_S / (2 * M_PI) * sin(turn);
}

/* How long a gap of `gap_s` lasts when it begins at t. Bisection: d > 0, so the integral rises, and
 * the swing is bounded by amplitude x day / pi. 60 halvings of a bracket of days end below 1e-12 s.
 */
static double stretch_gap_s(const struct generator *g, double t_s, double gap_s) {
    double swing_s = g->settings->diurnal_amplitude * DAY_S / M_PI;
    double target = integrate_day(g, t_s) + gap_s;
    double low = t_s + (gap_s > swing_s ? gap_s - swing_s : 0);
    double high = t_s + gap_s + swing_s;
    if (g->settings->diurnal_amplitude == 0.0) {
        return gap_s;
    }
    for (int i = 0; i < 60; i++) {
        double middle = low + (high - low) / 2;
        if (integrate_day(g, middle) < target) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high - t_s;
}

static int add_outage(struct generator *g, double start_s, double end_s) {
    if (g->outage_count == g->outage_capacity) {
        int64_t wanted = g->outage_capacity ? 2 * g->outage_capacity : 64;
        struct outage *grown;
        if (wanted > ESS_TRACE_ROWS_MAX) {
            return ess_trace_fail(g->error, "more cuts of a site", 19, "a shorter trace");
        }
        grown = realloc(g->outages, (size_t)wanted * sizeof *grown);
        if (!grown) {
            return ess_trace_fail(g->error, "no memory left", 14, "a shorter trace");
        }
        g->outages = grown;
        g->outage_capacity = wanted;
    }
    g->outages[g->outage_count++] = (struct outage){start_s, end_s};
    return 0;
}

static int draw_outages(struct generator *g, int64_t site) {
    const struct ess_trace_generate_settings *settings = g->settings;
    double fraction = settings->site_event_fraction;
    double session_s =
        (double)settings->session_scale_ns / 1e9 * gsl_sf_gamma(1 + 1 / settings->session_shape);
    struct ess_random stream;
    double now_s = 0;
    g->outage_count = 0;
    ess_random_init(&stream, g->seed, (uint64_t)site, "trace site cuts");
    while (fraction > 0) {
        double start_s = now_s + gsl_cdf_exponential_Pinv(ess_random_unit(&stream),
                                     session_s * (1 - fraction) / fraction);
        if (start_s >= g->end_s) {
            break;
        }
        now_s = start_s + draw_gap_s(g, &stream) + 1e-3;
        if (add_outage(g, start_s, now_s) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Milliseconds, then nanoseconds from time 0; what lies in the warm-up is before it. */
static int64_t to_trace_ns(double t_s) {
    double ms = floor((t_s - WARM_UP_S) * 1e3 + 0.5);
    return ms > 0 ? (int64_t)ms * 1000000 : 0;
}

/* One host, from the start of the warm-up. Sessions shorter than a millisecond last one. */
static int draw_host(struct generator *g, int32_t host, int32_t index) {
    struct ess_random sessions, gaps;
    double now_s = 0;
    int64_t next = 0; /* outage that may come next */
    int64_t end_ns = to_trace_ns(g->end_s);
    ess_random_init(&sessions, g->seed, (uint64_t)host, "trace sessions");
    ess_random_init(&gaps, g->seed, (uint64_t)host, "trace gaps");
    while (now_s < g->end_s) {
        double up_s = fmax(draw_session_s(g, &sessions), 1e-3);
        double stop_s = now_s + up_s;
        double back_s = stop_s + fmax(stretch_gap_s(g, stop_s, draw_gap_s(g, &gaps)), 2e-3);
        int64_t start_ns = to_trace_ns(now_s), stop_ns;
        while (next < g->outage_count && g->outages[next].end_s <= now_s) {
            next++;
        }
        if (next < g->outage_count && g->outages[next].start_s < stop_s) {
            stop_s = fmax(g->outages[next].start_s, now_s);
            back_s = g->outages[next].end_s;
        }
        stop_ns = to_trace_ns(stop_s) < end_ns ? to_trace_ns(stop_s) : end_ns;
        if (start_ns < stop_ns &&
            ess_trace_builder_row(g->builder, index, 1, start_ns, stop_ns) != 0) {
            return -1;
        }
        for (int64_t i = next; i < g->outage_count && g->outages[i].start_s <= back_s; i++) {
            back_s = fmax(back_s, g->outages[i].end_s);
        }
        now_s = back_s;
    }
    return 0;
}

static int draw_all(struct generator *g) {
    const struct ess_trace_generate_settings *settings = g->settings;
    int64_t last_site = -1;
    for (int64_t host = 0; host < settings->hosts; host++) {
        int64_t site = host * settings->sites / settings->hosts;
        char name[64];
        int length =
            snprintf(name, sizeof name, "site%" PRId64 "-host%02" PRId64, site + 1, host + 1);
        int32_t index = ess_trace_builder_host(g->builder, name, length);
        if (index < 0 || (site != last_site && draw_outages(g, site) != 0) ||
            draw_host(g, (int32_t)host, index) != 0) {
            return -1;
        }
        last_site = site;
    }
    return 0;
}

static int check(
    const struct ess_trace_generate_settings *settings, struct ess_trace_error *error) {
    char found[96];
    for (const struct ess_parameter *p = ess_trace_generate_parameters; p->key; p++) {
        double value = ess_parameter_get(p, settings);
        if (!(value >= p->minimum && value <= p->maximum)) {
            int length = snprintf(found, sizeof found, "%s of %.9g", p->key, value);
            return ess_trace_fail(error, found, length, "%.9g ... %.9g", p->minimum, p->maximum);
        }
    }
    if (settings->sites > settings->hosts) {
        return ess_trace_fail(error, "more sites than hosts", 21, "at least one host a site");
    }
    return 0;
}

int ess_trace_generate(const struct ess_trace_generate_settings *settings, uint64_t seed,
    struct ess_trace *trace, struct ess_trace_error *error) {
    struct ess_trace_builder builder;
    struct generator g;
    int status;
    memset(trace, 0, sizeof *trace);
    memset(error, 0, sizeof *error);
    memset(&g, 0, sizeof g);
    g.settings = settings;
    g.builder = &builder;
    g.error = error;
    g.seed = seed;
    if (check(settings, error) != 0) {
        return -1;
    }
    g.end_s = WARM_UP_S + (double)settings->duration_ns / 1e9;
    ess_trace_builder_init(&builder, error);
    status = ess_trace_builder_window(&builder, 0, to_trace_ns(g.end_s));
    if (status == 0) {
        status = draw_all(&g);
    }
    if (status == 0) {
        builder.rows_read = builder.row_count;
        status = ess_trace_builder_finish(&builder, trace);
        trace->format = status == 0 ? "generated" : NULL;
    }
    ess_trace_builder_fini(&builder);
    free(g.outages);
    return status;
}

/* The settings as they would be typed, in the order of the table. */
static void write_command(
    const struct ess_trace_generate_settings *settings, uint64_t seed, FILE *stream) {
    fprintf(stream,
        "# Machines coming and going, drawn from laws (models/availability/generate.h) by\n");
    fprintf(stream, "# essaim trace make --seed %" PRIu64, seed);
    for (const struct ess_parameter *p = ess_trace_generate_parameters; p->key; p++) {
        double value = ess_parameter_get(p, settings);
        if (p->kind == ESS_PARAMETER_TIME) {
            fprintf(stream, " --set '%s=%.15g s'", p->key, value / 1e9);
        } else {
            fprintf(stream, " --set %s=%.15g", p->key, value);
        }
    }
    fputc('\n', stream);
}

int ess_trace_generate_csv(const struct ess_trace_generate_settings *settings, uint64_t seed,
    FILE *stream, struct ess_trace_error *error) {
    struct ess_trace trace;
    int status;
    if (ess_trace_generate(settings, seed, &trace, error) != 0) {
        return -1;
    }
    write_command(settings, seed, stream);
    status = ess_trace_write_csv(&trace, stream, error);
    ess_trace_fini(&trace);
    return status;
}

#define FIELD(name) offsetof(struct ess_trace_generate_settings, name)

const struct ess_parameter ess_trace_generate_parameters[] = {
    {"hosts", ESS_PARAMETER_INTEGER, 24, 1, 100000, "machines", FIELD(hosts)},
    {"sites", ESS_PARAMETER_INTEGER, 2, 1, 100000, "sites that share power and network",
        FIELD(sites)},
    {"duration", ESS_PARAMETER_TIME, 72 * 60 * MINUTE_NS, MINUTE_NS, 10 * YEAR_NS,
        "length of the trace", FIELD(duration_ns)},
    {"session_scale", ESS_PARAMETER_TIME, 70 * MINUTE_NS, 1e9, YEAR_NS,
        "scale of the Weibull law of sessions", FIELD(session_scale_ns)},
    {"session_shape", ESS_PARAMETER_REAL, 0.6, 0.2, 10, "its shape: below 1, many short ones",
        FIELD(session_shape)},
    {"gap_median", ESS_PARAMETER_TIME, 15 * MINUTE_NS, 1e9, YEAR_NS,
        "median of the lognormal law of gaps", FIELD(gap_median_ns)},
    {"gap_sigma", ESS_PARAMETER_REAL, 1, 0, 4, "deviation of the logarithm of a gap",
        FIELD(gap_sigma)},
    {"diurnal_amplitude", ESS_PARAMETER_REAL, 0.6, 0, 0.95,
        "swing of the rate of coming back between day and night", FIELD(diurnal_amplitude)},
    {"diurnal_peak", ESS_PARAMETER_TIME, 20 * 60 * MINUTE_NS, 0, 24 * 60 * MINUTE_NS,
        "hour at which machines come back soonest", FIELD(diurnal_peak_ns)},
    {"site_event_fraction", ESS_PARAMETER_REAL, 0.05, 0, 0.9,
        "share of the ends of sessions that a cut of a whole site causes",
        FIELD(site_event_fraction)},
    ESS_PARAMETER_END,
};
