/* SPDX-License-Identifier: Apache-2.0 */
#include "collective/plan.h"

void ess_plan_chunk(uint64_t elements, uint32_t chunks, uint32_t chunk, uint64_t *first_element,
    uint64_t *element_count) {
    ess_plan_range(elements, chunks, chunk, 1, first_element, element_count);
}

void ess_plan_range(uint64_t elements, uint32_t chunks, uint32_t chunk, uint32_t chunk_count,
    uint64_t *first_element, uint64_t *element_count) {
    uint64_t share = elements / chunks;
    uint64_t longer = elements % chunks;
    uint64_t end = (uint64_t)chunk + chunk_count;
    *first_element = chunk * share + (chunk < longer ? chunk : longer);
    *element_count = end * share + (end < longer ? end : longer) - *first_element;
}
