/* SPDX-License-Identifier: Apache-2.0 */
#include "collective/plan.h"

const char *ess_primitive_name(enum ess_primitive primitive) {
    switch (primitive) {
    case ESS_ALL_REDUCE:
        return "all_reduce";
    case ESS_REDUCE_SCATTER:
        return "reduce_scatter";
    case ESS_ALL_GATHER:
        return "all_gather";
    case ESS_BROADCAST:
        return "broadcast";
    case ESS_REDUCE:
        return "reduce";
    case ESS_SEND:
        return "send";
    default:
        return NULL;
    }
}

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

void ess_plan_call_range(const struct ess_plan_type *plan, const void *settings,
    const struct ess_call *call, uint64_t elements, uint32_t chunk, uint32_t chunk_count,
    uint64_t *first_element, uint64_t *element_count) {
    if (!plan->chunk_first) {
        ess_plan_range(elements, plan->chunks(settings, call), chunk, chunk_count, first_element,
            element_count);
        return;
    }
    *first_element = plan->chunk_first(settings, call, elements, chunk);
    *element_count =
        plan->chunk_first(settings, call, elements, chunk + chunk_count) - *first_element;
}
