/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVAILABILITY_NUMBER_H
#define ESS_AVAILABILITY_NUMBER_H

/* Decimal seconds of a trace file to nanoseconds, without a detour through floating point: 0.1 s is
 * 100000000 ns exactly, and a nanosecond of a clock that counts from 1970 is not lost. */

#include <stdint.h>

enum ess_trace_number {
    ESS_TRACE_NUMBER_GOOD,
    ESS_TRACE_NUMBER_BAD, /* a number, or a known sign of none, that no time can have: dirty data */
    ESS_TRACE_NOT_A_NUMBER /* anything else: the file is not what it was taken for */
};

/* Read the whole of text[0 .. bytes). Good: digits, optional point and digits, optional exponent,
 * in [0, ESS_TRACE_SECONDS_MAX]; rounded half up to nanoseconds. Bad: empty, NULL, NaN, infinite,
 * negative or larger. */
enum ess_trace_number ess_trace_seconds(const char *text, int64_t bytes, int64_t *ns);

#endif
