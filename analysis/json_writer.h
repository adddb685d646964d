/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_JSON_WRITER_H
#define ESS_ANALYSIS_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Writes JSON to a stream, piece by piece, always in the same bytes for the same calls: two spaces
 * of indentation, members in the order of the calls, flat arrays and objects on one line.
 *
 *     struct ess_json_writer json;
 *     ess_json_begin(&json, file);
 *     ess_json_open(&json, '{', false);
 *     ess_json_key(&json, "seed");
 *     ess_json_unsigned(&json, 42);
 *     ess_json_close(&json);
 *     ess_json_end(&json);
 *
 * The writer owns nothing; the stream stays the caller's, who asks ferror in the end. Calls that
 * would give invalid JSON (a value without key in an object, closing what is not open) are
 * programmer errors and asserted. */

enum { ESS_JSON_DEPTH = 16 };

struct ess_json_writer {
    FILE *file;
    unsigned depth;
    bool after_key;
    struct {
        char closing;  /* '}' or ']' */
        bool flat;     /* on one line, and so is all inside */
        bool occupied; /* has a member already */
    } open[ESS_JSON_DEPTH];
};

void ess_json_begin(struct ess_json_writer *json, FILE *file);
void ess_json_end(struct ess_json_writer *json); /* asserts that all is closed; ends the line */

void ess_json_open(struct ess_json_writer *json, char bracket, bool flat); /* '{' or '[' */
void ess_json_close(struct ess_json_writer *json);
void ess_json_key(struct ess_json_writer *json, const char *key);

/* Bytes that are not UTF-8 become U+FFFD: the output is always valid. NULL is written as null. */
void ess_json_string(struct ess_json_writer *json, const char *text);
void ess_json_number(struct ess_json_writer *json, double value); /* null where not finite */
void ess_json_unsigned(struct ess_json_writer *json, uint64_t value);
void ess_json_boolean(struct ess_json_writer *json, bool value);
void ess_json_null(struct ess_json_writer *json);
void ess_json_raw(struct ess_json_writer *json, const char *valid_json);

/* A plain string as JSON text, quoted and escaped; the caller frees it. NULL when out of memory. */
char *ess_json_quote(const char *text);

#endif
