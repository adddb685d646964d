/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_COLLECTIVE_OPEN_MPI_RULES_H
#define ESS_COLLECTIVE_OPEN_MPI_RULES_H

/* The fixed decision rules of Open MPI's `tuned` component for all-reduce, as numbers. */

#include <stdbool.h>
#include <stdint.h>

/* As Open MPI numbers them (coll_tuned_allreduce_algorithm). */
enum ess_open_mpi_all_reduce {
    ESS_OPEN_MPI_LINEAR = 1,
    ESS_OPEN_MPI_NON_OVERLAPPING,
    ESS_OPEN_MPI_RECURSIVE_DOUBLING,
    ESS_OPEN_MPI_RING,
    ESS_OPEN_MPI_SEGMENTED_RING,
    ESS_OPEN_MPI_RABENSEIFNER
};

/* Algorithm for a vector of `size_bytes` on `ranks`. O(rows). Source: open-mpi/ompi at 8efebee,
 * coll_tuned_decision_fixed.c; the branch for disjoint communicators is not among the rules. */
enum ess_open_mpi_all_reduce ess_open_mpi_all_reduce(
    uint32_t ranks, uint64_t size_bytes, bool commutative);

#endif
