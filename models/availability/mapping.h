/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVAILABILITY_MAPPING_H
#define ESS_AVAILABILITY_MAPPING_H

/* From the hosts of a trace to the hosts of a simulation.
 *
 * Which trace host stands for simulated host i:
 *   in order: trace host i mod H, of H trace hosts;
 *   random:   entry i mod H of a permutation of the H trace hosts drawn from the seed (a shuffle
 * from the front: the first n entries do not depend on how many hosts are simulated). Where
 * simulated hosts outnumber trace hosts, a trace host is used again, and each further use has an
 * offset of its own, drawn from the seed even when `random_offset` is 0: else two simulated hosts
 * would die at the same instants. (What such a copy shared with the others is lost.)
 *
 * Where in the trace the simulation begins: one common offset for all hosts, fixed or drawn below
 * the length of the trace's window. It is common so that what the hosts of a trace share (a power
 * cut, day and night) stays shared. Hosts whose own windows differ (Failure Trace Archive) take the
 * common offset modulo their own window, so they stay together only where their windows overlap.
 *
 * Simulated time t shows the host at trace time start + (offset - start + t / scale) mod length,
 * with [start, start + length) the host's own window: a circular replay. At the seam the end of the
 * window is followed by its start: a host up on both sides stays up across it (the seam invents no
 * death), in all other cases the state changes there as the two ends say, so at most one change per
 * turn and host is invented. Without `wrap` a host is down before its window begins and for good
 * when it ends; a drawn offset is then taken from the part of the window that leaves the whole
 * duration to replay, or is 0 where the window is shorter.
 *
 * Touching sessions stay two (trace.h). Times are rounded to whole nanoseconds after scaling; a
 * session that rounds to nothing is left out. */

#include "models/availability/trace.h"

enum ess_trace_mapping { ESS_TRACE_RANDOM, ESS_TRACE_IN_ORDER };

struct ess_trace_map_settings {
    enum ess_trace_mapping mapping;
    int32_t random_offset; /* 1: drawn from the seed; 0: offset_ns below */
    int64_t offset_ns;     /* >= 0, at most the trace's window; trace time, before scaling */
    double scale;          /* > 0: 2.0 plays the trace twice as slowly; 1e-6 … 1e6 */
    int32_t wrap;          /* 1: circular */
};

/* Random mapping, random offset, scale 1, wrap. */
struct ess_trace_map_settings ess_trace_map_defaults(void);

/* The result: which trace host is replayed by which simulated host, and from where. It refers to
 * the trace, which must outlive it, and holds no intervals of its own: a cursor makes them one by
 * one, so that a mapping costs 12 bytes a host however long the trace is. */
struct ess_trace_map {
    const struct ess_trace *trace;
    int32_t *trace_host; /* host_count: which trace host is replayed */
    int64_t *offset_ns;  /* host_count: trace time shown at simulated time 0 */
    int32_t host_count;
    int32_t wrap;
    double scale;
    int64_t duration_ns; /* simulated time */
    int64_t reach_ns;    /* the same in trace time */
};

/* Where in its replay a simulated host is. */
struct ess_trace_cursor {
    int64_t next, end; /* indices of the trace's intervals: looked at next, and past the last */
    int64_t shift_ns;  /* trace time + shift = trace time since simulated time 0 */
    int32_t host;      /* simulated */
    int32_t joins;     /* 1: the window begins and ends with the host up */
};

/* Map `trace` to `host_count` (1 … ESS_TRACE_HOSTS_MAX) hosts for [0, duration_ns] (> 0). Draws
 * come from the streams of (seed, replication, host). Returns 0 with `out` to be freed by
 * ess_trace_map_fini, or -1 with `error` (bad settings, more than ESS_TRACE_ROWS_MAX sessions to
 * replay, no memory) and `out` emptied. O(trace hosts + sessions to replay), memory O(hosts). */
int ess_trace_map(const struct ess_trace *trace, const struct ess_trace_map_settings *settings,
    int32_t host_count, int64_t duration_ns, uint64_t seed, uint32_t replication,
    struct ess_trace_map *out, struct ess_trace_error *error);

/* The beginning of the replay of simulated host `host`. O(1). */
struct ess_trace_cursor ess_trace_map_begin(const struct ess_trace_map *map, int32_t host);

/* The next up interval of the cursor's host: in order, disjoint (touching allowed), within [0,
 * duration_ns]; 0 when none is left. One that ends at duration_ns need not end there in truth.
 * O(1), but for sessions that round to nothing and those that join at the seam. */
int ess_trace_map_next(const struct ess_trace_map *map, struct ess_trace_cursor *cursor,
    struct ess_trace_interval *interval);

/* 1 where replications differ: random mapping, a drawn offset, or hosts used twice. Where they do
 * not, all replications are one observation and no interval over them may be printed. */
int ess_trace_map_varies(const struct ess_trace_map_settings *settings,
    const struct ess_trace *trace, int32_t host_count);

void ess_trace_map_fini(struct ess_trace_map *map);

#endif
