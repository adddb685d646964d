/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/utf8.h"

#include <stdint.h>

size_t ess_utf8_sequence(const char *bytes, size_t available) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (available == 0)
        return 0;
    unsigned char first = (unsigned char)bytes[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || length > available)
        return 0;
    uint32_t code = first & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)bytes[i];
        if ((next & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (next & 0x3Fu);
    }
    if (code < smallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return 0;
    return length;
}
