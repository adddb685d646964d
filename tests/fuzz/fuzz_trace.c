/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes through every trace reader, from memory: an error that says what was found and
 * expected, or a trace that keeps what trace.h promises. What is read is then mapped, summed up,
 * written as CSV and read back, as a scenario would use it. */
#include "models/availability/info.h"
#include "models/availability/mapping.h"
#include "models/availability/reader.h"
#include "models/availability/write.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void demand(int holds) {
    if (!holds) {
        abort();
    }
}

static void check_host(const struct ess_trace *trace, int32_t h) {
    const struct ess_trace_host *host = &trace->hosts[h];
    int64_t last = trace->hosts[h + 1].first;
    demand(host->first < last);
    demand(host->window_start_ns >= 0 && host->window_end_ns <= trace->window_ns);
    demand(ess_trace_host_name(trace, h)[0] != 0);
    for (int64_t i = host->first; i < last; i++) {
        const struct ess_trace_interval *up = &trace->intervals[i];
        demand(up->start_ns < up->end_ns);
        demand(i == host->first || trace->intervals[i - 1].end_ns <= up->start_ns);
        demand(up->start_ns >= host->window_start_ns && up->end_ns <= host->window_end_ns);
    }
    demand(
        host->censored_start == (trace->intervals[host->first].start_ns == host->window_start_ns));
    demand(host->censored_end == (trace->intervals[last - 1].end_ns == host->window_end_ns));
}

static void check_trace(const struct ess_trace *trace) {
    demand(trace->host_count > 0 && trace->window_ns > 0);
    demand(trace->hosts[trace->host_count].first == trace->interval_count);
    for (int32_t h = 0; h < trace->host_count; h++) {
        check_host(trace, h);
    }
}

static void check_map(const struct ess_trace *trace, int32_t wrap) {
    struct ess_trace_map_settings settings = ess_trace_map_defaults();
    struct ess_trace_map map;
    struct ess_trace_error error;
    int64_t duration_ns = trace->window_ns < INT64_C(1) << 60 ? 2 * trace->window_ns : 1000;
    settings.wrap = wrap;
    settings.scale = 1.5;
    if (ess_trace_map(trace, &settings, 3, duration_ns, 1, 2, &map, &error) != 0) {
        demand(error.found[0] != 0);
        return;
    }
    for (int32_t h = 0; h < map.host_count; h++) {
        struct ess_trace_cursor cursor = ess_trace_map_begin(&map, h);
        struct ess_trace_interval up;
        int64_t before_ns = 0;
        while (ess_trace_map_next(&map, &cursor, &up)) {
            demand(up.start_ns >= before_ns && up.start_ns < up.end_ns);
            demand(up.end_ns <= duration_ns);
            before_ns = up.end_ns;
        }
    }
    ess_trace_map_fini(&map);
}

static void check_info(const struct ess_trace *trace) {
    struct ess_trace_info info;
    if (ess_trace_info(trace, &info) == 0) {
        demand(info.availability > 0 && info.availability <= 1 + 1e-9);
        demand(info.concurrent_least <= info.concurrent_most);
        demand(info.concurrent_most <= trace->host_count);
        demand(info.up.count == trace->interval_count);
    }
}

static void check_writing(const struct ess_trace *trace) {
    struct ess_trace back;
    struct ess_trace_error error;
    char *text = NULL;
    size_t count = 0;
    FILE *file = open_memstream(&text, &count);
    demand(file != NULL);
    if (ess_trace_write_csv(trace, file, &error) == 0) {
        fclose(file);
        demand(ess_trace_read_memory("back", text, (int64_t)count, NULL, &back, &error) == 0);
        demand(back.interval_count == trace->interval_count);
        demand(memcmp(back.intervals, trace->intervals,
                   (size_t)back.interval_count * sizeof *back.intervals) == 0);
        ess_trace_fini(&back);
    } else {
        fclose(file);
    }
    free(text);
}

static void try_format(const uint8_t *data, size_t size_bytes, const char *format) {
    struct ess_trace trace;
    struct ess_trace_error error;
    if (ess_trace_read_memory("fuzz", data, (int64_t)size_bytes, format, &trace, &error) != 0) {
        demand(error.found[0] != 0 && error.expected[0] != 0);
        demand(!trace.hosts && !trace.intervals && !trace.names);
        return;
    }
    check_trace(&trace);
    check_map(&trace, 0);
    check_map(&trace, 1);
    check_info(&trace);
    check_writing(&trace);
    ess_trace_fini(&trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    for (int i = 0; ess_reader_registry[i]; i++) {
        try_format(data, size_bytes, ess_reader_registry[i]->name);
    }
    try_format(data, size_bytes, NULL);
    return 0;
}
