/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"

/* Four bytes are written out: a compiler makes one access of them, and none of a loop. */
static void store_4(uint8_t *bytes, uint32_t value) {
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

void ess_write_integer(struct ess_writer *writer, uint64_t value, uint32_t width) {
    if (writer->failed || writer->capacity - writer->size < width) {
        writer->failed = true;
        return;
    }
    uint8_t *bytes = writer->bytes + writer->size;
    uint32_t done = 0;
    writer->size += width;
    for (; width - done >= 4; done += 4) {
        store_4(bytes + done, (uint32_t)(value >> (8 * done)));
    }
    for (; done < width; done++) {
        bytes[done] = (uint8_t)(value >> (8 * done));
    }
}
