/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_LINK_TRACE_H
#define ESS_MODELS_NETWORK_LINK_TRACE_H

/* How one direction of a link changes over time: capacity, and where the file says so delay.
 *
 * A trace is a step function on [0, length): steps[i] holds from its start to the start of the next
 * one. One step more stands at `length`: what goes on to hold after the end, where that is asked
 * for. Time 0 is the first time of the file. A rate of 0 is an outage.
 *
 * Files are read through one fixed buffer (models/availability/source.h: plain or gzip); memory
 * grows with the steps kept, 24 bytes each, and equal neighbours are one step. Nothing is repaired:
 * a clock that goes backwards, a file that stops in the middle of a line or of a gzip stream, a
 * negative or infinite rate, a file of one row are errors that name the line. */

#include <stdbool.h>
#include <stdint.h>

#include "models/availability/trace.h"

/* Limits, refused with an error. */
#define ESS_LINK_STEPS_MAX (INT64_C(1) << 24)
#define ESS_LINK_RATE_MAX 1.25e12                /* bytes/s: 10 Tbit/s */
#define ESS_LINK_DELAY_MAX INT64_C(600000000000) /* ten minutes */
#define ESS_LINK_DELAY_OWN (-1)                  /* the delay that the scenario gives the link */

struct ess_link_step {
    int64_t start_ns;
    double bytes_per_s;
    int64_t delay_ns; /* one way, or ESS_LINK_DELAY_OWN */
};

struct ess_link_trace {
    struct ess_link_step *steps; /* step_count + 1; starts rise, the last one is length_ns */
    int64_t step_count;          /* >= 1 */
    int64_t length_ns;           /* > 0 */
    int64_t rows_read;
    const char *format; /* name of the reader; static */
};

/* Read the trace in `path` with the reader called `format`, or where that is NULL with the one that
 * recognises the first bytes. `bin_ns` > 0 is the time over which a format that lists single
 * packets is averaged. Returns 0 with a whole trace, to be freed by ess_link_trace_fini, or -1 with
 * `error` filled and `trace` emptied. O(bytes). */
int ess_link_trace_read(const char *path, const char *format, int64_t bin_ns,
    struct ess_link_trace *trace, struct ess_trace_error *error);

/* The same for bytes in memory (plain only); `name` stands for the file in errors. */
int ess_link_trace_read_memory(const char *name, const void *bytes, int64_t byte_count,
    const char *format, int64_t bin_ns, struct ess_link_trace *trace,
    struct ess_trace_error *error);

void ess_link_trace_fini(struct ess_link_trace *trace);

/* Bytes that the link can carry in [0, length). O(steps). */
double ess_link_trace_bytes(const struct ess_link_trace *trace);

/* A number for the content: equal traces have equal ones (FNV-1a over all steps). */
uint64_t ess_link_trace_checksum(const struct ess_link_trace *trace);

/* ---- Playing it -------------------------------------------------------------------------------
 */

/* What follows the end: the last row goes on, the trace begins again, or the link carries nothing
 * any more. */
enum ess_link_end { ESS_LINK_HOLD, ESS_LINK_LOOP, ESS_LINK_STOP };

struct ess_link_player {
    const struct ess_link_trace *trace;
    enum ess_link_end end;
    int64_t next;     /* step that comes next; -1: none comes */
    int64_t zero_ns;  /* the player's time at which the trace's time was 0, in this turn */
    int64_t floor_ns; /* nothing is played before this */
};

/* Play from `offset_ns` >= 0 of the trace, which is the player's time 0; the trace is kept by
 * reference. O(log steps). */
void ess_link_player_init(struct ess_link_player *player, const struct ess_link_trace *trace,
    enum ess_link_end end, int64_t offset_ns);

/* The next change: when (the first is at 0) and to what. False when none comes any more. O(1). */
bool ess_link_player_next(
    struct ess_link_player *player, int64_t *at_ns, struct ess_link_step *step);

/* When the link next carries something, seen from after the last change that was played; INT64_MAX:
 * never again. At most one turn is looked through. */
int64_t ess_link_player_carries_ns(const struct ess_link_player *player);

#endif
