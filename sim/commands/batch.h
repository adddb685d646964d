/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_BATCH_H
#define ESS_COMMANDS_BATCH_H

/* Runs all replications of all variants, each in a process of its own: a crash costs that
 * replication and nothing else, and is reported. The outcome does not depend on the number of
 * workers. */

#include <signal.h>

#include "sim/scenario/scenario.h"
#include "sim/world/world.h"

struct ess_batch_item {
    const struct ess_scenario *scenario;
    const struct ess_trace *trace; /* or NULL */
    uint32_t replication;
    /* Results. */
    bool done;
    char failure[256]; /* empty: none */
    struct ess_world_outcome outcome;
};

/* Run items 0 .. count - 1 with up to `jobs` processes at a time. `progress` NULL: none; else a
 * line there is rewritten as items end. Stops early, with the children killed, when *interrupted
 * becomes non-zero; returns false then. Outcomes are freed by ess_batch_free. */
bool ess_batch_run(struct ess_batch_item *items, size_t count, int64_t jobs, FILE *progress,
    volatile sig_atomic_t *interrupted);

void ess_batch_free(struct ess_batch_item *items, size_t count);

#endif
