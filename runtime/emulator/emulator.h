/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_EMULATOR_EMULATOR_H
#define ESS_EMULATOR_EMULATOR_H

/* A wide-area network in user space: programs in network namespaces, packets between them through
 * the links of a plan.
 *
 *     struct ess_emulator *emulator = ess_emulator_new(&settings, problem, sizeof problem);
 *     ess_emulator_begin(emulator);
 *     while (ess_emulator_run(emulator, pipe, deadline_ns) == ESS_EMULATOR_READABLE) { … }
 *     ess_emulator_free(emulator);
 *
 * Validity: round trips of 5 ms and more; on two processors about 3 Gbit/s of all flows together.
 * Known bias: a sleep ends some 50 to 90 us late, so packets are handed over up to 50 us before
 * their time and, on a quiet machine, mostly within 100 us after it; a round trip takes 0.1 to
 * 0.3 ms more than configured. Where it matters, measure the round trip first and look at the
 * lateness afterwards: on a busy machine a packet may be late by any time, and a run whose 99th
 * percentile exceeds 1 ms is worth nothing. */

#include "runtime/emulator/fabric.h"
#include "runtime/emulator/lateness.h"
#include "runtime/emulator/plan.h"

struct ess_emulator_settings {
    const struct ess_emulator_plan *plan; /* copied */
    uint64_t socket_bytes_max;            /* see node.h */
    bool realtime; /* SCHED_FIFO, the emulator above the nodes: load then does not disturb */
    /* The command of node i begins at commands[i]; each ends with NULL. */
    char *const *const *commands;
};

enum ess_emulator_reason {
    ESS_EMULATOR_READABLE, /* the watched descriptor */
    ESS_EMULATOR_DEADLINE,
    ESS_EMULATOR_ENDED, /* all nodes have ended */
    ESS_EMULATOR_FAILED /* a node ended with another status than 0 */
};

struct ess_emulator;

/* Make the nodes; their commands wait. NULL with the reason in `problem` where that is not
 * possible (no right to, no TUN); nothing is left then. */
struct ess_emulator *ess_emulator_new(
    const struct ess_emulator_settings *settings, char *problem, size_t room);

/* Stop all nodes. NULL is fine. */
void ess_emulator_free(struct ess_emulator *emulator);

void ess_emulator_begin(struct ess_emulator *emulator);

/* Pass packets on until `watched` (-1: none) can be read, the clock passes `deadline_ns`, or nodes
 * end. */
enum ess_emulator_reason ess_emulator_run(
    struct ess_emulator *emulator, int watched, int64_t deadline_ns);

/* CLOCK_MONOTONIC, which all namespaces share. */
int64_t ess_emulator_now_ns(void);

const struct ess_lateness *ess_emulator_lateness(const struct ess_emulator *emulator);
struct ess_fabric_counts ess_emulator_counts(const struct ess_emulator *emulator);

#endif
