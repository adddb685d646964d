/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/number.h"
#include "models/availability/reader.h"
#include "models/availability/text.h"

#include <string.h>

/* Essaim's own interval format: lines `host,start,end`, each saying that the host was up from start
 * to end, in decimal seconds. Optional: a first line `host,start,end`; comments, lines that begin
 * with
 * '#'; and one comment with a meaning, `#window,START,END`, the stretch that was observed (else it
 * reaches from the first start to the last end, for all hosts alike). Blanks around fields do not
 * count. No quotes: a host's name has no comma. Repair rules: trace.h. */

enum { HOST, START, END, FIELDS };

#define WINDOW "#window,"

static int is_window(const char *line, int64_t bytes) {
    return bytes >= (int64_t)strlen(WINDOW) && memcmp(line, WINDOW, strlen(WINDOW)) == 0;
}

static int is_header(const struct ess_text *fields, int count) {
    return count == FIELDS && ess_text_is(fields[HOST], "host") &&
           ess_text_is(fields[START], "start") && ess_text_is(fields[END], "end");
}

static int read_window(const char *line, int64_t bytes, struct ess_trace_builder *builder,
    struct ess_trace_error *error) {
    struct ess_text fields[FIELDS];
    int64_t start_ns, end_ns;
    if (ess_text_split(line, bytes, ',', fields, FIELDS) != FIELDS ||
        ess_trace_seconds(fields[START].at, fields[START].bytes, &start_ns) !=
            ESS_TRACE_NUMBER_GOOD ||
        ess_trace_seconds(fields[END].at, fields[END].bytes, &end_ns) != ESS_TRACE_NUMBER_GOOD) {
        return ess_trace_fail(error, line, bytes, "#window,START,END in seconds");
    }
    return ess_trace_builder_window(builder, start_ns, end_ns);
}

static int read_row(const struct ess_text *fields, struct ess_trace_builder *builder,
    struct ess_trace_error *error) {
    int64_t times_ns[FIELDS] = {0, 0, 0};
    int bad = 0;
    int32_t host = ess_trace_builder_host(builder, fields[HOST].at, fields[HOST].bytes);
    builder->rows_read++;
    if (host < 0) {
        return -1;
    }
    for (int i = START; i <= END; i++) {
        enum ess_trace_number kind = ess_trace_seconds(fields[i].at, fields[i].bytes, &times_ns[i]);
        if (kind == ESS_TRACE_NOT_A_NUMBER) {
            return ess_trace_fail(error, fields[i].at, fields[i].bytes, "decimal seconds");
        }
        bad |= kind == ESS_TRACE_NUMBER_BAD;
    }
    if (bad) {
        builder->repairs.bad_numbers++;
        return 0;
    }
    return ess_trace_builder_row(builder, host, 1, times_ns[START], times_ns[END]);
}

static int read_line(const char *line, int64_t bytes, int first_row,
    struct ess_trace_builder *builder, struct ess_trace_error *error) {
    struct ess_text fields[FIELDS];
    int count;
    if (line[0] == '#') {
        return is_window(line, bytes) ? read_window(line, bytes, builder, error) : 0;
    }
    count = ess_text_split(line, bytes, ',', fields, FIELDS);
    if (first_row && is_header(fields, count)) {
        return 0;
    }
    if (count != FIELDS) {
        return ess_trace_fail(error, line, bytes, "three fields: host,start,end");
    }
    return read_row(fields, builder, error);
}

static int read_all(struct ess_trace_source *source, struct ess_trace_builder *builder,
    struct ess_trace_error *error) {
    const char *line;
    int64_t bytes;
    int first_row = 1;
    while ((bytes = ess_trace_source_line(source, &line)) >= 0) {
        if (source->line_number == 1 && bytes >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
            line += 3; /* a byte order mark, which spreadsheets put there */
            bytes -= 3;
        }
        if (ess_text_trim(line, bytes).bytes == 0) {
            continue;
        }
        if (read_line(line, bytes, first_row, builder, error) != 0) {
            return -1;
        }
        first_row = first_row && line[0] == '#';
    }
    return bytes == -1 ? 0 : -1;
}

static int recognise(const char *bytes, int64_t count) {
    struct ess_text fields[FIELDS];
    const char *row;
    int64_t length, ns;
    int skip = count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    length = ess_text_first_row(bytes + skip, count - skip, &row);
    if (length < 0) {
        return count > 0 && bytes[skip < count ? skip : 0] == '#' ? 10 : 0;
    }
    if (ess_text_split(row, length, ',', fields, FIELDS) != FIELDS) {
        return 0;
    }
    if (is_header(fields, FIELDS)) {
        return 95;
    }
    return ess_trace_seconds(fields[START].at, fields[START].bytes, &ns) == ESS_TRACE_NOT_A_NUMBER
               ? 0
               : 60;
}

const struct ess_reader_type ess_reader_csv = {
    "csv",
    "Essaim's intervals: host,start,end in decimal seconds, plain or gzip; '#' comments, optional "
    "header and #window,START,END; no quotes",
    "models/availability/reader_csv.c",
    recognise,
    read_all,
};
