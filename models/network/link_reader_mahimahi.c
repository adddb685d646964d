/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/link_reader.h"

#include <string.h>

/* Mahimahi's packet-delivery traces: one whole number a line, the millisecond at which one packet
 * of 1500 bytes may cross; equal ones repeat; the last line is also where the trace begins again
 * (Netravali et al., USENIX ATC 2015, section 3; mahimahi(1), mm-link). An opportunity at
 * millisecond t is counted in (t - 1, t], those at 0 in the first millisecond, so that a turn
 * carries 1500 bytes for every line.
 *
 * Opportunities become a rate: those of each `bin` over its length (the last may be shorter), so
 * bytes per bin are exact and what happens within a bin is smoothed. A bin of 1 ms keeps all that
 * the file says and costs an event a millisecond. */

#define PACKET_BYTES 1500.0
#define MILLISECOND 1000000

/* The packets of the bin that is being filled. */
struct bin {
    int64_t length_ns, index;
    int64_t packets;
};

static int64_t whole(const char *text, int64_t bytes) {
    int64_t value = 0;
    for (int64_t i = 0; i < bytes; i++) {
        if (text[i] < '0' || text[i] > '9' || value > ESS_TRACE_SECONDS_MAX * 1000) {
            return -1;
        }
        value = 10 * value + (text[i] - '0');
    }
    return bytes == 0 || value > ESS_TRACE_SECONDS_MAX * 1000 ? -1 : value;
}

/* The bin is over at `end_ns`, its own end or that of the trace. */
static int close_bin(struct ess_link_builder *builder, struct bin *bin, int64_t end_ns) {
    int64_t start_ns = bin->index * bin->length_ns;
    double rate = (double)bin->packets * PACKET_BYTES / (1e-9 * (double)(end_ns - start_ns));
    bin->packets = 0;
    return ess_link_builder_step(builder, start_ns, rate, ESS_LINK_DELAY_OWN);
}

static int move_to(struct ess_link_builder *builder, struct bin *bin, int64_t index) {
    if (index == bin->index) {
        return 0;
    }
    if (close_bin(builder, bin, (bin->index + 1) * bin->length_ns) != 0) {
        return -1;
    }
    bin->index++;
    if (index > bin->index) { /* silence until then is one step */
        if (ess_link_builder_step(builder, bin->index * bin->length_ns, 0, ESS_LINK_DELAY_OWN) !=
            0) {
            return -1;
        }
        bin->index = index;
    }
    return 0;
}

static int take_line(struct ess_link_builder *builder, struct bin *bin, const char *line,
    int64_t bytes, int64_t *last_ms) {
    int64_t at_ms = whole(line, bytes);
    int64_t at_ns = at_ms * MILLISECOND;
    if (at_ms < 0) {
        return ess_trace_fail(builder->error, line, bytes,
            "a whole number of milliseconds from 0 to 4e12, and nothing else");
    }
    if (at_ms < *last_ms) {
        char found[64];
        int length = snprintf(
            found, sizeof found, "%lld ms after %lld ms", (long long)at_ms, (long long)*last_ms);
        return ess_trace_fail(builder->error, found, length, "a clock that does not go backwards");
    }
    if (move_to(builder, bin, at_ns > 0 ? (at_ns - 1) / bin->length_ns : 0) != 0) {
        return -1;
    }
    bin->packets++;
    builder->rows_read++;
    *last_ms = at_ms;
    return 0;
}

static int read_all(
    struct ess_trace_source *source, int64_t bin_ns, struct ess_link_builder *builder) {
    struct bin bin = {.length_ns = bin_ns};
    int64_t last_ms = 0, bytes;
    const char *line;
    double rate;
    while ((bytes = ess_trace_source_line(source, &line)) >= 0) {
        if (take_line(builder, &bin, line, bytes, &last_ms) != 0) {
            return -1;
        }
    }
    if (bytes != -1) {
        return -1;
    }
    if (last_ms == 0) {
        return ess_trace_fail(
            builder->error, "the end at 0 ms", 15, "a last line after the first millisecond");
    }
    if (close_bin(builder, &bin, last_ms * MILLISECOND) != 0) {
        return -1;
    }
    rate = builder->steps[builder->count - 1].bytes_per_s;
    return ess_link_builder_step(builder, last_ms * MILLISECOND, rate, ESS_LINK_DELAY_OWN);
}

static int recognise(const char *bytes, int64_t count) {
    const char *feed = count > 0 ? memchr(bytes, '\n', (size_t)count) : NULL;
    int64_t length = feed ? feed - bytes : count;
    length -= length > 0 && bytes[length - 1] == '\r';
    return whole(bytes, length) >= 0 ? 70 : 0;
}

const struct ess_link_reader_type ess_link_reader_mahimahi = {
    .name = "mahimahi",
    .summary = "packet deliveries: one millisecond a line at which 1500 bytes may cross, plain or "
               "gzip; averaged over `bin`",
    .source = "Netravali et al., Mahimahi, USENIX ATC 2015; mm-link(1)",
    .uses_bin = true,
    .recognise = recognise,
    .read = read_all,
};
