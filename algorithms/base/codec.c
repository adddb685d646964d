/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"

void ess_write_integer(struct ess_writer *writer, uint64_t value, uint32_t width) {
    if (writer->failed || writer->capacity - writer->size < width) {
        writer->failed = true;
        return;
    }
    for (uint32_t i = 0; i < width; i++) {
        writer->bytes[writer->size++] = (uint8_t)(value >> (8 * i));
    }
}

uint64_t ess_read_integer(struct ess_reader *reader, uint32_t width) {
    uint64_t value = 0;
    if (reader->failed || reader->size - reader->position < width) {
        reader->failed = true;
        return 0;
    }
    for (uint32_t i = 0; i < width; i++) {
        value |= (uint64_t)reader->bytes[reader->position++] << (8 * i);
    }
    return value;
}
