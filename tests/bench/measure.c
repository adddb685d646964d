/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "sim/engine/heap.h"

/* As the processes of the program that run a large world do. */
__attribute__((constructor)) static void prepare(void) {
    ess_heap_prepare(SIZE_MAX);
}

double bench_now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

uint64_t bench_random_next(struct bench_random *random) {
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double bench_random_unit(struct bench_random *random) {
    return (double)(bench_random_next(random) >> 11) * 0x1.0p-53;
}

double bench_random_normal(struct bench_random *random) {
    const double two_pi = 6.283185307179586;
    double a = bench_random_unit(random), b = bench_random_unit(random);
    return sqrt(-2 * log(fmax(a, 1e-300))) * cos(two_pi * b);
}

struct bench_wan bench_wan_between(int i, int j) {
    int k = i * BENCH_SITES - i * (i + 1) / 2 + (j - i - 1);
    double rate = (double)(k * 37 % BENCH_WAN_LINKS) / (BENCH_WAN_LINKS - 1);
    double delay = (double)((k * 53 + 11) % BENCH_WAN_LINKS) / (BENCH_WAN_LINKS - 1);
    return (struct bench_wan){
        (100 + 900 * rate) * 1e6 / 8, (int64_t)llround((5 + 75 * delay) * 1e6 / 2)};
}

void bench_print(const struct bench_result *result) {
    printf("{\"value\":%.9g,\"simulated_s\":%.9f,\"operations\":%.0f,\"setup_s\":%.4f,",
        result->value, result->simulated_s, result->operations, result->setup_s);
    printf("\"events\":%" PRIu64 ",\"step_calls\":%" PRIu64 ",\"transfers\":%" PRIu64
           ",\"solver_updates\":%" PRIu64 ",\"solver_steps\":%" PRIu64 "}\n",
        result->events, result->step_calls, result->transfers, result->solver_updates,
        result->solver_steps);
}
