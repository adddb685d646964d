/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/reader.h"

#include <string.h>

/* "csv, fta, skypilot" */
static void list_names(char *text, size_t room) {
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; ess_reader_registry[i] && used < room; i++) {
        used += (size_t)snprintf(
            text + used, room - used, "%s%s", i ? ", " : "", ess_reader_registry[i]->name);
    }
}

static const struct ess_reader_type *find_named(const char *format) {
    for (int i = 0; ess_reader_registry[i]; i++) {
        if (strcmp(ess_reader_registry[i]->name, format) == 0) {
            return ess_reader_registry[i];
        }
    }
    return NULL;
}

/* The surest one; of equally sure ones the first by name. */
static const struct ess_reader_type *find_by_bytes(const char *bytes, int64_t count) {
    const struct ess_reader_type *best = NULL;
    int best_score = 0;
    for (int i = 0; ess_reader_registry[i]; i++) {
        int score = ess_reader_registry[i]->recognise(bytes, count);
        if (score > best_score) {
            best = ess_reader_registry[i];
            best_score = score;
        }
    }
    return best;
}

static const struct ess_reader_type *choose(
    struct ess_trace_source *source, const char *format, struct ess_trace_error *error) {
    const struct ess_reader_type *reader;
    const char *bytes;
    char names[128];
    int64_t count = ess_trace_source_head(source, &bytes);
    if (count < 0) {
        return NULL;
    }
    if (count == 0) {
        ess_trace_fail(error, "an empty file", 13, "a trace");
        return NULL;
    }
    list_names(names, sizeof names);
    reader = format ? find_named(format) : find_by_bytes(bytes, count);
    if (!reader) {
        ess_trace_fail(error, format ? format : bytes,
            format       ? (int64_t)strlen(format)
            : count < 40 ? count
                         : 40,
            "%s of the formats %s", format ? "the name of one" : "the first bytes of one", names);
    }
    return reader;
}

static int read_source(struct ess_trace_source *source, const char *format, struct ess_trace *trace,
    struct ess_trace_error *error) {
    struct ess_trace_builder builder;
    const struct ess_reader_type *reader = choose(source, format, error);
    int status;
    if (!reader) {
        return -1;
    }
    ess_trace_builder_init(&builder, error);
    status = reader->read(source, &builder, error);
    if (status != 0) {
        error->line = source->line_number;
    } else {
        builder.repairs.truncated = source->truncated;
        status = ess_trace_builder_finish(&builder, trace);
        trace->format = status == 0 ? reader->name : NULL;
    }
    ess_trace_builder_fini(&builder);
    return status;
}

static void start(const char *name, struct ess_trace *trace, struct ess_trace_error *error) {
    memset(trace, 0, sizeof *trace);
    memset(error, 0, sizeof *error);
    snprintf(error->file, sizeof error->file, "%s", name);
}

int ess_trace_read(
    const char *path, const char *format, struct ess_trace *trace, struct ess_trace_error *error) {
    struct ess_trace_source source;
    int status;
    start(path, trace, error);
    if (ess_trace_source_open(&source, path, error) != 0) {
        return -1;
    }
    status = read_source(&source, format, trace, error);
    ess_trace_source_close(&source);
    return status;
}

int ess_trace_read_memory(const char *name, const void *bytes, int64_t byte_count,
    const char *format, struct ess_trace *trace, struct ess_trace_error *error) {
    struct ess_trace_source source;
    start(name, trace, error);
    ess_trace_source_open_memory(&source, bytes, byte_count, error);
    return read_source(&source, format, trace, error);
}
