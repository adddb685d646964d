/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/link_trace.h"

#include <stdlib.h>
#include <string.h>

#include "models/availability/number.h"
#include "models/network/link_reader.h"

/* ---- building ---------------------------------------------------------------------------------
 */

static int make_room(struct ess_link_builder *builder) {
    int64_t capacity = builder->capacity ? 2 * builder->capacity : 256;
    struct ess_link_step *larger;
    if (builder->count < builder->capacity) {
        return 0;
    }
    if (builder->count == ESS_LINK_STEPS_MAX) {
        return ess_trace_fail(
            builder->error, "more", 4, "at most %lld steps", (long long)ESS_LINK_STEPS_MAX);
    }
    larger = realloc(builder->steps, (size_t)capacity * sizeof *larger);
    if (!larger) {
        return ess_trace_fail(builder->error, "no memory", 9, "room for the steps of the trace");
    }
    builder->steps = larger;
    builder->capacity = capacity;
    return 0;
}

/* The step that ends the trace may equal the one before it; all others that do are left out, which
 * take_end() sees to by keeping the last one apart until it is known not to be the end. */
static bool changes_nothing(const struct ess_link_builder *builder) {
    const struct ess_link_step *last = &builder->steps[builder->count - 1];
    return builder->count >= 2 && last[-1].bytes_per_s == last->bytes_per_s &&
           last[-1].delay_ns == last->delay_ns;
}

int ess_link_builder_step(
    struct ess_link_builder *builder, int64_t start_ns, double bytes_per_s, int64_t delay_ns) {
    char found[64];
    int length;
    if (builder->count > 0 && start_ns <= builder->steps[builder->count - 1].start_ns) {
        length = snprintf(found, sizeof found, "%.9g s after %.9g s", 1e-9 * (double)start_ns,
            1e-9 * (double)builder->steps[builder->count - 1].start_ns);
        return ess_trace_fail(
            builder->error, found, length, "a clock that goes forwards, counted from its start");
    }
    if (bytes_per_s > ESS_LINK_RATE_MAX) {
        length = snprintf(found, sizeof found, "%.6g bytes/s", bytes_per_s);
        return ess_trace_fail(builder->error, found, length, "a rate of at most 10 Tbit/s");
    }
    if (builder->count > 0 && changes_nothing(builder)) {
        builder->count--;
    }
    if (make_room(builder) != 0) {
        return -1;
    }
    builder->steps[builder->count++] = (struct ess_link_step){start_ns, bytes_per_s, delay_ns};
    return 0;
}

int ess_link_decimal(struct ess_link_builder *builder, struct ess_text field, const char *what,
    int64_t *billionths) {
    if (ess_trace_seconds(field.at, field.bytes, billionths) == ESS_TRACE_NUMBER_GOOD) {
        return 0;
    }
    return ess_trace_fail(
        builder->error, field.at, field.bytes, "%s, a decimal number from 0 to 4e9", what);
}

static int finish(struct ess_link_builder *builder, struct ess_link_trace *trace) {
    if (builder->count < 2) {
        return ess_trace_fail(builder->error, builder->count ? "one row" : "no row",
            7 - !builder->count, "at least two rows: the last one says where the trace ends");
    }
    trace->steps = builder->steps;
    trace->step_count = builder->count - 1;
    trace->length_ns = builder->steps[builder->count - 1].start_ns;
    trace->rows_read = builder->rows_read;
    builder->steps = NULL;
    return 0;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

const struct ess_link_reader_type *ess_link_reader_find(const char *name) {
    for (int i = 0; ess_link_reader_registry[i]; i++) {
        if (strcmp(ess_link_reader_registry[i]->name, name) == 0) {
            return ess_link_reader_registry[i];
        }
    }
    return NULL;
}

/* The surest one; of equally sure ones the first by name. */
static const struct ess_link_reader_type *find_by_bytes(const char *bytes, int64_t count) {
    const struct ess_link_reader_type *best = NULL;
    int best_score = 0;
    for (int i = 0; ess_link_reader_registry[i]; i++) {
        int score = ess_link_reader_registry[i]->recognise(bytes, count);
        if (score > best_score) {
            best = ess_link_reader_registry[i];
            best_score = score;
        }
    }
    return best;
}

static const struct ess_link_reader_type *choose(
    struct ess_trace_source *source, const char *format, struct ess_trace_error *error) {
    const struct ess_link_reader_type *reader;
    const char *bytes, *found;
    char names[128] = "";
    size_t used = 0;
    int64_t count = ess_trace_source_head(source, &bytes);
    if (count < 0) {
        return NULL;
    }
    if (count == 0) {
        ess_trace_fail(error, "an empty file", 13, "a link trace");
        return NULL;
    }
    for (int i = 0; ess_link_reader_registry[i] && used < sizeof names; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
            ess_link_reader_registry[i]->name);
    }
    reader = format ? ess_link_reader_find(format) : find_by_bytes(bytes, count);
    if (!reader) {
        found = format ? format : bytes;
        count = format ? (int64_t)strlen(format) : count < 40 ? count : 40;
        ess_trace_fail(error, found, count, "%s of the link formats %s",
            format ? "the name of one" : "the first bytes of one", names);
    }
    return reader;
}

static int read_whole(struct ess_trace_source *source, const struct ess_link_reader_type *reader,
    int64_t bin_ns, struct ess_link_builder *builder) {
    if (reader->read(source, bin_ns, builder) != 0) {
        return -1;
    }
    if (source->truncated) {
        return ess_trace_fail(builder->error, "a file that stops in the middle", 31,
            "a whole file, whose last line ends with a line feed");
    }
    return 0;
}

static int read_source(struct ess_trace_source *source, const char *format, int64_t bin_ns,
    struct ess_link_trace *trace, struct ess_trace_error *error) {
    struct ess_link_builder builder = {.error = error};
    const struct ess_link_reader_type *reader = choose(source, format, error);
    int status;
    if (!reader) {
        return -1;
    }
    status = read_whole(source, reader, bin_ns, &builder);
    if (status == 0) {
        status = finish(&builder, trace);
    }
    if (status == 0) {
        trace->format = reader->name;
    } else {
        error->line = source->line_number;
    }
    free(builder.steps);
    return status;
}

static void start(const char *name, struct ess_link_trace *trace, struct ess_trace_error *error) {
    memset(trace, 0, sizeof *trace);
    memset(error, 0, sizeof *error);
    snprintf(error->file, sizeof error->file, "%s", name);
}

int ess_link_trace_read(const char *path, const char *format, int64_t bin_ns,
    struct ess_link_trace *trace, struct ess_trace_error *error) {
    struct ess_trace_source source;
    int status;
    start(path, trace, error);
    if (ess_trace_source_open(&source, path, error) != 0) {
        return -1;
    }
    status = read_source(&source, format, bin_ns, trace, error);
    ess_trace_source_close(&source);
    return status;
}

int ess_link_trace_read_memory(const char *name, const void *bytes, int64_t byte_count,
    const char *format, int64_t bin_ns, struct ess_link_trace *trace,
    struct ess_trace_error *error) {
    struct ess_trace_source source;
    start(name, trace, error);
    ess_trace_source_open_memory(&source, bytes, byte_count, error);
    return read_source(&source, format, bin_ns, trace, error);
}

void ess_link_trace_fini(struct ess_link_trace *trace) {
    free(trace->steps);
    memset(trace, 0, sizeof *trace);
}

double ess_link_trace_bytes(const struct ess_link_trace *trace) {
    double bytes = 0;
    for (int64_t i = 0; i < trace->step_count; i++) {
        const struct ess_link_step *step = &trace->steps[i];
        bytes += 1e-9 * (double)(step[1].start_ns - step->start_ns) * step->bytes_per_s;
    }
    return bytes;
}

static uint64_t add_to_hash(uint64_t hash, uint64_t word) {
    for (int shift = 0; shift < 64; shift += 8) {
        hash = (hash ^ (word >> shift & 0xff)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

uint64_t ess_link_trace_checksum(const struct ess_link_trace *trace) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int64_t i = 0; i <= trace->step_count; i++) {
        uint64_t rate;
        memcpy(&rate, &trace->steps[i].bytes_per_s, sizeof rate);
        hash = add_to_hash(hash, (uint64_t)trace->steps[i].start_ns);
        hash = add_to_hash(hash, rate);
        hash = add_to_hash(hash, (uint64_t)trace->steps[i].delay_ns);
    }
    return hash;
}
