/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_BENCH_MEASURE_H
#define ESS_BENCH_MEASURE_H

/* What the measure_* programs share: the clock, the random numbers that the drivers for other tools
 * (tests/peers) draw too, the WAN of eight sites, and the line of JSON that bench.c reads. */

#include <stdint.h>

/* Processor time of this process. All programs here and SimGrid run one thread, so on a quiet
 * machine this is wall time, and on a busy one it is still comparable. */
double bench_now_s(void);

/* splitmix64 */
struct bench_random {
    uint64_t state;
};
uint64_t bench_random_next(struct bench_random *random);
double bench_random_unit(struct bench_random *random);   /* [0, 1) */
double bench_random_normal(struct bench_random *random); /* mean 0, variance 1 */

enum { BENCH_SITES = 8, BENCH_WAN_LINKS = BENCH_SITES * (BENCH_SITES - 1) / 2 };

struct bench_wan {
    double bytes_per_s;
    int64_t one_way_ns;
};

/* The link between sites i < j: 100 to 1000 Mbit/s, 5 to 80 ms of round trip. */
struct bench_wan bench_wan_between(int i, int j);

/* What a measurement prints. Members that do not apply are 0. */
struct bench_result {
    double value;       /* in the unit of its row */
    double simulated_s; /* when the work was done */
    double operations;  /* messages, flows, changes: what a rate counts */
    double setup_s;     /* building, not in the value */
    uint64_t events, step_calls, transfers, solver_updates, solver_steps;
};
void bench_print(const struct bench_result *result);

#endif
