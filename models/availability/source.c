/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

static int check_file(const char *path, struct ess_trace_error *error) {
    struct stat info;
    char size[32];
    if (stat(path, &info) != 0) {
        const char *reason = strerror(errno);
        return ess_trace_fail(error, reason, (int64_t)strlen(reason), "a readable file");
    }
    if (S_ISDIR(info.st_mode)) {
        return ess_trace_fail(error, "a folder", 8, "a trace file");
    }
    if (!S_ISREG(info.st_mode)) {
        return ess_trace_fail(error, "a device, pipe or socket", 24, "a regular trace file");
    }
    if (info.st_size > ESS_TRACE_FILE_BYTES_MAX) {
        int length = snprintf(size, sizeof size, "%lld bytes", (long long)info.st_size);
        return ess_trace_fail(
            error, size, length, "at most %lld bytes", (long long)ESS_TRACE_FILE_BYTES_MAX);
    }
    return 0;
}

static void reset(struct ess_trace_source *source, struct ess_trace_error *error) {
    source->file = NULL;
    source->buffer = source->storage;
    source->buffer_used = 0;
    source->buffer_at = 0;
    source->bytes_total = 0;
    source->line_number = 0;
    source->lines_ended = 0;
    source->truncated = 0;
    source->failed = 0;
    source->error = error;
}

int ess_trace_source_open(
    struct ess_trace_source *source, const char *path, struct ess_trace_error *error) {
    reset(source, error);
    if (check_file(path, error) != 0) {
        return -1;
    }
    source->file = gzopen(path, "rb");
    if (!source->file) {
        const char *reason = strerror(errno);
        return ess_trace_fail(error, reason, (int64_t)strlen(reason), "a readable file");
    }
    return 0;
}

void ess_trace_source_open_memory(struct ess_trace_source *source, const void *bytes,
    int64_t byte_count, struct ess_trace_error *error) {
    reset(source, error);
    source->buffer = bytes;
    source->buffer_used = byte_count;
}

void ess_trace_source_close(struct ess_trace_source *source) {
    if (source->file) {
        gzclose(source->file);
        source->file = NULL;
    }
}

static int fail(struct ess_trace_source *source, const char *found, const char *expected) {
    source->failed = 1;
    return ess_trace_fail(source->error, found, (int64_t)strlen(found), "%s", expected);
}

/* zlib gives what it could unpack and then reports Z_BUF_ERROR for a stream that stops in the
 * middle, which is a repair, not an error; a wrong check sum or impossible code (Z_DATA_ERROR) is
 * one. */
static int check_gzip(struct ess_trace_source *source) {
    int code;
    const char *message = gzerror(source->file, &code);
    if (code == Z_OK || code == Z_STREAM_END) {
        return 0;
    }
    if (code == Z_BUF_ERROR) {
        source->truncated = 1;
        return 0;
    }
    return fail(source, code == Z_ERRNO ? strerror(errno) : message, "a whole gzip or plain file");
}

/* Refill the buffer from the file. Returns the bytes that it holds now, 0 at the end, -1. */
static int64_t refill(struct ess_trace_source *source) {
    int got;
    source->buffer_at = 0;
    source->buffer_used = 0;
    if (!source->file || source->failed) {
        return source->failed ? -1 : 0;
    }
    got = gzread(source->file, source->storage, sizeof source->storage);
    if ((got <= 0 || gzeof(source->file)) && check_gzip(source) != 0) {
        return -1;
    }
    if (got <= 0) {
        return 0;
    }
    source->bytes_total += got;
    if (source->bytes_total > ESS_TRACE_FILE_BYTES_MAX) {
        fail(source, "more than that", "at most 1 GiB of uncompressed text");
        return -1;
    }
    source->buffer_used = got;
    return got;
}

int64_t ess_trace_source_head(struct ess_trace_source *source, const char **bytes) {
    if (source->buffer_used == 0 && refill(source) < 0) {
        return -1;
    }
    *bytes = (const char *)source->buffer;
    return source->buffer_used < ESS_TRACE_HEAD_BYTES ? source->buffer_used : ESS_TRACE_HEAD_BYTES;
}

int ess_trace_source_byte(struct ess_trace_source *source) {
    int byte;
    if (source->buffer_at == source->buffer_used) {
        int64_t got = refill(source);
        if (got <= 0) {
            return got < 0 ? -2 : -1;
        }
    }
    byte = source->buffer[source->buffer_at++];
    source->line_number = source->lines_ended + 1;
    source->lines_ended += byte == '\n';
    return byte;
}

/* Move bytes from the buffer to the line, up to and with a line feed. Returns how many. */
static int64_t take_piece(struct ess_trace_source *source, int64_t length) {
    const unsigned char *from = source->buffer + source->buffer_at;
    int64_t count = source->buffer_used - source->buffer_at;
    int64_t room = ESS_TRACE_LINE_BYTES_MAX + 1 - length;
    const unsigned char *feed;
    count = count < room ? count : room;
    feed = memchr(from, '\n', (size_t)count);
    count = feed ? feed - from + 1 : count;
    memcpy(source->line + length, from, (size_t)count);
    source->buffer_at += count;
    return count;
}

int64_t ess_trace_source_line(struct ess_trace_source *source, const char **line) {
    int64_t length = 0;
    source->line_number = source->lines_ended + 1;
    while (length == 0 || source->line[length - 1] != '\n') {
        if (length > ESS_TRACE_LINE_BYTES_MAX) {
            fail(source, "a longer line", "lines of at most 4096 bytes");
            return -2;
        }
        if (source->buffer_at == source->buffer_used) {
            int64_t got = refill(source);
            if (got <= 0) {
                source->truncated |= got == 0 && length > 0;
                return got < 0 ? -2 : -1;
            }
        }
        length += take_piece(source, length);
    }
    source->lines_ended++;
    length -= 1;
    if (memchr(source->line, 0, (size_t)length)) {
        fail(source, "a NUL byte", "text");
        return -2;
    }
    length -= length > 0 && source->line[length - 1] == '\r';
    source->line[length] = 0;
    *line = source->line;
    return length;
}
