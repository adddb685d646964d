/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_SHA256_H
#define ESS_ANALYSIS_SHA256_H

/* SHA-256 (FIPS 180-4, section 6.2): the identity of a sweep's points. Written here rather than
 * taken from a cryptography library since this one function would bring megabytes into every
 * forked worker; nothing secret rests on it. Check value: "abc" gives ba7816bf…f20015ad. */

#include <stddef.h>
#include <stdint.h>

enum { ESS_SHA256_TEXT_BYTES = 65 };

struct ess_sha256 {
    uint32_t state[8];
    uint64_t size_bytes;
    unsigned char block[64];
};

void ess_sha256_init(struct ess_sha256 *hash);

/* Add bytes; in how many pieces they come makes no difference. O(bytes). */
void ess_sha256_add(struct ess_sha256 *hash, const void *bytes, size_t count);

/* Add a text with its end, so that two texts one after the other are not one longer text. */
void ess_sha256_add_text(struct ess_sha256 *hash, const char *text);

/* The digest as 64 lower-case hexadecimal digits. The hash is spent. */
void ess_sha256_end(struct ess_sha256 *hash, char text[ESS_SHA256_TEXT_BYTES]);

/* The digest of a file's bytes. Returns 0, or an errno. */
int ess_sha256_file(const char *path, char text[ESS_SHA256_TEXT_BYTES]);

#endif
