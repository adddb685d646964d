/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/csv_text.h"

#include <math.h>
#include <string.h>

#include "analysis/number_text.h"

void ess_csv_text(FILE *file, const char *text) {
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"') {
            fputc('"', file);
        }
        fputc(*at, file);
    }
    fputc('"', file);
}

void ess_csv_number(FILE *file, double value) {
    char text[ESS_NUMBER_TEXT_BYTES];
    if (isfinite(value)) {
        fputs(ess_number_text(value, text), file);
    }
}
