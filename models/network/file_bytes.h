/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_FILE_BYTES_H
#define ESS_MODELS_NETWORK_FILE_BYTES_H

/* What the readers of network files share: the bytes of a file, and what was wrong with it. */

#include <stdbool.h>
#include <stddef.h>

/* Largest file that is read, unpacked. */
#define ESS_NETWORK_FILE_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Where, what stood there, and what should have. */
struct ess_file_error {
    char place[96]; /* "LINE:COLUMN", "LINE", "edge 3 …"; empty: the whole file */
    char found[256];
    char expected[256];
};

/* Fill in an error; long texts are cut. Returns false, so that readers can return it. */
bool ess_file_error_set(struct ess_file_error *error, const char *place, const char *found,
    const char *expected_format, ...) __attribute__((format(printf, 4, 5)));

/* Read a file, plain or gzip, into memory that the caller frees; a NUL stands after the last byte.
 * NULL and an error where it cannot be opened, is no file, is torn or too large. */
char *ess_file_bytes(const char *path, size_t *count, struct ess_file_error *error);

#endif
