/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/info.h"

#include <gsl/gsl_statistics_double.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static int compare_times(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Sorts `lengths`, so that the sum does not depend on the order of the file either. */
static void summarise(double *lengths, int64_t count, struct ess_trace_sessions *sessions) {
    size_t size = (size_t)count;
    sessions->count = count;
    if (count == 0) {
        return;
    }
    qsort(lengths, size, sizeof *lengths, compare_doubles);
    sessions->mean_ns = gsl_stats_mean(lengths, 1, size);
    sessions->median_ns = gsl_stats_median_from_sorted_data(lengths, 1, size);
    sessions->p90_ns = gsl_stats_quantile_from_sorted_data(lengths, 1, size, 0.9);
    sessions->shortest_ns = (int64_t)lengths[0];
    sessions->longest_ns = (int64_t)lengths[count - 1];
}

static int64_t up_lengths(const struct ess_trace *trace, double *lengths) {
    for (int64_t i = 0; i < trace->interval_count; i++) {
        lengths[i] = (double)(trace->intervals[i].end_ns - trace->intervals[i].start_ns);
    }
    return trace->interval_count;
}

static int64_t down_lengths(const struct ess_trace *trace, double *lengths) {
    int64_t count = 0;
    for (int32_t h = 0; h < trace->host_count; h++) {
        for (int64_t i = trace->hosts[h].first + 1; i < trace->hosts[h + 1].first; i++) {
            int64_t gap_ns = trace->intervals[i].start_ns - trace->intervals[i - 1].end_ns;
            if (gap_ns > 0) {
                lengths[count++] = (double)gap_ns;
            }
        }
    }
    return count;
}

/* Sums in double: a million hosts over a decade are beyond what 63 bits of nanoseconds hold. */
static void sum_up(const struct ess_trace *trace, struct ess_trace_info *info) {
    double up_ns = 0, observed_ns = 0;
    for (int64_t i = 0; i < trace->interval_count; i++) {
        up_ns += (double)(trace->intervals[i].end_ns - trace->intervals[i].start_ns);
    }
    for (int32_t h = 0; h < trace->host_count; h++) {
        const struct ess_trace_host *host = &trace->hosts[h];
        int64_t sessions = trace->hosts[h + 1].first - host->first;
        int32_t ends = host->censored_start + host->censored_end;
        observed_ns += (double)(host->window_end_ns - host->window_start_ns);
        info->censored += ends > sessions ? sessions : ends;
    }
    info->availability = up_ns / observed_ns;
    info->observed_host_ns = observed_ns < 9.2e18 ? (int64_t)observed_ns : INT64_MAX;
    info->concurrent_mean = up_ns / (double)trace->window_ns;
}

/* Walk the sorted starts and ends together. All that happens at one instant is taken at once, so a
 * session that ends where another begins leaves no dip. */
static void count_concurrent(const int64_t *starts, const int64_t *ends,
    const struct ess_trace *trace, struct ess_trace_info *info) {
    int64_t count = trace->interval_count;
    int64_t s = 0, e = 0, now_ns = 0;
    info->concurrent_least = INT32_MAX;
    while (now_ns < trace->window_ns) {
        int32_t level;
        while (s < count && starts[s] == now_ns) {
            s++;
        }
        while (e < count && ends[e] == now_ns) {
            e++;
        }
        level = (int32_t)(s - e);
        info->concurrent_least = level < info->concurrent_least ? level : info->concurrent_least;
        info->concurrent_most = level > info->concurrent_most ? level : info->concurrent_most;
        now_ns = trace->window_ns;
        now_ns = s < count && starts[s] < now_ns ? starts[s] : now_ns;
        now_ns = e < count && ends[e] < now_ns ? ends[e] : now_ns;
    }
}

int ess_trace_info(const struct ess_trace *trace, struct ess_trace_info *info) {
    size_t count = (size_t)trace->interval_count;
    double *lengths = malloc(count * sizeof *lengths);
    int64_t *times_ns = malloc(2 * count * sizeof *times_ns);
    memset(info, 0, sizeof *info);
    if (!lengths || !times_ns) {
        free(lengths);
        free(times_ns);
        return -1;
    }
    info->host_count = trace->host_count;
    info->interval_count = trace->interval_count;
    info->window_ns = trace->window_ns;
    summarise(lengths, up_lengths(trace, lengths), &info->up);
    summarise(lengths, down_lengths(trace, lengths), &info->down);
    sum_up(trace, info);
    for (size_t i = 0; i < count; i++) {
        times_ns[i] = trace->intervals[i].start_ns;
        times_ns[count + i] = trace->intervals[i].end_ns;
    }
    qsort(times_ns, count, sizeof *times_ns, compare_times);
    qsort(times_ns + count, count, sizeof *times_ns, compare_times);
    count_concurrent(times_ns, times_ns + count, trace, info);
    free(lengths);
    free(times_ns);
    return 0;
}

/* "1.75 h": the largest unit that leaves at least one of it. */
static void write_duration(double duration_ns, char *text, size_t room) {
    static const struct {
        double ns;
        const char *unit;
    } units[] = {{86400e9, "d"}, {3600e9, "h"}, {60e9, "min"}, {1e9, "s"}, {1e6, "ms"}, {1, "ns"}};
    int i = 0;
    while (i < 5 && duration_ns < units[i].ns) {
        i++;
    }
    snprintf(text, room, "%.4g %s", duration_ns / units[i].ns, units[i].unit);
}

static void print_sessions(
    const char *name, const struct ess_trace_sessions *sessions, FILE *stream) {
    double values[5];
    char text[32];
    values[0] = sessions->mean_ns;
    values[1] = sessions->median_ns;
    values[2] = sessions->p90_ns;
    values[3] = (double)sessions->shortest_ns;
    values[4] = (double)sessions->longest_ns;
    fprintf(stream, "  %-14s %10" PRId64, name, sessions->count);
    for (int i = 0; i < 5; i++) {
        write_duration(values[i], text, sizeof text);
        fprintf(stream, " %12s", sessions->count ? text : "-");
    }
    fputc('\n', stream);
}

static void print_repairs(const struct ess_trace_repairs *repairs, FILE *stream) {
    const struct {
        int64_t count;
        const char *what;
    } rows[] = {
        {repairs->truncated, "file stops in the middle: whole rows kept"},
        {repairs->unknown_codes, "rows with an unknown event code: skipped"},
        {repairs->bad_numbers, "missing, negative or impossible numbers: dropped"},
        {repairs->reversed, "rows that end before they begin: dropped"},
        {repairs->empty, "rows of no length: dropped"},
        {repairs->clipped, "rows that reach outside the stated window: cut"},
        {repairs->unsorted, "rows out of order: sorted"},
        {repairs->overlapping, "rows that overlap another of their host: merged"},
        {repairs->touching, "sessions that begin where one ends: kept apart"},
        {repairs->contradicted, "'unavailable' rows that overlap an up row: up kept"},
        {repairs->hosts_dropped, "hosts without any up interval: dropped"},
    };
    int64_t total = 0;
    fputs("repairs\n", stream);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        total += rows[i].count;
        if (rows[i].count > 0) {
            fprintf(stream, "  %10" PRId64 "  %s\n", rows[i].count, rows[i].what);
        }
    }
    if (total == 0) {
        fputs("  none needed\n", stream);
    }
}

void ess_trace_info_print(const char *path, const struct ess_trace *trace,
    const struct ess_trace_info *info, FILE *stream) {
    char window[32];
    write_duration((double)info->window_ns, window, sizeof window);
    fprintf(stream, "%s: %s, %" PRId64 " rows\n", path, trace->format, trace->rows_read);
    fprintf(stream, "  hosts          %10" PRId32 "  of %" PRId64 " in the file\n",
        info->host_count, trace->hosts_read);
    fprintf(stream, "  window         %10s\n", window);
    fprintf(stream, "  availability   %10.4f  (time up over time observed)\n", info->availability);
    fprintf(stream, "  hosts at once  %10.4g  (mean; least %" PRId32 ", most %" PRId32 ")\n",
        info->concurrent_mean, info->concurrent_least, info->concurrent_most);
    fprintf(stream, "  %-14s %10s %12s %12s %12s %12s %12s\n", "sessions", "count", "mean",
        "median", "90 %", "shortest", "longest");
    print_sessions("up", &info->up, stream);
    print_sessions("down", &info->down, stream);
    fprintf(stream, "  cut by the window (censored): %" PRId64 " up sessions\n", info->censored);
    print_repairs(&trace->repairs, stream);
}
