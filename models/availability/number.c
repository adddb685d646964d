/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/number.h"
#include "models/availability/trace.h"

#include <string.h>
#include <strings.h>

/* value = mantissa x 10^exponent. At least 18 digits are kept; to the nanosecond an allowed time
 * has at most 19, with a 4 in front, which fit as well. */
struct decimal {
    int64_t mantissa;
    int64_t exponent;
    int digits_seen;
};

static int is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int64_t read_digits(
    const char *text, int64_t bytes, int64_t at, int fraction, struct decimal *value) {
    for (; at < bytes && is_digit(text[at]); at++) {
        value->digits_seen = 1;
        if (value->mantissa <= (INT64_MAX - 9) / 10) {
            value->mantissa = value->mantissa * 10 + (text[at] - '0');
            value->exponent -= fraction;
        } else {
            value->exponent += !fraction;
        }
    }
    return at;
}

/* Returns the place after the exponent, or -1 where it has no digits. */
static int64_t read_exponent(const char *text, int64_t bytes, int64_t at, struct decimal *value) {
    int64_t exponent = 0;
    int negative = 0;
    int64_t first;
    if (at < bytes && (text[at] == '+' || text[at] == '-')) {
        negative = text[at++] == '-';
    }
    first = at;
    for (; at < bytes && is_digit(text[at]); at++) {
        exponent = exponent < 100000 ? exponent * 10 + (text[at] - '0') : exponent;
    }
    value->exponent += negative ? -exponent : exponent;
    return at == first ? -1 : at;
}

static enum ess_trace_number scale(struct decimal value, int64_t *ns) {
    const int64_t limit_ns = ESS_TRACE_SECONDS_MAX * 1000000000;
    int64_t exponent = value.exponent + 9;
    int64_t half_up = 0;
    for (; exponent > 0 && value.mantissa > 0; exponent--) {
        if (value.mantissa > limit_ns / 10) {
            return ESS_TRACE_NUMBER_BAD;
        }
        value.mantissa *= 10;
    }
    for (; exponent < 0 && (value.mantissa > 0 || half_up > 0); exponent++) {
        half_up = value.mantissa % 10 >= 5;
        value.mantissa /= 10;
    }
    *ns = value.mantissa + half_up;
    return *ns <= limit_ns ? ESS_TRACE_NUMBER_GOOD : ESS_TRACE_NUMBER_BAD;
}

static int is_word(const char *text, int64_t bytes, const char *word) {
    return bytes == (int64_t)strlen(word) && strncasecmp(text, word, (size_t)bytes) == 0;
}

/* How other programs write that there is no number. */
static int means_none(const char *text, int64_t bytes) {
    static const char *const words[] = {"null", "nan", "na", "inf", "infinity", NULL};
    if (bytes > 0 && (text[0] == '-' || text[0] == '+')) {
        text++;
        bytes--;
    }
    for (int i = 0; words[i]; i++) {
        if (is_word(text, bytes, words[i])) {
            return 1;
        }
    }
    return bytes == 0;
}

enum ess_trace_number ess_trace_seconds(const char *text, int64_t bytes, int64_t *ns) {
    struct decimal value = {0, 0, 0};
    int64_t at = 0;
    int negative;
    enum ess_trace_number kind;
    *ns = 0;
    if (means_none(text, bytes)) {
        return ESS_TRACE_NUMBER_BAD;
    }
    negative = text[0] == '-';
    at = read_digits(text, bytes, negative || text[0] == '+', 0, &value);
    if (at < bytes && text[at] == '.') {
        at = read_digits(text, bytes, at + 1, 1, &value);
    }
    if (value.digits_seen && at < bytes && (text[at] == 'e' || text[at] == 'E')) {
        at = read_exponent(text, bytes, at + 1, &value);
    }
    if (!value.digits_seen || at != bytes) {
        return ESS_TRACE_NOT_A_NUMBER;
    }
    kind = scale(value, ns);
    return negative && value.mantissa > 0 ? ESS_TRACE_NUMBER_BAD : kind;
}
