/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_BENCH_FLOW_LIST_H
#define ESS_BENCH_FLOW_LIST_H

/* Lists of flows to start, equal to those of tests/peers/simgrid/flows.cpp. */

#include <stddef.h>
#include <stdint.h>

struct bench_flow {
    int64_t start_ns;
    uint32_t from, to;
    double bytes;
};

/* Random starts in [0, window_s), pairs of different hosts, lognormal sizes (median 1 MB, sigma
 * 1.5), splitmix64 seed 42; in the order of their starts. The caller frees it. */
struct bench_flow *bench_random_flows(size_t count, double window_s, uint32_t hosts);

enum { BENCH_LONG_FLOWS = 256 };

/* Hosts 0 … 255 send to 257 … 512 for the whole time; host 256 sends one short flow to 513 every
 * 10 ms, over the same link: BENCH_LONG_FLOWS + arrivals flows. The caller frees it. */
struct bench_flow *bench_bottleneck_flows(size_t arrivals);

#endif
