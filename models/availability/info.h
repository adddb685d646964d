/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVAILABILITY_INFO_H
#define ESS_AVAILABILITY_INFO_H

/* What a trace holds, in figures: what `essaim trace info FILE` prints.
 *
 * Up sessions are the intervals as recorded; those that touch an end of their host's window are cut
 * there (censored), which makes the mean and the quantiles somewhat too short. Down sessions are
 * the stretches between two sessions of a host; what comes before the first and after the last is
 * not among them, and neither are those of no length (touching sessions). Quantiles interpolate
 * between the two nearest (type 7). */

#include "models/availability/trace.h"

struct ess_trace_sessions {
    int64_t count; /* all else is 0 where this is */
    double mean_ns, median_ns, p90_ns;
    int64_t shortest_ns, longest_ns;
};

struct ess_trace_info {
    int32_t host_count;
    int64_t interval_count;
    int64_t window_ns;
    int64_t observed_host_ns; /* sum of the hosts' own windows; saturates at INT64_MAX */
    double availability;      /* time up over time observed */
    int64_t censored;         /* sessions cut by a window's end; one cut at both counts once */
    struct ess_trace_sessions up, down;
    int32_t concurrent_least, concurrent_most; /* hosts up at once, over the whole trace's window */
    double concurrent_mean;                    /* (hosts outside their own window are not up) */
};

/* Compute `info`; 0, or -1 where there is no memory. O(intervals log intervals). */
int ess_trace_info(const struct ess_trace *trace, struct ess_trace_info *info);

/* A table for people. `path` heads it. */
void ess_trace_info_print(const char *path, const struct ess_trace *trace,
    const struct ess_trace_info *info, FILE *stream);

#endif
