/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/number.h"
#include "models/availability/reader.h"

#include <stdlib.h>
#include <string.h>

/* SkyPilot's spot traces: {"metadata":{"gap_seconds":G},"data":[n0,n1,...]}, n_i instances alive at
 * tick i.
 *
 * Our reading: host k is up during [i G, (i + 1) G) when n_i > k. The file has counts, not names,
 * so which instance went is not known; under this reading the one with the highest number always
 * goes first, and low numbers live longest. (The random mapping spreads that over the simulated
 * hosts.) A sample that is missing or impossible (null, NaN, negative, fractional) counts as 0
 * instances, and is counted as a bad number.
 *
 * The scanner takes bytes one at a time, and keeps the changes of the count only: these files are
 * one long array, for which a tree with a node of 64 bytes a number would cost a hundred times the
 * samples. It is strict: RFC 8259 but for the NaN and Infinity that Python writes; members that we
 * do not know are read over, whatever they hold; known ones may not come twice. */

#define DEPTH_MAX 32
#define TOKEN_BYTES_MAX 64
#define INSTANCES_MAX 4096
#define GAP_NS_MAX INT64_C(1000000000000000) /* 10^6 s */
#define ENDED (-1)                           /* what byte() says at the end of the text */

struct change {
    int64_t tick;
    int32_t count; /* from this tick on */
};

struct scanner {
    struct ess_trace_source *source;
    struct ess_trace_error *error;
    struct ess_trace_builder *builder;
    struct change *changes;
    int64_t change_count, change_capacity;
    int64_t ticks;  /* whole samples */
    int64_t gap_ns; /* 0 until it is read */
    int metadata_seen, data_seen, gap_seen;
    int torn; /* the text stopped in the middle */
    int next; /* the byte ahead, ENDED, or -2 after an error of the source */
    char token[TOKEN_BYTES_MAX + 1];
    int64_t token_bytes;
};

static void advance(struct scanner *s) {
    s->next = ess_trace_source_byte(s->source);
}

static int fail(struct scanner *s, const char *expected) {
    char found = (char)s->next;
    if (s->next == -2) {
        return -1;
    }
    if (s->next == ENDED) {
        s->torn = 1;
        return ess_trace_fail(s->error, "end of file", 11, "%s", expected);
    }
    return ess_trace_fail(s->error, &found, 1, "%s", expected);
}

static void skip_blanks(struct scanner *s) {
    while (s->next == ' ' || s->next == '\t' || s->next == '\n' || s->next == '\r') {
        advance(s);
    }
}

static int take(struct scanner *s, char wanted) {
    char expected[8] = {'\'', wanted, '\'', 0};
    skip_blanks(s);
    if (s->next != wanted) {
        return fail(s, expected);
    }
    advance(s);
    return 0;
}

static int is_hex(int byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
           (byte >= 'A' && byte <= 'F');
}

/* After a backslash. The escape is kept out of the token: no key that we know has one. */
static int read_escape(struct scanner *s) {
    if (s->next == 'u') {
        for (int i = 0; i < 4; i++) {
            advance(s);
            if (!is_hex(s->next)) {
                return fail(s, "four hexadecimal digits");
            }
        }
    } else if (s->next <= 0 || !strchr("\"\\/bfnrt", s->next)) {
        return fail(s, "an escape of JSON");
    }
    s->token_bytes = TOKEN_BYTES_MAX + 1;
    advance(s);
    return 0;
}

/* A string into `token`; one too long for it is read over and equals no key. */
static int read_string(struct scanner *s) {
    s->token_bytes = 0;
    if (take(s, '"') != 0) {
        return -1;
    }
    while (s->next != '"') {
        if (s->next < ' ') {
            return fail(s, "the end of a string");
        }
        if (s->next == '\\') {
            advance(s);
            if (read_escape(s) != 0) {
                return -1;
            }
            continue;
        }
        if (s->token_bytes < TOKEN_BYTES_MAX) {
            s->token[s->token_bytes] = (char)s->next;
        }
        s->token_bytes += s->token_bytes <= TOKEN_BYTES_MAX;
        advance(s);
    }
    advance(s);
    return 0;
}

static int token_is(const struct scanner *s, const char *word) {
    return s->token_bytes == (int64_t)strlen(word) &&
           memcmp(s->token, word, (size_t)s->token_bytes) == 0;
}

static int is_bare(int byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '+' || byte == '-' || byte == '.';
}

static int token_is_word(const struct scanner *s) {
    static const char *const words[] = {
        "true", "false", "null", "NaN", "Infinity", "-Infinity", NULL};
    for (int i = 0; words[i]; i++) {
        if (token_is(s, words[i])) {
            return 1;
        }
    }
    return 0;
}

/* JSON's own number: no sign +, no leading zero, digits on both sides of a point. */
static int token_is_number(const struct scanner *s) {
    const char *at = s->token + (s->token[0] == '-');
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || (digits > 1 && at[0] == '0')) {
        return 0;
    }
    at += digits;
    if (*at == '.') {
        digits = strspn(at + 1, "0123456789");
        if (digits == 0) {
            return 0;
        }
        at += digits + 1;
    }
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        digits = strspn(at, "0123456789");
        at = digits ? at + digits : "?";
    }
    return *at == 0;
}

/* A number or a bare word into `token`. */
static int read_bare(struct scanner *s) {
    s->token_bytes = 0;
    skip_blanks(s);
    if (!is_bare(s->next)) {
        return fail(s, "a value");
    }
    while (is_bare(s->next)) {
        if (s->token_bytes == TOKEN_BYTES_MAX) {
            return ess_trace_fail(
                s->error, s->token, s->token_bytes, "numbers of at most %d bytes", TOKEN_BYTES_MAX);
        }
        s->token[s->token_bytes++] = (char)s->next;
        advance(s);
    }
    s->token[s->token_bytes] = 0;
    if (s->next == ENDED || s->next == -2) {
        return fail(s, "a whole number"); /* it may go on: not a whole sample */
    }
    if (!token_is_word(s) && !token_is_number(s)) {
        return ess_trace_fail(s->error, s->token, s->token_bytes, "a number");
    }
    return 0;
}

typedef int read_member(struct scanner *s, int depth);

static int skip_value(struct scanner *s, int depth);

/* {"key": value, ...}; `member` is called behind each colon with the key in `token`. */
static int read_object(struct scanner *s, int depth, read_member *member) {
    if (depth > DEPTH_MAX) {
        return fail(s, "values nested at most 32 deep");
    }
    if (take(s, '{') != 0) {
        return -1;
    }
    skip_blanks(s);
    if (s->next == '}') {
        advance(s);
        return 0;
    }
    for (;;) {
        if (read_string(s) != 0 || take(s, ':') != 0 || member(s, depth) != 0) {
            return -1;
        }
        skip_blanks(s);
        if (s->next != ',') {
            return take(s, '}');
        }
        advance(s);
    }
}

/* [value, ...]; `element` is called at each value. */
static int read_array(struct scanner *s, int depth, read_member *element) {
    if (depth > DEPTH_MAX) {
        return fail(s, "values nested at most 32 deep");
    }
    if (take(s, '[') != 0) {
        return -1;
    }
    skip_blanks(s);
    if (s->next == ']') {
        advance(s);
        return 0;
    }
    for (;;) {
        if (element(s, depth) != 0) {
            return -1;
        }
        skip_blanks(s);
        if (s->next != ',') {
            return take(s, ']');
        }
        advance(s);
    }
}

static int skip_value(struct scanner *s, int depth) {
    skip_blanks(s);
    if (s->next == '{') {
        return read_object(s, depth + 1, skip_value);
    }
    if (s->next == '[') {
        return read_array(s, depth + 1, skip_value);
    }
    return s->next == '"' ? read_string(s) : read_bare(s);
}

static int once(struct scanner *s, int *seen) {
    if (*seen) {
        return ess_trace_fail(s->error, s->token, s->token_bytes, "that member only once");
    }
    *seen = 1;
    return 0;
}

static int metadata_member(struct scanner *s, int depth) {
    if (!token_is(s, "gap_seconds")) {
        return skip_value(s, depth);
    }
    if (once(s, &s->gap_seen) != 0 || read_bare(s) != 0) {
        return -1;
    }
    if (ess_trace_seconds(s->token, s->token_bytes, &s->gap_ns) != ESS_TRACE_NUMBER_GOOD ||
        s->gap_ns < 1 || s->gap_ns > GAP_NS_MAX) {
        return ess_trace_fail(
            s->error, s->token, s->token_bytes, "gap_seconds above 0, at most 10^6");
    }
    return 0;
}

static int add_change(struct scanner *s, int32_t count) {
    if (s->change_count == s->change_capacity) {
        int64_t wanted = s->change_capacity ? 2 * s->change_capacity : 64;
        struct change *grown = realloc(s->changes, (size_t)wanted * sizeof *grown);
        if (!grown) {
            return ess_trace_fail(s->error, "no memory left", 14, "a smaller trace");
        }
        s->changes = grown;
        s->change_capacity = wanted;
    }
    s->changes[s->change_count++] = (struct change){s->ticks, count};
    return 0;
}

/* A count is a whole number of seconds to the number reader: same digits, times 10^9. */
static int data_element(struct scanner *s, int depth) {
    const int64_t unit = 1000000000;
    int64_t count = 0;
    (void)depth;
    if (read_bare(s) != 0) {
        return -1;
    }
    if (ess_trace_seconds(s->token, s->token_bytes, &count) != ESS_TRACE_NUMBER_GOOD ||
        count % unit != 0) {
        s->builder->repairs.bad_numbers++;
        count = 0;
    }
    count /= unit;
    if (count > INSTANCES_MAX) {
        return ess_trace_fail(
            s->error, s->token, s->token_bytes, "at most %d instances", INSTANCES_MAX);
    }
    if (s->change_count == 0 || s->changes[s->change_count - 1].count != count) {
        if (add_change(s, (int32_t)count) != 0) {
            return -1;
        }
    }
    s->ticks++;
    return 0;
}

static int top_member(struct scanner *s, int depth) {
    if (token_is(s, "metadata")) {
        return once(s, &s->metadata_seen) != 0 ? -1 : read_object(s, depth + 1, metadata_member);
    }
    if (token_is(s, "data")) {
        return once(s, &s->data_seen) != 0 ? -1 : read_array(s, depth + 1, data_element);
    }
    return skip_value(s, depth);
}

static int read_document(struct scanner *s) {
    advance(s);
    if (read_object(s, 1, top_member) != 0) {
        return -1;
    }
    skip_blanks(s);
    return s->next == ENDED ? 0 : fail(s, "nothing after the closing brace");
}

/* Host k is up while the count is above k: it starts where the count rises past k, ends where it
 * falls to k again. `start` holds the tick at which each host that is up came up. */
static int add_rows(struct scanner *s, int64_t *start) {
    int32_t up = 0;
    for (int64_t i = 0; i <= s->change_count; i++) {
        int last = i == s->change_count;
        int64_t tick = last ? s->ticks : s->changes[i].tick;
        int32_t count = last ? 0 : s->changes[i].count;
        while (up < count && up < INSTANCES_MAX) {
            start[up++] = tick;
        }
        while (up > count) {
            int64_t from_ns = start[--up] * s->gap_ns;
            if (ess_trace_builder_row(s->builder, up, 1, from_ns, tick * s->gap_ns) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int add_hosts(struct scanner *s) {
    int32_t most = 0;
    char name[32];
    for (int64_t i = 0; i < s->change_count; i++) {
        most = s->changes[i].count > most ? s->changes[i].count : most;
    }
    for (int32_t host = 0; host < most; host++) {
        int length = snprintf(name, sizeof name, "instance-%d", (int)host);
        if (ess_trace_builder_host(s->builder, name, length) != host) {
            return -1;
        }
    }
    return 0;
}

static int emit(struct scanner *s) {
    int64_t start[INSTANCES_MAX] = {0};
    if (s->gap_ns == 0 || s->ticks == 0) {
        const char *missing = s->gap_ns > 0 ? "samples in data" : "gap_seconds in metadata";
        return ess_trace_fail(s->error, "none", 4, "%s", missing);
    }
    if (s->ticks > ESS_TRACE_SECONDS_MAX * 1000000000 / s->gap_ns) {
        return ess_trace_fail(s->error, "a longer trace", 14, "at most 4 * 10^9 s");
    }
    s->builder->rows_read = s->ticks;
    if (ess_trace_builder_window(s->builder, 0, s->ticks * s->gap_ns) != 0 || add_hosts(s) != 0) {
        return -1;
    }
    return add_rows(s, start);
}

static int read_all(struct ess_trace_source *source, struct ess_trace_builder *builder,
    struct ess_trace_error *error) {
    struct scanner s;
    int status;
    memset(&s, 0, sizeof s);
    s.source = source;
    s.error = error;
    s.builder = builder;
    status = read_document(&s);
    /* A file that stops in the middle keeps its whole samples. */
    if (s.torn && s.gap_ns > 0 && s.ticks > 0) {
        source->truncated = 1;
        status = 0;
    }
    if (status == 0) {
        status = emit(&s);
    }
    free(s.changes);
    return status;
}

static int holds(const char *bytes, int64_t count, const char *word) {
    int64_t length = (int64_t)strlen(word);
    for (int64_t i = 0; i + length <= count; i++) {
        if (memcmp(bytes + i, word, (size_t)length) == 0) {
            return 1;
        }
    }
    return 0;
}

static int recognise(const char *bytes, int64_t count) {
    int64_t at = 0;
    while (at < count && strchr(" \t\r\n", bytes[at]) && bytes[at]) {
        at++;
    }
    if (at == count || bytes[at] != '{') {
        return 0;
    }
    return holds(bytes, count, "\"gap_seconds\"") || holds(bytes, count, "\"data\"") ? 95 : 20;
}

const struct ess_reader_type ess_reader_skypilot = {
    "skypilot",
    "SkyPilot spot counts a tick (JSON), plain or gzip; host k is up while the count is above k, "
    "so "
    "which instance went is assumed: always the last; at most 4096 instances",
    "Wu et al., Can't Be Late, NSDI 2024; github.com/skypilot-org/spot-traces",
    recognise,
    read_all,
};
