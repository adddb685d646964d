/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVAILABILITY_TRACE_H
#define ESS_AVAILABILITY_TRACE_H

/* An availability trace in memory: when each of a set of recorded machines was up.
 *
 * Hosts stand in the order in which the file first names them; the up intervals of host h are
 * intervals[hosts[h].first] .. intervals[hosts[h + 1].first - 1], half open [start_ns, end_ns),
 * sorted and disjoint. There is one entry more in `hosts` than hosts, so that h + 1 always exists.
 *
 * Time is in nanoseconds from the start of the observation window of the whole trace; the file's
 * own clock read `origin_ns` then. Each host has an observation window of its own, inside [0,
 * window_ns]: outside it nothing is known of the host, inside it the host is down wherever no
 * interval says that it is up. A session that touches an end of its host's window is censored: it
 * may have begun earlier, or ended later, than the file can tell.
 *
 * Two sessions that touch (one ends where the next begins) stay two: the machine failed and was
 * back at once, so what it had in memory is lost. At such an instant the end comes before the
 * start. */

#include <stdint.h>
#include <stdio.h>

/* Limits, refused with an error. They bound memory: a recorded row costs up to 90 bytes while
 * reading and 16 afterwards, a host about 150 bytes. */
#define ESS_TRACE_FILE_BYTES_MAX (INT64_C(1) << 30) /* of the file, and again uncompressed */
#define ESS_TRACE_LINE_BYTES_MAX 4096
#define ESS_TRACE_NAME_BYTES_MAX 128
#define ESS_TRACE_HOSTS_MAX 1000000
#define ESS_TRACE_ROWS_MAX (INT64_C(1) << 24)
#define ESS_TRACE_SECONDS_MAX INT64_C(4000000000) /* of a file's clock: the year 2096 */

struct ess_trace_interval {
    int64_t start_ns; /* inclusive */
    int64_t end_ns;   /* exclusive, > start_ns */
};

struct ess_trace_host {
    int64_t name_offset; /* into trace->names; read it with ess_trace_host_name */
    int64_t first;       /* index of its first interval */
    int64_t window_start_ns, window_end_ns;
    int32_t censored_start; /* 1 when its first session touches window_start_ns */
    int32_t censored_end;   /* 1 when its last session touches window_end_ns */
};

/* What was done to dirty data, by kind. Nothing is repaired without being counted here; anything
 * that is not listed here is an error. The rules, in the order in which they are applied:
 *   1. a file that stops in the middle (gzip cut short, JSON that does not close, a last line
 * without its line feed) keeps every whole row or sample; the torn last one is dropped;
 *   2. a row whose event code is unknown is skipped;
 *   3. a row with a time that is missing (`NULL`), not finite, negative or past the limit is
 * dropped;
 *   4. a row that ends before it begins is dropped, a row of no length as well;
 *   5. what lies outside a window that the file states is cut off;
 *   6. rows of a host that are not in order of start time are sorted;
 *   7. overlapping up rows of a host become one; touching ones stay apart (see above);
 *   8. an explicit `unavailable` row that overlaps an up row loses: the host stays up;
 *   9. a host that has no up interval left is dropped. */
struct ess_trace_repairs {
    int64_t truncated;     /* 1 when the file stops in the middle (rule 1) */
    int64_t unknown_codes; /* rows (2) */
    int64_t bad_numbers;   /* rows (3) */
    int64_t reversed;      /* rows (4) */
    int64_t empty;         /* rows (4) */
    int64_t clipped;       /* rows shortened or dropped (5) */
    int64_t unsorted;      /* up rows that begin before the row before them of that host (6) */
    int64_t overlapping;   /* up rows swallowed by another (7) */
    int64_t touching;      /* up rows that begin where the one before ends; kept (7) */
    int64_t contradicted;  /* `unavailable` rows that overlap an up interval (8) */
    int64_t hosts_dropped; /* hosts (9) */
};

struct ess_trace {
    struct ess_trace_host *hosts; /* host_count + 1 entries */
    struct ess_trace_interval *intervals;
    char *names; /* NUL-ended strings, one after another; valid UTF-8 without control characters */
    int32_t host_count;     /* >= 1 */
    int64_t interval_count; /* >= 1 */
    int64_t window_ns;      /* > 0; the whole trace covers [0, window_ns] */
    int64_t origin_ns;      /* the file's clock at time 0 */
    int64_t rows_read;      /* of the file, before any repair (SkyPilot: samples) */
    int64_t hosts_read;     /* before hosts were dropped */
    const char *format;     /* name of the reader; static */
    struct ess_trace_repairs repairs;
};

/* Why a trace could not be read. `line` is 0 where no line can be named. */
struct ess_trace_error {
    char file[256];
    int64_t line;
    char found[96];
    char expected[192];
};

/* Fill found and expected of `error`. The `found_bytes` bytes of `found` are copied with what
 * cannot be printed shown as '?'. Returns -1 always, so that a reader may `return
 * ess_trace_fail(…)`. */
int ess_trace_fail(struct ess_trace_error *error, const char *found, int64_t found_bytes,
    const char *expected_format, ...) __attribute__((format(printf, 4, 5)));

/* "FILE:LINE: found …, expected …" and a line feed. */
void ess_trace_error_print(const struct ess_trace_error *error, FILE *stream);

/* Name of a host; owned by the trace. */
const char *ess_trace_host_name(const struct ess_trace *trace, int32_t host);

/* Free what the trace owns and empty it. An all-zero trace may be given. */
void ess_trace_fini(struct ess_trace *trace);

/* ---- Reading a file ---------------------------------------------------------------------------
 */

/* Read the trace in `path`, plain or gzip, with the reader called `format`, or, where that is NULL,
 * with the one that recognises the first bytes. Returns 0 with a whole trace (free it with
 * ess_trace_fini), or -1 with `error` filled and `trace` emptied: never a partial result.
 * O(rows log rows). Defined in reader.c. */
int ess_trace_read(
    const char *path, const char *format, struct ess_trace *trace, struct ess_trace_error *error);

/* The same for bytes in memory (plain only); `name` stands for the file in errors. */
int ess_trace_read_memory(const char *name, const void *bytes, int64_t byte_count,
    const char *format, struct ess_trace *trace, struct ess_trace_error *error);

#endif
