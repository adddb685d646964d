/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ess_test.h"
#include "models/availability/generate.h"
#include "models/availability/info.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR INT64_C(3600000000000)
#define SHIPPED "scenarios/traces/home-24.csv"
#define SHIPPED_SEED 24

static struct ess_trace_generate_settings defaults(void) {
    struct ess_trace_generate_settings settings;
    ess_parameters_set_defaults(ess_trace_generate_parameters, &settings);
    return settings;
}

static struct ess_trace generate(
    const struct ess_trace_generate_settings *settings, uint64_t seed) {
    struct ess_trace trace;
    struct ess_trace_error error;
    CU_ASSERT_EQUAL_FATAL(ess_trace_generate(settings, seed, &trace, &error), 0);
    return trace;
}

/* The file in the tree is what the generator writes from its defaults. */
static void shipped_trace_is_regenerated(void) {
    struct ess_trace_generate_settings settings = defaults();
    struct ess_trace_error error;
    static char made[1 << 18], shipped[1 << 18];
    size_t made_count, shipped_count;
    FILE *file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL_FATAL(ess_trace_generate_csv(&settings, SHIPPED_SEED, file, &error), 0);
    rewind(file);
    made_count = fread(made, 1, sizeof made - 1, file);
    fclose(file);
    file = fopen(SHIPPED, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    shipped_count = fread(shipped, 1, sizeof shipped - 1, file);
    fclose(file);
    CU_ASSERT_EQUAL(made_count, shipped_count);
    CU_ASSERT(made_count == shipped_count && memcmp(made, shipped, made_count) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(made, "--seed 24"));
}

/* What the flagship needs of it: 24 home machines, 3 days, and enough deaths in any few hours. */
static void shipped_trace_is_home_like(void) {
    static const struct ess_trace_repairs none = {0};
    struct ess_trace trace;
    struct ess_trace_error error;
    struct ess_trace_info info;
    int64_t deaths = 0, together = 0;
    CU_ASSERT_EQUAL_FATAL(ess_trace_read(SHIPPED, NULL, &trace, &error), 0);
    CU_ASSERT_EQUAL_FATAL(ess_trace_info(&trace, &info), 0);
    CU_ASSERT_EQUAL(trace.host_count, 24);
    CU_ASSERT_EQUAL(trace.window_ns, 72 * HOUR);
    CU_ASSERT_EQUAL(memcmp(&trace.repairs, &none, sizeof none), 0);
    CU_ASSERT(info.up.mean_ns > 1.4 * 3600e9 && info.up.mean_ns < 2.0 * 3600e9);
    CU_ASSERT(info.up.median_ns < 0.5 * info.up.mean_ns); /* many short ones */
    CU_ASSERT(info.down.mean_ns > 20 * 60e9 && info.down.mean_ns < 30 * 60e9);
    for (int64_t i = 0; i < trace.interval_count; i++) {
        deaths += trace.intervals[i].end_ns < trace.window_ns;
        for (int64_t j = 0; j < i; j++) {
            together += trace.intervals[i].end_ns == trace.intervals[j].end_ns &&
                        trace.intervals[i].end_ns < trace.window_ns;
        }
    }
    CU_ASSERT(deaths > 700);
    CU_ASSERT(together > 0);
    ess_test_note("%lld deaths, %.1f an hour; availability %.3f", (long long)deaths,
        (double)deaths / 72, info.availability);
    ess_trace_fini(&trace);
}

/* Without hours and cuts the laws are those of the settings. The mean of n draws lies within 5
 * standard errors of the law's (less what the window cuts, 1 % at 1000 sessions a host). */
static void means_follow_the_laws(void) {
    struct ess_trace_generate_settings settings = defaults();
    struct ess_trace trace;
    struct ess_trace_info info;
    double mean_s, deviation_s, gap_s;
    settings.hosts = 50;
    settings.sites = 1;
    settings.duration_ns = 2400 * HOUR;
    settings.diurnal_amplitude = 0;
    settings.site_event_fraction = 0;
    trace = generate(&settings, 5);
    CU_ASSERT_EQUAL_FATAL(ess_trace_info(&trace, &info), 0);
    mean_s = 4200 * tgamma(1 + 1 / 0.6);
    deviation_s = sqrt(4200.0 * 4200.0 * tgamma(1 + 2 / 0.6) - mean_s * mean_s);
    gap_s = 900 * exp(0.5);
    CU_ASSERT_DOUBLE_EQUAL(info.up.mean_ns / 1e9, mean_s,
        5 * deviation_s / sqrt((double)info.up.count) + 0.01 * mean_s);
    CU_ASSERT_DOUBLE_EQUAL(info.up.median_ns / 1e9, 4200 * pow(log(2), 1 / 0.6), 80);
    CU_ASSERT_DOUBLE_EQUAL(info.up.p90_ns / 1e9, 4200 * pow(log(10), 1 / 0.6), 700);
    CU_ASSERT_DOUBLE_EQUAL(info.down.mean_ns / 1e9, gap_s,
        5 * gap_s * sqrt(exp(1) - 1) / sqrt((double)info.down.count));
    CU_ASSERT_DOUBLE_EQUAL(info.down.median_ns / 1e9, 900, 20);
    CU_ASSERT_DOUBLE_EQUAL(info.availability, mean_s / (mean_s + gap_s), 0.01);
    ess_test_note("%lld sessions: mean %.0f s (law %.0f), gaps %.0f s (law %.0f)",
        (long long)info.up.count, info.up.mean_ns / 1e9, mean_s, info.down.mean_ns / 1e9, gap_s);
    ess_trace_fini(&trace);
}

/* Share of time up between two hours of the day. */
static double share_up(const struct ess_trace *trace, int64_t from_h, int64_t to_h) {
    double up_ns = 0;
    int64_t days = trace->window_ns / (24 * HOUR);
    for (int64_t day = 0; day < days; day++) {
        int64_t from_ns = (24 * day + from_h) * HOUR, to_ns = (24 * day + to_h) * HOUR;
        for (int64_t i = 0; i < trace->interval_count; i++) {
            struct ess_trace_interval up = trace->intervals[i];
            int64_t start_ns = up.start_ns > from_ns ? up.start_ns : from_ns;
            int64_t end_ns = up.end_ns < to_ns ? up.end_ns : to_ns;
            up_ns += end_ns > start_ns ? (double)(end_ns - start_ns) : 0;
        }
    }
    return up_ns / (double)(days * (to_h - from_h) * HOUR) / (double)trace->host_count;
}

static void days_and_nights(void) {
    struct ess_trace_generate_settings settings = defaults();
    struct ess_trace trace;
    double day, night;
    settings.hosts = 100;
    settings.duration_ns = 10 * 24 * HOUR;
    settings.site_event_fraction = 0;
    trace = generate(&settings, 9);
    day = share_up(&trace, 19, 23);
    night = share_up(&trace, 7, 11);
    CU_ASSERT(day > night + 0.1);
    ess_trace_fini(&trace);
    settings.diurnal_amplitude = 0;
    trace = generate(&settings, 9);
    CU_ASSERT_DOUBLE_EQUAL(share_up(&trace, 19, 23), share_up(&trace, 7, 11), 0.05);
    ess_test_note("up 19-23 h %.3f, 7-11 h %.3f", day, night);
    ess_trace_fini(&trace);
}

static int compare_ends(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Ends that three or more machines of a site share are cuts; their share is about what was asked.
 */
static void cuts_of_a_site(void) {
    struct ess_trace_generate_settings settings = defaults();
    struct ess_trace trace;
    int64_t *ends, shared = 0, run = 0;
    settings.hosts = 40;
    settings.sites = 1;
    settings.duration_ns = 1000 * HOUR;
    settings.site_event_fraction = 0.2;
    trace = generate(&settings, 11);
    ends = malloc((size_t)trace.interval_count * sizeof *ends);
    ESS_CHECK(ends != NULL, "no memory");
    for (int64_t i = 0; i < trace.interval_count; i++) {
        ends[i] = trace.intervals[i].end_ns;
    }
    qsort(ends, (size_t)trace.interval_count, sizeof *ends, compare_ends);
    for (int64_t i = 0; i < trace.interval_count && ends[i] < trace.window_ns; i++) {
        run = i > 0 && ends[i] == ends[i - 1] ? run + 1 : 1;
        shared += run == 3 ? 3 : run > 3;
    }
    CU_ASSERT_DOUBLE_EQUAL((double)shared / (double)trace.interval_count, 0.2, 0.05);
    ess_test_note("%lld of %lld ends are cuts of the site", (long long)shared,
        (long long)trace.interval_count);
    free(ends);
    ess_trace_fini(&trace);
}

static void draws_are_named(void) {
    struct ess_trace_generate_settings settings = defaults();
    struct ess_trace few, many, other;
    settings.site_event_fraction = 0;
    few = generate(&settings, 3);
    settings.hosts = 30;
    many = generate(&settings, 3);
    other = generate(&settings, 4);
    CU_ASSERT_EQUAL(few.hosts[24].first, many.hosts[24].first);
    CU_ASSERT_EQUAL(
        memcmp(few.intervals, many.intervals, (size_t)few.interval_count * sizeof *few.intervals),
        0);
    CU_ASSERT(other.interval_count != many.interval_count ||
              memcmp(other.intervals, many.intervals,
                  (size_t)many.interval_count * sizeof *many.intervals) != 0);
    ess_trace_fini(&few);
    ess_trace_fini(&many);
    ess_trace_fini(&other);
}

static void bad_settings(void) {
    struct ess_trace_generate_settings settings;
    struct ess_trace trace;
    struct ess_trace_error error;
    for (const struct ess_parameter *p = ess_trace_generate_parameters; p->key; p++) {
        settings = defaults();
        ess_parameter_set(p, p->maximum * 2 + 1, &settings);
        CU_ASSERT_EQUAL(ess_trace_generate(&settings, 1, &trace, &error), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.found, p->key));
        settings = defaults();
        ess_parameter_set(p, p->minimum - 1, &settings);
        CU_ASSERT_EQUAL(ess_trace_generate(&settings, 1, &trace, &error), -1);
    }
    settings = defaults();
    settings.session_shape = NAN;
    CU_ASSERT_EQUAL(ess_trace_generate(&settings, 1, &trace, &error), -1);
    settings = defaults();
    settings.sites = 25;
    CU_ASSERT_EQUAL(ess_trace_generate(&settings, 1, &trace, &error), -1);
}

/* The corners of the ranges end, with sessions in order. */
static void corners(void) {
    struct ess_trace_generate_settings settings = defaults();
    struct ess_trace trace;
    settings.session_scale_ns = 1000000000;
    settings.session_shape = 0.2;
    settings.gap_median_ns = 1000000000;
    settings.gap_sigma = 4;
    settings.diurnal_amplitude = 0.95;
    settings.site_event_fraction = 0.9;
    settings.duration_ns = 6 * HOUR;
    trace = generate(&settings, 1);
    CU_ASSERT(trace.interval_count > 100);
    ess_trace_fini(&trace);
    settings = defaults();
    settings.gap_sigma = 0;
    settings.session_shape = 10;
    settings.diurnal_amplitude = 0;
    settings.site_event_fraction = 0;
    trace = generate(&settings, 1);
    for (int64_t i = trace.hosts[0].first + 1; i < trace.hosts[1].first; i++) {
        int64_t gap_ns = trace.intervals[i].start_ns - trace.intervals[i - 1].end_ns;
        CU_ASSERT(llabs(gap_ns - 900000000000) <= 1000000);
    }
    ess_trace_fini(&trace);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"the shipped trace is regenerated byte for byte", shipped_trace_is_regenerated},
        {"the shipped trace is like home machines", shipped_trace_is_home_like},
        {"means, medians and availability follow the laws", means_follow_the_laws},
        {"machines come back sooner by day", days_and_nights},
        {"cuts of a site are as frequent as asked", cuts_of_a_site},
        {"draws are named by seed and host", draws_are_named},
        {"settings out of range are refused", bad_settings},
        {"corners of the ranges", corners},
        {NULL, NULL},
    };
    return ess_test_main("trace generator", tests);
}
