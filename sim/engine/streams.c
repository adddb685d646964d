/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/streams.h"

#include <gsl/gsl_errno.h>
#include <math.h>

static void set(void *state, unsigned long seed) {
    ess_random_init(state, seed, 0, "gsl");
}

static unsigned long get(void *state) {
    return ess_random_u32(state);
}

static double get_double(void *state) {
    return ess_random_unit(state);
}

static const gsl_rng_type stream_type = {
    .name = "philox4x32-10",
    .max = UINT32_MAX,
    .min = 0,
    .size = sizeof(struct ess_random),
    .set = set,
    .get = get,
    .get_double = get_double,
};

const gsl_rng_type *ess_stream_type(void) {
    return &stream_type;
}

gsl_rng ess_stream_generator(struct ess_random *stream) {
    return (gsl_rng){.type = &stream_type, .state = stream};
}

int64_t ess_stream_round_ns(double duration_ns) {
    const int64_t largest = (int64_t)1 << 62;
    if (!(duration_ns > 0)) {
        return 0;
    }
    if (duration_ns >= (double)largest) {
        return largest;
    }
    return llround(duration_ns);
}

void ess_streams_library_errors_off(void) {
    gsl_set_error_handler_off();
}
