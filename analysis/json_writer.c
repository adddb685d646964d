/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/json_writer.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/number_text.h"

/* The length of the UTF-8 sequence that starts at `text`, or 0 where it is not one (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). Never reads past the terminating NUL. */
static size_t sequence_length(const unsigned char *text) {
    unsigned char lead = text[0];
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead > 0xf4) {
        return 0;
    }
    if (lead == 0xe0) {
        low = 0xa0;
    } else if (lead == 0xed) {
        high = 0x9f;
    } else if (lead == 0xf0) {
        low = 0x90;
    } else if (lead == 0xf4) {
        high = 0x8f;
    }
    for (size_t i = 1; i < length; i++) {
        if (text[i] < low || text[i] > high) {
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

static void write_escaped(FILE *file, unsigned char c) {
    static const char names[] = "\"\"\\\\\nn\tt\rr\bb\ff"; /* pairs: character, its letter */
    for (size_t i = 0; i + 1 < sizeof names; i += 2) {
        if ((unsigned char)names[i] == c) {
            fprintf(file, "\\%c", names[i + 1]);
            return;
        }
    }
    if (c < 0x20 || c == 0x7f) {
        fprintf(file, "\\u%04x", c);
        return;
    }
    fputc(c, file);
}

static void write_quoted(FILE *file, const char *text) {
    fputc('"', file);
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        size_t length = sequence_length(at);
        if (length == 0) {
            fputs("\\ufffd", file);
            at++;
        } else if (length == 1) {
            write_escaped(file, *at++);
        } else {
            fwrite(at, 1, length, file);
            at += length;
        }
    }
    fputc('"', file);
}

static void new_line(struct ess_json_writer *json) {
    fputc('\n', json->file);
    for (unsigned i = 0; i < json->depth; i++) {
        fputs("  ", json->file);
    }
}

/* What comes before a member: a comma after its elder, then a line of its own or a space. */
static void before_member(struct ess_json_writer *json) {
    assert(json->depth > 0);
    bool occupied = json->open[json->depth - 1].occupied;
    bool flat = json->open[json->depth - 1].flat;
    json->open[json->depth - 1].occupied = true;
    if (occupied) {
        fputc(',', json->file);
    }
    if (!flat) {
        new_line(json);
    } else if (occupied) {
        fputc(' ', json->file);
    }
}

static void before_value(struct ess_json_writer *json) {
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->depth > 0) {
        assert(json->open[json->depth - 1].closing == ']');
        before_member(json);
    }
}

void ess_json_begin(struct ess_json_writer *json, FILE *file) {
    *json = (struct ess_json_writer){.file = file};
}

void ess_json_end(struct ess_json_writer *json) {
    assert(json->depth == 0);
    fputc('\n', json->file);
}

void ess_json_open(struct ess_json_writer *json, char bracket, bool flat) {
    assert(bracket == '{' || bracket == '[');
    assert(json->depth < ESS_JSON_DEPTH);
    before_value(json);
    bool inside_flat = json->depth > 0 && json->open[json->depth - 1].flat;
    json->open[json->depth].closing = bracket == '{' ? '}' : ']';
    json->open[json->depth].flat = flat || inside_flat;
    json->open[json->depth].occupied = false;
    json->depth++;
    fputc(bracket, json->file);
}

void ess_json_close(struct ess_json_writer *json) {
    assert(json->depth > 0);
    assert(!json->after_key);
    json->depth--;
    if (json->open[json->depth].occupied && !json->open[json->depth].flat) {
        new_line(json);
    }
    fputc(json->open[json->depth].closing, json->file);
}

void ess_json_key(struct ess_json_writer *json, const char *key) {
    assert(json->depth > 0);
    assert(json->open[json->depth - 1].closing == '}');
    assert(!json->after_key);
    before_member(json);
    write_quoted(json->file, key);
    fputs(": ", json->file);
    json->after_key = true;
}

void ess_json_string(struct ess_json_writer *json, const char *text) {
    if (text == NULL) {
        ess_json_null(json);
        return;
    }
    before_value(json);
    write_quoted(json->file, text);
}

void ess_json_number(struct ess_json_writer *json, double value) {
    char text[ESS_NUMBER_TEXT_BYTES];
    ess_json_raw(json, isfinite(value) ? ess_number_text(value, text) : "null");
}

void ess_json_unsigned(struct ess_json_writer *json, uint64_t value) {
    before_value(json);
    fprintf(json->file, "%" PRIu64, value);
}

void ess_json_boolean(struct ess_json_writer *json, bool value) {
    ess_json_raw(json, value ? "true" : "false");
}

void ess_json_null(struct ess_json_writer *json) {
    ess_json_raw(json, "null");
}

void ess_json_raw(struct ess_json_writer *json, const char *valid_json) {
    before_value(json);
    fputs(valid_json, json->file);
}

char *ess_json_quote(const char *text) {
    char *quoted = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&quoted, &size);
    if (stream == NULL) {
        return NULL;
    }
    write_quoted(stream, text);
    if (fclose(stream) != 0) {
        free(quoted);
        return NULL;
    }
    return quoted;
}
