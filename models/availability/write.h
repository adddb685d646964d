/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVAILABILITY_WRITE_H
#define ESS_AVAILABILITY_WRITE_H

#include "models/availability/trace.h"

/* Write a trace in our own interval format (reader_csv.c), times in exact decimal seconds of the
 * trace's own clock. Reading it back gives the same hosts, intervals and window; windows of single
 * hosts have no place in the format and are lost. Refuses (-1, `error`, nothing written) a host
 * name that the format cannot hold: one with a comma or a '#' at its front, or blanks at an end. A
 * failed write is -1 as well. */
int ess_trace_write_csv(const struct ess_trace *trace, FILE *stream, struct ess_trace_error *error);

#endif
