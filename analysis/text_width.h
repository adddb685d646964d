/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_TEXT_WIDTH_H
#define ESS_ANALYSIS_TEXT_WIDTH_H

#include <stddef.h>
#include <stdio.h>

/* Columns of UTF-8 text on a terminal. Every code point counts as one column: right for Latin,
 * Greek and Cyrillic, one too few for East Asian wide characters and too many for combining marks.
 */

size_t ess_text_width(const char *text);

/* Write `text` padded with spaces to `width`: left-aligned, or right-aligned. Text that is longer
 * is cut and ends in an ellipsis (left-aligned), or overflows (right-aligned: a number is never
 * cut). Control characters are written as '?'. */
void ess_text_left(FILE *file, const char *text, size_t width);
void ess_text_right(FILE *file, const char *text, size_t width);

/* Write `text` word by word, a new line (indented by `indent`) before a word that would pass
 * `width`; ends the line. */
void ess_text_wrapped(FILE *file, const char *text, size_t width, size_t indent);

/* The same for text made as by printf. Writes nothing when out of memory. */
void ess_text_wrapped_format(FILE *file, size_t width, size_t indent, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
