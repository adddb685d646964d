/* SPDX-License-Identifier: Apache-2.0 */
/* What Open MPI's fixed rules would choose for an all-reduce, by ranks and bytes alone. No rule
 * sees a rate, a delay or a place.
 *
 * Where a plan of ours is not the algorithm of the rule, it is the nearest that there is:
 *   1 linear            binomial: also a reduce to rank 0 and a broadcast from it, also whole
 *                       vectors in 2 (p - 1) messages, but along a tree (log2 p turns at the root
 *                       instead of p - 1): faster than the rule
 *   2 non-overlapping   binomial: Open MPI chooses its reduce and its broadcast by further tables,
 *                       which for small vectors are binomial trees too
 *   5 segmented ring    segmented_ring
 *   6 Rabenseifner      halving_doubling
 * Other primitives have no table here. */
#include "collective/open_mpi_rules.h"
#include "collective/selection.h"

static const char *select(const void *settings, const struct ess_selection_query *query) {
    static const char *const plans[] = {
        [ESS_OPEN_MPI_LINEAR] = "binomial",
        [ESS_OPEN_MPI_NON_OVERLAPPING] = "binomial",
        [ESS_OPEN_MPI_RECURSIVE_DOUBLING] = "recursive_doubling",
        [ESS_OPEN_MPI_RING] = "ring",
        [ESS_OPEN_MPI_SEGMENTED_RING] = "segmented_ring",
        [ESS_OPEN_MPI_RABENSEIFNER] = "halving_doubling",
    };
    (void)settings;
    if (query->primitive != ESS_ALL_REDUCE) {
        return NULL;
    }
    return plans[ess_open_mpi_all_reduce(query->ranks, query->size_bytes, query->reordering)];
}

const struct ess_selection_type ess_selection_open_mpi = {
    .name = "open_mpi",
    .summary = "Open MPI's fixed table for all-reduce; linear and non-overlapping become binomial",
    .source = "github open-mpi/ompi at 8efebee, coll_tuned_decision_fixed.c",
    .select = select,
};
