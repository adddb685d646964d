/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes through every reader of link traces, from memory: an error that says what was found and
 * expected, or a trace that keeps what link_trace.h promises, and that plays forwards in time. The
 * first byte picks the bin. */
#include "models/network/link_reader.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void demand(int holds) {
    if (!holds) {
        abort();
    }
}

static void check_trace(const struct ess_link_trace *trace) {
    demand(trace->step_count >= 1 && trace->length_ns > 0);
    demand(trace->steps[0].start_ns == 0);
    demand(trace->steps[trace->step_count].start_ns == trace->length_ns);
    for (int64_t i = 0; i <= trace->step_count; i++) {
        const struct ess_link_step *step = &trace->steps[i];
        demand(i == 0 || step[-1].start_ns < step->start_ns);
        demand(step->bytes_per_s >= 0 && step->bytes_per_s <= ESS_LINK_RATE_MAX);
        demand(step->delay_ns >= ESS_LINK_DELAY_OWN && step->delay_ns <= ESS_LINK_DELAY_MAX);
    }
    demand(isfinite(ess_link_trace_bytes(trace)));
}

static void check_player(
    const struct ess_link_trace *trace, enum ess_link_end end, int64_t offset_ns) {
    struct ess_link_player player;
    struct ess_link_step step;
    int64_t at_ns, last_ns = -1, carries_ns = -1;
    ess_link_player_init(&player, trace, end, offset_ns);
    for (int i = 0; i < 100 && ess_link_player_next(&player, &at_ns, &step); i++) {
        demand(at_ns > last_ns && (i > 0 || at_ns == 0));
        demand(carries_ns < 0 || (at_ns < carries_ns) == (step.bytes_per_s == 0));
        carries_ns = step.bytes_per_s == 0 ? ess_link_player_carries_ns(&player) : -1;
        demand(carries_ns < 0 || carries_ns > at_ns);
        last_ns = at_ns;
    }
}

static void try_format(const uint8_t *data, size_t size_bytes, const char *format, int64_t bin_ns) {
    struct ess_link_trace trace;
    struct ess_trace_error error;
    if (ess_link_trace_read_memory(
            "fuzz", data, (int64_t)size_bytes, format, bin_ns, &trace, &error) != 0) {
        demand(error.expected[0] != 0 && !trace.steps);
        return;
    }
    check_trace(&trace);
    for (int end = ESS_LINK_HOLD; end <= ESS_LINK_STOP; end++) {
        check_player(&trace, (enum ess_link_end)end, 0);
        check_player(&trace, (enum ess_link_end)end, trace.length_ns / 3);
        check_player(&trace, (enum ess_link_end)end, trace.length_ns);
    }
    ess_link_trace_fini(&trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    int64_t bin_ns = size_bytes > 0 ? INT64_C(1000000) << data[0] % 20 : 1000000;
    for (int i = 0; ess_link_reader_registry[i]; i++) {
        try_format(data, size_bytes, ess_link_reader_registry[i]->name, bin_ns);
    }
    try_format(data, size_bytes, NULL, bin_ns);
    return 0;
}
