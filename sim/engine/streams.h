/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SIM_ENGINE_STREAMS_H
#define ESS_SIM_ENGINE_STREAMS_H

/* The named streams of base/random.h as a GSL generator, so that GSL's distributions draw from
 * them:
 *
 *     struct ess_random stream;
 *     ess_random_init(&stream, seed, host, "time to failure");
 *     gsl_rng generator = ess_stream_generator(&stream);
 *     double hours = gsl_ran_weibull(&generator, scale, shape);
 *
 * Draws are to be rounded to integer nanoseconds or bytes at once (ess_stream_round_ns). */

#include "base/random.h"
#include <gsl/gsl_rng.h>

/* The type "philox4x32-10": get gives one word (0 .. 2^32 - 1), get_double gives ess_random_unit,
 * set(s) opens the stream (s, 0, "gsl"). Usable with gsl_rng_alloc too. */
const gsl_rng_type *ess_stream_type(void);

/* A generator over the caller's stream; nothing is allocated, so it must not be freed. It is a
 * view: drawing from it advances `stream`, which must outlive it and not move. */
gsl_rng ess_stream_generator(struct ess_random *stream);

/* A drawn duration to the nearest nanosecond; negative ones and NaN give 0, ones beyond 2^62 ns
 * (146 years) give 2^62. */
int64_t ess_stream_round_ns(double duration_ns);

/* GSL ends the program on errors by default. Call once at the start: its functions then return
 * codes and NaN, which callers look at. */
void ess_streams_library_errors_off(void);

#endif
