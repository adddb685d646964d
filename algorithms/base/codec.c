/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"

void ess_write_integer(struct ess_writer *writer, uint64_t value, uint32_t width) {
    if (writer->failed || writer->capacity - writer->size < width) {
        writer->failed = true;
        return;
    }
    uint8_t *bytes = writer->bytes + writer->size;
    for (uint32_t i = 0; i < width; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    writer->size += width;
}

uint64_t ess_read_integer(struct ess_reader *reader, uint32_t width) {
    uint64_t value = 0;
    if (reader->failed || reader->size - reader->position < width) {
        reader->failed = true;
        return 0;
    }
    const uint8_t *bytes = reader->bytes + reader->position;
    for (uint32_t i = 0; i < width; i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    reader->position += width;
    return value;
}
