/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/link_reader.h"

#include "models/availability/number.h"

/* Two columns, `seconds Mbit/s`: the form into which Pensieve's authors brought the FCC's broadband
 * measurements and the Norwegian 3G/HSDPA traces, and in which both are handed on.
 *
 * The rate of a row is what was measured since the row before it, and so it holds from that row's
 * time to its own, as in Pensieve's own simulator (Mao et al., SIGCOMM 2017, sim/env.py: the
 * pointer starts at the second row). The first row only says where time begins. Held after the end,
 * it is the last row's rate. */

enum { TIME, RATE, FIELDS };

#define BYTES_PER_BILLIONTH 1.25e-4 /* 10^6 bit / 8 / 10^9 */

struct rows {
    int64_t count;
    int64_t first_ns, last_ns;
    double rate;
};

static int take_row(
    struct ess_link_builder *builder, struct rows *rows, const char *line, int64_t bytes) {
    struct ess_text fields[FIELDS];
    int64_t time_ns, rate;
    if (ess_text_columns(line, bytes, fields, FIELDS) != FIELDS) {
        return ess_trace_fail(builder->error, line, bytes, "two columns: seconds and Mbit/s");
    }
    if (ess_link_decimal(builder, fields[TIME], "a time in seconds", &time_ns) != 0 ||
        ess_link_decimal(builder, fields[RATE], "a rate in Mbit/s", &rate) != 0) {
        return -1;
    }
    builder->rows_read++;
    if (rows->count++ == 0) {
        rows->first_ns = rows->last_ns = time_ns;
        return 0;
    }
    if (time_ns <= rows->last_ns) {
        return ess_trace_fail(
            builder->error, line, bytes, "a clock that goes forwards, from row to row");
    }
    rows->rate = (double)rate * BYTES_PER_BILLIONTH;
    if (ess_link_builder_step(
            builder, rows->last_ns - rows->first_ns, rows->rate, ESS_LINK_DELAY_OWN) != 0) {
        return -1;
    }
    rows->last_ns = time_ns;
    return 0;
}

static int read_all(
    struct ess_trace_source *source, int64_t bin_ns, struct ess_link_builder *builder) {
    struct rows rows = {0, 0, 0, 0};
    const char *line;
    int64_t bytes;
    (void)bin_ns;
    while ((bytes = ess_trace_source_line(source, &line)) >= 0) {
        if (take_row(builder, &rows, line, bytes) != 0) {
            return -1;
        }
    }
    if (bytes != -1) {
        return -1;
    }
    return rows.count < 2 ? 0
                          : ess_link_builder_step(builder, rows.last_ns - rows.first_ns, rows.rate,
                                ESS_LINK_DELAY_OWN);
}

static int recognise(const char *bytes, int64_t count) {
    struct ess_text fields[FIELDS];
    const char *row;
    int64_t length = ess_text_first_row(bytes, count, &row), number;
    if (length < 0 || ess_text_columns(row, length, fields, FIELDS) != FIELDS) {
        return 0;
    }
    for (int i = 0; i < FIELDS; i++) {
        if (ess_trace_seconds(fields[i].at, fields[i].bytes, &number) == ESS_TRACE_NOT_A_NUMBER) {
            return 0;
        }
    }
    return 70;
}

const struct ess_link_reader_type ess_link_reader_pensieve = {
    .name = "pensieve",
    .summary = "two columns, seconds and Mbit/s, each rate for the time since the row before: the "
               "FCC's and the Norwegian HSDPA traces as they are handed on",
    .source =
        "Mao et al., Pensieve, SIGCOMM 2017; data: FCC Measuring Broadband America; Riiser et "
        "al., MMSys 2013",
    .recognise = recognise,
    .read = read_all,
};
