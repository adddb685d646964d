/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVAILABILITY_SOURCE_H
#define ESS_AVAILABILITY_SOURCE_H

/* Where a reader gets its bytes: a file (plain or gzip, zlib tells them apart) or memory. Bytes
 * come through one fixed buffer, so a reader needs no more memory than its longest line. */

#include "models/availability/trace.h"

#define ESS_TRACE_HEAD_BYTES 1024

struct gzFile_s;

struct ess_trace_source {
    struct gzFile_s *file; /* NULL: memory, all of which stands in the buffer's place */
    const unsigned char *buffer;
    int64_t buffer_used, buffer_at;
    int64_t bytes_total; /* handed over by zlib so far, held against the limit */
    int64_t line_number; /* of the byte or line handed out last; from 1 */
    int64_t lines_ended;
    int32_t truncated; /* 1 when a gzip stream or the last line stopped in the middle */
    int32_t failed;
    struct ess_trace_error *error; /* the caller's */
    unsigned char storage[65536];
    char line[ESS_TRACE_LINE_BYTES_MAX + 1];
};

/* Open; 0, or -1 with `error` filled (missing, a folder, unreadable, larger than the limit).
 * `error` must outlive the source. */
int ess_trace_source_open(
    struct ess_trace_source *source, const char *path, struct ess_trace_error *error);
void ess_trace_source_open_memory(struct ess_trace_source *source, const void *bytes,
    int64_t byte_count, struct ess_trace_error *error);
void ess_trace_source_close(struct ess_trace_source *source);

/* The first bytes, up to ESS_TRACE_HEAD_BYTES, without consuming them; only right after opening.
 * Returns their count, or -1. */
int64_t ess_trace_source_head(struct ess_trace_source *source, const char **bytes);

/* The next byte, -1 at the end (look at `truncated`), -2 on an error. */
int ess_trace_source_byte(struct ess_trace_source *source);

/* The next line without its line feed and carriage return, NUL-ended, owned by the source until the
 * next call. A last line that has no line feed is dropped and marked in `truncated`. Returns its
 * length, -1 at the end, -2 on an error (too long, NUL byte). */
int64_t ess_trace_source_line(struct ess_trace_source *source, const char **line);

#endif
