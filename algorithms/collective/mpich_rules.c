/* SPDX-License-Identifier: Apache-2.0 */
#include "collective/mpich_rules.h"

static uint32_t power_of_two_below(uint32_t ranks) {
    uint32_t power = 1;
    while (power <= ranks / 2) {
        power *= 2;
    }
    return power;
}

static enum ess_mpich_algorithm broadcast(uint32_t ranks, uint64_t size_bytes) {
    if (ranks < 8 || size_bytes <= 12288) {
        return ESS_MPICH_BINOMIAL;
    }
    return power_of_two_below(ranks) == ranks && size_bytes <= 524288 ? ESS_MPICH_SCATTER_DOUBLING
                                                                      : ESS_MPICH_SCATTER_RING;
}

static enum ess_mpich_algorithm all_reduce(const struct ess_selection_query *query) {
    uint64_t count = query->size_bytes / query->element_bytes;
    if (query->size_bytes == 0) {
        return ESS_MPICH_DISSEMINATION;
    }
    return query->size_bytes <= 8 || !query->built_in || count < power_of_two_below(query->ranks)
               ? ESS_MPICH_DOUBLING
               : ESS_MPICH_SCATTER_GATHER_ALL;
}

static enum ess_mpich_algorithm all_gather(uint32_t ranks, uint64_t total_bytes) {
    if (power_of_two_below(ranks) == ranks) {
        return total_bytes < 524288 ? ESS_MPICH_DOUBLING : ESS_MPICH_RING;
    }
    return total_bytes < 81920 ? ESS_MPICH_BRUCK : ESS_MPICH_RING;
}

static enum ess_mpich_algorithm reduce(const struct ess_selection_query *query) {
    uint64_t count = query->size_bytes / query->element_bytes;
    return query->size_bytes > 2048 && query->built_in && count >= power_of_two_below(query->ranks)
               ? ESS_MPICH_SCATTER_GATHER
               : ESS_MPICH_BINOMIAL;
}

static enum ess_mpich_algorithm reduce_scatter(const struct ess_selection_query *query) {
    if (!query->reordering) {
        return ESS_MPICH_NONE;
    }
    return query->size_bytes < 524288 ? ESS_MPICH_HALVING : ESS_MPICH_PAIRWISE;
}

enum ess_mpich_algorithm ess_mpich_algorithm(const struct ess_selection_query *query) {
    switch (query->primitive) {
    case ESS_BROADCAST:
        return broadcast(query->ranks, query->size_bytes);
    case ESS_ALL_REDUCE:
        return all_reduce(query);
    case ESS_ALL_GATHER:
        return all_gather(query->ranks, query->size_bytes);
    case ESS_REDUCE:
        return reduce(query);
    case ESS_REDUCE_SCATTER:
        return reduce_scatter(query);
    default:
        return ESS_MPICH_NONE;
    }
}
