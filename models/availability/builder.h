/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVAILABILITY_BUILDER_H
#define ESS_AVAILABILITY_BUILDER_H

/* What a reader writes into: rows in any order and state of repair. `finish` applies the rules of
 * trace.h and makes the trace. Everything returns 0 (or an index), or -1 with the builder's error
 * filled with found and expected. */

#include "models/availability/trace.h"

struct ess_trace_row {
    int64_t start_ns, end_ns; /* the file's clock */
    int32_t host;
    int32_t up;
};

struct ess_trace_builder_host {
    int64_t name_offset;
    int64_t name_bytes;
};

struct ess_trace_builder {
    struct ess_trace_row *rows;
    int64_t row_count, row_capacity;
    struct ess_trace_builder_host *hosts;
    int64_t host_count, host_capacity;
    char *names;
    int64_t names_used, names_capacity;
    int32_t *table; /* names to hosts: open addressing, host + 1, 0 is free */
    int64_t table_size;
    int64_t window_start_ns, window_end_ns; /* as the file states it; file's clock */
    int64_t rows_read;
    int32_t window_stated;
    int32_t window_of_each_host;      /* 1: a host is observed from its first row to its last */
    struct ess_trace_repairs repairs; /* readers count rules 1 to 3 here */
    struct ess_trace_error *error;
};

/* An empty builder, which owns nothing yet. `error` is the caller's. */
void ess_trace_builder_init(struct ess_trace_builder *builder, struct ess_trace_error *error);
void ess_trace_builder_fini(struct ess_trace_builder *builder);

/* The index of the host of that name, made at its first mention; -1 for a name that is empty, too
 * long, not UTF-8 or has control characters. Expected O(bytes). */
int32_t ess_trace_builder_host(struct ess_trace_builder *builder, const char *name, int64_t bytes);

/* One row: `host` was up (1) or was seen to be down (0) in [start_ns, end_ns), both in
 * [0, ESS_TRACE_SECONDS_MAX]. A down row says that the host was being watched then. Applies rule 4.
 */
int ess_trace_builder_row(
    struct ess_trace_builder *builder, int32_t host, int32_t up, int64_t start_ns, int64_t end_ns);

/* State the window of the whole trace; else it is the extent of the rows. */
int ess_trace_builder_window(struct ess_trace_builder *builder, int64_t start_ns, int64_t end_ns);

/* Apply the rules and make `trace`; the builder's rows are used up (call fini all the same).
 * O(rows log rows). */
int ess_trace_builder_finish(struct ess_trace_builder *builder, struct ess_trace *trace);

#endif
