/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/link_reader.h"

#include <string.h>

/* Essaim's own form: a header that names the columns with their units, `time_s,rate_Mbit_s` or
 * `time_s,rate_Mbit_s,delay_ms`, then rows. A row holds from its time until that of the next one;
 * the last one ends the trace, and its values are those that hold after it. Comments, lines that
 * begin with '#', and empty lines are passed over. No quotes. */

enum { TIME, RATE, DELAY, FIELDS };

/* `scale` times billionths of the unit are nanoseconds, or bytes/s. */
struct unit {
    const char *name;
    double scale;
};

static const struct unit time_units[] = {{"time_s", 1}, {"time_ms", 1e-3}, {NULL, 0}};
static const struct unit rate_units[] = {{"rate_bit_s", 1.25e-10}, {"rate_kbit_s", 1.25e-7},
    {"rate_Mbit_s", 1.25e-4}, {"rate_Gbit_s", 1.25e-1}, {"rate_B_s", 1e-9}, {NULL, 0}};
static const struct unit delay_units[] = {
    {"delay_s", 1}, {"delay_ms", 1e-3}, {"delay_us", 1e-6}, {NULL, 0}};

struct table {
    int columns; /* 0: the header has not been seen */
    const struct unit *units[FIELDS];
    int64_t first_ns;
};

static const struct unit *find_unit(const struct unit *units, struct ess_text field) {
    for (; units->name; units++) {
        if ((int64_t)strlen(units->name) == field.bytes &&
            memcmp(units->name, field.at, (size_t)field.bytes) == 0) {
            return units;
        }
    }
    return NULL;
}

static int is_header(const struct ess_text *fields, int count, const struct unit **units) {
    static const struct unit *const known[FIELDS] = {time_units, rate_units, delay_units};
    if (count < DELAY || count > FIELDS) {
        return 0;
    }
    for (int i = 0; i < count; i++) {
        units[i] = find_unit(known[i], fields[i]);
        if (!units[i]) {
            return 0;
        }
    }
    return 1;
}

static int take_header(
    struct ess_link_builder *builder, struct table *table, const char *line, int64_t bytes) {
    struct ess_text fields[FIELDS];
    int count = ess_text_split(line, bytes, ',', fields, FIELDS);
    if (!is_header(fields, count, table->units)) {
        return ess_trace_fail(builder->error, line, bytes,
            "a header with units: time_s (or _ms), rate_Mbit_s (or _bit_s, _kbit_s, _Gbit_s, "
            "_B_s), "
            "and where wanted delay_ms (or _s, _us)");
    }
    table->columns = count;
    return 0;
}

static int take_row(
    struct ess_link_builder *builder, struct table *table, const char *line, int64_t bytes) {
    static const char *const what[FIELDS] = {"a time", "a rate", "a delay"};
    struct ess_text fields[FIELDS];
    int64_t values[FIELDS];
    int64_t time_ns, delay_ns = ESS_LINK_DELAY_OWN;
    if (ess_text_split(line, bytes, ',', fields, FIELDS) != table->columns) {
        return ess_trace_fail(
            builder->error, line, bytes, "%d fields, as in the header", table->columns);
    }
    for (int i = 0; i < table->columns; i++) {
        if (ess_link_decimal(builder, fields[i], what[i], &values[i]) != 0) {
            return -1;
        }
    }
    time_ns = (int64_t)((double)values[TIME] * table->units[TIME]->scale + 0.5);
    if (table->units[TIME]->scale == 1) {
        time_ns = values[TIME]; /* exactly, also where a double has no room for nanoseconds */
    }
    if (table->columns == FIELDS) {
        double wanted_ns = (double)values[DELAY] * table->units[DELAY]->scale;
        if (wanted_ns > (double)ESS_LINK_DELAY_MAX) {
            return ess_trace_fail(
                builder->error, fields[DELAY].at, fields[DELAY].bytes, "at most ten minutes");
        }
        delay_ns = (int64_t)(wanted_ns + 0.5);
    }
    if (builder->rows_read++ == 0) {
        table->first_ns = time_ns;
    }
    return ess_link_builder_step(builder, time_ns - table->first_ns,
        (double)values[RATE] * table->units[RATE]->scale, delay_ns);
}

static int read_all(
    struct ess_trace_source *source, int64_t bin_ns, struct ess_link_builder *builder) {
    struct table table = {.columns = 0};
    const char *line;
    int64_t bytes;
    int status = 0;
    (void)bin_ns;
    while (status == 0 && (bytes = ess_trace_source_line(source, &line)) >= 0) {
        if (ess_text_trim(line, bytes).bytes == 0 || line[0] == '#') {
            continue;
        }
        status = table.columns ? take_row(builder, &table, line, bytes)
                               : take_header(builder, &table, line, bytes);
    }
    return status == 0 && bytes == -1 ? 0 : -1;
}

static int recognise(const char *bytes, int64_t count) {
    struct ess_text fields[FIELDS];
    const struct unit *units[FIELDS];
    const char *row;
    int64_t length = ess_text_first_row(bytes, count, &row);
    if (length < 0) {
        return 0;
    }
    if (is_header(fields, ess_text_split(row, length, ',', fields, FIELDS), units)) {
        return 95;
    }
    /* So that a header without units is told what it lacks. */
    return length >= 4 && memcmp(row, "time", 4) == 0 ? 50 : 0;
}

const struct ess_link_reader_type ess_link_reader_csv = {
    .name = "csv",
    .summary = "Essaim's own: a header that names units (time_s,rate_Mbit_s and where wanted "
               "delay_ms), then rows, each until the next; the last one ends it",
    .source = "models/network/link_reader_csv.c",
    .recognise = recognise,
    .read = read_all,
};
