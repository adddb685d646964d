/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_BASE_CODEC_H
#define ESS_BASE_CODEC_H

/* Little-endian integers on the wire, through bounded cursors: the first access past the end marks
 * the cursor as failed, and everything after it is void. */

#include <stdbool.h>
#include <stdint.h>

struct ess_writer {
    uint8_t *bytes;
    uint32_t capacity;
    uint32_t size;
    bool failed;
};

struct ess_reader {
    const uint8_t *bytes;
    uint32_t size;
    uint32_t position;
    bool failed;
};

/* Append the low `width` bytes of `value`, width 1 .. 8. */
void ess_write_integer(struct ess_writer *writer, uint64_t value, uint32_t width);

/* Take `width` bytes; 0 once failed. */
uint64_t ess_read_integer(struct ess_reader *reader, uint32_t width);

#endif
