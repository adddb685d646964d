/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/write.h"
#include "models/availability/text.h"

#include <inttypes.h>
#include <string.h>

static int check_names(const struct ess_trace *trace, struct ess_trace_error *error) {
    for (int32_t h = 0; h < trace->host_count; h++) {
        const char *name = ess_trace_host_name(trace, h);
        int64_t bytes = (int64_t)strlen(name);
        if (strchr(name, ',') || name[0] == '#' || ess_text_trim(name, bytes).bytes != bytes) {
            return ess_trace_fail(
                error, name, bytes, "a name that a field of CSV without quotes can hold");
        }
    }
    return 0;
}

/* Seconds with as many decimals as needed. */
static void write_seconds(int64_t time_ns, FILE *stream) {
    char text[48];
    int length = snprintf(
        text, sizeof text, "%" PRId64 ".%09" PRId64, time_ns / 1000000000, time_ns % 1000000000);
    while (text[length - 1] == '0') {
        length--;
    }
    length -= text[length - 1] == '.';
    fprintf(stream, "%.*s", length, text);
}

static void write_pair(int64_t start_ns, int64_t end_ns, FILE *stream) {
    fputc(',', stream);
    write_seconds(start_ns, stream);
    fputc(',', stream);
    write_seconds(end_ns, stream);
    fputc('\n', stream);
}

int ess_trace_write_csv(
    const struct ess_trace *trace, FILE *stream, struct ess_trace_error *error) {
    memset(error, 0, sizeof *error);
    if (check_names(trace, error) != 0) {
        return -1;
    }
    fputs("#window", stream);
    write_pair(trace->origin_ns, trace->origin_ns + trace->window_ns, stream);
    fputs("host,start,end\n", stream);
    for (int32_t h = 0; h < trace->host_count; h++) {
        for (int64_t i = trace->hosts[h].first; i < trace->hosts[h + 1].first; i++) {
            const struct ess_trace_interval *up = &trace->intervals[i];
            fputs(ess_trace_host_name(trace, h), stream);
            write_pair(trace->origin_ns + up->start_ns, trace->origin_ns + up->end_ns, stream);
        }
    }
    if (ferror(stream)) {
        return ess_trace_fail(error, "a failed write", 14, "room for the trace");
    }
    return 0;
}
