/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/number.h"
#include "models/availability/reader.h"
#include "models/availability/text.h"

#include <string.h>

/* Event tables of the Failure Trace Archive: one line per event, columns cut by any blanks or tabs.
 * A host is a (platform, node, component): node names need not be unique, and two components of a
 * node are two hosts here. A host is observed from its first event to its last; a stretch between
 * two of its events that no event covers counts as down. An outage of no length is dropped: between
 * two sessions it leaves them touching; as the very first or last event of a host it is lost, and
 * the session beside it looks censored (30 of the 16,143 sessions of LANL). The reason why an
 * interval ended is not used, so `NULL` and any code are the same to us. Repair rules: trace.h. */

enum column { COMPONENT = 1, NODE = 2, PLATFORM = 3, TYPE = 5, START = 6, STOP = 7, COLUMNS = 9 };

static const char *const column_names[COLUMNS] = {"event_id", "component_id", "node_id",
    "platform_id", "node_name", "event_type", "event_start_time", "event_stop_time",
    "event_end_reason"};

/* The header may stand behind a '#', with or without blanks between. */
static int64_t cut_row(const char *line, int64_t bytes, struct ess_text fields[COLUMNS]) {
    struct ess_text row = ess_text_trim(line, bytes);
    if (row.bytes > 0 && row.at[0] == '#') {
        row = ess_text_trim(row.at + 1, row.bytes - 1);
        if (ess_text_columns(row.at, row.bytes, fields, COLUMNS) == 0 ||
            !ess_text_is(fields[0], column_names[0])) {
            return 0;
        }
    }
    return ess_text_columns(row.at, row.bytes, fields, COLUMNS);
}

static int check_header(
    const struct ess_text *fields, int64_t count, struct ess_trace_error *error) {
    for (int i = 0; i < STOP + 1; i++) {
        if (i >= count || !ess_text_is(fields[i], column_names[i])) {
            return ess_trace_fail(error, i < count ? fields[i].at : "end of line",
                i < count ? fields[i].bytes : 11, "the column %s", column_names[i]);
        }
    }
    return 0;
}

static int32_t find_host(struct ess_trace_builder *builder, const struct ess_text *fields) {
    static const enum column parts[3] = {PLATFORM, NODE, COMPONENT};
    char name[ESS_TRACE_LINE_BYTES_MAX + 3];
    int64_t used = 0;
    for (int i = 0; i < 3; i++) {
        if (i > 0) {
            name[used++] = '/';
        }
        memcpy(name + used, fields[parts[i]].at, (size_t)fields[parts[i]].bytes);
        used += fields[parts[i]].bytes;
    }
    return ess_trace_builder_host(builder, name, used);
}

static int read_times(const struct ess_text *fields, struct ess_trace_builder *builder,
    int64_t *start_ns, int64_t *end_ns, struct ess_trace_error *error) {
    enum ess_trace_number start =
        ess_trace_seconds(fields[START].at, fields[START].bytes, start_ns);
    enum ess_trace_number stop = ess_trace_seconds(fields[STOP].at, fields[STOP].bytes, end_ns);
    if (start == ESS_TRACE_NOT_A_NUMBER || stop == ESS_TRACE_NOT_A_NUMBER) {
        int wrong = start == ESS_TRACE_NOT_A_NUMBER ? START : STOP;
        return ess_trace_fail(
            error, fields[wrong].at, fields[wrong].bytes, "seconds in %s", column_names[wrong]);
    }
    if (start == ESS_TRACE_NUMBER_BAD || stop == ESS_TRACE_NUMBER_BAD) {
        builder->repairs.bad_numbers++;
        return 0;
    }
    return 1;
}

static int read_row(const struct ess_text *fields, struct ess_trace_builder *builder,
    struct ess_trace_error *error) {
    int64_t start_ns, end_ns;
    int32_t host = find_host(builder, fields);
    int status;
    builder->rows_read++;
    if (host < 0) {
        return -1;
    }
    if (!ess_text_is(fields[TYPE], "0") && !ess_text_is(fields[TYPE], "1")) {
        builder->repairs.unknown_codes++;
        return 0;
    }
    status = read_times(fields, builder, &start_ns, &end_ns, error);
    if (status != 1) {
        return status;
    }
    return ess_trace_builder_row(builder, host, fields[TYPE].at[0] == '1', start_ns, end_ns);
}

static int read_all(struct ess_trace_source *source, struct ess_trace_builder *builder,
    struct ess_trace_error *error) {
    struct ess_text fields[COLUMNS];
    const char *line;
    int64_t bytes;
    builder->window_of_each_host = 1;
    while ((bytes = ess_trace_source_line(source, &line)) >= 0) {
        int64_t count = cut_row(line, bytes, fields);
        int status;
        if (count == 0) {
            continue;
        }
        if (ess_text_is(fields[0], column_names[0])) {
            status = check_header(fields, count, error);
        } else if (count <= STOP) {
            status = ess_trace_fail(error, line, bytes, "at least 8 columns");
        } else {
            status = read_row(fields, builder, error);
        }
        if (status != 0) {
            return -1;
        }
    }
    return bytes == -1 ? 0 : -1;
}

static int recognise(const char *bytes, int64_t count) {
    struct ess_text fields[COLUMNS];
    const char *row;
    const char *end = memchr(bytes, '\n', (size_t)count);
    int64_t length = end ? end - bytes : count;
    int64_t ns;
    if (cut_row(bytes, length, fields) > STOP && ess_text_is(fields[0], column_names[0])) {
        return 95;
    }
    length = ess_text_first_row(bytes, count, &row);
    if (length < 0 || ess_text_columns(row, length, fields, COLUMNS) <= STOP) {
        return 0;
    }
    if (ess_text_is(fields[0], column_names[0])) {
        return 90;
    }
    return ess_trace_seconds(fields[START].at, fields[START].bytes, &ns) == ESS_TRACE_NUMBER_GOOD
               ? 50
               : 0;
}

const struct ess_reader_type ess_reader_fta = {
    "fta",
    "Failure Trace Archive event table, plain or gzip; a host is (platform, node, component) and "
    "is "
    "observed between its first and last event only; reasons are not used",
    "Kondo, Javadi, Iosup, Epema, The Failure Trace Archive, CCGrid 2010",
    recognise,
    read_all,
};
