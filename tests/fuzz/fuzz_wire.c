/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes from a stranger given to every wire precision: refused, or decoded within the vector's
 * bounds; and what was decoded is rounded at most once more. The first four bytes choose the
 * element kind, the count and the block. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

#define demand(condition) ((condition) ? (void)0 : fail(#condition))

static void fail(const char *what) {
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

/* decode(encode(vector)) to a vector of its own; exact sizes, so that any access beyond is seen. */
static uint8_t *rounded(const struct ess_wire_type *wire, const void *settings,
    enum ess_element_kind kind, uint32_t count, const uint8_t *vector) {
    uint64_t size = wire->encoded_bytes(settings, kind, count);
    uint8_t *coded = malloc(size + 1);
    uint8_t *result = malloc((size_t)count * ess_element_types[kind].bytes + 1);
    demand(coded && result);
    wire->encode(settings, kind, vector, count, coded);
    demand(wire->decode(settings, kind, coded, size, count, result));
    free(coded);
    return result;
}

static void try_wire(const struct ess_wire_type *wire, const void *settings,
    enum ess_element_kind kind, uint32_t count, const uint8_t *data, size_t size_bytes) {
    size_t vector_bytes = (size_t)count * ess_element_types[kind].bytes;
    uint8_t *vector = malloc(vector_bytes + 1);
    demand(vector != NULL);
    if (wire->decode(settings, kind, data, size_bytes, count, vector)) {
        uint8_t *once = rounded(wire, settings, kind, count, vector);
        uint8_t *twice = rounded(wire, settings, kind, count, once);
        demand(size_bytes == wire->encoded_bytes(settings, kind, count));
        demand(memcmp(once, twice, vector_bytes) == 0);
        free(once);
        free(twice);
    }
    free(vector);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    uint64_t settings[8];
    if (size_bytes < 4) {
        return 0;
    }
    for (uint32_t i = 0; ess_wire_registry[i]; i++) {
        const struct ess_wire_type *wire = ess_wire_registry[i];
        uint32_t count = (uint32_t)data[1] | (uint32_t)(data[2] & 3) << 8;
        enum ess_element_kind kind = (enum ess_element_kind)(data[0] % ESS_ELEMENT_KIND_COUNT);
        demand(wire->settings_bytes <= sizeof settings);
        ess_parameters_set_defaults(wire->parameters, settings);
        for (const struct ess_parameter *p = wire->parameters; p && p->key; p++) {
            if (data[3] >= p->minimum && data[3] <= p->maximum) {
                ess_parameter_set(p, data[3], settings);
            }
        }
        try_wire(wire, settings, kind, count, data + 4, size_bytes - 4);
    }
    return 0;
}
