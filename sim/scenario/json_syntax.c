/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/json_syntax.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/utf8.h"

#define INTEGER_MAX 9007199254740992.0 /* 2^53 */
#define EXCERPT_BEFORE 60              /* bytes of the line shown before the caret */
#define EXCERPT_AFTER 20

struct scanner {
    const char *text;
    size_t bytes;
    size_t at;
    const char *file;
    struct ess_diagnostics *diagnostics;
    size_t refused; /* errors that did not stop the scan */
    char open[ESS_JSON_NESTING_MAX];
    size_t depth;
};

/* ---- Telling where ---- */

static size_t line_start(const struct scanner *scanner, size_t at) {
    while (at > 0 && scanner->text[at - 1] != '\n')
        at--;
    return at;
}

/* The line around `at` and a caret below it, four columns to the right. */
static void write_excerpt(const struct scanner *scanner, size_t at, char excerpt[512]) {
    size_t begin = line_start(scanner, at);
    if (at - begin > EXCERPT_BEFORE)
        begin = at - EXCERPT_BEFORE;
    size_t used = (size_t)snprintf(excerpt, 512, "    ");
    size_t caret = 4;
    for (size_t i = begin; i < scanner->bytes && i < at + EXCERPT_AFTER;) {
        char letter = scanner->text[i];
        if (letter == '\n')
            break;
        size_t sequence = ess_utf8_sequence(scanner->text + i, scanner->bytes - i);
        bool control = (unsigned char)letter < 0x20 || letter == 0x7F;
        caret += i < at;
        if (sequence == 0 || control) {
            excerpt[used++] = letter == '\t' ? ' ' : '?';
            i++;
            continue;
        }
        memcpy(excerpt + used, scanner->text + i, sequence);
        used += sequence;
        i += sequence;
    }
    snprintf(excerpt + used, 512 - used, "\n%*s^", (int)caret, "");
}

static size_t count_lines(const struct scanner *scanner, size_t at) {
    size_t lines = 1;
    for (size_t i = 0; i < at; i++)
        lines += scanner->text[i] == '\n';
    return lines;
}

static size_t count_column(const struct scanner *scanner, size_t at) {
    size_t column = 1;
    for (size_t i = line_start(scanner, at); i < at; i++)
        column += ((unsigned char)scanner->text[i] & 0xC0) != 0x80;
    return column;
}

static void complain(struct scanner *scanner, size_t at, const char *expected, const char *found) {
    char place[64], excerpt[512];
    snprintf(place, sizeof place, "%zu:%zu", count_lines(scanner, at), count_column(scanner, at));
    write_excerpt(scanner, at, excerpt);
    ess_diagnostics_add(scanner->diagnostics, scanner->file, place, expected, found, NULL, excerpt);
}

/* What stands at the scanner's place, for a message. */
static const char *found_here(const struct scanner *scanner, char buffer[32]) {
    if (scanner->at >= scanner->bytes)
        return "the end of the file";
    const char *here = scanner->text + scanner->at;
    unsigned char first = (unsigned char)here[0];
    if (first == '\n' || first == '\r')
        return "the end of the line";
    if (first < 0x20 || first == 0x7F) {
        snprintf(buffer, 32, "the control character 0x%02X", first);
        return first == 0 ? "a NUL byte" : buffer;
    }
    size_t sequence = ess_utf8_sequence(here, scanner->bytes - scanner->at);
    if (sequence == 0)
        snprintf(buffer, 32, "the byte 0x%02X", first);
    else if (first == '"')
        snprintf(buffer, 32, "a string");
    else
        snprintf(buffer, 32, "\"%.*s\"", (int)sequence, here);
    return buffer;
}

static bool stop(struct scanner *scanner, const char *expected) {
    char buffer[32];
    complain(scanner, scanner->at, expected, found_here(scanner, buffer));
    return false;
}

/* ---- The grammar ---- */

static char peek(const struct scanner *scanner) {
    return scanner->at < scanner->bytes ? scanner->text[scanner->at] : '\0';
}

static void skip_blanks(struct scanner *scanner) {
    while (scanner->at < scanner->bytes && strchr(" \t\r\n", scanner->text[scanner->at]) != NULL &&
           scanner->text[scanner->at] != '\0')
        scanner->at++;
}

static bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

static size_t skip_digits(struct scanner *scanner) {
    size_t start = scanner->at;
    while (is_digit(peek(scanner)))
        scanner->at++;
    return scanner->at - start;
}

/* A number that is JSON but not safe: said, and the scan goes on. */
static void judge_number(struct scanner *scanner, size_t start, bool whole) {
    char digits[ESS_JSON_NUMBER_BYTES_MAX + 1];
    size_t length = scanner->at - start;
    bool too_long = length > ESS_JSON_NUMBER_BYTES_MAX;
    memcpy(digits, scanner->text + start, too_long ? 20 : length);
    snprintf(digits + (too_long ? 20 : length), 4, "%s", too_long ? "..." : "");
    double value = strtod(digits, NULL);
    const char *expected = NULL;
    if (too_long)
        expected = "a number of at most 60 characters";
    else if (!isfinite(value))
        expected = "a finite number (at most 1.8e308)";
    else if (whole &&
             (fabs(value) > INTEGER_MAX ||
                 (fabs(value) == INTEGER_MAX && strstr(digits, "9007199254740992") == NULL)))
        expected = "a whole number of at most 9007199254740992 (2^53; write a larger seed as a "
                   "string)";
    if (expected == NULL)
        return;
    complain(scanner, start, expected, digits);
    scanner->refused++;
}

static bool scan_number(struct scanner *scanner) {
    size_t start = scanner->at;
    scanner->at += peek(scanner) == '-';
    bool leading_zero = peek(scanner) == '0';
    size_t digits = skip_digits(scanner);
    if (digits == 0)
        return stop(scanner, "a digit");
    if (leading_zero && digits > 1) {
        scanner->at = start;
        return stop(scanner, "a number without leading zeros");
    }
    bool whole = true;
    if (peek(scanner) == '.') {
        whole = false;
        scanner->at++;
        if (skip_digits(scanner) == 0)
            return stop(scanner, "a digit after the decimal point");
    }
    if (peek(scanner) == 'e' || peek(scanner) == 'E') {
        whole = false;
        scanner->at++;
        scanner->at += peek(scanner) == '+' || peek(scanner) == '-';
        if (skip_digits(scanner) == 0)
            return stop(scanner, "a digit of the exponent");
    }
    judge_number(scanner, start, whole);
    return true;
}

/* The four hexadecimal digits at `at`, or UINT32_MAX. */
static uint32_t hexadecimal(const struct scanner *scanner, size_t at) {
    uint32_t code = 0;
    for (size_t i = at; i < at + 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *digit = i < scanner->bytes && scanner->text[i] != '\0'
                                ? strchr(digits, scanner->text[i])
                                : NULL;
        if (digit == NULL)
            return UINT32_MAX;
        code = code << 4 | (uint32_t)((digit - digits) % 16);
    }
    return code;
}

/* At a backslash. */
static bool scan_escape(struct scanner *scanner) {
    size_t start = scanner->at++;
    char letter = peek(scanner);
    if (letter == '\0' || strchr("\"\\/bfnrtu", letter) == NULL)
        return stop(scanner, "one of \" \\ / b f n r t u after a backslash");
    scanner->at++;
    if (letter != 'u')
        return true;
    uint32_t code = hexadecimal(scanner, scanner->at);
    if (code == UINT32_MAX)
        return stop(scanner, "four hexadecimal digits after \\u");
    scanner->at += 4;
    if (code == 0) {
        complain(scanner, start, "text without NUL", "\\u0000");
        scanner->refused++;
    }
    if (code < 0xD800 || code > 0xDFFF)
        return true;
    uint32_t second = UINT32_MAX;
    if (scanner->at + 1 < scanner->bytes && memcmp(scanner->text + scanner->at, "\\u", 2) == 0)
        second = hexadecimal(scanner, scanner->at + 2);
    if (code > 0xDBFF || second < 0xDC00 || second > 0xDFFF) {
        scanner->at = start;
        return stop(scanner, "a pair of surrogates, high then low");
    }
    scanner->at += 6;
    return true;
}

static bool scan_string(struct scanner *scanner) {
    size_t start = scanner->at++;
    for (;;) {
        char letter = peek(scanner);
        if (scanner->at >= scanner->bytes || letter == '\n' || letter == '\r') {
            char buffer[32];
            complain(scanner, start, "a closing \" for this string", found_here(scanner, buffer));
            return false;
        }
        if (letter == '"') {
            scanner->at++;
            return true;
        }
        if (letter == '\\') {
            if (!scan_escape(scanner))
                return false;
            continue;
        }
        if ((unsigned char)letter < 0x20)
            return stop(scanner, "text without control characters (write \\n, \\t or \\uXXXX)");
        size_t sequence =
            ess_utf8_sequence(scanner->text + scanner->at, scanner->bytes - scanner->at);
        if (sequence == 0)
            return stop(scanner, "well-formed UTF-8");
        scanner->at += sequence;
    }
}

static bool scan_word(struct scanner *scanner, const char *word) {
    size_t length = strlen(word);
    if (scanner->bytes - scanner->at < length ||
        memcmp(scanner->text + scanner->at, word, length) != 0)
        return stop(scanner, "a JSON value (true, false and null in small letters)");
    scanner->at += length;
    return true;
}

/* One value, or the opening of one: containers are left open on the stack. */
static bool scan_value(struct scanner *scanner) {
    char letter = peek(scanner);
    if (letter == '{' || letter == '[') {
        if (scanner->depth == ESS_JSON_NESTING_MAX)
            return stop(scanner, "at most 64 levels of nesting");
        scanner->open[scanner->depth++] = letter;
        scanner->at++;
        return true;
    }
    if (letter == '"')
        return scan_string(scanner);
    if (letter == '-' || is_digit(letter))
        return scan_number(scanner);
    if (letter == 't')
        return scan_word(scanner, "true");
    if (letter == 'f')
        return scan_word(scanner, "false");
    if (letter == 'n')
        return scan_word(scanner, "null");
    if (letter == '/' || letter == '#')
        return stop(scanner, "a JSON value (JSON has no comments; use a key \"_comment\")");
    if (letter == '\'')
        return stop(scanner, "a JSON value (strings stand in double quotes)");
    return stop(scanner, "a JSON value");
}

/* A key and its colon. */
static bool scan_key(struct scanner *scanner) {
    skip_blanks(scanner);
    char letter = peek(scanner);
    if (letter == '/' || letter == '#')
        return stop(scanner, "a key (JSON has no comments; use a key \"_comment\")");
    if (letter != '"')
        return stop(scanner, "a key in double quotes");
    if (!scan_string(scanner))
        return false;
    skip_blanks(scanner);
    if (peek(scanner) != ':')
        return stop(scanner, "\":\" after the key");
    scanner->at++;
    return true;
}

static char closing_of(char opening) {
    return opening == '{' ? '}' : ']';
}

/* After a value: close what ends here. False at an error; `*done` when the outermost value ended.
 */
static bool scan_after_value(struct scanner *scanner, bool *done) {
    *done = false;
    for (;;) {
        if (scanner->depth == 0) {
            *done = true;
            return true;
        }
        skip_blanks(scanner);
        char opening = scanner->open[scanner->depth - 1];
        char letter = peek(scanner);
        if (letter == ',') {
            scanner->at++;
            skip_blanks(scanner);
            if (peek(scanner) == closing_of(opening))
                return stop(scanner, "another value after the comma");
            return opening == '[' || scan_key(scanner);
        }
        if (letter != closing_of(opening))
            return stop(scanner, opening == '{' ? "\",\" or \"}\"" : "\",\" or \"]\"");
        scanner->at++;
        scanner->depth--;
    }
}

/* After an opening bracket: the first key, or the end of an empty container. */
static bool scan_after_opening(struct scanner *scanner, bool *empty) {
    char opening = scanner->open[scanner->depth - 1];
    skip_blanks(scanner);
    *empty = peek(scanner) == closing_of(opening);
    return *empty || opening == '[' || scan_key(scanner);
}

static bool scan_document(struct scanner *scanner) {
    for (;;) {
        skip_blanks(scanner);
        size_t depth = scanner->depth;
        if (!scan_value(scanner))
            return false;
        if (scanner->depth > depth) {
            bool empty;
            if (!scan_after_opening(scanner, &empty))
                return false;
            if (!empty)
                continue;
            scanner->at++;
            scanner->depth--;
        }
        /* Each message costs a walk through the file, so their number is bounded. */
        if (scanner->refused >= ESS_DIAGNOSTICS_MAX)
            return false;
        bool done;
        if (!scan_after_value(scanner, &done))
            return false;
        if (done)
            break;
    }
    skip_blanks(scanner);
    if (scanner->at < scanner->bytes)
        return stop(scanner, "nothing after the JSON value");
    return true;
}

bool ess_json_syntax_check(
    const char *text, size_t bytes, const char *file, struct ess_diagnostics *diagnostics) {
    struct scanner scanner = {
        .text = text, .bytes = bytes, .file = file, .diagnostics = diagnostics};
    return scan_document(&scanner) && scanner.refused == 0;
}
