/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVAILABILITY_TEXT_H
#define ESS_AVAILABILITY_TEXT_H

/* Cutting lines into fields. Fields point into the line; nothing is copied. */

#include <stdint.h>

struct ess_text {
    const char *at;
    int64_t bytes;
};

/* Without blanks and tabs at either end. */
struct ess_text ess_text_trim(const char *at, int64_t bytes);

/* Cut at every `separator`, each field trimmed. Writes up to `room` fields and returns how many
 * there are (more than `room` is possible). An empty line is one empty field. */
int ess_text_split(
    const char *line, int64_t bytes, char separator, struct ess_text *fields, int room);

/* Cut at runs of blanks and tabs. As above; an empty line has no fields. */
int ess_text_columns(const char *line, int64_t bytes, struct ess_text *fields, int room);

/* 1 when the field is that word, case ignored. */
int ess_text_is(struct ess_text field, const char *word);

/* 1 when the bytes are valid UTF-8 (shortest forms, no surrogates) without control characters. */
int ess_text_is_plain(const char *bytes, int64_t count);

/* The first line in bytes[0 .. count) that is neither blank nor starts with '#'; its length, or -1.
 * For guessing a format from the head of a file: the line may be cut short. */
int64_t ess_text_first_row(const char *bytes, int64_t count, const char **row);

#endif
