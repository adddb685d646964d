/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/file_bytes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define STEP_BYTES 65536

bool ess_file_error_set(struct ess_file_error *error, const char *place, const char *found,
    const char *expected_format, ...) {
    va_list arguments;
    snprintf(error->place, sizeof error->place, "%s", place);
    snprintf(error->found, sizeof error->found, "%s", found);
    va_start(arguments, expected_format);
    vsnprintf(error->expected, sizeof error->expected, expected_format, arguments);
    va_end(arguments);
    return false;
}

/* Everything that zlib gives; plain bytes pass through it unchanged. */
static char *read_all(gzFile file, size_t *count, struct ess_file_error *error) {
    size_t room = STEP_BYTES;
    char *bytes = malloc(room + 1);
    int got = 1;
    *count = 0;
    while (bytes && (got = gzread(file, bytes + *count, (unsigned)(room - *count))) > 0) {
        *count += (size_t)got;
        if (*count > ESS_NETWORK_FILE_BYTES_MAX) {
            ess_file_error_set(error, "", "a larger one", "a file of at most %zu MiB",
                ESS_NETWORK_FILE_BYTES_MAX >> 20);
            free(bytes);
            return NULL;
        }
        if (*count == room) {
            char *larger = realloc(bytes, 2 * room + 1);
            if (!larger) {
                free(bytes);
            }
            bytes = larger;
            room *= 2;
        }
    }
    if (!bytes) {
        ess_file_error_set(error, "", "no memory left", "a file that fits into memory");
    } else if (got < 0 || gzeof(file) == 0) {
        ess_file_error_set(error, "", "a torn gzip file", "a whole file");
        free(bytes);
        bytes = NULL;
    } else {
        bytes[*count] = '\0';
    }
    return bytes;
}

char *ess_file_bytes(const char *path, size_t *count, struct ess_file_error *error) {
    struct stat status;
    gzFile file;
    char *bytes;
    *count = 0;
    if (stat(path, &status) != 0) {
        ess_file_error_set(error, "", strerror(errno), "a file");
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        ess_file_error_set(error, "", "a folder or a device", "a file");
        return NULL;
    }
    file = gzopen(path, "rb");
    if (!file) {
        ess_file_error_set(error, "", strerror(errno), "a file that can be read");
        return NULL;
    }
    bytes = read_all(file, count, error);
    if (gzclose_r(file) != Z_OK && bytes) {
        ess_file_error_set(error, "", "a torn gzip file", "a whole file");
        free(bytes);
        return NULL;
    }
    return bytes;
}
