/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/builder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The repairs of trace.h from rule 5 on: rows are gathered by host, put in order, made disjoint and
 * laid end to end in one array. */

#define USABLE "at least one host with an up interval"

struct gathered {
    struct ess_trace_row *rows; /* by host, in file order, clipped to a stated window */
    int64_t *first;             /* host_count + 1 */
};

static void clip_rows(struct ess_trace_builder *builder) {
    int64_t kept = 0;
    if (!builder->window_stated) {
        return;
    }
    for (int64_t i = 0; i < builder->row_count; i++) {
        struct ess_trace_row row = builder->rows[i];
        struct ess_trace_row cut = row;
        cut.start_ns =
            row.start_ns < builder->window_start_ns ? builder->window_start_ns : row.start_ns;
        cut.end_ns = row.end_ns > builder->window_end_ns ? builder->window_end_ns : row.end_ns;
        builder->repairs.clipped += cut.start_ns != row.start_ns || cut.end_ns != row.end_ns;
        if (cut.start_ns < cut.end_ns) {
            builder->rows[kept++] = cut;
        }
    }
    builder->row_count = kept;
}

/* The window is the extent of the rows where the file states none. */
static void find_window(struct ess_trace_builder *builder) {
    int64_t start = INT64_MAX, end = INT64_MIN;
    if (builder->window_stated) {
        return;
    }
    for (int64_t i = 0; i < builder->row_count; i++) {
        start = builder->rows[i].start_ns < start ? builder->rows[i].start_ns : start;
        end = builder->rows[i].end_ns > end ? builder->rows[i].end_ns : end;
    }
    builder->window_start_ns = start;
    builder->window_end_ns = end;
}

/* Counting sort by host, which keeps the order within each; times become relative to the window. */
static int gather(const struct ess_trace_builder *builder, struct gathered *gathered) {
    int64_t hosts = builder->host_count;
    gathered->first = calloc((size_t)hosts + 2, sizeof *gathered->first);
    gathered->rows = malloc((size_t)(builder->row_count + 1) * sizeof *gathered->rows);
    if (!gathered->first || !gathered->rows) {
        return ess_trace_fail(builder->error, "no memory left", 14, "a smaller trace");
    }
    for (int64_t i = 0; i < builder->row_count; i++) {
        gathered->first[builder->rows[i].host + 2]++;
    }
    for (int64_t h = 2; h <= hosts; h++) {
        gathered->first[h] += gathered->first[h - 1];
    }
    for (int64_t i = 0; i < builder->row_count; i++) {
        struct ess_trace_row row = builder->rows[i];
        row.start_ns -= builder->window_start_ns;
        row.end_ns -= builder->window_start_ns;
        gathered->rows[gathered->first[row.host + 1]++] = row;
    }
    return 0;
}

/* Up rows first, then by start, then by end: rows that compare equal are equal in every field that
 * is used, so the order that qsort gives them does not matter. */
static int compare_rows(const void *left, const void *right) {
    const struct ess_trace_row *a = left;
    const struct ess_trace_row *b = right;
    if (a->up != b->up) {
        return a->up ? -1 : 1;
    }
    if (a->start_ns != b->start_ns) {
        return a->start_ns < b->start_ns ? -1 : 1;
    }
    return (a->end_ns > b->end_ns) - (a->end_ns < b->end_ns);
}

static int64_t count_unsorted(const struct ess_trace_row *rows, int64_t count) {
    int64_t unsorted = 0;
    int64_t last_ns = INT64_MIN;
    for (int64_t i = 0; i < count; i++) {
        if (rows[i].up) {
            unsorted += rows[i].start_ns < last_ns;
            last_ns = rows[i].start_ns;
        }
    }
    return unsorted;
}

/* Make the leading, sorted up rows disjoint; returns how many intervals they are. */
static int64_t merge_up(const struct ess_trace_row *rows, int64_t count,
    struct ess_trace_interval *out, struct ess_trace_repairs *repairs) {
    int64_t used = 0;
    for (int64_t i = 0; i < count && rows[i].up; i++) {
        if (used > 0 && rows[i].start_ns < out[used - 1].end_ns) {
            repairs->overlapping++;
            if (rows[i].end_ns > out[used - 1].end_ns) {
                out[used - 1].end_ns = rows[i].end_ns;
            }
            continue;
        }
        repairs->touching += used > 0 && rows[i].start_ns == out[used - 1].end_ns;
        out[used++] = (struct ess_trace_interval){rows[i].start_ns, rows[i].end_ns};
    }
    return used;
}

/* Sorted down rows that overlap an interval; both lists are walked once. */
static int64_t count_contradicted(const struct ess_trace_row *rows, int64_t count,
    const struct ess_trace_interval *up, int64_t up_count) {
    int64_t contradicted = 0;
    int64_t u = 0;
    for (int64_t i = 0; i < count; i++) {
        if (rows[i].up) {
            continue;
        }
        while (u < up_count && up[u].end_ns <= rows[i].start_ns) {
            u++;
        }
        contradicted += u < up_count && up[u].start_ns < rows[i].end_ns;
    }
    return contradicted;
}

static void set_window(const struct ess_trace_builder *builder, const struct ess_trace_row *rows,
    int64_t count, struct ess_trace_host *host) {
    host->window_start_ns = 0;
    host->window_end_ns = builder->window_end_ns - builder->window_start_ns;
    if (!builder->window_of_each_host) {
        return;
    }
    host->window_start_ns = INT64_MAX;
    host->window_end_ns = 0;
    for (int64_t i = 0; i < count; i++) {
        if (rows[i].start_ns < host->window_start_ns) {
            host->window_start_ns = rows[i].start_ns;
        }
        if (rows[i].end_ns > host->window_end_ns) {
            host->window_end_ns = rows[i].end_ns;
        }
    }
}

static void finish_host(struct ess_trace_builder *builder, int64_t index,
    struct ess_trace_row *rows, int64_t count, struct ess_trace *trace) {
    struct ess_trace_interval *out = trace->intervals + trace->interval_count;
    struct ess_trace_host *host = &trace->hosts[trace->host_count];
    int64_t used;
    builder->repairs.unsorted += count_unsorted(rows, count);
    qsort(rows, (size_t)count, sizeof *rows, compare_rows);
    used = merge_up(rows, count, out, &builder->repairs);
    if (used == 0) {
        builder->repairs.hosts_dropped++;
        return;
    }
    builder->repairs.contradicted += count_contradicted(rows, count, out, used);
    set_window(builder, rows, count, host);
    host->name_offset = builder->hosts[index].name_offset;
    host->first = trace->interval_count;
    host->censored_start = out[0].start_ns == host->window_start_ns;
    host->censored_end = out[used - 1].end_ns == host->window_end_ns;
    trace->host_count++;
    trace->interval_count += used;
}

static int allocate(const struct ess_trace_builder *builder, struct ess_trace *trace) {
    trace->hosts = calloc((size_t)builder->host_count + 1, sizeof *trace->hosts);
    trace->intervals = calloc((size_t)builder->row_count + 1, sizeof *trace->intervals);
    if (!trace->hosts || !trace->intervals) {
        return ess_trace_fail(builder->error, "no memory left", 14, "a smaller trace");
    }
    return 0;
}

static void fill(
    struct ess_trace_builder *builder, const struct gathered *gathered, struct ess_trace *trace) {
    for (int64_t h = 0; h < builder->host_count; h++) {
        int64_t first = gathered->first[h];
        finish_host(builder, h, gathered->rows + first, gathered->first[h + 1] - first, trace);
    }
    trace->hosts[trace->host_count].first = trace->interval_count;
    trace->names = builder->names;
    builder->names = NULL;
    trace->window_ns = builder->window_end_ns - builder->window_start_ns;
    trace->origin_ns = builder->window_start_ns;
    trace->rows_read = builder->rows_read;
    trace->hosts_read = builder->host_count;
    trace->repairs = builder->repairs;
}

int ess_trace_builder_finish(struct ess_trace_builder *builder, struct ess_trace *trace) {
    struct gathered gathered = {NULL, NULL};
    int status;
    memset(trace, 0, sizeof *trace);
    clip_rows(builder);
    if (builder->row_count == 0) {
        return ess_trace_fail(builder->error, "no usable row", 13, USABLE);
    }
    find_window(builder);
    status = gather(builder, &gathered);
    if (status == 0) {
        status = allocate(builder, trace);
    }
    if (status == 0) {
        fill(builder, &gathered, trace);
        if (trace->host_count == 0) {
            status = ess_trace_fail(builder->error, "no usable host", 14, USABLE);
        }
    }
    if (status != 0) {
        ess_trace_fini(trace);
    }
    free(gathered.rows);
    free(gathered.first);
    return status;
}
