/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_SWEEP_POINT_H
#define ESS_COMMANDS_SWEEP_POINT_H

/* One point of a sweep: its scenario, its identity, its run.
 *
 * The identity is the SHA-256 of all that the result depends on: the program's version, the bytes
 * of the trace, and the resolved scenario, with every default and the seed. The version is that of
 * version.h and a digest of the executable, since code changes more often than its number: a sweep
 * never mixes results of two programs. */

#include <stdbool.h>

#include "analysis/sha256.h"
#include "analysis/sweep.h"
#include "analysis/sweep_result.h"
#include "models/availability/trace.h"
#include "sim/scenario/document.h"

struct ess_point_trace {
    char *key; /* format and path */
    struct ess_trace trace;
    char digest[ESS_SHA256_TEXT_BYTES];
};

/* What all points share. A trace is read once, so children that are forked later have it. */
struct ess_point_program {
    char version[64];
    struct ess_point_trace *traces;
    size_t trace_count;
};

struct ess_point {
    struct ess_scenario *scenario;
    size_t trace; /* index into the program's; SIZE_MAX: none */
    char hash[ESS_SHA256_TEXT_BYTES];
};

/* False with a message on stderr where the executable cannot be read. */
bool ess_point_program_init(struct ess_point_program *program);
void ess_point_program_fini(struct ess_point_program *program);

/* Build the point at `steps`. False with the reasons in `diagnostics`, under the sweep file's name
 * where they are about its values. About a millisecond. */
bool ess_point_load(struct ess_point_program *program, const struct ess_sweep *sweep,
    const size_t *steps, struct ess_point *point, struct ess_diagnostics *diagnostics);
void ess_point_fini(struct ess_point *point);

/* Run all its replications in this process. */
struct ess_sweep_result *ess_point_run(
    const struct ess_point_program *program, const struct ess_point *point);

#endif
