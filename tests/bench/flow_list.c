/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow_list.h"

#include <math.h>
#include <stdlib.h>

#include "measure.h"
#include "sim/engine/arena.h"

static struct bench_flow *allocate(size_t count) {
    struct bench_flow *flows = calloc(count, sizeof *flows);
    if (!flows) {
        ess_out_of_memory(count, sizeof *flows);
    }
    return flows;
}

static int by_start(const void *left, const void *right) {
    const struct bench_flow *a = left, *b = right;
    return (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);
}

struct bench_flow *bench_random_flows(size_t count, double window_s, uint32_t hosts) {
    struct bench_flow *flows = allocate(count);
    struct bench_random random = {42};
    for (size_t i = 0; i < count; i++) {
        flows[i].start_ns = (int64_t)llround(1e9 * bench_random_unit(&random) * window_s);
        flows[i].from = (uint32_t)(bench_random_next(&random) % hosts);
        do {
            flows[i].to = (uint32_t)(bench_random_next(&random) % hosts);
        } while (flows[i].to == flows[i].from);
        flows[i].bytes = floor(fmax(1, 1e6 * exp(1.5 * bench_random_normal(&random))));
    }
    qsort(flows, count, sizeof *flows, by_start);
    return flows;
}

struct bench_flow *bench_bottleneck_flows(size_t arrivals) {
    struct bench_flow *flows = allocate(BENCH_LONG_FLOWS + arrivals);
    for (uint32_t i = 0; i < BENCH_LONG_FLOWS; i++) {
        flows[i] =
            (struct bench_flow){0, i, BENCH_LONG_FLOWS + 1 + i, 125e6 * 0.01 * (double)arrivals};
    }
    for (size_t k = 0; k < arrivals; k++) {
        flows[BENCH_LONG_FLOWS + k] = (struct bench_flow){
            10000000 * (int64_t)k + 1000000, BENCH_LONG_FLOWS, 2 * BENCH_LONG_FLOWS + 1, 620000};
    }
    return flows;
}
