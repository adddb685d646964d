/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_VALIDATION_CASE_LOG_H
#define ESS_VALIDATION_CASE_LOG_H

/* What happened when a case was played: when each message began and arrived, what each connection
 * carried. Written as the one line that outcome.h reads. */

#include "analysis/validation/case.h"
#include "analysis/validation/case_play.h"

#include <stdio.h>

struct ess_case_log {
    const struct ess_case *network; /* both stay the caller's and live as long */
    const struct ess_case_play *play;
    int64_t *begun_ns, *received_ns; /* of each message; -1: not yet */
    uint64_t *got_bytes;             /* of each connection */
    uint32_t unfinished;             /* messages with an end that have not arrived */
    bool endless;                    /* there are messages without end */
};

/* Returns 0, or -1 when out of memory. Free with _fini (also after -1). */
int ess_case_log_init(
    struct ess_case_log *log, const struct ess_case *network, const struct ess_case_play *play);
void ess_case_log_fini(struct ess_case_log *log);

/* A message, known to have an end, arrived whole. */
void ess_case_log_receive(struct ess_case_log *log, uint32_t message, int64_t now_ns);

/* Nothing is left to wait for but the stop. */
bool ess_case_log_finished(const struct ess_case_log *log);

/* `"ring_s":…,"flows":[…]` without braces, for a tool's line. A cold transfer counts from its
 * start, a warm one from its first byte; what does not end has the goodput until `end_ns`. */
void ess_case_log_print(const struct ess_case_log *log, int64_t end_ns, FILE *file);

#endif
