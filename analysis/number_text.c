/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/number_text.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A locale's decimal point may be a comma or several bytes: whatever is no part of a number in the
 * C locale becomes one point. */
static void set_decimal_point(char *text) {
    char *out = text;
    bool inside_point = false;
    for (const char *in = text; *in != '\0'; in++) {
        bool plain = strchr("0123456789+-e", *in) != NULL;
        if (plain) {
            *out++ = *in;
        } else if (!inside_point) {
            *out++ = '.';
        }
        inside_point = !plain;
    }
    *out = '\0';
}

char *ess_number_text(double value, char text[ESS_NUMBER_TEXT_BYTES]) {
    assert(isfinite(value));
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, ESS_NUMBER_TEXT_BYTES, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    set_decimal_point(text);
    return text;
}
