/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/text_width.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

/* A byte 10xxxxxx goes on with the code point before it. */
static bool continues(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t ess_text_width(const char *text) {
    size_t width = 0;
    for (const char *at = text; *at != '\0'; at++) {
        width += !continues(*at);
    }
    return width;
}

static void put_visible(FILE *file, char byte) {
    bool control = (unsigned char)byte < 0x20 || byte == 0x7f;
    fputc(control ? '?' : byte, file);
}

static void put_spaces(FILE *file, size_t count) {
    for (size_t i = 0; i < count; i++) {
        fputc(' ', file);
    }
}

void ess_text_left(FILE *file, const char *text, size_t width) {
    size_t length = ess_text_width(text);
    size_t shown = length <= width ? length : width == 0 ? 0 : width - 1;
    size_t points = 0;
    for (const char *at = text; *at != '\0'; at++) {
        points += !continues(*at);
        if (points > shown) {
            break;
        }
        put_visible(file, *at);
    }
    if (shown < length && width > 0) {
        fputs("…", file);
    }
    put_spaces(file, length < width ? width - length : 0);
}

void ess_text_right(FILE *file, const char *text, size_t width) {
    size_t length = ess_text_width(text);
    put_spaces(file, length < width ? width - length : 0);
    for (const char *at = text; *at != '\0'; at++) {
        put_visible(file, *at);
    }
}

void ess_text_wrapped(FILE *file, const char *text, size_t width, size_t indent) {
    size_t column = 0;
    const char *at = text;
    while (*at != '\0') {
        const char *end = at;
        size_t word = 0;
        while (*end != '\0' && *end != ' ') {
            word += !continues(*end);
            end++;
        }
        if (column > indent && column + 1 + word > width) {
            fputc('\n', file);
            put_spaces(file, indent);
            column = indent;
        } else if (at != text) {
            fputc(' ', file);
            column++;
        }
        for (; at < end; at++) {
            put_visible(file, *at);
        }
        column += word;
        at = *end == ' ' ? end + 1 : end;
    }
    fputc('\n', file);
}

void ess_text_wrapped_format(FILE *file, size_t width, size_t indent, const char *format, ...) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    if (stream == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stream, format, arguments);
    va_end(arguments);
    if (fclose(stream) == 0) {
        ess_text_wrapped(file, text, width, indent);
    }
    free(text);
}
