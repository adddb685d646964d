/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int ess_trace_fail(struct ess_trace_error *error, const char *found, int64_t found_bytes,
    const char *expected_format, ...) {
    int64_t room = (int64_t)sizeof error->found - 1;
    int64_t length = found_bytes < room ? found_bytes : room;
    va_list arguments;
    for (int64_t i = 0; i < length; i++) {
        error->found[i] = (char)(found[i] >= ' ' && found[i] <= '~' ? found[i] : '?');
    }
    error->found[length] = 0;
    va_start(arguments, expected_format);
    vsnprintf(error->expected, sizeof error->expected, expected_format, arguments);
    va_end(arguments);
    return -1;
}

void ess_trace_error_print(const struct ess_trace_error *error, FILE *stream) {
    fprintf(stream, "%s:", error->file[0] ? error->file : "trace");
    if (error->line > 0) {
        fprintf(stream, "%" PRId64 ":", error->line);
    }
    fprintf(stream, " found %s, expected %s\n", error->found, error->expected);
}

const char *ess_trace_host_name(const struct ess_trace *trace, int32_t host) {
    return trace->names + trace->hosts[host].name_offset;
}

void ess_trace_fini(struct ess_trace *trace) {
    free(trace->hosts);
    free(trace->intervals);
    free(trace->names);
    memset(trace, 0, sizeof *trace);
}
