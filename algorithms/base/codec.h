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

/* Four bytes are written out: a compiler makes one access of them, and none of a loop. */
static inline uint32_t ess_read_4_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Take `width` bytes; 0 once failed. Here, since a width that is known takes its loops away. */
static inline uint64_t ess_read_integer(struct ess_reader *reader, uint32_t width) {
    uint64_t value = 0;
    if (reader->failed || reader->size - reader->position < width) {
        reader->failed = true;
        return 0;
    }
    const uint8_t *bytes = reader->bytes + reader->position;
    uint32_t done = 0;
    reader->position += width;
    for (; width - done >= 4; done += 4) {
        value |= (uint64_t)ess_read_4_at(bytes + done) << (8 * done);
    }
    for (; done < width; done++) {
        value |= (uint64_t)bytes[done] << (8 * done);
    }
    return value;
}

#endif
