/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/text.h"

#include <string.h>
#include <strings.h>

static int is_blank(char c) {
    return c == ' ' || c == '\t';
}

struct ess_text ess_text_trim(const char *at, int64_t bytes) {
    while (bytes > 0 && is_blank(at[0])) {
        at++;
        bytes--;
    }
    while (bytes > 0 && is_blank(at[bytes - 1])) {
        bytes--;
    }
    return (struct ess_text){at, bytes};
}

int ess_text_split(
    const char *line, int64_t bytes, char separator, struct ess_text *fields, int room) {
    int count = 0;
    int64_t start = 0;
    for (int64_t i = 0; i <= bytes; i++) {
        if (i < bytes && line[i] != separator) {
            continue;
        }
        if (count < room) {
            fields[count] = ess_text_trim(line + start, i - start);
        }
        count++;
        start = i + 1;
    }
    return count;
}

int ess_text_columns(const char *line, int64_t bytes, struct ess_text *fields, int room) {
    int count = 0;
    int64_t i = 0;
    for (;;) {
        int64_t start;
        while (i < bytes && is_blank(line[i])) {
            i++;
        }
        if (i == bytes) {
            return count;
        }
        start = i;
        while (i < bytes && !is_blank(line[i])) {
            i++;
        }
        if (count < room) {
            fields[count] = (struct ess_text){line + start, i - start};
        }
        count++;
    }
}

int ess_text_is(struct ess_text field, const char *word) {
    return field.bytes == (int64_t)strlen(word) &&
           strncasecmp(field.at, word, (size_t)field.bytes) == 0;
}

/* Length of the UTF-8 sequence at bytes[0], or 0 where it is not a valid one (RFC 3629). */
static int64_t sequence_length(const unsigned char *bytes, int64_t count) {
    static const unsigned least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned first = bytes[0];
    int64_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    unsigned point = length < 2 ? first : first & (0xffU >> (length + 1));
    if (length == 0 || length > count || first > 0xf4) {
        return 0;
    }
    for (int64_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (bytes[i] & 0x3f);
    }
    if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
        return 0;
    }
    return length;
}

int ess_text_is_plain(const char *bytes, int64_t count) {
    const unsigned char *at = (const unsigned char *)bytes;
    int64_t i = 0;
    while (i < count) {
        int64_t length = sequence_length(at + i, count - i);
        if (length == 0 || at[i] < ' ' || at[i] == 0x7f) {
            return 0;
        }
        i += length;
    }
    return 1;
}

int64_t ess_text_first_row(const char *bytes, int64_t count, const char **row) {
    int64_t start = 0;
    while (start < count) {
        const char *end = memchr(bytes + start, '\n', (size_t)(count - start));
        int64_t length = end ? end - (bytes + start) : count - start;
        struct ess_text line;
        if (length > 0 && bytes[start + length - 1] == '\r') {
            length--;
        }
        line = ess_text_trim(bytes + start, length);
        if (line.bytes > 0 && line.at[0] != '#') {
            *row = line.at;
            return line.bytes;
        }
        start = end ? end - bytes + 1 : count;
    }
    return -1;
}
