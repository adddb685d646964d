/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/diagnostics.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/utf8.h"

/* Longest text shown of one member; what a person would not read is cut. */
#define SHOWN_BYTES_MAX 2000

void ess_diagnostics_init(struct ess_diagnostics *diagnostics) {
    memset(diagnostics, 0, sizeof *diagnostics);
}

static void drop(struct ess_diagnostic *error) {
    free(error->file);
    free(error->place);
    free(error->expected);
    free(error->found);
    free(error->nearest);
    free(error->excerpt);
}

void ess_diagnostics_fini(struct ess_diagnostics *diagnostics) {
    for (size_t i = 0; i < diagnostics->count; i++)
        drop(&diagnostics->errors[i]);
    ess_diagnostics_init(diagnostics);
}

/* Bytes to show as they are at `text`, 0 where the byte is to be shown as \xNN: control characters
 * (also those that UTF-8 encodes, U+0080 to U+009F) would let a file write to the terminal. */
static size_t printable(const char *text, size_t available, bool keep_newlines) {
    unsigned char first = (unsigned char)text[0];
    if (first == '\n')
        return keep_newlines;
    if (first < 0x20 || first == 0x7F)
        return 0;
    size_t length = ess_utf8_sequence(text, available);
    bool control = length == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0;
    return control ? 0 : length;
}

/* A copy fit for a terminal. `keep_newlines` is for excerpts, which this program lays out itself.
 */
static char *shown_copy(const char *text, bool keep_newlines) {
    if (text == NULL)
        return NULL;
    size_t length = strlen(text), at = 0, used = 0;
    size_t shown = length < SHOWN_BYTES_MAX ? length : SHOWN_BYTES_MAX;
    char *copy = malloc(shown * 4 + 8);
    if (copy == NULL) {
        fputs("essaim: out of memory while reporting an error\n", stderr);
        exit(1);
    }
    while (at < shown) {
        size_t sequence = printable(text + at, length - at, keep_newlines);
        if (sequence == 0)
            used += (size_t)snprintf(copy + used, 5, "\\x%02X", (unsigned char)text[at]);
        memcpy(copy + used, text + at, sequence);
        used += sequence;
        at += sequence == 0 ? 1 : sequence;
    }
    const char *ending = at < length ? "..." : "";
    memcpy(copy + used, ending, strlen(ending) + 1);
    return copy;
}

static bool same_text(const char *left, const char *right) {
    if (left == NULL || right == NULL)
        return left == right;
    return strcmp(left, right) == 0;
}

static bool already_kept(
    const struct ess_diagnostics *diagnostics, const struct ess_diagnostic *error) {
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct ess_diagnostic *kept = &diagnostics->errors[i];
        if (same_text(kept->file, error->file) && same_text(kept->place, error->place) &&
            same_text(kept->expected, error->expected) && same_text(kept->found, error->found))
            return true;
    }
    return false;
}

void ess_diagnostics_add(struct ess_diagnostics *diagnostics, const char *file, const char *place,
    const char *expected, const char *found, const char *nearest, const char *excerpt) {
    struct ess_diagnostic error = {
        .file = shown_copy(file, false),
        .place = shown_copy(place, false),
        .expected = shown_copy(expected, false),
        .found = shown_copy(found, false),
        .nearest = shown_copy(nearest, false),
        .excerpt = shown_copy(excerpt, true),
    };
    if (already_kept(diagnostics, &error)) {
        drop(&error);
        return;
    }
    if (diagnostics->count == ESS_DIAGNOSTICS_MAX) {
        diagnostics->more = true;
        drop(&error);
        return;
    }
    diagnostics->errors[diagnostics->count++] = error;
}

void ess_diagnostic_print(const struct ess_diagnostic *diagnostic, FILE *out) {
    fprintf(out, "%s:", diagnostic->file);
    if (diagnostic->place[0] != '\0')
        fprintf(out, "%s:", diagnostic->place);
    fprintf(out, " expected %s, found %s", diagnostic->expected, diagnostic->found);
    if (diagnostic->nearest != NULL)
        fprintf(out, "; did you mean \"%s\"?", diagnostic->nearest);
    fputc('\n', out);
    if (diagnostic->excerpt != NULL)
        fprintf(out, "%s\n", diagnostic->excerpt);
}

void ess_diagnostics_print(const struct ess_diagnostics *diagnostics, FILE *out) {
    for (size_t i = 0; i < diagnostics->count; i++)
        ess_diagnostic_print(&diagnostics->errors[i], out);
    if (diagnostics->more)
        fprintf(out, "(more errors follow; the first %d are shown)\n", ESS_DIAGNOSTICS_MAX);
}
