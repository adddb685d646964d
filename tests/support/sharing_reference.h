/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_SHARING_REFERENCE_H
#define ESS_TEST_SHARING_REFERENCE_H

/* The plain reference of the sharing solver: progressive filling over single flows from nothing at
 * every state, and every flow's bytes brought forward at every event, in long double. Shares no
 * code with the solver; has its rule of time: a completion is rounded up to the next nanosecond
 * (less 2^-10 ns), at least 1 ns after the last event unless nothing is left. */

#include <stdbool.h>
#include <stdint.h>

#define REFERENCE_HOPS 8

struct reference_path {
    uint32_t links[REFERENCE_HOPS];
    uint32_t count;
    double weight;
    double cap_bytes_per_s; /* INFINITY: none */
};

struct reference_flow {
    struct reference_path path;
    bool active, done;
    int64_t done_ns;
    long double size_bytes, remaining_bytes, rate_bytes_per_s;
};

struct reference {
    int64_t now_ns;
    const double *capacity_bytes_per_s;
    uint32_t link_count, flow_count;
    struct reference_flow *flows;
    long double *carried_bytes; /* per link, the integral of its rates; may be NULL */
};

/* The weighted max-min fair rates of the active flows. */
void reference_fill(struct reference *r);

/* The next completion at the present rates, or INT64_MAX. */
int64_t reference_next(const struct reference *r);

/* Move the bytes up to now_ns (not past reference_next) and end the flows that are done. */
void reference_advance(struct reference *r, int64_t now_ns);

#endif
